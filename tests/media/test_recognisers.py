"""A recogniser on the stream: fed in order, in a thread of its own, and never in the call's way."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from channels.media import tones
from channels.media.listeners import WAITING_MAX, All, Relay, Transcribing
from channels.media.mulaw import encode, frames
from channels.media.recognisers import Line, Null, Scripted
from channels.media.stream import payload_of

Heard = list[tuple[str, str, bool, int]]


def feed(listener: Transcribing | All, track: str, seconds: float) -> None:
    for n, frame in enumerate(frames(encode(tones.tone(500, seconds)))):
        listener.sound(track, payload_of(frame), n * 20)


async def test_partials_and_finals_come_in_order_for_each_track() -> None:
    heard: Heard = []
    lines = {
        "inbound": Scripted(Line(0.4, "불법", False, 50), Line(0.8, "불법 주차요", True, 92)),
        "outbound": Scripted(Line(0.6, "네, 도와드리겠습니다")),
    }
    listener = Transcribing(lines.__getitem__, lambda *what: heard.append(what))
    for track in lines:
        feed(listener, track, 1.0)
    listener.ended()
    await listener.finished()
    assert [what for what in heard if what[0] == "inbound"] == [
        ("inbound", "불법", False, 50),
        ("inbound", "불법 주차요", True, 92),
    ]
    assert [what[1] for what in heard if what[0] == "outbound"] == ["네, 도와드리겠습니다"]


async def test_what_was_still_to_be_said_is_said_at_the_end() -> None:
    heard: Heard = []
    listener = Transcribing(lambda track: Scripted(Line(60, "끝말")), lambda *what: heard.append(what))
    feed(listener, "inbound", 0.1)
    listener.ended()
    await listener.finished()
    assert heard == [("inbound", "끝말", True, 90)]


async def test_nothing_is_understood_without_an_engine() -> None:
    heard: Heard = []
    listener = Transcribing(lambda track: Null(), lambda *what: heard.append(what))
    feed(listener, "inbound", 1.0)
    listener.ended()
    await listener.finished()
    assert heard == []


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


async def test_an_engine_that_cannot_keep_up_loses_the_oldest_sound_and_holds_nobody() -> None:
    engine, heard = Slow(), []
    said: list[str] = []

    class Outlet:
        def say(self, payload: str) -> None:
            said.append(payload)

        def drop(self) -> None: ...

    transcribing = Transcribing(lambda track: engine, lambda *what: heard.append(what))
    feed(All(transcribing, Relay(Outlet())), "inbound", 12.0)
    assert len(said) == 600
    assert transcribing.dropped == 600 - WAITING_MAX
    engine.go.set()
    transcribing.ended()
    await transcribing.finished()
    assert engine.fed == WAITING_MAX * 320
    assert heard == [("inbound", "done", True, 1)]


class Broken(Null):
    def feed(self, pcm16: bytes, rate: int) -> Sequence[tuple[str, bool, int]]:
        raise RuntimeError("no model")


async def test_an_engine_that_breaks_ends_the_transcript_and_nothing_else(caplog) -> None:
    listener = Transcribing(lambda track: Broken(), lambda *what: None)
    feed(listener, "inbound", 1.0)
    listener.ended()
    await listener.finished()
    assert "the recogniser failed" in caplog.text
