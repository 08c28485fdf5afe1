"""Who a citizen is: the addresses by which one person is known, and what says so (DOMAIN §1, IdentityLink; I26).

An address alone makes a citizen: a telephone, a page. Everything kept of her stands under that id for ever. A merge is
a link between two citizens and rewrites nothing, so that an address cannot be lost and taking the link back gives both
histories exactly as they were. Who one person is follows, when asked, from the links that stand: whoever can be reached
over them. They make no ring, because who is one already is not merged again; so each link holds two groups together,
and taking it back parts these and no others.

What a link does not do: it opens nothing to the citizen's own pages, moves no strike and no figure, and gives nobody
anything to read at once. Former contacts of the other address stand on the card of a session that was opened after the
link was made (``person`` with ``before_us``): whoever serves the person then takes part, and nobody can merge in order
to read. Left out: guessing. A link is made by somebody who says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.errors import Refused
from dasan.core.machine import machine

WORD, RECEIPT = "word", "receipt"
MISTAKE, ERASED = "mistake", "erased"
IDENTITIES_MAX = 8  # of one person; who is known by more is not one person, or not at a desk
STANDING, WITHDRAWN = "STANDING", "WITHDRAWN"

MACHINE = machine("link", {"identity.linked": STANDING}, [([STANDING], "identity.unlinked", WITHDRAWN)], [WITHDRAWN])


@dataclass(frozen=True, slots=True)
class IdentityLink:
    """``a`` and ``b`` are one person, as ``by`` was told in ``session``; the fields are those of its event."""

    no: int
    a: str
    b: str
    evidence: str
    session: str
    proof: str
    by: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Citizen:
    """One address' citizen and the links from her that stand. Who was never linked has no stream."""

    id: str
    links: tuple[IdentityLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """All citizens that are one, by id, and the links that say so, by number."""

    citizens: tuple[str, ...]
    links: tuple[IdentityLink, ...] = ()

    def link(self, no: int) -> IdentityLink | None:
        """The link of that number, while it stands."""
        return next((one for one in self.links if one.no == no), None)


Find = Callable[[str], Citizen | None]


def person(citizen: str, find: Find, before_us: int = 0) -> Person:
    """Who ``citizen`` is; with ``before_us``, by the links that were made before that instant."""
    found, links, ahead = {citizen}, {}, [citizen]
    while ahead:
        here = ahead.pop()
        known = find(here)
        for link in known.links if known is not None else ():
            if before_us and link.at_us >= before_us:
                continue
            links[link.no] = link
            other = link.b if link.a == here else link.a
            if other not in found:
                found.add(other)
                ahead.append(other)
    return Person(tuple(sorted(found)), tuple(links[no] for no in sorted(links)))


def hearing(a: str, b: str, find: Find) -> tuple[str, ...]:
    """The streams to which a link of ``a`` and ``b`` is written: both, and the first citizen of each group, so that of
    two merges at the same instant that would close a ring one clashes and is decided again.

    Raises Refused: one_already, merged_full (beyond IDENTITIES_MAX).
    """
    one, other = person(a, find).citizens, person(b, find).citizens
    if b in one:
        raise Refused("one_already")
    if len(one) + len(other) > IDENTITIES_MAX:
        raise Refused("merged_full", limit=IDENTITIES_MAX)
    return tuple(dict.fromkeys((a, b, one[0], other[0])))


def known(stream: str, event: Any, at_us: int) -> Citizen:
    """The state after a citizen's first event. Raises Refused for an event that cannot be the first."""
    return evolve(Citizen(stream), event, at_us)


def evolve(c: Citizen, event: Any, at_us: int) -> Citizen:
    """The citizen after ``event``; raises Refused for a link that does not stand, or stands already."""
    return _CHANGES[event.type](c, event, at_us)


def _linked(c: Citizen, e: Any, at: int) -> Citizen:
    if c.id not in {e.a, e.b}:
        return c  # heard of, for the order alone
    if any(link.no == e.link for link in c.links):
        raise Refused("one_already")
    return changed(c, links=(*c.links, IdentityLink(e.link, e.a, e.b, e.evidence, e.session, e.proof, e.by, at)))


def _unlinked(c: Citizen, e: Any, at: int) -> Citizen:
    rest = tuple(link for link in c.links if link.no != e.link)
    MACHINE.require(STANDING if len(rest) < len(c.links) else WITHDRAWN, e.type)
    return changed(c, links=rest)


_CHANGES: dict[str, Callable[[Citizen, Any, int], Citizen]] = {
    "identity.linked": _linked,
    "identity.unlinked": _unlinked,
}
