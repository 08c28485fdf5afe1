"""What concerns a counselor, her console and her presence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class RegisterCounselor(Command):
    counselor: str
    skills: Mapping[str, int]
    languages: tuple[str, ...] = ("ko",)


@dataclass(frozen=True, slots=True)
class ChangeSkills(Command):
    counselor: str
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AttachConsole(Command):
    """A console takes the counselor's lease; the reply's ``epoch`` must be on everything it sends."""

    counselor: str


@dataclass(frozen=True, slots=True)
class DetachConsole(Command):
    counselor: str


@dataclass(frozen=True, slots=True)
class MissBeat(Command):
    """No beat for the suspect time; ``grace_s`` until the lease is lost (full after a restart)."""

    counselor: str
    epoch: int
    grace_s: int


@dataclass(frozen=True, slots=True)
class RestoreBeat(Command):
    """The console of that epoch is heard again."""

    counselor: str
    epoch: int


@dataclass(frozen=True, slots=True)
class SetPresence(Command):
    """``presence`` of DOMAIN §5; ``then`` is what follows when the load reaches zero."""

    counselor: str
    presence: str
    reason: str = ""
    then: str = ""
