"""What is known of who calls, kept in memory: never older than the last commit that was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from dasan.app.telephone import Callers
from dasan.core.address import Address, stream_of
from dasan.core.policy import Policy
from dasan.ports import Committed
from tests.virtual import virtually

HER = "a" * 64
STREAM = stream_of(HER)


class Slow:
    """A database across a network: what it read is on its way until ``arrive``."""

    def __init__(self) -> None:
        self.stored = Address(STREAM, language="ko")
        self.arrive = asyncio.Event()

    async def __call__(self, read: Callable[[], Any]) -> Any:
        found = read()
        await self.arrive.wait()
        return found

    def load(self, _stream: str) -> Any:
        return SimpleNamespace(state=self.stored)


def test_what_changes_while_it_is_read_is_read_again() -> None:
    async def story() -> None:
        slow = Slow()
        callers = Callers(str, slow.load, Policy(), SimpleNamespace(now_us=lambda: 0), slow)  # type: ignore[arg-type]
        asked = asyncio.ensure_future(callers.known(HER))
        await asyncio.sleep(0)
        slow.stored = Address(STREAM, language="en")
        callers.heard([Committed(1, (), {STREAM: None})])  # type: ignore[dict-item]
        slow.arrive.set()
        await asked
        assert (await callers.known(HER)).language == "en"
        slow.stored = Address(STREAM, language="vi")
        assert (await callers.known(HER)).language == "en", "and kept until a commit changes it"

    virtually(story())
