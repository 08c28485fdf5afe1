"""What could not be written is not forgotten: deadlines and plans come again when the writer can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dasan.core.commands import Envelope, MakeOffer, Tick
from dasan.core.errors import DasanError, Refused, StorageFull
from dasan.dispatch import Dispatcher
from dasan.server.runners import deadlines, offers
from dasan.timers import Timers
from tests.server.world import World


class Writer:
    """Answers with what stands in ``troubles`` first; keeps what it was asked."""

    def __init__(self, *troubles: DasanError) -> None:
        self.troubles, self.asked = list(troubles), list[Envelope]()

    async def __call__(self, envelope: Envelope) -> Mapping[str, Any]:
        self.asked.append(envelope)
        if self.troubles:
            raise self.troubles.pop(0)
        return {}


class Now:
    def __init__(self, at_us: int) -> None:
        self.us = at_us

    def now_us(self) -> int:
        return self.us


async def test_a_deadline_that_could_not_be_written_comes_again() -> None:
    for trouble in (StorageFull(), Refused("busy", after_s=2)):
        timers, clock, writer = Timers(), Now(10_000_000), Writer(trouble)
        timers.arm("s_1", 9_000_000)
        step = deadlines(timers, writer, clock, lambda: True)
        await step()
        assert len(writer.asked) == 1
        await step()
        assert len(writer.asked) == 1, "not at once"
        clock.us += 5_000_000
        await step()
        assert [type(e.command) for e in writer.asked] == [Tick, Tick]
        clock.us += 5_000_000
        await step()
        assert len(writer.asked) == 2, "what was done is over"


async def test_a_deadline_that_was_overtaken_does_not_come_again() -> None:
    timers, clock, writer = Timers(), Now(10_000_000), Writer(Refused("no_such_session"))
    timers.arm("s_1", 9_000_000)
    step = deadlines(timers, writer, clock, lambda: True)
    await step()
    clock.us += 5_000_000
    await step()
    assert len(writer.asked) == 1


async def test_a_plan_that_could_not_be_written_is_made_again(world: World) -> None:
    await world.on_duty("kim", shown="김상담")
    world.say("여권을 잃어버렸어요", "p_1")
    dispatcher = Dispatcher(world.house.policy)
    index = world.hub.index
    for stream in [s.id for s in index.sessions()] + [k.id for k in index.counselors()]:
        head = index.head(stream)
        assert head is not None
        dispatcher.take(head)
    writer = Writer(StorageFull())
    step = offers(dispatcher, writer, Now(world.clock.us), lambda: True)
    await step()
    await step()
    assert [type(e.command) for e in writer.asked] == [MakeOffer, MakeOffer]
