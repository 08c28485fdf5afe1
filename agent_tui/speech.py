"""What is being said in a call and is not final yet, and keys that were pressed. Pure; each piece replaces the one of
its leg and kind before it.

A piece is believed for 15 s without a newer one, because a recogniser that has died takes nothing back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dasan.wire.call_views import Partial
from dasan.wire.desk_views import Entry

SPEAKING_US = 15_000_000
SPEAKERS_MAX = 8


@dataclass(frozen=True, slots=True)
class Speaking:
    """A piece that is not final, and until when it is believed."""

    piece: Partial
    until: int


Pieces = Mapping[str, Speaking]


def heard(pieces: Pieces, piece: Partial, at: int) -> Pieces:
    """With ``piece`` in the place of the older one; "" takes it back. A ninth is not shown."""
    place = f"{piece.leg} {piece.kind}"
    if piece.text and (place in pieces or len(pieces) < SPEAKERS_MAX):
        return {**pieces, place: Speaking(piece, at + SPEAKING_US)}
    return {other: kept for other, kept in pieces.items() if other != place}


def settled(pieces: Pieces, entry: Entry) -> Pieces:
    """Without what ``entry`` has made final."""
    if entry.kind != "speech":
        return pieces
    by = ("speech", entry.who, entry.name)
    return {place: kept for place, kept in pieces.items() if by != (kept.piece.kind, kept.piece.who, kept.piece.name)}
