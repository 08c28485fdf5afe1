"""On which line of a TOML file a key stands, for error messages.

tomllib gives values without places. This reads only table headers and the keys that begin a line, which is how people
write settings; a key inside an inline table is answered with the line of what holds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Path_ = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*\[(\[)?\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"^\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")
_LONG = re.compile(r'"""|\'\'\'')


def lines_of_keys(text: str) -> dict[Path_, int]:
    """Each key's path, arrays of tables counted from 0, to its line, counted from 1."""
    found: dict[Path_, int] = {}
    counts: dict[Path_, int] = {}
    table: Path_ = ()
    inside = False  # a string over several lines
    for number, line in enumerate(text.splitlines(), 1):
        if not inside:
            if header := _HEADER.match(line):
                table = _table(header, counts)
                found.setdefault(table, number)
            elif key := _KEY.match(line):
                for path in _prefixes(table, _parts(key[1])):
                    found.setdefault(path, number)
        inside ^= len(_LONG.findall(line)) % 2 == 1
    return found


def line_of(path: Path_, lines: Mapping[Path_, int]) -> int:
    """The line of ``path``, else of the nearest thing that holds it, else of the first it holds; else 0."""
    above = (lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines)
    below = (line for key, line in lines.items() if key[: len(path)] == path)
    return next(above, 0) or next(below, 0)


def _parts(written: str) -> Path_:
    return tuple(part.strip("\"'") for part in _PART.findall(written))


def _prefixes(table: Path_, parts: Path_) -> list[Path_]:
    return [table + parts[:n] for n in range(1, len(parts) + 1)]


def _table(header: re.Match[str], counts: dict[Path_, int]) -> Path_:
    path: Path_ = ()
    parts = _parts(header[2])
    for n, part in enumerate(parts, 1):
        path += (part,)
        last = n == len(parts)
        if header[1] and last:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:  # [[queues]] a second time, or a table inside its last element
            path += (counts[path],)
    return path
