"""Recordings of prompts on disk: what a flow names, whether a telephone network can play it, what still has no voice.

They lie in one folder (``ivr.recordings``) under the names that flows give them. Publishing takes a copy under the hash
of its bytes (dasan/server/flowshelf.py), so a file may be replaced here at any time: calls hear it after the next
publication, and a call that runs never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from channels.media import sound
from channels.media.sound import Sound, Unplayable
from ivr.check import prompts
from ivr.flow import read, recordings_named
from ivr.lint.network import RECORDING

FILES_MAX = 5_000
TEXT_SHOWN = 60
Why = tuple[str, str]


def named(folder: Path, texts: Mapping[str, str], main: str) -> dict[str, bytes | Why]:
    """What the flow ``main`` names, by name: its bytes, or why they cannot be played. Raises ConfigWrong."""
    return {name: _named(folder, name) for name in sorted(recordings_named(read(texts), main))}


def judged(folder: Path, texts: Mapping[str, str], main: str) -> dict[str, Why | None]:
    """Everything in the folder by name; why not, for what the flow names and nobody could hear. As the lint takes it.
    A file that the flow names and that is not there is left out."""
    try:
        there = sorted(path.name for path in folder.iterdir() if path.suffix in {".wav", ".mp3"})[:FILES_MAX]
    except OSError:
        there = []
    mine = recordings_named(read(texts), main).intersection(there)
    return {name: _why(_body(folder / name)) if name in mine else None for name in there}


def _named(folder: Path, name: str) -> bytes | Why:
    if not RECORDING.fullmatch(name):  # nothing outside the folder is read
        return "녹음의 이름이 아닙니다.", "This is no name of a recording."
    return _body(folder / name)


def _why(found: bytes | Why) -> Why | None:
    return found if isinstance(found, tuple) else None


def _body(path: Path) -> bytes | Why:
    try:
        if path.stat().st_size > sound.BYTES_MAX:
            raise Unplayable(f"{sound.BYTES_MAX:,}바이트를 넘습니다.", f"It is larger than {sound.BYTES_MAX:,} bytes.")
        body = path.read_bytes()
        if sound.read(body).kind != path.suffix[1:]:
            raise Unplayable("이름의 끝과 내용이 다릅니다.", "It is not what its name ends in.")
    except OSError:
        return "파일이 없거나 읽을 수 없습니다.", "It is not there, or cannot be read."
    except Unplayable as wrong:
        return wrong.ko, wrong.en
    return body


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt in one language: where it stands, its words, its recording ("" none) and what is wrong with that."""

    where: str
    language: str
    text: str
    audio: str = ""
    found: Sound | None = None
    why: Why | None = None


def rows(folder: Path, texts: Mapping[str, str], main: str) -> Iterator[Row]:
    """Every prompt of a flow and its subflows. Raises ConfigWrong for files that are no flow."""
    units, there = read(texts), named(folder, texts, main)
    for unit in units.values():
        for path, prompt in prompts(unit.document):
            where = ".".join((unit.name, *(str(part) for part in path[1:] if part not in {"say", 0})))
            for language, text in prompt.texts.items():
                audio = prompt.audio.get(language, "")
                body = there.get(audio)
                if isinstance(body, bytes):
                    yield Row(where, language, text, audio, sound.read(body))
                else:
                    yield Row(where, language, text, audio, why=body)


def line(row: Row) -> str:
    """A row for people."""
    said = " ".join(row.text.split())
    said = said if len(said) <= TEXT_SHOWN else said[: TEXT_SHOWN - 1] + "…"
    if row.why is not None:
        return f"! {row.language} {row.where}: {row.audio}: {row.why[0]}\n{'':5}{row.why[1]}"
    if row.found is not None:
        return f"♪ {row.language} {row.where}: {row.audio} ({row.found.seconds:.1f} s)  {said}"
    mark = f"♪ {row.language} {row.where}: {row.audio} " if row.audio else f"  {row.language} {row.where}:"
    return f"{mark} {said}"
