"""The citizen's protocol, version 1, spoken over ``/chat/socket``.

The page says ``hello`` first (with its token, never in a URL) and is answered with ``welcome``: the whole visible
conversation of its open session, if there is one. From then on every ``entry``, ``state``, ``marks`` and ``ticket``
frame carries ``seq``, the place in the session's stream; a page that lost its connection says the highest it has seen
in ``hello.after`` and gets what followed, once and in order. ``prev`` is the ``seq`` of the visible frame before it: a
page that finds another has missed something and says hello again. Entries are numbered ``n`` from 1 without gaps within
what the citizen may see. Sending is harmless to repeat under the same ``id``; an ``ack`` means "on disk".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from dasan.wire.frames import ClientId, Frame, Id, Language, Seq, View

VERSION = 1
PATH = "/chat/socket"
PHOTO_PATH = "/chat/photos"
TEXT_CHARS_MAX = 4_000

# -- from the page


class After(Frame):
    """The last frame a page has seen of a session."""

    session: Id
    seq: Seq


class Hello(Frame):
    """The first frame. Without a token the server makes a new citizen and gives one in ``welcome``."""

    t: Literal["hello"]
    v: int
    language: Language = "ko"
    token: str = Field(default="", max_length=128)
    after: After | None = None


class Start(Frame):
    """Begin a session with a first message; ``topic`` is a queue code from ``welcome.topics`` or "". A topic that is
    closed is refused (``queue_closed``) unless ``later`` says that the message is left for its opening."""

    t: Literal["start"]
    id: ClientId
    topic: str = Field(default="", max_length=32)
    text: str = Field(min_length=1, max_length=TEXT_CHARS_MAX * 4)
    later: bool = False


class Say(Frame):
    """A message, or with ``photo`` (an id that the upload returned) a picture and its caption."""

    t: Literal["say"]
    id: ClientId
    text: str = Field(default="", max_length=TEXT_CHARS_MAX * 4)
    photo: str = Field(default="", max_length=64)


class Mark(Frame):
    """Everything up to entry ``n`` has been shown (``read``) or has arrived."""

    t: Literal["mark"]
    n: Seq
    read: bool = False


class Typing(Frame):
    t: Literal["typing"]
    on: bool


class Leave(Frame):
    t: Literal["leave"]
    id: ClientId


class Rate(Frame):
    t: Literal["rate"]
    id: ClientId
    session: Id
    score: int = Field(ge=1, le=5)
    text: str = Field(default="", max_length=1000)


class Heard(Frame):
    """The page has shown the notice of this ticket's stage."""

    t: Literal["heard"]
    handoff: Id
    stage: str = Field(max_length=32)


class Speak(Frame):
    """Change the language of what the server says."""

    t: Literal["language"]
    language: Language


FromPage = Annotated[Hello | Start | Say | Mark | Typing | Leave | Rate | Heard | Speak, Field(discriminator="t")]
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)

# -- to the page


class Topic(View):
    """A queue to choose. ``opens`` is the next opening of a closed one in UTC microseconds (0: none is known);
    ``usual`` marks the one of who chooses none."""

    code: str
    name: str
    waiting: int = 0
    open: bool = True
    opens: int = 0
    usual: bool = False


class Entry(View):
    """One entry. ``who``: citizen, counselor, bot or system; ``id`` is the sender's own id on the citizen's entries.

    A system line arrives spoken (``text``) and with its ``code`` and ``args``.
    """

    t: Literal["entry"] = "entry"
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
    erased: bool = False


class State(View):
    """Where the session stands: ``phase`` is a DOMAIN §2 phase in lower case; ``line`` says what happens next.

    ``position`` and ``wait_s`` (None when no honest figure exists) only while waiting; ``opens`` is the opening in UTC
    microseconds that a message left after hours waits for (0: none does). ``can`` lists what the page may offer: say,
    photo, leave, rate, start.
    """

    t: Literal["state"] = "state"
    seq: Seq
    prev: Seq
    session: str
    number: int
    phase: str
    line: str
    counselor: str = ""
    position: int | None = None
    wait_s: int | None = None
    opens: int = 0
    can: tuple[str, ...] = ()
    rated: bool = False


class Marks(View):
    """How far the counselor's side has received and read the citizen's entries (by ``n``)."""

    t: Literal["marks"] = "marks"
    seq: Seq
    prev: Seq
    delivered: int
    read: int


class Ticket(View):
    """A ticket of this citizen at its present stage; ``line`` is the sentence to show, ``answer`` the city's words."""

    t: Literal["ticket"] = "ticket"
    handoff: str
    number: str
    stage: str
    line: str
    answer: str = ""
    at: int
    heard: bool = False


class Welcome(View):
    """The answer to hello; again, with an empty ``token`` (keep yours), when another session is shown from now on.
    ``entries`` and ``state`` are missing when there is no session; ``resumed``: only what
    followed ``after`` is in ``entries``."""

    t: Literal["welcome"] = "welcome"
    v: int
    token: str
    language: str
    now: int
    topics: tuple[Topic, ...] = ()
    resumed: bool = False
    state: State | None = None
    entries: tuple[Entry, ...] = ()
    marks: Marks | None = None
    tickets: tuple[Ticket, ...] = ()


class Ack(View):
    """The command ``id`` is on disk. For a message ``n`` and ``seq`` are its place."""

    t: Literal["ack"] = "ack"
    id: str
    n: int = 0
    seq: Seq = 0


class Trouble(View):
    """A refusal, in the citizen's language. ``final``: the server closes now; ``again_s``: when to try again."""

    t: Literal["trouble"] = "trouble"
    id: str = ""
    code: str
    text: str
    final: bool = False
    again_s: int = 0


class TypingNow(View):
    t: Literal["typing"] = "typing"
    on: bool


class Topics(View):
    """The queues anew, because one has opened or closed."""

    t: Literal["topics"] = "topics"
    topics: tuple[Topic, ...]


ToPage = Annotated[
    Welcome | Entry | State | Marks | Ticket | Ack | Trouble | TypingNow | Topics, Field(discriminator="t")
]
to_page: TypeAdapter[ToPage] = TypeAdapter(ToPage)
