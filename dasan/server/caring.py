"""What `dasan care` asks of the running server: plans of care calls, added, listed, shown, paused, settled, ended.

A list masks numbers and names; showing one plan whole is written to the log with who asked, because whoever must look
after somebody has to know who it is.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from dasan.core import care
from dasan.core.address import citizen_of, e164
from dasan.core.care import Plan
from dasan.core.commands import ADMIN, Command, EndCare, Envelope, PauseCare, PlanCare, Principal, SettleCare
from dasan.core.errors import BadInput, Refused
from dasan.core.ids import CARE
from dasan.core.text import clean, clean_line, mask_name, mask_phone, national
from dasan.core.time import iso
from dasan.ports import Aggregate, Head
from dasan.store.views import Line

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Asked = Mapping[str, Any]
Submit = Callable[[Envelope], Awaitable[Mapping[str, Any]]]
_log = logging.getLogger("dasan.care")


class Reads(Protocol):
    """A part of the store's named reads."""

    def load(self, stream: str) -> Aggregate | None: ...

    def open_heads(self, kind: str) -> Iterator[Head]: ...

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes | None]: ...

    def by_number(self, kind: str, number: int) -> Sequence[Line]: ...


async def wish(reads: Reads, submit: Submit, keyed: Callable[[str], str], asked: Asked) -> Mapping[str, Any]:
    """One wish of `dasan care`. Raises BadInput and Refused."""
    act, by = str(asked.get("act", "")), str(asked.get("by", "")) or "operator"
    if act == "list":
        rows = [_told(reads, head.state) for head in reads.open_heads(CARE)]
        return {"plans": sorted(rows, key=lambda row: (not row["alert"], row["no"]))}
    if act == "add":
        return _added(await submit(_by(by, _planned(keyed, asked))))
    plan = _plan(reads, asked.get("no"))
    if act == "show":
        _log.info("a plan of care calls was shown whole", extra={"plan": plan.id, "by": by})
        return _told(reads, plan, whole=True)
    make = _ACTS.get(act)
    if make is None:
        raise BadInput("malformed", field="act")
    return await submit(_by(by, make(plan, asked)))


def _by(by: str, command: Command) -> Envelope:
    return Envelope(Principal(ADMIN, by), "", command)


def _added(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"no": reply["no"], "next": iso(reply["next_us"])}


_ACTS: Mapping[str, Callable[[Plan, Asked], Command]] = {
    "pause": lambda plan, asked: PauseCare(plan.id, True),
    "resume": lambda plan, asked: PauseCare(plan.id, False),
    "settle": lambda plan, asked: SettleCare(plan.id, clean(str(asked.get("found", "")), limit=2_000)),
    "end": lambda plan, asked: EndCare(plan.id, str(asked.get("reason", ""))),
}


def _planned(keyed: Callable[[str], str], asked: Asked) -> PlanCare:
    number = e164(str(asked.get("number", "")))
    if not number:
        raise BadInput("malformed", field="number")
    address = keyed(f"tel:{number}")
    return PlanCare(
        str(asked.get("service", "")),
        citizen_of(address),
        address,
        number,
        clean_line(str(asked.get("name", "")), limit=60),
        _numbers(asked, "days"),
        _numbers(asked, "times"),
        str(asked.get("language", "ko")),
        _number(asked, "attempts", 3),
        _number(asked, "gap_s", 1800),
        _number(asked, "silent_days", 0),
    )


def _numbers(asked: Asked, field: str) -> tuple[int, ...]:
    values = asked.get(field)
    if not isinstance(values, list) or not all(isinstance(value, int) for value in values):
        raise BadInput("malformed", field=field)
    return tuple(values)


def _number(asked: Asked, field: str, usual: int) -> int:
    value = asked.get(field, usual)
    if not isinstance(value, int):
        raise BadInput("malformed", field=field)
    return value


def _plan(reads: Reads, no: object) -> Plan:
    lines = reads.by_number(CARE, no) if isinstance(no, int) else ()
    found = reads.load(lines[0].stream) if lines else None
    if found is None:
        raise Refused("no_such_plan")
    plan: Plan = found.state
    return plan


def _told(reads: Reads, p: Plan, *, whole: bool = False) -> dict[str, Any]:
    words = reads.contents([p.number, p.name])
    number, name = ((words.get(content) or b"").decode() for content in (p.number, p.name))
    return {
        "no": p.no,
        "service": p.service,
        "number": national(number) if whole else mask_phone(national(number)),
        "name": name if whole else mask_name(name),
        "language": p.language,
        "days": [DAYS[day] for day in p.days],
        "times": [f"{minute // 60:02}:{minute % 60:02}" for minute in p.times],
        "state": "PAUSED" if p.paused and p.state != care.ENDED else p.state,
        "next": iso(p.next_us) if p.state == care.WAITING and not p.paused else "",
        "last": p.outcome,
        "answered": iso(p.answered_us),
        "alert": p.alert,
        "since": iso(p.alert_us) if p.alert else "",
    }
