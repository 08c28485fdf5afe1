"""Merging what two addresses are known as, and taking it back (dasan/core/identity.py says what that means).

Whoever merges takes part on both sides, or has been told the receipt of the other's ticket; so nobody merges in order
to find out (I28). It is taken back by whoever did it, or by a supervisor, with a reason that is sealed.
"""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import identity
from dasan.core import session as sessions
from dasan.core.errors import Refused
from dasan.core.handlers.talk import not_consulted
from dasan.core.handoff import spoken
from dasan.core.identity_events import IdentityLinked, IdentityUnlinked
from dasan.core.session import Session
from dasan.core.work import Work

Reply = dict[str, Any]


def merge(w: Work, command: c.MergeCitizens) -> Reply:
    """Reply: link (its number). Raises Refused: not_yours, consulted_only, no_such_receipt, no_such_session, erased,
    one_already, merged_full."""
    s, item = w.assigned(command.session, command.item)
    not_consulted(item)
    other = _by_receipt(w, command) if command.handoff else _by_word(w, command)
    if s.erased or other.erased:
        raise Refused("erased")
    evidence = identity.RECEIPT if command.handoff else identity.WORD
    streams = identity.hearing(s.citizen, other.citizen, w.state)
    link, by = w.numbers("merge"), w.principal.id
    proof = command.handoff or other.id
    for stream in streams:
        w.emit(stream, IdentityLinked(link, s.citizen, other.citizen, evidence, s.id, proof, by))
    if evidence == identity.RECEIPT:
        w.say(s.id, "merged_receipt", {"number": w.handoff(proof).ticket_no, "link": link}, shown=False)
    else:
        w.say(s.id, "merged", {"number": other.number, "link": link}, shown=False)
        w.say(other.id, "merged", {"number": s.number, "link": link}, shown=False)
    return {"link": link}


def _by_word(w: Work, command: c.MergeCitizens) -> Session:
    other = w.session(command.other)
    if not sessions.may_read(other, w.principal.id):
        raise Refused("not_yours")
    return other


def _by_receipt(w: Work, command: c.MergeCitizens) -> Session:
    h = w.handoff(command.handoff)
    if not h.ticket_no or spoken(h.ticket_no) != spoken(command.receipt):
        raise Refused("no_such_receipt")
    return w.session(h.session)


def unmerge(w: Work, command: c.UnmergeCitizens) -> Reply:
    """Raises Refused: no_such_merge, not_supervisor (it is another's), stale_console, reason_needed."""
    s = w.session(command.session)
    link = identity.person(s.citizen, w.state).link(command.link)
    if link is not None and link.by == w.principal.id and not w.principal.at_least(c.SUPERVISOR):
        w.console()
    else:
        w.supervisor()
    if link is None:
        raise Refused("no_such_merge")
    if not command.reason.strip():
        raise Refused("reason_needed")
    made = w.session(link.session)
    content = "" if made.erased else w.seal(made.id, "reason", command.reason)
    _withdraw(w, link, identity.MISTAKE, content)
    if not s.closed_at_us:
        w.say(s.id, "unmerged", {"link": link.no}, shown=False)
    return {}


def forget(w: Work, citizen: str) -> None:
    """She is erased: nothing says any longer who she was besides. Whom only she held together are two again."""
    known = w.state(citizen)
    for link in known.links if known is not None else ():
        _withdraw(w, link, identity.ERASED, "")


def _withdraw(w: Work, link: identity.IdentityLink, reason: str, content: str) -> None:
    for stream in (link.a, link.b):
        w.emit(stream, IdentityUnlinked(link.no, reason, w.principal.id, content))


HANDLERS: dict[type[c.Command], Any] = {c.MergeCitizens: merge, c.UnmergeCitizens: unmerge}
