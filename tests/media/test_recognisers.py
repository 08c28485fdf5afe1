"""A recogniser on the stream: fed in order, in threads of its own, and never in the call's way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from channels.media import tones
from channels.media.listeners import WAITING_MAX, Transcribing
from channels.media.mulaw import FRAME, encode
from channels.media.stream import payload_of
from dasan.telephony import Transcriber
from tests.media.recogniser import Line, Scripted

Heard = list[tuple[str, str, bool, int]]
Make = Callable[[Callable[[str], Transcriber]], tuple[Transcribing, Heard, list[bool]]]


@pytest.fixture
def listening() -> Iterator[Make]:
    """A listener with that engine, what it understands, and its ends (True: it failed)."""
    with ThreadPoolExecutor(40) as threads:

        def made(engine: Callable[[str], Transcriber]) -> tuple[Transcribing, Heard, list[bool]]:
            heard: Heard = []
            ends: list[bool] = []
            return Transcribing(engine, lambda *what: heard.append(what), ends.append, threads), heard, ends

        yield made


def feed(listener: Transcribing, track: str, seconds: float) -> None:
    sound = encode(tones.tone(500, seconds))
    for at in range(0, len(sound), FRAME):
        listener.sound(track, payload_of(sound[at : at + FRAME]), at // 8)


async def ended(listener: Transcribing) -> None:
    listener.ended()
    await asyncio.gather(*(track.task for track in listener._tracks.values()))


async def test_partials_and_finals_come_in_order_for_each_track_and_its_end_last(listening: Make) -> None:
    lines = {
        "inbound": Scripted(Line(0.4, "불법", False, 50), Line(0.8, "불법 주차요", True, 92)),
        "outbound": Scripted(Line(0.6, "네, 도와드리겠습니다")),
    }
    listener, heard, ends = listening(lines.__getitem__)
    for track in lines:
        feed(listener, track, 1.0)
    assert ends == []
    await ended(listener)
    assert [what for what in heard if what[0] == "inbound"] == [
        ("inbound", "불법", False, 50),
        ("inbound", "불법 주차요", True, 92),
    ]
    assert [what[1] for what in heard if what[0] == "outbound"] == ["네, 도와드리겠습니다"]
    assert ends == [False, False]


async def test_what_ends_before_anything_was_heard_ends_all_the_same(listening: Make) -> None:
    listener, heard, ends = listening(unmade)
    await ended(listener)
    assert (heard, ends) == ([], [False])


async def test_what_was_still_to_be_said_is_said_at_the_end(listening: Make) -> None:
    listener, heard, _ = listening(lambda track: Scripted(Line(60, "끝말")))
    feed(listener, "inbound", 0.1)
    await ended(listener)
    assert heard == [("inbound", "끝말", True, 90)]


class Slow:
    """An engine that does not answer until it is let."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.fed = 0

    def feed(self, pcm16: bytes, rate: int) -> Sequence[tuple[str, bool, int]]:
        self.go.wait(5)
        self.fed += len(pcm16)
        return ()

    def end(self) -> Sequence[tuple[str, bool, int]]:
        return (("done", True, 1),)


async def test_an_engine_that_cannot_keep_up_loses_the_oldest_sound_and_holds_nobody(listening: Make) -> None:
    engine = Slow()
    listener, heard, _ = listening(lambda track: engine)
    feed(listener, "inbound", 12.0)
    assert listener.dropped == 600 - WAITING_MAX
    engine.go.set()
    await ended(listener)
    assert engine.fed == WAITING_MAX * 320
    assert heard == [("inbound", "done", True, 1)]


async def test_however_many_engines_block_the_servers_own_threads_are_free(listening: Make) -> None:
    engines = [Slow() for _ in range(40)]
    listeners = [listening(lambda track, engine=engine: engine)[0] for engine in engines]  # type: ignore[misc]
    for listener in listeners:
        feed(listener, "inbound", 0.2)
    await asyncio.sleep(0.1)
    async with asyncio.timeout(1):
        assert await asyncio.to_thread(lambda: "free") == "free"
    for engine in engines:
        engine.go.set()
    for listener in listeners:
        await ended(listener)


class Broken(Scripted):
    def feed(self, pcm16: bytes, rate: int) -> Sequence[tuple[str, bool, int]]:
        raise RuntimeError("no model")


def unmade(track: str) -> Scripted:
    raise RuntimeError("no such model")


@pytest.mark.parametrize("engine", [lambda track: Broken(), unmade])
async def test_an_engine_that_breaks_ends_the_transcript_and_nothing_else(listening: Make, engine, caplog) -> None:
    listener, heard, ends = listening(engine)
    feed(listener, "inbound", 1.0)
    await ended(listener)
    assert "the recogniser failed" in caplog.text
    assert (heard, ends) == ([], [True])
