"""A surge: far more calls than counselors can take, and what each caller heard of it.

Everybody is met by the menu. Who comes to a full line, or has waited as long as the menu lets anybody wait, has met a
limit, and must hear that it will take long in the document that her call then obeys: the words are taken from the
rendered TwiML. That she has met one is told by the same menu, asked a second time as if there were no limits. Nobody's
call may end unless she ended it, has talked, or was told goodbye.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

from channels.voice.links import Hop, Links
from channels.voice.ports import Said
from channels.voice.render import Scene, Style, render
from dasan.sim.callers import Caller, menu
from dasan.sim.scenario import Habits, Scenario, usual_policy
from dasan.sim.world import World
from ivr import actions as a
from ivr import interpreter
from ivr.events import Event as Heard
from ivr.events import Waiting

PER_S = 8
GREETED, TOLD = "120다산콜", "오래 기다리셔야"
PATIENT = Habits(stays=0.4)  # or hardly anybody would wait as long as the menu lets anybody wait
_SAID = re.compile(r"<Say[^>]*>(.*?)</Say>", re.DOTALL)
_STYLE = Style(Links("https://120.example"), "https://120.example/music")


@dataclass(slots=True)
class Ears:
    """What the callers of a surge heard. ``wrong``: (session, what) of each who was dropped, or not told."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)


class Listener(Caller):
    """A caller who listens to every word, and does one thing or another when she is told that it will take long."""

    __slots__ = ("bade", "ears", "greeted")

    def __init__(self, world: World, number: int, queue: str, ears: Ears) -> None:
        super().__init__(world, number, queue)
        self.ears, self.greeted, self.bade = ears, False, False
        ears.counts["called"] += 1

    def _listen(self, said: Said, event: Heard | None) -> None:
        words = _words(said)
        if event is None and not self.greeted:
            self.greeted = True
            self._count("greeted", GREETED in words)
        if event is not None and self._limited(said, event):
            self._count("waited" if isinstance(event, Waiting) else "full", TOLD in words)
            self._decide()
        self.bade = bool(said.actions) and isinstance(said.actions[-1], a.End)
        if self.bade:
            self._count("goodbye", bool(words))

    def _count(self, what: str, right: bool) -> None:
        self.ears.counts[what] += 1
        if not right:
            self.ears.wrong.append((self.session, f"{what}: nothing was said of it"))

    def _limited(self, said: Said, event: Heard) -> bool:
        """Whether it is a limit that keeps her from the line."""
        if said.actions and isinstance(said.actions[-1], a.Queue | a.Hold):
            return False
        if isinstance(event, Waiting):
            return True
        free = interpreter.step(menu().flow, self.said.state, event, replace(self._facts(), queues={}))
        return bool(free.actions) and isinstance(free.actions[-1], a.Queue)

    def _decide(self) -> None:
        """Wait on (nothing pressed), be called back, or give up."""
        luck = self.world.luck.random()
        if luck < 0.3:
            self.keys = ["2", "1"]
        elif luck < 0.5:
            self.world.after(10, self._tired)

    def _wait(self, queue: a.Queue | a.Hold) -> None:
        super()._wait(queue)
        if isinstance(queue, a.Queue) and queue.max_wait_s:
            self.world.after(queue.max_wait_s, self._too_long, self.step, queue.max_wait_s)

    def _too_long(self, step: int, waited_s: float) -> None:
        waits = bool(self.said.actions) and isinstance(self.said.actions[-1], a.Queue | a.Hold)
        if waits and not (self.over or self.talked or self.called_back):
            self.hears(Waiting(waited_s, 1))

    def _ended(self, event: Any) -> None:
        if event.leg == self.leg and not (self.over or self.talked or self.called_back or self.bade):
            self.ears.wrong.append((self.session, f"dropped without a word: {event.cause}"))
        super()._ended(event)


def _words(said: Said) -> str:
    """What her telephone says, out of the document it gets."""
    document = render(said.state, said.actions, Scene(Hop("s", "l", 1), _STYLE)).decode()
    return " ".join(unescape(one) for one in _SAID.findall(document))


def scenario(seed: int = 120, minutes: float = 10.0, counselors: int = 150) -> Scenario:
    """Eight calls a second for so long, all of one kind, from ten in the morning."""
    return Scenario(seed=seed, hours=minutes / 60, start_hour=10, counselors=counselors, per_day=PER_S * 86_400,
                    calls=1.0, flat=True, faults="none", habits=PATIENT)  # fmt: skip


def world(store: Any, of: Scenario, longest: int) -> tuple[World, Ears]:
    """A world where so many may wait in a line, not yet lived, and what its callers will have heard."""
    ears, usual = Ears(), usual_policy()
    full = replace(usual, queues={code: replace(q, queue_len_max=longest) for code, q in usual.queues.items()})
    return World(of, store, full, caller=lambda w, number, queue: Listener(w, number, queue, ears)), ears
