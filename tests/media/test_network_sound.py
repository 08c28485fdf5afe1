"""The network's own sound: its buffer, its voice, its record."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.carrier.media import speech
from channels.carrier.media.line import Line, Record, hears
from channels.carrier.media.playback import BUFFER_BYTES_MAX, Playback
from channels.media import tones
from channels.media.mulaw import FRAME, RATE

Step = st.one_of(
    st.tuples(st.just("sound"), st.integers(0, 500)),
    st.tuples(st.just("mark"), st.sampled_from("abc")),
    st.tuples(st.just("clear"), st.just(0)),
    st.tuples(st.just("frame"), st.just(0)),
)


@given(st.lists(Step, max_size=60))
def test_every_mark_comes_back_once_in_order_and_never_before_its_sound(steps: list[tuple[str, object]]) -> None:
    playback, sent, back = Playback(), [], []
    before: list[int] = []  # bytes sent before each mark
    total = played = dropped = 0
    for what, value in steps:
        if what == "sound":
            playback.sound(bytes(value))  # type: ignore[arg-type]
            total += value  # type: ignore[operator]
        elif what == "mark":
            sent.append(value)
            before.append(total)
            back += playback.mark(str(value))
        elif what == "clear":
            dropped += len(playback)
            back += playback.clear()
        else:
            held = len(playback)
            _, names = playback.frame()
            played += held - len(playback)
            back += names
        assert len(playback) == total - played - dropped
        assert all(at <= played + dropped for at in before[: len(back)])
    while len(playback):
        back += playback.frame()[1]
    assert back + playback.clear() == sent


def test_a_short_end_is_filled_with_silence_and_nothing_is_none() -> None:
    playback = Playback()
    playback.sound(b"\x01" * 200)
    assert playback.frame()[0] == b"\x01" * 160
    assert playback.frame()[0] == b"\x01" * 40 + b"\xff" * 120
    assert playback.frame() == (None, [])


def test_the_buffer_is_bounded() -> None:
    playback = Playback()
    playback.sound(bytes(BUFFER_BYTES_MAX))
    playback.sound(b"x")
    assert (len(playback), playback.dropped) == (BUFFER_BYTES_MAX, 1)


def test_a_record_keeps_the_last_minute_only() -> None:
    record = Record()
    for n in range(3_100):
        record.add(np.full(FRAME, n % 1_000, dtype=np.int16))
    assert record.frames == 3_100
    assert set(record.last(0.02)) == {99}
    assert len(record.last(10_000)) == 3_000 * FRAME
    assert list(record.last(0.04)[::FRAME]) == [98, 99]


def test_what_the_network_plays_is_heard_instead_of_people() -> None:
    line = Line()
    people = [tones.tone(500, 0.02), tones.tone(900, 0.02)]
    assert np.array_equal(hears(line, people), people[0] + people[1])
    line.network.hum(350)
    assert tones.strength(hears(line, people), 350) > tones.LOUD / 2
    assert not hears(Line(), []).any()


def test_a_voice_at_any_rate_becomes_the_lines_rate() -> None:
    for rate in (8_000, 16_000, 22_050, 44_100):
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setparams((1, 2, rate, 0, "NONE", ""))
            at = np.arange(rate) / rate
            out.writeframes((6_000 * np.sin(2 * np.pi * 440 * at)).astype("<i2").tobytes())
        heard = speech.at_line_rate(file.getvalue())
        assert len(heard) == pytest.approx(RATE, abs=2)
        assert tones.strength(heard[1_000:7_000], 440) == pytest.approx(3_600, rel=0.05)


def test_what_a_line_cannot_carry_is_taken_away_before_it_folds_back() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, 22_050, 0, "NONE", ""))
        out.writeframes((6_000 * np.sin(2 * np.pi * 6_000 * np.arange(22_050) / 22_050)).astype("<i2").tobytes())
    assert tones.loudness(speech.at_line_rate(file.getvalue())) < 60


def test_korean_is_spoken_by_espeak_ng() -> None:
    if not speech.available():
        pytest.skip("espeak-ng is not installed")
    voice = speech.Voice()
    samples = voice.say("안녕하십니까, 다산콜센터입니다. 무엇을 도와드릴까요?", "ko-KR")
    assert 2.0 < len(samples) / RATE < 8.0
    assert 500 < tones.loudness(samples) < 12_000
    assert voice.say("안녕하십니까, 다산콜센터입니다. 무엇을 도와드릴까요?", "ko-KR") is samples
    assert len(voice.say("-v en; rm -rf /", "en-US")) > 0


def test_without_a_voice_somebody_still_murmurs_for_as_long() -> None:
    samples = speech.Voice(program="").say("안녕하십니까", "ko-KR", 1_500_000)
    assert len(samples) == 1.5 * RATE
    assert tones.heard(samples, [speech.MURMUR_HZ]) == {speech.MURMUR_HZ}
    assert speech.length_us(samples) == 1_500_000
