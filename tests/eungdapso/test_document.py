"""docs/eungdapso.md says what the tables say."""

from __future__ import annotations

from pathlib import Path

from dasan.eungdapso.desk.document import drawn, renewed

PAGE = Path(__file__).parents[2] / "docs" / "eungdapso.md"


def test_the_generated_parts_of_the_document_are_fresh() -> None:
    text = PAGE.read_text("utf-8")
    assert renewed(text) == text, "run: python -m dasan.eungdapso.desk.document docs/eungdapso.md"
    assert all(f"<!-- generated: {name} -->" in text for name in drawn())


def test_the_document_names_what_was_never_tried() -> None:
    text = PAGE.read_text("utf-8")
    assert "no public programming interface" in text
    assert "The\nremaining window" in text
