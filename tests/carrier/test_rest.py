"""The REST side as Twilio's own package and Twilio's own description see it.

Every request goes through the ``twilio`` package; where the OpenAPI file is at hand, request and answer are held
against it (tests/twilio/spec.py says how to get it).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from channels.carrier.faults import RestFault
from channels.carrier.model import Habit
from channels.carrier.rest.router import AnswerLost
from channels.twilio.wire import InProcess, answering
from tests.carrier.service import CITIZEN, DESK, HOST, LINE, Service, service
from tests.twilio.spec import load

ROOM = "0192c0de-0000-7000-8000-000000000002"
SPEC = load()
PAGES = {"/voice": '<Enqueue waitUrl="/wait">general</Enqueue>', "/wait": '<Pause length="10"/>'}


def client(centre: Service) -> Any:
    """Twilio's package on the carrier, held against Twilio's description."""
    account, answer = centre.carrier.net.account, answering(centre.carrier.request, AnswerLost)
    network = SPEC.network(answer) if SPEC else answer
    return Client(account.sid, account.token, http_client=InProcess(network), environment={"": ""})


async def _waiting() -> tuple[Service, Any, Any]:
    centre = service(dict(PAGES))
    call = centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(2)
    return centre, client(centre), call


@pytest.mark.skipif(SPEC is None, reason="Twilio's OpenAPI file is not here; see tests/twilio/spec.py")
async def test_every_answer_is_one_that_twilio_describes() -> None:
    centre, c, call = await _waiting()
    carrier = centre.carrier
    c.calls(call.sid).fetch()
    assert [one.sid for one in c.calls.list(status="in-progress", to=LINE)] == [call.sid]
    queue = c.queues.list()[0]
    assert (queue.friendly_name, queue.current_size) == ("general", 1)
    assert c.queues(queue.sid).members("Front").fetch().position == 1
    c.queues(queue.sid).members.list()
    c.queues(queue.sid).fetch()
    c.queues(queue.sid).update(max_size=5)
    other = c.queues.create("leer", max_size=3)
    c.queues(other.sid).delete()

    out = c.calls.create(to=CITIZEN, from_=LINE, url=f"{HOST}/hello", status_callback_event=["ringing", "completed"])
    assert out.status == "queued"
    c.calls(out.sid).update(status="completed")

    made = c.conferences(ROOM).participants.create(from_=LINE, to=DESK, label="desk", timeout=20)
    await carrier.run_for(4)
    c.calls(call.sid).update(twiml=f"<Response><Dial><Conference>{ROOM}</Conference></Dial></Response>")
    await carrier.run_for(1)
    room = c.conferences.list(status="in-progress", friendly_name=ROOM)[0]
    c.conferences(room.sid).fetch()
    assert {p.label for p in c.conferences(room.sid).participants.list()} == {"desk", None}
    c.conferences(room.sid).participants("desk").fetch()
    c.conferences(room.sid).participants(call.sid).update(hold=True, hold_url=f"{HOST}/hold", hold_method="POST")
    c.conferences(room.sid).participants("desk").update(muted=True, end_conference_on_exit=True)
    c.conferences(room.sid).participants("desk").update(announce_url=f"{HOST}/announce")

    recording = c.calls(call.sid).recordings.create(recording_channels="dual")
    c.calls(call.sid).recordings("Twilio.CURRENT").update(status="paused", pause_behavior="silence")
    c.calls(call.sid).recordings.list()
    c.calls(call.sid).recordings(recording.sid).fetch()
    c.recordings.list(call_sid=call.sid)
    c.recordings(recording.sid).fetch()
    c.calls(call.sid).transcriptions.create(language_code="ko-KR", name="t", partial_results=True)
    c.calls(call.sid).transcriptions("t").update(status="stopped")
    c.calls(call.sid).streams.create(url="wss://120.example/media", name="s", track="both_tracks")
    c.calls(call.sid).streams("s").update(status="stopped")

    c.conferences(room.sid).participants(made.call_sid).delete()
    c.conferences(room.sid).update(status="completed")
    await carrier.run_for(5)
    c.calls(call.sid).recordings(recording.sid).delete()
    c.calls(out.sid).delete()

    message = c.messages.create(to=CITIZEN, from_=LINE, body="안녕하세요", status_callback=f"{HOST}/sms")
    c.messages(message.sid).fetch()
    await carrier.run_for(5)
    assert c.messages.list(to=CITIZEN)[0].status == "delivered"
    c.messages(message.sid).update(body="")
    c.messages(message.sid).delete()

    about = c.api.accounts(carrier.net.account.sid).fetch()
    assert about.status == "active"
    number = c.incoming_phone_numbers.list(phone_number=LINE)[0]
    c.incoming_phone_numbers(number.sid).update(voice_url=f"{HOST}/voice2", voice_method="GET")
    assert c.incoming_phone_numbers(number.sid).fetch().voice_url == f"{HOST}/voice2"
    new = c.incoming_phone_numbers.create(phone_number="+8225550999")
    c.incoming_phone_numbers(new.sid).delete()


def _code(act: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as refused:
        act()
    return refused.value.status, refused.value.code


async def test_what_twilio_refuses_is_refused_with_its_number() -> None:
    centre, c, call = await _waiting()
    net = centre.carrier.net
    unknown = "CA" + "f" * 32
    assert _code(lambda: c.calls(unknown).fetch()) == (404, 20404)
    assert _code(lambda: c.calls.create(to="02-120", from_=LINE, url=f"{HOST}/x")) == (400, 21211)
    assert _code(lambda: c.calls.create(to=CITIZEN, from_="+8299999999", url=f"{HOST}/x")) == (400, 21210)
    join = f"{HOST}/join"
    centre.carrier.hang_up(CITIZEN)
    assert _code(lambda: c.calls(call.sid).update(url=join)) == (400, 21220)
    c.conferences(ROOM).participants.create(from_=LINE, to=DESK, label="desk")
    again = lambda: c.conferences(ROOM).participants.create(from_=LINE, to=DESK, label="desk")  # noqa: E731
    assert _code(again)[1] == 16026
    for label in ("l" * 129, "CA" + "1" * 32, "a/b", "a%2Fb"):
        named = lambda label=label: c.conferences(ROOM).participants.create(from_=LINE, to=DESK, label=label)  # noqa: E731
        assert _code(named) == (400, 16024)
    coach = lambda: c.conferences(ROOM).participants.create(  # noqa: E731
        from_=LINE, to=DESK, label="boss", coaching=True, call_sid_to_coach=unknown
    )
    assert _code(coach) == (400, 13240)
    nobody = lambda: c.conferences(ROOM).participants.create(from_=LINE, to=DESK, label="b", coaching=True)  # noqa: E731
    assert _code(nobody) == (400, 13240)
    assert _code(lambda: c.conferences(ROOM).participants.create(from_=LINE, to=DESK, timeout=4)) == (400, 20001)
    net.opted_out.add((CITIZEN, LINE))
    assert _code(lambda: c.messages.create(to=CITIZEN, from_=LINE, body="x")) == (400, 21610)
    assert _code(lambda: c.messages.create(to="+82221234567", from_=LINE, body="x")) == (400, 21614)
    assert _code(lambda: c.messages.create(to=CITIZEN, from_=LINE, body="가" * 1601)) == (400, 21617)


async def test_a_room_is_found_by_its_sid_alone_save_to_ring_somebody_into_it() -> None:
    centre = service()
    made = centre.rest("POST", f"Conferences/{ROOM}/Participants", From=LINE, To=DESK)
    assert centre.try_rest("GET", f"Conferences/{ROOM}")[0] == 404
    assert centre.rest("GET", f"Conferences/{made['conference_sid']}")["friendly_name"] == ROOM


async def test_wrong_credentials_and_other_accounts_are_refused() -> None:
    carrier = service().carrier
    sid, token = carrier.net.account.sid, carrier.net.account.token
    path = f"/2010-04-01/Accounts/{sid}/Calls.json"
    for auth in (None, (sid, "wrong"), ("AC" + "9" * 32, token)):
        status, _, body = carrier.request("GET", path, (), auth)
        assert (status, json.loads(body)["code"]) == (401, 20003)
    other = path.replace(sid, "AC" + "9" * 32)
    assert carrier.request("GET", other, (), (sid, token))[0] == 404
    assert carrier.request("PUT", path, (), (sid, token))[0] == 405


async def test_a_long_list_is_given_in_pages_that_the_package_follows() -> None:
    centre, c, _ = await _waiting()
    for _ in range(7):
        centre.carrier.dial(CITIZEN, LINE)
    assert len(c.calls.list(page_size=3)) == 8
    first = centre.rest("GET", "Calls", PageSize=3)
    assert (first["page"], len(first["calls"]), first["previous_page_uri"]) == (0, 3, None)


async def test_busy_and_broken_rest_comes_as_often_as_it_was_ordered() -> None:
    centre, c, call = await _waiting()
    faults = centre.carrier.net.faults
    faults.rest.append(RestFault(429, 20429, count=2, retry_after_s=3))
    assert _code(lambda: c.calls(call.sid).fetch()) == (429, 20429)
    assert _code(lambda: c.calls(call.sid).fetch()) == (429, 20429)
    c.calls(call.sid).fetch()
    faults.rest.append(RestFault(500, 20500, path="Participants"))
    c.calls(call.sid).fetch()
    assert _code(lambda: c.conferences(ROOM).participants.create(from_=LINE, to=DESK))[0] == 500


async def test_a_lost_answer_leaves_what_was_done() -> None:
    centre = service()
    centre.carrier.net.faults.rest.append(RestFault(lost=True))
    with pytest.raises(AnswerLost):
        centre.rest("POST", f"Conferences/{ROOM}/Participants", From=LINE, To=DESK, Label="desk")
    room = centre.carrier.net.open_rooms[ROOM].sid
    found = centre.rest("GET", f"Conferences/{room}/Participants")["participants"]
    assert [one["label"] for one in found] == ["desk"]


async def test_in_an_outage_nothing_answers_and_nothing_is_asked_until_it_is_over() -> None:
    centre = service(dict(PAGES))
    carrier = centre.carrier
    carrier.net.faults.outage_until_us = carrier.now_us + 30_000_000
    carrier.dial(CITIZEN, LINE)
    await carrier.run_for(20)
    assert centre.hits == []
    assert centre.try_rest("GET", "Calls")[0] == 503
    await carrier.run_for(20)
    assert centre.to("/voice")
    assert centre.try_rest("GET", "Calls")[0] == 200


async def test_an_outgoing_call_tells_how_it_went() -> None:
    for habit, ends in (("busy", "busy"), ("reject", "busy"), ("wait", "no-answer"), ("absent", "failed")):
        centre = service()
        centre.carrier.phone(CITIZEN, Habit(habit))  # type: ignore[arg-type]
        told = ["initiated", "ringing", "answered", "completed"]
        centre.rest(
            "POST", "Calls", To=CITIZEN, From=LINE, Url=f"{HOST}/x", Timeout=10,
            StatusCallback=f"{HOST}/leg", StatusCallbackEvent=told,
        )  # fmt: skip
        await centre.carrier.run_until_idle()
        ringing = [] if ends == "failed" else ["ringing"]
        assert centre.said("/leg", "CallStatus") == ["initiated", *ringing, ends]
        assert centre.said("/leg", "SequenceNumber") == [str(n) for n in range(len(ringing) + 2)]
        assert centre.to("/x") == []


async def test_an_answered_call_runs_its_document_and_can_be_cancelled_before() -> None:
    centre = service({"/x": "<Say>안녕하십니까.</Say>"})
    other = "<Response><Say>이 글은 주소 옆에서는 쓰이지 않습니다</Say></Response>"
    made = centre.rest("POST", "Calls", To=CITIZEN, From=LINE, Url=f"{HOST}/x", Twiml=other)
    await centre.carrier.run_until_idle()
    assert centre.carrier.heard(CITIZEN) == ["안녕하십니까."]
    assert centre.rest("GET", f"Calls/{made['sid']}")["status"] == "completed"
    second = centre.rest("POST", "Calls", To=CITIZEN, From=LINE, Url=f"{HOST}/x")
    await centre.carrier.run_for(1)
    assert centre.rest("POST", f"Calls/{second['sid']}", Status="canceled")["status"] == "canceled"
