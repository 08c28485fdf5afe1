"""Articles out to a file that can be edited and imported again: one row a wording, our column names.

A CSV cell that a spreadsheet would take for a formula gets an apostrophe before it; the import takes it off again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl

from knowledge_base.exchange.check import COLUMNS
from knowledge_base.model import Stored, iso_or_blank
from knowledge_base.store import Database, all_articles

_FORMULA = ("=", "+", "-", "@", "\t")


def export_rows(items: list[Stored]) -> Iterator[dict[str, str]]:
    """One mapping of our column names to text for each wording of each article."""
    for item in items:
        article = item.article
        facts = {
            "category": article.category,
            "district": article.district,
            "department": article.department,
            "phone": article.phone,
            "source": article.source,
            "owner": article.owner,
            "checked_on": iso_or_blank(article.checked_on),
            "expires_on": iso_or_blank(article.expires_on),
            "status": article.status,
            "example": "1" if article.example else "",
        }
        for language, wording in article.wordings.items():
            spoken = {"language": language, "question": wording.question, "answer": wording.answer}
            yield {"id": article.external_id} | spoken | facts


def write_export(database: Database, path: Path) -> int:
    """Write every article to ``path`` (.csv, .xlsx or .jsonl); the number of rows. ValueError for another kind."""
    rows = list(export_rows(all_articles(database)))
    kind = path.suffix.lower()
    if kind == ".jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    elif kind == ".csv":
        path.write_text(_csv(rows), encoding="utf-8-sig", newline="")
    elif kind == ".xlsx":
        _write_xlsx(path, rows)
    else:
        raise ValueError(f"unknown kind of file: {path.name} (use .csv, .xlsx or .jsonl)")
    return len(rows)


def _csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(COLUMNS))
    writer.writeheader()
    writer.writerows({name: defused(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def defused(value: str) -> str:
    """``value`` so that a spreadsheet shows it as text."""
    return "'" + value if value.startswith(_FORMULA) else value


def _write_xlsx(path: Path, rows: list[dict[str, str]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("articles")
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([defused(row.get(name, "")) for name in COLUMNS])
    book.save(path)
