"""I27: nothing a citizen said or is called lies readable in the database; erasing destroys a key, not the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from dasan.store import admin
from tests.contract.conftest import opened
from tests.contract.postgres import Cluster
from tests.contract.world import KOREAN, PHONE, STATES, Scribe, evolve
from tests.store.ids import SeededIds

NAME = "홍길동"
PLACE = "서울특별시 중구 세종대로 110"
DRAFT = "홍길동 님, 가로등은 내일"
PHOTO = b"\x89PNG the picture of a street lamp"
WORDS = (KOREAN, PHONE, NAME, PLACE, DRAFT)
SECRETS = [text.encode(form) for text in WORDS for form in ("utf-8", "utf-16-le")] + [PHOTO]


def everything(folder: Path) -> bytes:
    """Every byte the store keeps: the database, its log, blobs, whatever else."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def talk(store: Any, scribe: Scribe, stream: str) -> None:
    scribe.open(store, stream, addresses_open=[(store.keyed(PHONE), stream, stream)])
    for text in (KOREAN, f"{NAME}입니다", PLACE):
        scribe.say(store, stream, text, drafts=[("k_1", stream, DRAFT)])


def test_no_word_number_or_name_is_readable_in_the_files(store: Any, scribe: Scribe, tmp_path: Path) -> None:
    from dasan.store.blobs import FileBlobs

    talk(store, scribe, "s_1")
    FileBlobs(store, tmp_path / "blobs", SeededIds()).put("s_1", PHOTO, "image/png")
    kept = everything(tmp_path)
    assert (tmp_path / "dasan.db-wal").stat().st_size > 0
    assert [secret for secret in SECRETS if secret in kept] == []
    assert store.reads.entries("s_1")[0].body == KOREAN.encode()
    assert b"s_1" in kept  # the scan sees what is not sealed


def test_erasing_destroys_the_key_and_the_journal_folds_to_the_same_hash(
    store: Any, url: str, scribe: Scribe, tmp_path: Path
) -> None:
    talk(store, scribe, "s_1")
    talk(store, scribe, "s_2")
    before = [(p, r) for p, r in store.reads.journal()]
    position, digest = admin.journal_hash(url)
    wrapped = wrapped_key(store, "s_1")
    assert wrapped in everything(tmp_path)

    scribe.erase(store, "s_1")

    assert wrapped_key(store, "s_1") is None
    assert wrapped not in everything(tmp_path), "a copy of the destroyed key is left in the files"
    assert [(p, r) for p, r in store.reads.journal()][: len(before)] == before
    state = None
    for recorded in store.reads.events("s_1"):
        state = evolve(state, recorded)
    assert store.reads.load("s_1").state == state
    assert [entry.body for entry in store.reads.entries("s_1")] == [None, None, None]
    assert [draft.session for draft in store.reads.drafts("k_1")] == ["s_2"]
    assert store.reads.entries("s_2")[0].body == KOREAN.encode()
    after, _ = admin.journal_hash(url)
    assert after == position + 1
    assert hash_up_to(store, position) == digest
    assert admin.verify(url, STATES, evolve) == []


def test_what_was_erased_stays_erased_after_a_restart(url: str, scribe: Scribe) -> None:
    store = opened(url)
    talk(store, scribe, "s_1")
    scribe.erase(store, "s_1")
    store.close()
    again = opened(url)
    assert again.reads.contents(["c_s_1_1"]) == {"c_s_1_1": None}
    again.close()


def wrapped_key(store: Any, key: str) -> Any:
    return store.reads._rows("SELECT wrapped FROM content_keys WHERE key_id = ?", key)[0][0]


def hash_up_to(store: Any, position: int) -> str:
    import hashlib

    from dasan.store.memory import journal_line

    total = hashlib.sha256()
    for at, recorded in store.reads.journal():
        if at <= position:
            total.update(journal_line(recorded))
    return total.hexdigest()


@pytest.mark.postgres
def test_no_word_number_or_name_is_readable_in_postgresqls_files(postgres: Cluster, scribe: Scribe) -> None:
    url = postgres.fresh()
    store = opened(url)
    talk(store, scribe, "s_secret_stream")
    store.close()
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    kept = everything(postgres.data)
    assert [secret for secret in SECRETS if secret in kept] == []
    assert b"s_secret_stream" in kept
