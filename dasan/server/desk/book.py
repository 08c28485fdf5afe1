"""What one console may read, and the frames that keep it true: the counselor, her sessions, her offers.

Opening takes the states of one instant, reads what they need beside the loop, and then plays the commits that came
meanwhile; so a welcome and the frames after it are one story without a gap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from dasan.core import address as addresses
from dasan.core import counselor as counselors
from dasan.core import supervision
from dasan.core.address import Address
from dasan.core.counselor import Counselor
from dasan.core.errors import Refused
from dasan.core.handlers.addresses import address_of
from dasan.core.handoff import Handoff
from dasan.core.identity import Citizen
from dasan.core.session import Session
from dasan.hub.hub import SUPERVISORS, Unsubscribe
from dasan.ports import Committed, Head
from dasan.server import project
from dasan.server.boards import board
from dasan.server.desk import loading
from dasan.server.desk.leaving import offers_over, why_gone
from dasan.server.desk.watch import Watch
from dasan.server.house import House
from dasan.server.project import Lens
from dasan.server.rights import LIVE, WRAPPING, held_item, to_decide, to_mend
from dasan.wire import desk
from dasan.wire import desk_views as view
from dasan.wire.frames import View

MARKS_EVERY_S = 1.0
PARTIALS_EVERY_S = 0.2
Send = Callable[[Iterable[View]], None]


class Book:
    """``send`` gets frames in order; ``replaced`` is called when a newer console took the lease, and ``failed`` when
    something could not be read: from there on the frames would no longer be the whole story."""

    def __init__(
        self,
        house: House,
        lens: Lens,
        epoch: int,
        send: Send,
        replaced: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.house, self.lens = house, lens
        self._k = lens.viewer.counselor
        self._epoch, self._send, self._replaced, self._failed = epoch, send, replaced, failed
        self._watches: dict[str, Watch] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[Committed] | None = []
        self._me: view.Me | None = None
        self._offers: dict[str, Unsubscribe] = {}  # sessions offered to her: their preview may change
        self._marks: asyncio.TimerHandle | None = None
        self._pieces: dict[tuple[str, str, str], str] = {}  # of speech: session, leg, kind
        self._pieces_due: asyncio.TimerHandle | None = None
        self._closed = False
        hub = house.hub
        self._ends = [hub.subscribe(self._k, self._committed)]
        if lens.viewer.supervises:
            self._ends.append(hub.subscribe(SUPERVISORS, self._committed))

    # -- opening and closing

    async def open(self, token: str, have: Mapping[str, int]) -> view.Welcome:
        """The whole picture; what is committed while it is made is played by :meth:`begin`."""
        house, language = self.house, self.lens.viewer.language
        readable = self._readable()
        heads = [head for s in readable if (head := house.hub.index.head(s)) is not None]
        head_of_me = house.hub.index.head(self._k)
        if head_of_me is None:  # another server wrote it a moment ago and we have not read it yet
            raise Refused("busy", after_s=1)
        for head in heads:
            self._watch(head.stream, readable[head.stream])
        loads = [self._loaded(self._watches[head.stream], head, have.get(head.stream, 0)) for head in heads]
        prefills = [loading.wrap_up(house, head.state, self._k, language) for head in heads]
        loaded = await asyncio.gather(*loads)
        filled = await asyncio.gather(*prefills)
        drafts = await house.read(lambda: house.reads.drafts(self._k))
        sessions: list[view.Session] = []
        entries: list[view.Entry] = []
        for head, one, prefill in zip(heads, loaded, filled, strict=True):
            watch = self._watches[head.stream]
            watch.card, watch.prefill = one.card, prefill
            self._judge(watch, head.state)
            sessions.append(watch.picture(self.lens, house.hub.index, head))
            entries += self._entries(one)
        self._me = self._myself(head_of_me, head_of_me.seq)
        shown = {head.stream for head in heads if self.may_read(head.stream)}
        return view.Welcome(
            v=desk.VERSION,
            token=token,
            now=house.clock.now_us(),
            language=language,
            centre=project.centre(house.name.get(language, ""), house.policy, language, house.public_url),
            me=self._me,
            sessions=tuple(sessions),
            entries=tuple(entries),
            suggests=tuple(s for stream in shown if (s := house.suggestions.newest(stream)) is not None),
            drafts={draft.session: draft.text for draft in drafts if draft.session in shown},
            board=board(house.hub, house.policy, house.clock.now_us(), language),
            resumed=tuple(head.stream for head, one in zip(heads, loaded, strict=True) if one.resumed),
        )

    def begin(self) -> None:
        """The welcome is sent: play what was held back, and follow."""
        for watch in self._watches.values():
            watch.held = None
        held, self._held = self._held or [], None
        for commit in held:
            self._committed(commit)
        for session in filter(self.may_read, list(self._watches)):
            self.house.suggestions.ask(session)

    def close(self) -> None:
        """Hear no more."""
        self._closed = True
        for end in (*self._ends, *self._offers.values()):
            end()
        for watch in self._watches.values():
            watch.close()
        for timer in filter(None, (self._marks, self._pieces_due)):
            timer.cancel()
        for task in self._tasks:
            task.cancel()

    def may_read(self, session: str) -> bool:
        """Whether the transcript of ``session`` is hers to read now (I28)."""
        watch = self._watches.get(session)  # rights are looked at again with every commit that could change them
        return watch is not None and not watch.outline

    def may_type(self, session: str) -> bool:
        """Whether the citizen may be told that she writes: to whoever talks, or has barged in."""
        s = self.house.hub.index.session(session)
        if s is None or not self.may_read(session):
            return False
        look = supervision.of(s.supervisions, self._k)
        return held_item(s, self._k)[0] == LIVE or (look is not None and look.step == supervision.BARGE)

    # -- rights

    def _readable(self) -> dict[str, bool]:
        """Her sessions, and for each whether it comes in outline: what she serves, wraps up, looks at or has to mend
        comes whole; of what waits for a supervisor's decision, the tickets alone."""
        index, viewer = self.house.hub.index, self.lens.viewer
        k = index.counselor(self._k)
        whole = [slot.session for slot in k.slots if slot.kind != counselors.PENDING] if k else []
        whole += k.looks if k and viewer.supervises else ()
        found = dict.fromkeys(whole, False)
        for handoff in index.stranded():
            if to_mend(viewer, handoff):
                found[handoff.session] = False
            elif to_decide(viewer, handoff):
                found.setdefault(handoff.session, True)
        return {session: outline for session, outline in found.items() if index.session(session) is not None}

    # -- commits

    def _committed(self, commit: Committed) -> None:
        if self._closed:
            return
        if self._held is not None:
            self._held.append(commit)
            return
        me = commit.heads.get(self._k)
        if me is not None and me.state.epoch > self._epoch:
            self._replaced()
            return
        if me is not None or any(isinstance(head.state, Handoff) for head in commit.heads.values()):
            self._rights(commit)
        for stream in self._touched(commit):
            watch = self._watches[stream]
            if watch.held is not None:
                watch.held.append(commit)
            else:
                self._play(watch, commit)
        if me is not None or self._offered(commit):
            self._send(offers_over(self._me.offers if self._me else (), commit))
            self.tell_me()

    def _touched(self, commit: Committed) -> list[str]:
        streams: dict[str, None] = {}
        for stream, head in commit.heads.items():
            if isinstance(head.state, Address):
                streams |= dict.fromkeys(w.stream for w in self._watches.values() if w.ledger == stream)
            else:
                streams[stream if not isinstance(head.state, Handoff) else head.state.session] = None
        return [stream for stream in streams if stream in self._watches]

    def _rights(self, commit: Committed) -> None:
        """Let go of what is no longer hers at once; begin to load what has become hers."""
        readable = self._readable()
        for stream, watch in list(self._watches.items()):
            if readable.get(stream) is not watch.outline:  # no longer hers, or more or less of it is
                self._watches.pop(stream).close()
                s = self.house.hub.index.session(stream)
                why = "changed" if stream in readable else why_gone(stream, self._k, commit, s)
                self._send([view.Gone(session=stream, why=why)])
        for stream, outline in readable.items():
            if stream not in self._watches:
                self._run(self._load(self._watch(stream, outline)))

    def _play(self, watch: Watch, commit: Committed) -> None:
        s = self.house.hub.index.session(watch.stream)
        wrapping = s is not None and held_item(s, self._k)[0] == WRAPPING
        if not wrapping:
            watch.prefill = {}
        index, before = self.house.hub.index, watch.strikes
        if s is not None:
            self._judge(watch, s)
        self._send(watch.frames(self.lens, index, commit))
        head = index.head(watch.stream)
        if watch.strikes != before and head is not None:
            self._send(watch.refresh(self.lens, index, head))
        if watch.marks_due and self._marks is None:
            self._marks = asyncio.get_running_loop().call_later(MARKS_EVERY_S, self._tell_marks)
        if wrapping and self._prefill_due(watch, commit):
            self._fill(watch)
        if any(isinstance(head.state, Citizen) for head in commit.heads.values()):
            self._run(self._merged(watch))

    async def _merged(self, watch: Watch) -> None:
        """Who she is besides has changed."""
        index = self.house.hub.index
        head, card = index.head(watch.stream), watch.card
        if head is None or card is None:
            return
        await loading.meet_again(self.house, head.state, card, self.lens.viewer.language)
        if self._watches.get(watch.stream) is watch and not self._closed and (now := index.head(watch.stream)):
            self._send(watch.refresh(self.lens, index, now))

    def _judge(self, watch: Watch, s: Session) -> None:
        """What stands against the address of her newest leg that has one; its ledger is followed from here on."""
        address = "" if watch.outline else address_of(s)
        ledger, hub = addresses.stream_of(address) if address else "", self.house.hub
        if ledger != watch.ledger:
            if watch.ledger_end is not None:
                watch.ledger_end()
            watch.ledger, watch.ledger_end = ledger, hub.subscribe(ledger, self._committed) if ledger else None
        head = hub.index.head(ledger)  # a ledger in which nothing stands is not kept there
        now_us = self.house.clock.now_us()
        watch.strikes = len(addresses.counting(head.state, self.house.policy, now_us)) if head is not None else 0

    def _tell_marks(self) -> None:
        self._marks = None
        for watch in self._watches.values():
            if watch.held is None:
                self._send(watch.marks(self.lens, self.house.hub.index))

    # -- the counselor

    def tell_me(self) -> None:
        """Her three axes, offers and telephone, if they differ from what was last told."""
        head = self.house.hub.index.head(self._k)
        if head is None or self._me is None:
            return
        fresh = self._myself(head, self._me.seq)
        if fresh != self._me.model_copy(update={"seq": fresh.seq, "prev": fresh.prev}):
            self._me = fresh
            self._send([fresh])

    def _myself(self, head: Head, prev: int) -> view.Me:
        k: Counselor = head.state
        offers = []
        for slot in k.slots:
            s = self.house.hub.index.session(slot.session) if slot.kind == counselors.PENDING else None
            one = project.offer(self.lens, s, self.house.hub.recent.preview(slot.session)) if s else None
            if one is not None:
                offers.append(one)
        self._follow_offers({one.session for one in offers})
        return project.me(self.lens, k, head.seq, prev, tuple(offers), self.house.phones.endpoint(self._k))

    def _follow_offers(self, sessions: set[str]) -> None:
        for session in self._offers.keys() - sessions:
            self._offers.pop(session)()
        for session in sessions - self._offers.keys():
            self._offers[session] = self.house.hub.subscribe(session, self._committed)

    def _offered(self, commit: Committed) -> bool:
        return any(stream in self._offers for stream in commit.heads)

    # -- sessions

    def _watch(self, stream: str, outline: bool) -> Watch:
        watch = self._watches[stream] = Watch(stream, outline)
        hub = self.house.hub
        if outline:
            watch.ends = [hub.subscribe(stream, self._committed)]
            return watch
        watch.ends = [
            hub.subscribe(stream, self._committed, lambda role, on: self._typing(stream, role, on)),
            self.house.suggestions.watch(stream, lambda suggest: self._send([suggest])),
            self.house.partials.watch(stream, lambda *said: self._heard(stream, *said)),
        ]
        return watch

    def _typing(self, stream: str, role: str, on: bool) -> None:
        watch = self._watches.get(stream)
        if role == "citizen" and watch is not None and watch.held is None:
            self._send([view.TypingNow(session=stream, on=on)])

    def _heard(self, stream: str, leg: str, text: str, kind: str) -> None:
        """A piece of speech that is not final: the newest of each leg goes out, a few times a second."""
        self._pieces[stream, leg, kind] = text
        if self._pieces_due is None:
            self._pieces_due = asyncio.get_running_loop().call_later(PARTIALS_EVERY_S, self._tell_pieces)

    def _tell_pieces(self) -> None:
        pieces, self._pieces, self._pieces_due = self._pieces, {}, None
        for (stream, leg, kind), text in pieces.items():
            watch, s = self._watches.get(stream), self.house.hub.index.session(stream)
            if watch is None or watch.outline or watch.held is not None or s is None:
                continue
            piece = project.partial(self.lens, s, leg, text, kind)
            if piece is not None:
                self._send([piece])

    async def _load(self, watch: Watch) -> None:
        """A session has become hers while the console runs: its picture, its entries, then what came meanwhile."""
        house, index, language = self.house, self.house.hub.index, self.lens.viewer.language
        stream, head = watch.stream, index.head(watch.stream)
        if head is None or self._watches.get(stream) is not watch:  # it was hers for a moment only
            return
        if watch.held:
            watch.held.clear()  # the head is as new as they are
        one = await self._loaded(watch, head)
        prefill = await loading.wrap_up(house, head.state, self._k, language)
        if self._watches.get(stream) is not watch or self._closed:
            return
        watch.card, watch.prefill = one.card, prefill
        self._judge(watch, head.state)
        self._send([watch.picture(self.lens, index, head), *self._entries(one)])
        held, watch.held = watch.held or [], None
        for commit in held:
            self._play(watch, commit)
        if watch.outline:
            return
        newest = house.suggestions.newest(stream)
        if newest is not None:
            self._send([newest])
        else:
            house.suggestions.ask(stream)

    async def _loaded(self, watch: Watch, head: Head, have: int = 0) -> loading.Loaded:
        """Its transcript and card; nothing of a session that is hers in outline only."""
        if watch.outline:
            return loading.NOTHING
        return await loading.load(self.house, head, self.lens.viewer.language, have)

    def _entries(self, one: loading.Loaded) -> Sequence[view.Entry]:
        if one.entries and not one.resumed:  # the end of the transcript is here: suggestions need not read it again
            recalled = ((entry.recorded, entry.body) for entry in one.entries)
            self.house.hub.recall(one.entries[0].recorded.stream, recalled)
        return [project.entry(self.lens, e.recorded, e.body, e.recorded.seq) for e in one.entries]

    def _prefill_due(self, watch: Watch, commit: Committed) -> bool:
        """The wrap-up has just begun, or something was said or filed since it did."""
        news = any(recorded.event.type == "entry.added" for recorded in commit.events)
        return not watch.prefill or news or any(isinstance(head.state, Handoff) for head in commit.heads.values())

    def _fill(self, watch: Watch) -> None:
        """Prefill the wrap-up beside the loop; of several under way the last one counts."""
        if watch.filling is not None:
            watch.filling.cancel()
        watch.filling = self._run(self._filled(watch))

    async def _filled(self, watch: Watch) -> None:
        index = self.house.hub.index
        s = index.session(watch.stream)
        if s is None:
            return
        prefill = await loading.wrap_up(self.house, s, self._k, self.lens.viewer.language)
        head = index.head(watch.stream)
        if self._watches.get(watch.stream) is watch and not self._closed and head is not None and prefill:
            watch.prefill = prefill
            self._send(watch.refresh(self.lens, index, head))

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._closed:
            self._failed(error)
