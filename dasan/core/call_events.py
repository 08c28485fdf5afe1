"""What happens on the telephone side of a session: its menu, the parties of its call, recording, callbacks.

The legs themselves turn by the ``leg.*`` events of session_events; these add who else takes part and what was asked.
"""

from __future__ import annotations

from dasan.core.events import Event, event

# -- the citizen's call and her way through the menu


@event("call.began")
class CallBegan(Event):
    """The network's ``call`` carries ``leg``. ``caller`` is the kind of her address (e164, client, sip, withheld),
    ``number`` the content that holds it ("" when withheld), ``line`` the code of our number that she dialled."""

    leg: str
    call: str
    caller: str
    line: str = ""
    number: str = ""


@event("flow.stepped")
class FlowStepped(Event):
    """The menu ``flow`` (name@hash, pinned for the call) took its turn ``step`` (from 1) and stands at ``node``;
    ``content`` holds the interpreter's state and what it said, from which the same answer is made again."""

    leg: str
    flow: str
    step: int
    node: str
    content: str


@event("flow.left")
class FlowLeft(Event):
    """The menu is over for this leg: ``outcome`` is queued, callback, voicemail, line, ended (``reason``: why)."""

    leg: str
    outcome: str
    reason: str = ""


# -- the other parties of a call


@event("party.added")
class PartyAdded(Event):
    """Somebody shall be rung into the session's room: a counselor for ``item``, a supervisor, or a line of the
    directory. Nobody has been rung before leg.dialing."""

    leg: str
    role: str
    who: str
    until_us: int
    item: str = ""
    ear: str = ""


@event("leg.dialing")
class LegDialing(Event):
    """Attempt ``attempt`` (from 1) is about to be made: the claim. It rings until ``until_us``."""

    leg: str
    attempt: int
    until_us: int


@event("leg.dialled")
class LegDialled(Event):
    """The network has taken it, as ``call``."""

    leg: str
    call: str


@event("leg.joined")
class LegJoined(Event):
    """It is in the session's room."""

    leg: str


@event("leg.left")
class LegLeft(Event):
    """It is out of the room, while its call goes on."""

    leg: str


@event("leg.muted")
class LegMuted(Event):
    leg: str
    muted: bool


@event("leg.ear")
class LegEar(Event):
    """A supervisor's leg listens, whispers or barges from here on."""

    leg: str
    ear: str


# -- consulting and passing on


@event("work.consult_joined")
class ConsultJoined(Event):
    """The citizen hears the consulted too (a third party from here on), or, with ``joined`` false, no longer."""

    item: str
    joined: bool = True


@event("line.asked")
class LineAsked(Event):
    """A line of the directory shall take the citizen over; ``content`` holds place and summary. ``leg`` is the party
    that is rung ("" on channels without a voice: she was given its number)."""

    line: str
    leg: str = ""
    content: str = ""


@event("line.outcome")
class LineOutcome(Event):
    """``outcome``: answered, busy, no_answer, failed, told."""

    line: str
    outcome: str


# -- recording and abuse


@event("recording.turned")
class RecordingTurned(Event):
    """``state``: on, paused, off. ``why``: consent, card, asked, ended."""

    state: str
    why: str = ""


@event("recording.kept")
class RecordingKept(Event):
    """A recording or voice message lies in ``blob``; ``retention`` is the class that says until when, ``sid`` the
    network's name for it, by which it is known again."""

    blob: str
    seconds: int
    retention: str
    kind: str = "recording"
    sid: str = ""


@event("recording.gone")
class RecordingGone(Event):
    """What lay in ``blob`` is deleted. ``reason``: retention."""

    blob: str
    reason: str


@event("recording.played")
class RecordingPlayed(Event):
    """``supervisor`` was let hear it, for a reason that lies sealed in ``content``."""

    blob: str
    supervisor: str
    content: str


@event("caller.warned")
class CallerWarned(Event):
    """The legal warning is played to the citizen."""

    item: str
    counselor: str
