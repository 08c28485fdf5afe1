"""The console's protocol, version 1: what the server says of a call. Parts of ``desk_views``.

Times are UTC microseconds, 0: not running. Nobody's number is here: a party is named as colleagues name her, a line as
the directory does.
"""

from __future__ import annotations

from typing import Literal

from dasan.wire.frames import View


class Party(View):
    """Somebody's leg of a call that has not ended. ``role``: CITIZEN, COUNSELOR, SUPERVISOR or THIRD_PARTY; ``name``
    is "" for the citizen. ``state`` as in DOMAIN §4 (NEW and DIALING: about to be rung). ``joined``: in the room, heard
    as far as ``muted``, a hold and a supervisor's ``ear`` (LISTEN, WHISPER, BARGE) let her be. ``mine``: this
    counselor's own."""

    leg: str
    role: str
    name: str = ""
    who: str = ""
    state: str
    mine: bool = False
    muted: bool = False
    joined: bool = False
    ear: str = ""


class Consulting(View):
    """Who is asked while the citizen waits. ``kind``: counselor, queue or line; ``ready`` once she talks with them;
    ``joined``: the citizen hears them too. ``since``: when it began."""

    kind: str
    name: str
    ready: bool = False
    joined: bool = False
    since: int = 0


class Call(View):
    """The telephone side of a session. ``caller``: e164, client, sip or withheld. ``talk_since``: the talk began;
    ``held_since``: the citizen hears music since then; ``waited_s``: how long she waited for this talk.

    ``recording``: on, paused, off, or "" where nothing is recorded. ``warned``: how often the legal warning was played
    in this call; ``strikes``: what stands against her address. ``asked_by``: who consults this counselor, "" when the
    talk is her own.
    """

    caller: str = ""
    parties: tuple[Party, ...] = ()
    consult: Consulting | None = None
    asked_by: str = ""
    talk_since: int = 0
    held_since: int = 0
    waited_s: int = 0
    recording: str = ""
    warned: int = 0
    strikes: int = 0


class Partial(View):
    """What is being said and not yet final (kind ``speech``), or was pressed on a telephone (``keys``). A newer one of
    the same leg and kind replaces it, the final entry of that speaker ends speech; it is kept nowhere. ``who`` and
    ``name`` as in Entry. ``text`` "" takes it back."""

    t: Literal["partial"] = "partial"
    session: str
    leg: str
    who: str
    name: str = ""
    kind: str = "speech"
    text: str = ""


class Callback(View):
    """A citizen to be called back. ``number`` is her session's; ``state`` as in DOMAIN §4; ``due``: when it is, or was;
    ``last``: how the last attempt ended; ``whose``: the counselor who has it in hand, ``by``: who asked for it.
    ``can``: what this counselor may do now, of callback_set and callback_drop."""

    callback: str
    session: str
    number: int
    state: str
    queue_name: str = ""
    asked_at: int = 0
    due: int = 0
    attempts: int = 0
    last: str = ""
    whose: str = ""
    by: str = ""
    can: tuple[str, ...] = ()


CALLBACKS_MAX = 100


class Callbacks(View):
    """Who is to be called back, what is due first in front, at most CALLBACKS_MAX rows; ``more`` counts the rest.
    Replaced whole, at most once a second and only when something but the time has changed."""

    t: Literal["callbacks"] = "callbacks"
    now: int
    rows: tuple[Callback, ...] = ()
    more: int = 0


class Recording(View):
    """A recording of a talk, or a message (kind ``voicemail``). ``at``: when it came here; ``gone``: retention or
    erased, where there is nothing to hear any more."""

    recording: str
    kind: str
    at: int
    seconds: int = 0
    gone: str = ""


class Line(View):
    """A line of the directory. ``rings``: it has a number; nobody can be handed to one that has none.
    ``needs_place``: it must be told where she is."""

    code: str
    name: str
    emergency: bool = False
    needs_place: bool = False
    rings: bool = True
