"""Bad days at random: several callers and counselors, lost and late words, refused wishes, deaths of the server.

A seed replays its day. Whatever happens: nobody is rung twice for one leg, who shall be gone goes, and once
everybody has hung up and the weather is fine again nobody stays on the line and nothing stays open.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from channels.carrier.faults import RestFault, Weather
from channels.carrier.model import SECOND, Habit
from dasan.core import workitem as items
from dasan.core.policy import VOICE
from tests.virtual import virtually
from tests.voice.stage import COUNSELORS, LINE, Centre, telephone

CITIZENS = [f"+8210123456{n:02d}" for n in range(5)]
SEEDS = range(int(os.environ.get("DASAN_SOAK_SEEDS", "3")))
STEPS = 70


class Day:
    """One day of chance."""

    def __init__(self, c: Centre, seed: int) -> None:
        self.c, self.random = c, Random(seed)
        self.faults: Any = c.carrier.net.faults

    async def live(self) -> None:
        for name, _, _ in COUNSELORS[:2]:
            await self.c.desk(name)
        for _ in range(STEPS):
            await self.random.choice(self.acts())()
            await self.c.later(self.random.choice([0.05, 0.3, 1.0, 3.0, 9.0]))
            self.nobody_is_rung_twice()
        await self.calm()
        await self.evening()

    def acts(self) -> list[Any]:
        usual = [self.dial, self.dial, self.press, self.accept, self.accept, self.accept, self.hold, self.unhold]
        beside = [self.consult, self.consult_more, self.consult_more, self.transfer]
        return [
            *usual,
            *beside,
            self.release,
            self.wrap,
            self.hang_up,
            self.drop,
            self.habit,
            self.weather,
            self.rest,
            self.die,
        ]

    # -- what happens

    async def dial(self) -> None:
        free = [one for one in CITIZENS if self.c.carrier.phone(one).call is None]
        if free:
            self.c.carrier.dial(self.random.choice(free), LINE)

    async def press(self) -> None:
        for one in CITIZENS:
            call = self.c.carrier.phone(one).call
            if call is not None and call.status == "in-progress" and self.random.random() < 0.5:
                self.c.carrier.press(one, self.random.choice("012"))

    async def hang_up(self) -> None:
        one = self.random.choice(CITIZENS)
        if self.c.carrier.phone(one).call is not None:
            self.c.carrier.hang_up(one)

    async def drop(self) -> None:
        phone = self.c.phone(self.random.choice(["kim", "lee"]))
        if self.c.carrier.phone(phone).call is not None:
            self.c.carrier.hang_up(phone)

    async def habit(self) -> None:
        phone = self.c.phone(self.random.choice(["kim", "lee"]))
        habits = [Habit("answer", after_us=SECOND)] * 3 + [Habit("busy"), Habit("no-answer")]
        self.c.carrier.phone(phone, self.random.choice(habits))

    async def weather(self) -> None:
        fine, bad = Weather(), Weather(0.3, 0.4, 0.5, 2 * SECOND)
        self.faults.weather = self.random.choice([fine, fine, bad])

    async def rest(self) -> None:
        status, code = self.random.choice([(429, 20429), (500, 20500), (503, 20503)])
        lost = self.random.random() < 0.5
        self.faults.rest.append(RestFault(status, code, self.random.randint(1, 3), "POST", lost=lost))

    async def die(self) -> None:
        if self.random.random() < 0.25:
            await self.c.die(away_s=self.random.choice([0.2, 3.0, 20.0]))
            for name, _, _ in COUNSELORS[:2]:
                await self.c.desk(name, presence="")
                await self.ask(name, "presence", presence="AVAILABLE")

    # -- counselors

    async def ask(self, name: str, t: str, **fields: Any) -> Any:
        desk = self.c.desks.get(name)
        return await desk.ask(t, **fields) if desk is not None and desk.wire.closed is None else None

    def open(self) -> list[Any]:
        return [s for s in self.c.app.hub.index.sessions() if s.channel == VOICE]

    async def accept(self) -> None:
        for s in self.open():
            item = s.live_item
            for offer in item.offers if item is not None else ():
                name = next(n for n, _, _ in COUNSELORS if self.c.people.named(n).id == offer.counselor)
                await self.ask(name, "accept", offer=offer.id, session=s.id)

    async def _mine(self, t: str, states: tuple[str, ...], **more: Any) -> None:
        for s in self.open():
            for item in s.items:
                if item.state in states and item.counselor:
                    name = next(n for n, _, _ in COUNSELORS if self.c.people.named(n).id == item.counselor)
                    await self.ask(name, t, session=s.id, item=item.id, **more)
                    return

    async def hold(self) -> None:
        await self._mine("hold", (items.ACTIVE,))

    async def unhold(self) -> None:
        await self._mine("unhold", (items.HELD,))

    async def consult(self) -> None:
        other = self.c.people.named(self.random.choice(["kim", "lee"])).id
        await self._mine("consult", (items.ACTIVE, items.HELD), counselor=other)

    async def consult_more(self) -> None:
        t = self.random.choice(["consult_join", "consult_complete", "consult_end"])
        await self._mine(t, (items.CONSULTING,))

    async def transfer(self) -> None:
        await self._mine("transfer", (items.ACTIVE,), queue="traffic")

    async def release(self) -> None:
        await self._mine("release", (items.ACTIVE, items.HELD))

    async def wrap(self) -> None:
        await self._mine("wrap", (items.WRAPPING,), disposition="answered", category="general")

    # -- what must hold

    def nobody_is_rung_twice(self) -> None:
        by_label = Counter(
            p.label for room in self.c.carrier.net.rooms.values() for p in room.participants.values() if p.label
        )
        assert [label for label, times in by_label.items() if times > 1] == []
        for name in ("kim", "lee"):
            ringing = [
                call
                for call in self.c.carrier.net.calls.values()
                if call.to == self.c.phone(name) and call.status in {"queued", "ringing"}
            ]
            assert len(ringing) <= 2, "one that shall be gone, and one that rings"

    async def calm(self) -> None:
        """The weather is fine for a while: everybody hears whom the session says, and nobody else."""
        self.faults.weather, self.faults.rest = Weather(), []
        await self.c.later(75)
        matrix = self.c.carrier.matrix()
        for s in self.open():
            item = s.live_item
            citizen = next((leg for leg in s.legs if leg.joined), None)
            hers = next((leg for leg in s.parties if leg.joined and item and leg.who == item.counselor), None)
            if item is None or citizen is None or hers is None or item.state == items.CONSULTING:
                continue
            talking = item.state == items.ACTIVE
            assert (hers.call in matrix.get(citizen.call, ())) == talking, (s.number, item.state)
            assert (citizen.call in matrix.get(hers.call, ())) == talking, (s.number, item.state)

    async def evening(self) -> None:
        """The weather is fine; everybody hangs up; an hour later nothing is left."""
        self.faults.weather, self.faults.rest, self.faults.outage_until_us = Weather(), [], 0
        for one in CITIZENS:
            self.c.carrier.phone(one, Habit("no-answer"))
            if self.c.carrier.phone(one).call is not None:
                self.c.carrier.hang_up(one)
        for name in ("kim", "lee"):
            self.c.carrier.phone(self.c.phone(name), Habit("answer", after_us=SECOND))
            await self.ask(name, "presence", presence="AWAY", reason="lunch")
        await self.c.later(150)
        assert self.calls() == [], "nobody stays on the line"
        for _ in range(40):
            await self.wrap()
            await self.c.later(30)
        left = [s for s in self.open() if s.callback is None or not s.callback.open]
        assert [(s.number, s.items, s.legs, s.parties) for s in left] == [], "nothing stays open"
        assert self.c.app.telephone.door.counts["faults"] == 0

    def calls(self) -> list[Any]:
        live = {"queued", "ringing", "in-progress"}
        return [(one.sid, one.to, one.status) for one in self.c.carrier.net.calls.values() if one.status in live]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_of_chance_ends_well(seed: int) -> None:
    async def story() -> None:
        async with telephone(seed) as c:
            await Day(c, seed).live()

    print(f"seed {seed}")
    virtually(story())
