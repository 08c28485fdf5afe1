"""What brings an item to a counselor: offers, their outcomes, the start of a talk, and deadlines."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class MakeOffer(Command):
    """The dispatcher's plan; refused when the world has moved on since it was made."""

    session: str
    item: str
    counselor: str


@dataclass(frozen=True, slots=True)
class AcceptOffer(Command):
    offer: str
    session: str


@dataclass(frozen=True, slots=True)
class DeclineOffer(Command):
    offer: str
    session: str
    reason: str = "not_now"


@dataclass(frozen=True, slots=True)
class FailOffer(Command):
    """The counselor's endpoint could not be rung."""

    offer: str
    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmMedia(Command):
    """The console shows the session (for calls: the leg is bridged): the talk begins."""

    session: str
    item: str


@dataclass(frozen=True, slots=True)
class FailConnect(Command):
    session: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class MoveItem(Command):
    """A waiting item into another queue, keeping its rank."""

    session: str
    item: str
    queue: str


@dataclass(frozen=True, slots=True)
class Tick(Command):
    """A deadline of ``stream`` has passed: do what is due by now."""

    stream: str
    due_us: int
