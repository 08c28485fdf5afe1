"""What citizens ask for."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class OpenSession(Command):
    """A citizen's need on one channel. ``address`` is a keyed HMAC; one session a time per (address, service).

    ``later``: she knows that the queue is closed, and leaves a message for its opening.
    """

    citizen: str
    address: str
    channel: str
    language: str = "ko"
    queue: str = ""
    service: str = "120"
    text: str = ""
    client_id: str = ""
    credit_s: int = 0
    emergency: bool = False
    later: bool = False


@dataclass(frozen=True, slots=True)
class ReceiveText(Command):
    """What a citizen wrote. ``client_id`` is the sender's own id for it."""

    session: str
    leg: str
    text: str
    client_id: str


@dataclass(frozen=True, slots=True)
class ReceivePhoto(Command):
    session: str
    leg: str
    blob: str
    client_id: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class MarkEntries(Command):
    """Everything up to entry ``upto`` was delivered to (or, with ``read``, seen by) the asking side."""

    session: str
    upto: int
    read: bool = False


@dataclass(frozen=True, slots=True)
class SuspendLeg(Command):
    """The transport of a leg is gone; it may come back."""

    session: str
    leg: str


@dataclass(frozen=True, slots=True)
class ResumeLeg(Command):
    session: str
    leg: str


@dataclass(frozen=True, slots=True)
class LeaveSession(Command):
    """The citizen ends it."""

    session: str
    leg: str


@dataclass(frozen=True, slots=True)
class RateSession(Command):
    """1 to 5, with words if the citizen likes."""

    session: str
    score: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class HearTicket(Command):
    """The citizen's page has shown the notice of ``stage``."""

    handoff: str
    stage: str
    channel: str
