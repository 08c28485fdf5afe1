"""The documents that no flow says: into the room, music on hold, a goodbye, and what is heard when we are broken.

Pure, as render.py. ``fallback`` is the one that must work without us: it is also what `docs/voice.md` gives to be
hosted elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.twilio import twiml
from channels.twilio.element import Element
from channels.voice.links import Hop, Links
from channels.voice.render import SPOKEN_CHARS_MAX, Style, music, sentence, spoken_in
from channels.voice.words import say, standing

ROOM_EVENTS = ("start", "end", "join", "leave", "mute", "hold")
HUMAN_RING_S = 60
HOME_AFTER_S = 5


def nothing() -> bytes:
    """Change nothing."""
    return twiml.document()


def over(*codes: str, language: str = "ko") -> bytes:
    """Say these, and end the call."""
    return twiml.document(*(sentence(code, language) for code in codes), twiml.hangup())


def unanswered() -> bytes:
    """Not to be had: the call is not answered, and nothing is said into it."""
    return twiml.document(twiml.reject())


def leaving() -> bytes:
    """Out of the line, to what follows it."""
    return twiml.document(twiml.leave(), place="queue_wait")


def again(links: Links, path: str, hop: Hop, *, waiting: bool = False) -> bytes:
    """A second of quiet, then the same hop: the broker has not answered yet."""
    place = "queue_wait" if waiting else "call"
    return twiml.document(twiml.pause(1), twiml.redirect(links.again(path, hop)), place=place)  # type: ignore[arg-type]


def room(style: Style, session: str, leg: str, *, muted: bool = False) -> bytes:
    """The citizen's call into the room of her session, which ends with her. When she is let out of it, ``voice/join``
    says where she shall be then."""
    links, hop = style.links, Hop(session, leg)
    noun = twiml.conference(
        session,
        label=leg,
        starts=True,
        ends=True,
        muted=muted or None,
        beep="false",
        wait_url=links.to("voice/hold", Hop(session, leg, what="connecting")),
        wait_method="POST",
        jitter="medium",
        status=links.to("voice/room", Hop(session)),
        status_events=ROOM_EVENTS,
    )
    return twiml.document(twiml.dial(noun, action=links.to("voice/join", hop)))


def hold(style: Style, hop: Hop, language: str, what: str) -> bytes:
    """A sentence, music, and again: for a room's wait and for hold. No keys are heard there. ``what``: hold,
    connecting, or "alone" for who waits in a room for the citizen, and is told nothing."""
    words = [] if what == "alone" else [sentence(what if what == "connecting" else "hold", language)]
    return twiml.document(
        *words, music(style, 30), twiml.redirect(style.links.to("voice/hold", hop)), place="room_wait"
    )


def connecting(style: Style, hop: Hop) -> bytes:
    """Somebody has taken it and is being rung: music only, in short pieces."""
    return twiml.document(
        music(style, style.music_s), twiml.redirect(style.links.to("voice/wait", hop)), place="queue_wait"
    )


def waiting(style: Style, hop: Hop, language: str, position: int | None, wait_s: int | None) -> bytes:
    """A wait without a flow: place, estimate if there is an honest one, music."""
    words = [spoken_in(language, text) for text in standing(language, position, wait_s)]
    return twiml.document(
        *words, music(style, 30), twiml.redirect(style.links.to("voice/wait", hop)), place="queue_wait"
    )


def parked(style: Style, hop: Hop, queue: str, language: str, *, lost: bool = True) -> bytes:
    """Back into the line at her place: she was passed on, or (``lost``) nobody is with her any more."""
    links = style.links
    left = links.to("voice/left", hop)
    return twiml.document(
        sentence("back_in_line" if lost else "connecting", language),
        twiml.enqueue(queue or "line", wait_url=links.to("voice/wait", hop), action=left),
        twiml.redirect(left),
    )


def announced(what: str, language: str) -> bytes:
    """A sentence to somebody in a room."""
    return twiml.document(sentence(what, language), place="announce")


def whispered(told: Mapping[str, str], *, noted: bool = False) -> bytes:
    """Who it is, where she is and what it is about, for who answers at a line; and that what is said is kept, where it
    is (``noted``)."""
    words = [say("whisper", "ko")]
    for name in ("place", "summary"):
        value = told.get(name, "").strip()[: SPOKEN_CHARS_MAX // 4]
        if value:
            words.append(say(f"whisper_{name}", "ko", **{name: value}))
    if noted:
        words.append(say("whisper_noted", "ko"))
    parts = twiml.portions(" ".join(words))
    return twiml.document(*(spoken_in("ko", part) for part in parts), place="announce")


def streamed(style: Style, parameters: Mapping[str, str]) -> bytes:
    """A counselor's bridged audio (``app:``): the call's sound goes to our own socket until we close it."""
    socket = style.links.socket("stream")
    return twiml.document(twiml.connect(twiml.stream(socket, parameters=parameters)), twiml.hangup())


def fallback(people: Sequence[str], caller_id: str = "", *, home: str = "") -> bytes:
    """An apology, then the hunt group, one after another; nothing in it needs us. ``people`` as they are dialled.

    With ``home`` (the number's own address) whoever reached nobody is asked to hold and sent there again: when we are
    back, her call goes on where it was; while we are not, the network comes here once more.
    """
    verbs: list[Element] = [sentence("broken", "ko"), sentence("broken", "en")]
    verbs += [twiml.dial(twiml.phone(to), caller_id=caller_id or None, timeout=HUMAN_RING_S) for to in people]
    if home:
        verbs += [sentence("hold_on", "ko"), sentence("hold_on", "en"), twiml.pause(HOME_AFTER_S), twiml.redirect(home)]
    else:
        verbs += [sentence("nobody", "ko"), sentence("nobody", "en"), twiml.hangup()]
    return twiml.document(*verbs)
