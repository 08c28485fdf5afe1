"""The console's protocol, version 1: what the server sends.

Times are UTC microseconds; ``now`` in welcome lets a console with a wrong clock show right ages.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from dasan.wire.call_views import Call, Callbacks, Line, Partial
from dasan.wire.frames import Seq, View
from dasan.wire.person_views import Citizen


class Named(View):
    """A code and its name in the console's language."""

    code: str
    name: str
    # For dispositions: whether it needs a ticket. For queues: the channel.
    extra: str = ""


class Offer(View):
    """A session that could be yours: accept before ``deadline``. ``waiting_since`` is when the citizen began to
    wait."""

    offer: str
    session: str
    item: str
    number: int
    channel: str
    queue: str
    queue_name: str
    waiting_since: int
    deadline: int
    preview: str = ""
    language: str = "ko"


class Slot(View):
    """What takes capacity: ``kind`` is pending, live, paused or wrapping."""

    item: str
    session: str
    kind: str
    channel: str
    units: int


class Me(View):
    """The counselor herself: three axes, and her offers."""

    t: Literal["me"] = "me"
    seq: Seq
    prev: Seq
    counselor: str
    number: int
    name: str
    roles: tuple[str, ...]
    presence: str
    presence_reason: str = ""
    then: str = ""
    lease: str
    epoch: int
    slots: tuple[Slot, ...] = ()
    offers: tuple[Offer, ...] = ()
    misses: int = 0
    # The telephone that rings for her: client:, sip:, app: or a number.
    phone: str = ""


class Item(View):
    """A work item as the desk needs it. ``state`` as in DOMAIN §3; clocks in UTC microseconds (0: not running).

    ``reply_by``: when the citizen should have an answer (first reply or answer target); ``wrap_by``: end of wrap-up.
    """

    item: str
    state: str
    queue: str
    queue_name: str
    channel: str
    counselor: str = ""
    counselor_name: str = ""
    enqueued_at: int = 0
    active_at: int = 0
    reply_by: int = 0
    wrap_by: int = 0
    wrap_extended: bool = False
    previous: str = ""


class Ticket(View):
    handoff: str
    stage: str
    category: str
    number: str = ""
    line: str = ""
    fields: tuple[str, ...] = ()
    attempts: int = 0
    next_at: int = 0


class Session(View):
    """One session at its present state. ``mine`` is what it is to this counselor: offered, live, wrapping, or ""
    (a supervisor looking, or a ticket that waits for her). ``look`` is a supervisor's step: MONITOR, WHISPER or BARGE,
    "" when she does not look; without a look (or a part in it) a session comes with its tickets alone, no words and no
    card. ``can`` lists the commands that are possible now; ``cannot`` says why others are not.

    ``last_n`` is the newest entry and ``last_at`` its time, as of this frame: both follow from the entries, and no
    frame is sent for them alone. ``read_n`` how far this counselor has read; ``citizen_delivered``/``citizen_read``
    how far the citizen has. ``leg`` is the citizen's leg state: CONNECTED, SUSPENDED, ENDED.
    ``call`` is the telephone side of a session that has one.
    """

    t: Literal["session"] = "session"
    session: str
    seq: Seq
    prev: Seq
    number: int
    phase: str
    channel: str
    language: str
    opened_at: int
    mine: str
    leg: str
    item: Item | None = None
    tickets: tuple[Ticket, ...] = ()
    citizen: Citizen
    last_n: int
    read_n: int = 0
    citizen_delivered: int = 0
    citizen_read: int = 0
    last_at: int = 0
    waiting_since: int = 0
    can: tuple[str, ...] = ()
    cannot: dict[str, str] = {}
    prefill: dict[str, str] = {}
    look: str = ""
    call: Call | None = None


class Entry(View):
    """One transcript entry. ``who``: citizen, counselor, supervisor, bot, system or note; ``mine`` when this counselor
    wrote it. A supervisor's line of kind ``whisper`` is for the counselor only. Kind ``speech`` was said in a call
    (then ``who`` may also be ``third``, somebody of another line), kind ``keys`` was pressed on her telephone.

    ``id`` is the sender's own id, so that a console finds its unconfirmed line again.
    """

    t: Literal["entry"] = "entry"
    session: str
    seq: Seq
    prev: Seq
    n: int
    at: int
    who: str
    name: str = ""
    kind: str
    text: str = ""
    photo: str = ""
    code: str = ""
    args: dict[str, Any] = {}
    id: str = ""
    mine: bool = False
    article: str = ""
    erased: bool = False


class Marks(View):
    """How far the citizen has received and read."""

    t: Literal["marks"] = "marks"
    session: str
    seq: Seq
    prev: Seq
    delivered: int
    read: int


class Gone(View):
    """The session is no longer yours to read: forget it. ``why``: transferred, taken_over, lost, done, look_over, or
    changed (it comes anew at once, with more or less of it to read)."""

    t: Literal["gone"] = "gone"
    session: str
    why: str


class OfferOver(View):
    """An offer of hers has ended, and not by her; the ``me`` that follows has it no more. ``why``: expired, taken (by a
    colleague), in_call (she took a call, in which no text is offered), citizen_left, presence (she is no longer
    available), failed or revoked. Kept in no picture."""

    t: Literal["offer_over"] = "offer_over"
    session: str
    number: int
    channel: str
    why: str


class QueueLine(View):
    queue: str
    name: str
    channel: str
    waiting: int
    longest_since: int = 0


class Board(View):
    """The queues and the promise: service level in percent over the last hour (None: nothing to measure yet)."""

    t: Literal["board"] = "board"
    now: int
    queues: tuple[QueueLine, ...] = ()
    available: int = 0
    engaged: int = 0
    # How many are to be called back, and when the first of them is (or was) due; 0: nobody.
    callbacks: int = 0
    callback_due: int = 0
    service_level: int | None = None
    # Counted by the server over the journal, shown by the demo: what was lost or doubled.
    lost: int | None = None
    doubled: int | None = None


class FloorSession(View):
    """A live session as a supervisor sees it without looking into it: no words, no card.

    ``since``: when the waiting, else the talk, began; ``last_at``: the newest line; ``reply_by``: as in Item.
    ``trouble``: dead_letter or rejected (``handoff`` names the ticket), first_reply (overdue), reply (overdue), waiting
    (longer than the queue's target), or "", with the instant at which it began.
    """

    session: str
    number: int
    channel: str
    queue_name: str
    phase: str
    item: str = ""
    counselor: str = ""
    counselor_name: str = ""
    since: int = 0
    last_at: int = 0
    reply_by: int = 0
    trouble: str = ""
    trouble_since: int = 0
    handoff: str = ""
    # Whether it has a call that can be listened to, and what of it shows from outside: held, consult, or "".
    call: bool = False
    doing: str = ""


class FloorCounselor(View):
    """A counselor with a console or work: ``text`` and ``live`` are the units taken of each pool, of 100."""

    counselor: str
    number: int
    name: str
    presence: str
    presence_reason: str = ""
    lease: str
    sessions: int = 0
    text: int = 0
    live: int = 0


class Floor(View):
    """The floor for a supervisor: the oldest trouble first, at most FLOOR_MAX rows a list; ``more_*`` counts the rest.
    Replaced whole, at most once a second and only when something but the time has changed."""

    t: Literal["floor"] = "floor"
    now: int
    sessions: tuple[FloorSession, ...] = ()
    counselors: tuple[FloorCounselor, ...] = ()
    more_sessions: int = 0
    more_counselors: int = 0


FLOOR_MAX = 100


class Hit(View):
    """A suggestion or search result."""

    article: str
    title: str
    answer: str
    score: float
    why: str = ""
    source: str = ""
    department: str = ""
    phone: str = ""
    checked_on: str = ""
    stale: bool = False
    language: str = "ko"


class Suggest(View):
    """Suggestions for entry ``n`` of a session; a later frame replaces it. ``state``: ok, slow, off."""

    t: Literal["suggest"] = "suggest"
    session: str
    n: int
    hits: tuple[Hit, ...] = ()
    state: str = "ok"


class TypingNow(View):
    t: Literal["typing"] = "typing"
    session: str
    on: bool


class Reply(View):
    """The one answer to command ``id``. On refusal ``code`` and ``text`` (in the console's language) say why."""

    t: Literal["reply"] = "reply"
    id: str
    ok: bool
    code: str = ""
    text: str = ""
    data: dict[str, Any] = {}


class Centre(View):
    """What a console must know of the centre once: queues, categories, dispositions, lines of the directory,
    timings in seconds."""

    name: str
    queues: tuple[Named, ...]
    categories: tuple[Named, ...]
    dispositions: tuple[Named, ...]
    beat_s: int
    suspect_s: int
    public_url: str = ""
    lines: tuple[Line, ...] = ()


class Welcome(View):
    """The whole picture. ``token`` signs in again without the password; ``drafts`` by session.

    ``resumed``: sessions named in ``hello.have`` bring only the entries that followed; others bring their last 200.
    """

    t: Literal["welcome"] = "welcome"
    v: int
    token: str
    now: int
    language: str
    centre: Centre
    me: Me
    sessions: tuple[Session, ...] = ()
    entries: tuple[Entry, ...] = ()
    suggests: tuple[Suggest, ...] = ()
    drafts: dict[str, str] = {}
    board: Board
    resumed: tuple[str, ...] = ()


class Bye(View):
    """The server closes this console: ``code`` is an errors code (stale_console, signed_out, sign_in_failed, …)."""

    t: Literal["bye"] = "bye"
    code: str
    text: str
    after_s: int = 0


ToDesk = Annotated[
    Welcome
    | Me
    | OfferOver
    | Session
    | Entry
    | Marks
    | Gone
    | Board
    | Floor
    | Callbacks
    | Suggest
    | TypingNow
    | Partial
    | Reply
    | Bye,
    Field(discriminator="t"),
]
to_desk: TypeAdapter[ToDesk] = TypeAdapter(ToDesk)
