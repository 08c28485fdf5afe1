"""A call as the desk shows it: which one it is, how it stands, who takes part, and what each key does in it now. Pure.

The same three keys carry a call through everything: in the talk F6 holds, F7 passes on, F8 asks somebody; while
somebody is asked F8 brings all together, F7 leaves the citizen with them, F6 goes back to the citizen alone. With
somebody of another line in it, F8 is about them. The recording has a key of its own, from wherever she is.
"""

from __future__ import annotations

from agent_tui import safe
from agent_tui.state import DeskState, Talk
from agent_tui.words import Words
from dasan.wire.call_views import Call, Party

CHANNELS = frozenset({"voice", "callback"})
CALLED = frozenset({"NEW", "DIALING", "RINGING"})
Button = tuple[str, str]
"""An action and the catalogue key of what it does now."""


def is_voice(talk: Talk | None) -> bool:
    """Whether the citizen is talked to by telephone, so that what is written is a note."""
    if talk is None:
        return False
    return (talk.item.channel if talk.item else talk.session.channel) in CHANNELS


def the_call(state: DeskState) -> Talk | None:
    """The call this counselor is in; there is one at most."""
    return next((t for t in state.talks.values() if t.mine == "live" and t.session.call and is_voice(t)), None)


def word(talk: Talk) -> str:
    """The catalogue key of how the call stands."""
    call, state = talk.session.call, talk.item.state if talk.item else ""
    if call is not None and call.asked_by:
        return "call.advising"
    if state == "CONSULTING":
        return "call.together" if call and call.consult and call.consult.joined else "call.consulting"
    return {"HELD": "call.held", "ACTIVE": "call.talking"}.get(state, "call.connecting")


def buttons(talk: Talk) -> tuple[Button, ...]:
    """What can be done in the call, in the order of its line."""
    call, mine = talk.session.call, own(talk)
    mute = ("mute", "call.unmute" if mine and mine.muted else "call.mute")
    if call is None:
        return ()
    if call.asked_by:
        return (("hold", "call.step_out"), mute)
    if call.consult is not None:
        join = "call.part" if call.consult.joined else "call.join"
        ready = (("conference", join), ("transfer", "call.complete")) if call.consult.ready else ()
        return (*ready, ("hold", "call.end_consult"), mute, *record(talk))
    held = talk.item is not None and talk.item.state == "HELD"
    return (
        ("hold", "call.unhold" if held else "call.hold"),
        ("transfer", "keys.transfer"),
        ("conference", "call.third" if third(talk) else "call.consult"),
        mute,
        *record(talk),
        ("finish", "call.end"),
        ("line", "keys.line"),
        ("warn", "keys.warn"),
    )


def record(talk: Talk) -> tuple[Button, ...]:
    """What the recording's key does now; nothing where nothing is recorded."""
    call = talk.session.call
    label = {"on": "call.record_pause", "paused": "call.record_on"}.get(call.recording if call else "", "")
    return (("recording", label),) if label else ()


def own(talk: Talk) -> Party | None:
    """My own leg of the call."""
    call = talk.session.call
    return next((party for party in call.parties if party.mine), None) if call else None


def others(talk: Talk) -> tuple[Party, ...]:
    """Everybody of the call but the citizen and me."""
    call = talk.session.call
    return tuple(p for p in call.parties if not p.mine and p.role != "CITIZEN") if call else ()


def third(talk: Talk) -> Party | None:
    """Somebody of another line who is in the call without being asked first: F8 is about them."""
    call = talk.session.call
    lines = (p for p in call.parties if p.role == "THIRD_PARTY") if call and call.consult is None else ()
    return next(iter(lines), None)


def party_name(party: Party, say: Words) -> str:
    """How somebody of the call is called on this desk."""
    if party.mine:
        return say("who.me")
    if party.role == "CITIZEN":
        return say("who.citizen")
    name = safe.flat(party.name, 20) or say("call.somebody")
    return f"{say('who.supervisor')} {name}" if party.role == "SUPERVISOR" else name


def party_marks(party: Party, held: bool, say: Words) -> str:
    """What is to be known of her, in words: rung, on hold, muted, only listening; "" when she simply talks."""
    marks = []
    if party.state in CALLED:
        marks.append(say("call.rung"))
    elif not party.joined and party.role != "CITIZEN":
        marks.append(say("call.coming"))
    elif party.state == "HELD" or (held and party.role == "CITIZEN"):
        marks.append(say("call.on_hold"))
    if party.muted:
        marks.append(say("call.muted"))
    if party.ear:
        marks.append(say.name("ear", party.ear))
    return ", ".join(marks)


def parties_line(call: Call, say: Words) -> str:
    """Everybody in the call with what is to be known of them."""
    held = bool(call.held_since)
    told = []
    for party in call.parties:
        marks = party_marks(party, held, say)
        told.append(f"{party_name(party, say)}({marks})" if marks else party_name(party, say))
    return ", ".join(told)


def consult_line(call: Call, say: Words) -> str:
    """Who is asked, how far that is, and where the citizen is meanwhile; "" when nobody is."""
    if call.asked_by:
        return say("call.asked_by", name=safe.flat(call.asked_by, 20))
    if call.consult is None:
        return ""
    key = "call.with_all" if call.consult.joined else "call.with_one" if call.consult.ready else "call.calling"
    return say(key, name=safe.flat(call.consult.name, 24) or say("call.somebody"))
