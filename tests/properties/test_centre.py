"""The centre as a Hypothesis state machine: in memory, with two routers racing; and on SQLite, fewer examples."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from dasan.core.fold import STATES, evolve
from dasan.store.memory import MemoryStore
from dasan.store.opening import open_store
from dasan.store.sealing import Keyring
from tests.properties.machine import Centre

DEEP = settings.default is not None and settings.default.max_examples > 500


class InMemory(Centre):
    replay = ".venv/bin/pytest tests/properties/test_centre.py -k InMemory"

    def make_store(self) -> Any:
        return MemoryStore()


class OnSqlite(Centre):
    racing = False  # a second server on the same file is refused
    replay = ".venv/bin/pytest tests/properties/test_centre.py -k OnSqlite"

    def make_store(self) -> Any:
        self.folder = tempfile.mkdtemp(prefix="dasan-centre-")
        self.kept = open_store(f"sqlite:///{Path(self.folder) / 'x.db'}", Keyring(b"k" * 32), STATES, evolve)
        return self.kept

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.kept.close()
            shutil.rmtree(self.folder)


class OnTheTelephone(InMemory):
    """A morning of calls, two of them in talk: what is said of them is deeper than chance would get."""

    replay = ".venv/bin/pytest tests/properties/test_centre.py -k OnTheTelephone"

    @initialize(n=st.integers(2, 4), talking=st.integers(0, 2))
    def morning(self, n: int, talking: int) -> None:
        for one in range(n):
            self.ring_us(one, "general")
            if one < talking:
                self.calls_are_served()


TestOnTheTelephone = OnTheTelephone.TestCase
TestOnTheTelephone.settings = settings(max_examples=2_000 if DEEP else 150, stateful_step_count=120 if DEEP else 50)
TestInMemory = InMemory.TestCase
TestInMemory.settings = settings(max_examples=2_000 if DEEP else 200, stateful_step_count=120 if DEEP else 60)
TestOnSqlite = OnSqlite.TestCase
TestOnSqlite.settings = settings(max_examples=60 if DEEP else 6, stateful_step_count=60 if DEEP else 40)
