"""Dial to phones: who answers first is connected; how it ended; whisper, star, time-outs."""

from __future__ import annotations

from typing import Any

import pytest

from channels.carrier.model import Habit
from tests.carrier.service import CITIZEN, DESK, HOST, LINE, Service, service

OTHER = "+82215771366"


async def _dialled(dial: str, seconds: float = 5, **pages: Any) -> Service:
    centre = service({"/voice": dial + "<Say>다음</Say>", "/after": '<Pause length="9"/>', **pages})
    centre.carrier.phone(OTHER, Habit("answer", 3_000_000))
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(seconds)
    return centre


async def test_who_answers_is_connected_and_both_hear_each_other() -> None:
    centre = await _dialled('<Dial action="/after"><Client>c12</Client></Dial>')
    assert centre.carrier.hears(CITIZEN, DESK)
    assert centre.carrier.hears(DESK, CITIZEN)
    child = centre.carrier.phone(DESK).call
    parent = centre.carrier.phone(CITIZEN).call
    assert child is not None
    assert parent is not None
    assert (child.direction, child.parent, child.from_) == ("outbound-dial", parent.sid, CITIZEN)


async def test_while_it_rings_the_caller_hears_the_ringing() -> None:
    centre = await _dialled(f"<Dial><Number>{OTHER}</Number></Dial>", 1)
    assert centre.carrier.phone(CITIZEN).call.hearing.kind == "ringback"  # type: ignore[union-attr]


@pytest.mark.parametrize("who", [CITIZEN, DESK])
async def test_when_the_other_hangs_up_the_action_follows_and_when_the_caller_does_all_is_over(who: str) -> None:
    centre = await _dialled('<Dial action="/after"><Client>c12</Client></Dial>', 10)
    centre.carrier.hang_up(who)
    await centre.carrier.run_for(1)
    [form] = centre.to("/after")
    assert (form["DialCallStatus"], form["DialBridged"]) == ("completed", "true")
    assert int(form["DialCallDuration"]) in {7, 8}
    assert (centre.carrier.phone(CITIZEN).call is None) == (who == CITIZEN)
    assert centre.carrier.phone(DESK).call is None


@pytest.mark.parametrize(
    ("habit", "status"), [("busy", "busy"), ("reject", "busy"), ("wait", "no-answer"), ("absent", "failed")]
)
async def test_who_does_not_answer_is_a_result(habit: Any, status: str) -> None:
    centre = service({"/voice": f'<Dial action="/after" timeout="5"><Number>{OTHER}</Number></Dial>'})
    centre.carrier.phone(OTHER, Habit(habit))
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(10)
    assert centre.said("/after", "DialCallStatus") == [status]
    assert centre.said("/after", "DialBridged") == ["false"]


async def test_of_several_the_first_to_answer_is_connected_and_the_others_stop_ringing() -> None:
    centre = await _dialled(f"<Dial><Number>{OTHER}</Number><Client>c12</Client></Dial>", 8)
    assert centre.carrier.hears(CITIZEN, DESK)
    assert centre.carrier.phone(OTHER).call is None
    assert [call.status for call in centre.carrier.net.calls.values()] == ["in-progress", "canceled", "in-progress"]


async def test_a_number_may_stand_alone_and_the_next_verb_follows_without_an_action() -> None:
    centre = await _dialled(f"<Dial>{OTHER}</Dial>", 6)
    centre.carrier.hang_up(OTHER)
    await centre.carrier.run_for(2)
    assert centre.carrier.heard(CITIZEN) == ["다음"]


async def test_a_whisper_is_heard_by_who_answered_before_they_are_connected() -> None:
    centre = await _dialled(
        '<Dial><Client url="/whisper">c12</Client></Dial>', 3, **{"/whisper": "<Say>다산콜센터에서 연결합니다</Say>"}
    )
    assert centre.carrier.heard(DESK) == ["다산콜센터에서 연결합니다"]
    assert not centre.carrier.hears(DESK, CITIZEN)
    await centre.carrier.run_for(4)
    assert centre.carrier.hears(DESK, CITIZEN)


async def test_star_hangs_the_other_side_up_where_the_document_says_so() -> None:
    centre = await _dialled('<Dial hangupOnStar="true"><Client>c12</Client></Dial>')
    centre.carrier.press(CITIZEN, "*")
    await centre.carrier.run_for(1)
    assert centre.carrier.phone(DESK).call is None
    assert centre.carrier.heard(CITIZEN) == ["다음"]


async def test_a_time_limit_ends_the_talk() -> None:
    centre = await _dialled('<Dial timeLimit="5" action="/after"><Client>c12</Client></Dial>', 15)
    assert centre.said("/after", "DialCallStatus") == ["completed"]


async def test_the_childs_events_are_told_as_asked() -> None:
    noun = (
        f'<Client statusCallback="{HOST}/leg" statusCallbackEvent="initiated ringing answered completed">c12</Client>'
    )
    centre = await _dialled(f"<Dial>{noun}</Dial>")
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_for(1)
    assert centre.said("/leg", "CallStatus") == ["initiated", "ringing", "in-progress", "completed"]
    assert all(form["ParentCallSid"] for form in centre.to("/leg"))


async def test_the_caller_is_picked_up_only_with_the_bridge_where_the_document_says_so() -> None:
    centre = await _dialled('<Dial answerOnBridge="true"><Client>c12</Client></Dial>', 2)
    call = centre.carrier.phone(CITIZEN).call
    assert call is not None
    assert call.status == "ringing"
    await centre.carrier.run_for(2)
    assert call.status == "in-progress"


# -- to a queue


async def _queue(noun: str = "q") -> Service:
    centre = service(
        {
            "/voice": '<Enqueue waitUrl="/wait" action="/left">q</Enqueue>',
            "/wait": '<Pause length="60"/>',
            "/desk": f'<Dial action="/after" timeout="6">{noun}</Dial><Say>끝</Say>',
            "/whisper": "<Say>곧 연결됩니다</Say>",
            "/left": "<Say>고맙습니다</Say>",
        }
    )
    centre.carrier.number("+8225550130", f"{HOST}/desk")
    return centre


@pytest.mark.parametrize("who", [CITIZEN, OTHER])
async def test_who_dials_a_queue_is_connected_with_the_first_in_it(who: str) -> None:
    centre = await _queue('<Queue url="/whisper">q</Queue>')
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(10.5)
    centre.carrier.dial(OTHER, "+8225550130")
    await centre.carrier.run_for(1)
    assert centre.carrier.heard(CITIZEN) == ["곧 연결됩니다"]
    [asked] = centre.to("/whisper")
    assert (asked["DequeingCallSid"] != asked["CallSid"], asked["QueueTime"]) == (True, "10")
    await centre.carrier.run_for(3)
    assert centre.carrier.hears(CITIZEN, OTHER)
    assert centre.carrier.hears(OTHER, CITIZEN)
    centre.carrier.hang_up(who)
    await centre.carrier.run_for(3)
    assert centre.said("/after", "DialCallStatus") == ["completed"]
    assert centre.said("/left", "QueueResult") == ["bridged"]
    assert not centre.carrier.net.bridges


@pytest.mark.parametrize(("seconds", "result"), [(1, "redirected-from-bridged"), (0.1, "hangup")])
async def test_who_leaves_a_queue_for_elsewhere_tells_whether_she_was_connected(seconds: float, result: str) -> None:
    centre = await _queue('<Queue url="/whisper">q</Queue>')
    call = centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(3)
    centre.carrier.dial(OTHER, "+8225550130")
    await centre.carrier.run_for(4 * seconds)
    if result == "hangup":
        centre.carrier.hang_up(CITIZEN)
    else:
        centre.rest("POST", f"Calls/{call.sid}", Url=f"{HOST}/whisper")
    await centre.carrier.run_for(2)
    assert centre.said("/left", "QueueResult") == [result]
    assert not centre.carrier.net.bridges


async def test_an_empty_queue_is_waited_at_and_one_that_is_not_there_fails() -> None:
    centre = await _queue("<Queue>q</Queue>")
    centre.carrier.dial(OTHER, "+8225550130")
    await centre.carrier.run_for(2)
    assert centre.said("/after", "DialCallStatus") == ["failed"]
    centre.rest("POST", "Queues", FriendlyName="q")
    centre.carrier.dial("client:boss", "+8225550130")
    await centre.carrier.run_for(3)
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(3)
    assert centre.carrier.hears(CITIZEN, "client:boss")
    centre.carrier.dial("client:late", "+8225550130")
    await centre.carrier.run_for(9)
    assert centre.said("/after", "DialCallStatus") == ["failed", "no-answer"]


async def test_a_talk_is_recorded_where_the_document_says_so() -> None:
    dial = f'<Dial action="/after" record="record-from-answer-dual" recordingStatusCallback="{HOST}/rec">'
    centre = await _dialled(f"{dial}<Client>c12</Client></Dial>", 10)
    centre.carrier.hang_up(DESK)
    await centre.carrier.run_for(5)
    [form] = centre.to("/after")
    [told] = centre.to("/rec")
    assert form["RecordingSid"] == told["RecordingSid"]
    assert (told["RecordingChannels"], told["RecordingSource"], told["RecordingDuration"]) == ("2", "DialVerb", "8")


async def test_who_was_dialled_can_be_redirected_and_is_then_a_call_of_its_own() -> None:
    centre = await _dialled(
        '<Dial action="/after"><Client>c12</Client></Dial>', **{"/away": '<Say>다른 곳</Say><Pause length="60"/>'}
    )
    child = centre.carrier.phone(DESK).call
    assert child is not None
    centre.rest("POST", f"Calls/{child.sid}", Url=f"{HOST}/away")
    await centre.carrier.run_for(2)
    assert centre.said("/after", "DialCallStatus") == ["completed"]
    assert (child.live, centre.carrier.heard(DESK)) == (True, ["다른 곳"])
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_for(1)
    assert child.live


async def test_a_room_beside_a_number_is_a_fault() -> None:
    centre = await _dialled("<Dial><Client>c12</Client><Conference>r</Conference></Dial>")
    assert next(notice.code for notice in centre.carrier.net.notices) == 12200
