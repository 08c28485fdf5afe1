"""What one transaction has gathered and not written yet.

Promises: a later command of the same unit sees what an earlier one recorded; nothing here reaches the database or the
caches before the unit commits. Both the SQL stores and the in-memory twin gather in this shape, so they agree on what a
batch means. A stream's first event in the unit fixes the sequence it is expected to have outside (``base``); a
decision made against an older state than the unit's own raises Clash here already.

Left out: reading. Absence here says nothing; the store behind answers.
"""

from __future__ import annotations

from dasan.core.errors import Clash
from dasan.core.events import Recorded
from dasan.ports import Aggregate, Content, Decision, Delivery, Head, Remembered


class Pending:
    """The gathered writes of a unit, in the order they were decided."""

    __slots__ = (
        "address_gone", "addresses", "base", "changed", "contents", "created_us", "deliveries", "destroyed", "drafts",
        "ends", "events", "heads", "new_keys", "numbers", "replies", "states", "updated_us",
    )

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.ends: list[int] = []  # how many events there were after each decision
        self.base: dict[str, int] = {}
        self.heads: dict[str, Head] = {}
        self.states: dict[str, Aggregate] = {}
        self.updated_us: dict[str, int] = {}
        self.created_us: dict[str, int] = {}
        self.replies: dict[tuple[str, str], tuple[Remembered, int]] = {}
        self.contents: dict[str, Content] = {}
        self.new_keys: dict[str, None] = {}
        self.destroyed: dict[str, int] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.changed: dict[str, Delivery] = {}
        self.addresses: dict[tuple[str, str], str | None] = {}
        self.address_gone: dict[tuple[str, str, str], None] = {}
        self.drafts: dict[tuple[str, str], str] = {}
        self.numbers: dict[str, int] = {}

    def empty(self) -> bool:
        """Whether a commit would write nothing."""
        return not (
            self.events or self.heads or self.replies or self.contents or self.drafts or self.numbers
            or self.deliveries or self.changed or self.addresses or self.address_gone or self.new_keys
            or self.destroyed
        )

    def add(self, decision: Decision) -> None:
        """Gather one decision. Raises Clash when its events do not continue what this unit already holds."""
        if decision.repeated:
            self.ends.append(len(self.events))
            return
        self._streams(decision)
        self._words(decision)
        self._promises(decision)
        if decision.remember:
            key = (decision.principal, decision.request_id)
            self.replies[key] = (Remembered(decision.fingerprint, decision.reply), decision.at_us)

    def _streams(self, decision: Decision) -> None:
        events, at_us = decision.events, decision.at_us
        expected: dict[str, int] = {}
        for recorded in events:
            stream = recorded.stream
            before = expected.get(stream)
            if before is None:
                held = self.states.get(stream)
                before = recorded.seq - 1 if held is None else held.seq
            if recorded.seq != before + 1:
                raise Clash(stream)
            expected[stream] = recorded.seq
        for stream, head in decision.heads.items():
            held = self.states.get(stream)
            if head.seq != expected.get(stream, head.seq if held is None else held.seq):
                raise Clash(stream)
        assert expected.keys() <= decision.heads.keys(), "a stream with events needs its head"
        for recorded in events:
            if recorded.stream not in self.base:
                self.base[recorded.stream] = recorded.seq - 1
                self.created_us[recorded.stream] = at_us
        for stream, head in decision.heads.items():
            self.base.setdefault(stream, head.seq)
            self.states[stream] = Aggregate(head.seq, head.state)
            self.updated_us[stream] = at_us
        self.heads.update(decision.heads)
        self.events += events
        self.ends.append(len(self.events))

    def _words(self, decision: Decision) -> None:
        for key in decision.new_keys:
            self.new_keys[key] = None
        for content in decision.contents:
            self.contents[content.id] = content
        for key in decision.destroyed_keys:
            self.destroyed[key] = decision.at_us
        for counselor, session, text in decision.drafts:
            self.drafts[counselor, session] = text

    def _promises(self, decision: Decision) -> None:
        for address, service, session in decision.addresses_closed:
            self.address_gone[address, service, session] = None
            if self.addresses.get((address, service)) == session:
                self.addresses[address, service] = None
        for address, service, session in decision.addresses_open:
            self.addresses[address, service] = session
        for delivery in decision.deliveries:
            self.deliveries[delivery.id] = delivery
        for delivery in decision.delivery_changes:
            where = self.deliveries if delivery.id in self.deliveries else self.changed
            where[delivery.id] = delivery
