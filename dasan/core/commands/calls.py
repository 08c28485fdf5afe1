"""What a telephone call asks for: the network's facts, the menu's wishes, and what counselors do with a call."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command

# -- from the network (principal PROVIDER)


@dataclass(frozen=True, slots=True)
class FirstTurn:
    """The menu's first turn, made beforehand for who is met with this ``language``, ``slow`` and ``conduct``; it wishes
    nothing. ``mark`` comes back in the reply of the request by which it was recorded."""

    mark: str
    flow: str
    node: str
    turn: str | bytes
    language: str = ""
    slow: bool = False
    conduct: str = ""


@dataclass(frozen=True, slots=True)
class BeginCall(Command):
    """A call has reached us. ``call`` is the network's id; ``address`` a keyed HMAC ("" when withheld); ``caller`` the
    kind (e164, client, sip, withheld); ``number`` as the network gave it, to be sealed; ``line`` which of our numbers.
    ``first`` is recorded with it when she is new and met as it supposes; it is no part of what is asked, so a repeat
    may bring another.
    """

    call: str
    citizen: str
    address: str
    caller: str
    number: str = ""
    line: str = "120"
    language: str = "ko"
    service: str = "120"
    first: FirstTurn | None = None


@dataclass(frozen=True, slots=True)
class LegFact(Command):
    """What the network says of a leg. ``fact``: ringing, connected, joined, left, held, unheld, muted, unmuted, ended.

    A fact that would move the leg backward, or that is known, changes nothing. ``cause`` goes with ended (leg causes).
    """

    session: str
    leg: str
    fact: str
    call: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class HearSpeech(Command):
    """A finished piece of somebody's speech, by transcription. The request id makes a repeat harmless."""

    session: str
    leg: str
    text: str
    confidence_pct: int = 0


@dataclass(frozen=True, slots=True)
class RecordingFact(Command):
    """What became of recording: ``state`` on, paused or off; with ``blob``, what was kept, once by ``sid``."""

    session: str
    state: str = ""
    blob: str = ""
    seconds: int = 0
    retention: str = ""
    kind: str = "recording"
    sid: str = ""


@dataclass(frozen=True, slots=True)
class ForgetRecording(Command):
    """The days of a recording are over (principal RETENTION); its blob is deleted after this is on disk."""

    session: str
    blob: str


@dataclass(frozen=True, slots=True)
class PlayRecording(Command):
    """A supervisor wants to hear a recording; it is played only after this is on disk."""

    session: str
    blob: str
    reason: str


# -- from call control (principal SWITCHBOARD)


@dataclass(frozen=True, slots=True)
class DialLeg(Command):
    """The claim on ringing a leg. Reply: attempt, ask_first (an earlier attempt may have been heard)."""

    session: str
    leg: str


@dataclass(frozen=True, slots=True)
class LegDialled(Command):
    """The network has taken the ring, as ``call``."""

    session: str
    leg: str
    call: str


# -- from the menu (principal PROVIDER): one step and what it wishes


@dataclass(frozen=True, slots=True)
class Wish:
    """The base of what a step of the menu may wish; see the fields of each."""


@dataclass(frozen=True, slots=True)
class WishQueue(Wish):
    """Into a queue."""

    queue: str
    credit_s: int = 0
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class WishLeave(Wish):
    """Out of the queue, because she chose something else there (``why``: callback, voicemail, other)."""

    why: str = "other"


@dataclass(frozen=True, slots=True)
class WishCallback(Wish):
    """A call back, keeping her place; ``at_us`` 0: as soon as it is her turn. ``number`` as she gave it, else her own.
    Without an item in a queue it stands in ``queue``."""

    at_us: int = 0
    number: str = ""
    queue: str = ""


@dataclass(frozen=True, slots=True)
class WishCancelCallback(Wish):
    """She is not to be called back any more."""


@dataclass(frozen=True, slots=True)
class WishText(Wish):
    """A short message to her number (or ``number``)."""

    text: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class WishLine(Wish):
    """To a line of the directory, as the menu itself dials it; ``outcome`` once known."""

    line: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class WishPrefer(Wish):
    """What she likes, kept with her address: "" and None leave it."""

    language: str = ""
    slow: bool | None = None


@dataclass(frozen=True, slots=True)
class WishWarned(Wish):
    """Nothing more than that this turn plays the legal warning, which is kept with her address."""


@dataclass(frozen=True, slots=True)
class WishEnd(Wish):
    """The call ends here; ``reason`` is a code."""

    reason: str


AnyWish = (
    WishQueue | WishLeave | WishCallback | WishCancelCallback | WishText | WishLine | WishPrefer | WishWarned | WishEnd
)
Wishes = tuple[AnyWish, ...]


@dataclass(frozen=True, slots=True)
class StepFlow(Command):
    """The menu's turn ``step`` (one more than the last). ``turn`` is the interpreter's state and actions, to be sealed.

    A step that was taken already changes nothing: its reply names the recorded content, from which the same answer is
    made. Reply: step, content, repeated, and what came of the wishes (item, callback).
    """

    session: str
    leg: str
    step: int
    flow: str
    node: str
    turn: str | bytes
    wishes: Wishes = ()


# -- from counselors


@dataclass(frozen=True, slots=True)
class MuteLeg(Command):
    """Her own leg, or another party's."""

    session: str
    leg: str
    muted: bool


@dataclass(frozen=True, slots=True)
class Consult(Command):
    """Ask somebody while the citizen is on hold: a counselor, a queue or a line of the directory (exactly one).
    Reply: item (the consult's own work item), or leg (the line's)."""

    session: str
    item: str
    counselor: str = ""
    queue: str = ""
    line: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class JoinConsult(Command):
    """All three talk (``joined``), or the citizen goes back on hold."""

    session: str
    item: str
    joined: bool = True


@dataclass(frozen=True, slots=True)
class CompleteConsult(Command):
    """The warm transfer: the consulted takes over, she leaves into wrap-up. Refused before the other side has joined.
    Reply: item (the successor; "" for a line)."""

    session: str
    item: str


@dataclass(frozen=True, slots=True)
class EndConsult(Command):
    """Back to the citizen alone."""

    session: str
    item: str


@dataclass(frozen=True, slots=True)
class HandToLine(Command):
    """Hand the citizen to a line of the directory, with place and summary, on any channel. In a call it is rung, and
    she is let go only when it has answered; elsewhere she is given its number. Reply: leg ("" without a call)."""

    session: str
    item: str
    line: str
    place: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class DropParty(Command):
    """Take a party out of the call (never the citizen: that is ReleaseItem)."""

    session: str
    leg: str


@dataclass(frozen=True, slots=True)
class SetRecording(Command):
    """Pause while a card number is read, and go on; ``state``: on or paused."""

    session: str
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class WarnCaller(Command):
    """Play the legal warning to the citizen, and record that it was."""

    session: str
    item: str


@dataclass(frozen=True, slots=True)
class EndForAbuse(Command):
    """End the call for abuse. ``kind``: harassment, threat, verbal, prank, drunk, repeat."""

    session: str
    item: str
    kind: str


@dataclass(frozen=True, slots=True)
class SetEar(Command):
    """A supervisor who looks hears a call too: ``ear`` LISTEN, WHISPER, BARGE, or "" to hang up. Reply: leg."""

    session: str
    ear: str
