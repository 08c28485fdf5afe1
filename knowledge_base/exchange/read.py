"""Files as rows of named cells. Sizes are bounded before anything is unpacked.

A row is (its number in the file, {column: text}); the number is what a person sees in the spreadsheet.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl

from knowledge_base.exchange.problems import FileProblemError, Problem

FILE_BYTES_MAX = 64 * 1024 * 1024
UNPACKED_BYTES_MAX = 512 * 1024 * 1024  # an XLSX is a zip: a small file may hide a huge one
ROWS_MAX = 200_000
CELL_CHARS_MAX = 20_000
_SHOWN = 40

Row = tuple[int, dict[str, str]]


def read_rows(path: Path) -> list[Row]:
    """The rows of a .csv, .xlsx or .jsonl file. Raises FileProblemError; OSError when it cannot be opened."""
    kind = path.suffix.lower()
    reader = _READERS.get(kind)
    if reader is None:
        raise FileProblemError(Problem(0, "", "unknown_kind", value=kind or path.name))
    size = path.stat().st_size
    if size > FILE_BYTES_MAX:
        raise FileProblemError(Problem(0, "", "too_large", value=_megabytes(size), hint=_megabytes(FILE_BYTES_MAX)))
    rows: list[Row] = []
    for row in reader(path.read_bytes()):
        if len(rows) >= ROWS_MAX:
            raise FileProblemError(Problem(row[0], "", "too_many_rows", hint=str(ROWS_MAX)))
        rows.append(row)
    return rows


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MB"


def decode(data: bytes) -> str:
    """Text in UTF-8 (with or without BOM), UTF-16 with BOM, or CP949, which Korean Excel writes."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        tries: tuple[str, ...] = ("utf-16",)
    else:
        tries = ("utf-8-sig", "cp949")
    for encoding in tries:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileProblemError(Problem(0, "", "not_text"))


def _csv_rows(data: bytes) -> Iterator[Row]:
    text = decode(data)
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not header:
                header = [cell.strip() for cell in cells]
                _refuse_doubled(header)
            elif any(cell.strip() for cell in cells):
                yield line, dict(zip(header, cells, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileProblemError(Problem(reader.line_num, "", "bad_csv", value=str(error))) from error


def _refuse_doubled(header: list[str]) -> None:
    for name in header:
        if name and header.count(name) > 1:
            raise FileProblemError(Problem(1, "", "doubled_column", value=name))


def _jsonl_rows(data: bytes) -> Iterator[Row]:
    for number, line in enumerate(decode(data).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise FileProblemError(Problem(number, "", "not_json", value=line[:_SHOWN]))
        for key, value in values.items():
            if isinstance(value, (list, dict)):
                raise FileProblemError(Problem(number, str(key)[:_SHOWN], "not_plain", value=str(value)[:_SHOWN]))
        yield number, {str(key): _cell(value) for key, value in values.items()}


def _xlsx_rows(data: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > UNPACKED_BYTES_MAX:
            limit = _megabytes(UNPACKED_BYTES_MAX)
            raise FileProblemError(Problem(0, "", "too_large", value=_megabytes(unpacked), hint=limit))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise FileProblemError(Problem(0, "", "not_xlsx")) from error
    try:
        header: list[str] = []
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            texts = [_cell(cell) for cell in cells]
            if not header:
                header = [text.strip() for text in texts]
                _refuse_doubled(header)
            elif any(text.strip() for text in texts):
                yield number, {name: text for name, text in zip(header, texts, strict=False) if name}
    finally:
        book.close()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:CELL_CHARS_MAX]


_READERS: dict[str, Callable[[bytes], Iterator[Row]]] = {
    ".csv": _csv_rows,
    ".tsv": _csv_rows,
    ".jsonl": _jsonl_rows,
    ".xlsx": _xlsx_rows,
}
