"""The one byte form of an event in its place; the journal's hash is taken over these lines, on every store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dasan.core.codec import quick

_canonical = quick(json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False))


def line_of(place: Sequence[Any], data: Any) -> bytes:
    """``place`` is (stream, seq, type, version, at_us, actor, cause); ``data`` the event's own."""
    return (_canonical([*place, data]) + "\n").encode()
