"""The console's protocol, version 1: what a console asks for about a call, callbacks and her own telephone.

Each is a command as in ``desk``, of whose union these are a part. What is muted, held or rung is seen when the session
comes back changed, never when the key was pressed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dasan.wire.frames import Command, Id, Seq

LINE_CHARS_MAX = 400
PHONE_CHARS_MAX = 128
_Line = Annotated[str, Field(max_length=LINE_CHARS_MAX)]
_Code = Annotated[str, Field(max_length=64)]


class Hold(Command):
    """The citizen hears music."""

    t: Literal["hold"]
    session: Id
    item: Id


class Unhold(Command):
    t: Literal["unhold"]
    session: Id
    item: Id


class Mute(Command):
    """Her own leg, or another party's."""

    t: Literal["mute"]
    session: Id
    leg: Id
    muted: bool


class Consult(Command):
    """Ask somebody while the citizen is on hold: exactly one of ``counselor``, ``queue`` and ``line``."""

    t: Literal["consult"]
    session: Id
    item: Id
    counselor: _Code = ""
    queue: _Code = ""
    line: _Code = ""
    note: _Line = ""


class ConsultJoin(Command):
    """All three talk; with ``joined`` false the citizen goes back on hold."""

    t: Literal["consult_join"]
    session: Id
    item: Id
    joined: bool = True


class ConsultComplete(Command):
    """The consulted takes over; she leaves into wrap-up."""

    t: Literal["consult_complete"]
    session: Id
    item: Id


class ConsultEnd(Command):
    """Back to the citizen alone. From the consulted: she is out of it."""

    t: Literal["consult_end"]
    session: Id
    item: Id


class HandOver(Command):
    """Hand the citizen to a line of the directory, with her place and a summary, on any channel."""

    t: Literal["hand_over"]
    session: Id
    item: Id
    line: _Code
    place: _Line = ""
    summary: _Line = ""


class Drop(Command):
    """Take a party out of the call; never the citizen."""

    t: Literal["drop"]
    session: Id
    leg: Id


class Recording(Command):
    """Pause while a card number is read, and go on."""

    t: Literal["recording"]
    session: Id
    state: Literal["on", "paused"]
    why: _Line = ""


class Warn(Command):
    """Play the legal warning to the citizen."""

    t: Literal["warn"]
    session: Id
    item: Id


class Abuse(Command):
    """End the call for abuse."""

    t: Literal["abuse"]
    session: Id
    item: Id
    kind: Literal["harassment", "threat", "verbal", "prank", "drunk", "repeat"]


class Ear(Command):
    """A supervisor who looks hears the call too; "" hangs up."""

    t: Literal["ear"]
    session: Id
    ear: Literal["", "LISTEN", "WHISPER", "BARGE"]


class Phone(Command):
    """The telephone that rings for this counselor from the next call on: client:, sip:, app: or a number in E.164;
    "" is the centre's own. The reply's ``phone`` is what rings now."""

    t: Literal["phone"]
    phone: Annotated[str, Field(max_length=PHONE_CHARS_MAX)]


class Callbacks(Command):
    """Who is to be called back: while on, ``callbacks`` frames come, each replacing the one before."""

    t: Literal["callbacks"]
    on: bool


class CallbackAsk(Command):
    """The citizen of this session wants to be called back: at ``at`` (microseconds), or as soon as it is her turn (0).
    ``number`` when it is not the one she called from; it is sealed and comes back to nobody."""

    t: Literal["callback_ask"]
    session: Id
    at: Seq = 0
    number: Annotated[str, Field(max_length=32)] = ""
    queue: _Code = ""


class CallbackSet(Command):
    """Another time for the callback of that session, while nobody is being rung for it; 0: now. The reply's ``due_us``
    is later where the quiet hours or the queue's opening say so."""

    t: Literal["callback_set"]
    session: Id
    at: Seq


class CallbackDrop(Command):
    """Nobody is called; the reason (a code) is kept."""

    t: Literal["callback_drop"]
    session: Id
    reason: _Line


class Recordings(Command):
    """What is kept of the calls of a session, named by its id or else its number; for supervisors. The reply's
    ``session`` and ``recordings``: call_views.Recording."""

    t: Literal["recordings"]
    session: Id | Literal[""] = ""
    number: Seq = 0


class Play(Command):
    """A supervisor hears a recording of a session that is over or that she looks at; the reason is kept. The reply's
    ``url`` plays it for two minutes."""

    t: Literal["play"]
    session: Id
    recording: Id
    reason: _Line


FromCalls = (
    Hold
    | Unhold
    | Mute
    | Consult
    | ConsultJoin
    | ConsultComplete
    | ConsultEnd
    | HandOver
    | Drop
    | Recording
    | Warn
    | Abuse
    | Ear
    | Phone
    | Callbacks
    | CallbackAsk
    | CallbackSet
    | CallbackDrop
    | Recordings
    | Play
)
