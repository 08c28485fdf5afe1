from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from dasan.eungdapso.client import Open311Client
from dasan.eungdapso.desk.app import DeskApp
from tests.eungdapso import world


@pytest.fixture
def clock() -> world.Clock:
    return world.Clock()


@pytest.fixture
def app(tmp_path: Path, clock: world.Clock) -> Iterator[DeskApp]:
    with world.desk(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
async def web(app: DeskApp) -> AsyncIterator[httpx2.AsyncClient]:
    async with world.browser(app) as opened:
        yield opened


@pytest.fixture
async def peer(app: DeskApp) -> AsyncIterator[Open311Client]:
    opened = world.client(app)
    yield opened
    await opened.close()
