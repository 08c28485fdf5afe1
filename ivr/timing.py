"""How long a text takes to be spoken: an estimate for lint and tests, not a promise of any voice.

Counted by what the ear hears: a Hangul syllable, a kana, a Chinese character, a digit (one syllable in most of these
languages, more in English), a Latin or Cyrillic letter; marks are pauses. Korean, English and Vietnamese were set by
what espeak-ng takes at its usual speed (tests/ivr/test_speaking.py: within an eighth); the other languages, and the
voices of a telephone network, were held against nothing yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ivr.actions import Action, Ask, Say, Utterance

SLOW = 1.3
_DIGIT = {"ko": 0.2, "zh": 0.24, "ja": 0.26, "en": 0.35, "vi": 0.28, "mn": 0.4}
_LONG_PAUSE, _SHORT_PAUSE = 0.45, 0.2
# Upper bound of a range of code points -> seconds a character.
_RANGES = (
    (0x2FF, 0.068),
    (0x36F, 0.0),
    (0x52F, 0.078),
    (0x1EFF, 0.068),
    (0x30FF, 0.14),
    (0x9FFF, 0.22),
    (0xD7A3, 0.18),
)


def spoken_s(text: str, language: str = "ko") -> float:
    """Seconds that ``text`` takes to be spoken in ``language``."""
    return round(sum(_seconds(ch, language) for ch in text), 2)


@lru_cache(maxsize=8192)
def _seconds(ch: str, language: str) -> float:
    if ch in ".!?。！？…":
        return _LONG_PAUSE
    if ch in ",;:、，·":
        return _SHORT_PAUSE
    if ch.isdigit():
        return _DIGIT.get(language, 0.3)
    if not ch.isalnum():
        return 0.0
    return next((seconds for top, seconds in _RANGES if ord(ch) <= top), 0.18)


def said_s(prompts: Iterable[Utterance]) -> float:
    """Seconds of a row of utterances."""
    return sum(spoken_s(said.text, said.language) * (SLOW if said.slow else 1.0) for said in prompts)


def silent_s(actions: Iterable[Action]) -> float:
    """Seconds that a turn takes when the caller only listens: what is said, then the question's time-out."""
    total = 0.0
    for action in actions:
        if isinstance(action, Say | Ask):
            total += said_s(action.prompts)
        if isinstance(action, Ask):
            total += action.timeout_s
    return total
