"""Promises carried out: cases go to the ticket side, their outcome comes back as a command (ARCHITECTURE §5).

One attempt: ``BeginSubmission`` is on disk before anything is sent, and says whether an earlier attempt may have done
it; then we ask first (I20). However the attempt ends, ``SubmissionResult`` moves the handoff and the promise in one
transaction. A crash at any point leaves the promise due, and the next attempt asks first. The event that begins an
attempt is also the claim: of two servers that deliver at once one commits it, whoever held the duty (ADR 5). Attempts
run at most ``AT_ONCE_MAX`` at a time, one a session: its cases go in the order in which they were committed (I21). The
peer's progress is polled, from before the newest thing we know.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dasan.core.commands import OUTBOX, BeginSubmission, Envelope, SubmissionResult, TicketProgress
from dasan.core.errors import DasanError, ProviderFailed, Refused, Rejected
from dasan.core.handlers.tickets import ENDPOINT
from dasan.core.handoff import ACKNOWLEDGED, ANSWERED, COMMITTED, IN_PROGRESS, RETRY_WAIT, SUBMITTING, Handoff
from dasan.core.policy import Policy
from dasan.core.text import clean, clean_line
from dasan.core.time import HOUR
from dasan.ports import Blobs, Committed, Delivery, Gate, Head, Submission, Submitted, TicketDesk, TicketUpdate

AT_ONCE_MAX = 8
WHOLE_EVERY = 60  # polls: what came with an older time than the overlap allows is found by then
OVERLAP_US = HOUR  # how far before the newest known update we ask again: clocks differ, and repeats are harmless
# Refusals that say nothing about the command: the writer had too much to do, or lost a race too often.
PASSING = frozenset({"busy", "clash"})
_POLLED = frozenset({ACKNOWLEDGED, IN_PROGRESS, ANSWERED})
_UNSENT = frozenset({COMMITTED, SUBMITTING, RETRY_WAIT})


class Words(Protocol):
    """Reading sealed words: a part of the store's reads."""

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes | None]:
        """Words by content id; None where erased."""
        ...


class Promises:
    """What is due to be sent, and which tickets are on their way, kept up to date by commits."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        self._handoffs: dict[str, Handoff] = {}
        self._by_ticket: dict[str, str] = {}
        self._polls = self._told_us = 0
        self._lines: dict[str, dict[str, int]] = {}  # session -> its cases that the peer does not have, since when

    def see(self, committed: Iterable[Committed]) -> None:
        """Take in what was written."""
        for one in committed:
            for delivery in one.deliveries:
                self.promise(delivery)
            for head in one.heads.values():
                self.take(head)

    def promise(self, delivery: Delivery) -> None:
        """A promise as it stands now; those of other endpoints are other outboxes'."""
        if delivery.endpoint != ENDPOINT:
            return
        if delivery.state != "waiting":
            self._due.pop(delivery.id, None)
            return
        self._due[delivery.id] = delivery.due_us
        heapq.heappush(self._heap, (delivery.due_us, delivery.id))

    def take(self, head: Head) -> None:
        """A handoff as it stands now."""
        if not isinstance(head.state, Handoff):
            return
        h = head.state
        if head.open:
            self._handoffs[h.id] = h
            if h.ticket_no:
                self._by_ticket[h.ticket_no] = h.id
        else:
            self._handoffs.pop(h.id, None)
            self._by_ticket.pop(h.ticket_no, None)
        self._stand(h)

    def _stand(self, h: Handoff) -> None:
        """Keep the session's line; whoever is first now may go."""
        line = self._lines.setdefault(h.session, {})
        if h.state in _UNSENT and not h.token:
            line[h.id] = h.committed_at_us
        else:
            line.pop(h.id, None)
        if not line:
            del self._lines[h.session]
            return
        first = _first(line)
        if first in self._due:
            heapq.heappush(self._heap, (self._due[first], first))

    def _behind(self, handoff: str) -> bool:
        """Whether an earlier case of the same session has not reached the peer."""
        h = self._handoffs.get(handoff)
        line = self._lines.get(h.session, {}) if h is not None else {}
        return handoff in line and _first(line) != handoff

    def handoff(self, handoff: str) -> Handoff | None:
        """The handoff, while it is open."""
        return self._handoffs.get(handoff)

    def of_ticket(self, ticket_no: str) -> str | None:
        """The handoff whose receipt bears that number."""
        return self._by_ticket.get(ticket_no)

    def due(self, now_us: int, most: int) -> list[str]:
        """Handoffs to attempt now, of each session the first; each is given once until its promise is renewed."""
        found: list[str] = []
        while self._heap and self._heap[0][0] <= now_us and len(found) < most:
            at, name = heapq.heappop(self._heap)
            if self._due.get(name) == at and not self._behind(name):
                del self._due[name]
                found.append(name)
        return found

    def again(self, handoff: str, due_us: int) -> None:
        """An attempt could not begin, or its outcome could not be written: due again, unless renewed meanwhile."""
        if handoff not in self._due:
            self._due[handoff] = due_us
            heapq.heappush(self._heap, (due_us, handoff))

    def standing(self) -> Mapping[str, int]:
        """Every promise that is not being attempted, and when it is due."""
        return self._due

    def next_us(self) -> int | None:
        """When the next promise falls due, or None."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def oldest_us(self) -> int | None:
        """Since when the oldest case waits for its receipt, or None: what an alarm looks at."""
        waiting = [h.committed_at_us for h in self._handoffs.values() if h.committed_at_us and not h.ticket_no]
        return min(waiting, default=None)

    def polled_since_us(self) -> int | None:
        """From when on to ask for progress; None when no ticket is on its way.

        A ticket may be open for weeks, so what has been told is not asked for again each time: from the newest step
        that the peer has told, by its own clock, and every :data:`WHOLE_EVERY`-th time from the oldest one open.
        """
        open_ = [h for h in self._handoffs.values() if h.state in _POLLED]
        oldest = min((h.update_at_us or h.committed_at_us for h in open_), default=None)
        if oldest is None or self._polls % WHOLE_EVERY == 0:
            return oldest
        return max(oldest, self._told_us)

    def told(self, updates: Iterable[TicketUpdate]) -> None:
        """The peer has answered a question for progress, and every step of its answer was taken in."""
        self._polls += 1
        self._told_us = max([self._told_us, *(update.at_us for update in updates)])


@dataclass(frozen=True, slots=True)
class Outbox:
    """The ticket side's runner. ``blobs`` gives the photos that go with a case."""

    gate: Gate
    desk: TicketDesk
    words: Words
    blobs: Blobs
    policy: Policy
    promises: Promises

    async def attempt(self, handoff: str) -> str:
        """One attempt at one handoff; how it ended (a SubmissionResult outcome, or "gone")."""
        h = self.promises.handoff(handoff)
        if h is None:
            return "gone"
        number = h.attempts + 1
        try:
            begun = await self.gate.submit(Envelope(OUTBOX, "", BeginSubmission(handoff, number)))
        except Refused as refused:
            if refused.code in PASSING:  # the promise stands; whoever called puts it back
                raise
            return "gone"  # withdrawn, or acknowledged meanwhile
        outcome = await self._send(h, number, bool(begun["ask_first"]), str(begun["token"]))
        await self.gate.submit(Envelope(OUTBOX, "", outcome))
        return outcome.outcome

    async def _send(self, h: Handoff, number: int, ask_first: bool, token: str) -> SubmissionResult:
        try:
            if token:
                ticket_no = await self.desk.resolve(token)
                if ticket_no is None:
                    return SubmissionResult(h.id, number, "submitted", token=token)
                return SubmissionResult(h.id, number, "acknowledged", ticket_no=ticket_no)
            return _made(h.id, number, await self._submit(h, ask_first))
        except Rejected as rejected:
            fields = tuple(_named(fault.field) for fault in rejected.faults)
            return SubmissionResult(h.id, number, "rejected", code=rejected.code, fields=fields)
        except ProviderFailed as failed:
            return _failed(h.id, number, failed)

    async def _submit(self, h: Handoff, ask_first: bool) -> Submitted:
        case = await self._case(h)
        if ask_first:
            known = await self.desk.find(case)
            if known is not None:
                return known
        return await self.desk.submit(case)

    async def _case(self, h: Handoff) -> Submission:
        raw = self.words.contents([h.content]).get(h.content)
        if raw is None:
            raise ProviderFailed("erased", retryable=False)
        case = json.loads(raw)
        category = self.policy.category(h.category)
        urls = [await self._photo(blob) for blob in h.blobs]
        return Submission(
            h.id,
            category.service_code if category else "",
            case["summary"],
            case["description"],
            case["place"],
            case["contact"],
            tuple(url for url in urls if url),
            h.committed_at_us,
            tuple((str(code), str(value)) for code, value in case.get("attributes", ())),
        )

    async def _photo(self, blob: str) -> str:
        found = self.blobs.get(blob)
        if found is None:  # erased meanwhile: the case goes without it
            return ""
        body, media_type = found
        return await self.desk.upload(body, media_type, hashlib.sha256(body).hexdigest())

    async def poll(self) -> int:
        """Ask the peer for progress; how many steps were new. Raises ProviderFailed."""
        since = self.promises.polled_since_us()
        if since is None:
            return 0
        updates = sorted(await self.desk.updates(max(0, since - OVERLAP_US)), key=_when)
        new = 0
        for update in updates:
            new += await self._progress(update)
        self.promises.told(updates)
        return new

    async def _progress(self, update: TicketUpdate) -> bool:
        handoff = self.promises.of_ticket(update.ticket_no)
        h = self.promises.handoff(handoff) if handoff else None
        if h is None or update.update in h.updates or update.at_us < h.update_at_us:
            return False
        name, words = clean_line(update.update, limit=64), clean(update.text)
        command = TicketProgress(h.id, name, update.status, update.at_us, words)
        try:
            reply = await self.gate.submit(Envelope(OUTBOX, "", command))
        except DasanError:  # refused by the state: the next poll brings it again
            return False
        return not reply.get("late")


def _first(line: Mapping[str, int]) -> str:
    return min(line, key=lambda handoff: (line[handoff], handoff))


def _when(update: TicketUpdate) -> int:
    return update.at_us


def _made(handoff: str, number: int, made: Submitted) -> SubmissionResult:
    outcome = "acknowledged" if made.ticket_no else "submitted"
    return SubmissionResult(
        handoff,
        number,
        outcome,
        ticket_no=clean_line(made.ticket_no, limit=64),
        token=clean_line(made.token, limit=64),
        sent_sha256=made.sent_sha256,
    )


def _named(field: str) -> str:
    """``attribute[PLATE]`` as the code ``attribute.plate``: events carry codes."""
    return field.replace("[", ".").rstrip("]").lower()


def _failed(handoff: str, number: int, failed: ProviderFailed) -> SubmissionResult:
    known = "retry" if failed.retryable else "refused"
    outcome = "unclear" if failed.unknown_outcome else known
    return SubmissionResult(handoff, number, outcome, code=failed.code, after_s=failed.after_s or 0.0)


def restore(promises: Promises, deliveries: Sequence[Delivery], heads: Iterable[Head]) -> None:
    """The picture at a start, from what the store holds."""
    for head in heads:
        promises.take(head)
    for delivery in deliveries:
        promises.promise(delivery)


def receipt(h: Handoff) -> dict[str, Any]:
    """What proves that the city has the case: its number, what was sent, and when we promised."""
    return {"ticket_no": h.ticket_no, "sent_sha256": h.sent_sha256, "case_sha256": h.sha256, "at_us": h.committed_at_us}
