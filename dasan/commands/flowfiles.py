"""Flow files on disk: a file with the subflows beside it that it needs, by name.

A flow's parts lie in one folder. Only what is reached is read, so an unfinished neighbour does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dasan.core.errors import ConfigWrong, Problem

BYTES_MAX = 2_000_000
_FLOW = re.compile(r"^flow:\s*[\"']?([a-z][a-z0-9_]*)", re.M)
_RUNS = re.compile(r"^\s+flow:\s*[\"']?([a-z][a-z0-9_]*)|[{,]\s*flow:\s*[\"']?([a-z][a-z0-9_]*)", re.M)


@dataclass(frozen=True, slots=True)
class Files:
    """``texts`` by file name as it is told to people, ``main`` the flow's name, ``path`` the file asked for."""

    path: Path
    main: str
    texts: Mapping[str, str]


def gather(path: Path) -> Files:
    """The flow in ``path`` and what it runs. Raises ConfigWrong when there is no flow in it, OSError."""
    own = _read(path)
    found = _FLOW.search(own)
    if found is None:
        ko, en = "흐름 파일이 아닙니다('flow: 이름'이 없습니다).", "This is no flow file: there is no 'flow: name'."
        raise ConfigWrong((Problem("flow", ko, en, file=str(path), line=1),))
    beside = _beside(path)
    texts, waiting = {str(path): own}, [own]
    while waiting:
        for name in _runs(waiting.pop()):
            at = beside.get(name)
            if at is not None and str(at) not in texts:
                texts[str(at)] = _read(at)
                waiting.append(texts[str(at)])
    return Files(path, found[1], texts)


def callers(path: Path) -> list[Files]:
    """The flows beside ``path`` that run it and that nothing else runs; itself when nothing runs it."""
    name = gather(path).main
    every = [gather(at) for at in _beside(path).values()]
    run = {one for files in every for text in files.texts.values() for one in _runs(text)}
    above = [files for files in every if files.main not in run and str(path) in files.texts]
    return above if name in run and above else [gather(path)]


def _runs(text: str) -> set[str]:
    return {a or b for a, b in _RUNS.findall(text)}


def _beside(path: Path) -> dict[str, Path]:
    """Flow name to file, in the folder of ``path``; the file asked for goes before another of the same name."""
    made: dict[str, Path] = {}
    for at in sorted(path.parent.glob("*.y*ml"), key=lambda one: (one != path, one.name)):
        try:
            found = _FLOW.search(_read(at))
        except (ConfigWrong, OSError):
            continue
        if found:
            made.setdefault(found[1], at)
    return made


def _read(path: Path) -> str:
    if path.stat().st_size > BYTES_MAX:
        ko, en = f"{BYTES_MAX}바이트를 넘습니다.", f"The file is longer than {BYTES_MAX} bytes."
        raise ConfigWrong((Problem("", ko, en, file=str(path)),))
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        ko, en = "UTF-8 글자가 아닙니다.", "The file is not UTF-8."
        raise ConfigWrong((Problem("", ko, en, file=str(path)),)) from None
