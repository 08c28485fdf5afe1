"""How much one Say can say, and longer texts in as many as they need.

Twilio bounds a text in bytes (3,000 for Polly's voices, 5,000 for Google's) and again as it stands in an address: 4,500
characters, of which a Hangul syllable takes nine (error 13521). So one Say has about 500 syllables, a good minute; what
is longer is cut where a sentence ends, else at a blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

BYTES_MAX: Final = 3_000
ENCODED_MAX: Final = 4_500

_PIECES = re.compile(r"[^.!?。！？\n]*(?:[.!?。！？\n]+\s*|$)")
_WORDS = re.compile(r"\S+\s*|\s+")


def fits(text: str) -> bool:
    """Whether one Say can say it."""
    if len(text) * 12 <= ENCODED_MAX:  # no character takes more
        return True
    return len(text) <= BYTES_MAX and len(text.encode()) <= BYTES_MAX and len(quote(text)) <= ENCODED_MAX


def portions(text: str) -> list[str]:
    """The text in parts that each fit; nothing is lost but the blanks at their ends. ``[]`` for blank text."""
    if fits(text):
        return [whole] if (whole := text.strip()) else []
    made: list[str] = []
    for piece in _small(text):
        if made and fits(made[-1] + piece):
            made[-1] += piece
        else:
            made.append(piece)
    return [part.strip() for part in made if part.strip()]


def _small(text: str) -> Iterator[str]:
    """Sentences, else words, else as many characters as surely fit."""
    for sentence in _PIECES.findall(text):
        if fits(sentence):
            yield sentence
            continue
        for word in _WORDS.findall(sentence):
            yield from (word[at : at + 300] for at in range(0, len(word), 300))
