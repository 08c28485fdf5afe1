"""Tones made and found again: what the stand-in network hums, and how a test hears who is heard.

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


def tone(hz: float, seconds: float, amplitude: int = LOUD, start: int = 0) -> Samples:
    """A sine. ``start``: the number of its first sample, so that pieces join without a click."""
    at = np.arange(start, start + round(seconds * RATE), dtype=np.float64)
    return np.round(amplitude * np.sin(2 * np.pi * hz * at / RATE)).astype(np.int16)


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


def loudness(samples: Samples) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0
