"""A voice for the network: espeak-ng where it is installed, and how long a text lasts where it is not.

Its Korean is robotic and plain enough for a demonstration. One text is spoken once and kept, a bounded number of them.
Without the program a text is a low murmur of the length that a voice would take, so that a listener still hears that
somebody speaks.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from channels.media import tones
from channels.media.mulaw import FRAME, RATE, Samples

PROGRAM: Final = "espeak-ng"
KEPT: Final = 500
TEXT_CHARS_MAX: Final = 2_000
WITHIN_S: Final = 10.0
MURMUR_HZ: Final = 180
_LEVEL: Final = 0.6  # what mu-law likes: the voice's own peaks would be clipped
_VOICES: Final = {"ko": "ko", "en": "en", "zh": "cmn", "ja": "ja", "vi": "vi", "mn": "en"}


def available() -> bool:
    """Whether there is a voice on this machine."""
    return shutil.which(PROGRAM) is not None


class Voice:
    """Speaks texts; blocking, some ten milliseconds for a new one."""

    def __init__(self, program: str | None = None) -> None:
        self._program = shutil.which(PROGRAM) if program is None else program
        self._kept: OrderedDict[tuple[str, str], Samples] = OrderedDict()

    def say(self, text: str, language: str, least_us: int = 0) -> Samples:
        """The text as samples; a murmur of ``least_us`` where nobody can speak it."""
        key = text[:TEXT_CHARS_MAX], _VOICES.get(language[:2].lower(), "en")
        if key not in self._kept:
            self._kept[key] = self._spoken(*key) if self._program else _murmur(least_us)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def _spoken(self, text: str, voice: str) -> Samples:
        command = [str(self._program), "-v", voice, "-s", "160", "--stdin", "--stdout"]
        try:
            done = subprocess.run(  # noqa: S603  # the program found above; the text goes in by its standard input
                command, input=text.encode(), capture_output=True, timeout=WITHIN_S, check=True
            )
            return at_line_rate(done.stdout)
        except (OSError, subprocess.SubprocessError, wave.Error, EOFError):
            return _murmur(0)


def at_line_rate(wav: bytes) -> Samples:
    """A mono 16-bit wave file as samples of the line. Raises wave.Error or EOFError for what is none."""
    with wave.open(io.BytesIO(wav)) as file:
        if file.getnchannels() != 1 or file.getsampwidth() != 2:
            raise wave.Error("not mono 16 bit")
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
    if rate == RATE or not len(samples):
        return (samples * _LEVEL).astype(np.int16)
    clean = np.convolve(samples, _low_pass(rate), mode="same")
    at = np.arange(0, len(clean) - 1, rate / RATE)
    return np.round(np.interp(at, np.arange(len(clean)), clean) * _LEVEL).astype(np.int16)


def _low_pass(rate: int) -> NDArray[np.float64]:
    """Takes away what a line of eight thousand samples cannot carry."""
    width = 63
    at = np.arange(width) - width // 2
    cut = 3_600 / rate
    taps: NDArray[np.float64] = 2 * cut * np.sinc(2 * cut * at) * np.hamming(width)
    taps /= taps.sum()
    return taps


def _murmur(us: int) -> Samples:
    return tones.tone(MURMUR_HZ, max(us / 1e6, 0.3), tones.LOUD // 4)


def length_us(samples: Samples) -> int:
    """How long that lasts, in whole frames."""
    return -(-len(samples) // FRAME) * 20_000
