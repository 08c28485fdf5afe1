"""A picture and the frames after it equal a fresh picture, whatever happens between (DOMAIN I14)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from agent_tui.state import DeskState
from dasan.core.errors import DasanError
from dasan.server.desk.book import Book
from dasan.wire import desk_views as view
from tests.server.world import Desk, World

STEPS = 60


async def fresh(world: World, desk: Desk) -> view.Welcome:
    """What the counselor of ``desk`` would be told if she signed in now, without taking her lease."""
    told: list[Any] = []
    book = Book(
        world.house, desk.console.lens, desk.console.principal.epoch, told.extend, lambda: None, lambda error: None
    )
    welcome = await book.open("", {})
    book.close()
    return welcome


def plain(frame: view.Session | view.Entry | view.Me) -> dict[str, Any]:
    """Without its place in the stream, and without the card's history, which is as of the opening."""
    values = frame.model_dump(exclude={"seq", "prev"})
    if "citizen" in values:
        values["citizen"] = {k: v for k, v in values["citizen"].items() if k not in {"history", "sessions"}}
    return values


def replayed(desk: Desk) -> DeskState:
    """The read model of a real console, fed with everything it was sent; it raises Gap where something is missing."""
    state = DeskState()
    for frame in desk.wire.frames:
        state.apply(frame, 0)
    return state


async def assert_one_story(world: World, desk: Desk) -> None:
    desk.console.book._tell_marks()
    await world.settle()
    told, wanted = replayed(desk), await fresh(world, desk)
    assert plain(told.me) == plain(wanted.me)
    assert {s.session for s in wanted.sessions} == set(told.talks)
    for session in wanted.sessions:
        assert told.talks[session.session].last_n == session.last_n
        has, should = plain(told.talks[session.session].session), plain(session)
        for name in ("last_n", "last_at"):  # these follow from the entries
            del has[name], should[name]
        assert {k: v for k, v in has.items() if should[k] != v} == {k: v for k, v in should.items() if has[k] != v}
        entries = [plain(e) for e in wanted.entries if e.session == session.session]
        assert [plain(e) for e in told.talks[session.session].entries] == entries
        assert [e["n"] for e in entries] == list(range(1, session.last_n + 1))


class Story:
    """Random but lawful people: citizens who write, leave and come back, counselors who do what a console offers."""

    def __init__(self, world: World, desks: list[Desk], seed: int) -> None:
        self.world, self.desks, self.random = world, desks, random.Random(seed)

    async def step(self) -> None:
        acts = [self.citizen, self.citizen, self.leave, self.wait, self.supervisor]
        acts += [self.counselor] * 4
        await self.random.choice(acts)()
        await self.world.settle()

    async def citizen(self) -> None:
        who = f"p_{self.random.randrange(4)}"
        words = ["여권을 잃어버렸어요", "010-2222-3333으로 연락 주세요", "강남구 역삼동 12-3이요", "폐기물 버리려고요"]
        try:
            self.world.say(self.random.choice(words), who)
        except DasanError:
            return

    async def leave(self) -> None:
        if self.random.random() < 0.7:
            return
        from dasan.core.commands import LeaveSession

        open_ = [s for s in self.world.hub.index.sessions() if s.live_leg is not None]
        if open_:
            s = self.random.choice(open_)
            self.world.as_citizen(LeaveSession(s.id, s.live_leg.id), s.citizen)

    async def wait(self) -> None:
        await self.world.later(self.random.choice([1, 3, 20]))
        for desk in self.desks:
            await desk.send("beat")

    async def counselor(self) -> None:
        desk = self.random.choice(self.desks)
        if desk.wire.closed is not None:
            return
        me = next(f for f in reversed(desk.wire.frames) if isinstance(f, (view.Me, view.Welcome)))
        me = me.me if isinstance(me, view.Welcome) else me
        if me.presence != "AVAILABLE":
            await desk.ask("presence", presence="AVAILABLE")
        elif me.offers:
            await desk.ask("accept", offer=me.offers[0].offer, session=me.offers[0].session)
        elif me.slots:
            await self.work(desk, self.random.choice(me.slots))

    async def supervisor(self) -> None:
        """She looks, writes, leaves and sometimes takes over, as she is allowed to."""
        open_ = [s for s in self.world.hub.index.sessions() if s.live_item is not None]
        boss = next((d for d in self.desks if d.console.lens.viewer.supervises and d.wire.closed is None), None)
        if boss is None or not open_:
            return
        s = self.random.choice(open_)
        t = self.random.choice(["look", "look", "look", "whisper", "barge", "look_away", "take_over"])
        more = {"text": "한 줄"} if t in {"whisper", "barge"} else {}
        more |= {"item": s.live_item.id} if t == "take_over" else {}
        reply = await boss.ask(t, session=s.id, **more)
        assert reply.code not in {"internal", "malformed"}, (t, reply)

    async def work(self, desk: Desk, slot: view.Slot) -> None:
        fields = {"session": slot.session, "item": slot.item}
        s = replayed(desk).talks.get(slot.session)
        if s is None:
            return
        acts = [name for name in s.session.can if name in ACTS]
        act = "opened" if "opened" in acts else self.random.choice([*acts, "mark"])
        if act == "mark":
            await desk.ask("mark", session=slot.session, n=s.last_n)
            return
        if act == "ticket_file":
            prefill = await desk.done("ticket_prefill", **fields)
            fields["form"] = {**prefill.data["form"], "description": "설명", "summary": "요약"}
        if act == "wrap":
            fields |= {"disposition": "answered", "category": "general", "summary": "끝"}
        if act in {"say", "note"}:
            fields = {"session": slot.session, "text": self.random.choice(["네", "구청에서 신청합니다"])}
        if act == "transfer":
            fields["queue"] = "general"
        reply = await desk.ask(act, **fields)
        assert reply.code not in {"internal", "malformed"}, (act, reply)


ACTS = {"opened", "say", "note", "pause", "unpause", "transfer", "release", "wrap", "extend_wrap", "ticket_file"}


@pytest.mark.parametrize("seed", range(8))
async def test_a_picture_and_the_frames_after_it_equal_a_fresh_picture(world: World, seed: int):
    print(f"seed {seed}")
    desks = [await world.on_duty("kim", shown="김상담"), await world.on_duty("lee", shown="이상담")]
    desks.append(await world.on_duty("boss", shown="정감독", roles=("counselor", "supervisor")))
    story = Story(world, desks, seed)
    for n in range(STEPS):
        await story.step()
        if n % 10 == 9:
            for desk in desks:
                if desk.wire.closed is None:
                    await assert_one_story(world, desk)
    served = {r.stream for _, r in world.store.reads.journal(0, ["work.active"])}
    assert served, "the story never came to a talk"
