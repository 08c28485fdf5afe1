"""What the writer does with a batch: together where it can, alone where it must, and never half."""

from __future__ import annotations

import pytest

from dasan.core import commands as c
from dasan.core.errors import Broken, Clash, StorageFull
from dasan.gate import CLASHES_MAX, InlineGate, decide_batch
from tests.gate.world import Centre, refused


def test_a_batch_is_one_commit_and_each_command_gets_its_own_reply() -> None:
    centre = Centre()
    results, committed = decide_batch(centre.store, centre.broker, [centre.opens() for _ in range(5)], centre.defect)
    assert centre.store.commits == 1
    assert len({r["session"] for r in results}) == 5  # type: ignore[index,call-overload]
    assert [one.position for one in committed] == sorted(one.position for one in committed)


def test_later_commands_of_a_batch_see_what_earlier_ones_did() -> None:
    centre = Centre()
    opening = centre.opens()
    again = centre.asks(opening.principal.id, opening.command)
    results, _ = decide_batch(centre.store, centre.broker, [opening, again], centre.defect)
    assert results[0]["session"] == results[1]["session"]  # type: ignore[index,call-overload]
    assert not results[1]["opened"]  # type: ignore[index,call-overload]


def test_a_refused_command_leaves_the_others_of_its_batch_alone() -> None:
    centre = Centre()
    wrong = centre.asks("p_nobody", c.ReceiveText("s_nothing", "l_nothing", "여보세요", "x"))
    results, committed = decide_batch(
        centre.store, centre.broker, [centre.opens(), wrong, centre.opens()], centre.defect
    )
    assert refused(results[1]) == "no_such_session"
    assert len(committed) == 2


def test_a_command_that_cannot_be_written_never_poisons_another() -> None:
    centre = Centre()
    centre.store.poison = "독"
    results, committed = decide_batch(
        centre.store, centre.broker, [centre.opens("하나"), centre.opens("독"), centre.opens("셋")], centre.defect
    )
    assert isinstance(results[1], Broken)
    assert len(committed) == 2
    assert centre.defects


def test_the_same_request_twice_in_one_batch_has_one_effect() -> None:
    centre = Centre()
    opening = centre.opens()
    results, committed = decide_batch(centre.store, centre.broker, [opening, opening], centre.defect)
    assert results[0] == results[1]
    assert len(committed) == 1


def test_a_clash_is_decided_again_from_fresh_state() -> None:
    centre = Centre()
    centre.store.troubles = [Clash("s_x"), Clash("s_x")]
    results, committed = decide_batch(centre.store, centre.broker, [centre.opens()], centre.defect)
    assert len(committed) == 1
    assert "session" in results[0]  # type: ignore[operator]


def test_clashes_without_end_are_given_up_after_a_bounded_number_of_tries() -> None:
    centre = Centre()
    centre.store.troubles = [Clash("s_x") for _ in range(CLASHES_MAX * 3)]
    results, committed = decide_batch(centre.store, centre.broker, [centre.opens()], centre.defect)
    assert refused(results[0]) == "clash"
    assert committed == []
    assert len(centre.store.troubles) == CLASHES_MAX * 3 - CLASHES_MAX - 1


def test_a_full_disk_refuses_new_words_and_the_next_ones_go_through() -> None:
    centre = Centre()
    centre.store.troubles = [StorageFull(), StorageFull()]
    results, committed = decide_batch(centre.store, centre.broker, [centre.opens()], centre.defect)
    assert refused(results[0]) == "storage_full"
    assert committed == []
    centre.store.troubles.clear()
    _, committed = decide_batch(centre.store, centre.broker, [centre.opens()], centre.defect)
    assert len(committed) == 1


def test_the_inline_gate_raises_what_refused_a_command() -> None:
    centre = Centre()
    gate = InlineGate(centre.store, centre.broker, centre.defect)
    with pytest.raises(Exception, match="no such session"):
        gate.handle(centre.asks("p_nobody", c.ReceiveText("s_nothing", "l_nothing", "여보세요", "x")))
