"""Lost and doubled lines are counted over the journal."""

from __future__ import annotations

from dasan.core.events import Recorded
from dasan.core.session_events import EntryAdded, SessionClosed
from dasan.hub.ledger import Ledger
from tests.server.world import World


def line(n: int, client_id: str = "", author: str = "p_1", session: str = "s_1") -> Recorded:
    return Recorded(session, n + 5, n, "a", "", EntryAdded(n, "text", "CITIZEN", author, client_id=client_id))


def test_a_gapless_transcript_has_lost_and_doubled_nothing():
    ledger = Ledger()
    ledger.take([line(n, f"id-{n}") for n in range(1, 50)])
    assert (ledger.lost, ledger.doubled) == (0, 0)


def test_a_missing_number_is_a_lost_line_and_a_repeated_id_a_doubled_one():
    ledger = Ledger()
    ledger.take([line(1, "a"), line(2, "b"), line(5, "c"), line(6, "b"), line(7, "b", author="k_1")])
    assert (ledger.lost, ledger.doubled) == (2, 1)


def test_hearing_of_a_line_twice_is_not_a_doubled_line():
    ledger = Ledger()
    ledger.take([line(1, "a"), line(2, "b")])
    ledger.take([line(1, "a"), line(2, "b")])
    assert (ledger.lost, ledger.doubled) == (0, 0)


def test_a_ledger_that_begins_in_the_middle_counts_from_there():
    ledger = Ledger()
    ledger.take([line(400, "a"), line(401, "b")])
    assert ledger.lost == 0


def test_memory_ends_with_the_session():
    ledger = Ledger()
    ledger.take([line(1, "a"), Recorded("s_1", 9, 9, "a", "", SessionClosed("done"))])
    assert ledger._sessions == {}


async def test_the_board_says_what_was_counted(world: World):
    from dasan.server.boards import board

    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    await desk.done("say", session=session, text="안내", id="same-frame-1")
    await desk.done("say", session=session, text="안내", id="same-frame-1")
    shown = board(world.hub, world.policy, world.clock.us, "ko")
    assert (shown.lost, shown.doubled) == (0, 0)
    assert (desk.welcome.board.lost, desk.welcome.board.doubled) == (0, 0)
