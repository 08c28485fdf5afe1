"""What a caller pressed, said or typed, read as a key, a command or a value. Pure reading: what follows is decided in
:mod:`ivr.asking`.

Speech is compared without spaces, marks and case, since recognisers disagree about them. A phrase is heard when the
caller said it alone or inside a sentence; the longest one wins, and two equally long ones for different keys are no
answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dasan.core.text import clean_line
from ivr.actions import Choice
from ivr.sayings import COMMANDS, SPOKEN_KEYS

KEYS = frozenset("0123456789*#")
SPEECH_MAX = 500


def bare(text: str) -> str:
    """Letters and digits only, in NFC and lower case."""
    return "".join(ch for ch in unicodedata.normalize("NFC", text.casefold()) if ch.isalnum())


_phrase = lru_cache(maxsize=8192)(bare)  # of a flow's own words; what callers say stays in no cache


def spoken_key(text: str, language: str) -> str:
    """The key that is spoken ("1번", "일번", "one"), or ""."""
    said = bare(text[:40])
    found = re.fullmatch(r"(\d{1,2})(번|번요|번이요)?", said)
    if found:
        return found[1]
    return SPOKEN_KEYS.get(language, {}).get(said.removesuffix("이요").removesuffix("요"), "")


def command(text: str, language: str, *, within: bool = True) -> str:
    """operator, back, replay, yes or no when exactly that was said, else "". ``within``: a sentence that has the word
    for a person in it asks for one ("상담사 바꿔 주세요")."""
    said = bare(text[:60])
    for name, words in COMMANDS.items():
        if any(said == _phrase(word) for word in words.get(language, ())):
            return name
    people = [_phrase(word) for word in COMMANDS["operator"].get(language, ())] if within else []
    return "operator" if any(len(word) > 1 and word in said for word in people) else ""


def yes_or_no(text: str, language: str) -> str:
    """yes or no when one of them was said, alone or in a sentence, else ""."""
    rows = ((name, COMMANDS[name].get(language, ())) for name in ("yes", "no"))
    return choose(text, [Choice(name, "", words) for name, words in rows])


def choose(text: str, choices: Iterable[Choice]) -> str:
    """The key of the choice whose label or phrase was said, or "" when none or more than one was."""
    said = bare(text[:SPEECH_MAX])
    found: dict[str, int] = {}
    for choice in choices:
        phrases = [_phrase(phrase) for phrase in (choice.label, *choice.phrases)]
        # A single letter ("네", "是") is in many words; it counts only alone.
        lengths = [len(b) for b in phrases if b and (b == said or (len(b) > 1 and b in said))]
        if lengths:
            found[choice.key] = max(lengths)
    best = [key for key, length in found.items() if length == max(found.values())]
    return best[0] if len(best) == 1 else ""


def free(text: str) -> str:
    """Free speech as it is kept: clean, one line, at most 200 characters."""
    return clean_line(text, limit=200)


_SINO = dict(zip("공영일이삼사오육륙칠팔구", "001234566789", strict=True))


def digits_in(text: str) -> str:
    """The digits that were said: figures, or Korean numerals one by one ("공일공 일이삼사") when nothing else was."""
    said = bare(text[:80])
    if said and all(ch in _SINO or ch in "0123456789" for ch in said):
        return "".join(_SINO.get(ch, ch) for ch in said)
    return "".join(ch for ch in text if ch in "0123456789")


_PHONE = re.compile(r"(?:82)?0?(1[016-9]\d{7,8}|2\d{7,8}|(?:3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50\d)\d{7,8})")
_SHORT = re.compile(r"1[568]\d{6}")


def phone(text: str) -> str | None:
    """A Korean telephone number in E.164, or None: mobile, Seoul (a bare seven or eight digits too), the provinces,
    070, 050x, and the nation-wide 15xx, 16xx, 18xx."""
    digits = digits_in(text)
    if _SHORT.fullmatch(digits):
        return "+82" + digits
    found = _PHONE.fullmatch(digits) if digits.startswith(("0", "82")) else None
    if found:
        return "+82" + found[1]
    return "+822" + digits if re.fullmatch(r"[2-9]\d{6,7}", digits) else None


@dataclass(frozen=True, slots=True)
class Dates:
    """Which dates are right, seen from ``today``."""

    today: date
    past: bool = True
    future: bool = True


_IN_WORDS = {
    "오늘": 0, "내일": 1, "모레": 2, "어제": -1, "그저께": -2, "today": 0, "tomorrow": 1, "yesterday": -1, "今天": 0,
    "明天": 1, "昨天": -1, "今日": 0, "明日": 1, "昨日": -1, "hôm nay": 0, "ngày mai": 1, "өнөөдөр": 0, "маргааш": 1,
}  # fmt: skip
_MONTH_DAY = re.compile(r"(?:(\d{4})\s*[년年./-]\s*)?(\d{1,2})\s*[월月./-]\s*(\d{1,2})\s*[일日]?")


def day(text: str, rule: Dates) -> date | None:
    """A date from keys (``1121``, ``261121``, ``20261121``) or words ("11월 21일", "내일"), or None.

    Without a year it is the nearest right one: this year's, else next year's (or last year's where only the past is).
    """
    word = next((offset for key, offset in _IN_WORDS.items() if key in text.casefold()), None)
    if word is not None:
        return _right(rule.today + timedelta(days=word), rule)
    digits = re.sub(r"\D", "", text)
    found = _MONTH_DAY.search(text)
    if found:
        year, month, number = int(found[1] or 0), int(found[2]), int(found[3])
    elif len(digits) in {4, 6, 8}:
        month, number = int(digits[-4:-2]), int(digits[-2:])
        year = int(digits[:-4] or 0) + (2000 if len(digits) == 6 else 0)
    else:
        return None
    years = (year,) if year else (rule.today.year, rule.today.year + 1, rule.today.year - 1)
    return next((made for y in years if (made := _right(_date(y, month, number), rule))), None)


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number) if 1900 <= year <= 2200 else None
    except ValueError:
        return None


def _right(made: date | None, rule: Dates) -> date | None:
    if made is None or (made < rule.today and not rule.past) or (made > rule.today and not rule.future):
        return None
    return made
