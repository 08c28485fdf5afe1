"""A desk on a stage: the real console against the fake centre over a real socket, with keys and eyes.

``Stage.until`` waits for something to become true, never for time to pass. The one place that reads what Textual has
painted (a private method of its compositor) is :func:`painted`.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot

from agent_tui.app import DeskApp, Options
from agent_tui.screens.desk import Desk
from agent_tui.state import LinkState
from tests.agent_tui.fake_server import Centre, running

NOON = 1_795_239_127_000_000  # 2026-11-21 14:32:07 in Seoul
PATIENCE = 300


@dataclass
class Stage:
    """The console, its pilot, and the centre behind it."""

    app: DeskApp
    pilot: Pilot[int]
    centre: Centre
    presses: int = 0

    @property
    def desk(self) -> Desk:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, Desk))

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, counting them."""
        self.presses += len(keys)
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        """Put text into the composer as an input method commits it."""
        self.desk.composer.insert(text)
        await self.pilot.pause()

    async def until(self, true: Callable[[], Any]) -> None:
        """Wait until ``true()``; fails after some eight seconds with the screen as it stands."""
        for _ in range(PATIENCE):
            if true():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.01)
        raise AssertionError("it never came true; the screen:\n" + painted(self.app))

    def sent(self, kind: str) -> list[Any]:
        """The commands of a kind that the centre has received."""
        return [command for command in self.centre.commands if command.t == kind]

    async def seen(self, text: str) -> None:
        """Wait until ``text`` is on the screen."""
        await self.until(lambda: text in painted(self.app))


def painted(app: DeskApp) -> str:
    """What is on the screen, as lines of text."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


@contextlib.asynccontextmanager
async def at_the_desk(
    centre: Centre, size: tuple[int, int] = (132, 32), *, frozen: bool = False, **options: Any
) -> AsyncIterator[Stage]:
    """The counselor kim at her desk; with ``frozen`` no second passes."""
    async with running(centre) as url:
        options = {"name": "kim", "password": "pass-word", **options}
        app = DeskApp(Options(url=url, **options))
        if frozen:
            app.client._mono = lambda: 0
        async with app.run_test(size=size, notifications=True) as pilot:
            stage = Stage(app, pilot, centre)
            await stage.until(lambda: app.state.link.state is LinkState.UP)
            await pilot.pause()
            yield stage
            assert not app.faults, app.faults
            app.client.stop()
            await stage.until(lambda: not centre.sockets)
