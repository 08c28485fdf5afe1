"""Documents: what picks a call up, redirects, faults and the fallback, what else than TwiML may come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from channels.carrier.model import SECOND
from channels.voice import music
from tests.carrier.service import CITIZEN, DESK, HOST, LINE, Page, Service, service


async def _called(pages: dict[str, Any], seconds: float = 5) -> Service:
    centre = service(pages)
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(seconds)
    return centre


def _codes(centre: Service) -> list[int]:
    return [notice.code for notice in centre.carrier.net.notices]


async def test_the_first_request_says_all_that_twilio_says() -> None:
    centre = service({"/voice": "<Hangup/>"})
    centre.carrier.dial(CITIZEN, LINE, ForwardedFrom="+82120")
    await centre.carrier.run_for(1)
    [form] = centre.to("/voice")
    assert {"CallSid", "AccountSid", "ApiVersion", "Caller", "Called", "FromCity", "ToCountry"} <= form.keys()
    assert (form["From"], form["To"], form["Direction"], form["CallStatus"]) == (CITIZEN, LINE, "inbound", "ringing")
    assert (form["ForwardedFrom"], form["FromCity"], form["FromCountry"]) == ("+82120", "", "KR")


@pytest.mark.parametrize("caller", ["anonymous", "client:kim", "sip:desk@pbx.example", "+266696687"])
async def test_callers_without_a_number_and_other_kinds_come_as_they_are(caller: str) -> None:
    centre = service({"/voice": "<Hangup/>"})
    centre.carrier.dial(caller, LINE)
    await centre.carrier.run_for(1)
    assert centre.said("/voice", "From") == [caller]
    assert ("FromCountry" in centre.to("/voice")[0]) == caller.startswith("+")


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ("<Say>네</Say><Pause length='9'/>", "in-progress"),
        ("<Pause length='9'/><Say>네</Say>", "ringing"),
        ("<Enqueue waitUrl=''>q</Enqueue>", "in-progress"),
        ("<Dial answerOnBridge='true' timeout='60'><Client>nobody2</Client></Dial>", "ringing"),
        ("<Hangup/>", "completed"),
        ("<Reject/>", "busy"),
    ],
)
async def test_what_picks_a_call_up_and_what_does_not(document: str, status: str) -> None:
    centre = service({"/voice": document})
    from channels.carrier.model import Habit

    centre.carrier.phone("client:nobody2", Habit("wait"))
    call = centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(3)
    assert call.status == status
    assert bool(call.answered_us) == (status in {"in-progress", "completed"})


async def test_a_relative_address_starts_from_the_document_it_stands_in() -> None:
    centre = service(
        {"/a/voice": "<Redirect>../b/next?x=1</Redirect>", "/b/next": "<Redirect method='GET'>last</Redirect>"}
    )
    centre.carrier.number("+8225550121", f"{HOST}/a/voice")
    centre.carrier.dial(CITIZEN, "+8225550121")
    await centre.carrier.run_for(2)
    assert [(hit.method, hit.path) for hit in centre.hits][:3] == [
        ("POST", "/a/voice"),
        ("POST", "/b/next"),
        ("GET", "/b/last"),
    ]


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page("<Response><Sai>x</Sai></Response>"), 12200),
        (Page("<Response><Say colour='red'>x</Say></Response>"), 12200),
        (Page("<Response><Say>x</Response>"), 12100),
        (Page("", kind="application/json"), 12300),
        (Page("<Response>" + "<Pause/>" * 9000 + "</Response>"), 11750),
        (Page("x", status=404), 11200),
        (Page("x", status=500), 11200),
        (Page(failure="ct"), 11205),
        (Page(failure="rt"), 11200),
        (Page(took_us=16 * SECOND), 11200),
    ],
)
async def test_a_document_that_cannot_be_obeyed_is_asked_from_the_fallback(page: Page, code: int) -> None:
    pages = {"/voice": page, "/fallback": "<Say>잠시 후 다시 걸어 주십시오.</Say>"}
    centre = await _called(pages, 45)
    [form] = centre.to("/fallback")
    assert (form["ErrorCode"], form["ErrorUrl"]) == (str(code), f"{HOST}/voice")
    assert centre.carrier.heard(CITIZEN) == ["잠시 후 다시 걸어 주십시오."]
    assert code in _codes(centre)


async def test_a_fault_in_mid_call_goes_to_the_fallback_too() -> None:
    pages = {
        "/voice": "<Say>네</Say><Redirect>/gone</Redirect>",
        "/gone": Page(status=500),
        "/fallback": "<Say>죄송합니다.</Say>",
    }
    centre = await _called(pages, 10)
    assert centre.carrier.heard(CITIZEN) == ["네", "죄송합니다."]


async def test_when_the_fallback_fails_too_the_call_is_over() -> None:
    centre = await _called({"/voice": Page(status=500), "/fallback": Page(status=500)}, 20)
    assert centre.carrier.heard(CITIZEN) == ["We are sorry, an application error has occurred. Goodbye."]
    assert centre.said("/status", "CallStatus") == ["completed"]


async def test_who_gives_up_before_the_call_is_picked_up_was_not_answered() -> None:
    centre = service({"/voice": "<Pause length='20'/><Say>네</Say>"})
    call = centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(3)
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_until_idle()
    assert (call.status, centre.said("/status", "CallStatus"), centre.said("/status", "CallDuration")) == (
        "no-answer",
        ["no-answer"],
        ["0"],
    )


async def test_a_number_without_an_address_fails_without_a_word() -> None:
    centre = service()
    centre.carrier.number("+8225550122")
    call = centre.carrier.dial(CITIZEN, "+8225550122")
    await centre.carrier.run_for(2)
    assert (call.status, centre.hits, _codes(centre)) == ("failed", [], [])


async def test_plain_text_is_spoken_and_sound_is_played() -> None:
    centre = await _called({"/voice": Page("안녕하세요", kind="text/plain; charset=utf-8")})
    assert centre.carrier.heard(CITIZEN) == ["안녕하세요"]
    centre = await _called({"/voice": Page(music.wav(), kind="audio/wav")}, 20)
    assert centre.carrier.heard(CITIZEN) == [f"{HOST}/voice"]
    assert centre.said("/status", "CallStatus") == ["completed"]


async def test_redirects_by_http_are_followed_and_cookies_are_kept() -> None:
    pages = {
        "/voice": Page(status=302, headers=(("Location", "/b"), ("Set-Cookie", "s=1; Path=/"))),
        "/b": "<Redirect>/c</Redirect>",
    }
    centre = await _called(pages)
    assert [(hit.method, hit.path, hit.headers.get("Cookie")) for hit in centre.hits[:3]] == [
        ("POST", "/voice", None),
        ("GET", "/b", "s=1"),
        ("POST", "/c", "s=1"),
    ]
    assert centre.to("/b") == [{}]


async def test_ten_redirects_are_followed_and_no_more() -> None:
    centre = await _called({"/voice": Page(status=302, headers=(("Location", "/voice"),))}, 20)
    assert 11215 in _codes(centre)
    assert len(centre.to("/voice")) == 11


async def test_a_relative_address_in_a_document_that_rest_gave_is_a_fault() -> None:
    centre = service({"/voice": "<Pause length='60'/>"})
    call = centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(1)
    # not picked up while a Pause stands first: pick it up
    centre.carrier.pick_up(CITIZEN)
    centre.rest("POST", f"Calls/{call.sid}", Twiml="<Response><Redirect>/next</Redirect></Response>")
    await centre.carrier.run_for(1)
    assert 15004 in _codes(centre)


async def test_say_lasts_as_long_as_its_words_and_loops() -> None:
    centre = service({"/voice": '<Say loop="3">하나 둘 셋</Say><Redirect>/then</Redirect>'})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(10)
    assert centre.carrier.heard(CITIZEN) == ["하나 둘 셋"] * 3
    [then] = [hit.at_us for hit in centre.hits if hit.path == "/then"]
    assert then - centre.hits[0].at_us == pytest.approx(3 * 4 * 140_000, abs=60_000)


async def test_marks_within_spoken_text_are_heard_as_their_words() -> None:
    centre = await _called(
        {"/voice": '<Say language="ko-KR">번호는 <say-as interpret-as="digits">120</say-as>입니다</Say>'}
    )
    assert centre.carrier.heard(CITIZEN) == ["번호는 120입니다"]


@pytest.mark.parametrize("act", ["redirect", "hang up"])
async def test_a_redirect_and_an_end_take_effect_whatever_the_call_does(act: str) -> None:
    documents: dict[str, str] = {
        "say": "<Say>" + "가" * 200 + "</Say>",
        "gather": "<Gather timeout='60'/>",
        "queue": "<Enqueue waitUrl='/wait' action='/left'>q</Enqueue>",
        "room": "<Dial action='/left'><Conference>r</Conference></Dial>",
        "dial": "<Dial action='/left'><Client>c12</Client></Dial>",
        "record": "<Record action='/left' timeout='60'/>",
        "connect": "<Connect action='/left'><Stream url='wss://120.example/s'/></Connect>",
    }
    for name, document in documents.items():
        centre = service(
            {"/voice": "<Say>네</Say>" + document, "/there": "<Say>여기</Say><Hangup/>", "/wait": "<Pause/>"}
        )
        call = centre.carrier.dial(CITIZEN, LINE)
        await centre.carrier.run_for(8)
        assert call.status == "in-progress", name
        doing: Callable[[], None] = {
            "redirect": lambda sid=call.sid, c=centre: c.rest("POST", f"Calls/{sid}", Url=f"{HOST}/there"),
            "hang up": lambda c=centre: c.carrier.hang_up(CITIZEN),
        }[act]
        doing()
        await centre.carrier.run_until_idle()
        assert (len(centre.to("/there")), call.status) == (act == "redirect", "completed"), name
        assert all(not other.live for other in centre.carrier.net.calls.values()), name
        assert not centre.carrier.net.open_rooms, name
        assert not centre.carrier.net.bridges, name
        assert centre.carrier.phone(DESK).call is None


async def test_a_stranger_in_a_place_is_refused_there() -> None:
    pages = {"/voice": "<Enqueue waitUrl='/wait' action='/left'>q</Enqueue>", "/wait": "<Record/>"}
    centre = await _called(pages)
    assert 12200 in _codes(centre)
    assert centre.said("/left", "QueueResult") == ["error"]


async def test_a_relative_action_that_cannot_be_asked_does_no_harm_when_the_caller_hangs_up() -> None:
    centre = service({"/voice": "<Say>네</Say><Enqueue waitUrl=''>q</Enqueue>"})
    call = centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(2)
    room = "<Response><Dial action='/after'><Conference>r</Conference></Dial></Response>"
    centre.rest("POST", f"Calls/{call.sid}", Twiml=room)
    await centre.carrier.run_for(1)
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_until_idle()
    assert 15004 in _codes(centre)
    assert (call.status, centre.to("/fallback"), centre.carrier.net.open_rooms) == ("completed", [], {})


async def test_a_call_by_sip_says_where_it_came_in() -> None:
    centre = service({"/voice": "<Hangup/>"})
    centre.carrier.dial("sip:desk@pbx.example", LINE, SipSourceIp="192.0.2.9")
    await centre.carrier.run_for(1)
    [form] = centre.to("/voice")
    assert (form["SipDomain"], form["SipUsername"], form["SipSourceIp"]) == ("pbx.example", "desk", "192.0.2.9")


async def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.carrier.network.KEPT", 20)
    centre = service({"/voice": "<Reject/>"})
    for _ in range(200):
        centre.carrier.dial(CITIZEN, LINE)
        await centre.carrier.run_for(1)
    assert len(centre.carrier.net.calls) == 20
    assert len(centre.carrier.phone(CITIZEN).calls) <= 51
