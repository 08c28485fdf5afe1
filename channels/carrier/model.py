"""What stands in the network at one moment, as plain objects: calls, phones, rooms, queues, numbers.

Instants are microseconds of the network's own clock (UTC when it is driven by a real one). Nothing here acts; who acts
is named in channels/carrier/__init__.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from channels.carrier.process import Process
    from channels.carrier.recordings import Recording
    from channels.carrier.streams import Stream
    from channels.carrier.transcripts import Transcription

SECOND = 1_000_000

CallStatus = Literal["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]
LIVE = frozenset({"queued", "ringing", "in-progress"})

Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Goto:
    """Where a document comes from: an address, or the document itself (``twiml``), as REST may give it."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    """Who is told of which events; no ``url``, nobody."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset()


NOBODY = Callback()
NOWHERE = Goto()


@dataclass(slots=True)
class Number:
    """A number of the account, and what it asks when it rings or is written to."""

    sid: str
    e164: str
    voice: Goto = NOWHERE
    voice_fallback: Goto = NOWHERE
    status: Callback = NOBODY
    sms: Goto = NOWHERE
    sms_fallback: Goto = NOWHERE
    friendly: str = ""
    trunk: str = ""
    created_us: int = 0


@dataclass(slots=True)
class Heard:
    """One thing a phone heard: ``kind`` is say, play, voice (a person, named by ``source``'s call), ringback, music,
    beep, busy or silence; ``ended_us`` 0 while it lasts."""

    at_us: int
    kind: str
    text: str = ""
    source: str = ""
    language: str = ""
    ended_us: int = 0
    cut: bool = False
    call: str = ""  # on which of its calls


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a call hears from the network now. ``kind``: nothing, ringback, say, play, music, room, bridge, busy, beep.

    ``room`` and ``bridge`` mean people: who of them is heard is the matrix's answer (conference.hears).
    ``ends_us`` is when it is over by itself, 0 when it is not. ``sound`` is a recording's mu-law, where it is known.
    """

    kind: str = "nothing"
    text: str = ""
    url: str = ""
    language: str = ""
    voice: str = ""
    since_us: int = 0
    ends_us: int = 0
    sound: bytes = b""


@dataclass(slots=True)
class Habit:
    """What a phone does when it rings: ``answer`` after a while, ``wait`` for somebody to pick up, ``busy``,
    ``reject`` or ``absent`` (there is no such subscriber, or no client of that name is there)."""

    on_ring: Literal["answer", "wait", "busy", "reject", "absent"] = "answer"
    after_us: int = 2 * SECOND
    machine: bool = False
    sms: Literal["delivered", "undelivered", "failed", "silent"] = "delivered"
    sms_error: int = 0


@dataclass(eq=False, slots=True)
class Call:
    """One connection between the network and a phone. ``process`` runs its document."""

    sid: str
    from_: str
    to: str
    direction: Literal["inbound", "outbound-api", "outbound-dial"]
    address: str  # of the phone at its far end
    status: CallStatus = "queued"
    number: Number | None = None
    parent: str = ""
    created_us: int = 0
    answered_us: int = 0
    ended_us: int = 0
    updated_us: int = 0
    fallback: Goto = NOWHERE
    callback: Callback = NOBODY
    told: int = 0  # status callbacks sent
    process: Process | None = None
    hearing: Hearing = Hearing()
    bridged: str = ""
    room: str = ""
    queue: str = ""
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    answered_by: str = ""
    ring_us: int = 60 * SECOND
    limit_us: int = 4 * 3_600 * SECOND
    watchers: list[Callable[[str], None]] = field(default_factory=list)
    talks_until_us: int = 0
    detect_machine: bool = False
    streams: list[Stream] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    transcriptions: list[Transcription] = field(default_factory=list)

    @property
    def live(self) -> bool:
        return self.status in LIVE


@dataclass(eq=False, slots=True)
class Participant:
    """A call in a room, or on its way into it."""

    call: Call
    room: Room
    label: str = ""
    status: Literal["queued", "ringing", "connected", "complete", "failed"] = "queued"
    muted: bool = False
    hold: bool = False
    coaching: bool = False
    coach: str = ""  # the call that alone hears this one, while coaching
    starts: bool = True
    ends: bool = False
    wait: Goto | None = None  # None: the network's own music
    hold_with: Goto | None = None
    beep: str = "true"
    created_us: int = 0
    updated_us: int = 0
    by_api: bool = False
    playing: Process | None = None  # what it hears instead of the room: waiting, hold, an announcement
    announcing: bool = False
    tuned: str = ""  # what it is set to hear: wait, hold, room


@dataclass(eq=False, slots=True)
class Room:
    """A conference. Its callback is fixed by the first who comes."""

    sid: str
    name: str
    callback: Callback = NOBODY
    status: Literal["init", "in-progress", "completed"] = "init"
    participants: dict[str, Participant] = field(default_factory=dict)
    told: int = 0
    most: int = 250
    created_us: int = 0
    updated_us: int = 0
    reason: str = ""
    ended_by: str = ""


@dataclass(slots=True)
class Member:
    """A call that waits in a queue."""

    call: Call
    since_us: int


@dataclass(eq=False, slots=True)
class Queue:
    """A provider's queue, first come first."""

    sid: str
    name: str
    most: int = 1_000
    members: list[Member] = field(default_factory=list)
    created_us: int = 0
    updated_us: int = 0


class Named(Protocol):
    """What can be asked for by its id or its name."""

    sid: str
    name: str


N = TypeVar("N", bound=Named)


def newest(ones: Sequence[N], key: str) -> N | None:
    """The newest of that id or name; of any, without one."""
    return next((one for one in reversed(ones) if key in {"", one.sid, one.name}), None)


@dataclass(slots=True)
class Notice:
    """A line of the account's debugger: Twilio's error number, where, and why."""

    at_us: int
    code: int
    call: str
    url: str
    why: str
