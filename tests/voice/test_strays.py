"""A recording that was left at the network is brought home, or deleted there, once, and only if it is of our calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from channels.voice.links import Hop
from channels.voice.ports import RecordingSeen
from channels.voice.recording import Keeper
from channels.voice.strays import BACK_US, EVERY_S, FIRST_S, ROUND_MAX, Strays
from dasan.app.whose import carried
from dasan.core import commands as c
from dasan.core.errors import ProviderFailed
from dasan.core.recording import Kept
from dasan.core.time import DAY, SECOND
from dasan.core.workitem import WRAPPING
from tests.broker.caller import Caller
from tests.broker.stage import NOON, Stage
from tests.virtual import virtually
from tests.voice.acts import People, play
from tests.voice.stage import CITIZEN

SID, CALL = "RE" + "1" * 32, "CA" + "1" * 32
OURS = {CALL: ("s_1", "l_1")}


def seen(sid: str = SID, call: str = CALL, *, complete: bool = True, message: bool = False) -> RecordingSeen:
    return RecordingSeen(sid, call, complete, 12, message)


class House:
    """A provider, a journal that knows some calls, and the keeper that brings home; ``duty`` is this server's."""

    def __init__(self, *there: RecordingSeen, home: Sequence[str] = (), known: Mapping[str, Any] | None = None) -> None:
        self.there = {one.sid: one for one in there}
        self.home = tuple(Kept("b_0", 1, "recording", "recording", NOON, sid=sid) for sid in home)
        self.past = OURS if known is None else known
        self.commands: list[Any] = []
        self.asked: list[int] = []
        self.read: list[frozenset[str]] = []
        self.faults: list[BaseException] = []
        self.down, self.duty, self.now_open = 0, True, {}

    def now_us(self) -> int:
        return NOON

    async def listed(self, since_us: int) -> Sequence[RecordingSeen]:
        self.asked.append(since_us)
        if self.down:
            self.down -= 1
            raise ProviderFailed("network_down", retryable=True)
        return list(self.there.values())

    async def fetch(self, sid: str) -> tuple[bytes, str]:
        return b"RIFF", "audio/x-wav"

    async def delete(self, sid: str) -> None:
        del self.there[sid]

    def put(self, session: str, body: bytes, media_type: str) -> str:
        return "b_1"

    async def submit(self, envelope: Any) -> dict[str, Any]:
        self.commands.append(envelope.command)
        return {}

    async def load(self, session: str) -> Any:
        return SimpleNamespace(id=session, kept=self.home)

    async def carried(self, calls: frozenset[str], since_us: int) -> Mapping[str, tuple[str, str]]:
        assert since_us < NOON - BACK_US, "a call begins before its recording"
        self.read.append(calls)
        return {call: at for call, at in self.past.items() if call in calls}

    def lives(self, seconds: float = FIRST_S + 5) -> House:
        """So long a server's life."""

        async def life() -> None:
            import asyncio

            tasks: list[asyncio.Task[Any]] = []
            ports: Any = SimpleNamespace(
                recordings=self, blobs=self, gate=self, reads=self, clock=self, duty=lambda: self.duty
            )
            keeper = Keeper(ports, lambda work: tasks.append(asyncio.ensure_future(work)))
            self.keeper = keeper
            self.strays = Strays(ports, self.now_open.get, keeper, lambda _, error: self.faults.append(error))
            self.strays.start()
            try:
                async with asyncio.timeout(seconds):
                    await asyncio.Event().wait()
            except TimeoutError:
                await self.strays.stop()
            await asyncio.gather(*tasks)

        virtually(life())
        assert not self.faults
        return self


def test_what_a_server_left_behind_is_brought_home_and_deleted_there() -> None:
    house = House(seen()).lives()
    assert [(f.session, f.blob, f.sid, f.kind, f.seconds) for f in house.commands] == [
        ("s_1", "b_1", SID, "recording", 12)
    ]
    assert not house.there
    assert house.asked == [NOON - BACK_US]


def test_what_is_home_already_is_only_deleted_there() -> None:
    house = House(seen(), home=[SID]).lives()
    assert (house.commands, house.there, house.strays.deleted) == ([], {}, 1)


def test_a_message_comes_home_as_a_message() -> None:
    assert [f.kind for f in House(seen(message=True)).lives().commands] == ["voicemail"]


@pytest.mark.parametrize("one", [seen(call="CA" + "9" * 32), seen(complete=False)])
def test_what_is_somebody_elses_or_still_runs_is_not_touched(one: RecordingSeen) -> None:
    house = House(one).lives()
    assert (house.commands, list(house.there)) == ([], [SID])


def test_of_a_call_that_is_known_the_journal_is_not_asked() -> None:
    house = House(seen(), known={})
    house.now_open = dict(OURS)
    assert len(house.lives().commands) == 1
    assert not house.read


def test_it_looks_again_every_hour_and_after_a_failure() -> None:
    house = House(seen())
    house.down = 1
    house.lives(FIRST_S + EVERY_S + 5)
    assert (len(house.asked), len(house.commands), house.there) == (2, 1, {})


def test_a_server_without_the_duty_asks_nothing() -> None:
    house = House(seen())
    house.duty = False
    assert not house.lives().asked


def test_very_many_are_brought_home_by_and_by() -> None:
    many = [seen(f"RE{n:032x}") for n in range(ROUND_MAX + 1)]
    house = House(*many).lives()
    assert len(house.there) == 1
    assert len(House(*many).lives(FIRST_S + EVERY_S + 5).there) == 0


def test_what_is_on_its_way_is_not_fetched_twice() -> None:
    house = House(seen())

    async def fetch(sid: str) -> tuple[bytes, str]:
        house.keeper.bring(sid, Hop("s_1", "l_1"), 12)
        await house.strays.round()
        return b"RIFF", "audio/x-wav"

    house.fetch = fetch  # type: ignore[method-assign]
    assert len(house.lives().commands) == 1


# -- the journal's part


def test_a_call_that_is_over_is_known_by_its_session_after_a_restart() -> None:
    async def story(p: People) -> None:
        s = await p.talk("kim")
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.s().items[-1].state == WRAPPING, 20)
        await p.wrap("kim")
        await p.c.until(lambda: not list(p.c.app.telephone.door.ports.sessions.open()), 60)
        await p.c.die()
        leg = s.legs[0]
        door = p.c.app.telephone.door
        assert door.registry.of_call(leg.call) is None
        assert await door.ports.reads.carried(frozenset({leg.call}), 0) == {leg.call: (s.id, leg.id)}

    play(story)


def test_the_journal_takes_a_recording_of_the_network_once() -> None:
    caller = Caller(Stage()).queues()
    for blob in ("b_1", "b_2"):
        fact = c.RecordingFact(caller.session, blob=blob, seconds=9, retention="recording", sid=SID)
        caller.stage.do(c.PROVIDER, fact)
    assert [(one.blob, one.sid) for one in caller.state.kept] == [("b_1", SID)]


def test_whose_a_call_was_is_found_in_the_journal_from_a_time_on() -> None:
    stage = Stage()
    old = Caller(stage, "+821011110000").rings()
    stage.clock.at_us += 2 * DAY
    new = Caller(stage, "+821022220000")
    new.calls = 7
    new.rings()
    both = frozenset({"CA1", "CA8", "CA-unknown"})
    reads = stage.store.reads
    assert carried(reads, both, 0) == {"CA1": (old.session, old.leg), "CA8": (new.session, new.leg)}
    assert carried(reads, both, stage.clock.at_us - DAY) == {"CA8": (new.session, new.leg)}
    assert carried(reads, both, stage.clock.at_us + SECOND) == {}
