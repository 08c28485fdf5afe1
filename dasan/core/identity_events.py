"""What says that two citizens are one person, and that it is said no longer (DOMAIN §1, IdentityLink).

Each is written to the streams of both citizens, and a link also to those that stand for the two groups it brings
together (dasan/core/identity.py, ``hearing``). Ids and codes only: who said so, by what, in which session.
"""

from __future__ import annotations

from dasan.core.events import Event, event


@event("identity.linked")
class IdentityLinked(Event):
    """``link`` is its number. ``evidence``: ``word`` (she said so to the counselor ``by``, who served both) or
    ``receipt`` (she named the receipt of the other's ticket). It was said in ``session``; ``proof`` is the other
    session, or the handoff whose receipt it was."""

    link: int
    a: str
    b: str
    evidence: str
    session: str
    proof: str
    by: str


@event("identity.unlinked")
class IdentityUnlinked(Event):
    """``reason``: ``mistake`` (``content`` holds the words, sealed with the link's session) or ``erased`` (one of the
    two asked to be forgotten, and with her what she was called besides)."""

    link: int
    reason: str
    by: str
    content: str = ""
