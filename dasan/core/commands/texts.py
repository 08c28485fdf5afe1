"""What the outbox and a network for short messages say of a message."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class ClaimText(Command):
    """Attempt ``attempt`` is about to be made. Reply: ask_first (an earlier one may have been heard), since_us."""

    text: str
    attempt: int


@dataclass(frozen=True, slots=True)
class TextResult(Command):
    """How an attempt ended: ``outcome`` sent, retry, unclear or refused; ``after_s`` is the network's own wish."""

    text: str
    attempt: int
    outcome: str
    message: str = ""
    code: str = ""
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TextFact(Command):
    """What the network says of a message: ``fact`` sent, delivered, read, undelivered or failed. One that is known, or
    would lower what is known, changes nothing."""

    text: str
    fact: str
    message: str = ""
    code: str = ""
