"""A small centre that speaks the desk's true protocol over a real WebSocket, for the console's tests and for looking.

It keeps sessions, entries, offers and suggestions in memory and follows the rules of dasan/wire: every frame goes out
as one of its models, every command is answered once and a repeated id gets the same answer, streams have ``seq`` and
``prev``, a returning console gets only what followed. What it leaves out is the broker: no routing, no timers, no
journal.

    python -m tests.agent_tui.fake_server 8765     a centre with a few citizens to look at the desk with
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from pydantic import BaseModel
from websockets.asyncio.server import ServerConnection, serve

from dasan.core.errors import BadInput, sentence
from dasan.wire import desk
from dasan.wire import desk_views as view
from dasan.wire.call_views import Line
from dasan.wire.frames import parse
from dasan.wire.person_views import Merge

SECOND = 1_000_000
CAN_LIVE = ("say", "note", "pause", "transfer", "release", "ticket_prefill", "ticket_file", "unmask", "merge",
            "unmerge")  # fmt: skip
CAN_WRAP = ("note", "wrap", "extend_wrap", "ticket_prefill", "ticket_file")
Pairs = tuple[tuple[str, str], ...]
CENTRE = {"ko": "다산120", "en": "120 Dasan Call Center"}
QUEUES: dict[str, Pairs] = {
    "ko": (("general", "일반 상담"), ("traffic", "교통·주차"), ("welfare", "복지·돌봄")),
    "en": (("general", "General"), ("traffic", "Traffic and parking"), ("welfare", "Welfare and care")),
}
CATEGORIES: dict[str, Pairs] = {
    "ko": (("traffic", "교통·주차"), ("waste", "청소·폐기물"), ("civil", "여권·민원서류"), ("general", "일반")),
    "en": (("traffic", "Traffic"), ("waste", "Waste"), ("civil", "Passports and papers"), ("general", "General")),
}
DISPOSITIONS: dict[str, Pairs] = {
    "ko": (("resolved", "안내 완료"), ("ticket", "응답소 접수"), ("dropped", "민원인 이탈")),
    "en": (("resolved", "Answered"), ("ticket", "Filed with Eung-Dap-So"), ("dropped", "Citizen left")),
}
ARTICLES = (
    (
        "a-passport",
        "여권 분실 재발급",
        "여권을 잃어버렸다면 가까운 구청 여권 민원실에 분실 신고와 재발급 신청을 함께 하실 수 있습니다.\n"
        "신분증과 여권용 사진 한 장이 필요합니다.",
        "여권과",
        "02-120-0000",
        False,
    ),
    ("a-office", "여권 발급 기관 찾기", "서울의 모든 구청에서 신청하실 수 있습니다.", "여권과", "", False),
    (
        "a-parking",
        "불법 주정차 신고",
        "현장 사진 두 장을 1분 간격으로 찍어 신고하실 수 있습니다.",
        "교통지도과",
        "",
        True,
    ),
)


def hit(place: int, score: float) -> view.Hit:
    article, title, answer, department, phone, stale = ARTICLES[place]
    return view.Hit(
        article=article, title=title, answer=answer, score=score, source="예시 자료", department=department,
        phone=phone, checked_on="2026-09-01", stale=stale, why="여권, 재발급",
    )  # fmt: skip


class Centre:
    """The model, one counselor ("kim" with password "pass-word") and every console that is connected."""

    def __init__(self, clock: Callable[[], int] | None = None, language: str = "ko") -> None:
        self.language = language
        self.queues = dict(QUEUES[language])
        self._clock = clock or (lambda: time.time_ns() // 1000)
        self.sessions: dict[str, view.Session] = {}
        self.entries: dict[str, list[view.Entry]] = {}
        self.frames: dict[str, list[BaseModel]] = {}
        self.drafts: dict[str, str] = {}
        self.suggests: dict[str, view.Suggest] = {}
        self.replies: dict[str, view.Reply] = {}
        self.commands: list[Any] = []
        self.hellos: list[desk.Hello] = []
        self.refuse: dict[str, tuple[str, str]] = {}
        self.hold: set[str] = set()
        self.sockets: list[ServerConnection] = []
        self.door = asyncio.Event()  # while it is shut, who comes back waits outside
        self.door.set()
        self.beats = 0
        self.typing = 0
        self.roles: tuple[str, ...] = ("counselor",)
        self.token = "token-of-kim"
        self._number = 1000
        self.me = view.Me(
            seq=1, prev=0, counselor="k_kim", number=7, name="김상담", roles=self.roles, presence="AVAILABLE",
            lease="LIVE", epoch=1,
        )  # fmt: skip
        self.lines: tuple[Line, ...] = ()
        self.lost: int | None = None
        self.doubled: int | None = None

    @property
    def now(self) -> int:
        return self._clock()

    # -- the world moves

    async def offer(
        self, name: str, text: str, *, waited_s: int = 19, queue: str = "traffic", seconds: int = 45
    ) -> str:
        """A citizen asks, and the counselor is offered the session."""
        session = self._new(name, queue, waited_s)
        await self.citizen(session, text, quiet=True)
        offer = view.Offer(
            offer=f"o_{session}", session=session, item=f"w_{session}", number=self.sessions[session].number,
            channel=self.sessions[session].channel, queue=queue, queue_name=self.queues[queue],
            waiting_since=self.now - waited_s * SECOND, deadline=self.now + seconds * SECOND, preview=text,
        )  # fmt: skip
        await self._me(offers=(*self.me.offers, offer))
        return session

    def _new(self, name: str, queue: str, waited_s: int, channel: str = "chat") -> str:
        self._number += 1
        session = f"s_{self._number}"
        item = view.Item(
            item=f"w_{session}", state="OFFERED", queue=queue, queue_name=self.queues[queue], channel=channel,
            enqueued_at=self.now - waited_s * SECOND,
        )  # fmt: skip
        citizen = view.Citizen(
            citizen=f"p_{session}", name=name, contact="010-****-4821", district="강남구(추정)", sessions=2,
            history=((812, "2026-09-02", "불법주정차", "응답소 완료"), (640, "2026-08-11", "여권", "안내 완료")),
        )  # fmt: skip
        self.sessions[session] = view.Session(
            session=session, seq=1, prev=0, number=self._number, phase="WAITING", channel=channel, language="ko",
            opened_at=self.now - waited_s * SECOND, mine="offered", leg="CONNECTED", item=item, citizen=citizen,
            last_n=0, can=(),
        )  # fmt: skip
        self.entries[session], self.frames[session] = [], []
        return session

    async def live(
        self, name: str, *texts: str, waited_s: int = 19, queue: str = "traffic", channel: str = "chat"
    ) -> str:
        """A session that the counselor has already taken."""
        session = self._new(name, queue, waited_s, channel)
        active = self._item(session, "ACTIVE")
        await self._change(session, mine="live", phase="ENGAGED", can=CAN_LIVE, item=active)
        slot = view.Slot(item=f"w_{session}", session=session, kind="live", channel=channel, units=30)
        await self._me(slots=(*self.me.slots, slot))
        for text in texts:
            await self.citizen(session, text)
        return session

    def _item(self, session: str, state: str, **more: Any) -> view.Item:
        item = self.sessions[session].item
        assert item is not None
        return item.model_copy(update={"state": state, "counselor": "k_kim", "active_at": self.now, **more})

    async def citizen(
        self, session: str, text: str, *, quiet: bool = False, who: str = "citizen", **more: Any
    ) -> view.Entry:
        """The citizen writes."""
        entry = self._entry(session, who=who, text=text, **more)
        if not quiet:
            await self._send(entry)
            if who == "citizen":
                await self._change(session, waiting_since=self.sessions[session].waiting_since or self.now)
        return entry

    def _entry(self, session: str, **fields: Any) -> view.Entry:
        s = self.sessions[session]
        n = len(self.entries[session]) + 1
        fields = {"kind": "text", "at": self.now, **fields}
        entry = view.Entry(session=session, seq=s.seq + 1, prev=s.seq, n=n, **fields)
        self.entries[session].append(entry)
        self.frames[session].append(entry)
        waiting = {"waiting_since": s.waiting_since or self.now} if fields["who"] == "citizen" else {}
        if fields["who"] == "counselor":
            waiting = {"waiting_since": 0}
        self.sessions[session] = s.model_copy(update={"seq": entry.seq, "last_n": n, "last_at": entry.at, **waiting})
        return entry

    async def suggest(self, session: str, *hits: view.Hit, state: str = "ok") -> None:
        suggest = view.Suggest(session=session, n=len(self.entries[session]), hits=hits or HITS, state=state)
        self.suggests[session] = suggest
        await self._send(suggest)

    async def leave(self, session: str) -> None:
        """The citizen goes: wrap-up begins."""
        await self.wrapping(session, leg="ENDED")

    async def wrapping(self, session: str, **more: Any) -> None:
        item = self._item(session, "WRAPPING", wrap_by=self.now + 30 * SECOND)
        prefill = {"disposition": "resolved", "category": "civil", "summary": "여권 재발급 방법을 안내함"}
        await self._change(
            session, mine="wrapping", phase="WRAPPING", can=CAN_WRAP, item=item, prefill=prefill, waiting_since=0,
            **more, )  # fmt: skip

    async def marks(self, session: str, read: int) -> None:
        s = self.sessions[session]
        marks = view.Marks(session=session, seq=s.seq + 1, prev=s.seq, delivered=read, read=read)
        self.sessions[session] = s.model_copy(
            update={"seq": marks.seq, "citizen_read": read, "citizen_delivered": read}
        )
        self.frames[session].append(marks)
        await self._send(marks)

    async def gone(self, session: str, why: str = "done") -> None:
        del self.sessions[session]
        await self._send(view.Gone(session=session, why=why))

    async def bye(self, code: str) -> None:
        await self._send(view.Bye(code=code, text=sentence(code, "ko")))
        await self.cut()

    async def cut(self) -> None:
        """Every connection is lost."""
        for socket in list(self.sockets):
            await socket.close()

    @contextlib.asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Every connection is lost and nobody gets in again until the block is left: however fast a console comes
        back, what it shows meanwhile can be looked at."""
        self.door.clear()
        try:
            await self.cut()
            yield
        finally:
            self.door.set()

    async def end_offer(self, session: str) -> None:
        await self._me(offers=tuple(o for o in self.me.offers if o.session != session))

    async def _change(self, session: str, *, quiet: bool = False, **fields: Any) -> None:
        s = self.sessions[session]
        self.sessions[session] = s.model_copy(update={"seq": s.seq + 1, "prev": s.seq, **fields})
        self.frames[session].append(self.sessions[session])
        if not quiet:
            await self._send(self.sessions[session])

    async def _me(self, **fields: Any) -> None:
        self.me = self.me.model_copy(update={"seq": self.me.seq + 1, "prev": self.me.seq, **fields})
        await self._send(self.me)

    def board(self, **fields: Any) -> view.Board:
        queues = tuple(
            view.QueueLine(
                queue=code, name=name, channel="chat", waiting=3 - i, longest_since=self.now - (20 + 40 * i) * SECOND
            )
            for i, (code, name) in enumerate(self.queues.items())
        )
        return view.Board(
            now=self.now, queues=queues, available=4, engaged=9, service_level=91, lost=self.lost, doubled=self.doubled
        ).model_copy(update=fields)

    # -- the socket

    async def _send(self, frame: BaseModel) -> None:
        raw = frame.model_dump_json()
        for socket in list(self.sockets):
            with contextlib.suppress(Exception):
                await socket.send(raw)

    async def serve_one(self, socket: ServerConnection) -> None:
        await self.door.wait()
        try:
            hello = parse(desk.from_desk, await socket.recv())
        except BadInput:
            return
        assert isinstance(hello, desk.Hello)
        self.hellos.append(hello)
        if hello.token != self.token and (hello.name, hello.password) != ("kim", "pass-word"):
            await socket.send(
                view.Bye(code="sign_in_failed", text=sentence("sign_in_failed", hello.language)).model_dump_json()
            )
            return
        for old in list(self.sockets):
            stale = view.Bye(code="stale_console", text=sentence("stale_console", hello.language))
            with contextlib.suppress(Exception):
                await old.send(stale.model_dump_json())
                await old.close()
        await socket.send(self.welcome(hello).model_dump_json())
        self.sockets = [socket]
        try:
            async for raw in socket:
                await self.take(parse(desk.from_desk, raw), socket)
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)

    def welcome(self, hello: desk.Hello) -> view.Welcome:
        resumed, entries = [], []
        mine = {k: s for k, s in self.sessions.items() if s.mine != "offered"}
        for session in mine:
            after = hello.have.get(session)
            if after is None:
                entries += self.entries[session][-200:]
            else:
                resumed.append(session)
                entries += [entry for entry in self.entries[session] if entry.seq > after]

        def names(rows: dict[str, Pairs]) -> tuple[view.Named, ...]:
            return tuple(view.Named(code=code, name=name) for code, name in rows[self.language])

        return view.Welcome(
            v=1, token=self.token, now=self.now, language=hello.language, me=self.me, board=self.board(),
            centre=view.Centre(
                name=CENTRE[self.language], queues=names(QUEUES), categories=names(CATEGORIES),
                dispositions=names(DISPOSITIONS), beat_s=5, suspect_s=12, lines=self.lines,
            ),
            sessions=tuple(mine.values()), entries=tuple(entries), suggests=tuple(self.suggests.values()),
            drafts=dict(self.drafts), resumed=tuple(resumed),
        )  # fmt: skip

    async def take(self, command: Any, socket: ServerConnection) -> None:
        if isinstance(command, desk.Beat):
            self.beats += 1
            return
        if isinstance(command, desk.Typing):
            self.typing += 1
            return
        self.commands.append(command)
        if command.t in self.hold:
            return
        known = self.replies.get(command.id)
        if known is None:
            known = await self._do(command)
            self.replies[command.id] = known
        with contextlib.suppress(Exception):
            await socket.send(known.model_dump_json())

    async def _do(self, c: Any) -> view.Reply:
        if c.t in self.refuse:
            code, text = self.refuse[c.t]
            return view.Reply(id=c.id, ok=False, code=code, text=text)
        session = getattr(c, "session", "")
        if session and not self.knows(session):
            return view.Reply(id=c.id, ok=False, code="no_such_session", text=sentence("no_such_session", "ko"))
        data = await getattr(self, f"_on_{c.t}", self._nothing)(c) or {}
        return view.Reply(id=c.id, ok=True, data=data)

    def knows(self, session: str) -> bool:
        return session in self.sessions

    async def _nothing(self, c: Any) -> None:
        return None

    async def _on_accept(self, c: desk.Accept) -> None:
        await self.end_offer(c.session)
        await self._change(
            c.session, quiet=True, mine="live", phase="ENGAGED", can=CAN_LIVE, item=self._item(c.session, "CONNECTING")
        )
        await self._send(self.sessions[c.session])
        for entry in self.entries[c.session]:
            await self._send(entry.model_copy(update={"prev": 0}))
        slot = view.Slot(item=c.session, session=c.session, kind="live", channel="chat", units=30)
        await self._me(slots=(*self.me.slots, slot))

    async def _on_decline(self, c: desk.Decline) -> None:
        await self.end_offer(c.session)
        del self.sessions[c.session]

    async def _on_opened(self, c: desk.Opened) -> None:
        await self._change(c.session, item=self._item(c.session, "ACTIVE"))

    async def _on_say(self, c: desk.Say) -> None:
        entry = self._entry(
            c.session, who="counselor", name="김상담", text=c.text, id=c.id, mine=True, article=c.article
        )
        await self._send(entry)
        await self._change(c.session)

    async def _on_note(self, c: desk.Note) -> None:
        await self._send(
            self._entry(c.session, who="note", kind="note", name="김상담", text=c.text, id=c.id, mine=True)
        )

    async def _on_mark(self, c: desk.Mark) -> None:
        await self._change(c.session, read_n=c.n)

    async def _on_draft(self, c: desk.Draft) -> None:
        self.drafts[c.session] = c.text

    async def _on_pause(self, c: desk.Pause) -> None:
        await self._change(c.session, item=self._item(c.session, "PAUSED"), can=("unpause", *CAN_LIVE))

    async def _on_unpause(self, c: desk.Unpause) -> None:
        await self._change(c.session, item=self._item(c.session, "ACTIVE"), can=CAN_LIVE)

    async def _on_release(self, c: desk.Release) -> None:
        await self.wrapping(c.session)

    async def _on_wrap(self, c: desk.Wrap) -> None:
        await self.gone(c.session)
        await self._me(slots=tuple(s for s in self.me.slots if s.session != c.session))

    async def _on_transfer(self, c: desk.Transfer) -> None:
        await self.gone(c.session, "transferred")

    async def _on_presence(self, c: desk.Presence) -> None:
        await self._me(presence=c.presence, presence_reason=c.reason)

    async def _on_people(self, c: desk.People) -> dict[str, Any]:
        return {
            "queues": [{"code": code, "name": name, "waiting": 2} for code, name in self.queues.items()],
            "counselors": [{"counselor": "k_lee", "name": "이상담", "presence": "AVAILABLE"}],
            "lines": [line.model_dump() for line in self.lines],
        }

    async def _on_search(self, c: desk.Search) -> dict[str, Any]:
        found = [
            hit(i, 0.9 - i / 10) for i in range(len(ARTICLES)) if any(w in ARTICLES[i][1] for w in c.query.split())
        ]
        return {"hits": [h.model_dump() for h in found[: c.limit]]}

    async def _on_ticket_prefill(self, c: desk.TicketPrefill) -> dict[str, Any]:
        text = self.entries[c.session][0].text if self.entries[c.session] else ""
        form = {
            "category": "traffic",
            "summary": text[:40],
            "description": text,
            "place": "",
            "contact": "010-****-4821",
        }
        return {"form": form, "photos": [e.photo for e in self.entries[c.session] if e.photo]}

    async def _on_ticket_file(self, c: desk.TicketFile) -> dict[str, Any]:
        ticket = view.Ticket(handoff="h_1", stage="ACKNOWLEDGED", category=c.form.category, number="120-2026-000123")
        await self._change(c.session, tickets=(ticket,))
        return {"handoff": "h_1"}

    async def _on_unmask(self, c: desk.Unmask) -> dict[str, Any]:
        return {"value": "010-1234-4821"}

    async def _on_merge(self, c: desk.Merge) -> dict[str, Any]:
        made = Merge(link=12, evidence="receipt" if c.receipt else "word", at=self.now, by=self.me.counselor)
        for session in filter(None, (c.session, c.other)):
            await self._merged(session, (made,))
        return {"link": 12}

    async def _on_unmerge(self, c: desk.Unmerge) -> dict[str, Any]:
        await self._merged(c.session, ())
        return {}

    async def _merged(self, session: str, merges: tuple[Merge, ...]) -> None:
        citizen = self.sessions[session].citizen.model_copy(update={"merges": merges})
        await self._change(session, citizen=citizen)

    async def _on_older(self, c: desk.Older) -> dict[str, Any]:
        older = [e for e in self.entries[c.session] if e.n < c.before][-c.limit :]
        return {"entries": [e.model_dump() for e in older]}

    async def _on_sign_out(self, c: desk.SignOut) -> None:
        self.token = "-"


HITS = (hit(0, 0.92), hit(1, 0.81), hit(2, 0.64))


@contextlib.asynccontextmanager
async def running(centre: Centre, port: int = 0) -> AsyncIterator[str]:
    """The centre on loopback; gives its address."""
    async with serve(centre.serve_one, "127.0.0.1", port, max_size=1 << 20, ping_interval=None) as server:
        yield f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def story(centre: Centre) -> None:
    """A few citizens, for looking at the desk."""
    centre.lost, centre.doubled = 0, 0
    one = await centre.live(
        "박OO",
        "주차 단속에 이의가 있어요.",
        "어제 저녁에 찍혔는데 그 시간에는 허용 구간이라고 들었거든요.",
        waited_s=108,
    )
    two = await centre.live(
        "이OO",
        "안녕하세요",
        "여권을 잃어버렸는데 다시 만들려면 어디로 가야 하나요?",
        "강남구요. 수수료도 알려주세요.",
        waited_s=31,
    )
    await centre.live("최OO", "분리수거 요일이 궁금합니다", waited_s=5)
    await centre._change(
        one, item=centre._item(one, "ACTIVE", reply_by=centre.now - SECOND), waiting_since=centre.now - 108 * SECOND
    )
    await centre._change(two, item=centre._item(two, "ACTIVE", reply_by=centre.now + 40 * SECOND))
    await centre.suggest(two)
    await asyncio.sleep(6)
    await centre.offer("정OO", "집 앞에 며칠째 불법 주차가 있습니다. 어디에 신고하나요?", seconds=45)
    while True:
        await asyncio.sleep(8)
        await centre.citizen(two, "그리고 사진은 꼭 필요한가요?")


async def _serve(port: int) -> None:
    centre = Centre()
    async with running(centre, port) as url:
        sys.stderr.write(url + "\n")
        while not centre.hellos:  # noqa: ASYNC110 - somebody looks at this by hand
            await asyncio.sleep(0.05)
        await story(centre)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8765))
