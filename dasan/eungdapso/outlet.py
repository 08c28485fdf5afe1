"""The broker's ``TicketDesk`` port over the Open311 client: our words on one side, GeoReport v2 on the other.

Updates are read on from where the last reading stood, less two hours: what the broker could not use yet (a ticket whose
number it had not heard, a clash) comes again, and yet no reading goes back to the oldest open ticket. After a restart
the first reading begins where the caller says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dasan import ports
from dasan.core.time import HOUR, MINUTE
from dasan.eungdapso.client import Open311Client
from dasan.eungdapso.receipt import Progress, Submission, Submitted, TicketUpdate

PAGES_MAX = 20  # of 1,000 updates each: one reading never goes on for ever; the next continues
OVERLAP_US = 2 * HOUR
BEFORE_US = HOUR  # a peer's clock may be an hour off when we look a case up in its list

# Ends that the citizen must read about: they reach the broker as an answer, and then as the close.
_ENDS_WITH_WORDS = frozenset({"transferred_out", "merged", "closed_repeat"})


class TicketOutlet:
    """A :class:`dasan.ports.TicketDesk`. ``Submission.contact`` is sent as the phone, ``place`` as the address."""

    def __init__(self, client: Open311Client) -> None:
        self._client = client
        self._marks: list[tuple[int, str]] = []  # (instant, update_id) at page ends, oldest first
        self._last = (0, "")  # where the last reading ended
        self._behind = False  # ... which was before the end of what there is

    async def submit(self, case: ports.Submission) -> ports.Submitted:
        return _submitted(await self._client.submit(_case(case)))

    async def find(self, case: ports.Submission) -> ports.Submitted | None:
        since = case.requested_at_us - BEFORE_US if case.requested_at_us else None
        found = await self._client.find(case.key, since_us=since, service_code=case.service_code)
        return _submitted(found) if found else None

    async def resolve(self, token: str) -> str | None:
        return await self._client.resolve(token)

    async def updates(self, since_us: int) -> Sequence[ports.TicketUpdate]:
        """Oldest first. ``status`` is our desk's state while a ticket is worked on, else a ``Progress`` value."""
        since_us, cursor = self._start(since_us)
        found: dict[str, TicketUpdate] = {}
        self._behind = True
        for _ in range(PAGES_MAX):
            page = [u for u in await self._client.updates(since_us, cursor) if u.update_id not in found]
            if not page:
                self._behind = False
                break
            found |= {u.update_id: u for u in page}
            cursor = page[-1].update_id
            self._mark(page[-1].at, cursor)
        steps = sorted(found.values(), key=lambda update: update.at)
        return [step for update in steps for step in _steps(update)]

    async def standing(self, ticket_no: str) -> ports.TicketStanding | None:
        """Of that very number, however its hyphens are written: a peer that answers with others is not believed."""
        wanted = ticket_no.replace("-", "")
        told = await self._client.statuses([ticket_no])
        found = next((one for one in told if wanted and one.ticket_no.replace("-", "") == wanted), None)
        if found is None:
            return None
        return ports.TicketStanding(
            found.ticket_no, found.progress.value, found.state, found.agency, found.updated_at, found.expected_at
        )

    async def upload(self, body: bytes, media_type: str, sha256: str) -> str:
        return await self._client.upload(body, media_type, sha256)

    async def questions(self, service_code: str) -> Sequence[ports.Question]:
        return await self._client.questions(service_code)

    def _start(self, since_us: int) -> tuple[int, str]:
        """Where to read on: (since, cursor)."""
        if self._behind and self._last[1]:
            return self._last
        while len(self._marks) > 1 and self._marks[1][0] <= self._marks[-1][0] - OVERLAP_US:
            del self._marks[0]
        if self._marks and self._marks[0][0] <= self._marks[-1][0] - OVERLAP_US:
            return self._marks[0]
        return since_us, ""

    def _mark(self, at_us: int, update_id: str) -> None:
        """Remember a place, at most one a minute, and never one before the newest."""
        self._last = (at_us, update_id)
        if not self._marks or at_us >= self._marks[-1][0] + MINUTE:
            self._marks.append(self._last)


def _case(case: ports.Submission) -> Submission:
    return Submission(
        key=case.key,
        service_code=case.service_code,
        summary=case.summary,
        description=case.description,
        address=case.place,
        phone=case.contact,
        media_urls=case.media_urls,
        requested_at=case.requested_at_us,
        attributes=case.attributes,
    )


def _submitted(made: Submitted) -> ports.Submitted:
    return ports.Submitted(made.ticket_no, made.token, made.sha256)


def _steps(update: TicketUpdate) -> Iterator[ports.TicketUpdate]:
    status = update.progress.value
    if update.state in _ENDS_WITH_WORDS:
        status = Progress.ANSWERED.value
    elif update.progress is Progress.IN_PROGRESS and update.state:
        status = update.state
    yield ports.TicketUpdate(update.update_id, update.ticket_no, status, update.text, update.at)
    if update.state in _ENDS_WITH_WORDS:
        name = update.update_id + ".end"
        yield ports.TicketUpdate(name, update.ticket_no, Progress.CLOSED.value, "", update.at)
