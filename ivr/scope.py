"""What expressions and prompts can name: the document's variables, and the world as the facts tell it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from ivr import hours
from ivr.actions import Value
from ivr.expr import Call
from ivr.facts import Facts
from ivr.model import Document

MINUTE_US = 60_000_000
# Name -> what it is; the language reference and the lint read this table.
BUILTINS: Mapping[str, str] = MappingProxyType(
    {
        "language": "the caller's language: ko, en, zh, ja, vi, mn",
        "slow": "whether she prefers slow speech",
        "caller": "what her address is: e164, sip, client, withheld",
        "conduct": "'' , 'warned' or 'special': what is noted of her conduct",
        "recorded": "whether the call is recorded or written down",
        "callback_waiting": "whether she is to be called back",
        "callback_queue": "the queue in which her place is kept; '' for none",
        "callback_at": "when she is called on Seoul's clock, 2026-11-21 15:05; '' when it is her turn that counts",
        "callback_day": "its date, when that is not today; else ''",
        "callback_ahead": "how many are before her; null while she does not stand in line",
        "channel": "voice, sms or chat",
        "dialled": "the number she dialled, when it is known",
        "today": "the date on Seoul's clock, 2026-11-21",
        "now": "the time on Seoul's clock, 15:05",
        "hour": "the hour on Seoul's clock, 0 to 23",
        "minute": "0 to 59",
        "weekday": "mon … sun",
        "month": "1 to 12",
        "day": "1 to 31",
        "holiday": "whether today is a public holiday",
    }
)
# Only where somebody waits in line (announce.say of a queue).
IN_LINE: Mapping[str, str] = MappingProxyType(
    {
        "position": "her place in line",
        "ahead": "how many are before her",
        "eta": "the estimate, seconds",
        "waited": "seconds",
    }
)


def world(facts: Facts) -> dict[str, Value]:
    """What the facts name; the same for all of a turn."""
    return {
        "caller": facts.caller,
        "conduct": facts.conduct,
        "recorded": facts.recorded,
        **_callback(facts),
        "channel": facts.channel,
        "dialled": facts.dialled,
        "holiday": hours.seoul(facts.now_us).date() in facts.holidays,
        **_clock(facts.now_us // MINUTE_US),
    }


def _callback(facts: Facts) -> Mapping[str, Value]:
    cb = facts.callback
    if cb is None:
        return _NO_CALLBACK
    at = hours.seoul(cb.at_us) if cb.at_us > facts.now_us else None
    later = at is not None and at.date() != hours.seoul(facts.now_us).date()
    return {
        "callback_waiting": True,
        "callback_queue": cb.queue,
        "callback_at": f"{at:%Y-%m-%d %H:%M}" if at else "",
        "callback_day": at.date().isoformat() if at and later else "",
        "callback_ahead": cb.ahead,
    }


_NO_CALLBACK: Mapping[str, Value] = MappingProxyType({
    "callback_waiting": False, "callback_queue": "", "callback_at": "", "callback_day": "", "callback_ahead": None,
})  # fmt: skip


@lru_cache(maxsize=4)
def _clock(minute: int) -> Mapping[str, Value]:
    now = hours.seoul(minute * MINUTE_US)
    return {
        "today": now.date().isoformat(),
        "now": f"{now:%H:%M}",
        "hour": now.hour,
        "minute": now.minute,
        "weekday": hours.WEEKDAYS[now.weekday()],
        "month": now.month,
        "day": now.day,
    }


def names(world: Mapping[str, Value], variables: Mapping[str, Value], language: str, slow: bool) -> dict[str, Value]:
    """Everything that can be named now. A variable goes before a fact of the same name (the checks refuse that)."""
    return {**world, "language": language, "slow": slow, **variables}


def functions(document: Document, facts: Facts) -> dict[str, Call]:
    """The functions of :data:`ivr.expr.FUNCTIONS`, bound to this document and these facts."""

    def is_open(name: Value) -> Value:
        calendar = document.calendars.get(str(name))
        return calendar is not None and hours.is_open(calendar, str(name), facts)

    return {
        "open": is_open,
        "queue_open": lambda name: facts.queue(str(name)).open,
        "queue_waiting": lambda name: facts.queue(str(name)).waiting,
        **_PLAIN,
    }


def _as_number(value: Value) -> Value:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text):
        return None
    return float(text) if "." in text else int(text)


_PLAIN: dict[str, Call] = {
    "has": lambda value: value is not None and value != "",
    "length": lambda value: len(str(value)) if value is not None else 0,
    "starts": lambda value, prefix: value is not None and str(value).startswith(str(prefix)),
    "digits": lambda value: re.sub(r"\D", "", str(value)) if value is not None else "",
    "number": _as_number,
}
