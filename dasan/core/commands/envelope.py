"""Who asks for what: the principal, the command, and the envelope that carries both."""

from __future__ import annotations

from dataclasses import dataclass

CITIZEN, COUNSELOR, SUPERVISOR, ADMIN, SYSTEM = "citizen", "counselor", "supervisor", "admin", "system"
_RANK = {SYSTEM: 4, ADMIN: 3, SUPERVISOR: 2, COUNSELOR: 1, CITIZEN: 0}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a role, an id within it, and for a console the epoch of its lease."""

    role: str
    id: str
    epoch: int = 0

    @property
    def name(self) -> str:
        """The form stored as an event's actor and as the first half of the dedupe key."""
        return f"{self.role}:{self.id}"

    def at_least(self, role: str) -> bool:
        """Whether this principal may do what ``role`` may."""
        return _RANK[self.role] >= _RANK[role]


BROKER = Principal(SYSTEM, "broker")
DISPATCHER = Principal(SYSTEM, "dispatcher")
TIMERS = Principal(SYSTEM, "timers")
OUTBOX = Principal(SYSTEM, "outbox")
PROVIDER = Principal(SYSTEM, "provider")  # a telephone network, through channels/voice
SWITCHBOARD = Principal(SYSTEM, "switchboard")
RETENTION = Principal(SYSTEM, "retention")  # deletes what was kept long enough


@dataclass(frozen=True, slots=True)
class Command:
    """The base of all commands."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A command on its way in. The same ``(principal, request_id)`` has one effect, however often it comes (I16)."""

    principal: Principal
    request_id: str
    command: Command
