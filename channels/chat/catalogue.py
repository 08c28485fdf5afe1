"""The chat's sentences, one TOML file a language; a further language is a further file with the same keys.

``[system]`` speaks system entries by code, ``[state]`` says what happens next, ``[ticket]`` speaks a ticket's stages,
``[when]`` how a date and time is said: these are the server's. ``[page]`` is sent to the page as JSON. A key that is
missing falls back to English, then to the key itself, so that a forgotten sentence never hides a message; the tests
keep the files equal.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from dasan.core.errors import Arg
from dasan.core.text import josa

FOLDER = Path(__file__).parent / "messages"
FALLBACK = "en"
NOON = 12
_PARTICLES = ("으로", "은", "는", "이", "가", "을", "를", "과", "와", "로")


class _Args(dict[str, str]):
    """``{queue:으로}`` is the argument with the particle that fits it; a missing one is a dash."""

    def __missing__(self, key: str) -> str:
        return "-"


class _Word(str):
    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return josa(str(self), spec) if spec in _PARTICLES else str(self)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language's sentences, by section and key."""

    language: str
    sections: Mapping[str, Mapping[str, str]]
    fallback: Catalogue | None = None

    def say(self, section: str, key: str, args: Mapping[str, Arg] | None = None) -> str:
        """The sentence, with its arguments filled in."""
        template = self.sections.get(section, {}).get(key)
        if template is None:
            return self.fallback.say(section, key, args) if self.fallback else key
        return template.format_map(_Args({k: _Word(v) for k, v in (args or {}).items()}))

    def when(self, at: datetime) -> str:
        """A date and time as one says it, e.g. ``11월 23일(월) 오전 9시``."""
        words = {
            "month": self.say("when", "months").split()[at.month - 1],
            "day": str(at.day),
            "weekday": self.say("when", "weekdays").split()[at.weekday()],
            "half": self.say("when", "am" if at.hour < NOON else "pm"),
            "hour": str((at.hour - 1) % NOON + 1),
            "minute": f"{at.minute:02d}",
        }
        return self.say("when", "minute" if at.minute else "hour", words)

    def has(self, section: str, key: str) -> bool:
        """Whether this language itself has the sentence."""
        return key in self.sections.get(section, {})

    def for_page(self) -> bytes:
        """The page's part, as the JSON that it loads."""
        words = {**(self.fallback.sections["page"] if self.fallback else {}), **self.sections["page"]}
        return json.dumps({"language": self.language, "words": words}, ensure_ascii=False).encode()


@cache
def catalogues() -> Mapping[str, Catalogue]:
    """Every language there is a file for, by its two-letter code; Korean first."""
    paths = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != "ko", path.stem))
    loaded = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in paths}
    base = Catalogue(FALLBACK, loaded[FALLBACK])
    return {code: base if code == FALLBACK else Catalogue(code, sections, base) for code, sections in loaded.items()}


def catalogue(language: str) -> Catalogue:
    """That language's, or English."""
    known = catalogues()
    return known.get(language) or known[FALLBACK]
