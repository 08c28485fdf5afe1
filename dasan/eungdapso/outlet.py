"""The broker's ``TicketDesk`` port over the Open311 client: our words on one side, GeoReport v2 on the other."""

from __future__ import annotations

from collections.abc import Sequence

from dasan import ports
from dasan.eungdapso.client import Open311Client
from dasan.eungdapso.receipt import Submission, Submitted

PAGES_MAX = 20  # of 1,000 updates each: one reading never goes on for ever
BEFORE_US = 3_600_000_000  # a peer's clock may be an hour off when we look a case up in its list


class TicketOutlet:
    """A :class:`dasan.ports.TicketDesk`. ``Submission.contact`` is sent as the phone, ``place`` as the address."""

    def __init__(self, client: Open311Client) -> None:
        self._client = client

    async def submit(self, case: ports.Submission) -> ports.Submitted:
        return _submitted(await self._client.submit(_case(case)))

    async def find(self, case: ports.Submission) -> ports.Submitted | None:
        since = case.requested_at_us - BEFORE_US if case.requested_at_us else None
        found = await self._client.find(case.key, since_us=since, service_code=case.service_code)
        return _submitted(found) if found else None

    async def resolve(self, token: str) -> str | None:
        return await self._client.resolve(token)

    async def updates(self, since_us: int) -> Sequence[ports.TicketUpdate]:
        """``status`` is a :class:`dasan.eungdapso.receipt.Progress` value."""
        found: dict[str, ports.TicketUpdate] = {}
        cursor = ""
        for _ in range(PAGES_MAX):
            page = [u for u in await self._client.updates(since_us, cursor) if u.update_id not in found]
            if not page:
                break
            cursor = page[-1].update_id
            found |= {
                u.update_id: ports.TicketUpdate(u.update_id, u.ticket_no, u.progress.value, u.text, u.at) for u in page
            }
        return sorted(found.values(), key=lambda update: update.at_us)

    async def upload(self, body: bytes, media_type: str, sha256: str) -> str:
        return await self._client.upload(body, media_type, sha256)


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
    )


def _submitted(made: Submitted) -> ports.Submitted:
    return ports.Submitted(made.ticket_no, made.token, made.sha256)
