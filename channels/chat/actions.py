"""What each frame of a page does: one function a frame, and the table of them.

Text is cleaned here, before it becomes a command. A page's own id is the request id, so that sending again is harmless.
The token is looked at in ``hello`` only. Each raises DasanError where it refuses.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from channels.chat import project
from channels.chat.catalogue import FALLBACK, catalogues
from channels.chat.connection import ChatConnection
from dasan.core import commands as c
from dasan.core.errors import BadInput, Refused
from dasan.core.session import Session, left_message
from dasan.core.text import clean
from dasan.core.time import DAY, HOUR
from dasan.wire import chat as wire

SHOWN_AFTER_END_US = HOUR
MESSAGE_SHOWN_US = 14 * DAY  # who left a message after hours may come for the answer much later
_RATING_CHARS_MAX = 1000


async def hello(tab: ChatConnection, frame: wire.Hello) -> None:
    """Who is it, and what did they miss."""
    tab.language = _language(frame.language)
    if frame.v != wire.VERSION:
        tab.trouble(BadInput("bad_version"), final=True)
        return
    wait_s = tab.door.may_knock(tab.peer)
    if wait_s:
        tab.trouble(BadInput("too_fast", after_s=max(1, round(wait_s))), final=True)
        return
    tab.arrived()
    token = await _known(tab, frame.token)
    if token is None or tab.gone:
        return
    session = await _present_session(tab)
    seen = frame.after
    after = seen.seq if seen and seen.session == session and frame.token == token else 0
    await tab.welcome(session, token, after)


async def _present_session(tab: ChatConnection) -> str | None:
    """The newest session, unless it ended so long ago that the page should begin anew."""
    ports = tab.door.ports
    session = await ports.reads.newest_session(tab.citizen)
    found = await ports.reads.load(session) if session else None
    if found is None or not found.state.closed_at_us:
        return session
    shown_us = MESSAGE_SHOWN_US if left_message(found.state) else SHOWN_AFTER_END_US
    return session if ports.clock.now_us() - found.state.closed_at_us <= shown_us else None


async def _known(tab: ChatConnection, token: str) -> str | None:
    """Find the token's citizen or make a new one, and enter the door. None when there are too many newcomers."""
    door = tab.door
    citizen = await door.ports.tokens.find(token) if token else None
    if citizen is None:
        wait_s = door.may_knock(tab.peer, newcomer=True)
        if wait_s:
            tab.trouble(BadInput("too_fast", after_s=max(1, round(wait_s))), final=True)
            return None
        citizen = door.ports.ids.new("p")
        token = await door.ports.tokens.issue(citizen)
    if tab.citizen and tab.citizen != citizen:
        door.leave(tab.citizen, tab)
        tab.following.detach()
    if not tab.gone:
        tab.citizen = citizen
        door.enter(citizen, tab)
    return token


async def start(tab: ChatConnection, frame: wire.Start) -> None:
    """Open a session (or find the open one) and show it in every tab."""
    door = tab.door
    command = c.OpenSession(
        citizen=tab.citizen,
        address=door.ports.names.address(tab.citizen),
        channel="chat",
        language=tab.language,
        queue=frame.topic,
        text=_text(tab, frame.text),
        client_id=frame.id,
        later=frame.later,
    )
    try:
        reply = await door.submit(tab.citizen, frame.id, command)
    except Refused as refused:
        if refused.code == "queue_closed":  # it closed while this page was looked at
            tab.tell_topics()
        raise
    tab.ack(frame.id, reply)
    session = str(reply["session"])
    door.unless_present(tab.citizen, session)
    for other in tuple(door.tabs.get(tab.citizen, ())):
        if other.following.session_id != session and not other.gone:
            await other.welcome(session, "", 0)


async def say(tab: ChatConnection, frame: wire.Say) -> None:
    """A line, or a photo with its caption."""
    state = _open_session(tab)
    leg = state.live_leg
    assert leg is not None
    command: c.Command
    if frame.photo:
        if await tab.door.ports.reads.photo_session(frame.photo) != state.id:
            raise BadInput("malformed", field="photo")
        caption = _text(tab, frame.text) if frame.text.strip() else ""
        command = c.ReceivePhoto(state.id, leg.id, frame.photo, frame.id, caption)
    else:
        command = c.ReceiveText(state.id, leg.id, _text(tab, frame.text), frame.id)
    tab.ack(frame.id, await tab.door.submit(tab.citizen, frame.id, command))


async def mark(tab: ChatConnection, frame: wire.Mark) -> None:
    """Not answered."""
    state = tab.state
    if state is not None:
        tab.marks.note(min(frame.n, state.shown_n), frame.read)


async def typing(tab: ChatConnection, frame: wire.Typing) -> None:
    """Not answered, kept nowhere."""
    state = tab.state
    if state is not None and not project.over(state):
        tab.door.ports.hub.typing(state.id, "citizen", frame.on)


async def leave(tab: ChatConnection, frame: wire.Leave) -> None:
    """The citizen ends it."""
    state = _open_session(tab)
    leg = state.live_leg
    assert leg is not None
    tab.ack(frame.id, await tab.door.submit(tab.citizen, frame.id, c.LeaveSession(state.id, leg.id)))


async def rate(tab: ChatConnection, frame: wire.Rate) -> None:
    """Once a session."""
    command = c.RateSession(frame.session, frame.score, clean(frame.text, limit=_RATING_CHARS_MAX))
    tab.ack(frame.id, await tab.door.submit(tab.citizen, frame.id, command))


async def heard(tab: ChatConnection, frame: wire.Heard) -> None:
    """The notice was shown; an older stage, or a ticket that is not hers, is nothing to note."""
    if tab.following.stages.get(frame.handoff) == frame.stage:
        request_id = f"heard-{frame.handoff}-{frame.stage}"
        await tab.door.submit(tab.citizen, request_id, c.HearTicket(frame.handoff, frame.stage, "chat"))


async def speak(tab: ChatConnection, frame: wire.Speak) -> None:
    """Everything again, in another language."""
    tab.language = _language(frame.language)
    await tab.redraw()


def _language(asked: str) -> str:
    return asked if asked in catalogues() else FALLBACK


def _text(tab: ChatConnection, raw: str) -> str:
    """The cleaned text. Raises Refused: too_fast, too_long or empty."""
    wait_s = tab.door.messages.take(tab.citizen)
    if wait_s:
        raise Refused("too_fast", after_s=max(1, round(wait_s)))
    limit = tab.door.limits.text_chars_max
    text = clean(raw, limit=limit + 1)
    if len(text) > limit:
        raise Refused("too_long", limit=limit)
    if not text:
        raise Refused("empty")
    return text


def _open_session(tab: ChatConnection) -> Session:
    state = tab.state
    if state is None:
        raise Refused("no_such_session")
    if project.over(state):
        raise Refused("session_closed")
    return state


Action = Callable[[ChatConnection, Any], Awaitable[None]]
ACTIONS: dict[type[Any], Action] = {
    wire.Hello: hello,
    wire.Start: start,
    wire.Say: say,
    wire.Mark: mark,
    wire.Typing: typing,
    wire.Leave: leave,
    wire.Rate: rate,
    wire.Heard: heard,
    wire.Speak: speak,
}
