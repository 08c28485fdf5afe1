"""The desk's rules, each in one transaction: take a report in, move a ticket, hear the other side.

Promises. A report with an ``Idempotency-Key`` makes one ticket, however often and from however many connections it
comes: key, fingerprint and ticket are written together, and the same key with another meaning is refused. Every move of
the table makes one update. Numbers are given in order, without holes, the moment a ticket may have one: at once, or for
a service of type ``batch`` with its first move.

Synchronous and thread-safe (the store's writers take turns); the doors call it from worker threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import dasan.eungdapso.desk.store_tickets as book
import dasan.eungdapso.desk.store_updates as log
from dasan.core.errors import Refused
from dasan.core.text import clean, clean_line
from dasan.eungdapso.desk.due import after_pause, due_at
from dasan.eungdapso.desk.form import KEY_CHARS_MAX, Fault, FormError, Pairs, bad, fingerprint, first, read_filing
from dasan.eungdapso.desk.numbers import batch_token, day_of, read_number, ticket_number
from dasan.eungdapso.desk.services import CATALOGUE, Service
from dasan.eungdapso.desk.states import MOVE_NAMES, STATE_NAMES, Move, Refusal, Standing, State, decide
from dasan.eungdapso.desk.store import Connection, Store
from dasan.eungdapso.desk.store_tickets import Arrival, Ticket

TEXT_CHARS_MAX = 4_000
KEY_CONFLICT = 409  # in the body; the HTTP status stays the specification's 400


@dataclass(frozen=True, slots=True)
class Papers:
    """What comes with a move: the answer or reason, the department or agency, the officer, the other ticket."""

    text: str = ""
    agency: str = ""
    officer: str = ""
    other: str = ""

    def given(self) -> frozenset[str]:
        return frozenset(name for name in ("text", "agency", "officer", "other") if getattr(self, name))


@dataclass(frozen=True, slots=True)
class _Call:
    """Who asked, under which key, what it meant, and the hash of the bytes it came in."""

    principal: str
    key: str
    fingerprint: str
    body_sha256: str


class Office:
    """``now`` gives UTC microseconds. ``holidays`` are days off beside weekends."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], int],
        *,
        services: Mapping[str, Service] = CATALOGUE,
        holidays: frozenset[date] = frozenset(),
    ) -> None:
        self.store = store
        self.now = now
        self.services = services
        self.holidays = holidays

    # -- reports

    def file(self, principal: str, pairs: Pairs, body_sha256: str, key: str) -> Ticket:
        """The ticket of this report: a new one, or the one this key already made. Raises :class:`FormError`."""
        if len(key) > KEY_CHARS_MAX or not key.isprintable():
            raise FormError(400, bad("Idempotency-Key", "is too long or not printable", "키가 너무 깁니다"))
        service = self._service(first(pairs, "service_code"))
        call = _Call(principal, key, fingerprint(pairs), body_sha256)
        with self.store.write() as conn:
            known = book.by_key(conn, principal, key) if key else None
            if known is None:
                known = self._take_in(conn, service, pairs, call)
        if known.fingerprint != call.fingerprint:
            text = "Idempotency-Key was used before with another body / 같은 키로 다른 내용이 왔습니다"
            raise FormError(400, Fault(KEY_CONFLICT, text))
        return known

    def _service(self, code: str) -> Service:
        if not code:
            raise FormError(400, bad("service_code", "was not provided", "분류가 없습니다"))
        if code not in self.services:
            raise FormError(404, Fault(404, "service_code provided was not found / 없는 분류입니다"))
        return self.services[code]

    def _take_in(self, conn: Connection, service: Service, pairs: Pairs, call: _Call) -> Ticket:
        filing = read_filing(pairs, service)
        now = self.now()
        waits = service.kind == "batch"
        arrival = Arrival(
            number="" if waits else _number(conn, now),
            token=batch_token(book.next_of(conn, "token")) if waits else "",
            principal=call.principal,
            idempotency_key=call.key,
            fingerprint=call.fingerprint,
            body_sha256=call.body_sha256,
            received_us=now,
            due_us=due_at(now, service.term, self.holidays),
            agency=service.agency,
        )
        made = book.by_id(conn, book.insert(conn, filing, arrival))
        assert made is not None
        return made

    def receipt(self, principal: str, key: str) -> Ticket | None:
        """The ticket that this key made, if it did."""
        with self.store.read() as conn:
            return book.by_key(conn, principal, key)

    # -- moves

    def move(self, ticket_id: int, move: Move, papers: Papers, actor: str) -> Ticket:
        """The ticket after ``move``. Raises :class:`Refused` (``not_now``, ``desk_*``) and then nothing changed."""
        with self.store.write() as conn:
            return self._move(conn, ticket_id, move, _tidy(papers), actor)

    def _move(self, conn: Connection, ticket_id: int, move: Move, papers: Papers, actor: str) -> Ticket:
        ticket = book.by_id(conn, ticket_id)
        if ticket is None:
            raise Refused("desk_no_such_ticket")
        after = decide(ticket.standing, move, papers.given())
        if isinstance(after, Refusal):
            raise _refused(after)
        if move is Move.MERGE:
            papers = self._merge_target(conn, ticket, papers)
        now = self.now()
        text = public_text(move, papers)
        values = {"move": move.value, "from_state": ticket.state.value, "to_state": after.state.value}
        log.add(conn, ticket.id, values | {"at_us": now, "actor": actor, "text": text})
        changes = _changes(move, after, papers) | {"notes": text, "updated_us": now}
        changes["due_us"] = self._due(ticket, move, now)
        if move is Move.ASK_CITIZEN:
            changes["asked_us"] = now
        if not ticket.number:
            changes["number"] = _number(conn, now)
        book.change(conn, ticket.id, **changes)
        moved = book.by_id(conn, ticket_id)
        assert moved is not None
        return moved

    def _due(self, ticket: Ticket, move: Move, now: int) -> int:
        service = self.services.get(ticket.service_code)
        if service is None:
            return ticket.due_us
        if move is Move.EXTEND:  # the same length again, on top of whatever pauses had moved
            base = due_at(ticket.received_us, service.term, self.holidays)
            return ticket.due_us - base + due_at(ticket.received_us, service.term.doubled(), self.holidays)
        if move is Move.CITIZEN_REPLIED and ticket.asked_us is not None:
            return after_pause(ticket.due_us, ticket.asked_us, now, service.term, self.holidays)
        if move is Move.REOPEN:
            return due_at(now, service.term, self.holidays)
        return ticket.due_us

    def _merge_target(self, conn: Connection, ticket: Ticket, papers: Papers) -> Papers:
        other = book.by_number(conn, read_number(papers.other) or "")
        if other is None or other.id == ticket.id or other.state is State.MERGED:
            raise Refused("desk_no_such_other", other=papers.other[:40])
        return Papers(papers.text, papers.agency, papers.officer, other.number)

    # -- the other side speaks (mySociety extension)

    def hear(self, principal: str, pairs: Pairs) -> str:
        """Takes in one posted update; its update_id. The same again is harmless. Raises :class:`FormError`."""
        update_id = clean_line(first(pairs, "update_id"), limit=KEY_CHARS_MAX)
        number = read_number(first(pairs, "service_request_id")) or ""
        status, text = first(pairs, "status").upper(), clean(first(pairs, "description"), limit=TEXT_CHARS_MAX)
        for name, value in (("update_id", update_id), ("service_request_id", number), ("status", status)):
            if not value and not first(pairs, name):
                raise FormError(400, bad(name, "was not provided", "없습니다"))
        meaning = fingerprint(pairs)
        with self.store.write() as conn:
            ticket = book.by_number(conn, number)
            if ticket is None:
                raise FormError(404, Fault(404, "service_request_id provided was not found / 없는 접수번호입니다"))
            known = log.peer_update(conn, principal, ticket.id, update_id)
            if known is not None and known.fingerprint != meaning:
                raise FormError(
                    400, Fault(KEY_CONFLICT, "update_id was used before with another body / 이미 쓴 번호입니다")
                )
            if known is None:
                values = {"update_id": update_id, "fingerprint": meaning, "status": status, "text": text}
                log.add_peer_update(conn, principal, ticket.id, values | {"at_us": self.now()})
                self._obey(conn, ticket, status, text, principal)
        return update_id

    def _obey(self, conn: Connection, ticket: Ticket, status: str, text: str, principal: str) -> None:
        """The move that a posted update asks for, if any; otherwise it stays a remark on the ticket."""
        move = {"REOPEN": Move.REOPEN, "CANCELLED": Move.WITHDRAW}.get(status)
        if move is None and text and ticket.state is State.AWAITING_CITIZEN:
            move = Move.CITIZEN_REPLIED
        if move is None:
            return
        try:
            self._move(conn, ticket.id, move, Papers(text=text), principal)
        except Refused as refused:
            raise FormError(400, Fault(400, f"status {status} is not possible now: {refused}")) from refused


def _number(conn: Connection, now: int) -> str:
    return ticket_number(now, book.next_of(conn, "day:" + day_of(now)))


def _changes(move: Move, after: Standing, papers: Papers) -> dict[str, Any]:
    changes: dict[str, Any] = {"state": after.state.value, "asks": after.asks, "extended": after.extended}
    # A transfer's agency is where it went; the department in charge changes with it.
    changes |= {name: value for name in ("agency", "officer") if (value := getattr(papers, name))}
    return changes


def _tidy(papers: Papers) -> Papers:
    return Papers(
        clean(papers.text, limit=TEXT_CHARS_MAX),
        clean_line(papers.agency),
        clean_line(papers.officer),
        clean_line(papers.other),
    )


def public_text(move: Move, papers: Papers) -> str:
    """What an update says outside. An answer stands alone; other moves say what happened, never who the officer is."""
    if move in (Move.ANSWER, Move.ANSWER_AT_ONCE):
        return papers.text
    korean, english = MOVE_NAMES[move]
    detail = " · ".join(part for part in (papers.agency, papers.text) if part)
    if move is Move.MERGE:
        detail = f"duplicate of {papers.other}"
    return f"{korean} ({english})" + (f": {detail}" if detail else "")


def _refused(why: Refusal) -> Refused:
    if why.code == "illegal":
        return Refused("not_now", state=STATE_NAMES[State(why.detail)][0])
    return Refused(f"desk_{why.code}", what=why.detail)
