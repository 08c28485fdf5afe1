"""Asking the ticket side for progress: everything at first, then only what is new, and everything again in a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dasan.core.errors import ProviderFailed
from dasan.core.handoff import IN_PROGRESS, Handoff
from dasan.core.policy import Policy
from dasan.core.time import DAY, HOUR
from dasan.outbox import OVERLAP_US, WHOLE_EVERY, Outbox, Promises
from dasan.ports import Head, TicketUpdate

NOON = 1_795_000_000_000_000
FILED = NOON - 20 * DAY
NUMBER = "26-1101-00001-1"


class Peer:
    """Has one step to tell, whatever it is asked; remembers since when it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.away = False

    async def updates(self, since_us: int) -> Sequence[TicketUpdate]:
        self.asked.append(since_us)
        if self.away:
            raise ProviderFailed("eungdapso_down", retryable=True)
        return [TicketUpdate("u-1", NUMBER, IN_PROGRESS, "", NOON - HOUR)]


class Told:
    """A gate that notes and forgets: the case stays as old as it is."""

    async def submit(self, envelope: Any) -> dict[str, Any]:
        return {}


def outbox() -> tuple[Outbox, Peer]:
    promises, peer = Promises(), Peer()
    whose = ("h_1", "s_1", "w_1", "p_1", "k_1", "roads", "c_1")
    h = Handoff(*whose, state=IN_PROGRESS, ticket_no=NUMBER, committed_at_us=FILED, update_at_us=FILED)
    promises.take(Head(h.id, h, 5, None, True))
    return Outbox(Told(), peer, None, None, Policy(), promises), peer  # type: ignore[arg-type]


async def test_a_case_that_is_open_for_weeks_does_not_make_every_question_weeks_long() -> None:
    runner, peer = outbox()
    for _ in range(WHOLE_EVERY + 1):
        await runner.poll()
    assert peer.asked[0] == FILED - OVERLAP_US, "a start asks for everything"
    assert set(peer.asked[1:WHOLE_EVERY]) == {NOON - HOUR - OVERLAP_US}
    assert peer.asked[WHOLE_EVERY] == FILED - OVERLAP_US, "what came late with an old time is found in the end"


async def test_a_question_that_was_not_answered_is_asked_again_in_full() -> None:
    runner, peer = outbox()
    for _ in range(WHOLE_EVERY):
        await runner.poll()
    peer.away = True
    for _ in range(3):
        with pytest.raises(ProviderFailed):
            await runner.poll()
    assert peer.asked[WHOLE_EVERY:] == [FILED - OVERLAP_US] * 3
