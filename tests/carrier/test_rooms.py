"""Rooms: who hears whom, how one begins and ends, whose callbacks count, and every operation on a participant."""

from __future__ import annotations

from typing import Any

import pytest

from channels.carrier.model import Habit
from tests.carrier.service import CITIZEN, DESK, HOST, LINE, Service, service

ROOM = "0192c0de-0000-7000-8000-000000000003"
BOSS, THIRD = "client:boss", "+82215771366"
EVENTS = ["start", "end", "join", "leave", "mute", "hold", "modify", "announcement"]


class Talk:
    """A citizen and a counselor in a room."""

    def __init__(self, centre: Service) -> None:
        self.centre, self.carrier = centre, centre.carrier
        self.room = centre.carrier.net.open_rooms[ROOM].sid

    def add(self, to: str, label: str, **more: Any) -> Any:
        return self.centre.rest("POST", f"Conferences/{self.room}/Participants", From=LINE, To=to, Label=label, **more)

    def set(self, key: str, **more: Any) -> Any:
        return self.centre.rest("POST", f"Conferences/{self.room}/Participants/{key}", **more)

    def sid(self, address: str) -> str:
        call = self.carrier.phone(address).call
        assert call is not None
        return call.sid

    def hears(self, *pairs: str) -> list[bool]:
        """Of ``"a>b"``: whether b hears a; c, d, b, t for citizen, desk, boss, third."""
        who = {"c": CITIZEN, "d": DESK, "b": BOSS, "t": THIRD}
        return [self.carrier.hears(who[pair[2]], who[pair[0]]) for pair in pairs]

    def events(self) -> list[str]:
        return [str(event) for event in self.centre.said("/room", "StatusCallbackEvent")]


async def _talk(join: str = "") -> Talk:
    noun = join or f'<Conference participantLabel="citizen" endConferenceOnExit="true" waitUrl="">{ROOM}</Conference>'
    centre = service(
        {"/voice": f'<Dial action="/after">{noun}</Dial><Say>안녕히 가십시오</Say>', "/hold": "<Say>보류</Say>"}
    )
    centre.carrier.phone(BOSS, Habit("answer", 500_000))
    centre.carrier.phone(THIRD, Habit("answer", 500_000))
    centre.rest(
        "POST",
        f"Conferences/{ROOM}/Participants",
        From=LINE,
        To=DESK,
        Label="desk",
        ConferenceStatusCallback=f"{HOST}/room",
        ConferenceStatusCallbackEvent=EVENTS,
        StatusCallback=f"{HOST}/desk",
        StatusCallbackEvent=["initiated", "ringing", "answered", "completed"],
    )
    await centre.carrier.run_for(3)
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(1)
    return Talk(centre)


async def test_two_hear_each_other_once_the_second_is_in() -> None:
    talk = await _talk()
    assert talk.hears("c>d", "d>c") == [True, True]
    assert talk.carrier.net.rooms[talk.room].status == "in-progress"


async def test_who_waits_alone_hears_music_and_nobody() -> None:
    centre = service({"/voice": f"<Dial><Conference>{ROOM}</Conference></Dial>"})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(2)
    assert centre.carrier.phone(CITIZEN).call.hearing.kind == "music"  # type: ignore[union-attr]
    assert centre.carrier.matrix() == {}


async def test_two_who_may_not_start_it_wait_for_one_who_may() -> None:
    noun = f'<Conference startConferenceOnEnter="false">{ROOM}</Conference>'
    centre = service({"/voice": f"<Dial>{noun}</Dial>"})
    for caller in (CITIZEN, "+821099999999"):
        centre.carrier.dial(caller, LINE)
        await centre.carrier.run_for(1)
    [room] = centre.carrier.net.open_rooms.values()
    assert (len(room.participants), room.status, centre.carrier.matrix()) == (2, "init", {})


async def test_hold_silences_both_ways_and_plays_what_was_given() -> None:
    talk = await _talk()
    talk.set("citizen", Hold="true", HoldUrl=f"{HOST}/hold", HoldMethod="POST")
    await talk.carrier.run_for(1)
    assert talk.hears("c>d", "d>c") == [False, False]
    assert talk.carrier.heard(CITIZEN)[-1] == "보류"
    talk.set("citizen", Hold="false")
    await talk.carrier.run_for(1)
    assert talk.hears("c>d", "d>c") == [True, True]
    assert talk.events()[-2:] == ["participant-hold", "participant-unhold"]
    talk.set("citizen", Hold="true")
    await talk.carrier.run_for(1)
    assert talk.carrier.phone(CITIZEN).call.hearing.kind == "music"  # type: ignore[union-attr]


async def test_a_leg_that_rest_rings_is_told_of_step_by_step_and_ends_with_the_room() -> None:
    talk = await _talk()
    assert talk.events() == ["participant-join", "participant-join", "conference-start"]
    assert talk.centre.said("/desk", "CallStatus") == ["initiated", "ringing", "in-progress"]
    talk.carrier.hang_up(CITIZEN)
    await talk.carrier.run_until_idle()
    assert talk.centre.said("/desk", "CallStatus")[-1] == "completed"


async def test_who_is_muted_hears_and_is_not_heard() -> None:
    talk = await _talk()
    talk.set("desk", Muted="true")
    assert talk.hears("c>d", "d>c") == [True, False]


async def test_monitor_whisper_and_barge_are_three_settings_of_one_leg() -> None:
    talk = await _talk()
    talk.add(BOSS, "boss", Muted="true")
    await talk.carrier.run_for(2)
    assert talk.hears("c>b", "d>b", "b>c", "b>d") == [True, True, False, False]
    talk.set("boss", Muted="false", Coaching="true", CallSidToCoach=talk.sid(DESK))
    assert talk.hears("c>b", "d>b", "b>c", "b>d") == [True, True, False, True]
    talk.set("boss", Coaching="false")
    assert talk.hears("b>c", "b>d") == [True, True]
    talk.set("boss", EndConferenceOnExit="true")
    await talk.carrier.run_for(1)
    assert talk.events()[-3:] == ["participant-modify"] * 3


async def test_who_has_somebody_to_coach_coaches_unless_it_is_said_otherwise() -> None:
    talk = await _talk()
    talk.add(BOSS, "boss", CallSidToCoach=talk.sid(DESK))
    await talk.carrier.run_for(2)
    assert talk.hears("b>c", "b>d") == [False, True]
    talk.set("boss", Coaching="false")
    talk.set("boss", CallSidToCoach=talk.sid(CITIZEN))
    assert talk.hears("b>c", "b>d") == [True, False]


async def test_a_warm_transfer_by_participant_operations() -> None:
    talk = await _talk()
    talk.set("citizen", Hold="true")
    talk.add(THIRD, "third")
    await talk.carrier.run_for(2)
    assert talk.hears("d>t", "t>d", "c>t", "t>c") == [True, True, False, False]
    talk.set("citizen", Hold="false")
    talk.centre.rest("DELETE", f"Conferences/{talk.room}/Participants/desk")
    await talk.carrier.run_for(2)
    assert talk.hears("c>t", "t>c") == [True, True]
    assert talk.carrier.phone(DESK).call is None


async def test_an_announcement_is_heard_by_one_and_then_the_talk_goes_on() -> None:
    talk = await _talk()
    talk.centre.pages["/announce"] = "<Say>통화가 녹음됩니다</Say>"
    talk.set("citizen", AnnounceUrl=f"{HOST}/announce")
    await talk.carrier.run_for(0.5)
    assert talk.hears("d>c", "c>d") == [False, False]
    await talk.carrier.run_for(5)
    assert talk.hears("d>c", "c>d") == [True, True]
    assert talk.carrier.heard(CITIZEN)[-1] == "통화가 녹음됩니다"
    assert talk.events()[-1] == "announcement-end"


async def test_an_announcement_that_cannot_be_had_is_told_of() -> None:
    talk = await _talk()
    talk.centre.pages["/announce"] = "<Gather/>"
    talk.set("citizen", AnnounceUrl=f"{HOST}/announce")
    await talk.carrier.run_for(1)
    assert talk.events()[-1] == "announcement-fail"
    assert talk.hears("d>c") == [True]


async def test_the_counselor_who_leaves_leaves_the_citizen_in_the_room() -> None:
    talk = await _talk()
    talk.carrier.hang_up(DESK)
    await talk.carrier.run_for(2)
    assert talk.carrier.net.rooms[talk.room].status == "in-progress"
    assert talk.carrier.phone(CITIZEN).call is not None
    last = talk.centre.to("/room")[-1]
    assert (last["StatusCallbackEvent"], last["ReasonParticipantLeft"], last["ParticipantLabel"]) == (
        "participant-leave",
        "participant_hung_up",
        "desk",
    )


async def test_the_citizen_who_leaves_ends_it_for_everybody() -> None:
    talk = await _talk()
    talk.add(BOSS, "boss")
    await talk.carrier.run_for(2)
    talk.carrier.hang_up(CITIZEN)
    await talk.carrier.run_for(2)
    assert talk.carrier.phone(DESK).call is None
    assert talk.carrier.phone(BOSS).call is None
    end = talk.centre.to("/room")[-1]
    assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert end["ParticipantLabelEndingConference"] == "citizen"
    assert talk.events()[-4:-1] == ["participant-leave"] * 3
    row = talk.centre.rest("GET", f"Conferences/{talk.room}")
    assert (row["status"], row["reason_conference_ended"]) == ("completed", end["ReasonConferenceEnded"])


async def test_who_came_by_dial_goes_on_with_her_document_when_the_room_is_over() -> None:
    talk = await _talk(f"<Conference participantLabel='citizen'>{ROOM}</Conference>")
    talk.centre.rest("POST", f"Conferences/{talk.room}", Status="completed")
    await talk.carrier.run_for(1)
    assert talk.centre.said("/after", "DialCallStatus") == ["answered"]
    assert talk.centre.to("/room")[-1]["ReasonConferenceEnded"] == "conference-ended-via-api"


async def test_a_redirect_takes_a_participant_out_by_that_reason() -> None:
    talk = await _talk(f"<Conference participantLabel='citizen'>{ROOM}</Conference>")
    talk.centre.pages["/away"] = '<Say>다른 곳</Say><Pause length="20"/>'
    talk.centre.rest("POST", f"Calls/{talk.sid(CITIZEN)}", Url=f"{HOST}/away")
    await talk.carrier.run_for(1)
    left = [form for form in talk.centre.to("/room") if form["StatusCallbackEvent"] == "participant-leave"]
    assert [form["ReasonParticipantLeft"] for form in left] == ["participant_updated_via_api"]
    assert talk.carrier.heard(CITIZEN)[-1] == "다른 곳"
    assert talk.centre.to("/after") == []


@pytest.mark.parametrize("habit", ["busy", "reject", "wait", "absent"])
async def test_a_leg_that_does_not_come_is_told_of_and_the_talk_goes_on(habit: Any) -> None:
    talk = await _talk()
    talk.carrier.phone(THIRD, Habit(habit))
    row = talk.add(THIRD, "third", Timeout="5", StatusCallback=f"{HOST}/leg")
    assert row["status"] == "queued"
    await talk.carrier.run_for(15)
    assert len(talk.centre.to("/leg")) == 1
    last = talk.centre.to("/room")[-1]
    assert (last["ReasonParticipantLeft"], last["ParticipantLabel"]) == ("participant_add_failed", "third")
    assert talk.hears("c>d", "d>c") == [True, True]


async def test_the_network_adds_five_seconds_to_a_participants_time_out() -> None:
    talk = await _talk()
    talk.carrier.phone(THIRD, Habit("wait"))
    talk.add(THIRD, "third", Timeout="5", StatusCallback=f"{HOST}/leg")
    await talk.carrier.run_for(9)
    assert talk.centre.to("/leg") == []
    await talk.carrier.run_for(3)
    assert talk.centre.said("/leg", "CallStatus") == ["no-answer"]


async def test_a_label_stands_for_one_in_a_room_and_the_next_verb_follows() -> None:
    talk = await _talk()
    talk.carrier.dial("+821099999999", LINE)
    await talk.carrier.run_for(1)
    assert 16025 in [notice.code for notice in talk.carrier.net.notices]
    assert talk.carrier.heard("+821099999999") == ["안녕히 가십시오"]


async def test_who_comes_first_fixes_the_callbacks() -> None:
    noun = f'<Conference statusCallback="/mine" statusCallbackEvent="join">{ROOM}</Conference>'
    talk = await _talk(noun)
    assert talk.centre.to("/mine") == []
    assert talk.events() == ["participant-join", "participant-join", "conference-start"]


async def test_every_event_says_the_state_of_the_participant_and_is_counted() -> None:
    talk = await _talk()
    talk.set("citizen", Hold="true")
    await talk.carrier.run_for(1)
    form = talk.centre.to("/room")[-1]
    assert (form["Hold"], form["Muted"], form["Coaching"]) == ("true", "false", "false")
    assert (form["EndConferenceOnExit"], form["StartConferenceOnEnter"]) == ("true", "true")
    assert (form["ConferenceSid"], form["FriendlyName"]) == (talk.room, ROOM)
    assert [form["SequenceNumber"] for form in talk.centre.to("/room")] == ["1", "2", "3", "4"]


async def test_what_a_participant_says_is_heard_by_those_who_hear_her() -> None:
    talk = await _talk()
    talk.add(BOSS, "boss", Coaching="true", CallSidToCoach=talk.sid(DESK))
    await talk.carrier.run_for(2)
    talk.carrier.say(CITIZEN, "가로등이 꺼졌어요")
    talk.carrier.say(BOSS, "위치를 물어보세요")
    await talk.carrier.run_for(5)
    assert talk.carrier.heard(DESK, "voice") == ["가로등이 꺼졌어요", "위치를 물어보세요"]
    assert talk.carrier.heard(CITIZEN, "voice") == []
    assert talk.carrier.heard(BOSS, "voice") == ["가로등이 꺼졌어요"]
