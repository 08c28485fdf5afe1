"""How an action asks the server: in the background, with the refusal shown, and until what was announced has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from agent_tui.state import Talk
from dasan.wire import desk
from dasan.wire.desk_views import Reply

if TYPE_CHECKING:
    from textual.worker import Worker

    from agent_tui.app import DeskApp

Answer = asyncio.Future[Reply]


class Place(Protocol):
    """A screen from which something can be asked."""

    @property
    def desk_app(self) -> DeskApp: ...

    def run_worker(self, work: Coroutine[Any, Any, None]) -> Worker[None]: ...


class Holding(Place, Protocol):
    """A screen with one session on it."""

    @property
    def talk(self) -> Talk | None: ...


def start(d: Place, work: Coroutine[Any, Any, None]) -> None:
    """Do ``work`` in the background; a fault of ours in it is shown and kept, and the desk lives."""
    d.run_worker(d.desk_app.guarded(work))


async def done(d: Place, kind: type[desk.Command], /, **fields: Any) -> Reply | None:
    """The answer to a command, or None after telling the person why not."""
    answer = d.desk_app.ask(kind, **fields)
    if answer is None:
        return None
    reply = await answer
    if not reply.ok:
        d.desk_app.refused(reply)
        return None
    return reply


async def until(d: Place, true: Callable[[], bool], seconds: int = 5) -> bool:
    """Wait for what a reply announced to arrive as an event: at once as a rule, ``seconds`` at most."""
    for _ in range(seconds * 10):
        if true():
            return True
        await d.desk_app.changed_soon(0.1)
    return true()


async def only(d: Place, kind: type[desk.Command], /, **fields: Any) -> None:
    """A command whose answer changes nothing here but what its event will."""
    await done(d, kind, **fields)
