"""Erasing: the key of the words is destroyed, the journal stays and folds to the same state (I27)."""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core.errors import Refused
from dasan.core.handlers import care, identities
from dasan.core.handlers.addresses import forget
from dasan.core.session_events import SessionErased
from dasan.core.work import Work

REASONS = ("requested", "retention", "ordered")  # by the citizen, by the retention rule, by an authority


def erase_session(w: Work, command: c.EraseSession) -> dict[str, Any]:
    """Raises Refused(not_admin | reason_needed | not_now while the session is open)."""
    _allowed(w, command.reason)
    _erase(w, command.session, command.reason)
    return {}


def erase_citizen(w: Work, command: c.EraseCitizen) -> dict[str, Any]:
    """Every named session that is this citizen's, what her addresses prefer, what is kept under her own key, and who
    she was besides. Whom she was merged with keeps what is theirs: a link may be wrong, and erasing is for ever."""
    _allowed(w, command.reason)
    for stream in command.sessions:
        if w.session(stream).citizen != command.citizen:
            raise Refused("no_such_session")
        _erase(w, stream, command.reason)
        forget(w, w.session(stream), command.reason)
        care.erase(w, w.session(stream))
    identities.forget(w, command.citizen)
    w.destroyed_keys.append(command.citizen)
    return {"sessions": len(command.sessions)}


def _allowed(w: Work, reason: str) -> None:
    if not w.principal.at_least(c.ADMIN):
        raise Refused("not_admin")
    if reason not in REASONS:
        raise Refused("reason_needed")


def _erase(w: Work, stream: str, reason: str) -> None:
    s = w.session(stream)
    if not s.closed_at_us:
        raise Refused("not_now", state="open")
    if not s.erased:
        w.emit(stream, SessionErased(reason))
    w.destroyed_keys.append(stream)


HANDLERS: dict[type[c.Command], Any] = {c.EraseSession: erase_session, c.EraseCitizen: erase_citizen}
