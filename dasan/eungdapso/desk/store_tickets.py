"""Named reads and writes of tickets. Each takes the connection of the transaction it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from dasan.eungdapso.desk.form import Filing
from dasan.eungdapso.desk.states import OPEN, Standing, State
from dasan.eungdapso.desk.store import counters, tickets

PAGE_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Ticket:
    """One row. ``number`` is "" until there is one; times are UTC microseconds."""

    id: int
    number: str
    token: str
    fingerprint: str
    body_sha256: str
    service_code: str
    state: State
    description: str
    address: str
    address_id: str
    lat: float | None
    long: float | None
    contact: tuple[tuple[str, str], ...]
    attributes: tuple[tuple[str, str], ...]
    media_urls: tuple[str, ...]
    received_us: int
    reported_us: int | None
    updated_us: int
    due_us: int
    agency: str
    officer: str
    notes: str
    asks: int
    asked_us: int | None
    extended: bool

    @property
    def standing(self) -> Standing:
        return Standing(self.state, self.asks, self.extended)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the desk adds to a :class:`Filing` when it takes it in."""

    number: str
    token: str
    principal: str
    idempotency_key: str
    fingerprint: str
    body_sha256: str
    received_us: int
    due_us: int
    agency: str


def _ticket(row: sa.RowMapping) -> Ticket:
    pairs: dict[str, Any] = {name: tuple((k, v) for k, v in row[name]) for name in ("contact", "attributes")}
    plain = {c.name: row[c.name] for c in tickets.columns if c.name not in ("principal", "idempotency_key", *pairs)}
    plain |= {"number": row["number"] or "", "token": row["token"] or "", "state": State(row["state"])}
    return Ticket(**(plain | pairs | {"media_urls": tuple(row["media_urls"])}))


def next_of(conn: sa.Connection, counter: str) -> int:
    """The next value (from 1) of a named counter; it is used up only if the transaction commits."""
    value = conn.execute(sa.select(counters.c.value).where(counters.c.name == counter)).scalar() or 0
    conn.execute(counters.delete().where(counters.c.name == counter))
    conn.execute(counters.insert().values(name=counter, value=value + 1))
    return int(value) + 1


def insert(conn: sa.Connection, filing: Filing, arrival: Arrival) -> int:
    """Stores a new ticket in state received; its row id."""
    values = asdict(filing) | asdict(arrival)
    values |= {"number": arrival.number or None, "token": arrival.token or None}
    values |= {"idempotency_key": arrival.idempotency_key or None, "media_urls": list(filing.media_urls)}
    values |= {"state": State.RECEIVED.value, "updated_us": arrival.received_us, "officer": "", "notes": ""}
    result = conn.execute(tickets.insert().values(asks=0, asked_us=None, extended=False, **values))
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def _one(conn: sa.Connection, where: sa.ColumnElement[bool]) -> Ticket | None:
    row = conn.execute(sa.select(tickets).where(where)).mappings().one_or_none()
    return _ticket(row) if row else None


def by_id(conn: sa.Connection, ticket_id: int) -> Ticket | None:
    return _one(conn, tickets.c.id == ticket_id)


def by_number(conn: sa.Connection, number: str) -> Ticket | None:
    return _one(conn, tickets.c.number == number)


def by_token(conn: sa.Connection, token: str) -> Ticket | None:
    return _one(conn, tickets.c.token == token)


def by_key(conn: sa.Connection, principal: str, key: str) -> Ticket | None:
    return _one(conn, (tickets.c.principal == principal) & (tickets.c.idempotency_key == key))


def change(conn: sa.Connection, ticket_id: int, **values: Any) -> None:
    conn.execute(tickets.update().where(tickets.c.id == ticket_id).values(**values))


@dataclass(frozen=True, slots=True)
class Filter:
    """What GET requests asks for. ``numbers`` overrides all else; ``is_open`` None means both; times inclusive."""

    numbers: tuple[str, ...] = ()
    service_codes: tuple[str, ...] = ()
    from_us: int = 0
    until_us: int = 0
    is_open: bool | None = None
    limit: int = PAGE_MAX
    offset: int = 0


def listed(conn: sa.Connection, wanted: Filter) -> list[Ticket]:
    """Numbered tickets that fit, newest first; what still waits for a number has only a token and is not listed."""
    query = sa.select(tickets).where(tickets.c.number.is_not(None))
    if wanted.numbers:
        query = query.where(tickets.c.number.in_(wanted.numbers))
    else:
        query = query.where(tickets.c.received_us.between(wanted.from_us, wanted.until_us))
        if wanted.service_codes:
            query = query.where(tickets.c.service_code.in_(wanted.service_codes))
        if wanted.is_open is not None:
            open_states = [state.value for state in OPEN]
            fits = tickets.c.state.in_(open_states)
            query = query.where(fits if wanted.is_open else ~fits)
    query = query.order_by(tickets.c.received_us.desc(), tickets.c.id.desc())
    query = query.limit(min(wanted.limit, PAGE_MAX)).offset(wanted.offset)
    return [_ticket(row) for row in conn.execute(query).mappings()]


def desk_page(conn: sa.Connection, states: Iterable[State], limit: int, offset: int) -> list[Ticket]:
    """Tickets in ``states`` for the staff, what is due first on top."""
    query = sa.select(tickets).where(tickets.c.state.in_([state.value for state in states]))
    query = query.order_by(tickets.c.due_us, tickets.c.id).limit(limit).offset(offset)
    return [_ticket(row) for row in conn.execute(query).mappings()]


def counts(conn: sa.Connection) -> dict[State, int]:
    """How many tickets stand in each state."""
    query = sa.select(tickets.c.state, sa.func.count()).group_by(tickets.c.state)
    found = {State(state): int(count) for state, count in conn.execute(query)}
    return {state: found.get(state, 0) for state in State}
