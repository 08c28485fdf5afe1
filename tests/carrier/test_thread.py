"""One call from ringing to its end: menu, queue, room, hold, goodbye."""

from __future__ import annotations

from tests.carrier.service import CITIZEN, DESK, HOST, LINE, Service, service

ROOM = "0192c0de-0000-7000-8000-000000000001"
EVENTS = ["start", "end", "join", "leave", "mute", "hold", "modify"]


def _pages() -> dict[str, object]:
    return {
        "/voice": (
            '<Gather action="/menu?s=1" finishOnKey="" numDigits="1">'
            '<Say language="ko-KR">120다산콜센터입니다. 상담은 1번입니다.</Say></Gather><Redirect>/voice</Redirect>'
        ),
        "/menu": '<Enqueue waitUrl="/wait" action="/left">housing</Enqueue>',
        "/wait": '<Say language="ko-KR">지금 첫 번째입니다.</Say><Pause length="5"/>',
        "/join": (
            f'<Dial action="/after"><Conference endConferenceOnExit="true" participantLabel="citizen" beep="false" '
            f'waitUrl="">{ROOM}</Conference></Dial>'
        ),
    }


async def _talking() -> Service:
    centre = service(_pages())
    carrier = centre.carrier
    call = carrier.dial(CITIZEN, LINE)
    await carrier.run_for(2)
    carrier.press(CITIZEN, "1")
    await carrier.run_for(4)
    centre.rest(
        "POST",
        f"Conferences/{ROOM}/Participants",
        From=LINE,
        To=DESK,
        Label="desk",
        Beep="false",
        StatusCallback=f"{HOST}/leg",
        StatusCallbackEvent=["initiated", "ringing", "answered", "completed"],
        ConferenceStatusCallback=f"{HOST}/room",
        ConferenceStatusCallbackEvent=EVENTS,
    )
    await carrier.run_for(4)
    centre.rest("POST", f"Calls/{call.sid}", Url=f"{HOST}/join", Method="POST")
    await carrier.run_for(1)
    return centre


async def test_a_caller_reaches_a_counselor_through_menu_queue_and_room() -> None:
    centre = await _talking()
    carrier = centre.carrier
    assert carrier.heard(CITIZEN, "say")[:2] == ["120다산콜센터입니다. 상담은 1번입니다.", "지금 첫 번째입니다."]
    assert centre.to("/menu")[0]["Digits"] == "1"
    assert centre.to("/wait")[0]["QueuePosition"] == "1"
    assert centre.said("/left", "QueueResult") == ["redirected"]
    assert centre.said("/leg", "CallStatus") == ["initiated", "ringing", "in-progress"]
    assert centre.said("/room", "StatusCallbackEvent") == [
        "participant-join",
        "participant-join",
        "conference-start",
    ]
    assert carrier.hears(CITIZEN, DESK)
    assert carrier.hears(DESK, CITIZEN)


async def test_on_hold_nobody_hears_the_citizen_and_she_hears_the_music() -> None:
    centre = await _talking()
    carrier = centre.carrier
    room = carrier.net.open_rooms[ROOM].sid
    centre.rest("POST", f"Conferences/{room}/Participants/citizen", Hold="true")
    await carrier.run_for(1)
    assert not carrier.hears(CITIZEN, DESK)
    assert not carrier.hears(DESK, CITIZEN)
    assert carrier.phone(CITIZEN).call.hearing.kind == "music"  # type: ignore[union-attr]
    centre.rest("POST", f"Conferences/{room}/Participants/citizen", Hold="false")
    await carrier.run_for(1)
    assert carrier.hears(CITIZEN, DESK)


async def test_when_the_citizen_hangs_up_the_room_ends_and_everybody_is_told() -> None:
    centre = await _talking()
    carrier = centre.carrier
    carrier.hang_up(CITIZEN)
    await carrier.run_until_idle()
    assert [call.status for call in carrier.net.calls.values()] == ["completed", "completed"]
    last = centre.to("/room")[-1]
    assert last["StatusCallbackEvent"] == "conference-end"
    assert last["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert centre.said("/status", "CallStatus") == ["completed"]
    assert centre.said("/leg", "CallStatus")[-1] == "completed"
    numbers = [int(form["SequenceNumber"]) for form in centre.to("/room")]
    assert numbers == list(range(1, len(numbers) + 1))
