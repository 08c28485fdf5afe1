"""What our server sends into a call: played in order in real time, with marks and clear as Twilio's buffer has them.

A mark is told back when everything sent before it has been played; ``clear`` drops what has not been played and tells
back every mark that waited. The buffer is bounded; what does not fit is dropped and counted, as a network would rather
lose sound than its memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from channels.media.mulaw import FRAME, RATE, SILENCE

BUFFER_BYTES_MAX = 600 * RATE  # ten minutes
MARKS_MAX = 1_000


class Playback:
    """One stream's buffer."""

    def __init__(self) -> None:
        self._parts: deque[bytes | str] = deque()  # sound, and names of marks
        self._rest = b""
        self._size = 0
        self._marks = 0
        self.dropped = 0

    def __len__(self) -> int:
        """Bytes that wait."""
        return self._size

    def sound(self, mulaw: bytes) -> None:
        """To be played after everything before it."""
        if self._size + len(mulaw) > BUFFER_BYTES_MAX:
            self.dropped += len(mulaw)
            return
        if mulaw:
            self._parts.append(mulaw)
            self._size += len(mulaw)

    def mark(self, name: str) -> list[str]:
        """Marks to be told back at once: that one, when nothing waits before it."""
        if not self._size and not self._marks:
            return [name]
        if self._marks < MARKS_MAX:
            self._parts.append(name)
            self._marks += 1
        return []

    def clear(self) -> list[str]:
        """Forget the sound; the marks that waited."""
        names = [part for part in self._parts if isinstance(part, str)]
        self._parts.clear()
        self._rest = b""
        self._size = self._marks = 0
        return names

    def frame(self) -> tuple[bytes | None, list[str]]:
        """The next twenty milliseconds (None when nothing waits), and the marks passed by them."""
        names: list[str] = []
        got = b"".join(self._taken(names))
        self._size -= len(got)
        names += self._reached()
        if not got:
            return None, names
        return got + SILENCE[len(got) :], names

    def _taken(self, names: list[str]) -> Iterator[bytes]:
        """Sound for one frame."""
        left = FRAME
        while left and (self._rest or self._parts):
            if not self._rest:
                part = self._parts.popleft()
                if isinstance(part, str):
                    self._marks -= 1
                    names.append(part)
                    continue
                self._rest = part
            piece, self._rest = self._rest[:left], self._rest[left:]
            left -= len(piece)
            yield piece

    def _reached(self) -> list[str]:
        """Marks that stand next, with no sound before them."""
        names: list[str] = []
        while not self._rest and self._parts and isinstance(self._parts[0], str):
            names.append(str(self._parts.popleft()))
            self._marks -= 1
        return names
