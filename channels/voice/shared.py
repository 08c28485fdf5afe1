"""Turns that are the same for everybody: made, written and rendered once a minute, however many call.

In a surge every caller hears the same greeting and presses the same few keys. A turn depends on where she stands, what
she did and the facts, and of the time only on the minute (``ivr.scope``); so a turn without anything of her own is
remembered for that minute, and whoever comes to the same place gets the very same value. Sameness is identity: only
what followed from the beginning by single keys and silence is shared, so what somebody entered or said is never kept
here; a turn that asked for a queue, or that names an instant, is not kept either. What is not remembered is made anew,
and nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Final

from channels.twilio.verbs import Place
from channels.voice.links import Hop
from channels.voice.ports import Driver, Said
from channels.voice.render import Scene, render
from channels.voice.turns import encode
from dasan.core.change import changed
from ivr import actions as a
from ivr.events import Digits, Event, NoInput
from ivr.facts import Facts, QueueFacts
from ivr.scope import MINUTE_US

TURNS_MAX = 1_000
# Of the facts, what is looked at apart: the minute, whether a queue was asked for, what no call changes, what is hers.
_APART = frozenset({"now_us", "queues", "holidays", "special_days", "callback"})
_alike = attrgetter(*(f.name for f in fields(Facts) if f.name not in _APART))
_SESSION, _LEG = "session-to-be-filled-in", "leg-to-be-filled-in"
_UNSHARED: Final = (a.Callback, a.Fetch, a.Lookup)


@dataclass(slots=True)
class _Turn:
    said: Said
    kept: bytes = b""
    letters: dict[tuple[Place, int], bytes] = field(default_factory=dict)


class _Watched(Mapping[str, QueueFacts]):
    """Queues that notice whether anybody asks for one."""

    def __init__(self, queues: Mapping[str, QueueFacts]) -> None:
        self._queues, self.asked = queues, False

    def __getitem__(self, code: str) -> QueueFacts:
        self.asked = True
        return self._queues[code]

    def __iter__(self) -> Iterator[str]:
        self.asked = True
        return iter(self._queues)

    def __len__(self) -> int:
        self.asked = True
        return len(self._queues)


class Shared:
    """The turns of this minute. Not for several threads."""

    def __init__(self) -> None:
        self._world: tuple[Any, ...] = ()
        self._next: dict[tuple[Any, ...], Said] = {}
        self._turns: dict[int, _Turn] = {}  # by the identity of what was said, which it keeps alive

    def start(self, driver: Driver, facts: Facts) -> Said:
        """``driver.start(facts)``."""
        key = (driver.ref, _alike(facts))
        return self._made(key, facts, driver.start)

    def step(self, driver: Driver, said: Said, event: Event, facts: Facts) -> Said:
        """``driver.step(said.state, event, facts)``."""

        def make(facts: Facts) -> Said:
            return driver.step(said.state, event, facts)

        plain = isinstance(event, NoInput) or (isinstance(event, Digits) and len(event.digits) == 1)
        if not plain or id(said) not in self._turns:
            return make(facts)
        return self._made((driver.ref, id(said), event, _alike(facts)), facts, make)

    def kept(self, said: Said) -> bytes:
        """``encode(said)``."""
        turn = self._turns.get(id(said))
        if turn is None:
            return encode(said)
        turn.kept = turn.kept or encode(said)
        return turn.kept

    def document(self, said: Said, scene: Scene) -> bytes:
        """``render(said.state, said.actions, scene)``: for a shared turn a form letter, into which who calls is put."""
        turn, hop = self._turns.get(id(said)), scene.hop
        if turn is None or hop != Hop(hop.session, hop.leg, hop.step):
            return render(said.state, said.actions, scene)
        letter = turn.letters.get((scene.place, hop.step))
        if letter is None:
            form = Scene(Hop(_SESSION, _LEG, hop.step), scene.style, scene.place)
            letter = turn.letters[scene.place, hop.step] = render(said.state, said.actions, form)
        return letter.replace(_SESSION.encode(), hop.session.encode()).replace(_LEG.encode(), hop.leg.encode())

    def _made(self, key: tuple[Any, ...], facts: Facts, make: Callable[[Facts], Said]) -> Said:
        world = (facts.now_us // MINUTE_US, facts.holidays, facts.special_days)
        if self._world != world or len(self._next) >= TURNS_MAX:
            self._world = world
            self._next.clear()
            self._turns.clear()
        found = self._next.get(key) if facts.callback is None else make(facts)  # whom we owe a call hears of hers
        if found is None:
            queues = _Watched(facts.queues)
            found = make(changed(facts, queues=queues))
            if not queues.asked and not (found.actions and isinstance(found.actions[-1], _UNSHARED)):
                self._next[key] = found
                self._turns[id(found)] = _Turn(found)
        return found
