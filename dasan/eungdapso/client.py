"""Hands cases to Eung-Dap-So, or to any other Open311 GeoReport v2 peer.

Promise: with the rule of :func:`deliver` (after an unknown outcome ask before sending again) a peer that honours
``Idempotency-Key`` makes at most one ticket of a case, whatever the network does. At a plain peer we find a case again
by the reference in its description; the window that remains is a request that was still under way when we asked
(docs/eungdapso.md), so ``ProviderFailed.after_s`` asks the caller to wait for ``margin_s`` first, unless this peer was
seen to honour keys.

Every method raises :class:`ProviderFailed` or :class:`Rejected`. ``unknown_outcome`` matters after ``submit`` and
``upload``; from ``find`` it says that it is still not known. JSON and XML answers are both understood. An answer is
read up to 16 MB.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import quote

import httpx2

from dasan.core.errors import FieldFault, ProviderFailed, Rejected
from dasan.eungdapso import encode, verdict
from dasan.eungdapso.receipt import Submission, Submitted, TicketStatus, TicketUpdate, progress_of
from dasan.eungdapso.spark import AnswerError, Row, rows, text_of
from dasan.eungdapso.verdict import Answer, unclear, value_of
from dasan.ports import Question

ANSWER_BYTES_MAX = 16 * 1024 * 1024
IDS_PER_CALL = 50
UPLOAD_PATIENCE = 6.0  # a picture may take so many times longer than a form
LIST_CAP = 1_000  # GeoReport v2: a server shows at most this many; a full list proves no absence
KEY_HEADER = "Idempotency-Key"


class Open311Client:
    """One peer. ``base_url`` ends where ``/services.json`` begins; ``timeout_s`` bounds each call as a whole."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        jurisdiction_id: str,
        *,
        timeout_s: float = 10.0,
        margin_s: float = 30.0,
        form: str = "json",
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._api_key = api_key
        self._jurisdiction = jurisdiction_id
        self._timeout_s = timeout_s
        self._given_margin_s = margin_s
        self._keyed: bool | None = None  # whether this peer honours our keys; None until it was asked
        self._form = form
        self._http = httpx2.AsyncClient(
            transport=transport,
            timeout=httpx2.Timeout(timeout_s, connect=min(5.0, timeout_s)),
            limits=httpx2.Limits(max_connections=16, max_keepalive_connections=4, keepalive_expiry=20),
            headers={"accept-encoding": "identity", "user-agent": "dasan-120"},
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    @property
    def _margin_s(self) -> float:
        """How long to wait before asking: a peer that honours keys takes a request that comes late for the same one."""
        return 0.0 if self._keyed else self._given_margin_s

    async def submit(self, case: Submission) -> Submitted:
        """Sends the case under its key. After ``unknown_outcome`` call :meth:`find` before sending again."""
        body = encode.body(case, api_key=self._api_key, jurisdiction_id=self._jurisdiction)
        if self._keyed is None:
            await self._learn(case.key)
        kind = {"content-type": "application/x-www-form-urlencoded; charset=utf-8", KEY_HEADER: case.key}
        answer = await self._call("POST", "/requests", content=body, headers=kind, key=case.key)
        made = self._receipt(answer)
        return Submitted(made.ticket_no, made.token, hashlib.sha256(body).hexdigest(), made.notice)

    async def find(
        self, key: str, *, since_us: int | None = None, until_us: int | None = None, service_code: str = ""
    ) -> Submitted | None:
        """The receipt of a case sent before, or None when the peer surely has none.

        A peer of our kind is asked by key. A plain peer is asked for its list (``since_us`` .. ``until_us``, else its
        last 90 days) and the reference is looked for; a full list is no proof. Whatever keeps the question from
        being answered raises an unknown outcome.
        """
        try:
            return await self._find(key, since_us, until_us, service_code)
        except ProviderFailed as failed:
            if (
                failed.retryable
            ):  # not answered: still unknown, and asking puts nothing under way that one must wait for
                raise unclear(failed.detail, None if failed.unknown_outcome else failed.after_s) from failed
            raise

    async def _learn(self, key: str) -> None:
        """Ask for a receipt before the first case: who echoes the key honours it. Unanswered, nothing is sent."""
        try:
            answer = await self._ask(key)
        except ProviderFailed as failed:
            raise verdict.down(failed.detail) from failed
        if answer.status >= 500 and not answer.echoed:
            raise verdict.down(f"HTTP {answer.status}")
        self._keyed = self._keyed or answer.echoed

    async def _ask(self, key: str) -> Answer:
        path = f"/receipts/{quote(key, safe='')}"
        return await self._call("GET", path, headers={"x-api-key": self._api_key}, key=key)

    async def _find(self, key: str, since_us: int | None, until_us: int | None, code: str) -> Submitted | None:
        answer = await self._ask(key)
        if verdict.is_not_found(answer):
            return None
        if answer.echoed or answer.status == 429 or answer.status >= 500:  # an overloaded peer is not a plain one
            return self._receipt(answer)
        return await self._search(key, since_us, until_us, code)

    async def _search(self, key: str, since_us: int | None, until_us: int | None, code: str) -> Submitted | None:
        asked = {"service_code": code}
        asked |= {"start_date": encode.instant(since_us)} if since_us is not None else {}
        asked |= {"end_date": encode.instant(until_us)} if until_us is not None else {}
        found = await self._rows("/requests", asked)
        mark = encode.reference(key)
        for row in found:
            if mark in text_of(row, "description"):
                return self._made(row)
        if len(found) >= LIST_CAP:
            raise unclear("the peer's list is full; absence is not proved", self._margin_s)
        return None

    async def resolve(self, token: str) -> str | None:
        """The ticket number that a token has become; None while it has not (peers say 200 without an id, or 404)."""
        answer = await self._call("GET", f"/tokens/{quote(token, safe='')}", params=self._asked({}))
        if answer.status == 404:
            return None
        found = self._rows_of(answer)
        return (text_of(found[0], "service_request_id") or None) if found else None

    async def statuses(self, ids: Sequence[str]) -> list[TicketStatus]:
        """How these tickets stand; a number the peer does not know is left out."""
        found: list[TicketStatus] = []
        for start in range(0, len(ids), IDS_PER_CALL):
            wanted = ",".join(ids[start : start + IDS_PER_CALL])
            found += [_status(row) for row in await self._rows("/requests", {"service_request_id": wanted})]
        return found

    async def updates(self, since_us: int, cursor: str = "") -> list[TicketUpdate]:
        """Arrows since ``since_us``, oldest first; ``cursor`` is the last update_id seen.

        Our desk continues exactly behind the cursor, at most 1,000 at a time. Another peer ignores it and may repeat:
        drop what was seen by ``update_id``, and ask with an overlapping ``since_us``.
        """
        asked = {"start_date": encode.instant(since_us), "after": cursor, "api_key": self._api_key}
        found = [_update(row) for row in await self._rows("/servicerequestupdates", asked)]
        return [update for update in found if update.update_id and update.update_id != cursor]

    async def upload(self, blob: bytes, media_type: str, sha256: str) -> str:
        """Keeps a picture at the peer (our extension); its address for ``media_urls``. Safe to repeat.

        "" when the peer has no such door: the case then goes without the picture. Raises :class:`Rejected` for the
        field ``media_url`` when it has one and will not take the picture.
        """
        kind = {"content-type": media_type, "x-content-sha256": sha256, "x-api-key": self._api_key}
        answer = await self._call("POST", "/media", content=blob, headers=kind, patience=UPLOAD_PATIENCE)
        if answer.status in (404, 405, 501):
            return ""
        try:
            found = self._rows_of(answer)
        except Rejected as rejected:
            raise Rejected((FieldFault("media_url", rejected.detail),), detail=rejected.detail) from rejected
        url = text_of(found[0], "media_url") if found else ""
        if not url:
            raise unclear("no media_url in the answer", None)
        return url

    async def questions(self, service_code: str) -> list[Question]:
        """The attributes of a service's definition, in their order; none when the peer knows no such service."""
        answer = await self._call("GET", f"/services/{quote(service_code, safe='')}", params=self._asked({}))
        if answer.status == 404:
            return []
        try:
            definition = value_of(answer, self._margin_s)
            found = rows(definition.get("attributes") or []) if isinstance(definition, dict) else []
            asked = sorted(found, key=lambda row: int(text_of(row, "order") or 0))
            return [_question(row) for row in asked if text_of(row, "variable") != "false"]
        except (AnswerError, ValueError) as wrong:
            raise unclear(str(wrong), self._margin_s) from wrong

    # -- how it is said

    def _asked(self, asked: Mapping[str, str]) -> dict[str, str]:
        return {"jurisdiction_id": self._jurisdiction} | {name: value for name, value in asked.items() if value}

    async def _rows(self, path: str, asked: Mapping[str, str]) -> list[Row]:
        params = self._asked({"extensions": "true", **asked})
        return self._rows_of(await self._call("GET", path, params=params, headers={"x-api-key": self._api_key}))

    def _rows_of(self, answer: Answer) -> list[Row]:
        try:
            return rows(value_of(answer, self._margin_s))
        except AnswerError as wrong:
            raise unclear(wrong.why, self._margin_s) from wrong

    def _receipt(self, answer: Answer) -> Submitted:
        found = self._rows_of(answer)
        if not found:
            raise unclear("an empty list", self._margin_s)
        return self._made(found[0])

    def _made(self, row: Row) -> Submitted:
        number, token = text_of(row, "service_request_id"), text_of(row, "token")
        if not number and not token:
            raise unclear("neither a number nor a token", self._margin_s)
        return Submitted(number, token, text_of(row, "body_sha256"), text_of(row, "service_notice"))

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str = "",
        patience: float = 1.0,
    ) -> Answer:
        """One exchange, read to its end. Raises :class:`ProviderFailed` by the table in ``verdict``."""
        url = f"{self._base}{path}.{self._form}"
        try:
            async with (
                asyncio.timeout(self._timeout_s * patience),
                self._http.stream(method, url, params=params, content=content, headers=headers) as response,
            ):
                body = await _bounded(response)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol) as wrong:
            raise verdict.down(type(wrong).__name__) from wrong
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, AnswerError) as wrong:
            raise unclear(type(wrong).__name__, self._margin_s) from wrong
        echoed = bool(key) and response.headers.get(KEY_HEADER, "") == key
        self._keyed = echoed or self._keyed
        return Answer(response.status_code, body, echoed, _seconds(response.headers.get("retry-after", "")))


async def _bounded(response: httpx2.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > ANSWER_BYTES_MAX:
            raise AnswerError("the answer is too large")
        parts.append(part)
    return b"".join(parts)


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _question(row: Row) -> Question:
    values = row.get("values")
    named = [(text_of(v, "key"), text_of(v, "name")) for v in rows(values)] if values else []
    return Question(
        text_of(row, "code"),
        text_of(row, "description") or text_of(row, "code"),
        text_of(row, "datatype"),
        text_of(row, "required") == "true",
        text_of(row, "datatype_description"),
        tuple(named),
    )


def _status(row: Row) -> TicketStatus:
    more = row.get("extended_attributes")
    state = text_of(more, "detailed_status") if isinstance(more, dict) else ""
    status = text_of(row, "status").lower()
    return TicketStatus(
        ticket_no=text_of(row, "service_request_id"),
        is_open=status == "open",
        state=state,
        notes=text_of(row, "status_notes"),
        agency=text_of(row, "agency_responsible"),
        updated_at=encode.read_time(text_of(row, "updated_datetime")),
        expected_at=encode.read_time(text_of(row, "expected_datetime")),
        progress=progress_of(state, status),
    )


def _update(row: Row) -> TicketUpdate:
    state, status = text_of(row, "external_status_code"), text_of(row, "status")
    return TicketUpdate(
        update_id=text_of(row, "update_id"),
        ticket_no=text_of(row, "service_request_id"),
        status=status,
        state=state,
        text=text_of(row, "description"),
        at=encode.read_time(text_of(row, "updated_datetime")),
        progress=progress_of(state, status),
    )


class Submitter(Protocol):
    """The part of the client that the rule needs."""

    async def submit(self, case: Submission) -> Submitted: ...

    async def find(
        self, key: str, *, since_us: int | None = None, until_us: int | None = None, service_code: str = ""
    ) -> Submitted | None: ...


async def deliver(peer: Submitter, case: Submission, *, tried: bool) -> Submitted:
    """One attempt under the rule: what may have been sent before (``tried``) is asked for, and only then sent.

    Raises what ``submit`` and ``find`` raise; the caller waits (``after_s`` at least) and calls again with ``tried``.
    """
    if tried:
        # An hour before covers any clock difference between the two systems.
        since = case.requested_at - 3_600_000_000 if case.requested_at else None
        found = await peer.find(case.key, since_us=since, service_code=case.service_code)
        if found is not None:
            return found
    return await peer.submit(case)
