"""What the desk knows: a read model that frames keep true. Pure: no socket, no clock, no widget.

``DeskState.apply(frame, at)`` takes one frame of the protocol and returns which topics changed, so that each widget
repaints only for what it shows. A frame that does not follow what is known (``prev`` above what we have) raises
:class:`Gap`: the link then asks again from what it has, and nothing is guessed. A frame seen before changes nothing.
A transcript keeps its last 2,000 entries; older ones are asked for when somebody scrolls up.

Nothing here is optimistic. A command that is under way stands in ``pending`` until its event has come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agent_tui import entries as lines
from agent_tui import speech
from dasan.wire import desk_views as view
from dasan.wire.call_views import Callbacks, Partial

PENDING_MAX = 64
ORPHANS_MAX = 500
TYPING_US = 6_000_000
LEFT_MAX = 8
NOT_BY_ME = frozenset({"taken_over", "lost"})
LINES = frozenset({"say", "note", "whisper", "barge"})  # the commands whose line comes back as an entry

Frame = view.ToDesk


class Topic(StrEnum):
    LINK = "link"
    ME = "me"
    SESSIONS = "sessions"
    TALK = "talk"
    SUGGEST = "suggest"
    DRAFT = "draft"
    BOARD = "board"
    FLOOR = "floor"
    CALLBACKS = "callbacks"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Change:
    """A topic that changed, and for which session ("" for all or none)."""

    topic: Topic
    session: str = ""


Changes = frozenset[Change]


class Gap(Exception):
    """A frame followed something that was never seen. The stream's id is the first argument."""


class LinkState(StrEnum):
    IDLE = "idle"
    JOINING = "joining"
    UP = "up"
    DOWN = "down"
    OVER = "over"


@dataclass(slots=True)
class Link:
    """How the connection stands. ``since`` is when it was lost; ``code`` and ``text`` are the server's last word."""

    state: LinkState = LinkState.IDLE
    since: int = 0
    code: str = ""
    text: str = ""


@dataclass(slots=True)
class Pending:
    """A command under way. ``settled`` when its reply has come but not yet its event."""

    id: str
    kind: str
    session: str
    text: str
    at: int
    settled: bool = False


@dataclass(slots=True)
class Talk:
    """One session as the desk holds it. ``seq`` is the last frame of its stream that was applied."""

    session: view.Session
    seq: int = 0
    entries: list[view.Entry] = field(default_factory=list)
    suggest: view.Suggest | None = None
    draft: str = ""
    read_n: int = 0
    typing_until: int = 0
    speaking: speech.Pieces = field(default_factory=dict)
    version: int = 0
    """Grows when entries are changed other than by adding at the end, so that a drawing of them is made anew."""

    @property
    def id(self) -> str:
        return self.session.session

    @property
    def last_n(self) -> int:
        return max(self.session.last_n, self.entries[-1].n if self.entries else 0)

    @property
    def unread(self) -> int:
        """One source: the newest entry less how far this counselor has read (never counted by hand)."""
        return max(0, self.last_n - max(self.read_n, self.session.read_n))

    @property
    def mine(self) -> str:
        return self.session.mine

    @property
    def item(self) -> view.Item | None:
        return self.session.item

    def can(self, command: str) -> bool:
        return command in self.session.can

    def put(self, entry: view.Entry) -> None:
        """An entry, in its place."""
        self.version += lines.put(self.entries, entry)


@dataclass(slots=True)
class DeskState:
    """Everything one desk knows. ``talks`` by session id; times are the server's (UTC microseconds)."""

    link: Link = field(default_factory=Link)
    token: str = ""
    language: str = "ko"
    centre: view.Centre | None = None
    me: view.Me | None = None
    me_seq: int = 0
    board: view.Board | None = None
    floor: view.Floor | None = None
    callbacks: Callbacks | None = None
    left: list[tuple[int, str]] = field(default_factory=list)
    """The numbers of sessions and offers that have just left me without my doing, and why (a key of ``gone``); whoever
    tells of them clears it."""
    talks: dict[str, Talk] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    orphans: dict[str, list[view.Entry]] = field(default_factory=dict)
    ignored: int = 0

    # -- questions

    def have(self) -> dict[str, int]:
        """The last ``seq`` of each stream, for ``hello.have``."""
        known = {talk.id: talk.seq for talk in self.talks.values()}
        return {**known, self.me.counselor: self.me_seq} if self.me else known

    def talk(self, session: str) -> Talk | None:
        return self.talks.get(session)

    def offers(self) -> tuple[view.Offer, ...]:
        """My offers, the one that ends first in front."""
        return tuple(sorted(self.me.offers, key=lambda offer: (offer.deadline, offer.offer))) if self.me else ()

    def sending(self, session: str) -> list[Pending]:
        """Messages of ``session`` on their way, oldest first."""
        return [p for p in self.pending.values() if p.session == session and p.kind in LINES]

    def sent_away(self) -> str:
        """What made the counselor away, when it was not she herself: ``missed`` offers, her ``phone``; else ""."""
        reason = self.me.presence_reason if self.me and self.me.presence == "AWAY" else ""
        return reason if reason == "missed" else "phone" if reason.startswith("phone_") else ""

    def supervises(self) -> bool:
        """Whether I may look into the sessions of others."""
        return self.me is not None and not {"supervisor", "admin"}.isdisjoint(self.me.roles)

    def busy_with(self, kind: str, session: str = "") -> bool:
        """Whether a command of that kind is under way, so that a second press does not send it twice."""
        return any(p.kind == kind and p.session == session and not p.settled for p in self.pending.values())

    # -- what the desk does

    def begin(self, pending: Pending) -> Changes:
        """A command goes out. Raises OverflowError above 64 unanswered ones."""
        if len(self.pending) >= PENDING_MAX:
            raise OverflowError(PENDING_MAX)
        self.pending[pending.id] = pending
        return frozenset({Change(Topic.PENDING, pending.session)})

    def set_draft(self, session: str, text: str) -> None:
        """The half-written answer of ``session`` as it is on the screen."""
        if talk := self.talks.get(session):
            talk.draft = text

    def prepend(self, session: str, entries: list[view.Entry]) -> Changes:
        """Older entries that were asked for. Those beyond the bound are dropped again, oldest first."""
        talk = self.talks.get(session)
        if talk is None or not entries:
            return frozenset()
        talk.entries = lines.with_older(talk.entries, entries)
        talk.version += 1
        return frozenset({Change(Topic.TALK, session)})

    def mark_read(self, session: str, n: int) -> Changes:
        """The server has written that everything up to ``n`` was read."""
        talk = self.talks.get(session)
        if talk is None or n <= talk.read_n:
            return frozenset()
        talk.read_n = n
        return frozenset({Change(Topic.SESSIONS, session)})

    # -- what the server says

    def apply(self, frame: Frame, at: int) -> Changes:
        """Take one frame at the server's time ``at``. Raises Gap when frames before it are missing."""
        if isinstance(frame, view.TypingNow):
            return self._typing(frame, at)
        if isinstance(frame, Partial):
            return self._partial(frame, at)
        return _TAKES[type(frame)](self, frame)

    def _offer_over(self, over: view.OfferOver) -> Changes:
        self.left = [*self.left, (over.number, f"offer_{over.why}")][-LEFT_MAX:]
        return frozenset({Change(Topic.ME)})

    def _bye(self, bye: view.Bye) -> Changes:
        self.link.code, self.link.text = bye.code, bye.text
        return frozenset({Change(Topic.LINK)})

    def _welcome(self, w: view.Welcome) -> Changes:
        self.token, self.language, self.centre = w.token, w.language, w.centre
        self.me, self.me_seq, self.board, self.floor, self.callbacks = w.me, w.me.seq, w.board, None, None
        self.link = Link(LinkState.UP)
        before, self.talks, self.orphans = self.talks, {}, {}
        for session in w.sessions:
            self.talks[session.session] = self._carried(before.get(session.session), session, w)
        for entry in w.entries:
            if talk := self.talks.get(entry.session):
                talk.put(entry)
                talk.seq = max(talk.seq, entry.seq)
        for suggest in w.suggests:
            if talk := self.talks.get(suggest.session):
                talk.suggest = suggest
        self._settle_seen()
        return frozenset(Change(topic) for topic in Topic)

    def _carried(self, before: Talk | None, session: view.Session, w: view.Welcome) -> Talk:
        """The session from a welcome with what we may keep of it: our entries when it was resumed, and our draft."""
        talk = Talk(session, session.seq, read_n=session.read_n, draft=w.drafts.get(session.session, ""))
        if before is not None:
            talk.draft = before.draft or talk.draft
            talk.version = before.version + 1
            if session.session in w.resumed:
                talk.entries, talk.version, talk.suggest = before.entries, before.version, before.suggest
                talk.speaking = before.speaking
        return talk

    def _session(self, s: view.Session) -> Changes:
        talk = self.talks.get(s.session)
        if talk is None:
            talk = self.talks[s.session] = Talk(s, s.seq, read_n=s.read_n)
            for entry in self.orphans.pop(s.session, ()):
                talk.put(entry)
            return frozenset({Change(Topic.SESSIONS, s.session), Change(Topic.TALK, s.session)})
        self._follow(s.session, talk.seq, s.prev)
        if s.seq < talk.session.seq:
            return frozenset()
        talk.session, talk.seq = s, max(talk.seq, s.seq)
        return frozenset({Change(Topic.SESSIONS, s.session)})

    def _entry(self, e: view.Entry) -> Changes:
        talk = self.talks.get(e.session)
        if talk is None:  # its session frame is on the way, or it is gone: kept for a while, never shown alone
            self.orphans.setdefault(e.session, []).append(e)
            while sum(map(len, self.orphans.values())) > ORPHANS_MAX:
                del self.orphans[next(iter(self.orphans))]
            return frozenset()
        self._follow(e.session, talk.seq, e.prev)
        talk.seq = max(talk.seq, e.seq)
        talk.put(e)
        changes = {Change(Topic.TALK, e.session), Change(Topic.SESSIONS, e.session)}
        if e.who == "citizen":
            talk.typing_until = 0
        talk.speaking = speech.settled(talk.speaking, e)
        if e.id in self.pending:
            del self.pending[e.id]
            changes.add(Change(Topic.PENDING, e.session))
        return frozenset(changes)

    def _me(self, me: view.Me) -> Changes:
        if self.me is not None:
            self._follow(me.counselor, self.me_seq, me.prev)
            if me.seq < self.me_seq:
                return frozenset()
        self.me, self.me_seq = me, me.seq
        return frozenset({Change(Topic.ME), Change(Topic.SESSIONS)})

    def _marks(self, m: view.Marks) -> Changes:
        talk = self.talks.get(m.session)
        if talk is None:
            return frozenset()
        self._follow(m.session, talk.seq, m.prev)
        talk.seq = max(talk.seq, m.seq)
        s = talk.session
        talk.session = s.model_copy(
            update={
                "citizen_delivered": max(s.citizen_delivered, m.delivered),
                "citizen_read": max(s.citizen_read, m.read),
            }
        )
        return frozenset({Change(Topic.TALK, m.session)})

    def _suggest(self, s: view.Suggest) -> Changes:
        talk = self.talks.get(s.session)
        if talk is None or (talk.suggest is not None and s.n < talk.suggest.n):
            return frozenset()
        talk.suggest = s
        return frozenset({Change(Topic.SUGGEST, s.session)})

    def _typing(self, t: view.TypingNow, at: int) -> Changes:
        talk = self.talks.get(t.session)
        if talk is None:
            return frozenset()
        talk.typing_until = at + TYPING_US if t.on else 0
        return frozenset({Change(Topic.SESSIONS, t.session), Change(Topic.TALK, t.session)})

    def _partial(self, piece: Partial, at: int) -> Changes:
        talk = self.talks.get(piece.session)
        if talk is None:
            return frozenset()
        talk.speaking = speech.heard(talk.speaking, piece, at)
        return frozenset({Change(Topic.TALK, piece.session)})

    def _gone(self, gone: view.Gone) -> Changes:
        talk = self.talks.pop(gone.session, None)
        if talk is None:
            return frozenset()
        if gone.why in NOT_BY_ME and talk.mine:
            self.left = [*self.left, (talk.session.number, gone.why)][-LEFT_MAX:]
        self.pending = {key: p for key, p in self.pending.items() if p.session != gone.session}
        return frozenset({Change(Topic.SESSIONS, gone.session), Change(Topic.TALK, gone.session)})

    def _reply(self, reply: view.Reply) -> Changes:
        """A refusal ends a command; a yes ends it too, unless its line has yet to come back as an entry."""
        pending = self.pending.get(reply.id)
        if pending is None:
            return frozenset()
        if reply.ok and pending.kind in LINES:
            pending.settled = True
        else:
            del self.pending[reply.id]
        return frozenset({Change(Topic.PENDING, pending.session)})

    def _settle_seen(self) -> None:
        """After a welcome: a message whose entry is already there is no longer under way."""
        seen = {entry.id for talk in self.talks.values() for entry in talk.entries[-PENDING_MAX * 2 :] if entry.id}
        self.pending = {key: p for key, p in self.pending.items() if key not in seen and p.session in {"", *self.talks}}

    @staticmethod
    def _follow(stream: str, have: int, prev: int) -> None:
        if prev > have:
            raise Gap(stream)


def _whole(name: str, topic: Topic) -> Callable[[DeskState, Any], Changes]:
    """Takes a frame that replaces the one before it whole."""

    def take(state: DeskState, frame: Any) -> Changes:
        setattr(state, name, frame)
        return frozenset({Change(topic)})

    return take


_TAKES: Mapping[type, Callable[[DeskState, Any], Changes]] = {
    view.Welcome: DeskState._welcome,
    view.Me: DeskState._me,
    view.Session: DeskState._session,
    view.Entry: DeskState._entry,
    view.Marks: DeskState._marks,
    view.Gone: DeskState._gone,
    view.OfferOver: DeskState._offer_over,
    view.Board: _whole("board", Topic.BOARD),
    view.Floor: _whole("floor", Topic.FLOOR),
    Callbacks: _whole("callbacks", Topic.CALLBACKS),
    view.Suggest: DeskState._suggest,
    view.Reply: DeskState._reply,
    view.Bye: DeskState._bye,
}
