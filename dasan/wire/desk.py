"""The console's protocol, version 1, spoken over ``/desk/socket``: what a console sends.

The console signs in with its first frame and is answered with ``welcome``, a whole picture. After it, ``me``,
``session``, ``entry``, ``marks``, ``board`` and (for who asked) ``floor`` and ``callbacks`` frames keep that picture
true: each replaces a small part whole, carries the stream's ``seq`` and the ``prev`` it follows where it belongs to a
stream, and snapshot plus frames equals a fresh snapshot; ``typing``, ``partial`` and ``offer_over`` frames belong to no
picture and are kept nowhere. A console that comes back names the last ``seq`` of each stream in ``hello.have`` and gets
only what followed. Every other frame from the console is a command with an ``id``; it is answered by exactly one
``reply``, and repeating it is harmless. Nothing is shown as done before its event has come back. What is asked about
calls is in ``desk_calls``, what the server sends in ``desk_views``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from dasan.wire import frames
from dasan.wire.desk_calls import FromCalls
from dasan.wire.frames import Frame, Id, Language, Seq

VERSION = 1
PATH = "/desk/socket"
TEXT_CHARS_MAX = 4_000
Command = frames.Command
_Text = Annotated[str, Field(max_length=TEXT_CHARS_MAX * 4)]
_Line = Annotated[str, Field(max_length=400)]


class Hello(Frame):
    """``token`` from an earlier ``welcome``, or ``name`` and ``password``."""

    t: Literal["hello"]
    v: int
    language: Language = "ko"
    token: str = Field(default="", max_length=128)
    name: str = Field(default="", max_length=64)
    password: str = Field(default="", max_length=256)
    have: dict[Id, Seq] = {}
    client: str = Field(default="", max_length=80)


class Beat(Frame):
    """I am alive; sent every ``beat_s``. Not answered."""

    t: Literal["beat"]


class Typing(Frame):
    """Not answered."""

    t: Literal["typing"]
    session: Id
    on: bool


class SignOut(Command):
    t: Literal["sign_out"]


class Presence(Command):
    """``presence``: AVAILABLE, AWAY, DRAINING or OFFLINE; ``then`` follows when the load is zero."""

    t: Literal["presence"]
    presence: Literal["AVAILABLE", "AWAY", "DRAINING", "OFFLINE"]
    reason: _Line = ""
    then: Literal["", "AWAY", "OFFLINE"] = ""


class Accept(Command):
    t: Literal["accept"]
    offer: Id
    session: Id


class Decline(Command):
    t: Literal["decline"]
    offer: Id
    session: Id
    reason: _Line = "not_now"


class Opened(Command):
    """The accepted session is on the screen: the talk begins (ConfirmMedia)."""

    t: Literal["opened"]
    session: Id
    item: Id


class Say(Command):
    """A reply to the citizen. ``article`` and ``edited`` when it came from a suggestion."""

    t: Literal["say"]
    session: Id
    text: _Text
    article: str = Field(default="", max_length=64)
    edited: bool = False


class Note(Command):
    """For colleagues only."""

    t: Literal["note"]
    session: Id
    text: _Text


class Mark(Command):
    t: Literal["mark"]
    session: Id
    n: Seq


class Draft(Command):
    """Keep the half-written answer; "" forgets it."""

    t: Literal["draft"]
    session: Id
    text: _Text


class Pause(Command):
    t: Literal["pause"]
    session: Id
    item: Id


class Unpause(Command):
    t: Literal["unpause"]
    session: Id
    item: Id


class Transfer(Command):
    """Exactly one of ``queue`` and ``counselor``."""

    t: Literal["transfer"]
    session: Id
    item: Id
    queue: str = Field(default="", max_length=32)
    counselor: str = Field(default="", max_length=64)
    note: _Line = ""


class Release(Command):
    """End the talk; wrap-up begins."""

    t: Literal["release"]
    session: Id
    item: Id


class Wrap(Command):
    t: Literal["wrap"]
    session: Id
    item: Id
    disposition: str = Field(max_length=32)
    category: str = Field(max_length=32)
    summary: _Text = ""


class ExtendWrap(Command):
    t: Literal["extend_wrap"]
    session: Id
    item: Id


class TicketForm(Frame):
    category: str = Field(max_length=32)
    summary: _Line
    description: _Text
    place: _Line = ""
    contact: _Line = ""
    photos: tuple[Id, ...] = Field(default=(), max_length=10)
    attributes: tuple[tuple[_Line, _Line], ...] = Field(default=(), max_length=40)


class TicketPrefill(Command):
    """Ask for a form prefilled from the transcript; the reply's ``form`` is a TicketForm, ``photos`` what can be
    picked, ``questions`` what each category asks besides (code, text, kind, required, hint, values), if known."""

    t: Literal["ticket_prefill"]
    session: Id
    item: Id


class TicketFile(Command):
    """Draft and commit: the reply's ``handoff`` names it."""

    t: Literal["ticket_file"]
    session: Id
    item: Id
    form: TicketForm


class TicketAmend(Command):
    """Mend a rejected one and commit it again."""

    t: Literal["ticket_amend"]
    handoff: Id
    form: TicketForm


class TicketWithdraw(Command):
    t: Literal["ticket_withdraw"]
    handoff: Id
    reason: _Line


class TicketRelease(Command):
    """A supervisor's act: let the session close without a receipt."""

    t: Literal["ticket_release"]
    handoff: Id
    reason: _Line


class TicketRetry(Command):
    """A supervisor sends a dead letter once more."""

    t: Literal["ticket_retry"]
    handoff: Id


class Unmask(Command):
    """The reply's ``value`` is the masked field in the clear; the reason is kept."""

    t: Literal["unmask"]
    session: Id
    field: Literal["contact", "address", "text"]
    reason: _Line


class Merge(Command):
    """The citizen of ``session`` is also the one of ``other``, a session of this console as well, or of the ticket
    whose ``receipt`` number she names: exactly one. The reply's ``link`` is the number of the link."""

    t: Literal["merge"]
    session: Id
    item: Id
    other: Id | Literal[""] = ""
    receipt: _Line = ""


class Unmerge(Command):
    """Take ``link`` back: one's own, or as a supervisor; the reason is kept."""

    t: Literal["unmerge"]
    session: Id
    link: int
    reason: _Line


class Search(Command):
    """The reply's ``hits`` are desk_views.Hit."""

    t: Literal["search"]
    query: _Line
    limit: int = Field(default=10, ge=1, le=30)


class Article(Command):
    """The reply's ``hit`` is the whole article."""

    t: Literal["article"]
    article: str = Field(max_length=64)


class Older(Command):
    """Up to ``limit`` entries before entry ``before``; the reply's ``entries`` are desk_views.Entry."""

    t: Literal["older"]
    session: Id
    before: Seq
    limit: int = Field(default=200, ge=1, le=500)


class People(Command):
    """Who and what a session can be passed to; the reply has ``queues`` and ``counselors``."""

    t: Literal["people"]


class Photo(Command):
    """The reply's ``url`` opens the picture in a browser for two minutes."""

    t: Literal["photo"]
    session: Id
    photo: Id


class Why(Command):
    """Who was eligible for a waiting item, and why each other counselor was passed over; the reply's ``lines``."""

    t: Literal["why"]
    session: Id


class Floor(Command):
    """A supervisor's list: while on, ``floor`` frames come, each replacing the one before."""

    t: Literal["floor"]
    on: bool


class Look(Command):
    """A supervisor begins to read along; the session comes as those of her own do. The reply's ``step``."""

    t: Literal["look"]
    session: Id


class LookAway(Command):
    """The look ends; the session is ``gone``."""

    t: Literal["look_away"]
    session: Id


class Whisper(Command):
    """A supervisor's line that only the counselor sees."""

    t: Literal["whisper"]
    session: Id
    text: _Text


class Barge(Command):
    """A supervisor's line to the citizen."""

    t: Literal["barge"]
    session: Id
    text: _Text


class TakeOver(Command):
    """A supervisor becomes the counselor of the item."""

    t: Literal["take_over"]
    session: Id
    item: Id


FromDesk = Annotated[
    Hello
    | Beat
    | Typing
    | SignOut
    | Presence
    | Accept
    | Decline
    | Opened
    | Say
    | Note
    | Mark
    | Draft
    | Pause
    | Unpause
    | Transfer
    | Release
    | Wrap
    | ExtendWrap
    | TicketPrefill
    | TicketFile
    | TicketAmend
    | TicketWithdraw
    | TicketRelease
    | TicketRetry
    | Unmask
    | Merge
    | Unmerge
    | Search
    | Article
    | Older
    | People
    | Photo
    | Why
    | Floor
    | Look
    | LookAway
    | Whisper
    | Barge
    | TakeOver
    | FromCalls,
    Field(discriminator="t"),
]
from_desk: TypeAdapter[FromDesk] = TypeAdapter(FromDesk)
