"""Saying that two citizens are one person, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class MergeCitizens(Command):
    """The citizen of ``session``, whose ``item`` the counselor holds, is also the one of ``other`` (a session that she
    may read as well), or the one of ``handoff``, whose ``receipt`` number the citizen has named. One of the two."""

    session: str
    item: str
    other: str = ""
    handoff: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class UnmergeCitizens(Command):
    """Take ``link`` back, one of those that hold the citizen of ``session`` together; the reason is kept sealed."""

    session: str
    link: int
    reason: str
