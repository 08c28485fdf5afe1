"""What a recording is, read from its bytes: a mu-law WAV of the telephone's own rate, or an MP3; and how long it lasts.

These two a network plays as they are. Anything else (another rate, two channels, a picture with a wrong name) is said
to be unplayable in words that its maker can act on. Nothing is decoded; an MP3 is walked frame by frame, which finds
one that was cut off. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

BYTES_MAX: Final = 2_000_000
SECONDS_MIN, SECONDS_MAX = 0.2, 120.0
RATE: Final = 8_000
WAV, MP3 = "wav", "mp3"
MEDIA_TYPES: Final = {WAV: "audio/wav", MP3: "audio/mpeg"}
HOW_KO: Final = "ffmpeg -i 원본 -ac 1 -ar 8000 -c:a pcm_mulaw 이름.wav"
HOW_EN: Final = "ffmpeg -i ORIGINAL -ac 1 -ar 8000 -c:a pcm_mulaw NAME.wav"
_MU_LAW, _CHUNKS_MAX = 7, 64
_BEHIND = (b"TAG", b"APETAGEX", b"ID3", b"3DI")  # labels that stand behind the last frame
# kbit/s of layer III by index: MPEG 1; MPEG 2 and 2.5.
_KBITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
# Version bits -> (row of _KBITS, samples a frame, rates).
_VERSIONS: Final = {
    3: (0, 1_152, (44_100, 48_000, 32_000)),
    2: (1, 576, (22_050, 24_000, 16_000)),
    0: (1, 576, (11_025, 12_000, 8_000)),
}


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that can be played. ``samples``: where the mu-law of a WAV stands in its bytes, (from, to)."""

    kind: str
    seconds: float
    samples: tuple[int, int] = (0, 0)


class Unplayable(Exception):
    """It cannot be played: why, in Korean and English."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(en)
        self.ko, self.en = ko, en


def read(body: bytes) -> Sound:
    """What these bytes are. Raises Unplayable."""
    if len(body) > BYTES_MAX:
        raise Unplayable(f"{BYTES_MAX:,}바이트를 넘습니다.", f"It is larger than {BYTES_MAX:,} bytes.")
    made = _wav(body) if body[:4] == b"RIFF" else _mp3(body)
    if not SECONDS_MIN <= made.seconds <= SECONDS_MAX:
        ko = f"{made.seconds:.1f}초입니다. {SECONDS_MIN:g}초에서 {SECONDS_MAX:g}초까지 틀 수 있습니다."
        raise Unplayable(ko, f"It lasts {made.seconds:.1f} s; from {SECONDS_MIN:g} to {SECONDS_MAX:g} s can be played.")
    return made


def _wav(body: bytes) -> Sound:
    if body[8:12] != b"WAVE":
        raise Unplayable("WAV 파일이 아닙니다.", "This is no WAV file.")
    form: tuple[int, int, int] | None = None
    for name, start, end in _chunks(body):
        if name == b"fmt " and end - start >= 16:
            fields = body[start:end]
            form = (_number(fields, 0, 2), _number(fields, 2, 2), _number(fields, 4, 4))
        if name == b"data" and form is not None:
            if form != (_MU_LAW, 1, RATE):
                raise Unplayable(
                    f"8kHz, 한 채널, mu-law WAV가 아닙니다({_told(form)}). 바꾸려면: {HOW_KO}",
                    f"It is no mu-law WAV of 8 kHz in one channel ({_told(form)}); to make one: {HOW_EN}",
                )
            if end > len(body):
                raise Unplayable("끝이 잘린 WAV입니다.", "The WAV is cut off.")
            return Sound(WAV, (end - start) / RATE, (start, end))
    raise Unplayable("WAV에 소리가 없습니다.", "The WAV holds no sound.")


def _chunks(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    for _ in range(_CHUNKS_MAX):
        if at + 8 > len(body):
            return
        size = _number(body, at + 4, 4)
        yield body[at : at + 4], at + 8, at + 8 + size
        at += 8 + size + size % 2


def _told(form: tuple[int, int, int]) -> str:
    codes = {1: "PCM", 6: "A-law", _MU_LAW: "mu-law"}
    return f"{codes.get(form[0], f'format {form[0]}')}, {form[2]} Hz, {form[1]} ch"


def _number(body: bytes, at: int, size: int) -> int:
    return int.from_bytes(body[at : at + size], "little")


def _mp3(body: bytes) -> Sound:
    at, seconds, frames = _behind_id3(body), 0.0, 0
    while at < len(body) and not body.startswith(_BEHIND, at):
        frame = _frame(body[at : at + 4])
        if frame is None and frames and not body[at:].strip(b"\x00"):
            break  # nothing but padding
        if frame is None or at + frame[0] > len(body):
            if not frames:
                ko, en = f"mu-law WAV도 MP3도 아닙니다. 바꾸려면: {HOW_KO}", "This is neither a mu-law WAV nor an MP3"
                raise Unplayable(ko, f"{en}; to make one: {HOW_EN}")
            raise Unplayable("끝이 잘렸거나 깨진 MP3입니다.", "The MP3 is cut off or broken.")
        at, seconds, frames = at + frame[0], seconds + frame[1], frames + 1
    if not frames:
        raise Unplayable("소리가 없는 파일입니다.", "The file holds no sound.")
    return Sound(MP3, seconds)


def _behind_id3(body: bytes) -> int:
    """Where the first frame may stand: behind a label with names and pictures."""
    if body[:3] != b"ID3" or len(body) < 10:
        return 0
    size = 0
    for byte in body[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if body[5] & 0x10 else 0)


def _frame(head: bytes) -> tuple[int, float] | None:
    """Bytes and seconds of the frame of layer III that begins so; None when none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version = _VERSIONS.get(head[1] >> 3 & 3)
    bits, rate = head[2] >> 4, head[2] >> 2 & 3
    if version is None or not 0 < bits < 15 or rate == 3:
        return None
    row, samples, rates = version
    size = samples // 8 * _KBITS[row][bits] * 1_000 // rates[rate] + (head[2] >> 1 & 1)
    return size, samples / rates[rate]
