"""The same flow on a screen: a turn as lines with numbered choices (chat, SMS), and what is typed as an event.

The sentences about keys are for the ear; here the choices stand as ``1. 교통`` and can be quick replies.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from dasan.core.text import clean_line
from ivr.actions import Action, Ask, Choice, End, Hold, Queue, Say, Utterance
from ivr.events import Digits, NoInput, Speech
from ivr.hearing import KEYS, SPEECH_MAX, bare
from ivr.sayings import saying

_NUMBER = re.compile(r"([0-9*#-]{1,40})\s*(?:번|\.|\)|番)?")


@dataclass(frozen=True, slots=True)
class Page:
    """``lines``: what is shown, in order. ``choices``: quick replies (their keys are what is sent). ``language``: of
    the last line. ``ended``: the flow is over; its reason."""

    lines: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    language: str = "ko"
    ended: str = ""


def page(actions: Iterable[Action]) -> Page:
    """A turn's actions as a page. What only a telephone needs (music, leaving a line) is not there."""
    lines: list[str] = []
    choices: tuple[Choice, ...] = ()
    language, ended = "ko", ""
    for action in actions:
        if isinstance(action, Say | Ask | Hold):
            lines += _lines(action.prompts)
            language = next((said.language for said in action.prompts), language)
        if isinstance(action, Ask):
            choices, language = action.choices, action.language
            lines += [f"{choice.key}. {choice.label}" for choice in choices]
            if any(said.role == "help" for said in action.prompts):
                lines.append(saying("screen_help", language))
        if isinstance(action, End):
            ended = action.reason
    return Page(tuple(lines), choices, language, ended)


def _lines(prompts: tuple[Utterance, ...]) -> list[str]:
    return [said.text for said in prompts if said.text and said.role not in {"option", "help"}]


def sms(shown: Page) -> str:
    """A page as the body of one text message."""
    return "\n".join(shown.lines)


def event(typed: str, waits_for: Action) -> Digits | Speech | NoInput | None:
    """What a citizen typed, as an event for the action that waits. None: it is no answer to the menu (she is in line,
    or the flow is over): a message for a person."""
    text = clean_line(unicodedata.normalize("NFKC", typed), limit=SPEECH_MAX)
    found = _NUMBER.fullmatch(text)
    keys = found[1].replace("-", "") if found else ""
    if isinstance(waits_for, Queue | Hold):
        return Digits(keys) if keys and keys in waits_for.keys else None
    if not isinstance(waits_for, Ask):
        return None
    if not text:
        return NoInput()
    if keys and KEYS.issuperset(keys):
        return Digits(keys)
    said = bare(text)
    key = next((c.key for c in waits_for.choices if said and bare(c.label) == said), "")
    return Digits(key) if key else Speech(text, None)
