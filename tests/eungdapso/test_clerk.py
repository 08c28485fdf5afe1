"""The demonstration's clerk works by the clock, says that it is one, and leaves people's tickets alone."""

from __future__ import annotations

from dasan.eungdapso.desk.app import DeskApp
from dasan.eungdapso.desk.clerk import Clerk, answer_for
from dasan.eungdapso.desk.office import Papers
from dasan.eungdapso.desk.services import SERVICES
from dasan.eungdapso.desk.staff import find
from dasan.eungdapso.desk.states import Move
from tests.eungdapso.world import Clock, case, client

PACE = 5_000_000


async def test_it_takes_every_kind_of_ticket_to_its_end_one_step_a_pace(app: DeskApp, clock: Clock) -> None:
    peer, clerk = client(app), Clerk(app.desk.office, PACE)
    for n, service in enumerate(SERVICES):
        await peer.submit(case(f"h_{n}", service_code=service.code))
    assert clerk.tick() == 0  # nothing is due yet
    steps = 0
    for _ in range(5):
        clock.forward(seconds=5)
        steps += clerk.tick()
        assert clerk.tick() == 0
    updates = await peer.updates(clock.at_us - 60_000_000)
    assert len(updates) == steps
    closed = {u.ticket_no for u in updates if u.state == "closed"}
    answers = [u.text for u in updates if u.state == "answered"]
    assert len(closed) == len(answers) == len(SERVICES)
    assert all("시범 운영용 예시 답변" in text for text in answers)
    clock.forward(seconds=5)
    assert clerk.tick() == 0
    await peer.close()


async def test_it_keeps_its_hands_off_what_a_person_has_touched(app: DeskApp, clock: Clock) -> None:
    peer, clerk = client(app), Clerk(app.desk.office, PACE)
    made = await peer.submit(case())
    app.desk.office.move(find(app.desk, made.ticket_no).id, Move.ROUTE, Papers(agency="주차관리과"), "김주무")
    clock.forward(hours=1)
    assert clerk.tick() == 0
    await peer.close()


def test_every_service_has_an_answer_that_calls_itself_an_example() -> None:
    assert all("예시" in answer_for(service.code) for service in SERVICES)
    assert "예시" in answer_for("something new")
