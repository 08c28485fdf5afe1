"""The staff's doors: sign-in, the page's buttons, the JSON door."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from dasan.core.errors import Refused
from dasan.eungdapso.desk.app import DeskApp
from dasan.eungdapso.desk.staff import Tries, find
from tests.eungdapso.world import KEY, STAFF, V2, Clock, browser

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
TOKEN = {"authorization": f"Bearer {STAFF}"}


async def report(web: httpx2.AsyncClient, **changes: str) -> str:
    fields = {
        "api_key": KEY,
        "service_code": "POTHOLE",
        "address_string": "세종대로 110",
        "description": "구멍이 있습니다",
    }
    row = (await web.post(f"{V2}/requests.json", data=fields | changes)).json()[0]
    return str(row.get("service_request_id") or row["token"])


@pytest.fixture
async def staff(app: DeskApp) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(app) as web:
        response = await web.post("/staff/sign-in", data={"key": STAFF})
        assert response.status_code == 303
        yield web


def guard_of(html: str) -> str:
    found = re.search(r'name="guard" value="([0-9a-f]{64})"', html)
    assert found
    return found.group(1)


async def press(staff: httpx2.AsyncClient, number: str, **fields: str) -> httpx2.Response:
    guard = guard_of((await staff.get(f"/staff/t/{number}")).text)
    return await staff.post(f"/staff/t/{number}", data={"guard": guard, **fields})


async def test_nobody_sees_a_ticket_without_signing_in(web: httpx2.AsyncClient) -> None:
    number = await report(web)
    for path in ("/staff", f"/staff/t/{number}"):
        response = await web.get(path)
        assert (response.status_code, response.headers["location"]) == (303, "/staff/sign-in")
    for path in ("/staff/api/tickets", f"/staff/api/tickets/{number}"):
        assert (await web.get(path)).status_code == 401
        assert (await web.get(path, headers={"authorization": f"Bearer {KEY}"})).status_code == 401


async def test_a_person_answers_a_ticket_with_buttons_only(staff: httpx2.AsyncClient, app: DeskApp) -> None:
    number = await report(staff, phone="010-1234-5678")
    page = (await staff.get("/staff")).text
    assert f'href="/staff/t/{number}"' in page
    shown = (await staff.get(f"/staff/t/{number}")).text
    assert "010-1234-5678" in shown  # staff may see whom to call
    for fields in (
        {"move": "route", "agency": "도로관리과"},
        {"move": "assign", "officer": "박주임"},
        {"move": "start"},
        {"move": "answer", "text": "오늘 메웠습니다."},
        {"move": "close"},
    ):
        response = await press(staff, number, **fields)
        assert (response.status_code, response.headers["location"]) == (303, f"/staff/t/{number}?done=1"), fields
    ticket = find(app.desk, number)
    assert (ticket.state, ticket.notes, ticket.officer) == ("closed", "종결 (Close)", "박주임")
    shown = (await staff.get(f"/staff/t/{number}?done=1")).text
    assert 'role="status"' in shown
    assert "김주무" in shown


async def test_only_legal_moves_have_buttons(staff: httpx2.AsyncClient) -> None:
    number = await report(staff)
    shown = (await staff.get(f"/staff/t/{number}")).text
    offered = set(re.findall(r'name="move" value="(\w+)"', shown))
    assert offered == {"answer_at_once", "route", "coordinate", "transfer_out", "merge", "close_repeat", "withdraw"}


async def test_a_button_pressed_too_late_says_why_and_changes_nothing(staff: httpx2.AsyncClient, app: DeskApp) -> None:
    number = await report(staff)
    guard = guard_of((await staff.get(f"/staff/t/{number}")).text)
    for _ in range(2):
        response = await staff.post(f"/staff/t/{number}", data={"guard": guard, "move": "answer_at_once", "text": "답"})
    assert response.status_code == 409
    assert 'role="alert"' in response.text
    assert "답변완료" in response.text
    missing = await press(staff, await report(staff), move="route", agency=" ")
    assert "담당 부서·기관" in missing.text


async def test_another_site_cannot_press_our_buttons(staff: httpx2.AsyncClient, app: DeskApp) -> None:
    number = await report(staff)
    for guard in ("", "0" * 64):
        response = await staff.post(f"/staff/t/{number}", data={"guard": guard, "move": "withdraw"})
        assert response.status_code == 409
    assert find(app.desk, number).state == "received"
    cookie = (await staff.post("/staff/sign-in", data={"key": STAFF})).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


async def test_hostile_text_stays_text(staff: httpx2.AsyncClient) -> None:
    number = await report(
        staff, description=HOSTILE, address_string=HOSTILE, phone=HOSTILE, **{f"attribute[{HOSTILE[:20]}]": HOSTILE}
    )
    await press(staff, number, move="route", agency=HOSTILE)
    for path in ("/staff?state=all", f"/staff/t/{number}", f"/staff?state={HOSTILE}"):
        response = await staff.get(path)
        assert "<script" not in response.text
        assert "<img" not in response.text
        assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_a_forged_or_old_session_is_no_session(
    staff: httpx2.AsyncClient, clock: Clock, web: httpx2.AsyncClient
) -> None:
    good = staff.cookies["eungdapso_staff"]
    for forged in ("", "x.y", good[:-1] + ("0" if good[-1] != "0" else "1"), "W10=." + "0" * 64, good.replace(".", "")):
        response = await web.get("/staff", headers={"cookie": f"eungdapso_staff={forged}"})
        assert response.status_code == 303, forged
    clock.forward(hours=8, seconds=1)
    assert (await staff.get("/staff")).status_code == 303


async def test_signing_out_forgets_the_session_in_this_browser(staff: httpx2.AsyncClient) -> None:
    guard = guard_of((await staff.get("/staff")).text)
    await staff.post("/staff/sign-out", data={"guard": guard})
    assert (await staff.get("/staff")).status_code == 303


async def test_wrong_keys_are_slowed_down_and_then_it_works_again(web: httpx2.AsyncClient, clock: Clock) -> None:
    for _ in range(20):
        assert (await web.post("/staff/sign-in", data={"key": "wrong"})).status_code == 403
    locked = await web.post("/staff/sign-in", data={"key": STAFF})
    assert (locked.status_code, "5분" in locked.text) == (403, True)
    assert (await web.get("/staff/api/tickets", headers=TOKEN)).status_code == 429
    clock.forward(seconds=301)
    assert (await web.post("/staff/sign-in", data={"key": STAFF})).status_code == 303


def test_wrong_keys_from_one_address_keep_nobody_else_waiting_and_memory_is_bounded() -> None:
    tries, known = Tries(Clock()), {STAFF: "김주무"}
    for n in range(1_500):
        with pytest.raises(Refused):
            tries.check("wrong", known, f"10.0.0.{n}")
    for _ in range(25):
        with pytest.raises(Refused):
            tries.check("wrong", known, "10.9.9.9")
    with pytest.raises(Refused):
        tries.check(STAFF, known, "10.9.9.9")
    assert tries.check(STAFF, known, "10.1.1.1") == "김주무"
    assert len(tries._wrong) == 1_000


async def test_the_page_speaks_english_when_asked_and_remembers(staff: httpx2.AsyncClient) -> None:
    number = await report(staff)
    korean = (await staff.get(f"/staff/t/{number}")).text
    assert '<html lang="ko">' in korean
    assert "부서분배" in korean
    english = (await staff.get(f"/staff/t/{number}?lang=en")).text
    assert '<html lang="en">' in english
    assert "Route to department" in english
    assert '<html lang="en">' in (await staff.get("/staff")).text


async def test_every_field_of_every_form_has_a_label_of_its_own(staff: httpx2.AsyncClient) -> None:
    shown = (await staff.get(f"/staff/t/{await report(staff)}")).text
    fields = re.findall(r'<(?:textarea|input) id="([\w-]+)"', shown)
    assert fields
    assert len(set(fields)) == len(fields)
    assert all(f'<label for="{field}">' in shown for field in fields)


async def test_what_is_overdue_is_said_in_words(staff: httpx2.AsyncClient, clock: Clock) -> None:
    await report(staff, service_code="PARK")  # three hours
    assert "기한 지남" not in (await staff.get("/staff")).text
    clock.forward(hours=7)
    late = await staff.get("/staff")
    assert "기한 지남" in late.text


async def test_programs_work_a_ticket_through_the_json_door(web: httpx2.AsyncClient) -> None:
    number = await report(web)
    (ticket,) = (await web.get("/staff/api/tickets", headers=TOKEN)).json()
    assert ticket["number"] == number
    assert ticket["moves"]["route"] == ["agency"]
    url = f"/staff/api/tickets/{number}/moves"
    moved = (await web.post(url, headers=TOKEN, json={"move": "route", "agency": "도로관리과"})).json()
    assert (moved["state"], moved["agency"]) == ("routed", "도로관리과")
    refused = await web.post(url, headers=TOKEN, json={"move": "close"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_now")
    assert "부서분배" in refused.json()["message_ko"]
    for body in ({"move": "fly"}, ["route"], {}):
        assert (await web.post(url, headers=TOKEN, json=body)).status_code == 400
    one = (await web.get(f"/staff/api/tickets/{number}", headers=TOKEN)).json()
    assert [(step["move"], step["by"]) for step in one["history"]] == [("route", "김주무")]
    assert (await web.get("/staff/api/tickets/26-1121-99999-1", headers=TOKEN)).status_code == 404
    assert (await web.get("/staff/api/tickets?state=closed", headers=TOKEN)).json() == []


async def test_the_front_door_leads_to_the_staff_page_and_health_is_said(web: httpx2.AsyncClient) -> None:
    assert (await web.get("/")).headers["location"] == "/staff"
    assert (await web.get("/healthz")).text == "ok"
    assert (await web.get("/staff/style.css")).headers["content-type"].startswith("text/css")


async def test_a_long_list_is_turned_page_by_page_without_losing_or_repeating_any(staff: httpx2.AsyncClient) -> None:
    numbers = {await report(staff) for _ in range(55)}
    seen: list[str] = []
    for page in (1, 2):
        shown = (await staff.get(f"/staff?page={page}")).text
        seen += re.findall(r'href="/staff/t/([\d-]+)"', shown)
        assert ("page=2" in shown, "page=1" in shown) == (page == 1, page == 2)
    assert len(seen) == 55
    assert set(seen) == numbers


async def test_what_usually_comes_next_stands_first_and_open(staff: httpx2.AsyncClient) -> None:
    number = await report(staff)
    for move, papers in (
        ("route", {"agency": "과"}),
        ("assign", {"officer": "박"}),
        ("start", {}),
        ("answer", {"text": "답"}),
    ):
        shown = (await staff.get(f"/staff/t/{number}")).text
        first = re.search(r'<details open>.*?name="move" value="(\w+)"', shown)
        assert first
        assert first.group(1) == move
        await press(staff, number, move=move, **papers)


async def test_nobody_writes_an_answer_twice(staff: httpx2.AsyncClient, app: DeskApp) -> None:
    number = await report(staff)
    answer = "길게 쓴 답 <b>입니다</b>"
    stale = await staff.post(f"/staff/t/{number}", data={"guard": "old", "move": "answer_at_once", "text": answer})
    assert stale.status_code == 409
    assert "<details open><summary>즉시답변" in stale.text
    assert "길게 쓴 답 &lt;b&gt;입니다&lt;/b&gt;</textarea>" in stale.text
    await press(staff, number, move="answer_at_once", text="다른 사람의 답")
    late = await press(staff, number, move="answer_at_once", text=answer)  # that move is no longer possible
    assert "쓰신 글" in late.text
    assert "길게 쓴 답 &lt;b&gt;입니다&lt;/b&gt;" in late.text


async def test_a_ticket_is_found_by_the_number_that_somebody_reads_out(staff: httpx2.AsyncClient) -> None:
    number = await report(staff)
    assert 'action="/staff/find"' in (await staff.get("/staff")).text
    found = await staff.get("/staff/find", params={"number": f" {number.replace('-', '')} "}, follow_redirects=True)
    assert number in found.text
    nowhere = await staff.get("/staff/find", params={"number": "../sign-out"}, follow_redirects=True)
    assert nowhere.status_code == 404
