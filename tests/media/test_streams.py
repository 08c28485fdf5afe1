"""Media streams between the network and our server over real sockets: who may open one, what passes, how it ends."""

from __future__ import annotations

import base64
import json
from typing import ClassVar

import pytest

from channels.media import tones
from channels.media.listeners import Relay
from channels.media.messages import Started
from channels.media.mulaw import encode
from channels.media.stream import Limits, Listener, Stream, StreamDoor, payload_of
from tests.media.house import CITIZEN, HZ, LINE, THIRD, Ear, World, world

CONNECT = '<Connect><Stream url="{url}"><Parameter name="session" value="s_1"/></Stream></Connect><Say>끝</Say>'


async def connected(w: World, page: str = CONNECT, caller: str = CITIZEN) -> Ear:
    w.service.pages["/voice"] = page.format(url=w.url)
    call = w.carrier.dial(caller, LINE).sid
    await w.until(lambda: any(ear.started.call == call for ear in w.ears))
    return w.ear(call)


async def test_a_stream_says_whose_it_is_and_brings_the_callers_voice() -> None:
    async with world() as w:
        ear = await connected(w)
        assert ear.started.account == w.carrier.net.account.sid
        assert (ear.started.tracks, dict(ear.started.parameters)) == (("inbound",), {"session": "s_1"})
        await w.until(lambda: ear.last("inbound").size >= 1_600)
        assert tones.heard(ear.last("inbound"), HZ.values()) == {HZ[CITIZEN]}


async def test_two_callers_are_relayed_to_each_other_by_our_server() -> None:
    """The port of an ``app:`` leg: one call's sound is the other's."""
    async with world() as w:
        pair: list[Stream] = []

        class Later:
            def say(self, payload: str) -> None:
                if len(pair) == 2:
                    pair[1].say(payload)

            def drop(self) -> None: ...

        def welcome(stream: Stream, started: Started) -> Listener:
            pair.append(stream)
            return Relay(Later()) if len(pair) == 1 else Relay(pair[0])

        w.welcome = welcome
        w.service.pages["/voice"] = CONNECT.format(url=w.url)
        one = w.carrier.dial(CITIZEN, LINE).sid
        await w.until(lambda: len(pair) == 1)
        other = w.carrier.dial(THIRD, LINE).sid
        await w.until(lambda: len(pair) == 2)
        await w.until(lambda: tones.heard(w.sound.heard(one, 0.3), HZ.values()) == {HZ[THIRD]})
        await w.until(lambda: tones.heard(w.sound.heard(other, 0.3), HZ.values()) == {HZ[CITIZEN]})
        assert all(stream.dropped_ms < 200 for stream in pair)


async def test_keys_reach_us_and_what_we_play_is_heard_in_order_with_its_marks() -> None:
    async with world() as w:
        ear = await connected(w)
        w.carrier.press(CITIZEN, "5#")
        ear.stream.mark("at once")
        ear.stream.play(payload_of(encode(tones.tone(1_000, 0.4))))
        ear.stream.mark("first")
        ear.stream.play(payload_of(encode(tones.tone(2_500, 0.4))))
        ear.stream.mark("second")
        call = ear.started.call
        await w.until(lambda: tones.heard(w.sound.heard(call, 0.1), [1_000, 2_500]) == {1_000})
        assert "second" not in ear.marks
        await w.until(lambda: tones.heard(w.sound.heard(call, 0.1), [1_000, 2_500]) == {2_500})
        await w.until(lambda: ear.marks == ["at once", "first", "second"])
        await w.until(lambda: ear.keys == ["5", "#"])


async def test_clear_silences_at_once_and_tells_back_the_marks_that_waited() -> None:
    async with world() as w:
        ear = await connected(w)
        ear.stream.play(payload_of(encode(tones.tone(1_000, 20.0))))
        ear.stream.mark("never reached")
        call = ear.started.call
        await w.until(lambda: tones.heard(w.sound.heard(call, 0.1), [1_000]) == {1_000})
        ear.stream.drop()
        await w.until(lambda: ear.marks == ["never reached"])
        await w.until(lambda: tones.heard(w.sound.heard(call, 0.1), [1_000]) == set())


async def test_when_we_close_the_socket_the_call_goes_on_with_its_document() -> None:
    async with world() as w:
        ear = await connected(w)
        ear.stream.close()
        await w.until(lambda: ear.over)
        await w.until(lambda: "끝" in w.carrier.heard(CITIZEN, "say"))
        assert [notice.code for notice in w.carrier.net.notices] == []


async def test_when_the_caller_hangs_up_the_stream_ends() -> None:
    async with world() as w:
        ear = await connected(w)
        [socket] = w.sound._sockets.values()
        w.carrier.hang_up(CITIZEN)
        socket.sound("inbound", b"")  # a frame that was still to be told
        told = [json.loads(message)["event"] for message in socket._waiting]
        assert (told.count("stop"), told[-1]) == (1, "stop")
        await w.until(lambda: ear.over and not w.door.streams and not w.sound._by_call)
        assert w.door.refused == {}


async def test_live_sound_never_runs_ahead_of_the_clock() -> None:
    async with world() as w:
        ear = await connected(w)
        frame = payload_of(encode(tones.tone(1_000, 0.02)))
        for _ in range(500):  # ten seconds at once
            ear.stream.say(frame)
        call = ear.started.call
        await w.until(lambda: tones.heard(w.sound.heard(call, 0.1), [1_000]) == {1_000})
        await w.until(lambda: tones.heard(w.sound.heard(call, 0.1), [1_000]) == set(), within_s=1.5)
        assert ear.stream.dropped_ms == pytest.approx(9_780, abs=60)


# -- who is not let in, and how a stream fails


async def failed(w: World, url: str) -> list[int]:
    """The network's error numbers after a call tried that address; the call itself goes on."""
    w.service.pages["/voice"] = f'<Connect><Stream url="{url}"/></Connect><Say>끝</Say>'
    w.carrier.dial(CITIZEN, LINE)
    await w.until(lambda: "끝" in w.carrier.heard(CITIZEN, "say"))
    return [notice.code for notice in w.carrier.net.notices]


async def test_a_socket_signed_with_another_token_is_closed_and_counted() -> None:
    async with world(token="another") as w:
        assert await failed(w, w.url) == [31921]
        assert w.door.refused == {"bad_signature": 1}
        assert w.ears == []


async def test_a_stream_of_another_account_is_closed() -> None:
    async with world() as w:
        w.door.account = "AC" + "9" * 32
        assert await failed(w, w.url) == [31921]
        assert w.door.refused == {"wrong_account": 1}


async def test_a_stream_that_nobody_wants_is_closed_in_order() -> None:
    async with world() as w:
        w.welcome = lambda stream, started: None
        assert await failed(w, w.url) == []
        assert w.door.refused == {"unwanted": 1}


@pytest.mark.parametrize(
    ("path", "code"), [("ws://127.0.0.1:9/x", 31902), ("{base}/nowhere", 31920)], ids=["nobody there", "no such path"]
)
async def test_an_address_that_fails_has_twilios_number(path: str, code: int) -> None:
    async with world() as w:
        assert await failed(w, path.format(base=w.url.rpartition("/twilio")[0])) == [code]


# -- what a stranger behind a right signature may send


class Wire:
    """A Connection without a network."""

    path = "/twilio/stream"
    headers: ClassVar[dict[str, str]] = {}
    peer, origin, secure = "203.0.113.5", None, True

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed: list[int] = []

    def send_text(self, text: bytes) -> None:
        self.sent.append(text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed.append(code)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def start(**change: object) -> str:
    form = {"encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1}
    told = {"accountSid": "AC1", "streamSid": "MZ1", "callSid": "CA1", "tracks": ["inbound"], "mediaFormat": form}
    return json.dumps({"event": "start", "sequenceNumber": "1", "start": {**told, **change}, "streamSid": "MZ1"})


MEDIA = json.dumps({"event": "media", "media": {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": "/w=="}})
AS_TWILIO = (
    '{"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"20","payload":"/w=="},'
    '"streamSid":"MZ1"}'
)


@pytest.fixture
async def opened():
    ears: list[Ear] = []

    def welcome(stream: Stream, started: Started) -> Listener:
        ears.append(Ear(stream, started))
        return ears[-1]

    door = StreamDoor("AC1", lambda path, headers: None, welcome, Limits(start_within_s=0.05, messages_per_s=50))
    wire = Wire()
    stream = door.open(wire)
    yield door, wire, stream, ears
    stream.on_close(wire)


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        (["not json"], "malformed"),
        (["[]"], "malformed"),
        (['{"event": 5}'], "no_start"),
        (['{"event": "start"}'], "malformed"),
        (["[" * 50_000], "malformed"),
        ([start(mediaFormat={"encoding": "audio/l16", "sampleRate": 16_000, "channels": 1})], "malformed"),
        ([start(accountSid="AC2")], "wrong_account"),
        ([MEDIA], "out_of_order"),
        ([start(), start()], "out_of_order"),
        ([start(), '{"event": "media", "media": {}}'], "malformed"),
        ([start(), '{"event": "media", "media": {"track": "inbound", "timestamp": "x", "payload": ""}}'], "malformed"),
        ([start(), '{"event": "dtmf", "dtmf": {"digit": "12"}}'], "malformed"),
        ([start(), *[MEDIA] * 60], "too_fast"),
        ([], "no_start"),
    ],
)
async def test_what_is_malformed_out_of_order_or_too_fast_ends_the_stream_once(opened, messages, why) -> None:
    import asyncio

    door, wire, stream, _ = opened
    for message in messages:
        stream.on_text(wire, message)
    await asyncio.sleep(0.08)
    assert wire.closed == [1008]
    assert door.refused == {why: 1}
    stream.on_text(wire, start())
    assert wire.closed == [1008]


async def test_what_was_on_its_way_to_a_stream_that_nobody_wants_is_no_fault() -> None:
    door, wire = StreamDoor("AC1", lambda path, headers: None, lambda s, t: None), Wire()
    stream = door.open(wire)
    for message in (start(), MEDIA, AS_TWILIO):
        stream.on_text(wire, message)
    stream.on_close(wire)
    assert (wire.closed, door.refused) == ([1000], {"unwanted": 1})


async def test_what_twilio_may_add_later_is_passed_over(opened) -> None:
    _door, wire, stream, ears = opened
    stream.on_text(wire, '{"event": "connected", "protocol": "Call", "version": "1.0.0"}')
    stream.on_text(wire, start(new="thing"))
    stream.on_text(wire, '{"event": "weather", "rain": true}')
    stream.on_text(wire, MEDIA)
    assert ears[0].tracks == {"inbound": [base64.b64decode("/w==")]}
    assert wire.closed == []
    stream.on_text(wire, '{"event": "stop", "stop": {}}')
    assert wire.closed == [1000]


@pytest.mark.parametrize("spelt", [MEDIA, json.dumps(json.loads(MEDIA), separators=(",", ":")), AS_TWILIO])
async def test_sound_is_the_same_however_it_is_spelt(opened, spelt: str) -> None:
    _door, wire, stream, ears = opened
    stream.on_text(wire, start())
    stream.on_text(wire, spelt)
    assert ears[0].tracks == {"inbound": [b"\xff"]}


async def test_more_streams_than_we_carry_are_turned_away() -> None:
    door = StreamDoor("AC1", lambda path, headers: None, lambda s, t: None, Limits(streams=1))
    first, second = Wire(), Wire()
    kept = door.open(first)
    door.open(second)
    assert (first.closed, second.closed, door.refused) == ([], [1008], {"too_many": 1})
    kept.on_close(first)
    assert not door.streams
