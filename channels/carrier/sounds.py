"""Recordings that Play names: fetched by GET, without a word about the call, measured, and kept as their server allows.

What cannot be had, or is no sound, is an error of Twilio's (11200 and its like, 12300) and the document goes on with
its next verb. A WAV of the telephone's own form is really heard; of an MP3 the length is known; of what else Twilio
plays (AIFF, GSM) it is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from channels.carrier import webhooks
from channels.carrier.model import SECOND, Call, Goto
from channels.carrier.process import Fetched
from channels.media import sound

if TYPE_CHECKING:
    from channels.carrier.network import Network

KEPT_MAX: Final = 500
BAD_CONTENT: Final = 12300
_MEASURED: Final = frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/mpeg", "audio/mp3"})
_AGE = re.compile(r"max-age=([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Recorded:
    """``mu_law``: its samples, b"" where this network makes no sound of it."""

    us: int
    mu_law: bytes = b""
    until_us: int = 0


def ask(net: Network, call: Call, url: str) -> Callable[[], bool]:
    """Have the recording at ``url``; the function says whether it is settled: in ``net.sounds``, or not to be had."""
    kept = net.sounds.get(url)
    if kept is not None and net.now_us < kept.until_us:
        return lambda: True
    settled: list[bool] = []

    def then(fetched: Fetched) -> None:
        settled.append(True)
        net.sounds.pop(url, None)
        made = None if fetched.error else _made(net, call, fetched)
        if made is not None:
            net.sounds[url] = made
            if len(net.sounds) > KEPT_MAX:
                del net.sounds[next(iter(net.sounds))]

    webhooks.fetch(net, call, Goto(url, "GET"), (), then)
    return lambda: bool(settled)


def _made(net: Network, call: Call, fetched: Fetched) -> Recorded | None:
    kind = fetched.content_type.partition(";")[0].strip().lower()
    until_us = net.now_us + _kept_us(fetched.cache)
    if not kind.startswith("audio/"):
        net.warn(BAD_CONTENT, f"content of type {kind or 'none'} cannot be played", call.sid, fetched.url)
        return None
    if kind not in _MEASURED:
        return Recorded(net.media.sound_us(fetched.url), until_us=until_us)
    try:
        found = sound.read(fetched.body)
    except sound.Unplayable as wrong:
        net.warn(BAD_CONTENT, wrong.en, call.sid, fetched.url)
        return None
    start, end = found.samples
    return Recorded(round(found.seconds * SECOND), fetched.body[start:end], until_us)


def _kept_us(cache: str) -> int:
    age = _AGE.search(cache)
    return int(age[1]) * SECOND if age is not None and "no-store" not in cache else 0
