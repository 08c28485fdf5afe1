"""What a transaction promises, on every store."""

from __future__ import annotations

from typing import Any

import pytest

from dasan.core.errors import Clash, Refused
from dasan.core.session_events import LegAdded, SessionOpened
from dasan.ports import Content
from tests.contract.world import KOREAN, NOON, Scribe, Tally, delivery


def test_a_stream_that_was_never_written_does_not_exist(store: Any) -> None:
    with store.unit() as unit:
        assert unit.load("s_1") is None
        assert unit.session_at("a", "120") is None
        assert unit.replied("p", "r") is None
        assert unit.delivery("d") is None
        assert unit.sealed("c") is None
    assert store.reads.head("s_1") is None


def test_what_was_committed_is_read_back_with_its_state(store: Any, scribe: Scribe) -> None:
    assert scribe.open(store, "s_1", 7) == 1
    with store.unit() as unit:
        found = unit.load("s_1")
    assert (found.seq, found.state) == (1, Tally(number=7))
    assert store.reads.load("s_1") == found


def test_leaving_a_unit_without_commit_forgets_everything(store: Any, scribe: Scribe) -> None:
    with store.unit() as unit:
        unit.record(scribe.opening(unit, "s_1"))
        unit.next_number("session")
    with store.unit() as unit:
        assert unit.load("s_1") is None
    assert list(store.reads.journal()) == []


def test_a_later_command_of_the_unit_sees_what_an_earlier_one_recorded(store: Any, scribe: Scribe) -> None:
    with store.unit() as unit:
        unit.record(scribe.opening(
            unit, "s_1", request="first", addresses_open=[("a", "120", "s_1")], deliveries=[delivery("d1")],
            contents=[Content("c_0", "s_1", "text", KOREAN.encode())],
        ))
        assert unit.load("s_1").seq == 1
        assert unit.replied("p_citizen", "first").reply == {"ok": True, "n": 1}
        assert unit.session_at("a", "120") == "s_1"
        assert unit.delivery("d1") == delivery("d1")
        assert unit.sealed("c_0") == KOREAN.encode()
        unit.record(scribe.saying(unit, "s_1", "둘째"))
        assert unit.commit() == 2
        assert unit.positions == [1, 2]
    assert store.reads.load("s_1").state == Tally(number=1, entries=1)


def test_a_reply_is_remembered_with_its_fingerprint(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", request="abc")
    with store.unit() as unit:
        remembered = unit.replied("p_citizen", "abc")
        assert (remembered.fingerprint, remembered.reply) == ("f" * 64, {"ok": True, "n": 1})
        assert unit.replied("p_other", "abc") is None


def test_a_command_that_need_not_be_remembered_is_not(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", request="abc", remember=False)
    with store.unit() as unit:
        assert unit.replied("p_citizen", "abc") is None


def test_a_repeated_decision_writes_nothing(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    with store.unit() as unit:
        again = scribe.saying(unit, "s_1", "다시", repeated=True)
        unit.record(again)
        assert unit.commit() == 1
        assert unit.positions == [1]
    assert store.reads.load("s_1").seq == 1


def test_an_address_leads_to_its_session_until_it_is_closed(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", addresses_open=[("a", "120", "s_1"), ("a", "tax", "s_1")])
    with store.unit() as unit:
        assert (unit.session_at("a", "120"), unit.session_at("a", "other")) == ("s_1", None)
    assert store.reads.addresses_of("s_1") == [("a", "120"), ("a", "tax")]
    scribe.close(store, "s_1", addresses_closed=[("a", "120", "s_1")])
    with store.unit() as unit:
        assert unit.session_at("a", "120") is None
        unit.record(scribe.opening(unit, "s_2", addresses_open=[("a", "120", "s_2")]))
        unit.commit()
    with store.unit() as unit:
        assert unit.session_at("a", "120") == "s_2"


def test_an_address_closed_and_opened_in_one_unit_leads_to_the_new_session(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", addresses_open=[("a", "120", "s_1")])
    with store.unit() as unit:
        unit.record(scribe.saying(unit, "s_1", "끝", addresses_closed=[("a", "120", "s_1")]))
        assert unit.session_at("a", "120") is None
        unit.record(scribe.opening(unit, "s_2", addresses_open=[("a", "120", "s_2")]))
        assert unit.session_at("a", "120") == "s_2"
        unit.commit()
    with store.unit() as unit:
        assert unit.session_at("a", "120") == "s_2"


def test_an_address_is_not_freed_by_the_end_of_a_session_that_has_it_no_more(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", addresses_open=[("a", "120", "s_1")])
    with store.unit() as unit:
        gone = [("a", "120", "s_1")]
        unit.record(scribe.opening(unit, "s_2", addresses_closed=gone, addresses_open=[("a", "120", "s_2")]))
        unit.commit()
    with store.unit() as unit:
        unit.record(scribe.saying(unit, "s_1", "끝", addresses_closed=gone))
        assert unit.session_at("a", "120") == "s_2"
        unit.commit()
    with store.unit() as unit:
        assert unit.session_at("a", "120") == "s_2"


def test_an_address_has_one_open_session(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", addresses_open=[("a", "120", "s_1")])
    with store.unit() as unit:
        unit.record(scribe.opening(unit, "s_2", addresses_open=[("a", "120", "s_2")]))
        with pytest.raises(Clash):
            unit.commit()
    assert store.reads.head("s_2") is None


def test_numbers_ascend_from_one_for_each_name(store: Any, scribe: Scribe) -> None:
    with store.unit() as unit:
        assert [unit.next_number("session") for _ in range(3)] == [1, 2, 3]
        assert unit.next_number("ticket") == 1
        unit.record(scribe.opening(unit, "s_1"))
        unit.commit()
    with store.unit() as unit:
        assert unit.next_number("session") == 4


def test_a_promise_is_kept_in_its_newest_state(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", deliveries=[delivery("d1"), delivery("d2")])
    with store.unit() as unit:
        from dataclasses import replace

        tried = replace(unit.delivery("d1"), attempts=1, due_us=NOON + 5)
        unit.record(scribe.saying(unit, "s_1", "x", delivery_changes=[tried]))
        assert unit.delivery("d1") == tried
        unit.commit()
    with store.unit() as unit:
        assert unit.delivery("d1") == tried
    done = replace(tried, state="done")
    scribe.say(store, "s_1", "y", delivery_changes=[done])
    assert store.reads.deliveries("done") == [done]


def test_words_come_back_and_a_destroyed_key_takes_them_for_ever(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    scribe.say(store, "s_1", KOREAN)
    with store.unit() as unit:
        assert unit.sealed("c_s_1_1") == KOREAN.encode()
    scribe.erase(store, "s_1")
    with store.unit() as unit:
        assert unit.sealed("c_s_1_1") is None
    assert store.reads.contents(["c_s_1_1", "c_none"]) == {"c_s_1_1": None}
    assert store.reads.key_destroyed("s_1")
    assert not store.reads.key_destroyed("s_2")


def test_nothing_is_sealed_under_a_destroyed_or_unknown_key(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    scribe.open(store, "s_2", new_keys=[])
    scribe.erase(store, "s_1")
    for stream, code in (("s_1", "erased"), ("s_2", "no_key")):
        with store.unit() as unit:
            spoiled = scribe.saying(unit, stream, KOREAN)
            with pytest.raises(Refused) as refused:
                unit.record(spoiled)
            unit.record(scribe.opening(unit, f"s_beside_{stream}"))
            unit.commit()
        assert refused.value.code == code
        assert store.reads.entries(stream) == []


def test_a_draft_is_kept_replaced_removed_and_erased(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    scribe.open(store, "s_2")
    scribe.say(store, "s_1", "a", drafts=[("k_1", "s_1", "안녕"), ("k_1", "s_2", "두번째"), ("k_2", "s_1", "남의 것")])
    scribe.say(store, "s_1", "b", drafts=[("k_1", "s_1", "안녕하세요")])
    assert [(d.session, d.text) for d in store.reads.drafts("k_1")] == [("s_1", "안녕하세요"), ("s_2", "두번째")]
    scribe.say(store, "s_1", "c", drafts=[("k_1", "s_1", "")])
    assert [d.session for d in store.reads.drafts("k_1")] == ["s_2"]
    scribe.erase(store, "s_2")
    assert store.reads.drafts("k_1") == []
    assert [d.text for d in store.reads.drafts("k_2")] == ["남의 것"]


def test_a_decision_against_an_older_state_of_the_same_unit_clashes_and_leaves_the_unit_usable(
    store: Any, scribe: Scribe
) -> None:
    scribe.open(store, "s_1")
    with store.unit() as unit:
        first, second = scribe.saying(unit, "s_1", "하나"), scribe.saying(unit, "s_1", "둘")
        unit.record(first)
        with pytest.raises(Clash):
            unit.record(second)
        assert unit.commit() == 2
    assert len(store.reads.entries("s_1")) == 1


def test_one_command_may_change_several_streams(store: Any, scribe: Scribe) -> None:
    with store.unit() as unit:
        unit.record(scribe.decide(unit, {
            "s_1": [SessionOpened(1, "120", "ko", "p_1", "chat"), LegAdded("l_1", "chat", "a")],
            "k_1": [LegAdded("l_1", "chat", "a")],
        }))
        assert unit.commit() == 3
    assert [(p, r.stream, r.seq) for p, r in store.reads.journal()] == [(1, "s_1", 1), (2, "s_1", 2), (3, "k_1", 1)]


def test_a_unit_that_recorded_nothing_commits_to_nothing(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    with store.unit() as unit:
        assert unit.commit() == 1
    assert store.reads.last_position() == 1


def test_asking_ahead_changes_no_answer(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", request="abc")
    with store.unit() as unit:
        unit.prefetch([("p_citizen", "abc"), ("p_citizen", "new")], ["s_1", "s_none"])
        assert unit.replied("p_citizen", "abc").reply["ok"] is True
        assert unit.replied("p_citizen", "new") is None
        assert unit.load("s_1").seq == 1
        assert unit.load("s_none") is None
        unit.record(scribe.saying(unit, "s_1", "x", request="new"))
        assert unit.replied("p_citizen", "new") is not None


def test_keyed_values_can_be_compared_and_not_read(store: Any) -> None:
    assert store.keyed("010-1234-5678") == store.keyed("010-1234-5678") != store.keyed("010-1234-5679")
    assert len(store.keyed("x")) == 64
    assert "5678" not in store.keyed("010-1234-5678")


def test_old_replies_and_finished_promises_are_pruned(store: Any, scribe: Scribe) -> None:
    from dataclasses import replace

    scribe.open(store, "s_1", request="old", deliveries=[replace(delivery("d1"), state="done"), delivery("d2")])
    scribe.at_us += 1000
    scribe.say(store, "s_1", "x", request="new")
    assert store.prune(NOON + 500) == 2
    with store.unit() as unit:
        assert unit.replied("p_citizen", "old") is None
        assert unit.replied("p_citizen", "new") is not None
        assert unit.delivery("d1") is None
        assert unit.delivery("d2") is not None
