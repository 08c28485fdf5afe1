"""What a console may do with a session now, and why not the rest: read from the machines' tables, never guessed.

The broker decides again when the command comes; this is what greys a key out and says why. ``mine`` is what the session
is to a counselor: ``offered`` (a preview, accept or decline), ``live``, ``wrapping``, or "" (a supervisor looking, or
somebody for whom a ticket waits).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dasan.core import callback as callbacks
from dasan.core import handoff as handoffs
from dasan.core import supervision
from dasan.core import workitem as items
from dasan.core.commands import COUNSELOR
from dasan.core.errors import sentence
from dasan.core.handoff import Handoff
from dasan.core.policy import TEXT_CHANNELS
from dasan.core.session import Session
from dasan.core.workitem import WorkItem
from dasan.server import calls

OFFERED, LIVE, WRAPPING, LOOKING = "offered", "live", "wrapping", ""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose console it is: her counselor id, her rank, the language of her screen."""

    counselor: str
    role: str = COUNSELOR
    language: str = "ko"

    @property
    def supervises(self) -> bool:
        """Whether she may look into sessions of others."""
        return self.role != COUNSELOR


def held_item(s: Session, counselor: str) -> tuple[str, WorkItem | None]:
    """What the session is to that counselor, and through which item ("" and None: nothing).

    A talk counts before a wrap-up, and that before an offer: a transfer may offer her the successor of her own item.
    """
    found: dict[str, WorkItem] = {}
    for item in reversed(s.items):
        if item.counselor == counselor and item.state in items.ASSIGNED:
            found.setdefault(LIVE, item)
        elif item.counselor == counselor and item.state == items.WRAPPING:
            found.setdefault(WRAPPING, item)
        elif item.offers and any(offer.counselor == counselor for offer in item.offers):
            found.setdefault(OFFERED, item)
    return next(((mine, found[mine]) for mine in (LIVE, WRAPPING, OFFERED) if mine in found), (LOOKING, None))


def to_mend(viewer: Viewer, ticket: Handoff) -> bool:
    """Whether she filed a ticket that came back: she has to read its session again to mend it."""
    return ticket.counselor == viewer.counselor and ticket.state in {handoffs.DRAFTED, handoffs.REJECTED}


def to_decide(viewer: Viewer, ticket: Handoff) -> bool:
    """Whether a supervisor has to decide about it; that needs no word of the session."""
    return viewer.supervises and stuck(ticket)


def stuck(ticket: Handoff) -> bool:
    """Whether it waits for a supervisor: a dead letter, or one that came back and is no counselor's."""
    back = not ticket.counselor and ticket.state in {handoffs.DRAFTED, handoffs.REJECTED}
    return (back or ticket.state == handoffs.DEAD_LETTER) and ticket.noted != "RELEASED"


@dataclass(frozen=True, slots=True)
class _View:
    """All that rights depend on; few different ones exist, so what follows from each is worked out once."""

    viewer: Viewer
    mine: str
    state: str  # of her item, "-" when she has none
    channel: str  # of her item, else of the live one
    extended: bool
    live_state: str  # of the session's live item, whosever it is
    live_is_hers: bool
    tickets: tuple[str, ...]  # states
    look: str  # her step, OFF when she does not look
    heard: bool  # a counselor is there to read a whisper
    closed: bool
    call: bool  # the citizen's telephone is up
    advises: bool  # her item is a consult: the talk is somebody else's
    consult: str  # of the talk: "", waiting or ready (dasan/server/calls.py)
    recording: str
    callback: str  # the state of the session's callback, "" without one


Why = tuple[str, str] | None  # an errors code and the state it names
_Rule = Callable[[_View], Why]


def _arrow(event: str) -> _Rule:
    """Possible where the work item's table has an arrow for ``event``."""

    def why(v: _View) -> Why:
        if v.mine not in {LIVE, WRAPPING}:
            return ("not_yours", "")
        return None if items.MACHINE.next(v.state, event) else ("not_now", v.state)

    return why


def _all(*rules: _Rule) -> _Rule:
    return lambda v: next((why for rule in rules if (why := rule(v)) is not None), None)


def _text(v: _View) -> Why:
    return None if v.channel in TEXT_CHANNELS else ("not_now", v.state)


def _talking(v: _View) -> Why:
    if v.mine != LIVE:
        return ("not_yours", "") if v.mine == LOOKING else ("not_now", v.state)
    return None if v.state in {items.ACTIVE, items.PAUSED} else ("not_now", v.state)


def _spoken(v: _View) -> Why:
    """In a call nothing is written to the citizen."""
    return None if v.channel in TEXT_CHANNELS or v.mine not in {LIVE, WRAPPING} else ("no_text_in_call", "")


def _begun(v: _View) -> Why:
    return ("not_now", v.state) if v.state == items.CONNECTING else None


def _mine(v: _View) -> Why:
    return None if v.mine in {LIVE, WRAPPING} else ("not_yours", "")


def _supervising(v: _View) -> Why:
    return None if v.viewer.supervises else ("not_supervisor", "")


def _looking(v: _View) -> Why:
    return None if v.look != supervision.OFF else ("not_looking", "")


def _can_look(v: _View) -> Why:
    if v.mine in {LIVE, WRAPPING} or v.look != supervision.OFF:
        return ("not_now", v.look if v.look != supervision.OFF else v.state)
    return ("session_closed", "") if v.closed else None


def _heard(v: _View) -> Why:
    return None if v.heard else ("not_now", v.live_state)


def _with_citizen(v: _View) -> Why:
    there = v.live_state in {items.ACTIVE, items.PAUSED} and v.channel in TEXT_CHANNELS
    return None if there else ("not_now", v.live_state)


def _readable(v: _View) -> Why:
    if v.mine == OFFERED:
        return ("not_now", v.state)
    return None if v.mine != LOOKING or v.look != supervision.OFF else ("not_yours", "")


def _ticket(*events: str) -> _Rule:
    """Possible where some ticket of the session has an arrow for one of ``events``."""

    def why(v: _View) -> Why:
        if not v.tickets:
            return ("no_such_handoff", "")
        if any(handoffs.MACHINE.next(state, event) for state in v.tickets for event in events):
            return None
        return ("not_now", v.tickets[-1])

    return why


def _taken_by_another(v: _View) -> Why:
    taken = v.live_state in items.ASSIGNED and not v.live_is_hers
    return None if taken else ("not_now", v.live_state)


def _in_call(v: _View) -> Why:
    """She talks in a call whose citizen is on the telephone."""
    if v.mine != LIVE:
        return ("not_yours", "") if v.mine == LOOKING else ("not_now", v.state)
    return None if v.call else ("calls_only", "")


def _own_talk(v: _View) -> Why:
    return ("not_yours", "") if v.advises else None


def _ready(v: _View) -> Why:
    """Somebody is consulted, and is there."""
    if not v.consult:
        return ("no_consult", "")
    return None if v.consult == calls.READY else ("consult_waits", "")


def _consulting(v: _View) -> Why:
    return None if v.consult or v.advises else ("no_consult", "")


def _free(v: _View) -> Why:
    """The talk is nobody else's business just now: not aside, not about to begin, nobody consulted."""
    states = {items.ACTIVE, items.PAUSED} if v.channel in TEXT_CHANNELS else {items.ACTIVE, items.HELD}
    return None if v.state in states else ("not_now", v.state)


def _served(v: _View) -> Why:
    return None if v.mine == LIVE else ("not_yours", "") if v.mine == LOOKING else ("not_now", v.state)


def _recorded(v: _View) -> Why:
    return None if v.recording in {"on", "paused"} else ("not_recording", "")


def _call_to_hear(v: _View) -> Why:
    return None if v.call else ("calls_only", "")


def _to_call_back(v: _View) -> Why:
    return None if v.callback in callbacks.BEFORE else ("no_such_callback", "")


def _uncalled(v: _View) -> Why:
    promised = v.callback and v.callback not in {callbacks.CONNECTED, *callbacks.TERMINAL}
    return ("not_now", v.callback) if promised else None


def _offered(v: _View) -> Why:
    return None if v.mine == OFFERED else ("offer_over", v.state)


def _once(v: _View) -> Why:
    return ("extension_used", "") if v.extended else None


# The wire's command names, in the order in which a hint bar would list them.
RULES: dict[str, _Rule] = {
    "accept": _offered,
    "decline": _offered,
    "opened": _all(_text, _arrow("work.active")),
    "say": _all(_spoken, _talking),
    "note": _mine,
    "pause": _all(_arrow("work.paused"), _text),
    "unpause": _arrow("work.unpaused"),
    "hold": _all(_in_call, _own_talk, _arrow("work.held")),
    "unhold": _all(_in_call, _own_talk, _arrow("work.resumed")),
    "mute": _in_call,
    "consult": _all(_in_call, _own_talk, _arrow("work.consulting")),
    "consult_join": _all(_in_call, _own_talk, _ready),
    "consult_complete": _all(_in_call, _own_talk, _ready),
    "consult_end": _all(_in_call, _consulting),
    "hand_over": _all(_mine, _own_talk, _free),
    "drop": _all(_in_call, _own_talk, _begun),
    "recording": _all(_in_call, _own_talk, _recorded),
    "warn": _all(_in_call, _own_talk, _begun),
    "abuse": _all(_in_call, _own_talk, _begun),
    "transfer": _all(_own_talk, _arrow("work.transferred")),
    "release": _all(_own_talk, _arrow("work.wrapping"), _begun),
    "callback_ask": _all(_served, _own_talk, _begun, _uncalled),
    "callback_set": _to_call_back,
    "callback_drop": _to_call_back,
    "wrap": _arrow("work.completed"),
    "extend_wrap": _all(_arrow("work.wrap_extended"), _once),
    "ticket_prefill": lambda v: _mine(v) if _ticket("handoff.amended")(v) is not None else None,
    "ticket_file": _mine,
    "ticket_amend": _ticket("handoff.amended"),
    "ticket_withdraw": _ticket("handoff.withdrawn"),
    "ticket_release": _all(_supervising, _ticket("handoff.released")),
    "ticket_retry": _all(_supervising, _ticket("handoff.revived")),
    "unmask": _readable,
    "merge": _all(_mine, _own_talk),
    "unmerge": _readable,
    "look": _all(_supervising, _can_look),
    "look_away": _all(_supervising, _looking),
    "whisper": _all(_supervising, _looking, _heard),
    "barge": _all(_supervising, _looking, _with_citizen),
    "ear": _all(_supervising, _looking, _call_to_hear),
    "take_over": _all(_supervising, _taken_by_another),
}
# What is not worth a reason: it belongs to another kind of session.
_SILENT = frozenset({"accept", "decline", "opened"})


def rights(viewer: Viewer, s: Session, tickets: Sequence[Handoff]) -> tuple[tuple[str, ...], dict[str, str]]:
    """(what is possible now, why each other command is not, spoken in the viewer's language)."""
    return rights_of(viewer, s, tickets, *held_item(s, viewer.counselor))


def rights_of(
    viewer: Viewer, s: Session, tickets: Sequence[Handoff], mine: str, item: WorkItem | None
) -> tuple[tuple[str, ...], dict[str, str]]:
    """As :func:`rights`, for whoever knows already what the session is to her."""
    live = s.live_item
    shown = item or live
    look = supervision.of(s.supervisions, viewer.counselor)
    return _rights(
        _View(
            viewer,
            mine,
            item.state if item else "-",
            shown.channel if shown else "",
            item is not None and item.extended,
            live.state if live else "-",
            live is not None and live.counselor == viewer.counselor,
            tuple(ticket.state for ticket in tickets),
            look.step if look else supervision.OFF,
            any(i.state in items.ASSIGNED or i.state == items.WRAPPING for i in s.items),
            bool(s.closed_at_us),
            calls.up(s),
            item is not None and bool(item.consult_of),
            calls.consult_of(s),
            s.recording,
            s.callback.state if s.callback else "",
        )
    )


@lru_cache(maxsize=4096)
def _rights(view: _View) -> tuple[tuple[str, ...], dict[str, str]]:
    can: list[str] = []
    cannot: dict[str, str] = {}
    for name, rule in RULES.items():
        why = rule(view)
        if why is None:
            can.append(name)
        elif name not in _SILENT:
            cannot[name] = sentence(why[0], view.viewer.language, {"state": why[1]} if why[1] else None)
    return tuple(can), cannot
