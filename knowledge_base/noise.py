"""Typing errors as people make them, from a seed: for measuring how search bears them.

Of the syllables, 8 % (at least one) are mistyped: 40 % a neighbouring vowel, 25 % a related initial, 20 % a related
coda, 10 % dropped, 5 % doubled. Synthetic: no public collection of real callers' errors exists.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_BASE, _VOWELS, _CODAS = 0xAC00, 21, 28
SHARE = 0.08

# indexes of jamo that are confused by ear or lie side by side on the two-set keyboard
_VOWEL_NEAR = {
    0: (2, 4), 1: (5, 3), 2: (0,), 3: (7, 1), 4: (0, 8), 5: (1, 7), 6: (4, 2), 7: (3, 5), 8: (4, 13), 9: (0,),
    10: (15, 11), 11: (10, 15), 12: (8,), 13: (18, 8), 14: (4,), 15: (11, 10), 16: (20,), 17: (13,), 18: (13, 20),
    19: (20, 18), 20: (18, 19),
}  # fmt: skip
_INITIAL_NEAR = {
    0: (1, 15), 1: (0,), 2: (5,), 3: (4, 16), 4: (3,), 5: (2,), 6: (7,), 7: (8, 17), 8: (7,), 9: (10,), 10: (9,),
    11: (18,), 12: (13, 14), 13: (12,), 14: (12,), 15: (0,), 16: (3,), 17: (7,), 18: (11,),
}  # fmt: skip
_CODA_NEAR = {
    0: (4, 21), 1: (24, 2), 2: (1,), 4: (21, 0), 5: (4,), 6: (4,), 7: (19, 25), 8: (0,), 9: (1,), 10: (16,),
    16: (21,), 17: (26,), 18: (17,), 19: (20, 7), 20: (19,), 21: (4, 16), 22: (19,), 23: (19,), 24: (1,), 25: (19,),
    26: (17,), 27: (0,),
}  # fmt: skip


def mistyped(text: str, rng: Random) -> str:
    """``text`` with typing errors in its Hangul; without Hangul it is returned as it is."""
    places = [i for i, ch in enumerate(text) if 0 <= ord(ch) - _BASE < 11_172]
    if not places:
        return text
    chosen = set(rng.sample(places, max(1, round(len(places) * SHARE))))
    return "".join(_slip(ch, rng) if i in chosen else ch for i, ch in enumerate(text))


def _slip(ch: str, rng: Random) -> str:
    initial, rest = divmod(ord(ch) - _BASE, _VOWELS * _CODAS)
    vowel, coda = divmod(rest, _CODAS)
    kind = rng.random()
    if kind < 0.40:
        vowel = rng.choice(_VOWEL_NEAR[vowel])
    elif kind < 0.65:
        initial = rng.choice(_INITIAL_NEAR[initial])
    elif kind < 0.85:
        coda = rng.choice(_CODA_NEAR.get(coda, (0,)))
    elif kind < 0.95:
        return ""
    else:
        return ch + ch
    return chr(_BASE + (initial * _VOWELS + vowel) * _CODAS + coda)


def unspaced(text: str, _rng: Random) -> str:
    """``text`` without its spaces."""
    return "".join(text.split())


def half_typed(text: str, _rng: Random) -> str:
    """The first half of ``text``."""
    return text[: max(2, (len(text) + 1) // 2)]


def mistyped_unspaced(text: str, rng: Random) -> str:
    """Both at once."""
    return unspaced(mistyped(text, rng), rng)


def clean_typing(text: str, _rng: Random) -> str:
    """``text`` as it is."""
    return text


NOISES: dict[str, Callable[[str, Random], str]] = {
    "clean": clean_typing,
    "typo": mistyped,
    "nospace": unspaced,
    "typo+nospace": mistyped_unspaced,
    "half": half_typed,
}
