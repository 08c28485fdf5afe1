"""What the service needs of a telephone network, as one narrow port; the real one is Twilio's (channels/twilio).

A *call* is the network's own id of one connection. A *room* is a conference, named by the session's id and nothing
personal. Everything here is a wish about calls and rooms; what became of it comes back as webhooks, and what is true
now can be asked (:meth:`VoiceProvider.rooms`, :meth:`VoiceProvider.call`). Wishes may be repeated: a room that has a
label already does not ring it twice, and ending what is over is no error. Every method raises ProviderFailed
(dasan/core/errors.py), whose ``unknown_outcome`` says whether the wish may have been heard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ring:
    """A leg to be rung into a room. ``label`` (our leg id) is unique in the room; ``to`` is one string: ``client:…``,
    ``sip:…``, a number in E.164, or ``app:…``. ``ends_room``: the room ends when this leg leaves (the citizen's alone).
    ``coach`` is the call that alone hears it; ``ring_s`` how long it rings."""

    room: str
    label: str
    to: str
    caller_id: str
    ring_s: int = 20
    muted: bool = False
    coach: str = ""
    starts_room: bool = True
    ends_room: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call to a citizen (a callback, an assurance call), which runs ``url`` once answered. ``key`` is our leg id,
    found again in the addresses of its callbacks."""

    key: str
    to: str
    caller_id: str
    url: str
    ring_s: int = 30
    detect_machine: bool = False


@dataclass(frozen=True, slots=True)
class Set:
    """What shall be true of a participant; None leaves it. ``hold_url`` says what is heard on hold."""

    hold: bool | None = None
    hold_url: str = ""
    muted: bool | None = None
    coach: str | None = None  # the call that alone hears it; "" nobody in particular: everybody


@dataclass(frozen=True, slots=True)
class Seen:
    """A participant as the network sees it now."""

    call: str
    label: str
    hold: bool = False
    muted: bool = False
    coach: str = ""
    status: str = "connected"


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """A room that is open. ``sid`` is the network's id of it."""

    room: str
    sid: str
    participants: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class CallSeen:
    """A call as the network sees it now. ``status`` is the network's word (queued, ringing, in-progress, completed,
    busy, failed, no-answer, canceled)."""

    call: str
    status: str
    to: str = ""
    from_: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A short message. ``key`` is the delivery's id; ``status_url`` hears what becomes of it."""

    key: str
    to: str
    from_: str
    body: str
    status_url: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What the network says of our account: numbers with their webhook addresses, for the check of an installation."""

    numbers: tuple[Mapping[str, str], ...] = field(default_factory=tuple)
    status: str = ""
    kind: str = ""


class VoiceProvider(Protocol):
    """A telephone network, as call control sees it."""

    async def redirect(self, call: str, url: str) -> None:
        """Let that call run the document at ``url`` from here on (from a parking place into a room, or back)."""
        ...

    async def ring(self, ring: Ring) -> str:
        """Ring a leg into a room; its call. A label that is there already gives that leg's call."""
        ...

    async def find(self, room: str, label: str) -> str | None:
        """The call that stands under ``label`` in ``room``, ringing or connected; None when there is none."""
        ...

    async def dial(self, out: Outgoing) -> str:
        """Call a citizen; the call."""
        ...

    async def dialled(self, to: str, since_us: int) -> Sequence[CallSeen]:
        """Calls of ours to that number since then, newest first: asked before one is repeated."""
        ...

    async def set(self, room: str, call: str, change: Set) -> None:
        """Hold, mute, coach."""
        ...

    async def announce(self, room: str, call: str, url: str) -> None:
        """Play the document at ``url`` to one participant."""
        ...

    async def remove(self, room: str, call: str) -> None:
        """Take a participant out of the room; that call ends."""
        ...

    async def hang_up(self, call: str) -> None:
        """End a call, ringing or connected."""
        ...

    async def call(self, call: str) -> CallSeen | None:
        """One call as it is now; None when the network does not know it."""
        ...

    async def rooms(self) -> Sequence[RoomSeen]:
        """Every open room with its participants."""
        ...

    async def calls(self) -> Sequence[CallSeen]:
        """Every call that is ringing or in progress."""
        ...

    async def record(self, call: str, wish: str, callback: str = "") -> None:
        """``wish``: start, pause, resume or stop the recording of that call."""
        ...

    async def transcribe(self, call: str, wish: str, callback: str = "", language: str = "ko-KR") -> None:
        """``wish``: start or stop the transcription of that call; what is heard comes to ``callback``."""
        ...

    async def account(self) -> Account:
        """What the network says of our account."""
        ...


class MessageChannel(Protocol):
    """A network for short messages."""

    async def send(self, text: Text) -> str:
        """Send it; the network's id of the message. Raises ProviderFailed."""
        ...

    async def sent(self, text: Text, since_us: int) -> str | None:
        """The network's id of that same text to that number since then; None when it was not sent: asked before a text
        of unknown outcome is sent again. Raises ProviderFailed."""
        ...


class Transcriber(Protocol):
    """A recogniser on a call's sound, one for each track; it may block, and is made and called in threads that are the
    recognisers' alone, never in two at once.

    What it understands are triples: the text, whether it is final (a partial one is replaced by what follows), and the
    confidence in percent."""

    def feed(self, pcm16: bytes, rate: int) -> Sequence[tuple[str, bool, int]]:
        """Sound as signed 16-bit samples in the machine's order, ``rate`` a second; what was understood by it."""
        ...

    def end(self) -> Sequence[tuple[str, bool, int]]:
        """The track is over; what was still to be said."""
        ...
