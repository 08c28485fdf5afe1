"""Tones made and found again: how a test hears who is heard, and how keys sound on a line.

:func:`strength` is Goertzel's measure of one frequency, scaled to the amplitude of a sine, so that a threshold is a
loudness. A tone of another party disturbs it little when the two lie 50 Hz apart and a fifth of a second is heard.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from channels.media.mulaw import RATE, Samples

LOUD: Final = 6_000
HEARD: Final = 1_000  # an amplitude below this is not a tone

# The key pad's rows and columns (ITU-T Q.23), in Hz.
_ROWS: Final = (697, 770, 852, 941)
_COLUMNS: Final = (1_209, 1_336, 1_477, 1_633)
_PAD: Final = ("123A", "456B", "789C", "*0#D")
KEYS: Final = {key: (row, column) for row, line in zip(_ROWS, _PAD, strict=True)
               for column, key in zip(_COLUMNS, line, strict=True)}  # fmt: skip


def tone(hz: float, seconds: float, amplitude: int = LOUD, start: int = 0) -> Samples:
    """A sine. ``start``: the number of its first sample, so that pieces join without a click."""
    at = np.arange(start, start + round(seconds * RATE), dtype=np.float64)
    return np.round(amplitude * np.sin(2 * np.pi * hz * at / RATE)).astype(np.int16)


def key(digit: str, seconds: float = 0.1) -> Samples:
    """What a key sounds like. Raises KeyError for what is no key."""
    row, column = KEYS[digit]
    return tone(row, seconds, LOUD // 2) + tone(column, seconds, LOUD // 2)


def strength(samples: Samples, hz: float) -> float:
    """The amplitude of that frequency in the samples; 0.0 for none at all."""
    if not len(samples):
        return 0.0
    turn = 2 * np.pi * hz / RATE * np.arange(len(samples))
    values = samples.astype(np.float64)
    return float(2 * np.hypot(values @ np.cos(turn), values @ np.sin(turn)) / len(samples))


def heard(samples: Samples, among: Iterable[float], least: float = HEARD) -> set[float]:
    """Which of those frequencies are there."""
    return {hz for hz in among if strength(samples, hz) >= least}


def pressed(samples: Samples, least: float = HEARD) -> str:
    """The key that sounds throughout the samples; "" for none."""
    rows, columns = heard(samples, _ROWS, least), heard(samples, _COLUMNS, least)
    if len(rows) != 1 or len(columns) != 1:
        return ""
    pair = (rows.pop(), columns.pop())
    return next(digit for digit, both in KEYS.items() if both == pair)


def loudness(samples: Samples) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0
