"""A SQLite store in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import opened, postgres  # noqa: F401 - the private PostgreSQL server, shared
from tests.contract.world import Scribe


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "dasan.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture
def store(url: str) -> Iterator[Any]:
    made = opened(url)
    yield made
    made.close()


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()
