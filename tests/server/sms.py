"""A network for short messages that loses things, and the outbox of one server before it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

from dasan.core import commands as c
from dasan.core.errors import ProviderFailed
from dasan.core.ids import TEXT
from dasan.core.time import SECOND
from dasan.telephony import Text
from dasan.text_outbox import TextOutbox, TextPromises, restore
from tests.broker.caller import Caller
from tests.broker.stage import Stage


class Network:
    """A network for messages that may lose what it is asked or what it answers. ``refuses`` gives a failure by number
    and body; nothing is kept of a message but what a real one would tell when asked."""

    def __init__(self, lost: tuple[str, ...] = ()) -> None:
        self.taken: list[Text] = []
        self.asked = 0
        self.fails: dict[str, ProviderFailed] = {}
        self._lost = list(lost)  # of the coming sends: "" well, "before" they arrive, "after" they arrived

    async def send(self, text: Text) -> str:
        await asyncio.sleep(0)
        lost = self._lost.pop(0) if self._lost else ""
        if text.to in self.fails:
            raise self.fails[text.to]
        if lost == "before":
            raise ProviderFailed("network_unclear", retryable=True, unknown_outcome=True)
        self.taken.append(text)
        if lost == "after":
            raise ProviderFailed("network_unclear", retryable=True, unknown_outcome=True)
        return f"SM{len(self.taken)}"

    async def sent(self, text: Text, since_us: int) -> str | None:
        await asyncio.sleep(0)
        self.asked += 1
        found = [n for n, one in enumerate(self.taken, 1) if (one.to, one.body) == (text.to, text.body)]
        return f"SM{found[-1]}" if found else None


def stage(store: Any = None, **policy: Any) -> Stage:
    return Stage(store, policy=replace(Stage().policy, texts=True, **policy))


def outbox(stage: Stage, network: Any, store: Any = None) -> TextOutbox:
    promises = TextPromises()
    kept = store or stage.store
    gate = stage.gate if kept is stage.store else type(stage.gate)(kept, stage.broker, stage._defect)
    gate.listen(promises.see)
    reads = kept.reads
    restore(promises, reads.deliveries("waiting"), reads.open_heads(TEXT))
    return TextOutbox(gate, network, reads, promises, "+8221201200", lambda text: f"https://120/{text}")


async def rounds(stage: Stage, *boxes: TextOutbox, most: int = 60) -> Counter[str]:
    """Every box delivers until nothing waits; time passes meanwhile."""
    ends: Counter[str] = Counter()
    for _ in range(most):
        for box in boxes:
            due = box.promises.due(stage.clock.at_us, 8)
            ends.update(await asyncio.gather(*(box.attempt(name) for name in due)))
        if not stage.store.reads.deliveries("waiting"):
            return ends
        stage.clock.at_us += 30 * SECOND
    raise AssertionError(ends)


def wished(caller: Caller, *texts: str) -> list[str]:
    return [caller.wishes(c.WishText(text))["text"] for text in texts]
