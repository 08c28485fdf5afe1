"""Copies: made beside a running server, checked, put back whole; and the proof that nothing in them was bent."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dasan.core.errors import ConfigWrong
from dasan.core.session_events import LegAdded
from dasan.store import admin
from dasan.store.blobs import FileBlobs
from dasan.store.memory import MemoryStore
from dasan.store.opening import open_store
from dasan.store.people import writing
from dasan.store.rekey import rewrap
from dasan.store.sealing import Keyring
from tests.contract.conftest import opened
from tests.contract.postgres import Cluster
from tests.contract.world import KOREAN, MASTER, STATES, Scribe, evolve
from tests.store.ids import SeededIds


def proof(url: str) -> list[str]:
    return admin.verify(url, STATES, evolve)


def test_a_copy_made_while_the_server_writes_is_of_one_instant_and_sound(
    store: Any, url: str, scribe: Scribe, tmp_path: Path
) -> None:
    scribe.open(store, "s_1")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            scribe.say(store, "s_1", KOREAN)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [admin.backup(url, tmp_path / f"copy{n}") for n in range(3)]
    finally:
        stop.set()
        writer.join(20)
    lengths = [admin.journal_hash(f"sqlite:///{copy}")[0] for copy in copies]
    assert lengths == sorted(lengths)
    for copy in copies:
        assert proof(f"sqlite:///{copy}") == []
        assert copy.stat().st_mode & 0o077 == 0
        assert KOREAN.encode() not in copy.read_bytes()
    assert not list(tmp_path.glob("*.partial"))


def test_a_copy_put_back_is_the_service_of_that_instant(url: str, scribe: Scribe, tmp_path: Path) -> None:
    store = opened(url)
    blobs = FileBlobs(store, tmp_path / "blobs", SeededIds())
    scribe.open(store, "s_1")
    scribe.say(store, "s_1", KOREAN)
    photo = blobs.put("s_1", b"photo", "image/png")
    before = admin.journal_hash(url)
    copy = admin.backup(url, tmp_path / "copy", tmp_path / "blobs")
    scribe.say(store, "s_1", "사본 뒤의 글")
    store.close()
    for path in (tmp_path / "blobs").glob("*/*"):
        path.unlink()

    admin.restore(url, copy, tmp_path / "blobs")

    assert admin.journal_hash(url) == before
    assert proof(url) == []
    again = opened(url)
    assert [entry.body for entry in again.reads.entries("s_1")] == [KOREAN.encode()]
    assert FileBlobs(again, tmp_path / "blobs", SeededIds()).get(photo) == (b"photo", "image/png")
    scribe.say(again, "s_1", "다시 일합니다")
    again.close()


def test_a_broken_copy_is_refused_and_the_database_stays(url: str, scribe: Scribe, tmp_path: Path) -> None:
    store = opened(url)
    scribe.open(store, "s_1")
    store.close()
    before = admin.journal_hash(url)
    for name, body in (("text", b"not a database" * 1000), ("cut", (tmp_path / "dasan.db").read_bytes()[:5000])):
        broken = tmp_path / name
        broken.write_bytes(body)
        with pytest.raises(ConfigWrong) as wrong:
            admin.restore(url, broken)
        assert "사본" in wrong.value.problems[0].message_ko
    assert admin.journal_hash(url) == before
    assert not (tmp_path / "dasan.db.restored").exists()


@pytest.mark.postgres
def test_postgresql_is_copied_and_put_back_by_its_own_tools(postgres: Cluster, scribe: Scribe, tmp_path: Path) -> None:
    url = postgres.bare()
    store = opened(url)
    scribe.open(store, "s_1")
    scribe.say(store, "s_1", KOREAN)
    before = admin.journal_hash(url)
    copy = admin.backup(url, tmp_path / "copy")
    scribe.say(store, "s_1", "사본 뒤의 글")
    with pytest.raises(ConfigWrong) as wrong:
        admin.restore(url, copy)
    assert "Servers are using" in wrong.value.problems[0].message_en
    store.close()
    admin.restore(url, copy)
    assert admin.journal_hash(url) == before
    assert proof(url) == []
    again = opened(url)
    assert [one.position for one in again.reads.committed_since(0)] == [1, 2]
    scribe.say(again, "s_1", "다시 일합니다")
    assert [entry.recorded.event.n for entry in again.reads.entries("s_1")] == [1, 2]
    again.close()
    elsewhere = postgres.bare()
    admin.restore(elsewhere, copy)
    assert admin.journal_hash(elsewhere) == before


def bend(url: str, *statements: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(("statement", "said"), [
    ("DELETE FROM journal WHERE stream = 's_1' AND seq = 3", "gap"),
    ("UPDATE snapshots SET state = replace(state, '\"number\":1', '\"number\":8') WHERE stream = 's_1'", "state"),
    ("UPDATE journal SET data = replace(data, '\"number\":1', '\"number\":8') WHERE seq = 1", "state"),
    ("UPDATE streams SET seq = 9 WHERE stream = 's_1'", "index says 9"),
    ("DELETE FROM streams WHERE stream = 's_1'", "index says None"),
    ("DELETE FROM journal WHERE stream = 's_1'", "without events"),
    ("UPDATE journal SET type = 'no.such' WHERE seq = 2 AND stream = 's_1'", "cannot be folded"),
    ("DELETE FROM content_keys", "without a key"),
])
def test_whatever_is_bent_is_found(url: str, scribe: Scribe, statement: str, said: str) -> None:
    store = opened(url)
    scribe.open(store, "s_1")
    for n in range(40):
        scribe.say(store, "s_1", str(n))
    store.close()
    assert proof(url) == []
    bend(url, statement)
    problems = proof(url)
    assert problems
    assert said in problems[0]


def test_a_damaged_file_is_found(url: str, file: Path, scribe: Scribe) -> None:
    store = opened(url)
    scribe.open(store, "s_1")
    for n in range(300):
        scribe.say(store, "s_1", f"{n} {KOREAN}")
    store.close()
    body = bytearray(file.read_bytes())
    body[len(body) // 2 : len(body) // 2 + 4096] = bytes(4096)
    file.write_bytes(body)
    assert any("damaged" in said for said in proof(url))


def history(store: Any) -> str:
    scribe = Scribe()
    for n in range(3):
        scribe.open(store, f"s_{n}", n)
        scribe.say(store, f"s_{n}", KOREAN)
    with store.unit() as unit:
        unit.record(scribe.decide(unit, {"s_0": [LegAdded("l_1", "chat", "a")], "k_1": [LegAdded("l_1", "chat", "a")]}))
        unit.commit()
    return ""


def test_one_history_has_one_hash_on_every_store(url: str, request: pytest.FixtureRequest) -> None:
    twin = MemoryStore()
    history(twin)
    urls: list[Callable[[], str]] = [lambda: url]
    urls.append(lambda: str(request.getfixturevalue("postgres").fresh()))
    for make in urls:
        where = make()
        store = opened(where)
        history(store)
        store.close()
        assert admin.journal_hash(where) == (8, twin.journal_hash())


def test_after_rotation_the_former_master_key_opens_nothing(url: str, scribe: Scribe) -> None:
    store = opened(url)
    scribe.open(store, "s_1")
    scribe.say(store, "s_1", KOREAN)
    store.close()
    fresh = b"n" * 32
    assert admin.rotate(url, Keyring(fresh, older=[MASTER])) == 1
    assert admin.rotate(url, Keyring(fresh, older=[MASTER])) == 0
    with pytest.raises(ConfigWrong) as wrong:
        opened(url)
    assert wrong.value.problems[0].key == "secrets.master_key"
    again = open_store(url, Keyring(fresh), STATES, evolve)
    assert again.reads.entries("s_1")[0].body == KOREAN.encode()
    again.close()


def test_a_key_that_another_server_destroys_meanwhile_stays_destroyed(postgres: Cluster, scribe: Scribe) -> None:
    store = opened(postgres.fresh())
    scribe.open(store, "s_1")
    scribe.say(store, "s_1", KOREAN)

    class Late(Keyring):
        """Between the reading of a key and the writing of its new form, a citizen is erased elsewhere."""

        def rewrap(self, key_id: str, wrapped: bytes, master: str) -> bytes:
            with writing(store.backend) as other:
                other.run("UPDATE content_keys SET wrapped = NULL WHERE key_id = ?", (key_id,))
            return super().rewrap(key_id, wrapped, master)

    rewrap(store.backend, Late(b"n" * 32, older=[MASTER]))
    link = store.backend.reader()
    try:
        assert link.rows("SELECT wrapped FROM content_keys WHERE wrapped IS NOT NULL") == []
    finally:
        link.close()
        store.close()
