"""The kinds of answers: how many keys each takes, how keys and words are read as its value, how that is said back.

A value is None when it was not understood: the same for a wrong number and for a mumble, so that both are asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dasan.core.text import national
from ivr import hours
from ivr.actions import Value
from ivr.hearing import Dates, day, digits_in, phone, yes_or_no
from ivr.korean import digits as one_by_one
from ivr.korean import say_date
from ivr.nodes import SlotChoice
from ivr.run import Run
from ivr.sayings import COMMANDS, TABLE, saying
from ivr.words import LANGUAGES

Read = Callable[[Run, Any, str], Value]


@dataclass(frozen=True, slots=True)
class Slot:
    """``expects``: (keys that end it at once or 0, keys at most). ``keys``, ``words``: what was pressed or said as a
    value. ``heard``: the value as it is said back. ``offers``: choices that every question of this kind has."""

    expects: Callable[[Any], tuple[int, int]]
    keys: Read
    words: Read
    heard: Callable[[Run, Any, Value], str]
    offers: Callable[[Run], tuple[Any, ...]] = lambda _run: ()


def _nothing(_run: Run, _node: Any, _text: str) -> Value:
    return None


# -- menu


def _menu_keys(node: Any) -> tuple[int, int]:
    lengths = {len(option.key) for option in node.options}
    return (max(lengths) if len(lengths) == 1 else 0), max(lengths)


def _menu_key(run: Run, node: Any, keys: str) -> Value:
    return next((o.key for o in node.options if o.key == keys and run.holds(o.when)), None)


def _menu_heard(run: Run, node: Any, value: Value) -> str:
    return next((_labelled(run, o.label) for o in node.options if o.key == value), "")


def _labelled(run: Run, label: dict[str, str]) -> str:
    return label.get(run.language) or next(iter(label.values()))


# -- digits


def _digits_expected(node: Any) -> tuple[int, int]:
    return (node.max if node.min == node.max else 0), node.max


def _digits(_run: Run, node: Any, keys: str) -> Value:
    if not keys.isdigit() or not node.min <= len(keys) <= node.max:
        return None
    return keys if not node.values or keys in node.values else None


def _digits_said(run: Run, node: Any, text: str) -> Value:
    return _digits(run, node, digits_in(text))


# -- phone, date


def _phone(_run: Run, _node: Any, text: str) -> Value:
    return phone(text)


def _phone_heard(run: Run, _node: Any, value: Value) -> str:
    return one_by_one(national(str(value)), run.language)


def _date(run: Run, node: Any, text: str) -> Value:
    made = day(text, Dates(hours.seoul(run.facts.now_us).date(), node.past, node.future))
    return made.isoformat() if made else None


# -- yes or no


def _yes_no(_run: Run, _node: Any, keys: str) -> Value:
    return {"1": True, "2": False}.get(keys)


def _yes_no_said(run: Run, _node: Any, text: str) -> Value:
    return {"yes": True, "no": False}.get(yes_or_no(text, run.language))


_YES_NO = tuple(
    SlotChoice(key=key, value=word, label=TABLE[word], phrases={lang: COMMANDS[word][lang] for lang in LANGUAGES})
    for key, word in (("1", "yes"), ("2", "no"))
)


# -- speech


def _speech_expected(node: Any) -> tuple[int, int]:
    lengths = {len(choice.key) for choice in node.choices} or {1}
    return (max(lengths) if len(lengths) == 1 else 0), max(lengths)


def _choice(_run: Run, node: Any, keys: str) -> Value:
    return next((choice.value for choice in node.choices if choice.key == keys), None)


def _free(_run: Run, node: Any, text: str) -> Value:
    return text if text and not node.choices and not node.values else (text if text in node.values else None)


def _speech_heard(run: Run, node: Any, value: Value) -> str:
    return next((_labelled(run, c.label) for c in node.choices if c.value == value), str(value))


SLOTS: dict[str, Slot] = {
    "menu": Slot(_menu_keys, _menu_key, _nothing, _menu_heard),
    "digits": Slot(_digits_expected, _digits, _digits_said, lambda run, _node, value: one_by_one(value, run.language)),
    # Eleven digits are a whole mobile number: it ends by itself.
    "phone": Slot(lambda _node: (0, 11), _phone, _phone, _phone_heard),
    "date": Slot(lambda _node: (0, 8), _date, _date, lambda run, _node, value: say_date(value, run.language)),
    "yes_no": Slot(
        lambda _node: (1, 1),
        _yes_no,
        _yes_no_said,
        lambda run, _node, value: saying("yes" if value else "no", run.language),
        lambda _run: _YES_NO,
    ),
    "speech": Slot(_speech_expected, _choice, _free, _speech_heard),
}
