"""A turn of the menu as it is kept: packed JSON to be sealed, from which the very same answer is made again.

``decode(encode(said)) == said``. A turn repeats the names of its fields and voices many times over: packed, it takes a
third of the room, and a commit writes a page less for each. Turns that were kept as plain JSON are read as well.
Decoded turns are remembered by their content's id: contents never change, and the next hop of a call nearly always
needs the last one.
"""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from channels.voice.ports import Said
from dasan.core import codec
from dasan.core.errors import BadInput, ConfigWrong, Problem
from ivr import actions as a
from ivr.state import load

KEPT = 4_000
BYTES_MAX = 1_000_000
_TYPES: Mapping[str, type[Any]] = {
    t.__name__: t
    for t in (
        *(a.Say, a.Ask, a.Queue, a.Hold, a.Leave, a.Fetch, a.Lookup),
        *(a.Callback, a.CancelCallback, a.Voicemail, a.Transfer, a.Sms, a.Prefer, a.End),
    )
}


def encode(said: Said) -> bytes:
    """The turn as packed JSON."""
    actions = [(type(action).__name__, codec.encode(action)) for action in said.actions]
    return zlib.compress(codec.dumps({"state": codec.encode(said.state), "actions": actions}).encode(), 1)


def decode(text: str | bytes) -> Said:
    """What :func:`encode` gave. Raises ConfigWrong when it is something else."""
    try:
        data = json.loads(text if text[:1] in {"{", b"{"} else _unpacked(text))
        actions = tuple(codec.decode(_TYPES[name], given) for name, given in data["actions"])
        return Said(load(data["state"]), actions)
    except (ValueError, KeyError, TypeError, BadInput, zlib.error) as error:
        ko = "저장된 안내 단계를 읽을 수 없습니다. 이 통화는 상담사에게 바로 연결합니다."
        raise ConfigWrong(
            (Problem("turn", ko, "A recorded turn cannot be read; the call goes to a person."),)
        ) from error


def _unpacked(kept: str | bytes) -> bytes:
    if isinstance(kept, str):
        raise ValueError("neither JSON nor packed")
    packed = zlib.decompressobj()
    text = packed.decompress(kept, BYTES_MAX)
    if not packed.eof:
        raise ValueError("cut off, or larger than a turn can be")
    return text


class Memory:
    """Turns by the id of their content, the longest unused forgotten first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._turns: OrderedDict[str, Said] = OrderedDict()

    def get(self, content: str) -> Said | None:
        """The turn, if it is remembered."""
        found = self._turns.get(content)
        if found is not None:
            self._turns.move_to_end(content)
        return found

    def put(self, content: str, said: Said) -> None:
        """Remember it."""
        self._turns[content] = said
        self._turns.move_to_end(content)
        if len(self._turns) > self._kept:
            self._turns.popitem(last=False)

    def __len__(self) -> int:
        return len(self._turns)
