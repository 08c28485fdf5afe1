"""One-time links to photos: a counselor's browser opens one within two minutes, once; a voice message, which a player
asks for piece by piece, as often as it likes in that time. A talk's recording is opened so too (desk/hearing.py).

The link holds 256 random bits and no name; it is minted only after the console's right was checked, and
kept in memory alone, so a restart forgets it. The picture itself stays encrypted on disk until it is looked at.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from dasan.core.time import SECOND
from dasan.ports import Clock

VALID_S = 120
KEPT_MAX = 4_096
PATH = "/desk/photos/"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a link opens."""

    blob: str
    counselor: str
    until_us: int


class PhotoLinks:
    """Mint and spend links; ``base`` is the public address."""

    def __init__(self, clock: Clock, base: str) -> None:
        self._clock, self._base = clock, base
        self._grants: OrderedDict[str, Grant] = OrderedDict()

    def mint(self, blob: str, counselor: str) -> str:
        """An address that shows ``blob`` once."""
        key = secrets.token_urlsafe(32)
        self._grants[key] = Grant(blob, counselor, self._clock.now_us() + VALID_S * SECOND)
        while len(self._grants) > KEPT_MAX:
            self._grants.popitem(last=False)
        return f"{self._base}{PATH}{key}"

    def spend(self, key: str) -> Grant | None:
        """What the link opens, the first time and in time; else None."""
        grant = self._grants.pop(key, None)
        return grant if grant is not None and grant.until_us > self._clock.now_us() else None

    def keep(self, key: str, grant: Grant) -> None:
        """What was opened is sound: the link holds until its time is over."""
        self._grants[key] = grant
