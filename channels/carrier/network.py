"""The network's state, its time, and what it has to say to the outside: the middle of the carrier, synchronous.

Acts lie in a heap by instant and order of planning; :meth:`Network.step` runs the next one that is due. Requests to
the outside are collected in ``outgoing`` and carried out by a driver (drive.py), which hands back what came of them.
Randomness comes from one seed: the same seed, the same answers of the outside, the same trace.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from channels.carrier.faults import Faults
from channels.carrier.hooks import Matrix, Media
from channels.carrier.model import Call, Goto, Heard, Hearing, Notice, Number, Params, Queue, Room
from channels.twilio.signature import HEADER, SETTINGS_HEADER, SHA256, settings_header, sign

if TYPE_CHECKING:
    from channels.carrier.messages import Message
    from channels.carrier.phone import Phone
    from channels.carrier.recordings import Recording
    from channels.carrier.sounds import Recorded
    from channels.carrier.streams import Stream
    from channels.carrier.transcripts import Transcription
    from channels.carrier.webhooks import Ask

TRACE_LINES = 200_000
KEPT = 50_000  # of each kind of thing that is over and can still be fetched

Line = tuple[int, str, str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose network this is. ``key_id`` and ``key`` are a SharedKey with which webhooks are signed by SHA-256."""

    sid: str = "AC" + "0" * 31 + "1"
    token: str = "carrier-auth-token"  # noqa: S105  # the stand-in's own, known to whoever starts it
    key_id: str = ""
    key: str = ""
    friendly: str = "Stand-in"

    def signature(self, url: str, params: Params = ()) -> dict[str, str]:
        """The headers that sign a request of the network's: by the token, or by the SharedKey where there is one. The
        parameters of a GET or a handshake are in its address."""
        if not self.key:
            return {HEADER.title(): sign(self.token, url, params)}
        signed = sign(self.key, url, params, SHA256)
        return {HEADER.title(): signed, SETTINGS_HEADER.title(): settings_header(self.key_id)}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the network takes for what it does, in microseconds; ``calls_per_s`` 0 means at once."""

    dial_us: int = 100_000
    ring_us: int = 400_000
    key_us: int = 250_000
    speech_us: int = 600_000  # after the last word, when speechTimeout is auto
    sms_us: int = 800_000
    detect_us: int = 2_500_000  # until a machine is told from a person
    calls_per_s: float = 0.0
    queue_size: int = 1_000


class Network:
    """Everything that stands and everything that is to happen."""

    def __init__(
        self,
        clock: Callable[[], int],
        seed: int = 0,
        *,
        account: Account | None = None,
        pace: Pace | None = None,
        media: Media | None = None,
    ) -> None:
        self._clock = clock
        self._now_us = self.began_us = clock()
        self.planned: Callable[[], None] = lambda: None  # told when something new is to be done
        self.account = account or Account()
        self.pace = pace or Pace()
        self.media = media or Media()
        self.random = random.Random(seed)  # noqa: S311  # a stand-in's dice, seeded so that a run can be repeated
        self.faults = Faults(random.Random(seed + 1))  # noqa: S311
        self.calls: dict[str, Call] = {}
        self.numbers: dict[str, Number] = {}
        self.applications: dict[str, Goto] = {}
        self.phones: dict[str, Phone] = {}
        self.rooms: dict[str, Room] = {}
        self.open_rooms: dict[str, Room] = {}  # by name
        self.queues: dict[str, Queue] = {}
        self.messages: dict[str, Message] = {}
        self.recordings: dict[str, Recording] = {}
        self.transcriptions: dict[str, Transcription] = {}
        self.streams: dict[str, Stream] = {}
        self.sounds: dict[str, Recorded] = {}  # by address
        self.bridges: dict[Call, None] = {}  # calls that talk to another one by Dial
        self.opted_out: set[tuple[str, str]] = set()  # (who, from which of our numbers)
        self.notices: deque[Notice] = deque(maxlen=10_000)
        self.trace: deque[Line] = deque(maxlen=TRACE_LINES)
        self.outgoing: deque[Ask] = deque()
        self.asked: dict[int, Ask] = {}
        self.listeners: list[Callable[[Call, Heard], None]] = []
        self.next_call_us = 0
        self._acts: list[_Act] = []
        self._order = 0
        self.asks = 0

    # -- time

    @property
    def now_us(self) -> int:
        """The present; it never goes back."""
        self._now_us = max(self._now_us, self._clock())
        return self._now_us

    def at(self, us: int, act: Callable[[], None]) -> None:
        """Do that at an instant, after what was planned for it before; never in the past."""
        self._order += 1
        heapq.heappush(self._acts, _Act(max(us, self.now_us), self._order, act))
        self.planned()

    def after(self, us: int, act: Callable[[], None]) -> None:
        """Do that in so many microseconds."""
        self.at(self.now_us + us, act)

    def due_us(self) -> int | None:
        """The instant of the next act; None when nothing is planned."""
        return self._acts[0].at_us if self._acts else None

    def step(self) -> None:
        """Do the next act."""
        heapq.heappop(self._acts).do()

    # -- what is kept

    def sid(self, prefix: str) -> str:
        """A fresh id of Twilio's shape."""
        return f"{prefix}{self.random.getrandbits(128):032x}"

    def note(self, what: str, sid: str = "", detail: str = "") -> None:
        """A line of the trace: what happened, to whom."""
        self.trace.append((self.now_us, what, sid, detail))

    def warn(self, code: int, why: str, call: str = "", url: str = "") -> None:
        """A line of the debugger."""
        self.notices.append(Notice(self.now_us, code, call, url, why))
        self.note("notice", call, f"{code} {why}")

    def keep(self, where: dict[str, T], sid: str, new: T, over: Callable[[T], bool]) -> None:
        """Something new; beyond the bound the oldest that is over is forgotten."""
        where[sid] = new
        if len(where) > KEPT:
            where.pop(next((key for key, old in where.items() if over(old)), ""), None)

    def keep_call(self, call: Call) -> None:
        """A new call."""
        self.keep(self.calls, call.sid, call, lambda old: not old.live)

    # -- what is heard

    def hear(self, call: Call, hearing: Hearing) -> None:
        """From now on the call hears that; a hearing that lasts is noted by its phone when it begins."""
        if call.hearing.kind == hearing.kind and hearing.kind in {"room", "bridge", "nothing"}:
            return
        call.hearing = hearing
        phone = self.phones.get(call.address)
        if phone is not None:
            phone.hears(self, call, hearing)
        self.media.hears(call, hearing)

    def matrix(self) -> Matrix:
        """Who hears whom: listener's call -> the calls it hears, in every room and bridge."""
        from channels.carrier.talk import matrix  # noqa: PLC0415  # the rooms are built on this

        return matrix(self)

    def rewired(self) -> None:
        """Who hears whom may have changed: tell whoever makes sound of it."""
        if type(self.media) is not Media:  # the whole matrix of a busy network is not for nobody
            self.media.heard_by(self.matrix())

    def silence(self, call: Call) -> None:
        """Nothing is played to it from here on."""
        self.hear(call, Hearing(since_us=self.now_us))


@dataclass(order=True, slots=True)
class _Act:
    at_us: int
    order: int
    do: Callable[[], None] = field(compare=False)
