"""What `dasan conduct` asks of the running server: the ledger of strikes by telephone number, and a judgement of one.

A number is never kept with the ledger: it is asked for by its keyed hash, and a list shows, masked, the number of the
call in which a strike was made, as long as that call is not erased.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from dasan.core import address as addresses
from dasan.core.address import Address, Strike
from dasan.core.commands import ADMIN, AppealStrike, Envelope, Principal
from dasan.core.errors import BadInput, Refused
from dasan.core.ids import ADDRESS
from dasan.core.policy import Policy
from dasan.core.session import Session
from dasan.core.text import mask_phone, national
from dasan.core.time import iso
from dasan.ports import Aggregate, Clock, Head

LIST_MAX = 1_000
Asked = Mapping[str, Any]
Submit = Callable[[Envelope], Awaitable[Mapping[str, Any]]]


class Reads(Protocol):
    """A part of the store's named reads."""

    def load(self, stream: str) -> Aggregate | None: ...

    def open_heads(self, kind: str) -> Iterator[Head]: ...

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes | None]: ...


def key_of(number: str) -> str:
    """What a telephone's keyed address is made from, as channels/voice makes it. Raises BadInput."""
    spelled = addresses.e164(number)
    if not spelled:
        raise BadInput("malformed", field="number")
    return f"tel:{spelled}"


def listed(reads: Reads, policy: Policy, now_us: int) -> dict[str, Any]:
    """Addresses with strikes that count, those of the special queue first. At most LIST_MAX."""
    rows = [
        _told(reads, head.state, policy, now_us)
        for head in reads.open_heads(ADDRESS)
        if addresses.counting(head.state, policy, now_us)
    ]
    rows.sort(key=lambda row: (row["conduct"] != addresses.SPECIAL, row["strikes"][0]["at"]))
    return {"addresses": rows[:LIST_MAX], "all": len(rows)}


def shown(reads: Reads, policy: Policy, now_us: int, address: str) -> dict[str, Any]:
    """Everything in the ledger of one keyed address, past strikes too. Raises Refused("no_such_strike")."""
    found = reads.load(addresses.stream_of(address))
    if found is None or not found.state.strikes:
        raise Refused("no_such_strike")
    return _told(reads, found.state, policy, now_us)


async def judged(submit: Submit, asked: Asked, address: str) -> Mapping[str, Any]:
    """``strike``, ``act`` (withdraw or uphold), ``reason``, ``by``: an account or the operator's own name."""
    outcome = {"withdraw": "withdrawn", "uphold": "upheld"}[str(asked["act"])]
    by = Principal(ADMIN, str(asked.get("by", "")) or "operator")
    strike = asked.get("strike")
    if not isinstance(strike, int):
        raise BadInput("malformed", field="strike")
    command = AppealStrike(addresses.stream_of(address), strike, outcome, str(asked.get("reason", "")))
    return await submit(Envelope(by, "", command))


async def wish(
    reads: Reads, policy: Policy, clock: Clock, submit: Submit, keyed: Callable[[str], str], asked: Asked
) -> Mapping[str, Any]:
    """One wish of `dasan conduct`. Raises BadInput and Refused."""
    act, now = asked.get("act"), clock.now_us()
    if act == "list":
        return listed(reads, policy, now)
    address = keyed(key_of(str(asked.get("number", ""))))
    if act == "show":
        return shown(reads, policy, now, address)
    if act in {"withdraw", "uphold"}:
        return await judged(submit, asked, address)
    raise BadInput("malformed", field="act")


def _told(reads: Reads, a: Address, policy: Policy, now_us: int) -> dict[str, Any]:
    counting = {one.n for one in addresses.counting(a, policy, now_us)}
    return {
        "number": _number(reads, a),
        "conduct": addresses.conduct(a, policy, now_us),
        "warned": iso(a.warned_us) if a.warned_us else "",
        "strikes": [_strike(reads, one, one.n in counting) for one in a.strikes],
    }


def _strike(reads: Reads, one: Strike, counts: bool) -> dict[str, Any]:
    found = reads.load(one.session)
    number = found.state.number if found is not None else 0
    return {
        "strike": one.n,
        "kind": one.kind,
        "at": iso(one.at_us),
        "session": number,
        "by": one.by,
        "state": one.state,
        "counts": counts,
    }


def _number(reads: Reads, a: Address) -> str:
    """The number of the newest call that can still be read, masked."""
    for strike in reversed(a.strikes):
        found = reads.load(strike.session)
        if found is not None and isinstance(found.state, Session) and found.state.number_content:
            body = reads.contents([found.state.number_content]).get(found.state.number_content)
            if body:
                return mask_phone(national(body.decode()))
    return ""
