"""Music while somebody waits: eight seconds of Arirang (a folk song, nobody's property) on two soft sines, made here.

8 kHz mu-law in a WAV, as telephones carry it. An operator's own recording goes in its place by a setting.
"""

from __future__ import annotations

import math
import struct
from functools import lru_cache

RATE = 8_000
SECONDS = 8
MEDIA_TYPE = "audio/wav"
# (semitones above G4, eighths of a 3/4 bar); eight bars a second apart, quietly.
_TUNE = (
    *((0, 3), (2, 1), (0, 1), (2, 1)),
    *((5, 2), (7, 1), (5, 1), (7, 1), (9, 1)),
    *((12, 3), (9, 1), (7, 1), (5, 1)),
    *((9, 2), (7, 1), (5, 1), (2, 1), (0, 1)),
    *((2, 3), (0, 1), (2, 1), (0, 1)),
    *((5, 2), (7, 1), (9, 1), (7, 1), (5, 1)),
    *((2, 2), (5, 1), (2, 1), (0, 1), (-3, 1)),
    *((0, 6),),
)
_G4 = 392.0
_LOUD = 5_000


@lru_cache(maxsize=1)
def wav() -> bytes:
    """The file. Takes about a tenth of a second once."""
    total = SECONDS * RATE
    eighths = sum(length for _, length in _TUNE)
    body = bytearray()
    done = 0
    for semitones, length in _TUNE:
        done += length
        samples = total * done // eighths - len(body)
        body += _note(_G4 * 2 ** (semitones / 12), samples)
    header = struct.pack("<4sI4s4sIHHIIHHH", b"RIFF", 50 + len(body), b"WAVE", b"fmt ", 18, 7, 1, RATE, RATE, 1, 8, 0)
    return header + struct.pack("<4sII4sI", b"fact", 4, len(body), b"data", len(body)) + bytes(body)


def _note(pitch: float, samples: int) -> bytes:
    """A tone that fades in and out, so that nothing clicks."""
    step = 2 * math.pi * pitch / RATE
    edge = max(1, min(400, samples // 4))
    return bytes(
        mu_law(
            round(
                _LOUD
                * min(1.0, n / edge, (samples - n) / edge)
                * math.exp(-n / samples)
                * (math.sin(step * n) + 0.3 * math.sin(2 * step * n))
            )
        )
        for n in range(samples)
    )


def mu_law(sample: int) -> int:
    """One 16-bit sample as mu-law (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32_635) + 0x84
    exponent = max(0, magnitude.bit_length() - 8)
    return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0F)) & 0xFF
