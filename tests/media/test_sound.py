"""What a recording is: told from its bytes, and what cannot be played is told in words that help."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.media import sound
from channels.media.sound import MP3, WAV, Sound, Unplayable, read
from channels.voice import music


def wav(data: bytes = b"\xff" * 8_000, *, tag: int = 7, channels: int = 1, rate: int = 8_000, bits: int = 8) -> bytes:
    """A WAV of that form."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)
    body = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def mp3(frames: int = 100, head: bytes = b"\xff\xf3\x48\xc4") -> bytes:
    """So many frames of MPEG 2, layer III: 32 kbit/s, 16 kHz, 36 ms and 144 bytes each."""
    return (head + b"\x00" * 140) * frames


def why(body: bytes) -> str:
    with pytest.raises(Unplayable) as wrong:
        read(body)
    assert wrong.value.ko
    return wrong.value.en


def test_our_own_music_is_a_recording() -> None:
    body = music.wav()
    found = read(body)
    assert (found.kind, found.seconds) == (WAV, music.SECONDS)
    assert found.samples == (len(body) - 64_000, len(body))


def test_a_wav_of_the_telephone_and_an_mp3_are_recordings() -> None:
    assert read(wav()) == Sound(WAV, 1.0, (44, 8_044))
    assert read(mp3()) == Sound(MP3, pytest.approx(3.6))
    assert read(mp3(100, b"\xff\xe3\x28\xc4")).seconds == pytest.approx(7.2)  # MPEG 2.5
    tagged = b"ID3\x04\x00\x00\x00\x00\x01\x00" + b"\x00" * 128 + mp3() + b"TAG" + b"\x00" * 125
    assert read(tagged).seconds == pytest.approx(3.6)
    assert read(mp3() + b"\x00" * 50).seconds == pytest.approx(3.6)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (wav(tag=1, bits=16, rate=44_100, channels=2), "PCM, 44100 Hz, 2 ch"),
        (wav(tag=6), "A-law, 8000 Hz, 1 ch"),
        (wav(rate=16_000), "mu-law, 16000 Hz"),
        (wav()[:-1], "cut off"),
        (wav()[:40], "no sound"),
        (wav(b"\xff" * 1_000), "lasts 0.1 s"),
        (wav(b"\xff" * 8_000 * 121), "lasts 121.0 s"),
        (b"RIFF\x00\x00\x00\x00AVI ", "no WAV"),
        (b"x" * (sound.BYTES_MAX + 1), "larger than"),
        (mp3()[:-1], "cut off"),
        (mp3() + b"not a frame", "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "neither"),
        (b"<html>", "neither"),
        (b"", "no sound"),
        (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", "no sound"),
    ],
)
def test_what_cannot_be_played_is_told_with_its_reason(body: bytes, said: str) -> None:
    assert said in why(body)


def test_how_to_make_one_is_told_beside() -> None:
    assert sound.HOW_EN in why(wav(tag=1, bits=16))


@given(st.binary(max_size=400), st.sampled_from([b"", b"RIFF\x10\x00\x00\x00WAVE", b"ID3\x04\x00", b"\xff\xfb\x90"]))
def test_no_bytes_make_it_fall(body: bytes, head: bytes) -> None:
    try:
        found = read(head + body)
    except Unplayable:
        return
    assert 0.2 <= found.seconds <= 120


@given(st.integers(0, 8_043), st.integers(0, 255))
def test_a_byte_that_was_spoilt_makes_it_no_longer_than_it_is(at: int, byte: int) -> None:
    body = bytearray(wav())
    body[at] = byte
    try:
        found = read(bytes(body))
    except Unplayable:
        return
    assert found.samples[1] <= len(body)
