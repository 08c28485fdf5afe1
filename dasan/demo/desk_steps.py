"""The steps of a scenario that are done at a desk, or looked up in the centre: what channels/carrier cannot know.

A counselor does everything over the console's own wire (seat.py); a step that is about a talk is about the one she is
in. ``within`` is how long an expectation may take to come true (10 s unless said otherwise), ``by`` who does it; where
nothing else is to be said the counselor's name alone stands for it. What the store knows and no wire tells (where a
session has come to) is read from the store, as an auditor reads it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from channels.carrier.model import Habit
from channels.carrier.scenario import Act, Stage
from channels.carrier.scenario_forms import ANYTHING, FLAG, NAMES, SPAN, TEXT, Form, choice, span
from dasan.core import workitem as items
from dasan.core.session import Session
from dasan.demo.line import Frame
from dasan.demo.seat import Connect, Seat
from dasan.store.views import Reads

WITHIN_S = 10.0
OFFERED_WITHIN_S = 60.0
SHOWN_WITHIN_S = 5.0


class Centre(Protocol):
    """The centre at which a scenario is played."""

    password: str

    @property
    def connect(self) -> Connect:
        """A console's way to it."""
        ...

    def reads(self) -> Reads:
        """What is kept there, as of now."""
        ...

    async def kill(self, away_s: float) -> None:
        """Its server dies as by kill -9; back after so long, or as soon as it can be."""
        ...

    def sits(self, seat: Seat) -> None:
        """Somebody has come to work: let her line live until it is closed."""
        ...


@dataclass(slots=True)
class Floor:
    """Who is at work while a scenario is played. ``names`` are the stage's, which counselors' telephones join."""

    centre: Centre
    counselors: Mapping[str, tuple[Habit, Mapping[str, Any]]]
    names: dict[str, str] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    hasty: bool = False  # whether what is asked for is asked at once, possible or not

    def seat(self, name: object) -> Seat:
        """Raises LookupError."""
        if name not in self.seats:
            raise LookupError(f"{name} is not signed in")
        return self.seats[str(name)]


class NotPossible(AssertionError):
    """A command was refused."""

    def __init__(self, who: str, t: str, reply: Frame) -> None:
        super().__init__(f"{who}: {t} was refused: {reply['code']} {reply['text']}")
        self.code, self.sentence = str(reply["code"]), str(reply["text"])


Does = Callable[[Floor, Stage, dict[str, Any]], Awaitable[None]]


async def _until(stage: Stage, value: Mapping[str, Any], true: Callable[[], Any], within_s: float = WITHIN_S) -> bool:
    return await stage.carrier.until(lambda: bool(true()), span(value.get("within", within_s)))


async def _done(seat: Seat, t: str, **fields: Any) -> Frame:
    """A command of hers, which must be possible."""
    reply = await seat.command({"t": t, **fields})
    if not reply["ok"]:
        raise NotPossible(seat.name, t, reply)
    return reply


# -- coming and going


async def sign_in(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She comes to her desk, and is there: ``{by, presence}``; with presence ``none`` as her last console left it."""
    name = str(value["by"])
    habit, asked = floor.counselors.get(name, (Habit("answer", 1_000_000), {}))
    seat = floor.seats[name] = Seat(name, floor.centre.password, floor.centre.connect)
    floor.centre.sits(seat)
    assert await _until(stage, value, lambda: seat.me), f"{name} was not let in"
    if name not in floor.names:
        floor.names[name] = seat.phone
        stage.carrier.phone(seat.phone, habit)
    wanted = str(value.get("presence", asked.get("presence", "AVAILABLE")))
    if wanted != "none" and seat.me["presence"] != wanted:
        await presence(floor, stage, {"by": name, "presence": wanted})


async def presence(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """``{by, presence, reason}``: AVAILABLE, AWAY, DRAINING, OFFLINE."""
    wanted = str(value["presence"])
    reason = {"reason": str(value.get("reason", "break"))} if wanted == "AWAY" else {}
    await _done(floor.seat(value["by"]), "presence", presence=wanted, **reason)


async def kill_console(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """Her console dies without a word; her telephone does not."""
    seat = floor.seats.pop(str(value["by"]))
    seat.line.die()


async def kill_server(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """The centre's server dies as by kill -9: ``away`` for that long at least. Consoles come back by themselves."""
    await floor.centre.kill(span(value["away"]))


# -- offers


async def take(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She takes what she is offered, as soon as she is: ``{by, within}`` (60 s)."""
    await _answer(floor, stage, value, "accept")


async def decline(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She declines what she is offered."""
    await _answer(floor, stage, value, "decline")


async def _answer(floor: Floor, stage: Stage, value: dict[str, Any], t: str) -> None:
    seat = floor.seat(value["by"])
    came = await _until(stage, value, lambda: seat.me.get("offers"), OFFERED_WITHIN_S)
    assert came, f"{seat.name} is offered nothing"
    offer = seat.me["offers"][0]
    await _done(seat, t, offer=offer["offer"], session=offer["session"])


async def expect_no_offer(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She is offered nothing for so long: ``{by, lasts}``."""
    seat = floor.seat(value["by"])
    came = await _until(stage, {"within": value["lasts"]}, lambda: seat.me.get("offers"))
    assert not came, f"{seat.name} is offered {seat.me['offers']}"


# -- in a talk


def _hers(floor: Floor, name: object, *mine: str) -> Frame:
    """The session that she is in. Raises LookupError."""
    seat = floor.seat(name)
    for session in reversed(list(seat.sessions.values())):
        if session.get("mine") in mine and session.get("item"):
            return session
    raise LookupError(f"{name} has no such session: {[s.get('mine') for s in seat.sessions.values()]}")


async def _about(floor: Floor, stage: Stage, name: object, t: str, *mine: str, **fields: Any) -> Frame:
    """A command about her talk, once her console says that it can be, as somebody waits for a key to be shown; what it
    never shows is tried all the same, and its refusal told."""
    mine = mine or ("live",)
    if not floor.hasty:
        await _until(stage, {}, lambda: t in _hers(floor, name, *mine)["can"], SHOWN_WITHIN_S)
    session = _hers(floor, name, *mine)
    about = {"session": session["session"], "item": session["item"]["item"]}
    return await _done(floor.seat(name), t, **about, **fields)


def _plain(t: str, about: str, *mine: str, **fields: Any) -> Does:
    """A command about her talk that needs no more to be said."""

    async def act(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
        await _about(floor, stage, value["by"], t, *mine, **fields)

    act.__doc__ = about
    return act


async def mute(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She mutes herself: ``{by, muted}``; false ends it."""
    session = _hers(floor, value["by"], "live")
    leg = next(p["leg"] for p in session["call"]["parties"] if p["mine"])
    await _done(floor.seat(value["by"]), "mute", session=session["session"], leg=leg, muted=value.get("muted", True))


async def wrap(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She writes down what it was: ``{by, disposition, category, summary}``."""
    assert await _until(stage, value, lambda: _is(floor, value["by"], items.WRAPPING)), "there is nothing to wrap up"
    said = {"disposition": "answered", "category": "general", "summary": "안내함"}
    said |= {key: str(value[key]) for key in said if key in value}
    await _about(floor, stage, value["by"], "wrap", "wrapping", **said)


async def transfer(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She passes the citizen on: ``{by, to}`` (a counselor) or ``{by, queue}``."""
    await _about(floor, stage, value["by"], "transfer", **_whom(floor, value, "to"))


async def consult(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She asks while the citizen waits: ``{by, with}`` (a counselor), ``{by, queue}`` or ``{by, line}``."""
    await _about(floor, stage, value["by"], "consult", **_whom(floor, value, "with"))


def _whom(floor: Floor, value: Mapping[str, Any], key: str) -> dict[str, str]:
    if key in value:
        return {"counselor": str(floor.seat(value[key]).me["counselor"])}
    return {name: str(value[name]) for name in ("queue", "line") if name in value}


async def hand_over(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She hands the citizen to a line of the directory: ``{by, line, place, summary}``."""
    said = {key: str(value[key]) for key in ("line", "place", "summary") if key in value}
    await _about(floor, stage, value["by"], "hand_over", **said)


async def abuse(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """She ends the call for abuse: ``{by, kind}``."""
    await _about(floor, stage, value["by"], "abuse", kind=str(value.get("kind", "harassment")))


async def ear(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """A supervisor at a counselor's talk: ``{by, of, ear}``: LISTEN, WHISPER, BARGE, "" to hang up."""
    session = _hers(floor, value["of"], "live")["session"]
    boss = floor.seat(value["by"])
    if not boss.sessions.get(session, {}).get("look"):
        await _done(boss, "look", session=session)
    await _done(boss, "ear", session=session, ear=str(value["ear"]))


async def take_over(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """A supervisor becomes the counselor of another's talk: ``{by, of}``."""
    session = _hers(floor, value["of"], "live")
    await _done(floor.seat(value["by"]), "take_over", session=session["session"], item=session["item"]["item"])


async def refused(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """A step of the desk that is not possible now, and is refused with a sentence: ``{consult_complete: kim}``."""
    [(what, about)] = value.items()
    if what not in DESK:
        raise LookupError(f"no such step of the desk: {what}")
    floor.hasty = True
    try:
        await _bound(floor, what)(stage, about)
    except NotPossible as no:
        if no.sentence and no.code != "no_reply":
            return
        raise AssertionError(f"{what}: no sentence says why: {no.code}") from no
    finally:
        floor.hasty = False
    raise AssertionError(f"{what} was possible")


def _is(floor: Floor, name: object, *states: str) -> bool:
    seat = floor.seat(name)
    return any(s.get("item", {}) and s["item"]["state"] in states and s.get("mine") for s in seat.sessions.values())


async def expect_item(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """How her talk stands, as her console is shown it: ``{by, state, within}`` (ACTIVE, HELD, WRAPPING, …)."""
    came = await _until(stage, value, lambda: _is(floor, value["by"], str(value["state"])))
    seen = [s["item"]["state"] for s in floor.seat(value["by"]).sessions.values() if s.get("item")]
    assert came, f"{value['by']} sees {seen}"


# -- what is kept


async def expect_session(floor: Floor, stage: Stage, value: dict[str, Any]) -> None:
    """Where the session of a phone's newest call has come to, or will within ``within``: ``phone``, ``state`` of its
    item (``none``: it has none), ``queue``, ``channel``, ``outcome`` and ``emergency`` of that, ``closed`` with which
    reason (``any``, ``no``), ``language``, ``strikes``; ``keeps_place``: nobody who came later goes first; ``events``:
    types that were recorded."""
    wanted = {key: value[key] for key in value if key not in {"phone", "within"}}
    address = stage.at(str(value.get("phone", "")))

    def true() -> bool:
        s = _session(floor, stage, address)
        return s is not None and all(_LOOKS[key](floor, s, wanted[key]) for key in wanted)

    came = await _until(stage, value, true)
    assert came, f"it is {_told(_session(floor, stage, address))}"


def _session(floor: Floor, stage: Stage, address: str) -> Session | None:
    """The newest session that one of the phone's calls is, or was, a leg of."""
    calls = {call.sid for call in stage.carrier.phone(address).calls}
    reads = floor.centre.reads()
    for line in reads.recent("s"):
        found = reads.load(line.stream)
        s = found.state if found is not None else None
        if isinstance(s, Session) and any(leg.call in calls for leg in s.legs):
            return s
    return None


def _told(s: Session | None) -> str:
    if s is None:
        return "no session"
    shown = [f"{i.state} {i.queue} {i.channel} {i.outcome}".strip() for i in s.items]
    return f"{shown}, closed: {s.close_reason or 'no'}"


def _item(s: Session) -> items.WorkItem | None:
    return s.live_item or (s.items[-1] if s.items else None)


def _of_item(name: str) -> Callable[[Floor, Session, Any], bool]:
    return lambda floor, s, wanted: getattr(_item(s), name, "none") == wanted


def _closed(floor: Floor, s: Session, wanted: Any) -> bool:
    reason = s.close_reason if s.closed_at_us else "no"
    return bool(reason) and wanted in {reason, "any" if s.closed_at_us else "no"}


def _keeps_place(floor: Floor, s: Session, wanted: Any) -> bool:
    own = [i for i in s.items if not i.consult_of]
    return bool(own) and (own[-1].rank_at_us <= own[0].rank_at_us) is wanted


def _recorded(floor: Floor, s: Session, wanted: Any) -> bool:
    return {r.event.type for r in floor.centre.reads().events(s.id)} >= set(wanted)


_LOOKS: Mapping[str, Callable[[Floor, Session, Any], bool]] = {
    "state": _of_item("state"),
    "queue": _of_item("queue"),
    "channel": _of_item("channel"),
    "outcome": _of_item("outcome"),
    "emergency": _of_item("emergency"),
    "closed": _closed,
    "language": lambda floor, s, wanted: s.language == wanted,
    "keeps_place": _keeps_place,
    "events": _recorded,
}

# -- the table

DESK: Mapping[str, Does] = {
    **{act.__name__: act for act in (
        abuse, consult, decline, ear, expect_item, expect_no_offer, expect_session, hand_over, kill_console,
        kill_server, mute, presence, refused, sign_in, take, take_over, transfer, wrap,
    )},
    "hold": _plain("hold", "The citizen hears music."),
    "resume": _plain("unhold", "The talk goes on."),
    "release": _plain("release", "She ends the talk."),
    "warn": _plain("warn", "The legal warning is played to the citizen."),
    "consult_join": _plain("consult_join", "All three talk.", joined=True),
    "consult_part": _plain("consult_join", "The citizen is on hold again.", joined=False),
    "consult_complete": _plain("consult_complete", "The consulted takes over."),
    "consult_end": _plain("consult_end", "Back to the citizen alone."),
}  # fmt: skip
_BY = {"by": TEXT, "within": SPAN}
_ALONE = Form("by", _BY, ("by",))
FORMS: Mapping[str, Form] = {
    **dict.fromkeys(DESK, _ALONE),
    "sign_in": Form("by", {**_BY, "presence": choice("AVAILABLE", "AWAY", "none")}, ("by",)),
    "presence": Form("", {**_BY, "presence": TEXT, "reason": TEXT}, ("by", "presence")),
    "kill_server": Form("away", {"away": SPAN}, ("away",)),
    "refused": Form("", {}, rest=ANYTHING),
    "expect_no_offer": Form("", {"by": TEXT, "lasts": SPAN}, ("by", "lasts")),
    "mute": Form("by", {**_BY, "muted": FLAG}, ("by",)),
    "wrap": Form("by", {**_BY, "disposition": TEXT, "category": TEXT, "summary": TEXT}, ("by",)),
    "transfer": Form("", {**_BY, "to": TEXT, "queue": TEXT}, ("by",)),
    "consult": Form("", {**_BY, "with": TEXT, "queue": TEXT, "line": TEXT}, ("by",)),
    "hand_over": Form("", {**_BY, "line": TEXT, "place": TEXT, "summary": TEXT}, ("by", "line")),
    "abuse": Form("by", {**_BY, "kind": TEXT}, ("by",)),
    "ear": Form("", {**_BY, "of": TEXT, "ear": choice("", "LISTEN", "WHISPER", "BARGE")}, ("by", "of", "ear")),
    "take_over": Form("", {**_BY, "of": TEXT}, ("by", "of")),
    "expect_item": Form("", {**_BY, "state": TEXT}, ("by", "state")),
    "expect_session": Form(
        "", {"phone": TEXT, "within": SPAN, "state": TEXT, "queue": TEXT, "channel": TEXT, "outcome": TEXT,
             "emergency": FLAG, "closed": TEXT, "language": TEXT, "keeps_place": FLAG, "events": NAMES}
    ),
}  # fmt: skip


def acts(floor: Floor) -> dict[str, Act]:
    """Every step of the desk, for channels.carrier.scenario.play."""
    return {name: _bound(floor, name) for name in DESK}


def _bound(floor: Floor, name: str) -> Act:
    return partial(_act, floor, DESK[name], FORMS[name].main)


async def _act(floor: Floor, does: Does, main: str, stage: Stage, value: Any) -> None:
    await does(floor, stage, dict(value) if isinstance(value, Mapping) else {main: value})
