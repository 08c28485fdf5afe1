"""The far ends: phones that call, ring, press keys, speak and hang up, and remember what they heard.

A phone is found by its address: a number in E.164, ``client:name``, ``sip:user@host``, or whatever a caller without a
number shows (``anonymous``). It can have several calls; what it does concerns the newest that lives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from channels.carrier.model import Call, Habit, Heard, Hearing

if TYPE_CHECKING:
    from channels.carrier.network import Network

_SPOKEN = {"say", "play", "ringback", "music", "beep", "busy"}
HEARD_MAX = 5_000
CALLS_KEPT = 50


@dataclass(eq=False, slots=True)
class Phone:
    """One far end. ``texts`` are the short messages that reached it, newest last."""

    address: str
    habit: Habit = field(default_factory=Habit)
    calls: list[Call] = field(default_factory=list)
    heard: deque[Heard] = field(default_factory=lambda: deque(maxlen=HEARD_MAX))
    texts: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=HEARD_MAX))  # (from, body)
    rung: Callable[[Call], None] | None = None  # who answers for it, where it is no person: an application
    noted: int = 0  # things heard since the beginning, those forgotten too

    @property
    def call(self) -> Call | None:
        """The newest call that lives."""
        return next((call for call in reversed(self.calls) if call.live), None)

    def since(self, noted: int) -> list[Heard]:
        """What was heard after so many things."""
        return list(self.heard)[-max(0, self.noted - noted) :] if self.noted > noted else []

    def hears(self, net: Network, call: Call, hearing: Hearing) -> None:
        """What is played to one of its calls has changed; what was played before is over, or was cut short."""
        for last in reversed(self.heard):
            if last.kind in _SPOKEN and last.call == call.sid:
                if not last.ended_us or last.ended_us > net.now_us:
                    last.cut, last.ended_us = bool(last.ended_us), net.now_us
                break
        if hearing.kind in _SPOKEN:
            text, ends = hearing.text or hearing.url, hearing.ends_us
            self.note(net, call, Heard(net.now_us, hearing.kind, text, "", hearing.language, ends))

    def note(self, net: Network, call: Call, heard: Heard) -> None:
        """Remember it, and tell who listens."""
        heard.call = call.sid
        self.heard.append(heard)
        self.noted += 1
        for listener in net.listeners:
            listener(call, heard)

    def take(self, call: Call) -> None:
        """A call of its own or for it; those that are over are forgotten beyond a bound."""
        if len(self.calls) >= CALLS_KEPT:
            self.calls = [one for one in self.calls if one.live]
        self.calls.append(call)


def of(net: Network, address: str) -> Phone | None:
    """The phone at that address."""
    return net.phones.get(address)


def install(net: Network, address: str, habit: Habit | None = None) -> Phone:
    """The phone at that address, put there if need be, with that habit if one is given."""
    phone = net.phones.setdefault(address, Phone(address))
    if habit is not None:
        phone.habit = habit
    return phone
