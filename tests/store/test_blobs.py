"""Photos: on disk before they have a row, sealed, and gone with their session's key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dasan.core.errors import Refused, StorageFull
from dasan.core.ids import BLOB, is_id
from dasan.store.blobs import FileBlobs, MemoryBlobs
from dasan.store.memory import MemoryStore
from tests.contract.conftest import opened
from tests.contract.world import Scribe
from tests.store.ids import SeededIds

PHOTO = bytes(range(256)) * 40


@pytest.fixture(params=["memory", "files"])
def room(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    store: Any = MemoryStore() if request.param == "memory" else opened(url)
    ids = SeededIds()
    yield store, MemoryBlobs(store, ids) if request.param == "memory" else FileBlobs(store, tmp_path / "b", ids)
    store.close()


def test_a_photo_comes_back_as_it_was(room: tuple[Any, Any], scribe: Scribe) -> None:
    store, blobs = room
    scribe.open(store, "s_1")
    blob = blobs.put("s_1", PHOTO, "image/webp")
    assert is_id(blob, BLOB)
    assert blobs.get(blob) == (PHOTO, "image/webp")
    line = blobs.line(blob)
    assert (line.session, line.media_type, line.size) == ("s_1", "image/webp", len(PHOTO))
    assert blobs.of("s_1") == [line]
    assert blobs.get("b_none") is None
    assert blobs.line("b_none") is None
    assert blobs.of("s_2") == []


def test_an_erased_session_takes_its_photos(room: tuple[Any, Any], scribe: Scribe) -> None:
    store, blobs = room
    for stream in ("s_1", "s_2"):
        scribe.open(store, stream)
    gone, kept = blobs.put("s_1", PHOTO, "image/png"), blobs.put("s_2", PHOTO, "image/png")
    scribe.erase(store, "s_1")
    assert blobs.get(gone) is None
    assert blobs.sweep() == 1
    assert blobs.sweep() == 0
    assert blobs.get(kept) == (PHOTO, "image/png")
    with pytest.raises(Refused) as refused:
        blobs.put("s_1", PHOTO, "image/png")
    assert refused.value.code == "erased"


def test_a_photo_of_no_session_is_refused(room: tuple[Any, Any]) -> None:
    with pytest.raises(Refused) as refused:
        room[1].put("s_none", PHOTO, "image/png")
    assert refused.value.code == "no_key"


def test_files_without_a_row_are_swept_and_files_lost_or_changed_are_not_shown(
    store: Any, scribe: Scribe, tmp_path: Path
) -> None:
    folder = tmp_path / "blobs"
    blobs = FileBlobs(store, folder, SeededIds())
    scribe.open(store, "s_1")
    lost, bent = (blobs.put("s_1", PHOTO, "image/png") for _ in range(2))
    (folder / "zz").mkdir()
    (folder / "zz" / "b_stray").write_bytes(b"left by a crash")
    assert blobs.sweep() == 1
    assert not (folder / "zz" / "b_stray").exists()
    next(folder.glob(f"*/{lost}")).unlink()
    path = next(folder.glob(f"*/{bent}"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert blobs.get(lost) is None
    assert blobs.get(bent) is None


def test_a_photo_that_cannot_be_written_leaves_no_row(store: Any, scribe: Scribe, tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    blobs = FileBlobs(store, folder, SeededIds())
    scribe.open(store, "s_1")
    folder.rmdir()
    folder.write_bytes(b"a file stands where the folder was")
    with pytest.raises(StorageFull):
        blobs.put("s_1", PHOTO, "image/png")
    assert blobs.of("s_1") == []
