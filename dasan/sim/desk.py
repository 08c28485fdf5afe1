"""The ticket side of the simulated world: a desk that honours our key, behind a network that fails by seed.

Promises what Eung-Dap-So promises: one ticket a key, whatever is lost, doubled or held back. What is held back arrives
later, in virtual time, whether or not the sender has given up. Nothing suspends, so its coroutines are stepped by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any, TypeVar

from dasan.core.errors import FieldFault, ProviderFailed, Rejected
from dasan.core.time import MINUTE, SECOND
from dasan.ports import Question, Submission, Submitted, TicketStanding, TicketUpdate

T = TypeVar("T")
Later = Callable[..., None]  # after(seconds, what, *args)


def stepped(work: Coroutine[Any, Any, T]) -> T:
    """The value of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("a simulated port waited")


class SimDesk:
    """The TicketDesk port. ``tickets`` is the peer's truth: key -> ticket number."""

    def __init__(self, luck: Random, faults: float, now: Callable[[], int], after: Later) -> None:
        self._luck, self._faults, self._now, self._after = luck, faults, now, after
        self.tickets: dict[str, str] = {}
        self.hashes: dict[str, set[str]] = {}
        self.photos: dict[str, int] = {}  # key -> how many came with the case
        self.tokens: dict[str, tuple[str, int]] = {}  # token -> (key, when it becomes a number)
        self._steps: list[TicketUpdate] = []
        self.counts: dict[str, int] = {}

    def _fate(self) -> str:
        if self._luck.random() >= self._faults:
            return "none"
        fate = self._luck.choice(("refuse", "lose_request", "lose_reply", "double", "hold", "reject", "token"))
        self.counts[fate] = self.counts.get(fate, 0) + 1
        return fate

    async def submit(self, case: Submission) -> Submitted:
        """Raises ProviderFailed or Rejected, by the weather."""
        fate = self._fate()
        if fate == "refuse":
            raise ProviderFailed("eungdapso_down", retryable=True, after_s=2.0)
        if fate == "reject" and case.key not in self.tickets:
            raise Rejected((FieldFault("address_string", "unknown"),))
        if fate == "hold":
            self._after(self._luck.uniform(1, 40), self._keep, case)
        if fate in {"lose_request", "hold"}:
            raise ProviderFailed("eungdapso_unclear", retryable=True, unknown_outcome=True)
        number, sent = self._keep(case)
        if fate == "double":
            self._keep(case)
        if fate == "lose_reply":
            raise ProviderFailed("eungdapso_unclear", retryable=True, unknown_outcome=True)
        if fate == "token":
            token = f"t-{number}"
            self.tokens[token] = (case.key, self._now() + 20 * SECOND)
            return Submitted("", token, sent)
        return Submitted(number, "", sent)

    def _keep(self, case: Submission) -> tuple[str, str]:
        sent = hashlib.sha256(f"{case.key}|{case.service_code}|{case.summary}|{case.description}".encode()).hexdigest()
        if case.key not in self.tickets:
            number = self.tickets[case.key] = f"SM-{len(self.tickets) + 1:06d}"
            self._after(self._luck.uniform(5 * 60, 40 * 60), self._move, number, "in_progress")
        self.hashes.setdefault(case.key, set()).add(sent)
        self.photos[case.key] = len(case.media_urls)
        return self.tickets[case.key], sent

    def _move(self, number: str, status: str) -> None:
        update = TicketUpdate(f"{number}-{status}", number, status, "처리 내용을 알려 드립니다", self._now())
        self._steps.append(update)
        after = {"in_progress": "answered", "answered": "closed"}.get(status)
        if after:
            self._after(self._luck.uniform(30 * 60, 150 * 60), self._move, number, after)

    async def find(self, case: Submission) -> Submitted | None:
        """As submit for a lost request; None when there is no such key."""
        if self._fate() in {"refuse", "lose_request", "lose_reply"}:
            raise ProviderFailed("eungdapso_down", retryable=True)
        number = self.tickets.get(case.key)
        return Submitted(number, "", "") if number else None

    async def resolve(self, token: str) -> str | None:
        """None until twenty seconds have passed."""
        key, at_us = self.tokens[token]
        return self.tickets[key] if self._now() >= at_us else None

    async def questions(self, service_code: str) -> Sequence[Question]:
        """None."""
        return ()

    async def standing(self, ticket_no: str) -> TicketStanding | None:
        """By its last step. Raises ProviderFailed, by the weather."""
        if self._fate() in {"refuse", "lose_request", "lose_reply"}:
            raise ProviderFailed("eungdapso_down", retryable=True)
        if ticket_no not in self.tickets.values():
            return None
        last = next((step for step in reversed(self._steps) if step.ticket_no == ticket_no), None)
        return TicketStanding(ticket_no, last.status if last else "acknowledged", "", "", last.at_us if last else 0)

    async def updates(self, since_us: int) -> Sequence[TicketUpdate]:
        """Repeats included; sometimes in the wrong order."""
        found = [step for step in self._steps if step.at_us >= since_us]
        if self._luck.random() < self._faults:
            self._luck.shuffle(found)
        old_us = self._now() - 600 * MINUTE
        if self._steps and self._steps[0].at_us < old_us - 60 * MINUTE:
            self._steps = [step for step in self._steps if step.at_us >= old_us]
        return found

    async def upload(self, body: bytes, media_type: str, sha256: str) -> str:
        """Where the photo lies. Raises ProviderFailed, by the weather."""
        if self._luck.random() < self._faults / 4:
            self.counts["refuse"] = self.counts.get("refuse", 0) + 1
            raise ProviderFailed("eungdapso_down", retryable=True, after_s=2.0)
        return f"media/{sha256}"


class SimBlobs:
    """The Blobs port: what citizens uploaded, in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, str]] = {}

    def get(self, blob: str) -> tuple[bytes, str] | None:
        """Body and media type."""
        return self._kept.get(blob)

    def put(self, session: str, body: bytes, media_type: str) -> str:
        """Keep it; its id."""
        blob = f"b_{len(self._kept) + 1:026d}"
        self._kept[blob] = (body, media_type)
        return blob
