"""A desk on a stage: the real console against the fake centre over a real socket, with keys and eyes.

``Stage.until`` waits for something to become true, never for time to pass. The one place that reads what Textual has
painted (a private method of its compositor) is :func:`painted`; it draws every widget anew. The frames between are
composed for a terminal that is not there, and that was a third of the time these tests took: they are only composed
where a test is about them (``every_frame``). Another fifth was reading the same style sheets anew for each console,
twice (a theme reads them again): a run of tests reads each of them once for each set of colours.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
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
    """What is on the screen, as lines of text; a panel lies over the screens below it."""
    visible_screen_stack.set(app._background_screens)
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


Rules = list[RuleSet]
_READ: dict[tuple[Any, ...], Rules] = {}
_COLOURS: dict[int, tuple[dict[str, str], frozenset[tuple[str, str]]]] = {}  # by identity, which is kept with it


def _once(read: Callable[..., Rules]) -> Callable[..., Rules]:
    """Stylesheet._parse_rules, for all consoles of a run together. What cannot be read fails each time."""

    def parse_rules(sheet: Stylesheet, css: str, *args: Any, **more: Any) -> Rules:
        names = sheet._variables
        if id(names) not in _COLOURS:
            _COLOURS[id(names)] = names, frozenset(names.items())
        key = (_COLOURS[id(names)][1], css, args, tuple(more.items()))
        if key not in _READ:
            _READ[key] = read(sheet, css, *args, **more)
        return _READ[key]

    return parse_rules


Stylesheet._parse_rules = _once(Stylesheet._parse_rules)  # type: ignore[method-assign]


def _unseen(compositor: Compositor, full: bool = False, screen_stack: Any = None, simplify: bool = False) -> None:
    """In the place of Compositor.render_update: what is dirty is clean, and nothing goes to no terminal."""
    visible_screen_stack.set(screen_stack or [])
    compositor._dirty_regions.clear()


@contextlib.contextmanager
def _only_looked_at(every_frame: bool) -> Iterator[None]:
    composed = Compositor.render_update
    if not every_frame:
        Compositor.render_update = _unseen  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Compositor.render_update = composed  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def at_the_desk(
    centre: Centre,
    size: tuple[int, int] = (132, 32),
    *,
    frozen: bool = False,
    every_frame: bool = False,
    **options: Any,
) -> AsyncIterator[Stage]:
    """The counselor kim at her desk; with ``frozen`` no second passes."""
    with _only_looked_at(every_frame):
        async with _at_the_desk(centre, size, frozen, options) as stage:
            yield stage


@contextlib.asynccontextmanager
async def _at_the_desk(
    centre: Centre, size: tuple[int, int], frozen: bool, options: dict[str, Any]
) -> AsyncIterator[Stage]:
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
