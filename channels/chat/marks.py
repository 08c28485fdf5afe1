"""How far a page has received and read, told to the broker at most once in a while (ARCHITECTURE §5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# Called with how far, and whether that was read or only delivered.
Submit = Callable[[int, bool], None]


class Marks:
    """Keeps the highest; ``submit`` is called at most once in ``every_s`` for each of the two, and only going up."""

    __slots__ = ("_delivered", "_every_s", "_read", "_submit", "_timer", "_told")

    def __init__(self, every_s: float, submit: Submit) -> None:
        self._every_s = every_s
        self._submit = submit
        self._timer: asyncio.TimerHandle | None = None
        self.reset()

    def reset(self) -> None:
        """Another session is shown."""
        self._delivered = self._read = 0
        self._told = (0, 0)

    def note(self, n: int, read: bool) -> None:
        """The page has everything up to ``n``."""
        self._delivered = max(self._delivered, n)
        self._read = max(self._read, n) if read else self._read
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self.flush)

    def flush(self) -> None:
        """Tell what is new. Reading includes having received."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        delivered, read = self._told
        if self._read > read:
            self._submit(self._read, True)
        if self._delivered > max(delivered, self._read):
            self._submit(self._delivered, False)
        self._told = (max(self._delivered, self._read), self._read)
