"""One call's sound: what its far end says, what it hears, and a record of both.

The far end says what is put into its mouth: a tone that goes on, or sounds one after another. The record keeps the last
minute of both directions for whoever wants to know what was heard.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

import numpy as np

from channels.media import tones
from channels.media.mulaw import FRAME, FRAME_US, QUIET, Samples, mix

RECORD_FRAMES_MAX = 3_000  # a minute
SAYING_FRAMES_MAX = 15_000


class Mouth:
    """Frames of twenty milliseconds, without end."""

    def __init__(self) -> None:
        self._hz = 0.0
        self._at = 0
        self._waiting: deque[Samples] = deque(maxlen=SAYING_FRAMES_MAX)

    def hum(self, hz: float) -> None:
        """Say that tone from now on; 0 is silence."""
        self._hz = hz

    def say(self, samples: Samples) -> None:
        """Say that after what waits already, above the tone."""
        self._waiting.extend(pieces(samples))

    def hush(self) -> None:
        """Forget what was still to be said."""
        self._waiting.clear()

    @property
    def silent(self) -> bool:
        """Whether nothing at all is said."""
        return not self._waiting and not self._hz

    def frame(self) -> Samples:
        """The next twenty milliseconds."""
        self._at += FRAME
        if self._waiting:
            return self._waiting.popleft()
        return tones.tone(self._hz, FRAME_US / 1e6, start=self._at - FRAME) if self._hz else QUIET


def pieces(samples: Samples) -> Iterator[Samples]:
    """Whole frames, the last one filled up with silence."""
    for at in range(0, len(samples), FRAME):
        piece = samples[at : at + FRAME]
        yield piece if len(piece) == FRAME else np.concatenate([piece, QUIET[len(piece) :]])


class Record:
    """The last minute of one direction."""

    def __init__(self) -> None:
        self._frames: deque[Samples] = deque(maxlen=RECORD_FRAMES_MAX)
        self.frames = 0

    def add(self, frame: Samples) -> None:
        """The next frame."""
        self._frames.append(frame)
        self.frames += 1

    def last(self, seconds: float) -> Samples:
        """The last so many seconds, or what there is."""
        wanted = max(1, round(seconds * 1e6 / FRAME_US))
        kept = list(islice(reversed(self._frames), wanted))
        return np.concatenate(kept[::-1]) if kept else QUIET[:0]


class Line:
    """A call that was answered."""

    def __init__(self) -> None:
        self.mouth = Mouth()  # of the far end
        self.network = Mouth()  # what the network itself plays to it
        self.said = Record()
        self.heard = Record()
        self.now: Samples = QUIET  # what the far end says in this frame
        self.joined = ""  # the call whose far end this one's is


def hears(line: Line, others: list[Samples]) -> Samples:
    """What the call hears in this frame: what the network plays, else the others, together."""
    return mix(others) if line.network.silent else line.network.frame()
