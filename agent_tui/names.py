"""How sessions and entries are named: the same on the screen and line by line."""

from __future__ import annotations

from agent_tui import safe
from agent_tui.state import Talk
from agent_tui.words import Words
from dasan.wire.call_views import Partial
from dasan.wire.desk_views import Entry, Hit


def who(talk: Talk, say: Words) -> str:
    """The citizen as the list names them: a masked name, a masked contact, or the session's number."""
    return named(talk) or say("talk.nameless", number=talk.session.number)


def named(talk: Talk) -> str:
    """The citizen's masked name or contact, "" when neither is known."""
    citizen = talk.session.citizen
    return safe.flat(citizen.name or citizen.contact, 30)


def checked_on(hit: Hit, say: Words) -> str:
    """When an article was checked, with a sign when that is too long ago or never was."""
    if not hit.checked_on:
        return say("suggest.unchecked")
    return say("suggest.stale" if hit.stale else "suggest.checked", day=hit.checked_on)


def entry_name(entry: Entry, say: Words) -> str:
    """Who an entry is from."""
    if entry.who == "note" or entry.kind == "note":
        return say("who.note")
    if entry.who == "supervisor":
        return safe.flat(entry.name, 20) or say("who.supervisor")
    if entry.who == "third":
        return safe.flat(entry.name, 20) or say("who.third")
    if entry.who == "counselor":
        return say("who.me") if entry.mine else safe.flat(entry.name, 20) or say("who.counselor")
    return safe.flat(entry.name, 20) if entry.who == "citizen" and entry.name else say.name("who", entry.who)


def piece_text(piece: Partial, say: Words) -> str:
    """Who is just saying or has just pressed what."""
    name = safe.flat(piece.name, 20) or say.name("who", piece.who)
    if piece.kind == "keys":
        return f"{name} {say('talk.keys', keys=piece.text)}"
    return f"{say('talk.speaking', name=name)} {piece.text}"


def entry_body(entry: Entry, say: Words) -> str:
    """What an entry says, harmless; a system line in the reader's language, a photo and a supervisor's line named as
    such."""
    if entry.erased:
        return say("talk.erased")
    spoken = "\n".join(filter(None, (entry.code and say.spoken(entry.code, entry.args), safe.text(entry.text))))
    if entry.kind == "keys":
        return say("talk.keys", keys=spoken)
    if entry.who == "supervisor" and entry.kind != "speech":
        return f"[{say('who.whisper' if entry.kind == 'whisper' else 'who.supervisor')}] {spoken}"
    return f"[{say('talk.photo')}] {spoken}".strip() if entry.photo and entry.who != "system" else spoken


def gone(number: int, why: str, say: Words) -> str:
    """Why a session or an offer is no longer mine; of a reason that nobody here knows, only that it is so."""
    key = f"gone.{why}"
    return say(key if say.knows(key) else "gone.other", number=number)
