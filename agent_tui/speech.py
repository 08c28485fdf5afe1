"""What is being said in a call and is not final yet, by leg. Pure; each piece replaces the one before.

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
    """With ``piece`` in the place of its leg's older one; "" takes it back. A ninth speaker is not shown."""
    if piece.text and (piece.leg in pieces or len(pieces) < SPEAKERS_MAX):
        return {**pieces, piece.leg: Speaking(piece, at + SPEAKING_US)}
    return {leg: kept for leg, kept in pieces.items() if leg != piece.leg}


def settled(pieces: Pieces, entry: Entry) -> Pieces:
    """Without what ``entry`` has made final."""
    if entry.kind != "speech":
        return pieces
    by = (entry.who, entry.name)
    return {leg: kept for leg, kept in pieces.items() if (kept.piece.who, kept.piece.name) != by}
