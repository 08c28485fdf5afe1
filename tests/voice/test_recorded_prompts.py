"""Prompts spoken by a recorded voice, from the shelf to the caller's ear; and the address that a network asks."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import httpx2
import pytest

from channels.voice import music
from dasan.app.menus import FOLDER
from dasan.server.flowshelf import FlowShelf
from dasan.server.sounds import Sounds
from dasan.settings import load
from dasan.store import admin as database
from ivr import registry as rules
from tests.media.test_sound import mp3, wav
from tests.server.test_centre import KEY, free_port, serving
from tests.virtual import START_US
from tests.voice.acts import People, play
from tests.voice.stage import CITIZEN, PUBLIC

SOURCE = """
flow: dasan120
title: {ko: 녹음, mn: Бичлэг}
languages: [ko, mn]
operator: person
start: top
nodes:
  top:
    kind: menu
    say: {ko: 다산콜입니다., mn: Сайн байна уу., audio: {ko: hello.wav}}
    help: none
    no_input: {to: person}
    no_match: {to: person}
    options:
      - {key: 1, label: {ko: 상담, mn: зөвлөх}, say: {ko: 상담은 1번, mn: Зөвлөх 1}, to: person}
  person:
    kind: queue
    queue: general
    on: {full: bye, closed: bye, error: bye}
  bye: {kind: end, say: {ko: 고맙습니다., mn: Баярлалаа.}}
"""
ACT = rules.Act("", START_US, "시험")
HELLO, OTHER = wav(b"\x55" * 12_000), wav(b"\xaa" * 20_000)


def published(folder: Path, body: bytes) -> str:
    """The menu with that recording, from here on; the recording's name."""
    shelf = FlowShelf(folder / FOLDER)
    with shelf.changing() as before:
        name = shelf.keep_recording(body, "wav")
        kept, ref = rules.draft(before, {"it.yaml": SOURCE}, "dasan120", ACT, {"hello.wav": name})
        kept = rules.simulated(rules.linted(kept, ref, 0, ACT), ref, 0, ACT)
        shelf.write(rules.publish(kept, ref, ACT))
    return name


def address(name: str) -> str:
    return f"{PUBLIC}/twilio/voice/audio/{name}"


def plays(p: People) -> list[tuple[str, float]]:
    """What the caller's telephone heard of recordings, and for how long."""
    heard = p.c.carrier.phone(CITIZEN).heard
    return [(one.text or one.source, (one.ended_us - one.at_us) / 1e6) for one in heard if one.kind == "play"]


# -- heard


def test_a_caller_hears_the_recording_and_the_rest_is_spoken() -> None:
    async def story(p: People) -> None:
        name = published(p.c.kept.folder, HELLO)
        p.c.carrier.dial(CITIZEN, "+8225550120")
        await p.hears("상담은 1번", 10)
        assert "다산콜입니다" not in p.c.said()
        assert address(name) in p.c.said()
        assert [round(seconds, 1) for _, seconds in plays(p)] == [1.5]
        assert p.c.carrier.net.sounds[address(name)].mu_law == b"\x55" * 12_000

    play(story)


def test_a_call_that_runs_never_hears_a_later_recording() -> None:
    async def story(p: People) -> None:
        first = published(p.c.kept.folder, HELLO)
        p.c.carrier.dial(CITIZEN, "+8225550120")
        await p.hears("상담은 1번", 10)
        second = published(p.c.kept.folder, OTHER)
        await p.press("*")
        await p.c.until(lambda: p.c.said().count("상담은 1번") == 2, 20)
        assert (p.c.said().count(first), p.c.said().count(second)) == (2, 0)
        other = "+821000000009"
        p.c.carrier.dial(other, "+8225550120")
        await p.hears("상담은 1번", 10, other)
        assert second in p.c.said(other)

    play(story)


def test_where_the_recording_is_gone_the_words_are_spoken() -> None:
    async def story(p: People) -> None:
        name = published(p.c.kept.folder, HELLO)
        (p.c.kept.folder / FOLDER / "recordings" / name).unlink()
        p.c.carrier.dial(CITIZEN, "+8225550120")
        await p.hears("다산콜입니다", 10)

    play(story)


# -- served


@pytest.fixture
def data(tmp_path: Path) -> dict[str, str]:
    return {
        "DASAN_SECRETS__MASTER_KEY": KEY,
        "DASAN_SECRETS__TOKEN_PEPPER": KEY[::-1] + "x",
        "DASAN_SERVER__DATA_DIR": str(tmp_path / "data"),
        "DASAN_SERVER__PORT": str(free_port()),
        "DASAN_EUNGDAPSO__EMBEDDED": "false",
        "DASAN_EUNGDAPSO__URL": "http://127.0.0.1:1",
        "DASAN_VOICE__ENABLED": "true",
        "DASAN_VOICE__ACCOUNT_SID": "AC" + "0" * 32,
        "DASAN_VOICE__AUTH_TOKEN": "t" * 32,
        "DASAN_VOICE__CALLER_ID": "+8225550120",
        "DASAN_VOICE__API_BASE": "http://127.0.0.1:1",
    }


def test_over_a_real_socket_a_network_gets_it_whole_and_may_keep_it(data: dict[str, str]) -> None:
    settings = load(None, environ=data)
    folder = settings.server.data_dir
    folder.mkdir()
    database.upgrade(settings.database_url)
    name = published(folder, HELLO)
    shelf = FlowShelf(folder / FOLDER)
    song, broken = shelf.keep_recording(mp3(), "mp3"), shelf.keep_recording(OTHER, "wav")
    (folder / FOLDER / "recordings" / broken).write_bytes(b"spoilt")

    async def story() -> None:
        async with (
            serving(settings),
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{settings.server.port}/twilio/voice/audio/") as network,
        ):
            got = await network.get(name, headers={"range": "bytes=0-9"})
            assert (got.status_code, got.headers["content-type"], got.content) == (200, "audio/wav", HELLO)
            assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert (got.headers["accept-ranges"], got.headers["x-content-type-options"]) == ("none", "nosniff")
            assert hashlib.sha256(got.content).hexdigest() == name[:64]
            again = await network.get(name, headers={"if-none-match": got.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert (await network.head(name)).headers["content-length"] == str(len(HELLO))
            assert (await network.get(song)).headers["content-type"] == "audio/mpeg"
            assert (await network.post(name)).status_code == 405
            for nothing in (
                broken,
                "0" * 64 + ".wav",
                name[:64] + ".mp3",
                "hello.wav",
                name[:64],
            ):
                missing = await network.get(nothing)
                assert (missing.status_code, missing.content) == (404, b""), nothing
            assert (await network.get("..%2f..%2fregistry.json")).status_code == 404
            every = await asyncio.gather(*(network.get(name) for _ in range(40)))
            assert {one.content for one in every} == {HELLO}

    asyncio.run(story())


def test_what_is_kept_in_memory_is_bounded_and_read_once(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path)
    bodies = [wav(bytes([n]) * 8_000) for n in range(4)]
    names = [shelf.keep_recording(body, "wav") for body in bodies]
    read: list[str] = []

    class Counting(FlowShelf):
        def recording(self, name: str) -> bytes | None:
            read.append(name)
            return super().recording(name)

    async def story() -> None:
        sounds = Sounds(Counting(tmp_path), bytes_kept=3 * len(bodies[0]))
        assert await asyncio.gather(*(sounds.get(names[0]) for _ in range(10))) == [bodies[0]] * 10
        for name in names:
            await sounds.get(name)
        assert read == names, "each once, however many asked"
        assert await sounds.get(names[3]) == bodies[3]
        assert await sounds.get(names[0]) == bodies[0], "the longest unused had gone"
        assert read == [*names, names[0]]
        assert await sounds.get("nothing.wav") is None

    asyncio.run(story())


def test_our_music_is_a_recording_as_any_other(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path)
    name = shelf.keep_recording(music.wav(), "wav")
    assert shelf.keep_recording(music.wav(), "wav") == name
    assert shelf.recording(name) == music.wav()
    assert shelf.recording("../" + name) is None
