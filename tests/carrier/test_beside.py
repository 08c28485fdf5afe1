"""Beside a call: recordings, transcriptions, streams, and messages left by the caller."""

from __future__ import annotations

import json
from typing import Any

from channels.carrier import streams
from channels.carrier.model import Habit
from channels.carrier.parameters import iso
from tests.carrier.service import CITIZEN, DESK, HOST, LINE, Service, service


async def _on(document: str, **pages: Any) -> Service:
    centre = service({"/voice": document, "/after": '<Pause length="30"/>', **pages})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(2)
    return centre


# -- Record


async def test_a_message_is_beep_words_and_a_key() -> None:
    centre = await _on(f'<Record action="/after" recordingStatusCallback="{HOST}/rec" finishOnKey="#"/>')
    centre.carrier.say(CITIZEN, "가로등이 꺼졌어요")
    await centre.carrier.run_for(3)
    centre.carrier.press(CITIZEN, "#")
    await centre.carrier.run_for(5)
    [form] = centre.to("/after")
    assert (form["Digits"], form["RecordingSid"][:2]) == ("#", "RE")
    assert int(form["RecordingDuration"]) >= 3
    assert centre.said("/rec", "RecordingStatus") == ["completed"]
    assert centre.carrier.heard(CITIZEN, "beep") == [""]


async def test_silence_ends_a_message_and_nothing_but_silence_is_no_message() -> None:
    centre = await _on('<Record action="/after" timeout="3"/><Redirect>/none</Redirect>')
    centre.carrier.say(CITIZEN, "여보세요")
    await centre.carrier.run_for(6)
    assert centre.said("/after", "Digits") == [""]
    centre = await _on('<Record action="/after" timeout="3"/><Redirect>/none</Redirect>')
    await centre.carrier.run_for(6)
    assert (centre.to("/after"), len(centre.to("/none"))) == ([], 1)


async def test_who_hangs_up_has_left_what_was_said() -> None:
    centre = await _on('<Record action="/after"/>')
    centre.carrier.say(CITIZEN, "여보세요")
    await centre.carrier.run_for(1)
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_for(1)
    assert centre.said("/after", "Digits") == ["hangup"]


async def test_a_message_is_no_longer_than_it_may_be() -> None:
    centre = await _on('<Record action="/after" maxLength="4" playBeep="false"/>')
    centre.carrier.say(CITIZEN, "가" * 200)
    await centre.carrier.run_for(5)
    assert int(centre.said("/after", "RecordingDuration")[0] or 0) <= 4


# -- recordings of calls


async def test_a_recording_is_paused_resumed_and_its_length_is_what_was_recorded() -> None:
    centre = await _on('<Say>네</Say><Pause length="60"/>')
    call = next(iter(centre.carrier.net.calls))
    centre.rest(
        "POST", f"Calls/{call}/Recordings",
        RecordingStatusCallback=f"{HOST}/rec", RecordingStatusCallbackEvent=["in-progress", "completed"],
    )  # fmt: skip
    await centre.carrier.run_for(5)
    centre.rest("POST", f"Calls/{call}/Recordings/Twilio.CURRENT", Status="paused")
    await centre.carrier.run_for(10)
    centre.rest("POST", f"Calls/{call}/Recordings/Twilio.CURRENT", Status="in-progress")
    await centre.carrier.run_for(5)
    centre.rest("POST", f"Calls/{call}/Recordings/Twilio.CURRENT", Status="stopped")
    assert centre.try_rest("POST", f"Calls/{call}/Recordings/Twilio.CURRENT", Status="paused")[0] == 404
    await centre.carrier.run_for(5)
    assert centre.said("/rec", "RecordingStatus") == ["in-progress", "completed"]
    assert centre.to("/rec")[-1]["RecordingDuration"] == "10"


async def test_a_recording_ends_with_its_call() -> None:
    centre = await _on(f'<Start><Recording recordingStatusCallback="{HOST}/rec"/></Start><Pause length="60"/>')
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_until_idle()
    assert centre.said("/rec", "RecordingStatus") == ["completed"]
    assert centre.said("/rec", "RecordingChannels") == ["2"]


# -- transcription


def _words(centre: Service, track: str, final: str = "true") -> list[str]:
    return [
        json.loads(form["TranscriptionData"])["transcript"]
        for form in centre.to("/words")
        if form.get("Track") == track and form.get("Final") == final
    ]


TRANSCRIBE = (
    '<Start><Transcription statusCallbackUrl="https://120.example/words" languageCode="ko-KR" partialResults="true" '
    'inboundTrackLabel="citizen"/></Start>'
)


async def test_what_is_said_comes_by_track_while_it_is_said() -> None:
    centre = await _on(f"{TRANSCRIBE}<Dial><Client>c12</Client></Dial>")
    centre.carrier.phone(DESK, Habit("answer", 0))
    await centre.carrier.run_for(4)
    centre.carrier.say(CITIZEN, "가로등이 자꾸 깜빡거려요", 0.93)
    await centre.carrier.run_for(4)
    centre.carrier.say(DESK, "위치가 어디신가요")
    await centre.carrier.run_for(4)
    assert _words(centre, "inbound_track") == ["가로등이 자꾸 깜빡거려요"]
    assert _words(centre, "inbound_track", "false") == ["가로등이", "가로등이 자꾸"]
    assert _words(centre, "outbound_track") == ["위치가 어디신가요"]
    started = centre.to("/words")[0]
    assert (started["TranscriptionEvent"], started["LanguageCode"], started["InboundTrackLabel"]) == (
        "transcription-started",
        "ko-KR",
        "citizen",
    )
    final = next(form for form in centre.to("/words") if form.get("Final") == "true")
    assert json.loads(final["TranscriptionData"])["confidence"] == 0.93
    partial = next(form for form in centre.to("/words") if form.get("Final") == "false")
    assert "confidence" not in partial["TranscriptionData"]
    assert [form["SequenceId"] for form in centre.to("/words")] == [str(n + 1) for n in range(len(centre.to("/words")))]


async def test_prompts_are_words_on_the_outbound_track() -> None:
    centre = await _on(f"{TRANSCRIBE}<Say>안녕하세요</Say><Pause length='9'/>")
    await centre.carrier.run_for(3)
    assert _words(centre, "outbound_track") == ["안녕하세요"]


async def test_a_transcription_stops_by_verb_by_rest_or_with_its_call() -> None:
    for how in ("verb", "rest", "end"):
        stop = "<Stop><Transcription/></Stop>" if how == "verb" else ""
        centre = await _on(f"{TRANSCRIBE}<Say>네</Say>{stop}<Pause length='30'/>")
        call = next(iter(centre.carrier.net.calls))
        if how == "rest":
            [one] = centre.carrier.net.transcriptions
            centre.rest("POST", f"Calls/{call}/Transcriptions/{one}", Status="stopped")
        elif how == "end":
            centre.carrier.hang_up(CITIZEN)
        await centre.carrier.run_for(3)
        assert centre.said("/words", "TranscriptionEvent")[-1] == "transcription-stopped"


# -- streams


async def test_a_stream_beside_the_call_is_told_of_and_ends_with_it() -> None:
    document = (
        f'<Start><Stream url="wss://120.example/s" name="m" track="both_tracks" statusCallback="{HOST}/stream">'
        '<Parameter name="session" value="s1"/></Stream></Start><Pause length="60"/>'
    )
    centre = await _on(document)
    [stream] = centre.carrier.net.streams.values()
    assert (stream.tracks, stream.parameters, stream.both_ways) == (("inbound", "outbound"), {"session": "s1"}, False)
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_for(1)
    assert centre.said("/stream", "StreamEvent") == ["stream-started", "stream-stopped"]


async def test_a_connected_stream_has_the_call_until_our_server_closes_it() -> None:
    document = f'<Connect action="/after"><Stream url="wss://120.example/s" statusCallback="{HOST}/stream"/></Connect>'
    for error in (0, 31921):
        centre = await _on(document)
        await centre.carrier.run_for(30)
        assert centre.to("/after") == []
        [sid] = centre.carrier.net.streams
        streams.closed(centre.carrier.net, sid, error, "closed")
        await centre.carrier.run_for(1)
        assert len(centre.to("/after")) == 1
        assert centre.said("/stream", "StreamEvent")[-1] == ("stream-error" if error else "stream-stopped")


async def test_a_call_has_four_streams_at_most() -> None:
    one = '<Stream url="wss://120.example/s"/>'
    centre = await _on(f"<Start>{one * 5}</Start><Pause length='30'/>")
    assert len(centre.carrier.net.streams) == 4
    assert centre.carrier.net.notices[-1].code == 31941


# -- Refer


async def test_only_a_sip_caller_can_be_handed_to_her_own_exchange() -> None:
    document = '<Refer action="/after"><Sip>sip:119@pbx.example</Sip></Refer>'
    for caller, status in ((CITIZEN, "failed"), ("sip:desk@pbx.example", "completed")):
        centre = service({"/voice": document, "/after": "<Hangup/>"})
        centre.carrier.dial(caller, LINE)
        await centre.carrier.run_for(3)
        assert centre.said("/after", "ReferCallStatus") == [status]


# -- applications, and who has answered


async def test_an_application_is_a_far_end_whose_document_has_the_leg() -> None:
    centre = service({"/app": '<Connect><Stream url="wss://120.example/s"/></Connect>'})
    sid = centre.carrier.application(f"{HOST}/app")
    made = centre.rest("POST", "Conferences/r/Participants", From=LINE, To=f"app:{sid}?desk=c12", Label="desk")
    await centre.carrier.run_for(3)
    assert centre.said("/app", "desk") == ["c12"]
    [stream] = centre.carrier.net.streams.values()
    leg = centre.carrier.net.calls[made["call_sid"]]
    assert (leg.status, leg.room != "", stream.both_ways, stream.call is leg) == ("in-progress", True, True, False)
    streams.closed(centre.carrier.net, stream.sid)
    await centre.carrier.run_for(1)
    assert (leg.status, stream.call.status) == ("completed", "completed")


async def test_an_application_that_rejects_leaves_the_leg_unanswered() -> None:
    centre = service({"/app": "<Reject/>"})
    sid = centre.carrier.application(f"{HOST}/app")
    made = centre.rest("POST", "Calls", From=LINE, To=f"app:{sid}", Url=f"{HOST}/x")
    await centre.carrier.run_for(3)
    assert centre.carrier.net.calls[made["sid"]].status == "busy"


async def test_a_machine_is_told_from_a_person_before_anything_is_said() -> None:
    for machine, told in ((True, "machine_start"), (False, "human")):
        centre = service({"/hello": "<Say>안녕하십니까</Say>"})
        centre.carrier.phone(CITIZEN, Habit("answer", 0, machine=machine))
        centre.rest("POST", "Calls", To=CITIZEN, From=LINE, Url=f"{HOST}/hello", MachineDetection="Enable")
        await centre.carrier.run_for(6)
        assert centre.said("/hello", "AnsweredBy") == [told]


async def test_the_accounts_recordings_are_listed_by_day_and_page() -> None:
    centre = await _on('<Say>네</Say><Pause length="60"/>')
    call = next(iter(centre.carrier.net.calls))
    for _ in range(3):
        centre.rest("POST", f"Calls/{call}/Recordings")
        centre.rest("POST", f"Calls/{call}/Recordings/Twilio.CURRENT", Status="stopped")
        await centre.carrier.run_for(3)
    first = centre.rest("GET", "Recordings", PageSize="2")
    assert [row["status"] for row in first["recordings"]] == ["completed", "completed"]
    assert [row["source"] for row in first["recordings"]] == ["StartCallRecordingAPI"] * 2
    assert "Page=1" in first["next_page_uri"]
    rest = centre.rest("GET", "Recordings", PageSize="2", Page="1")
    assert (len(rest["recordings"]), rest["next_page_uri"]) == (1, None)
    day = iso(centre.carrier.net.now_us)[:10]
    before, after = "2000-01-01", "2999-01-01"
    for bounds, there in (
        ({"DateCreated>": f"{day}T23:59:59Z"}, 3),
        ({"DateCreated": day}, 3),
        ({"DateCreated>": after}, 0),
        ({"DateCreated<": before}, 0),
    ):
        assert len(centre.rest("GET", "Recordings", **bounds)["recordings"]) == there, bounds
