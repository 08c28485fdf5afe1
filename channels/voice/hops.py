"""The hops of a call: each question of the network and the document that answers it.

Every hop is idempotent by its step token, and level-triggered where no token decides: ``join`` and ``wait`` look at
where the caller shall be now, not at how she came here. Nothing here speaks to the network. What takes the broker
longer than a hop's budget is cut off by the web side (web.py), which asks the caller to wait and come again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from channels.twilio.webhook import Form
from channels.voice import caller as callers
from channels.voice import documents as d
from channels.voice.beside import KEEPING
from channels.voice.door import STREAMS, VoiceDoor
from channels.voice.links import Hop
from channels.voice.menu import Turn
from channels.voice.render import Scene, polled
from channels.voice.wishes import DIALLED
from dasan.core import call as calls
from dasan.core import callback as callbacks
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.address import citizen_of
from dasan.core.commands import PROVIDER, Envelope
from dasan.core.errors import BadInput, Refused
from dasan.core.leg import Leg
from dasan.core.session import Session
from dasan.core.text import clean
from dasan.core.time import SECOND
from ivr import actions as a
from ivr.events import Digits, Event, NoInput, Result, Speech, Waiting

SPEECH_CHARS_MAX: Final = 1_000
DIGITS_MAX: Final = 64
USUAL: Final = "ko"  # a caller's language, unless the broker knows better
_CALL = re.compile(r"CA[0-9a-f]{32}")
_WORD = re.compile(r"[a-z][a-z-]{0,30}")
_LEFT: Final = {"queue-full": "full", "error": "error", "system-error": "error"}


class Hops:
    """One method a route; each gives a document. Raises DasanError."""

    def __init__(self, door: VoiceDoor) -> None:
        self._d, self._p, self._s, self._style = door, door.ports, door.settings, door.style

    # -- the menu

    async def voice(self, form: Form, hop: Hop) -> bytes:
        """A call has reached us."""
        call = form.get("CallSid")
        if not _CALL.fullmatch(call):
            raise BadInput("malformed", field="CallSid")
        who = callers.caller(form.get("From"))
        keyed = self._p.callers.keyed(callers.key_of(who, call))
        address = "" if isinstance(who, callers.Withheld) else keyed
        opening = self._d.menu.opening(address, who.kind, USUAL, self._s.service)
        command = c.BeginCall(
            call,
            citizen_of(keyed),
            address,
            who.kind,
            callers.written(who),
            callers.line_of(form.get("To"), form.get("ForwardedFrom"), self._s.numbers, self._s.usual_line),
            USUAL,
            self._s.service,
            opening.first if opening is not None else None,
        )
        reply = await self._p.gate.submit(Envelope(PROVIDER, f"begin:{call}", command))
        if address and reply.get("stranger"):
            self._p.callers.stranger(address)
        s, leg = await self._mine(Hop(str(reply["session"]), str(reply["leg"])), call)
        return self._said(s, leg, self._d.menu.opened(reply, opening) or await self._d.menu.begin(s, leg))

    async def step(self, form: Form, hop: Hop) -> bytes:
        """An answer to a question of the menu."""
        s, leg = await self._mine(hop, form.get("CallSid"))
        event = _heard(form) or (NoInput() if not hop.again and not hop.what else None)
        if isinstance(event, Digits):
            self._p.desk.keys(s.id, leg.id, event.digits)
        turn = await self._advance(s, leg, hop, event)
        return self._said(s, leg, turn, again=hop.again if turn.step == hop.step else 0)

    async def dialled(self, form: Form, hop: Hop) -> bytes:
        """A line that the menu dialled has answered, or not."""
        s, leg = await self._mine(hop, form.get("CallSid"))
        status = _word(form.get("DialCallStatus") or hop.what)
        event = Result("transfer", DIALLED.get(status, ("failed", ""))[0]) if status else None
        return self._said(s, leg, await self._advance(s, leg, hop, event))

    async def voicemail(self, form: Form, hop: Hop) -> bytes:
        """A message was left, or nothing was said."""
        s, leg = await self._mine(hop, form.get("CallSid"))
        said = hop.what or ("recorded" if form.get("RecordingDuration", "0") not in {"", "0"} else "empty")
        return self._said(s, leg, await self._advance(s, leg, hop, Result("voicemail", _word(said) or "error")))

    async def bye(self, form: Form, hop: Hop) -> bytes:
        """The call ends, and she is told why."""
        s, _ = await self._mine(hop, form.get("CallSid"))
        return d.over(_last_words(s, hop.what), language=s.language)

    # -- the line

    async def wait(self, form: Form, hop: Hop) -> bytes:
        """In the line: the first time, after each piece of music, and for each key."""
        s, leg = await self._mine(hop, form.get("CallSid"))
        item = s.live_item
        if item is not None and item.state in items.ASSIGNED:
            return d.connecting(self._style, replace(hop, again=0))
        if s.flow is None or s.flow.leg != leg.id:  # called back, and in the line because nobody is with her any more
            place = self._p.line.place(s.id)
            if place is None and item is None:
                words = _last_words(s, leg.cause) if leg.state == legs.ENDED else "nobody"
                return d.over(words, language=s.language)
            at = (place.position, place.wait_s) if place else (None, None)
            return d.waiting(self._style, hop, s.language, *at)
        if hop.step < s.flow.step:  # asked again: never what was said of the line some time ago
            return self._said(s, leg, await self._d.menu.current(s), waiting=True)
        turn = await self._advance(s, leg, hop, _heard(form) or self._waiting(s))
        return self._said(s, leg, turn, waiting=True)

    async def left(self, form: Form, hop: Hop) -> bytes:
        """Out of the line: by herself, by us, or because it is full."""
        result = _word(form.get("QueueResult") or hop.what)
        if result in {"redirected", "redirected-from-bridged", "bridged", "bridging-in-process"}:
            return d.nothing()
        s, leg = await self._mine(hop, form.get("CallSid"))
        if result == "hangup":
            self._d.run(self._ended(s, leg, form.get("CallSid")))
            return d.nothing()
        if result in _LEFT and s.flow is not None:
            return self._said(s, leg, await self._advance(s, leg, hop, Result("queue", _LEFT[result])))
        if s.flow is None or s.flow.leg != leg.id:
            return self._where(s, leg)
        turn = await self._d.menu.current(s)
        if isinstance(turn.said.actions[-1] if turn.said.actions else None, a.Hold):
            self._d.counts["gave_up"] += 1  # the flow did not let her go: a wait page that could not be answered did
            return self.human()
        return self._said(s, leg, turn)

    async def _ended(self, s: Session, leg: Leg, call: str) -> None:
        self._d.switchboard.over(s.id, leg.id)
        command = c.LegFact(s.id, leg.id, "ended", call, "citizen_left")
        await self._p.gate.submit(Envelope(PROVIDER, f"{call}:left", command))

    def _waiting(self, s: Session) -> Event:
        """What the wait is now, in the broker's words."""
        item = s.live_item
        if item is None:
            last = s.items[-1] if s.items else None
            return Result("queue", "max_wait" if last is not None and last.outcome == "expired" else "error")
        if item.state == items.SCHEDULED:
            return Result("queue", "closed")
        place = self._p.line.place(s.id)
        waited_s = max(0.0, (self._p.clock.now_us() - item.enqueued_at_us) / SECOND)
        return Waiting(waited_s, place.position if place else None, place.wait_s if place else None)

    # -- where she shall be

    async def join(self, form: Form, hop: Hop) -> bytes:
        """Where the citizen's call belongs at this moment: a room, the line, or nowhere any more."""
        call = form.get("CallSid")
        s, leg = await self._mine(hop, call)
        if leg.state in legs.CALLED:  # she has answered our call, or its document would not be asked for
            machine = is_machine(form)
            fact, cause = ("ended", "no_answer") if machine else ("connected", "")
            command = c.LegFact(s.id, leg.id, fact, call, cause)
            await self._p.gate.submit(Envelope(PROVIDER, f"{call}:{'machine' if machine else 'connected'}", command))
            if machine:
                return d.over(language=s.language)
            s, leg = await self._mine(hop, call)
        ours = s.flow is not None and s.flow.leg == leg.id
        if s.live_item is None and s.callback is None and not ours and leg.state in legs.UP:
            return self._said(s, leg, await self._d.menu.begin(s, leg))  # a call of ours with a menu of its own
        return self._where(s, leg)

    def _where(self, s: Session, leg: Leg) -> bytes:
        place = next((one for one in calls.places(s) if one.leg == leg.id), None)
        if place is None or place.at == calls.GONE:
            return d.over(_last_words(s, leg.cause), language=s.language)
        item = s.live_item
        coming = item.state in items.ASSIGNED if item is not None else any(p.state in legs.UP for p in s.parties)
        if place.at == calls.ROOM or coming:
            return d.room(self._style, s.id, leg.id, muted=place.muted)
        if item is None:
            return d.over("goodbye", language=s.language)
        step = s.flow.step if s.flow is not None and s.flow.leg == leg.id else 0
        return d.parked(self._style, Hop(s.id, leg.id, step), item.queue, s.language, lost=not item.previous)

    async def hold(self, form: Form, hop: Hop) -> bytes:
        """Music in a room."""
        s = self._p.sessions.get(hop.session)
        return d.hold(self._style, hop, s.language if s is not None else "ko", hop.what or "hold")

    async def announce(self, form: Form, hop: Hop, what: str) -> bytes:
        """A sentence to one participant; its language stands in the address."""
        if what not in {"warning", "recording", "abuse_ended"}:
            raise BadInput("no_such_page")
        s = self._p.sessions.get(hop.session)
        return d.announced(what, s.language if s is not None else hop.what or "ko")

    async def whisper(self, form: Form, hop: Hop) -> bytes:
        """What a line's answerer hears before the citizen does: place and summary, when there are any."""
        told: Mapping[str, str] = {}
        if hop.session:
            told = await self._told(hop.session, hop.line, hop.leg)
        return d.whispered(told, noted=not hop.line and not self._s.accept.isdisjoint(KEEPING))

    async def _told(self, session: str, line: str, leg: str) -> Mapping[str, str]:
        content = ""
        for recorded in await self._p.reads.events(session):
            e = recorded.event
            if e.type == "line.asked" and (getattr(e, "leg", "") == leg or getattr(e, "line", "") == line):
                content = str(getattr(e, "content", "")) or content
        words = await self._p.reads.words([content]) if content else {}
        return _place_and_summary(words.get(content, b""))

    async def stream(self, form: Form, hop: Hop) -> bytes:
        """A counselor's bridged telephone (``app:``). Where no streams are accepted it is not answered: words would
        be said into the room, and a leg that was there and fell off is rung again."""
        if STREAMS not in self._s.accept:
            self._d.counts["not_accepted"] += 1
            return d.unanswered()
        named = {key: form.get(key) for key in ("session", "leg", "counselor") if form.get(key)}
        return d.streamed(self._style, {"call": form.get("CallSid"), **named})

    async def fallback(self, form: Form, hop: Hop) -> bytes:
        """The network could not use our answer."""
        self._d.counts["fallback"] += 1
        return self.human()

    def human(self) -> bytes:
        """Without the broker: an apology and a person."""
        return d.fallback(self._s.people, self._s.caller_id)

    # -- what several of them need

    async def _mine(self, hop: Hop, call: str) -> tuple[Session, Leg]:
        """The citizen's leg that this hop is about. Raises BadInput for one that is not this call's."""
        s = self._p.sessions.get(hop.session) if hop.session else None
        leg = s.leg(hop.leg) if s is not None else None
        if leg is None and hop.session:
            s = await self._p.reads.load(hop.session)
            leg = s.leg(hop.leg) if s is not None else None
        if s is None or leg is None or (leg.call and leg.call != call):
            raise BadInput("malformed", field="s, l")
        return s, leg

    async def _advance(self, s: Session, leg: Leg, hop: Hop, event: Event | None) -> Turn:
        if s.closed_at_us or leg.state == legs.ENDED:
            raise Refused("leg_over")
        return await self._d.menu.advance(s, leg, hop.step, event)

    def _said(self, s: Session, leg: Leg, turn: Turn, *, waiting: bool = False, again: int = 0) -> bytes:
        """``again``: how often the caller came back for what this very turn asks of others."""
        hop = Hop(s.id, leg.id, turn.step, again if again and polled(turn.said.actions) else 0)
        scene = Scene(hop, self._style, "queue_wait" if waiting else "call")
        return self._d.menu.shared.document(turn.said, scene)


def _last_words(s: Session, cause: str) -> str:
    """What is said to whose leg has ended so."""
    if cause != "timeout":
        return cause if cause == "abuse_ended" else "goodbye"
    cb = s.callback
    return "called_again" if cb is not None and cb.open and cb.last == callbacks.UNSERVED else "nobody"


def is_machine(form: Form) -> bool:
    """Whether an answering machine or a fax has answered, as far as the network can tell."""
    return form.get("AnsweredBy").startswith(("machine", "fax"))


def _heard(form: Form) -> Event | None:
    """What the caller did; None when nothing came."""
    digits = form.get("Digits").strip()
    if digits:
        return Digits(digits[:DIGITS_MAX])
    words = clean(form.get("SpeechResult"), limit=SPEECH_CHARS_MAX)
    return Speech(words, _share(form.get("Confidence"))) if words else None


def _share(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else ""


def _place_and_summary(body: bytes) -> Mapping[str, str]:
    try:
        found = json.loads(body)
    except ValueError:
        return {"summary": body.decode("utf-8", "replace")}
    return {key: str(found.get(key, "")) for key in ("place", "summary")} if isinstance(found, dict) else {}


Method = Callable[[Hops, Form, Hop], Coroutine[Any, Any, bytes]]
DOCUMENTS: Final[Mapping[str, Method]] = cast(
    "Mapping[str, Method]",
    {
        "voice": Hops.voice,
        "voice/step": Hops.step,
        "voice/wait": Hops.wait,
        "voice/left": Hops.left,
        "voice/join": Hops.join,
        "voice/bye": Hops.bye,
        "voice/hold": Hops.hold,
        "voice/dialled": Hops.dialled,
        "voice/voicemail": Hops.voicemail,
        "voice/whisper": Hops.whisper,
        "voice/stream": Hops.stream,
        "voice/fallback": Hops.fallback,
    },
)
