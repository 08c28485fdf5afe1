"""Mu-law and tones: what goes in comes out, and a tone is found where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.media import mulaw, tones

# G.711's own points: sample -> code (ITU-T G.711, table 2a, with the bits as they are sent).
POINTS = {0: 0xFF, -1: 0x7F, 8: 0xFE, 32_635: 0x80, 32_767: 0x80, -32_768: 0x00, 1_000: 0xCE, -1_000: 0x4E}


@pytest.mark.parametrize(("sample", "code"), POINTS.items())
def test_the_standards_points(sample: int, code: int) -> None:
    assert mulaw.encode(np.array([sample], dtype=np.int16)) == bytes([code])


@given(st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=400))
def test_a_sample_comes_back_within_the_steps_of_its_loudness(values: list[int]) -> None:
    samples = np.array(values, dtype=np.int16)
    back = mulaw.decode(mulaw.encode(samples))
    clipped = np.clip(samples.astype(np.int32), -32_635, 32_635)
    assert np.all(np.abs(back - clipped) <= np.maximum(4, (np.abs(clipped) + 132) / 16))


@given(st.binary(min_size=1, max_size=400))
def test_bytes_come_back_save_for_the_two_zeros(body: bytes) -> None:
    assert mulaw.encode(mulaw.decode(body)) == body.replace(b"\x7f", b"\xff")


def test_silence_is_silent() -> None:
    assert not mulaw.decode(mulaw.SILENCE).any()


def test_loud_voices_together_are_clipped_and_not_wrapped() -> None:
    loud = np.full(160, 30_000, dtype=np.int16)
    assert set(mulaw.mix([loud, loud])) == {32_767}
    assert not mulaw.mix([]).any()


@pytest.mark.parametrize("hz", [440, 1_000, 1_700])
def test_a_tone_survives_mu_law_at_its_loudness(hz: int) -> None:
    sent = mulaw.decode(mulaw.encode(tones.tone(hz, 0.2)))
    assert tones.strength(sent, hz) == pytest.approx(tones.LOUD, rel=0.02)
    assert tones.heard(sent, [440, 1_000, 1_700]) == {hz}


def test_two_voices_are_told_apart() -> None:
    both = mulaw.mix([tones.tone(500, 0.2), tones.tone(900, 0.2)])
    assert tones.heard(mulaw.decode(mulaw.encode(both)), [440, 500, 550, 850, 900, 1_000]) == {500, 900}


def test_pieces_of_a_tone_join() -> None:
    whole = tones.tone(437, 0.06)
    parts = [tones.tone(437, 0.02, start=n * 160) for n in range(3)]
    assert np.array_equal(whole, np.concatenate(parts))


def test_nothing_has_no_loudness() -> None:
    assert tones.strength(mulaw.QUIET[:0], 440) == tones.loudness(mulaw.QUIET[:0]) == 0.0
