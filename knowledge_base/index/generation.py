"""One complete picture of the articles on disk, and the pointer to the one that counts.

A generation is written into a new directory (whoosh's files, and the arrays made from them as a sidecar), synced to
disk file by file, and only then does the pointer file change, by rename. Whoever dies half-way leaves the old picture
in force and a directory that the next build sweeps away. A sidecar that is missing or damaged is made again from
whoosh; a generation that cannot be read at all is as good as none: the database is the truth.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge_base.analysis.views import VIEWS, Terms
from knowledge_base.index.impact import Impacts
from knowledge_base.index.segment import DocKey, Segment
from knowledge_base.index.trust import ensure_ours

_POINTER, _LOCK, _SIDECAR, _META = "current", "build.lock", "arrays", "meta.json"
_ARRAYS = ("starts", "docs", "values", "frequencies")
_KEPT = 2  # the one in force and the one before it, which a slow reader may still be opening

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Generation:
    """A picture: its directory's name, the revision and analysis it was made from, and its documents."""

    name: str
    revision: int
    analysis: str
    segment: Segment


@contextmanager
def building(root: Path) -> Iterator[bool]:
    """Hold the right to build in ``root``; False when another process is at it. Freed by the system if we die."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def write_generation(root: Path, documents: Iterable[tuple[DocKey, Terms]], *, revision: int, analysis: str) -> str:
    """Write and put in force a new generation; its name. The caller holds :func:`building`. OSError if disk is full."""
    from knowledge_base.index.lexicon import read_lexicon, write_lexicon  # noqa: PLC0415 - readers need no whoosh

    directory = Path(tempfile.mkdtemp(prefix="g-", dir=root))
    try:
        write_lexicon(directory, documents)
        _write_sidecar(directory, read_lexicon(directory))
        meta = {"revision": revision, "analysis": analysis}
        (directory / _META).write_text(json.dumps(meta), encoding="utf-8")
        for file in directory.rglob("*"):
            _sync(file)
        _sync(directory)
        _point_to(root, directory.name)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    sweep(root)
    return directory.name


def current_name(root: Path) -> str:
    """The name of the generation in force, or ``""``."""
    try:
        return (root / _POINTER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def load_current(root: Path) -> Generation | None:
    """The generation in force, from its arrays or else from whoosh; None when there is none that can be read."""
    name = current_name(root)
    if not name or "/" in name or not name.startswith("g-"):
        return None
    try:
        return _load(root, name)
    except Exception as error:  # the edge to files anybody may have damaged, read by a library that raises anything
        log.warning("index generation unreadable", extra={"generation": name, "reason": repr(error)})
        return None


def _load(root: Path, name: str) -> Generation:
    directory = root / name
    ensure_ours(directory)
    meta = json.loads((directory / _META).read_text(encoding="utf-8"))
    try:
        segment = _read_sidecar(directory)
    except (OSError, ValueError, KeyError, EOFError) as error:
        log.warning("index arrays unreadable, reading whoosh", extra={"generation": name, "reason": repr(error)})
        from knowledge_base.index.lexicon import read_lexicon  # noqa: PLC0415

        segment = read_lexicon(directory)
        shutil.rmtree(directory / _SIDECAR, ignore_errors=True)
        _write_sidecar(directory, segment)
    return Generation(name, int(meta["revision"]), str(meta["analysis"]), segment)


def sweep(root: Path) -> None:
    """Remove generations that nobody needs: all but the one in force and the newest other."""
    name = current_name(root)
    others = [path for path in root.glob("g-*") if path.is_dir() and path.name != name]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _write_sidecar(directory: Path, segment: Segment) -> None:
    sidecar = directory / _SIDECAR
    sidecar.mkdir(mode=0o700)
    facts: dict[str, object] = {"size": len(segment.keys)}
    keys = [[key.article_id, key.language, key.content_hash] for key in segment.keys]
    (sidecar / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    for view, impacts in segment.views.items():
        for array in _ARRAYS:
            np.save(sidecar / f"{view}.{array}.npy", getattr(impacts, array))
        (sidecar / f"{view}.terms").write_text("\n".join(impacts.vocabulary), encoding="utf-8")
        facts[view] = impacts.mean_lengths
    facts["bytes"] = {file.name: file.stat().st_size for file in sidecar.iterdir()}
    (sidecar / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def _read_sidecar(directory: Path) -> Segment:
    sidecar = directory / _SIDECAR
    facts = json.loads((sidecar / "facts.json").read_text(encoding="utf-8"))
    for name, size in facts["bytes"].items():
        if (sidecar / name).stat().st_size != size:
            raise ValueError(f"{name} is not whole")
    keys = tuple(DocKey(*key) for key in json.loads((sidecar / "keys.json").read_text(encoding="utf-8")))
    if len(keys) != facts["size"]:
        raise ValueError("keys do not match")
    return Segment(keys, {view: _read_view(sidecar, view, len(keys), facts[view]) for view in VIEWS})


def _read_view(sidecar: Path, view: str, size: int, means: list[float]) -> Impacts:
    text = (sidecar / f"{view}.terms").read_text(encoding="utf-8")
    vocabulary = {term: i for i, term in enumerate(text.split("\n"))} if text else {}
    arrays = {}
    for array in _ARRAYS:
        mapped = np.load(sidecar / f"{view}.{array}.npy", mmap_mode="r", allow_pickle=False)
        arrays[array] = mapped.view(np.ndarray)  # still on disk, but slicing it costs a third
    if len(arrays["starts"]) != len(vocabulary) + 1 or int(arrays["starts"][-1]) != len(arrays["docs"]):
        raise ValueError(f"{view} does not match its terms")
    return Impacts(size, vocabulary, mean_lengths=(means[0], means[1]), **arrays)


def _point_to(root: Path, name: str) -> None:
    fresh = root / (_POINTER + ".new")
    fresh.write_text(name, encoding="utf-8")
    _sync(fresh)
    fresh.replace(root / _POINTER)
    _sync(root)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
