"""A tiny machine and decisions for it, so that the stores are tested before and without the broker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dasan.core.events import Event, Recorded
from dasan.core.session_events import EntryAdded, LegAdded, SessionClosed, SessionErased, SessionOpened
from dasan.ports import Content, Decision, Delivery, Head

MASTER = b"m" * 32
NOON = 1_800_000_000_000_000

KOREAN = "집 앞 가로등이 나갔어요. 제 번호는 010-1234-5678입니다"
PHONE = "010-1234-5678"


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    n: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """The state of a test stream: everything it counts can be told from its events."""

    number: int = 0
    entries: int = 0
    closed: str = ""
    items: Mapping[str, Item] = field(default_factory=dict)


STATES: Mapping[str, type] = {"s": Tally, "k": Tally, "h": Tally}


def evolve(state: Tally | None, recorded: Recorded) -> Tally:
    now = state or Tally()
    match recorded.event:
        case SessionOpened(number=number):
            return replace(now, number=number)
        case EntryAdded(n=n):
            return replace(now, entries=n)
        case LegAdded(leg=leg):
            return replace(now, items={**now.items, leg: Item(leg, recorded.seq)})
        case SessionClosed(reason=reason):
            return replace(now, closed=reason)
        case _:
            return now


class Scribe:
    """Writes decisions against a unit as the broker does: load, append, record."""

    def __init__(self, at_us: int = NOON, evolve: Callable[[Any, Recorded], Any] = evolve) -> None:
        self.at_us, self._evolve = at_us, evolve
        self._count = 0

    def decide(
        self,
        unit: Any,
        appended: Mapping[str, Iterable[Event]],
        *,
        request: str = "",
        principal: str = "p_citizen",
        due_us: int | None = None,
        facts: Callable[[Tally], dict[str, Any]] | None = None,
        **more: Any,
    ) -> Decision:
        self._count += 1
        self.at_us += 1
        request = request or f"r{self._count}"
        decision = Decision(principal, request, "f" * 64, self.at_us, reply={"ok": True, "n": self._count})
        for stream, events in appended.items():
            held = unit.load(stream)
            seq, state = (held.seq, held.state) if held else (0, None)
            for event in events:
                seq += 1
                recorded = Recorded(stream, seq, self.at_us, principal, request, event)
                state = self._evolve(state, recorded)
                decision.events.append(recorded)
            known = facts(state) if facts else {"number": state.number, "citizen": "p_1"}
            decision.heads[stream] = Head(stream, state, seq, due_us, not state.closed, known)
        for name, value in more.items():
            setattr(decision, name, value)
        return decision

    def open(self, store: Any, stream: str, number: int = 1, **more: Any) -> int:
        """Open a session with a key of its own, in a unit of its own."""
        with store.unit() as unit:
            unit.record(self.opening(unit, stream, number, **more))
            return int(unit.commit())

    def opening(self, unit: Any, stream: str, number: int = 1, **more: Any) -> Decision:
        more.setdefault("new_keys", [stream])
        return self.decide(unit, {stream: [SessionOpened(number, "120", "ko", "p_1", "chat")]}, **more)

    def saying(self, unit: Any, stream: str, text: str, **more: Any) -> Decision:
        held = unit.load(stream)
        n = held.state.entries + 1
        content = f"c_{stream}_{n}"
        entry = EntryAdded(n, "text", "CITIZEN", "p_1", content=content)
        contents = [Content(content, stream, "text", text.encode())]
        return self.decide(unit, {stream: [entry]}, contents=contents, **more)

    def say(self, store: Any, stream: str, text: str, **more: Any) -> int:
        with store.unit() as unit:
            unit.record(self.saying(unit, stream, text, **more))
            return int(unit.commit())

    def close(self, store: Any, stream: str, **more: Any) -> int:
        with store.unit() as unit:
            unit.record(self.decide(unit, {stream: [SessionClosed("done")]}, **more))
            return int(unit.commit())

    def erase(self, store: Any, stream: str) -> int:
        with store.unit() as unit:
            unit.record(self.decide(unit, {stream: [SessionErased("asked")]}, destroyed_keys=[stream]))
            return int(unit.commit())


def delivery(name: str, stream: str = "s_1", endpoint: str = "sms", due_us: int = NOON) -> Delivery:
    return Delivery(name, stream, endpoint, "text", f"key-{name}", {"content": f"c_{name}"}, due_us)
