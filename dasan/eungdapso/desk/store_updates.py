"""Named reads and writes of updates (ours and the other side's) and of media. Same connection, same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dasan.eungdapso.desk.states import Move, State
from dasan.eungdapso.desk.store import media, peer_updates, tickets, updates


@dataclass(frozen=True, slots=True)
class Update:
    """One arrow that happened. ``id`` grows in commit order; ``at_us`` is UTC microseconds."""

    id: int
    number: str
    service_code: str
    move: Move
    from_state: State
    to_state: State
    at_us: int
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class PeerUpdate:
    """What the other side posted to a ticket."""

    update_id: str
    fingerprint: str
    status: str
    text: str
    at_us: int


_COLUMNS = (
    updates.c.id,
    tickets.c.number,
    tickets.c.service_code,
    updates.c.move,
    updates.c.from_state,
    updates.c.to_state,
    updates.c.at_us,
    updates.c.actor,
    updates.c.text,
)


def _update(row: sa.RowMapping) -> Update:
    words = {"move": Move(row["move"]), "from_state": State(row["from_state"]), "to_state": State(row["to_state"])}
    return Update(**(dict(row) | words))


def add(conn: sa.Connection, ticket_id: int, values: dict[str, Any]) -> int:
    """Stores one arrow; its update id."""
    key = conn.execute(updates.insert().values(ticket_id=ticket_id, **values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def since(conn: sa.Connection, *, after: int, from_us: int, until_us: int, limit: int) -> list[Update]:
    """Updates in commit order: those after ``after`` when it is given (not -1), else those in the time span."""
    query = sa.select(*_COLUMNS).join(tickets, tickets.c.id == updates.c.ticket_id)
    fits = updates.c.id > after if after >= 0 else updates.c.at_us.between(from_us, until_us)
    query = query.where(fits)
    query = query.order_by(updates.c.id).limit(limit)
    return [_update(row) for row in conn.execute(query).mappings()]


def of_ticket(conn: sa.Connection, ticket_id: int) -> list[Update]:
    query = sa.select(*_COLUMNS).join(tickets, tickets.c.id == updates.c.ticket_id)
    query = query.where(updates.c.ticket_id == ticket_id).order_by(updates.c.id)
    return [_update(row) for row in conn.execute(query).mappings()]


def peer_update(conn: sa.Connection, principal: str, ticket_id: int, update_id: str) -> PeerUpdate | None:
    t = peer_updates.c
    query = sa.select(t.update_id, t.fingerprint, t.status, t.text, t.at_us)
    query = query.where((t.principal == principal) & (t.ticket_id == ticket_id) & (t.update_id == update_id))
    row = conn.execute(query).mappings().one_or_none()
    return PeerUpdate(**row) if row else None


def peer_updates_of(conn: sa.Connection, ticket_id: int) -> list[PeerUpdate]:
    t = peer_updates.c
    query = sa.select(t.update_id, t.fingerprint, t.status, t.text, t.at_us).where(t.ticket_id == ticket_id)
    return [PeerUpdate(**row) for row in conn.execute(query.order_by(t.id)).mappings()]


def add_peer_update(conn: sa.Connection, principal: str, ticket_id: int, values: dict[str, Any]) -> None:
    conn.execute(peer_updates.insert().values(principal=principal, ticket_id=ticket_id, **values))


def media_type_of(conn: sa.Connection, sha256: str) -> str | None:
    found: str | None = conn.execute(sa.select(media.c.media_type).where(media.c.sha256 == sha256)).scalar()
    return found


def media_bytes(conn: sa.Connection) -> int:
    """The size of all stored media together, in bytes."""
    return int(conn.execute(sa.select(sa.func.coalesce(sa.func.sum(media.c.size), 0))).scalar_one())


def add_media(conn: sa.Connection, sha256: str, media_type: str, size: int, at_us: int) -> None:
    conn.execute(media.insert().values(sha256=sha256, media_type=media_type, size=size, at_us=at_us))
