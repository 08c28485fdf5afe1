"""What people do in these stories, as verbs: a citizen dials and presses, a counselor accepts and holds."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from channels.carrier.model import SECOND, Habit
from dasan.core import workitem as items
from dasan.core.session import Session
from dasan.core.workitem import WorkItem
from dasan.wire import desk_views as view
from tests.virtual import virtually
from tests.voice.stage import CITIZEN, LINE, Centre, telephone

OTHER = "+821098765432"


class People:
    """Everybody in a story about calls, around a running centre."""

    def __init__(self, centre: Centre) -> None:
        self.c = centre

    # -- citizens

    async def dial(self, address: str = CITIZEN, **extra: str) -> None:
        """Somebody dials 120 and hears the first words."""
        before = len(self.c.carrier.phone(address).heard)
        self.c.carrier.dial(address, LINE, **extra)
        await self.c.until(lambda: len(self.c.carrier.phone(address).heard) > before + 1, 10)

    async def press(self, keys: str, address: str = CITIZEN) -> None:
        """Keys, one menu after the other."""
        for key in keys:
            await self.c.later(1)
            self.c.carrier.press(address, key)
            await self.c.later(1)

    async def hears(self, pattern: str, within_s: float = 60, address: str = CITIZEN) -> None:
        """Until she has heard that."""
        await self.c.until(lambda: re.search(pattern, self.c.said(address)), within_s)

    async def waits(self, number: int = 1, within_s: float = 40) -> WorkItem:
        """Until her session waits in a queue; its item."""
        await self.c.until(lambda: self.state(number) in {items.QUEUED, items.OFFERED}, within_s)
        found = self.s(number).live_item
        assert found is not None
        return found

    # -- counselors

    async def accept(self, name: str = "kim", within_s: float = 60) -> view.Reply:
        """She takes what she is offered."""
        desk = self.c.desks[name]
        await self.c.until(lambda: desk.last(view.Me).offers if desk.all(view.Me) else (), within_s)
        offer = desk.last(view.Me).offers[0]
        return await desk.done("accept", offer=offer.offer, session=offer.session)

    async def talk(self, name: str = "kim", address: str = CITIZEN, number: int = 1, keys: str = "0") -> Session:
        """From dialling to the talk with that counselor."""
        if name not in self.c.desks:
            await self.c.desk(name)
        await self.dial(address)
        await self.press(keys, address)
        await self.accept(name)
        await self.talking(number)
        assert self.hear_each_other(address, self.c.phone(name))
        return self.s(number)

    async def talking(self, number: int = 1, within_s: float = 60) -> None:
        """Until the session's talk goes on."""
        await self.c.until(lambda: self.state(number) == items.ACTIVE, within_s)

    async def do(self, name: str, t: str, number: int = 1, **fields: Any) -> view.Reply:
        """A command of her console about the session, which must be possible."""
        return await self.c.desks[name].done(t, **self._about(name, t, number), **fields)

    async def ask(self, name: str, t: str, number: int = 1, **fields: Any) -> view.Reply:
        """A command of her console about the session, which may be refused."""
        return await self.c.desks[name].ask(t, **self._about(name, t, number), **fields)

    def _about(self, name: str, t: str, number: int) -> dict[str, str]:
        s = self.s(number)
        about = {"session": s.id}
        if t in _ABOUT_ITEM:
            mine = [i for i in s.items if i.counselor == self.id(name) and i.state not in items.TERMINAL]
            about["item"] = (mine or [s.live_item or s.items[-1]])[-1].id
        return about

    async def wrap(self, name: str = "kim", number: int = 1) -> None:
        """She writes down what it was."""
        await self.do(name, "wrap", number, disposition="answered", category="general", summary="안내함")

    # -- looking

    def id(self, name: str) -> str:
        """That counselor's stream."""
        account = self.c.people.named(name)
        assert account is not None
        return account.id

    def s(self, number: int = 1) -> Session:
        """The session of that number."""
        return self.c.session(number)

    def state(self, number: int = 1) -> str:
        """The state of what is live in it, else of its last item, else ""."""
        s = self.s(number)
        item = s.live_item or (s.items[-1] if s.items else None)
        return item.state if item is not None else ""

    def hear_each_other(self, one: str, other: str) -> bool:
        """Whether two telephones hear each other now."""
        return self.c.carrier.hears(one, other) and self.c.carrier.hears(other, one)

    async def hearing(self, one: str, other: str, within_s: float = 15) -> None:
        """Until two telephones hear each other."""
        await self.c.until(lambda: self.hear_each_other(one, other), within_s)

    async def apart(self, one: str, other: str, within_s: float = 15) -> None:
        """Until neither hears the other."""
        carrier = self.c.carrier
        await self.c.until(lambda: not carrier.hears(one, other) and not carrier.hears(other, one), within_s)

    def on_the_phone(self, address: str) -> bool:
        """Whether that telephone has a call."""
        return self.c.carrier.phone(address).call is not None

    def rings(self, address: str) -> int:
        """How often that telephone was ever rung."""
        return len(self.c.carrier.phone(address).calls)

    def installs(self, address: str, on_ring: str = "answer", after_s: float = 1.0) -> None:
        """A telephone that does that when it rings."""
        self.c.carrier.phone(address, Habit(on_ring, after_us=round(after_s * SECOND)))  # type: ignore[arg-type]


_ABOUT_ITEM = frozenset({
    "hold", "unhold", "consult", "consult_join", "consult_complete", "consult_end", "hand_over", "warn", "abuse",
    "release", "wrap", "transfer", "extend_wrap", "take_over",
})  # fmt: skip


Story = Callable[[People], Awaitable[None]]


def play(story: Story, *, seed: int = 1, **environ: str) -> None:
    """Live a story in a centre with a telephone; nothing of it may have gone wrong unseen."""

    async def lived() -> None:
        async with telephone(seed, environ) as c:
            await story(People(c))
            telephone_side = c.app.telephone
            assert telephone_side is not None
            assert not telephone_side.door.counts["faults"], dict(telephone_side.door.counts)
            assert not c.app.hub.failures

    virtually(lived())
