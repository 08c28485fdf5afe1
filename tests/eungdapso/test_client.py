"""The client: what it sends, what it understands, and what it makes of every kind of answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest

from dasan.core.errors import ProviderFailed, Rejected
from dasan.eungdapso.client import Open311Client, deliver
from dasan.eungdapso.desk.app import DeskApp
from dasan.eungdapso.desk.office import Papers
from dasan.eungdapso.desk.staff import find
from dasan.eungdapso.desk.states import Move
from dasan.eungdapso.outlet import TicketOutlet
from dasan.eungdapso.receipt import Progress, Submitted
from dasan.ports import Submission as PortSubmission
from tests.eungdapso.world import KEY, START, V2, Clock, case, client, transport

Handle = Callable[[httpx2.Request], httpx2.Response]


def peer_saying(handle: Handle, **options: Any) -> Open311Client:
    """A peer that was asked before and does not honour keys."""
    peer = Open311Client(V2, "secret-key", "seoul.go.kr", transport=httpx2.MockTransport(handle), **options)
    peer._keyed = False
    return peer


def answering(status: int, content: bytes | str, **headers: str) -> Handle:
    return lambda _request: httpx2.Response(status, content=content, headers=headers)


async def failure(handle: Handle) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as caught:
        await peer_saying(handle).submit(case())
    return caught.value


# -- what is sent


async def test_a_case_is_sent_as_the_specification_has_it_with_its_key_beside_it() -> None:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=[{"service_request_id": "1", "service_notice": "고맙습니다"}])

    made = await peer_saying(handle).submit(case(media_urls=("http://a/1.jpg", "http://a/2.jpg")))
    request = seen[0]
    assert (request.method, request.url.path) == ("POST", "/open311/v2/requests.json")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
    assert request.headers["idempotency-key"] == "h_1"
    sent = parse_qsl(request.content.decode())
    assert dict(sent)["description"].startswith("학교 앞 불법 주차\n\n아침마다")
    assert dict(sent)["description"].endswith("[120 ref h_1]")
    assert dict(sent)["attribute[PLATE]"] == "12가 3456"
    assert dict(sent)["requested_datetime"] == "2026-11-21T01:00:00Z"
    assert [value for name, value in sent if name == "media_url"] == ["http://a/1.jpg", "http://a/2.jpg"]
    assert made == Submitted("1", "", hashlib.sha256(request.content).hexdigest(), "고맙습니다")


async def test_the_same_case_is_the_same_bytes_every_time() -> None:
    bodies: list[bytes] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        bodies.append(request.content)
        return httpx2.Response(200, json=[{"service_request_id": "1"}])

    for _ in range(2):
        await peer_saying(handle).submit(case())
    assert bodies[0] == bodies[1]


async def test_what_a_peer_would_cut_is_refused_before_anything_is_sent() -> None:
    def handle(_request: httpx2.Request) -> httpx2.Response:
        raise AssertionError("sent")

    for changes in ({"description": "가" * 4000}, {"summary": " ", "description": ""}):
        with pytest.raises(Rejected) as caught:
            await peer_saying(handle).submit(case(**changes))
        assert [fault.field for fault in caught.value.faults] == ["description"]


# -- what an answer means


ONE = "<request><service_request_id> 7 </service_request_id></request>"


@pytest.mark.parametrize(
    "body",
    [
        '[{"service_request_id":"S-007","service_notice":null}]',
        '[{"service_request_id":7}]',
        '{"service_requests":[{"service_request_id":"7"}]}',
        '{"service_requests":{"request":[{"service_request_id":"7"}]}}',
        f"\ufeff<?xml version='1.0'?><service_requests>{ONE}</service_requests>",
        f"<service_requests type='array'>{ONE}</service_requests>",
        f'<service_requests xmlns="http://wiki.open311.org/GeoReport_v2">{ONE}</service_requests>',
    ],
)
async def test_a_receipt_is_understood_in_all_the_forms_that_peers_use(body: str) -> None:
    made = await peer_saying(answering(200, body.encode())).submit(case())
    assert made.ticket_no in ("7", "S-007")


async def test_a_token_is_understood() -> None:
    body = b"<service_requests><request><token>t1003</token></request></service_requests>"
    assert (await peer_saying(answering(200, body)).submit(case())).token == "t1003"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "[]"),
        (200, "[{}]"),
        (200, '[{"service_request_id":""}]'),
        (200, '[{"service_request_id":"26-11'),
        (200, '[{"service_request_id":006}]'),
        (200, "{}"),
        (200, "null"),
        (200, "[1]"),
        (200, "<html><body>Sign in to the hospital wifi</body></html>"),
        (200, "<!DOCTYPE html><p>hello"),
        (200, "<service_requests><request><service_request_id>7</service_req"),
        (200, '<!DOCTYPE a [<!ENTITY b "c">]><service_requests/>'),
        (200, "[" * 100_000),
        (302, ""),
        (400, "<html>Bad Request</html>"),
        (404, "Not Found"),
        (400, "[]"),
        (408, '[{"code":408,"description":"slow"}]'),
        (400, '[{"code":400,"description":"base is a duplicate"}]'),
        (400, '[{"code":409,"description":"Idempotency-Key was used before with another body"}]'),
        (500, "Internal Server Error"),
        (500, '[{"code":500,"description":"oops"}]'),
        (502, "<html>Bad Gateway</html>"),
        (503, "<html>gateway</html>"),
        (504, ""),
    ],
)
async def test_whatever_does_not_surely_say_yes_or_no_is_an_unknown_outcome(status: int, body: str) -> None:
    wrong = await failure(answering(status, body.encode()))
    assert (wrong.code, wrong.retryable, wrong.unknown_outcome) == ("eungdapso_unclear", True, True)
    assert wrong.after_s == 30.0  # ask after a margin, not at once


@pytest.mark.parametrize(
    "error", [httpx2.ReadTimeout, httpx2.ReadError, httpx2.WriteError, httpx2.WriteTimeout, httpx2.RemoteProtocolError]
)
async def test_a_connection_lost_after_sending_began_is_an_unknown_outcome(error: type[httpx2.TransportError]) -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        raise error("lost", request=request)

    wrong = await failure(handle)
    assert (wrong.retryable, wrong.unknown_outcome) == (True, True)


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout])
async def test_no_connection_means_surely_not_made(error: type[httpx2.TransportError]) -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        raise error("refused", request=request)

    wrong = await failure(handle)
    assert (wrong.code, wrong.retryable, wrong.unknown_outcome) == ("eungdapso_down", True, False)


async def test_a_503_in_the_desk_s_own_name_means_surely_not_made_and_says_when() -> None:
    own = answering(503, b"[]", **{"idempotency-key": "h_1", "retry-after": "30"})
    wrong = await failure(own)
    assert (wrong.retryable, wrong.unknown_outcome, wrong.after_s) == (True, False, 30.0)
    assert (await failure(answering(429, b"slow down"))).unknown_outcome is False


async def test_a_refusal_names_the_fields_that_a_person_corrects() -> None:
    body = json.dumps(
        [
            {"code": 400, "description": "attribute[PLATE] was not provided"},
            {"code": 400, "description": "lat and long was not provided"},
            {"code": 404, "description": "something else"},
        ]
    )
    with pytest.raises(Rejected) as caught:
        await peer_saying(answering(400, body)).submit(case())
    assert [fault.field for fault in caught.value.faults] == ["attribute[PLATE]", "lat", "long", ""]


async def test_a_wrong_key_is_the_operator_s_and_is_not_tried_again() -> None:
    body = "<errors><error><code>403</code><description>api_key is wrong</description></error></errors>"
    wrong = await failure(answering(403, body))
    assert (wrong.code, wrong.retryable, wrong.unknown_outcome) == ("eungdapso_refused", False, False)
    assert "secret-key" not in str(wrong) + wrong.detail


async def test_a_wrong_jurisdiction_is_the_operator_s_too(app: DeskApp) -> None:
    peer = Open311Client(V2, KEY, "busan.go.kr", transport=transport(app))
    with pytest.raises(ProviderFailed) as caught:
        await peer.submit(case())
    assert (caught.value.code, caught.value.unknown_outcome) == ("eungdapso_refused", False)
    await peer.close()


async def test_a_case_whose_words_changed_after_a_lost_attempt_is_found_and_not_made_again(app: DeskApp) -> None:
    peer = client(app)
    made = await peer.submit(case(media_urls=("http://a/1.jpg",)))
    with pytest.raises(ProviderFailed) as caught:  # the picture was erased meanwhile
        await deliver(peer, case(), tried=False)
    assert caught.value.unknown_outcome
    found = await deliver(peer, case(), tried=True)
    assert (found.ticket_no, found.sha256) == (made.ticket_no, made.sha256)
    await peer.close()


async def test_an_answer_that_drips_for_ever_ends_with_the_time_out() -> None:
    async def drip() -> Any:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    wrong = None
    peer = peer_saying(lambda _request: httpx2.Response(200, content=drip()), timeout_s=0.1)
    with pytest.raises(ProviderFailed) as caught:
        await peer.submit(case())
    wrong = caught.value
    assert wrong.unknown_outcome


async def test_an_endless_answer_is_not_read_into_memory() -> None:
    async def flood() -> Any:
        while True:
            yield b" " * 1_000_000

    with pytest.raises(ProviderFailed):
        await peer_saying(lambda _request: httpx2.Response(200, content=flood())).submit(case())


# -- asking before sending again


async def test_our_desk_is_asked_by_key_and_its_no_is_believed(app: DeskApp) -> None:
    peer = client(app)
    assert await peer.find("h_1") is None
    made = await peer.submit(case())
    found = await peer.find("h_1")
    assert found is not None
    assert (found.ticket_no, found.sha256) == (made.ticket_no, made.sha256)
    await peer.close()


def listing(rows: list[dict[str, str]]) -> Handle:
    def handle(request: httpx2.Request) -> httpx2.Response:
        if "/receipts/" in request.url.path:
            return httpx2.Response(404, html="<h1>nothing here</h1>")
        assert request.url.params["start_date"] == "2026-11-21T00:00:00Z"
        return httpx2.Response(200, json=rows)

    return handle


async def test_a_plain_peer_is_searched_for_our_reference() -> None:
    rows = [
        {"service_request_id": "8", "description": "x [120 ref h_10]"},
        {"service_request_id": "9", "description": "y [120 ref h_1]"},
    ]
    found = await peer_saying(listing(rows)).find("h_1", since_us=START - 3_600_000_000)
    assert found is not None
    assert (found.ticket_no, found.sha256) == ("9", "")
    assert await peer_saying(listing(rows)).find("h_2", since_us=START - 3_600_000_000) is None


async def test_a_full_list_of_a_plain_peer_proves_nothing() -> None:
    rows = [{"service_request_id": str(n), "description": "x"} for n in range(1000)]
    with pytest.raises(ProviderFailed) as caught:
        await peer_saying(listing(rows)).find("h_1", since_us=START - 3_600_000_000)
    assert caught.value.unknown_outcome


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_overloaded_peer_is_not_taken_for_a_plain_one(status: int) -> None:
    with pytest.raises(ProviderFailed) as caught:
        await peer_saying(answering(status, b"<html>")).find("h_1")
    assert caught.value.unknown_outcome


# -- following a ticket


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_ticket_is_followed_from_token_to_answer(app: DeskApp, clock: Clock, form: str) -> None:
    peer = client(app, form=form)
    made = await peer.submit(case(service_code="GRIEVANCE"))
    assert await peer.resolve(made.token) is None
    assert await peer.resolve("t9999") is None
    office, ticket = app.desk.office, find(app.desk, made.token).id
    office.move(ticket, Move.ROUTE, Papers(agency="감사담당관"), "김주무")
    number = await peer.resolve(made.token)
    assert number
    (status,) = await peer.statuses([number, "26-1121-99999-1"])
    assert (status.is_open, status.state, status.agency) == (True, "routed", "감사담당관")
    assert (status.progress, status.updated_at) == (Progress.IN_PROGRESS, START)
    assert status.expected_at > START
    first = await peer.updates(START)
    assert [(u.state, u.ticket_no) for u in first] == [("routed", number)]
    clock.forward(seconds=60)
    for move in (Move.ASSIGN, Move.ANSWER):
        office.move(ticket, move, Papers("죄송합니다. 바로잡았습니다.", "", "박주임"), "김주무")
    more = await peer.updates(START, first[-1].update_id)
    assert [u.state for u in more] == ["assigned", "answered"]
    assert (more[-1].text, more[-1].progress, more[-1].at) == (
        "죄송합니다. 바로잡았습니다.",
        Progress.ANSWERED,
        clock.at_us,
    )
    assert await peer.updates(START, more[-1].update_id) == []
    await peer.close()


async def test_updates_of_a_mysociety_server_are_understood() -> None:
    body = b"""<?xml version="1.0" encoding="utf-8"?>
      <service_requests_updates><request_update><update_id>638344</update_id>
      <service_request_id>1</service_request_id><status>fixed</status>
      <updated_datetime>2026-11-21T10:00:00+09:00</updated_datetime>
      <description>done</description></request_update></service_requests_updates>"""
    (update,) = await peer_saying(answering(200, body)).updates(START)
    assert (update.update_id, update.ticket_no, update.progress, update.at) == ("638344", "1", Progress.ANSWERED, START)


async def test_a_picture_travels_and_its_address_comes_back(app: DeskApp) -> None:
    peer, blob = client(app), b"\xff\xd8\xff\xe0picture"
    digest = hashlib.sha256(blob).hexdigest()
    assert await peer.upload(blob, "image/jpeg", digest) == f"http://desk/media/{digest}.jpg"
    with pytest.raises(Rejected) as caught:
        await peer.upload(b"no picture", "image/jpeg", "")
    assert [fault.field for fault in caught.value.faults] == ["media_url"]
    await peer.close()


async def test_the_broker_s_port_is_served_by_the_same_client(app: DeskApp) -> None:
    peer = client(app)
    outlet = TicketOutlet(peer)
    sent = PortSubmission(
        "h_7", "PARK", "주차", "막고 있습니다", place="세종대로 110", contact="010-1234-5678", requested_at_us=START
    )
    assert await outlet.find(sent) is None
    made = await outlet.submit(sent)
    assert await outlet.find(sent) == made
    ticket = find(app.desk, made.ticket_no)
    assert dict(ticket.contact)["phone"] == "010-1234-5678"
    app.desk.office.move(ticket.id, Move.ANSWER_AT_ONCE, Papers(text="옮겼습니다"), "김주무")
    (update,) = await outlet.updates(START)
    assert (update.ticket_no, update.status, update.text) == (made.ticket_no, "answered", "옮겼습니다")
    await peer.close()


async def test_a_ticket_s_standing_is_told_by_its_number_and_by_no_other(app: DeskApp) -> None:
    peer = client(app)
    outlet = TicketOutlet(peer)
    number = (await peer.submit(case())).ticket_no
    token = await peer.submit(case(key="h_batch", service_code="GRIEVANCE"))
    assert token.token
    assert not token.ticket_no
    standing = await outlet.standing(number.replace("-", ""))
    assert standing is not None
    assert (standing.ticket_no, standing.status, standing.detail) == (number, "acknowledged", "received")
    assert standing.due_at_us > standing.updated_at_us > 0
    app.desk.office.move(find(app.desk, number).id, Move.ANSWER_AT_ONCE, Papers(text="옮겼습니다"), "김주무")
    answered = await outlet.standing(number)
    assert answered is not None
    assert answered.status == "answered"
    for other in ("", "26-1121-99999-1", "123", token.token, number[:-1] + str((int(number[-1]) + 1) % 10)):
        assert await outlet.standing(other) is None, other
    await peer.close()


async def test_updates_are_read_on_with_an_overlap_and_never_from_the_oldest_ticket_again(
    app: DeskApp, clock: Clock
) -> None:
    peer = client(app)
    outlet = TicketOutlet(peer)
    office, seen = app.desk.office, set()
    for n in range(8):
        made = await peer.submit(case(f"h_{n}"))
        office.move(find(app.desk, made.ticket_no).id, Move.ROUTE, Papers(agency=f"과{n}"), "김주무")
        steps = await outlet.updates(START)
        assert [step.at_us for step in steps] == sorted(step.at_us for step in steps)
        assert all(step.at_us >= clock.at_us - 3 * 3_600_000_000 for step in steps), n  # not all of the past again
        assert steps[-1].ticket_no == made.ticket_no
        assert steps[-1].status == "routed"
        seen |= {step.update for step in steps}
        clock.forward(hours=1)
    assert len(seen) == 8
    again = await TicketOutlet(peer).updates(START)  # after a restart: from where the caller says
    assert len(again) == 8
    await peer.close()


async def test_more_updates_than_one_reading_takes_come_with_the_next(
    app: DeskApp, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dasan.eungdapso.desk.store_tickets.PAGE_MAX", 3)
    monkeypatch.setattr("dasan.eungdapso.outlet.PAGES_MAX", 2)
    peer = client(app)
    outlet = TicketOutlet(peer)
    ticket = find(app.desk, (await peer.submit(case())).ticket_no).id
    for n in range(14):
        clock.forward(seconds=90)
        app.desk.office.move(ticket, Move.ROUTE, Papers(agency=f"과{n}"), "김주무")
    readings = [await outlet.updates(START) for _ in range(4)]
    seen = [step.update for steps in readings for step in steps]
    assert len(set(seen)) == 14
    assert len(readings[0]) == 6
    await peer.close()


async def test_an_end_without_an_answer_still_tells_the_citizen_why(app: DeskApp) -> None:
    peer = client(app)
    made = await peer.submit(case())
    papers = Papers("서울시 소관이 아닙니다", "한국도로공사")
    app.desk.office.move(find(app.desk, made.ticket_no).id, Move.TRANSFER_OUT, papers, "김주무")
    told, end = await TicketOutlet(peer).updates(START)
    assert (told.status, end.status) == ("answered", "closed")
    assert "한국도로공사" in told.text
    assert told.update != end.update
    await peer.close()


async def test_a_question_that_was_not_answered_leaves_the_outcome_unknown() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    for handle in (refuse, answering(503, b"[]", **{"idempotency-key": "h_1"}), answering(429, b"")):
        with pytest.raises(ProviderFailed) as caught:
            await peer_saying(handle).find("h_1")
        assert (caught.value.retryable, caught.value.unknown_outcome) == (True, True)


async def test_a_peer_without_a_door_for_pictures_gets_the_case_without_them() -> None:
    assert await peer_saying(answering(404, b"<h1>Not Found</h1>")).upload(b"x", "image/png", "") == ""


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_what_a_service_asks_is_read_from_its_definition_in_order(app: DeskApp, form: str) -> None:
    peer = client(app, form=form)
    outlet = TicketOutlet(peer)
    plate, spot = await outlet.questions("PARK")
    assert (plate.code, plate.kind, plate.required, plate.hint) == ("PLATE", "string", False, "예: 12가 3456")
    assert (spot.kind, spot.values[1]) == ("singlevaluelist", ("school", "어린이보호구역 / school zone"))
    assert [q.required for q in await outlet.questions("CAR")] == [True]
    assert list(await outlet.questions("NOWHERE")) == []
    await peer.close()


async def test_a_missing_answer_sends_the_case_back_by_name_and_with_it_the_case_is_taken(app: DeskApp) -> None:
    peer = client(app)
    outlet = TicketOutlet(peer)
    case = PortSubmission("h_8", "CAR", "방치 차량", "한 달째 서 있습니다", place="세종대로 110")
    with pytest.raises(Rejected) as caught:
        await outlet.submit(case)
    assert [fault.field for fault in caught.value.faults] == ["attribute[PLATE]"]
    answered = replace(case, attributes=(("PLATE", "12가 3456"), ("DAYTIME", "day"), ("DAYTIME", "night")))
    made = await outlet.submit(answered)
    ticket = find(app.desk, made.ticket_no)
    assert ticket.attributes == answered.attributes
    assert (await outlet.find(answered)) == made
    await peer.close()


async def test_before_the_first_case_a_peer_is_asked_whether_it_honours_keys_and_unanswered_nothing_is_sent(
    app: DeskApp,
) -> None:
    asked: list[str] = []
    up = False

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.method)
        if not up:
            raise httpx2.ReadError("cut", request=request)
        return httpx2.Response(404, headers={"idempotency-key": "h_1"})

    peer = Open311Client(V2, "secret-key", "", transport=httpx2.MockTransport(handle))
    with pytest.raises(ProviderFailed) as caught:
        await peer.submit(case())
    assert (caught.value.unknown_outcome, asked) == (False, ["GET"])
    up = True
    with pytest.raises(ProviderFailed) as caught:
        await peer.submit(case())
    assert asked == ["GET", "GET", "POST"]
    assert not caught.value.after_s  # it honours keys: no margin before asking and sending again
