"""Two servers on one truth: PostgreSQL for real, and the twin."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from dasan.core.errors import Clash, StorageFull
from dasan.core.session_events import LegAdded
from tests.contract.conftest import opened
from tests.contract.postgres import Cluster
from tests.contract.world import NOON, Scribe

Another = Callable[[], Any]


def test_of_two_decisions_on_one_state_the_second_clashes_and_succeeds_when_decided_again(rivals: Another) -> None:
    first, second, a, b = rivals(), rivals(), Scribe(), Scribe(NOON + 500)
    a.open(first, "s_1")
    b.say(second, "s_1", "미리 읽어 둡니다", request="warm")  # both now hold the stream in memory
    with first.unit() as one, second.unit() as two:
        one.record(a.saying(one, "s_1", "하나"))
        two.record(b.saying(two, "s_1", "둘", request="r-two"))
        one.commit()
        with pytest.raises(Clash) as clash:
            two.commit()
    assert clash.value.stream == "s_1"
    b.say(second, "s_1", "둘", request="r-two")
    assert [entry.body.decode() for entry in first.reads.entries("s_1")] == ["미리 읽어 둡니다", "하나", "둘"]


def test_a_clash_leaves_nothing_of_the_unit(rivals: Another) -> None:
    first, second, a, b = rivals(), rivals(), Scribe(), Scribe(NOON + 500)
    a.open(first, "s_1")
    a.open(first, "s_2")
    with first.unit() as one, second.unit() as two:
        two.record(b.saying(two, "s_2", "딴 흐름", request="x"))
        two.record(b.saying(two, "s_1", "늦음", request="y"))
        one.record(a.saying(one, "s_1", "먼저"))
        one.commit()
        with pytest.raises(Clash):
            two.commit()
    assert first.reads.entries("s_2") == []
    with second.unit() as unit:
        assert unit.replied("p_citizen", "x") is None
        assert unit.load("s_1").state.entries == 1


def test_one_new_stream_is_made_once(rivals: Another) -> None:
    first, second, a, b = rivals(), rivals(), Scribe(), Scribe()
    with first.unit() as one, second.unit() as two:
        one.record(a.opening(one, "s_1", new_keys=[]))
        two.record(b.opening(two, "s_1", new_keys=[], request="other"))
        one.commit()
        with pytest.raises(Clash):
            two.commit()


def test_one_request_has_one_effect_whichever_server_gets_it(rivals: Another) -> None:
    first, second, a, b = rivals(), rivals(), Scribe(), Scribe()
    with first.unit() as one, second.unit() as two:
        one.record(a.opening(one, "s_1", request="same"))
        two.record(b.opening(two, "s_2", request="same"))
        one.commit()
        with pytest.raises(Clash):
            two.commit()
    with second.unit() as unit:
        assert unit.replied("p_citizen", "same") is not None
        assert unit.load("s_2") is None


def test_one_address_gets_one_session_whichever_server_it_calls(rivals: Another) -> None:
    first, second, a, b = rivals(), rivals(), Scribe(), Scribe()
    with first.unit() as one, second.unit() as two:
        one.record(a.opening(one, "s_1", addresses_open=[("a", "120", "s_1")]))
        two.record(b.opening(two, "s_2", request="other", addresses_open=[("a", "120", "s_2")]))
        one.commit()
        with pytest.raises(Clash):
            two.commit()
    with second.unit() as unit:
        assert unit.session_at("a", "120") == "s_1"


def test_a_state_changed_elsewhere_is_not_believed(rivals: Another) -> None:
    first, second, scribe = rivals(), rivals(), Scribe()
    scribe.open(first, "s_1")
    with second.unit() as unit:
        assert unit.load("s_1").seq == 1
    scribe.say(first, "s_1", "하나")
    with second.unit() as unit:
        unit.prefetch([], ["s_1"])
        assert unit.load("s_1").seq == 2
    scribe.say(first, "s_1", "둘")
    with second.unit() as unit:
        assert unit.load("s_1").seq == 3


def test_a_key_destroyed_elsewhere_is_not_used(rivals: Another) -> None:
    first, second, scribe = rivals(), rivals(), Scribe()
    scribe.open(first, "s_1")
    scribe.say(second, "s_1", "하나")
    assert second.reads.contents(["c_s_1_1"]) == {"c_s_1_1": "하나".encode()}
    scribe.erase(first, "s_1")
    assert second.reads.contents(["c_s_1_1"]) == {"c_s_1_1": None}


def test_counselors_raced_by_many_threads_never_hold_more_than_one_slot(rivals: Another) -> None:
    """Routers race to give one counselor work; each gives only to a counselor they see without any."""
    stores = [rivals() for _ in range(4)]
    Scribe().open(stores[0], "k_1", new_keys=[])
    given: list[str] = []

    def route(number: int) -> None:
        scribe = Scribe(NOON + number * 1000)
        for attempt in range(50):
            try:
                with stores[number].unit() as unit:
                    if unit.load("k_1").state.items:
                        return
                    decision = scribe.decide(
                        unit, {"k_1": [LegAdded(f"l_{number}", "chat", "a")]}, request=f"r{number}-{attempt}"
                    )
                    unit.record(decision)
                    unit.commit()
                given.append(f"l_{number}")
            except Clash:
                continue

    threads = [threading.Thread(target=route, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(given) == 1
    assert list(stores[0].reads.load("k_1").state.items) == given


def test_two_servers_write_to_many_streams_without_waiting_in_a_circle(rivals: Another) -> None:
    stores = [rivals(), rivals()]
    names = [f"s_{n}" for n in range(8)]
    for name in names:
        Scribe().open(stores[0], name, request=f"open {name}", new_keys=[])
    written = [0, 0]

    def work(number: int) -> None:
        scribe = Scribe(NOON + number * 10_000)
        ordered = names if number == 0 else names[::-1]
        for turn in range(15):
            for _ in range(200):
                try:
                    with stores[number].unit() as unit:
                        for name in ordered:
                            leg = LegAdded(f"l_{number}_{turn}", "chat", "a")
                            unit.record(scribe.decide(unit, {name: [leg]}, request=f"{number} {turn} {name}"))
                        unit.commit()
                    written[number] += len(names)
                    break
                except Clash:
                    continue

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert written == [120, 120]
    events = list(stores[1].reads.journal())
    assert len(events) == 8 + 240
    assert [position for position, _ in events] == sorted({position for position, _ in events})
    assert all(len(stores[0].reads.load(name).state.items) == 30 for name in names)


@pytest.mark.postgres
def test_a_server_cut_off_while_it_claims_positions_holds_up_nobody(postgres: Cluster) -> None:
    url = postgres.fresh()
    first, second, scribe = opened(url), opened(url), Scribe()
    scribe.open(first, "s_1")
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(120, 1)")  # somebody is claiming just now
        with first.unit() as unit:
            unit.record(scribe.saying(unit, "s_1", "끊길 글", request="cut"))
            unit.replied("p_citizen", "x")
            unit._link.run("SET LOCAL statement_timeout = 50")
            with pytest.raises(StorageFull):
                unit.commit()
    assert scribe.say(second, "s_1", "다른 서버는 씁니다", request="other") > 1
    assert scribe.say(first, "s_1", "이 서버도 씁니다", request="again") > 1
    for store in (first, second):
        store.close()
