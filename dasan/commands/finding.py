"""What `dasan check` says of one thing that it looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    level: Literal["good", "warn", "bad"]
    korean: str
    english: str


Findings = Iterator[Finding]
