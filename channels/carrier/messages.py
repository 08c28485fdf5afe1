"""Short messages, out and in (built on webhooks; see rest/messages.py)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Message:
    """One short message."""

    sid: str
