"""The invariants that a journal shows by its order: walked event by event, with a memory of what must not happen again.

For the simulator, which looks while it runs, and for the audit of a journal that a real centre wrote (audit.py). Memory
is bounded by what is open, save for the names of what has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core.counselor import Counselor
from dasan.core.events import Recorded
from dasan.core.handoff import Handoff
from dasan.core.identity import Citizen
from dasan.core.log import OUTCOMES, WAITING, ItemLog, Log
from dasan.core.policy import Policy
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.workitem import TERMINAL
from dasan.sim import calls, checks
from dasan.sim.promises import SENTENCES


class Walk:
    """``checked`` counts by invariant, ``wrong`` keeps (invariant, stream, what) of each that did not hold."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.checked = dict.fromkeys(SENTENCES, 0)
        self.wrong: list[tuple[str, str, str]] = []
        self.log = Log()
        self.entered: dict[str, int] = {}
        self.recent: list[ItemLog] = []  # items that had not ended, or only within the hour, when last looked at
        self.offers: dict[str, str] = {}  # pending offer -> item
        self._ranks: dict[str, int] = {}
        self._kept: dict[str, int] = {}  # session -> the place that its callback keeps
        self._won: dict[str, str] = {}
        self._over: set[str] = set()
        self._rings: dict[str, int] = {}  # item -> how many offers of it are pending
        self._entries: dict[str, tuple[int, int]] = {}
        self._updates: set[tuple[str, str]] = set()
        self._links: dict[int, tuple[str, str]] = {}  # that say that two citizens are one person, and stand

    def broken(self, name: str, stream: str, what: str) -> None:
        """Something did not hold."""
        self.wrong.append((name, stream, what))

    def require(self, name: str, stream: str, holds: bool, what: object) -> None:
        """Count a check, and tell when it does not hold."""
        self.checked[name] += 1
        if not holds:
            self.broken(name, stream, str(what))

    def step(self, recorded: Recorded) -> None:
        """The next event of the journal."""
        self.log.see(recorded)
        walk = _WALKS.get(recorded.event.type)
        if walk is not None:
            walk(self, recorded.stream, recorded.event)

    def state(self, stream: str, state: Any) -> None:
        """A stream as a commit left it."""
        found: list[tuple[str, str]]
        names: tuple[str, ...]
        if isinstance(state, Session):
            found, names = [*checks.session(state), *calls.call(state)], (*checks.SESSION_NAMES, *calls.NAMES)
            self._items(stream, state)
        elif isinstance(state, Counselor):
            found, names = checks.counselor(state, self.policy), checks.COUNSELOR_NAMES
        elif isinstance(state, Handoff):
            found, names = checks.handoff(state), checks.HANDOFF_NAMES
        elif isinstance(state, Citizen):
            found, names = checks.citizen(state, self._links), checks.CITIZEN_NAMES
        else:  # an address or a message: what it shows, it shows in its own tests
            return
        for name in names:
            self.checked[name] += 1
        for name, what in found:
            self.broken(name, stream, what)

    def _items(self, stream: str, s: Session) -> None:
        """I10 and I22, by what the events told before: no rank grows, and the log times what the item is doing."""
        self.checked["I22"] += 1
        for item in s.items:
            if item.state in TERMINAL:
                continue
            rank = self._ranks.get(item.id)
            if rank is not None:
                self.require("I10", stream, item.rank_at_us <= rank, f"{item.id}: {rank} to {item.rank_at_us}")
            doing = self.log.items[item.id].doing
            if doing != checks.DOING[item.state]:
                self.broken("I22", stream, f"{item.id} is {item.state}, and its time is counted as {doing!r}")

    def pending(self) -> int:
        """Offers without an outcome, by the log's own sums (I24)."""
        both = (self.log.offers, self.log.consult_offers)
        return sum(n if name == "offered" else -n for row in both for name, n in row.items())

    def _item_alive(self, stream: str, e: Any) -> None:
        self.require("I6", stream, e.item not in self._over, f"{e.type} after the end of {e.item}")

    def _made(self, stream: str, e: Any) -> None:
        self.recent.append(self.log.items[e.item])
        if e.previous:
            self._ranks[e.item] = self._ranks[e.previous]

    def _routed(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        inherited, policy = self._ranks.get(e.item), self.policy
        if inherited is not None and policy.transfer_keeps_rank:
            self.require("I10", stream, e.rank_at_us <= inherited, f"{e.item}: {inherited} to {e.rank_at_us}")
        elif e.rank_at_us < self._kept.get(stream, e.rank_at_us + 1):  # no place that a callback kept
            credit_us = e.enqueued_at_us - e.rank_at_us
            self.require("I9", stream, 0 <= credit_us <= policy.credit_max_s * SECOND, f"credit of {credit_us} us")
        self._ranks[e.item] = e.rank_at_us
        if not self.log.items[e.item].consult:
            self._enter(self.log.items[e.item].queue)

    def _asked(self, stream: str, e: Any) -> None:
        """Whoever is to be called back keeps a place, and it is hers when she calls in herself."""
        self._kept[stream] = e.rank_at_us

    def _enter(self, queue: str) -> None:
        self.entered[queue] = self.entered.get(queue, 0) + 1

    def _moved(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        if not self.log.items[e.item].advises:
            self._enter(e.queue)

    def _offered(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        self._won.pop(e.item, None)
        self.offers[e.offer] = e.item
        self._rings[e.item] = self._rings.get(e.item, 0) + 1

    def _offer_ended(self, stream: str, e: Any) -> None:
        self.require("I24", stream, self.offers.pop(e.offer, None) == e.item, f"{e.type} of {e.offer}, not pending")
        self._rings[e.item] -= 1
        if e.type == "offer.accepted":
            self.require("I3", stream, e.item not in self._won, f"a second offer of {e.item} was accepted")
            self._won[e.item] = e.offer

    def _accepted(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        self.require("I2", stream, self._won.pop(e.item, None) == e.offer, f"{e.item} assigned without an offer")
        self.require("I3", stream, not self._rings.pop(e.item), f"{e.item} was accepted and another offer stands")

    def _item_ended(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        self._over.add(e.item)
        self._rings.pop(e.item, None)
        item = self.log.items[e.item]
        settled = all(stay.fate != WAITING for stay in item.entries)
        self.require("I25", stream, settled, f"{e.item} has ended and still waits somewhere: {item.entries}")
        self.require("I22", stream, sum(item.spent.values()) == item.ended_us - item.created_us, dict(item.spent))

    def _entry(self, stream: str, e: Any) -> None:
        n, shown = self._entries.get(stream, (0, 0))
        follows = e.n == n + 1 and e.shown in {0, shown + 1}
        self.require("I14", stream, follows, f"entry {e.n}/{e.shown} after {n}/{shown}")
        self._entries[stream] = (e.n, e.shown or shown)

    def _closed(self, stream: str, e: Any) -> None:
        self.require("I6", stream, stream not in self._over, "closed twice")
        self._over.add(stream)
        self._entries.pop(stream, None)

    def _update(self, stream: str, e: Any) -> None:
        self.require("I15", stream, (stream, e.update) not in self._updates, f"{e.update} had its effect twice")
        self._updates.add((stream, e.update))

    def _linked(self, stream: str, e: Any) -> None:
        """The same event in each stream that hears of it; the first of them must join what was apart (I26)."""
        if e.link not in self._links:
            apart = e.b not in checks.reached(e.a, self._links)
            self.require("I26", stream, apart, f"link {e.link} closes a ring")
            self._links[e.link] = (e.a, e.b)

    def _unlinked(self, stream: str, e: Any) -> None:
        self._links.pop(e.link, None)


_ALIVE = (
    *("step_expired", "parked", "unparked", "requeued", "active", "connect_failed", "unanswered", "held"),
    *("resumed", "consulting", "consult_ended", "transferred", "paused", "unpaused", "returned", "leg_added"),
    *("wrapping", "lost", "taken_over", "wrap_extended", "consult_joined", "promoted", "hold_reminded"),
)
_ENDINGS = ("completed", "wrap_expired", "abandoned", "expired", "converted", "unroutable", "aborted", "consult_over")


def _walks() -> dict[str, Callable[[Walk, str, Any], None]]:
    return {
        **{f"work.{name}": Walk._item_alive for name in _ALIVE},
        **{f"work.{name}": Walk._item_ended for name in _ENDINGS},
        **{f"offer.{name}": Walk._offer_ended for name in OUTCOMES},
        **{f"handoff.{name}": Walk._update for name in ("in_progress", "answered", "closed")},
        "callback.requested": Walk._asked,
        "work.created": Walk._made,
        "work.routed": Walk._routed,
        "work.due": Walk._routed,
        "work.offered": Walk._offered,
        "work.moved": Walk._moved,
        "work.accepted": Walk._accepted,
        "identity.linked": Walk._linked,
        "identity.unlinked": Walk._unlinked,
        "entry.added": Walk._entry,
        "session.closed": Walk._closed,
    }


_WALKS = _walks()
