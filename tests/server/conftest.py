"""A centre for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.server.world import World


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await made.settle()
    for desk in made.desks:
        desk.drop()
    await made.house.suggestions.close()
    made.threads.shutdown()
    made.signin.close()


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing costs time on purpose; the tests of the desk need not pay it."""
    from argon2 import PasswordHasher

    from dasan.server import passwords

    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
