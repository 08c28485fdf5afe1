"""Two servers that both send, on the twin and on PostgreSQL: each text goes once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from dasan.core.fold import STATES, evolve
from dasan.core.time import SECOND
from dasan.store.memory import MemoryStore
from dasan.store.opening import open_store
from dasan.store.sealing import Keyring
from tests.broker.caller import Caller
from tests.contract.world import MASTER
from tests.server.sms import Network, outbox, stage, wished


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


def test_two_servers_that_both_send_send_each_text_once(two: Callable[[], Any]) -> None:
    first, second = two(), two()
    s, network = stage(first), Network(("after", "before", "", "after"))
    for n in range(4):
        wished(Caller(s, f"+8210111122{n:02}").rings(), f"안내 {n}", f"또 {n}")

    async def deliver() -> None:
        for _ in range(60):
            boxes = [outbox(s, network, first), outbox(s, network, second)]
            await asyncio.gather(*(box.attempt(name) for box in boxes for name in box.promises.due(s.clock.at_us, 8)))
            s.clock.at_us += 10 * SECOND
            if not s.store.reads.deliveries("waiting"):
                return
        raise AssertionError("still waiting")

    asyncio.run(deliver())
    assert sorted(Counter(t.key for t in network.taken).values()) == [1] * 8
