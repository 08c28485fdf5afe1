"""Views that need no dictionary: syllables (one and two) and letters (jamo or Latin, in fours).

The syllable view finds words inside words however they are spaced; the letter view survives a mistyped vowel or a
missing coda, for a Hangul syllable is two or three letters and a typo spoils only those n-grams that touch it.
"""

from __future__ import annotations

from functools import lru_cache

from knowledge_base.analysis.script import runs

_FIRST, _VOWELS, _CODAS = 0xAC00, 21, 28
LETTERS_N = 4


@lru_cache(maxsize=16_384)
def syllable_letters(ch: str) -> str:
    """A Hangul syllable as conjoining jamo (an initial is never equal to a coda); other characters as they are."""
    index = ord(ch) - _FIRST
    if not 0 <= index < 11_172:
        return ch
    initial, rest = divmod(index, _VOWELS * _CODAS)
    vowel, coda = divmod(rest, _CODAS)
    return chr(0x1100 + initial) + chr(0x1161 + vowel) + (chr(0x11A7 + coda) if coda else "")


def letters(word: str) -> str:
    """``word`` with every Hangul syllable taken apart."""
    return "".join(map(syllable_letters, word))


def syllables(text: str) -> list[str]:
    """Single characters and pairs of each Hangul, Han or kana run; other runs whole. ``text`` is normalised."""
    out: list[str] = []
    for script, run in runs(text):
        if script in {"latin", "number"}:
            out.append(run)
        else:
            out.extend(run)
            out.extend(run[i : i + 2] for i in range(len(run) - 1))
    return out


def letter_grams(text: str) -> list[str]:
    """Four letters at a time of each Hangul or Latin run; shorter runs whole. Han and kana have no smaller letters."""
    out: list[str] = []
    for script, run in runs(text):
        if script in {"han", "kana"}:
            continue
        spelled = letters(run) if script == "hangul" else run
        if len(spelled) <= LETTERS_N or script == "number":
            out.append(spelled)
        else:
            out.extend(spelled[i : i + LETTERS_N] for i in range(len(spelled) - LETTERS_N + 1))
    return out
