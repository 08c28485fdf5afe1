"""What holds for an address: what its owner prefers, how a call from it is met, strikes and their appeal.

The ledger is the same for every channel; it is written by whoever ended a talk for abuse (handlers/calls) and judged by
a supervisor. An address without preferences and strikes has no stream at all.
"""

from __future__ import annotations

from typing import Any

from dasan.core import address as addresses
from dasan.core import commands as c
from dasan.core.address import Address
from dasan.core.address_events import (
    AddressErased,
    AddressPreferred,
    AddressWarned,
    StrikeRecorded,
    StrikeUpheld,
    StrikeWithdrawn,
)
from dasan.core.errors import Refused
from dasan.core.ids import ADDRESS, kind_of
from dasan.core.session import Session
from dasan.core.session_events import SessionLanguage
from dasan.core.work import Work

Reply = dict[str, Any]
OUTCOMES = {"upheld": StrikeUpheld, "withdrawn": StrikeWithdrawn}


def prefer(w: Work, s: Session, wish: c.WishPrefer) -> Reply:
    """What the caller chose in the menu: her language holds for this call at once; both are kept with her address,
    where she has one."""
    if wish.language and wish.language != s.language:
        w.emit(s.id, SessionLanguage(wish.language))
    address = address_of(s)
    if not address:
        return {}
    known = _known(w, address)
    slow = known.slow if wish.slow is None else wish.slow
    if (wish.language or known.language, slow) != (known.language, known.slow):
        w.emit(known.id, AddressPreferred(wish.language, slow))
    return {}


def greet(w: Work, address: str) -> Reply:
    """How a call from ``address`` (a keyed HMAC, "" when withheld) is met: ``conduct`` ("", "warned": the legal warning
    is played, "special": it is, and she comes to the special queue), ``language`` ("" none known), ``slow``,
    ``stranger`` (nothing is kept)."""
    known = _known(w, address) if address else Address("")
    return {
        "conduct": addresses.conduct(known, w.policy, w.now_us),
        "language": known.language,
        "slow": known.slow,
        "stranger": known == Address(known.id),
    }


def strike(w: Work, s: Session, kind: str) -> Reply:
    """Record what the citizen of ``s`` did. Reply: strike (its number in the ledger; 0 without an address), conduct
    (how her next call is met). Raises Refused("not_now") for an unknown kind."""
    if kind not in addresses.KINDS:
        raise Refused("not_now", state=kind)
    address = address_of(s)
    if not address:
        return {"strike": 0, "conduct": addresses.PLAIN}
    known = _known(w, address)
    after = w.emit(known.id, StrikeRecorded(known.struck + 1, kind, s.id, w.principal.id))
    return {"strike": after.struck, "conduct": addresses.conduct(after, w.policy, w.now_us)}


def warned(w: Work, s: Session) -> None:
    """The legal warning is played to the citizen of ``s``; kept where there is a ledger to keep it in."""
    address = address_of(s)
    if address:
        w.emit(_known(w, address).id, AddressWarned(s.id, w.principal.id))


def address_of(s: Session) -> str:
    """The address she is known by: of her newest leg that has one, else of any."""
    return next((leg.address for leg in reversed(s.legs) if leg.address), "")


def appeal(w: Work, command: c.AppealStrike) -> Reply:
    """A supervisor's judgement of a strike, with her reason. Reply: conduct (how the next call is met from now on).

    Raises Refused(not_supervisor | reason_needed | no_such_strike | not_now).
    """
    w.supervisor()
    known = w.state(command.address) if kind_of(command.address) == ADDRESS else None
    found = known.strike(command.strike) if known is not None else None
    if known is None or found is None:
        raise Refused("no_such_strike")
    if command.outcome not in OUTCOMES:
        raise Refused("not_now", state=command.outcome)
    if not command.reason.strip():
        raise Refused("reason_needed")
    s = w.session(found.session)
    content = "" if s.erased else w.seal(s.id, "reason", command.reason)
    after = w.emit(known.id, OUTCOMES[command.outcome](command.strike, w.principal.id, content))
    return {"conduct": addresses.conduct(after, w.policy, w.now_us)}


def forget(w: Work, s: Session, reason: str) -> None:
    """The citizen of ``s`` is erased: what she preferred goes; strikes are codes, and expire by themselves."""
    for address in {leg.address for leg in s.legs if leg.address}:
        known = w.state(addresses.stream_of(address))
        if known is not None and (known.language or known.slow or known.warned_us):
            w.emit(known.id, AddressErased(reason))


def _known(w: Work, address: str) -> Address:
    stream = addresses.stream_of(address)
    return w.state(stream) or Address(stream)


HANDLERS: dict[type[c.Command], Any] = {c.AppealStrike: appeal}
