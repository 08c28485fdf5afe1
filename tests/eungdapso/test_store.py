"""The desk's database and its edges: what is on disk, who may read it, what happens when it is full or too new."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dasan.core.errors import ConfigWrong, StorageFull
from dasan.eungdapso.client import Open311Client
from dasan.eungdapso.desk.form import FormError
from dasan.eungdapso.desk.media import MediaShelf
from dasan.eungdapso.desk.office import Office
from dasan.eungdapso.desk.serve import Served, _listening, run, running
from dasan.eungdapso.desk.store import VERSION, Store, lower, version_of
from tests.eungdapso.world import KEY, V2, Clock, browser, case, client, desk

REPORT = (("service_code", "POTHOLE"), ("description", "구멍"), ("address_string", "세종대로 110"))


def test_what_was_answered_is_on_disk_with_full_sync_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    store = Store(path)
    number = Office(store, Clock()).file("120", REPORT, "", "k").number
    with store.read() as conn:
        modes = [
            conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert modes == ["wal", 2, 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with sqlite3.connect(path) as other:  # another process' view, without closing ours
        assert other.execute("SELECT number FROM tickets").fetchone() == (number,)
    other.close()
    store.close()


def test_a_database_of_a_newer_program_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    Store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {VERSION + 1}")
    raw.close()
    with pytest.raises(ConfigWrong) as caught:
        Store(path)
    for sentence in (caught.value.problems[0].message_en, caught.value.problems[0].message_ko):
        assert str(VERSION + 1) in sentence
        assert f"dasan db downgrade --desk {VERSION}" in sentence


def test_an_older_database_is_brought_up_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "desk.db"
    store = Store(path)
    number = Office(store, Clock()).file("120", REPORT, "", "k").number
    store.close()
    monkeypatch.setattr("dasan.eungdapso.desk.store.VERSION", VERSION + 2)
    steps = {VERSION + 1: ("ALTER TABLE media ADD COLUMN note TEXT",), VERSION + 2: ("UPDATE media SET note = ''",)}
    monkeypatch.setattr("dasan.eungdapso.desk.store.STEPS", steps)
    for _ in range(2):  # the second opening finds it up to date
        store = Store(path)
        with store.read() as conn:
            assert conn.exec_driver_sql("PRAGMA user_version").scalar_one() == VERSION + 2
            assert "note" in [row[1] for row in conn.exec_driver_sql("PRAGMA table_info(media)")]
            assert conn.exec_driver_sql("SELECT number FROM tickets").scalar_one() == number
        store.close()


def test_a_database_goes_back_as_it_came_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "desk.db"
    assert version_of(path) == 0
    store = Store(path)
    number = Office(store, Clock()).file("120", REPORT, "", "k").number
    store.close()
    monkeypatch.setattr("dasan.eungdapso.desk.store.VERSION", VERSION + 2)
    added = {VERSION + n: (f"ALTER TABLE media ADD COLUMN note{n} TEXT",) for n in (1, 2)}
    monkeypatch.setattr("dasan.eungdapso.desk.store.STEPS", added)
    Store(path).close()
    gone = {VERSION + n: (f"ALTER TABLE media DROP COLUMN note{n}",) for n in (1, 2)}
    monkeypatch.setattr("dasan.eungdapso.desk.store.BACK", {VERSION + 2: gone[VERSION + 2]})
    with pytest.raises(ConfigWrong):  # half of the way is no way
        lower(path, VERSION)
    assert version_of(path) == VERSION + 2
    monkeypatch.setattr("dasan.eungdapso.desk.store.BACK", gone)
    assert lower(path, VERSION) == VERSION
    assert lower(path, VERSION) == VERSION
    monkeypatch.undo()
    store = Store(path)
    with store.read() as conn:
        assert conn.exec_driver_sql("SELECT number FROM tickets").scalar_one() == number
    store.close()


def test_a_step_that_fails_leaves_the_older_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "desk.db"
    Store(path).close()
    monkeypatch.setattr("dasan.eungdapso.desk.store.VERSION", VERSION + 1)
    broken = {VERSION + 1: ("ALTER TABLE media ADD COLUMN note TEXT", "UPDATE nothing SET x = 1")}
    monkeypatch.setattr("dasan.eungdapso.desk.store.STEPS", broken)
    with pytest.raises(Exception, match="nothing"):
        Store(path)
    monkeypatch.undo()
    store = Store(path)
    with store.read() as conn:
        assert "note" not in [row[1] for row in conn.exec_driver_sql("PRAGMA table_info(media)")]
    store.close()


def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    path, numbers = tmp_path / "desk.db", []
    for key in ("a", "b", "a"):
        store = Store(path)
        numbers.append(Office(store, Clock()).file("120", REPORT, "", key).number)
        store.close()
    assert numbers[0] == numbers[2] != numbers[1]


async def test_a_full_disk_refuses_in_words_says_that_nothing_was_kept_and_keeps_what_was_there(tmp_path: Path) -> None:
    with desk(tmp_path, Clock(), database=tmp_path / "desk.db") as app:
        peer = client(app)
        first = await peer.submit(case("h_1"))
        with app.desk.office.store._engine.connect() as conn:  # this pooled connection may grow no further
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        full = 0
        for n in range(2, 40):
            async with browser(app) as web:
                fields = {"api_key": KEY, "service_code": "POTHOLE", "address_string": "x", "description": "가" * 4000}
                response = await web.post(f"{V2}/requests.json", data=fields, headers={"idempotency-key": f"h_{n}"})
            if response.status_code == 503:
                full += 1
                assert response.headers["idempotency-key"] == f"h_{n}"
                assert response.json()[0]["code"] == 503
        assert full
        again = await peer.find("h_1")
        assert again is not None
        assert again.ticket_no == first.ticket_no
        await peer.close()


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.db")
    office = Office(store, Clock())

    def half() -> None:
        with store.write() as conn:
            conn.exec_driver_sql("INSERT INTO counters VALUES ('x', 1)")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        half()
    with store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM counters").scalar_one() == 0
    assert office.receipt("120", "k") is None
    store.close()


def test_many_writers_with_the_same_key_make_one_ticket_and_numbers_without_holes(tmp_path: Path) -> None:
    stores = [Store(tmp_path / "desk.db") for _ in range(2)]  # as two processes would
    offices = [Office(store, Clock()) for store in stores]
    with ThreadPoolExecutor(8) as pool:
        filed = list(pool.map(lambda n: offices[n % 2].file("120", REPORT, "", f"k{n // 8}").number, range(64)))
    assert [len(set(filed[n : n + 8])) for n in range(0, 64, 8)] == [1] * 8
    assert sorted(int(number.split("-")[2]) for number in set(filed)) == list(range(1, 9))
    for store in stores:
        store.close()


def test_a_locked_database_is_named_as_what_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.db")
    with store._engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFull), store.write():
        raise AssertionError("two writers at once")
    other.execute("ROLLBACK")
    other.close()
    store.close()


def test_pictures_never_fill_the_disk(tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.db")
    shelf = MediaShelf(tmp_path / "media", store, Clock(), all_bytes_max=100)
    png = b"\x89PNG\r\n\x1a\n"
    shelf.put(png + bytes(60), "image/png", "")
    shelf.put(png + bytes(60), "image/png", "")  # the same again costs nothing
    with pytest.raises(FormError) as caught:
        shelf.put(png + bytes(61), "image/png", "")
    assert caught.value.faults[0].code == 507
    store.close()


@pytest.mark.parametrize(
    ("host", "key", "staff", "named"),
    [
        ("0.0.0.0", KEY, {}, {"eungdapso.host"}),
        ("127.0.0.1", "short", {"김": "short"}, {"eungdapso.api_key", "eungdapso.staff.김", "eungdapso"}),
    ],
)
def test_the_desk_refuses_to_start_carelessly_and_names_all_problems(
    tmp_path: Path, host: str, key: str, staff: dict[str, str], named: set[str]
) -> None:
    with pytest.raises(ConfigWrong) as caught:
        run(host, 1, tmp_path / "desk.db", key, staff_keys=staff)
    assert {problem.key for problem in caught.value.problems} == named
    assert not (tmp_path / "desk.db").exists()


def test_small_answers_never_wait_for_the_other_side_s_acknowledgement() -> None:
    """asyncio turns Nagle's delay (40 ms an answer) off only on sockets that say they are TCP."""
    sock = _listening("127.0.0.1", 0)
    assert (sock.type, sock.proto) == (socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with pytest.raises(ConfigWrong) as caught:
        _listening("127.0.0.1", sock.getsockname()[1])
    assert "in use" in caught.value.problems[0].message_en
    sock.close()


async def test_a_desk_can_live_inside_another_program_on_a_port_of_its_own(tmp_path: Path) -> None:
    served = Served("127.0.0.1", 0, tmp_path / "desk.db", KEY, clerk_pace_s=0.001)
    async with running(served) as url:
        peer = Open311Client(url + "/open311/v2", KEY, "seoul.go.kr")
        made = await peer.submit(case())
        assert made.ticket_no
        for _ in range(200):  # the clerk works on the real clock here
            if await peer.updates(0):
                break
            await asyncio.sleep(0.05)
        assert (await peer.updates(0))[0].ticket_no == made.ticket_no
        await peer.close()
    with pytest.raises(ConfigWrong):
        async with running(Served("127.0.0.1", 0, tmp_path / "desk.db", "short")):
            raise AssertionError("served")
