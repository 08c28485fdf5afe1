"""What `dasan merges` asks of the running server: which citizens are said to be one person, and taking one of it back.

A list holds numbers and codes, nobody's name: whoever has to judge a link looks at the session in which it was made.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from dasan.core import identity
from dasan.core.commands import ADMIN, Envelope, Principal, UnmergeCitizens
from dasan.core.errors import BadInput, Refused
from dasan.core.identity import Citizen, IdentityLink
from dasan.core.ids import CITIZEN
from dasan.core.time import iso
from dasan.ports import Aggregate, Head
from dasan.store.views import Line

LIST_MAX = 1_000
Asked = Mapping[str, Any]
Submit = Callable[[Envelope], Awaitable[Mapping[str, Any]]]


class Reads(Protocol):
    """A part of the store's named reads."""

    def load(self, stream: str) -> Aggregate | None: ...

    def sessions_of(self, citizen: str, limit: int = 20) -> Sequence[Line]: ...

    def open_heads(self, kind: str) -> Iterator[Head]: ...


async def wish(reads: Reads, submit: Submit, asked: Asked) -> Mapping[str, Any]:
    """One wish of `dasan merges`: ``act`` list, or undo of ``link`` for a ``reason`` ``by`` an account or the operator.

    Raises BadInput and Refused.
    """
    act, link = asked.get("act"), asked.get("link")
    if act == "list":
        standing = sorted(_standing(reads), key=lambda one: -one.no)
        return {"merges": [_told(reads, one) for one in standing[:LIST_MAX]], "all": len(standing)}
    if act != "undo":
        raise BadInput("malformed", field="act")
    found = next((one for one in _standing(reads) if one.no == link), None)
    if found is None:
        raise Refused("no_such_merge")
    by = Principal(ADMIN, str(asked.get("by", "")) or "operator")
    return await submit(Envelope(by, "", UnmergeCitizens(found.session, found.no, str(asked.get("reason", "")))))


def others(reads: Reads, citizen: str) -> list[int]:
    """The number of the newest session of each other identity of the same person."""

    def find(one: str) -> Citizen | None:
        known = reads.load(one)
        return known.state if known is not None else None

    who = [one for one in identity.person(citizen, find).citizens if one != citizen]
    return [int(line.facts["number"]) for one in who for line in reads.sessions_of(one, 1)]


def _standing(reads: Reads) -> Iterator[IdentityLink]:
    """Every link, once."""
    return (link for head in reads.open_heads(CITIZEN) for link in head.state.links if link.a == head.stream)


def _told(reads: Reads, link: IdentityLink) -> dict[str, Any]:
    made = reads.load(link.session)
    return {
        "link": link.no,
        "at": iso(link.at_us),
        "evidence": link.evidence,
        "session": made.state.number if made is not None else 0,
        "by": link.by,
    }
