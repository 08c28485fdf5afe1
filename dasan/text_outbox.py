"""Short messages carried out: each goes to the network once, as far as the network lets us know (ARCHITECTURE §5).

One attempt: ``ClaimText`` is on disk before anything is sent, and says whether an earlier attempt may have been heard;
then the network is asked for that very text to that number since the first claim, for it keeps no key of ours. However
it ends, ``TextResult`` moves message and promise in one transaction. Of two servers that send at once one has its claim
committed (ADR 5). The messages of one session go in the order in which they were promised (I21): a later one waits
until an earlier one is sent or given up. What the citizen's network tells afterwards comes as ``TextFact``.

Left out: two equal texts to one number within a minute of each other are told apart by their order alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dasan.core.commands import OUTBOX, ClaimText, Envelope, TextResult
from dasan.core.errors import ProviderFailed, Refused
from dasan.core.handlers.texts import ENDPOINT
from dasan.core.message import Message
from dasan.core.time import MINUTE
from dasan.outbox import PASSING
from dasan.ports import Committed, Delivery, Gate, Head
from dasan.telephony import MessageChannel, Text

AT_ONCE_MAX = 8
CLOCKS_US = MINUTE  # how far the network's clock may stand behind ours when it is asked


class Words(Protocol):
    """Reading sealed words: a part of the store's reads."""

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes | None]:
        """Words by content id; None where erased."""
        ...


class TextPromises:
    """What is due to be sent, kept up to date by commits; of each session the first that is not settled."""

    def __init__(self) -> None:
        self._waiting: dict[str, Delivery] = {}
        self._lines: dict[str, set[str]] = {}  # session -> its unsettled messages
        self._heap: list[tuple[int, str]] = []
        self._taken: set[str] = set()  # given out, and not renewed since
        self._messages: dict[str, Message] = {}
        self.dead = 0  # given up since the start, without the citizen's or her number's doing

    def see(self, committed: Iterable[Committed]) -> None:
        """Take in what was written."""
        for one in committed:
            for head in one.heads.values():
                self.take(head)
            for delivery in one.deliveries:
                self.promise(delivery)

    def take(self, head: Head) -> None:
        """A message as it stands now."""
        if not isinstance(head.state, Message):
            return
        if head.open:
            self._messages[head.stream] = head.state
        else:
            self._messages.pop(head.stream, None)

    def promise(self, delivery: Delivery) -> None:
        """A promise as it stands now."""
        if delivery.endpoint != ENDPOINT:
            return
        line = self._lines.setdefault(delivery.stream, set())
        if delivery.state == "waiting":
            self._waiting[delivery.id] = delivery
            self._taken.discard(delivery.id)
            line.add(delivery.id)
            heapq.heappush(self._heap, (delivery.due_us, delivery.id))
            return
        self.dead += delivery.state == "dead"
        self._waiting.pop(delivery.id, None)
        self._taken.discard(delivery.id)
        line.discard(delivery.id)
        if line:
            first = min(line)
            heapq.heappush(self._heap, (self._waiting[first].due_us, first))
        else:
            del self._lines[delivery.stream]

    def due(self, now_us: int, most: int) -> list[str]:
        """Messages to attempt now; each is given once until its promise is renewed."""
        found: list[str] = []
        while self._heap and self._heap[0][0] <= now_us and len(found) < most:
            at, name = heapq.heappop(self._heap)
            held = self._waiting.get(name)
            if held is None or held.due_us != at or name in self._taken or min(self._lines[held.stream]) != name:
                continue
            self._taken.add(name)
            found.append(name)
        return found

    def again(self, name: str, due_us: int) -> None:
        """An attempt could not begin, or its outcome could not be written: due again, unless renewed meanwhile."""
        held = self._waiting.get(name)
        if held is not None and name in self._taken:
            self._taken.discard(name)
            self._waiting[name] = replace(held, due_us=due_us)
            heapq.heappush(self._heap, (due_us, name))

    def message(self, name: str) -> Message | None:
        """The message, while it is to be sent."""
        return self._messages.get(name)

    def next_us(self) -> int | None:
        """When the next promise falls due, or None."""
        while self._heap:
            at, name = self._heap[0]
            held = self._waiting.get(name)
            if held is not None and held.due_us == at and name not in self._taken:
                return at
            heapq.heappop(self._heap)
        return None

    def waiting(self) -> int:
        """How many are to be sent."""
        return len(self._waiting)

    def oldest_us(self) -> int | None:
        """Since when the oldest waits, or None."""
        return min((m.queued_at_us for m in self._messages.values()), default=None)


@dataclass(frozen=True, slots=True)
class TextOutbox:
    """The runner's hands. ``sender`` is our number; ``status_url`` gives the address that hears of a message."""

    gate: Gate
    channel: MessageChannel
    words: Words
    promises: TextPromises
    sender: str
    status_url: Callable[[str], str] = lambda text: ""

    async def attempt(self, name: str) -> str:
        """One attempt at one message; how it ended (a TextResult outcome, or "gone"). Raises Refused where nothing
        could be written just now."""
        m = self.promises.message(name)
        if m is None:
            return "gone"
        number = m.attempts + 1
        try:
            begun = await self.gate.submit(Envelope(OUTBOX, "", ClaimText(name, number)))
        except Refused as refused:
            if refused.code in PASSING:
                raise
            return "gone"  # settled meanwhile, or another server has it
        outcome = await self._send(m, number, ask_first=bool(begun["ask_first"]), since_us=int(begun["since_us"]))
        await self.gate.submit(Envelope(OUTBOX, "", outcome))
        return outcome.outcome

    async def _send(self, m: Message, number: int, *, ask_first: bool, since_us: int) -> TextResult:
        text = self._text(m)
        if text is None:
            return TextResult(m.id, number, "refused", code="erased")
        try:
            known = await self.channel.sent(text, since_us - CLOCKS_US) if ask_first else None
            message = known if known is not None else await self.channel.send(text)
        except ProviderFailed as failed:
            return _failed(m.id, number, failed)
        return TextResult(m.id, number, "sent", message=message)

    def _text(self, m: Message) -> Text | None:
        found = self.words.contents([m.content, m.number])
        body, to = found.get(m.content), found.get(m.number)
        if body is None or to is None:
            return None
        return Text(m.id, to.decode(), self.sender, body.decode(), self.status_url(m.id))


def _failed(name: str, number: int, failed: ProviderFailed) -> TextResult:
    known = "retry" if failed.retryable else "refused"
    outcome = "unclear" if failed.unknown_outcome else known
    return TextResult(name, number, outcome, code=failed.code, after_s=failed.after_s or 0.0)


def restore(promises: TextPromises, deliveries: Sequence[Delivery], heads: Iterable[Head]) -> None:
    """The picture at a start, from what the store holds."""
    for head in heads:
        promises.take(head)
    for delivery in deliveries:
        promises.promise(delivery)
