"""What a call left behind: recordings of its talk and messages, which of them are still here, and until when.

``retention`` is the class whose days the operator sets (settings, [voice]). What is gone is kept in mind as that: so it
is not fetched home a second time, and whoever asks for it hears that there was one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed

RECORDING, VOICEMAIL = "recording", "voicemail"
FOLDS = ("recording.kept", "recording.gone")


@dataclass(frozen=True, slots=True)
class Kept:
    """``blob`` holds it, unless ``gone`` says why not; ``at_us`` is when it came here, ``sid`` the network's name."""

    blob: str
    seconds: int
    kind: str
    retention: str
    at_us: int
    gone: str = ""
    sid: str = ""


def of(kept: tuple[Kept, ...], blob: str) -> Kept | None:
    """That one."""
    return next((one for one in kept if one.blob == blob), None)


def is_home(kept: tuple[Kept, ...], sid: str) -> bool:
    """Whether that recording of the network came here, whatever became of it."""
    return any(one.sid == sid for one in kept)


def folded(kept: tuple[Kept, ...], e: Any, at_us: int) -> tuple[Kept, ...]:
    """They after one of FOLDS."""
    if e.type == "recording.kept":
        return (*kept, Kept(e.blob, e.seconds, e.kind, e.retention, at_us, sid=e.sid))
    return tuple(changed(one, gone=e.reason) if one.blob == e.blob else one for one in kept)
