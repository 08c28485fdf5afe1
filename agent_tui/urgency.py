"""Which of my sessions needs me most, as a pure order over the read model.

The order is: past the answer target (``!!``), past 70 % of it (``!``), whose citizen waits longest, unread ones, the
rest; wrap-ups stand after the living. A session in a live call stands above all others, since the counselor is in it.
An offer heads the F5 order. A sign is a word or mark, never only a colour.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_tui.state import DeskState, Talk
from dasan.wire.desk_views import Offer, Ticket

WARN_SHARE = 0.7
WRAP_US = 30_000_000
LIVE_CHANNELS = frozenset({"voice", "video", "callback"})


@dataclass(frozen=True, slots=True)
class Need:
    """How urgent a session is. ``sign``: "!!", "!" or ""; ``waited_us``: how long its citizen waits for an answer."""

    sign: str
    waited_us: int
    unread: int
    wrapping: bool


def need(talk: Talk, now: int) -> Need:
    """How urgently ``talk`` needs its counselor at ``now``."""
    if not talk.mine:
        return Need("!" if to_mend(talk) else "", 0, talk.unread, False)
    since = talk.session.waiting_since
    waited = max(0, now - since) if since else 0
    item = talk.item
    wrapping = talk.mine == "wrapping"
    if item is None:
        return Need("", waited, talk.unread, wrapping)
    due = item.wrap_by if wrapping else item.reply_by if since else 0  # who has had an answer is owed none
    start = due - WRAP_US if wrapping and due else since
    return Need(_sign(start, due, now), waited, talk.unread, wrapping)


def _sign(start: int, due: int, now: int) -> str:
    if not due:
        return ""
    if now >= due:
        return "!!"
    return "!" if 0 < start < due and now - start >= WARN_SHARE * (due - start) else ""


def by_urgency(state: DeskState, now: int) -> list[Talk]:
    """My sessions, the most urgent first; those that only a supervisor looks at stand last."""

    def rank(talk: Talk) -> tuple[bool, bool, bool, int, int, bool, int]:
        n = need(talk, now)
        in_call = talk.session.channel in LIVE_CHANNELS and talk.mine == "live"
        level = {"!!": 0, "!": 1}.get(n.sign, 2)
        return (not talk.mine, not in_call, n.wrapping, level, -n.waited_us, not n.unread, talk.session.opened_at)

    return sorted((t for t in state.talks.values() if t.mine != "offered"), key=rank)


def needs_me(talk: Talk, now: int) -> bool:
    """Whether there is something to do in ``talk``: a sign, a waiting citizen, something unread, or a wrap-up."""
    n = need(talk, now)
    return bool(n.sign) or (bool(talk.mine) and bool(n.waited_us or n.unread or n.wrapping))


def to_mend(talk: Talk) -> Ticket | None:
    """The ticket of ``talk`` that a person must look at: sent back, or not to be delivered."""
    return next((t for t in talk.session.tickets if t.stage.upper() in {"REJECTED", "DEAD_LETTER"}), None)


def next_urgent(state: DeskState, now: int, current: str) -> Offer | Talk | None:
    """What F5 goes to: an offer first, else the most urgent session but the one on the screen."""
    offers = state.offers()
    if offers:
        return offers[0]
    others = [talk for talk in by_urgency(state, now) if talk.id != current]
    return next((talk for talk in others if needs_me(talk, now)), others[0] if others else None)
