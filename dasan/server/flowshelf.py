"""Where versions of the menu are kept: a folder of files, read by servers and changed by the command line.

``registry.json`` says which versions there are, how far each came and which one new calls get; the files of a version
lie beside it under their hash and never change. Both are written whole to a new name, synced and renamed, the version
before the list that names it, so that a reader sees the old state or the new one and a crash leaves nothing half.
Who changes the list holds a lock; readers need none. A version is kept as long as the list names it: calls that run
finish on theirs, also over a restart. Recordings that versions name lie beside them under the hash of their bytes,
and never change either.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from dasan.core.errors import ConfigWrong, Problem
from ivr.registry import Registry, Version, dump, load

LIST, LOCK, TEXTS, RECORDINGS = "registry.json", ".lock", "versions", "recordings"
_RECORDING = re.compile(r"[0-9a-f]{64}\.(wav|mp3)")


class FlowShelf:
    """A registry in ``folder`` (ivr.registry.Shelf). The folder is made when something is first written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> Registry:
        """What is kept; an empty one at first. Raises ConfigWrong when the files are not ours, OSError."""
        try:
            data = json.loads((self._folder / LIST).read_text("utf-8"))
            for ref, version in data["versions"].items():
                version["texts"] = json.loads(self._texts(ref).read_text("utf-8"))
        except FileNotFoundError as missing:
            if not (self._folder / LIST).exists():
                return Registry()
            raise _unreadable(self._folder) from missing
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(self._folder) from error
        return load(data)

    def stamp(self) -> tuple[int, int]:
        """Changes when the list did; (0, 0) when there is none. For servers that follow it."""
        try:
            stat = (self._folder / LIST).stat()
        except FileNotFoundError:
            return 0, 0
        return stat.st_mtime_ns, stat.st_ino

    def write(self, registry: Registry) -> None:
        """Keep this instead, durably. Raises OSError; then what was kept before stands."""
        (self._folder / TEXTS).mkdir(parents=True, exist_ok=True)
        for ref, version in registry.versions.items():
            if not self._texts(ref).exists():
                _put(self._texts(ref), _json(dict(version.texts)))
        bare = {ref: _bare(version) for ref, version in registry.versions.items()}
        _put(self._folder / LIST, _json(dump(replace(registry, versions=bare))))

    @contextmanager
    def changing(self) -> Iterator[Registry]:
        """What is kept, while nobody else changes it; :meth:`write` inside."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.read()

    def keep_map(self, name: str, page: str) -> Path:
        """The service map of what is published of a flow, for people to read; where it lies. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}.map.md"
        _put(path, page)
        return path

    def keep_recording(self, body: bytes, kind: str) -> str:
        """A recording of that kind (wav, mp3); the name of its bytes, by which it is found. Raises OSError."""
        name = f"{hashlib.sha256(body).hexdigest()}.{kind}"
        path = self._folder / RECORDINGS / name
        if self.recording(name) is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _put(path, body)
        return name

    def recording(self, name: str) -> bytes | None:
        """The bytes of that name; None when they are not here, or are others (a disk that lies)."""
        try:
            body = (self._folder / RECORDINGS / name).read_bytes() if _RECORDING.fullmatch(name) else b""
        except OSError:
            return None
        return body if hashlib.sha256(body).hexdigest() == name.partition(".")[0] else None

    def has_recording(self, name: str) -> bool:
        """Whether it lies here."""
        return _RECORDING.fullmatch(name) is not None and (self._folder / RECORDINGS / name).is_file()

    def _texts(self, ref: str) -> Path:
        return self._folder / TEXTS / f"{ref.rpartition(':')[2]}.json"


def _bare(version: Version) -> Version:
    return replace(version, texts={})


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _put(path: Path, text: str | bytes) -> None:
    new = path.with_name(path.name + ".new")
    with new.open("wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unreadable(folder: Path) -> ConfigWrong:
    ko = "메뉴 판의 목록을 읽을 수 없습니다. 백업에서 되돌리거나 폴더를 옮기고 다시 게시하십시오."
    en = "The list of menu versions cannot be read; restore it, or move the folder away and publish again."
    return ConfigWrong((Problem("flows", ko, en, file=str(folder / LIST)),))
