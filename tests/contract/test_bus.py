"""Positions between servers, and reading on by position."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dasan.bus.local import Exchange
from dasan.bus.postgres import PostgresBus
from tests.contract.conftest import opened
from tests.contract.postgres import Cluster
from tests.contract.world import Scribe

WAIT_S = 20


class Ends:
    """Two ends of a bus and a bell for each."""

    def __init__(self) -> None:
        self.bells = [threading.Event(), threading.Event()]
        self.ends: list[Any] = []


@pytest.fixture(params=["local", pytest.param("postgres", marks=pytest.mark.postgres)])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    made = Ends()
    if request.param == "local":
        exchange = Exchange()
        made.ends = [exchange.end(bell.set) for bell in made.bells]
    else:
        url = request.getfixturevalue("postgres").fresh()
        opened(url).close()
        made.ends = [PostgresBus(url, f"node-{n}", bell.set) for n, bell in enumerate(made.bells)]
        assert all(end.listening.wait(WAIT_S) for end in made.ends)
    for bell in made.bells:
        bell.clear()
    yield made
    for end in made.ends:
        end.close()


def test_a_position_wakes_the_others_and_not_its_teller(ends: Ends) -> None:
    ends.ends[0].publish(7)
    assert ends.bells[1].wait(WAIT_S)
    assert list(ends.ends[1].positions()) == [7]
    assert list(ends.ends[1].positions()) == []
    assert list(ends.ends[0].positions()) == []


def test_only_the_highest_position_is_kept_so_a_slow_reader_costs_nothing(ends: Ends) -> None:
    for position in (*range(1, 50), 20):
        ends.ends[0].publish(position)
    heard: list[int] = []
    while 49 not in heard:
        assert ends.bells[1].wait(WAIT_S)
        ends.bells[1].clear()
        heard += ends.ends[1].positions()
    assert heard == sorted(heard)


def test_a_closed_end_hears_nothing(ends: Ends) -> None:
    ends.ends[1].close()
    ends.bells[1].clear()
    ends.ends[0].publish(3)
    assert list(ends.ends[1].positions()) == []


@pytest.mark.postgres
def test_a_listener_that_lost_its_connection_comes_back_and_asks_what_it_missed(postgres: Cluster) -> None:
    url = postgres.fresh()
    store, scribe, bell = opened(url), Scribe(), threading.Event()
    bus = PostgresBus(url, "node-1", bell.set)
    try:
        assert bus.listening.wait(WAIT_S)
        list(bus.positions())
        bell.clear()
        scribe.open(store, "s_1")  # committed and never told
        conninfo = url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(conninfo, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dasan bus'")
        assert bell.wait(WAIT_S)
        assert bus.listening.wait(WAIT_S)
        assert list(bus.positions()) == [1]
        other = PostgresBus(url, "node-2")
        assert other.listening.wait(WAIT_S)
        bell.clear()
        other.publish(5)
        assert bell.wait(WAIT_S)
        assert list(bus.positions()) == [5]
        other.close()
    finally:
        bus.close()
        store.close()


@pytest.mark.postgres
def test_a_reader_by_position_waits_for_the_oldest_running_transaction(postgres: Cluster) -> None:
    """A smaller position that becomes visible later must never be passed over."""
    url = postgres.fresh()
    store, scribe = opened(url), Scribe()
    scribe.open(store, "s_1")
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as slow:
        first = slow.execute("SELECT journal_claim(1)").fetchone()
        scribe.say(store, "s_1", "빠른 글")
        assert store.reads.committed_since(1) == []
        assert store.reads.last_position() == 1
        slow.execute(
            "INSERT INTO journal (position, stream, seq, type, version, at_us, actor, cause, data)"
            " SELECT %s, 's_9', 1, type, version, at_us, actor, 'slow', data FROM journal WHERE position = 1",
            (first[0] + 1,),
        )
        slow.execute(
            "INSERT INTO streams (stream, kind, seq, open, created_us, updated_us, facts)"
            " VALUES ('s_9', 's', 1, 1, 0, 0, '{}')"
        )
        slow.commit()
    assert [one.position for one in store.reads.committed_since(1)] == [2, 3]
    assert store.reads.last_position() == 3
    store.close()
