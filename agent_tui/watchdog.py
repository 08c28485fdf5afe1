"""How long the console's loop was held up: while it is, keys wait and the clock stands still.

A beat is due every half second; one that comes more than a quarter of a second late is kept and logged. The log is one
small file beside the sign-in, with no word of anybody's in it.
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

BEAT_US = 500_000
LATE_US = 250_000
LOG_BYTES_MAX = 256 * 1024
LOG = logging.getLogger("dasan.desk")


@dataclass(slots=True)
class Lateness:
    """When the next beat is due, how often one was late, and the worst (microseconds)."""

    due: int = 0
    count: int = 0
    worst: int = 0

    def beat(self, now: int) -> int:
        """The lateness of this beat, which is logged, when it is worth a word; else 0."""
        late = now - self.due if self.due else 0
        self.due = now + BEAT_US
        if late <= LATE_US:
            return 0
        self.count += 1
        self.worst = max(self.worst, late)
        LOG.warning("the loop was held up: late_ms=%d times=%d", late // 1000, self.count)
        return late


def log_fault(fault: Exception) -> None:
    """Keep where a fault of ours came from: its kind and the lines it passed, without its words, which may be a
    citizen's."""
    frames = reversed(traceback.extract_tb(fault.__traceback__))
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    LOG.error("a fault of the desk: %s at %s", type(fault).__name__, places)


def log_to(path: Path | None) -> None:
    """Log to ``path`` (two files of at most 256 KiB), or nowhere: a console must not write over its own screen."""
    LOG.propagate = False
    LOG.handlers[:] = [logging.NullHandler()]
    if path is None:
        return
    try:
        handler = RotatingFileHandler(path, maxBytes=LOG_BYTES_MAX, backupCount=1, encoding="utf-8", delay=True)
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.handlers[:] = [handler]
