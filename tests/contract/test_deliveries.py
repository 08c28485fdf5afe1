"""I21: promises are carried out at least once and in order for each session, whoever delivers, and how many at once.

The claim is the event that begins an attempt (docs/adr/0005-attempts-are-claimed-by-an-event.md): the duty's lease only
spares work. So here two servers both believe that they have the duty, on PostgreSQL and on the twin.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from dasan.core import commands as c
from dasan.core.errors import ProviderFailed, Refused
from dasan.core.fold import STATES, evolve
from dasan.core.handoff import ACKNOWLEDGED
from dasan.core.ids import HANDOFF
from dasan.core.time import SECOND
from dasan.outbox import Outbox, Promises, restore
from dasan.ports import Submission, Submitted
from dasan.store.memory import MemoryStore
from dasan.store.opening import open_store
from dasan.store.sealing import Keyring
from tests.broker.stage import CASE, K1, Stage, Talk
from tests.contract.world import MASTER


class Peer:
    """A peer that honours the key and takes its time. The first ``loses`` requests are lost: some before they reach
    it, some answers after."""

    def __init__(self, loses: int = 0) -> None:
        self.sent: list[str] = []
        self.tickets: dict[str, str] = {}
        self._loses = loses

    async def submit(self, case: Submission) -> Submitted:
        await asyncio.sleep(0)
        lost, self._loses = self._loses > 0, self._loses - 1
        if lost and self._loses % 2 == 0:
            raise ProviderFailed("no_answer", retryable=True, unknown_outcome=True)
        self.sent.append(case.key)
        self.tickets.setdefault(case.key, f"T-{len(self.tickets) + 1}")
        if lost:
            raise ProviderFailed("no_answer", retryable=True, unknown_outcome=True)
        return Submitted(self.tickets[case.key], "", "0" * 64)

    async def find(self, case: Submission) -> Submitted | None:
        await asyncio.sleep(0)
        known = self.tickets.get(case.key)
        return None if known is None else Submitted(known, "", "0" * 64)


class Server:
    """A server's outbox over its own store; its picture is as its own commits and a reading of the store make it."""

    def __init__(self, stage: Stage, store: Any, peer: Peer) -> None:
        self.store, self.promises = store, Promises()
        self.stage = stage
        self.gate = stage.gate if store is stage.store else type(stage.gate)(store, stage.broker, stage._defect)
        self.gate.listen(self.promises.see)
        self.outbox = Outbox(self.gate, peer, store.reads, None, stage.policy, self.promises)  # type: ignore[arg-type]

    def read(self) -> None:
        reads = self.store.reads
        restore(self.promises, reads.deliveries("waiting"), reads.open_heads(HANDOFF))

    async def round(self) -> list[str]:
        due = self.promises.due(self.stage.clock.at_us, 8)
        return await asyncio.gather(*(self.outbox.attempt(handoff) for handoff in due))


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def two(request: pytest.FixtureRequest) -> Any:
    made: list[Any] = []
    twin = MemoryStore()
    url = request.getfixturevalue("postgres").fresh() if request.param == "postgres" else ""

    def another() -> Any:
        made.append(open_store(url, Keyring(MASTER), STATES, evolve) if url else twin)
        return made[-1]

    yield another
    for store in made:
        store.close()


def filed(stage: Stage, citizens: int, cases: int) -> list[list[str]]:
    """Talks with several committed cases each: their handoffs in order, by session."""
    lines: list[list[str]] = []
    for n in range(citizens):
        talk = Talk(stage, f"p_{n}").active(K1)
        made = []
        for _ in range(cases):
            stage.clock.at_us += 1
            command = c.FileTicket(talk.session, talk.item.id, CASE)
            made.append(stage.do(stage.at_desk(K1), command)["handoff"])
        lines.append(made)
    return lines


@pytest.mark.parametrize("loses", [0, 5])
def test_two_servers_that_both_deliver_make_each_ticket_once_and_in_order(two: Callable[[], Any], loses: int) -> None:
    first_store, second_store = two(), two()
    stage, peer = Stage(first_store), Peer(loses)
    lines = filed(stage, citizens=3, cases=3)
    servers = [Server(stage, first_store, peer), Server(stage, second_store, peer)]
    ends: Counter[str] = Counter()

    async def deliver() -> None:
        for _ in range(200):
            for server in servers:
                server.read()
            for outcomes in await asyncio.gather(*(server.round() for server in servers)):
                ends.update(outcomes)
            stage.clock.at_us += 2 * SECOND
            if all(stage.state(h).state == ACKNOWLEDGED for line in lines for h in line):
                return
        raise AssertionError(ends)

    asyncio.run(deliver())
    assert len(peer.tickets) == 9
    for line in lines:
        first_sendings = [key for key in dict.fromkeys(peer.sent) if key in line]
        assert first_sendings == line, "a later case overtook an earlier one of its session"
    assert ends["acknowledged"] >= 9
    assert stage.store.reads.deliveries("waiting") == []
    assert len(stage.store.reads.deliveries("done")) == 9


def test_of_two_that_begin_one_attempt_one_is_told_no(two: Callable[[], Any]) -> None:
    first_store, second_store = two(), two()
    stage, peer = Stage(first_store), Peer()
    ((handoff,),) = filed(stage, 1, 1)
    servers = [Server(stage, first_store, peer), Server(stage, second_store, peer)]
    begin = c.Envelope(c.OUTBOX, "", c.BeginSubmission(handoff, 1))
    assert servers[1].gate.handle(begin)["ask_first"] is False
    with pytest.raises(Refused) as refused:
        servers[0].gate.handle(begin)
    assert refused.value.code == "not_now"


def test_a_case_that_waits_to_be_tried_again_holds_back_the_next_of_its_session_alone(two: Callable[[], Any]) -> None:
    store = two()
    stage, peer = Stage(store), Peer(loses=1)
    (one, two_), (other, _) = filed(stage, 2, 2)
    server = Server(stage, store, peer)
    server.read()
    promises = server.promises
    now = stage.clock.at_us
    assert promises.due(now, 8) == [one, other]
    assert asyncio.run(server.outbox.attempt(one)) == "unclear"  # in RETRY_WAIT now
    assert promises.due(now, 8) == []
    assert asyncio.run(server.outbox.attempt(other)) == "acknowledged"
    assert len(promises.due(now, 8)) == 1  # the other session's next; `two_` still waits for `one`
    assert two_ in promises.standing()
    stage.clock.at_us += 60 * SECOND
    assert promises.due(stage.clock.at_us, 8) == [one]
    assert asyncio.run(server.outbox.attempt(one)) == "acknowledged"
    assert promises.due(stage.clock.at_us, 8) == [two_]
