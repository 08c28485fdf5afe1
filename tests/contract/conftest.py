"""The three stores that one contract holds for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dasan.store.memory import MemoryStore
from dasan.store.opening import open_store
from dasan.store.sealing import Keyring
from tests.contract.postgres import Cluster, cluster, why_not
from tests.contract.world import MASTER, STATES, Scribe, evolve
from tests.virtual import VirtualLoop


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]] | None:
    """A telephone network is reached by two roads, in virtual time and in real time; the rest has pytest's own loop."""
    if item.path.name != "test_voice_network.py":
        return None
    return {"in process": VirtualLoop, "over HTTP": asyncio.new_event_loop}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A private PostgreSQL server, or a skip that says why."""
    if reason := why_not():
        pytest.skip(reason)
    with cluster() as made:
        yield made


def opened(url: str, **more: Any) -> Any:
    return open_store(url, Keyring(MASTER), STATES, evolve, **more)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made = fresh_store(kind, request, tmp_path)
    yield made
    made.close()


def fresh_store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if kind == "memory":
        return MemoryStore()
    if kind == "sqlite":
        return opened(f"sqlite:///{tmp_path / 'dasan.db'}")
    return opened(request.getfixturevalue("postgres").fresh())


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def rivals(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Two servers on one truth: two stores on one PostgreSQL, or the twin twice. SQLite refuses a second server."""
    made: list[Any] = []
    if request.param == "memory":
        twin = MemoryStore()
        yield lambda: twin
        return
    url = request.getfixturevalue("postgres").fresh()

    def another() -> Any:
        made.append(opened(url))
        return made[-1]

    yield another
    for one in made:
        one.close()


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()
