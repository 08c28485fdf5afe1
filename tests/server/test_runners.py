"""What the server does by itself, and that one failed round ends nothing."""

from __future__ import annotations

import asyncio

from dasan.core.errors import ProviderFailed
from dasan.outbox import Outbox, Promises
from dasan.ports import Submission, Submitted
from dasan.server import runners
from dasan.server.duties import Duties
from dasan.server.run import program_version
from dasan.server.runners import Bell, Runner
from dasan.server.ticketing import Tickets
from dasan.server.tidy import Tidy
from dasan.store.leases import MemoryLeases
from dasan.wire import desk_views as view
from tests.server.world import World


async def test_a_round_that_fails_is_told_and_the_next_one_comes():
    rounds: list[int] = []
    faults: list[str] = []
    done = asyncio.Event()

    async def step() -> float:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise ZeroDivisionError
        done.set()
        return 60.0

    bell = Bell()
    runner = Runner("some", step, bell, lambda what, error: faults.append(what))
    runner.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bell.ring()  # a commit wakes it before its pause is over
    async with asyncio.timeout(5):
        await done.wait()
    await runner.stop()
    assert (rounds, faults, runner.faults) == ([0, 1], ["runner some"], 1)


async def test_waiting_citizens_are_offered_by_the_runner(world: World):
    desk = await world.on_duty()
    world.say("여권을 잃어버렸어요")
    step = runners.offers(world.dispatcher, world.gate.submit, world.clock, lambda: True)
    await step()
    assert len(desk.last(view.Me).offers) == 1
    assert 0 < await step() <= runners.IDLE_S  # nothing more to do: it waits


async def test_without_the_duty_nothing_is_offered_and_no_deadline_is_touched(world: World):
    desk = await world.on_duty()
    session = world.say("여권을 잃어버렸어요")
    position = world.store.reads.last_position()
    await runners.offers(world.dispatcher, world.gate.submit, world.clock, lambda: False)()
    world.clock.us += 3_600_000_000
    await runners.deadlines(world.timers, world.gate.submit, world.clock, lambda: False)()
    assert world.store.reads.last_position() == position
    assert not desk.last(view.Me).offers
    await runners.deadlines(world.timers, world.gate.submit, world.clock, lambda: True)()
    assert world.hub.index.session(session) is None or world.store.reads.last_position() > position


class Peer:
    """A ticket desk that is down until it is up."""

    def __init__(self) -> None:
        self.up = False
        self.cases: list[Submission] = []

    async def submit(self, case: Submission) -> Submitted:
        if not self.up:
            raise ProviderFailed("eungdapso_down", retryable=True)
        self.cases.append(case)
        return Submitted("T-1", "", "0" * 64)

    async def find(self, case: Submission) -> Submitted | None:
        return None

    async def resolve(self, token: str) -> str | None:
        return None

    async def updates(self, since_us: int) -> list[object]:
        if not self.up:
            raise ProviderFailed("eungdapso_down", retryable=True)
        return []

    async def upload(self, body: bytes, media_type: str, sha256: str) -> str:
        return ""


class NoPhotos:
    def get(self, blob: str) -> None:
        return None


async def test_a_ticket_goes_out_when_the_peer_is_back_and_the_silence_is_known(world: World):
    desk = await world.on_duty()
    promises, peer = Promises(), Peer()
    world.gate.listen(promises.see)
    session, item = await world.serving(desk, "가로등이 꺼졌어요")
    form = (await desk.done("ticket_prefill", session=session, item=item)).data["form"]
    await desk.done("ticket_file", session=session, item=item, form=form)
    outbox = Outbox(world.gate, peer, world.store.reads, NoPhotos(), world.policy, promises)
    tickets = Tickets(outbox, world.clock, lambda: True, 30, Bell())
    await tickets.step()
    await tickets.close()
    assert desk.last(view.Session).tickets[0].stage == "RETRY_WAIT"
    assert tickets.down_since_us == world.clock.us
    peer.up = True
    world.clock.us += 5_000_000
    await tickets.step()
    await tickets.close()
    assert desk.last(view.Session).tickets[0].stage == "ACKNOWLEDGED"
    assert tickets.down_since_us == 0
    assert len(peer.cases) == 1


async def test_only_one_server_has_the_duty_and_another_takes_it_when_it_dies(world: World):
    shared = MemoryLeases()
    first, second = Duties(shared, "n_1", world.clock), Duties(shared, "n_2", world.clock)
    await first.step()
    await second.step()
    assert (first.held(), second.held()) == (True, False)
    world.clock.us += 7_000_000  # the first does not renew it
    await second.step()
    assert (first.held(), second.held()) == (False, True)
    await second.close()
    await first.step()
    assert first.held()


async def test_a_server_alone_always_has_the_duty(world: World):
    alone = Duties(None, "n_1", world.clock)
    await alone.step()
    assert alone.held()


async def test_old_rows_are_forgotten_once_an_hour(world: World):
    pruned: list[int] = []
    enrolled: list[int] = []

    class Rows:
        def prune(self, before_us: int) -> int:
            pruned.append(before_us)
            return 0

        def prune_tokens(self, before_us: int) -> int:
            return 0

    async def enrol() -> None:
        enrolled.append(1)

    async def call(what: object) -> object:
        return what()  # type: ignore[operator]

    tidy = Tidy(Rows(), Rows(), call, enrol, world.clock)
    await tidy.step()
    assert (pruned, len(enrolled)) == ([], 1)
    world.clock.us += 3_600_000_000
    await tidy.step()
    await tidy.step()
    assert (pruned, len(enrolled)) == ([world.clock.us - 7 * 86_400_000_000], 3)


def test_the_program_knows_its_version():
    assert program_version()[0].isdigit()
    assert "." in program_version()
