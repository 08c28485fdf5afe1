"""Tickets: the citizen is told of each stage once, in the talk while it lasts and on her page afterwards."""

from dasan.core import commands as c
from dasan.core.session import Session
from tests.chat.centre import Centre, Counselor
from tests.chat.conftest import Open


async def filed(counselor: Counselor, session: Session) -> str:
    """A ticket on its way; its handoff."""
    case = c.CaseForm("road", "가로등 고장", "집 앞 가로등이 꺼져 있습니다", "강남대로 12")
    return str((await counselor.do(c.FileTicket(session.id, session.items[-1].id, case)))["handoff"])


async def acknowledged(centre: Centre, handoff: str, number: str = "2026-000123") -> None:
    await centre.submit(c.OUTBOX, c.BeginSubmission(handoff, 1))
    result = c.SubmissionResult(handoff, 1, "acknowledged", ticket_no=number, sent_sha256="0" * 64)
    await centre.submit(c.OUTBOX, result)


async def test_a_ticket_is_told_in_the_talk_and_as_a_card(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    handoff = await filed(counselor, session)
    first = await tab.next("ticket")
    assert (first["handoff"], first["number"], first["stage"]) == (handoff, "", "COMMITTED")
    await acknowledged(centre, handoff)
    card = await tab.next("ticket", where=lambda f: f["stage"] == "ACKNOWLEDGED")
    assert card["number"] == "2026-000123"
    assert "2026-000123을" in card["line"]
    line = await tab.next("entry", where=lambda f: f.get("code") == "ticket_acknowledged")
    assert "2026-000123" in line["text"]


async def test_hearing_is_recorded_once_and_only_for_the_present_stage(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    handoff = await filed(counselor, session)
    await acknowledged(centre, handoff)
    await tab.next("ticket", where=lambda f: f["stage"] == "ACKNOWLEDGED")
    before = centre.store.reads.last_position()
    tab.say("heard", handoff=handoff, stage="COMMITTED")
    tab.say("heard", handoff="h_somebody_elses", stage="ACKNOWLEDGED")
    for _ in range(3):
        tab.say("heard", handoff=handoff, stage="ACKNOWLEDGED")
    await centre.until(lambda: "ACKNOWLEDGED" in centre.store.reads.load(handoff).state.told)
    again = page(token=tab.token)
    (card,) = (await again.hello())["tickets"]
    assert card["heard"] is True
    assert centre.store.reads.last_position() == before + 1


async def test_an_answer_after_the_end_reaches_the_page_that_is_still_open(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    handoff = await filed(counselor, session)
    await acknowledged(centre, handoff)
    item = session.items[-1].id
    await counselor.do(c.ReleaseItem(session.id, item))
    await counselor.do(c.CompleteWrapUp(session.id, item, "ticket", "road"))
    await tab.next("state", where=lambda f: f["phase"] == "closed")
    await centre.submit(
        c.OUTBOX, c.TicketProgress(handoff, "u-1", "answered", centre.clock.now_us(), "가로등을 고쳤습니다.")
    )
    card = await tab.next("ticket", where=lambda f: f["answer"] != "")
    assert card["answer"] == "가로등을 고쳤습니다."


async def test_an_answer_is_told_at_the_next_visit_even_in_another_session(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    handoff = await filed(counselor, session)
    await acknowledged(centre, handoff)
    item = session.items[-1].id
    await counselor.do(c.ReleaseItem(session.id, item))
    await counselor.do(c.CompleteWrapUp(session.id, item, "ticket", "road"))
    tab.cut()
    await centre.submit(
        c.OUTBOX, c.TicketProgress(handoff, "u-1", "answered", centre.clock.now_us(), "가로등을 고쳤습니다.")
    )
    centre.clock.us += 3 * 3_600_000_000
    later = page(token=tab.token)
    welcome = await later.hello()
    assert "state" not in welcome
    (card,) = welcome["tickets"]
    assert (card["answer"], card["heard"]) == ("가로등을 고쳤습니다.", False)
    later.say("heard", handoff=handoff, stage=card["stage"])
    await centre.until(lambda: card["stage"] in centre.store.reads.load(handoff).state.told)


async def test_another_citizen_hears_nothing_of_it(centre: Centre, page: Open) -> None:
    tab, other = page(), page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    await other.started()
    await acknowledged(centre, await filed(counselor, session))
    await tab.next("ticket", where=lambda f: f["stage"] == "ACKNOWLEDGED")
    assert not [f for f in other.got if f["t"] == "ticket"]
