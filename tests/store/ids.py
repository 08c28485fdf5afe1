"""Ids that are the same in every run."""

from __future__ import annotations

import random

from dasan.core import ids
from tests.contract.world import NOON


class SeededIds:
    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._at_us = NOON

    def new(self, kind: str) -> str:
        self._at_us += 1000
        return ids.make(kind, self._at_us, self._random.getrandbits(80))

    def jitter(self) -> float:
        return self._random.random()
