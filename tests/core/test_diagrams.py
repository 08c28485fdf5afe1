"""The document of the state machines is what the tables draw now."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasan.core.diagram import MACHINES, document
from dasan.core.machine import Machine

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "state-machines.md"


def test_the_document_is_fresh() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), "make it again by the command that stands in it"


@pytest.mark.parametrize("machine", [m for _, _, m in MACHINES], ids=lambda m: m.name)
def test_every_arrow_stands_in_the_document(machine: Machine) -> None:
    text = DOCUMENT.read_text("utf-8")
    for (source, event), target in machine.arrows.items():
        assert f"| {source} | `{event}` | {target} |" in text
