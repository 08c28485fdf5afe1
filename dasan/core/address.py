"""What holds for one address: preferences of the menu, and the ledger of strikes (civic practice: one strike for
harassment, three for threats and abuse, then a line of its own).

A strike is a fact about one call or chat. It counts while it is neither withdrawn nor older than the policy says; that
is worked out at the moment of asking, so nothing has to happen for it to expire. The same ledger serves every channel
that comes from this address. Nothing here says who it is: the stream's id is made of a keyed hash.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dasan.core.change import changed
from dasan.core.errors import Refused
from dasan.core.ids import ADDRESS, CITIZEN, make, spelled
from dasan.core.machine import machine
from dasan.core.policy import Policy
from dasan.core.time import DAY

STANDING, UPHELD, WITHDRAWN = "STANDING", "UPHELD", "WITHDRAWN"
KINDS = ("harassment", "threat", "verbal", "prank", "drunk", "repeat")
PLAIN, WARNED, SPECIAL = "", "warned", "special"
STRIKES_KEPT_MAX = 64

MACHINE = machine(
    "strike",
    {"strike.recorded": STANDING},
    [
        ([STANDING], "strike.upheld", UPHELD),
        ([STANDING, UPHELD], "strike.withdrawn", WITHDRAWN),
    ],
    [WITHDRAWN],
)


@dataclass(frozen=True, slots=True)
class Strike:
    """One deed, in ``session``, told by the counselor ``by``."""

    n: int
    kind: str
    at_us: int
    session: str
    by: str
    state: str = STANDING


@dataclass(frozen=True, slots=True)
class Address:
    """``slow``: the menu speaks slowly and waits longer. ``warned_us``: when the warning was last heard. ``plans`` are
    (service, plan) of care calls to it. The oldest strikes are dropped beyond STRIKES_KEPT_MAX."""

    id: str
    language: str = ""
    slow: bool = False
    strikes: tuple[Strike, ...] = ()
    struck: int = 0
    warned_us: int = 0
    plans: tuple[tuple[str, str], ...] = ()

    def strike(self, n: int) -> Strike | None:
        """The strike of that number."""
        return next((one for one in self.strikes if one.n == n), None)

    def plan(self, service: str) -> str:
        """The care plan of that service, or ""."""
        return next((plan for name, plan in self.plans if name == service), "")


@lru_cache(maxsize=4096)
def stream_of(address: str) -> str:
    """The stream of an address, made of its keyed HMAC (any text will do)."""
    return spelled(ADDRESS, int.from_bytes(hashlib.blake2b(address.encode(), digest_size=16).digest(), "big"))


def citizen_of(address: str) -> str:
    """The id of the citizen known by that keyed address alone: the same person in every call."""
    return make(CITIZEN, 0, int.from_bytes(hashlib.sha256(address.encode()).digest()[:10]))


_BEYOND_DIGITS = re.compile(r"[\s().·-]")
_E164 = re.compile(r"\+[1-9]\d{4,14}")


def e164(number: str, country: str = "82") -> str:
    """A telephone number as people write it, in E.164; "" for anything else. Numbers without a country are of
    ``country``: 010-1234-5678 is +821012345678. The short numbers (120, 119) are no addresses of citizens."""
    plain = _BEYOND_DIGITS.sub("", number)
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    elif plain.startswith("0"):
        plain = f"+{country}{plain[1:]}"
    return plain if _E164.fullmatch(plain) else ""


def counting(a: Address, policy: Policy, now_us: int) -> tuple[Strike, ...]:
    """The strikes that count now."""
    since = now_us - policy.strike_days * DAY
    return tuple(one for one in a.strikes if one.state != WITHDRAWN and one.at_us > since)


def conduct(a: Address, policy: Policy, now_us: int) -> str:
    """How the next call is met: "", "warned" (she hears the legal warning), "special" (the special queue).

    A strike of a kind that leads there after n of them weighs a n-th; the weights add up over the kinds.
    """
    now = counting(a, policy, now_us)
    if not now:
        return PLAIN
    after = [n for one in now if (n := policy.strikes.get(one.kind, 0))]
    whole = math.lcm(*after)
    return SPECIAL if sum(whole // n for n in after) >= whole else WARNED


def met(stream: str, event: Any, at_us: int) -> Address:
    """The state after an address' first event. Raises Refused for an event that cannot be the first."""
    if event.type not in _CHANGES or event.type in {"strike.upheld", "strike.withdrawn"}:
        raise Refused("not_now", state="none")
    return evolve(Address(stream), event, at_us)


def evolve(a: Address, event: Any, at_us: int) -> Address:
    """The address after ``event``; raises Refused where the strike's table has no arrow."""
    return _CHANGES[event.type](a, event, at_us)


def _recorded(a: Address, e: Any, at: int) -> Address:
    strike = Strike(e.strike, e.kind, at, e.session, e.by)
    return changed(a, strikes=(*a.strikes, strike)[-STRIKES_KEPT_MAX:], struck=e.strike)


def _judged(a: Address, e: Any, at: int) -> Address:
    strike = a.strike(e.strike)
    if strike is None:
        raise Refused("no_such_strike")
    state = MACHINE.require(strike.state, e.type)
    return changed(a, strikes=tuple(changed(one, state=state) if one.n == strike.n else one for one in a.strikes))


def _planned(a: Address, e: Any, at: int) -> Address:
    rest = tuple(pair for pair in a.plans if pair[0] != e.service)
    return changed(a, plans=(*rest, (e.service, e.plan)) if e.plan else rest)


_CHANGES: dict[str, Callable[[Address, Any, int], Address]] = {
    "address.preferred": lambda a, e, at: changed(a, language=e.language or a.language, slow=e.slow),
    "address.warned": lambda a, e, at: changed(a, warned_us=at),
    "strike.recorded": _recorded,
    "strike.upheld": _judged,
    "strike.withdrawn": _judged,
    "address.planned": _planned,
    "address.erased": lambda a, e, at: changed(a, language="", slow=False, warned_us=0),
}
