"""A server that is gone for good leaves no counselor behind who seems to be there."""

from __future__ import annotations

from dasan.server.leases import Leases
from dasan.server.rollcall import RollCall
from dasan.store.leases import MemoryLeases
from tests.server.world import World


def servers(world: World, rows: MemoryLeases) -> tuple[RollCall, RollCall]:
    """The server at which the world's consoles are, and another that has the duty and no consoles."""
    others = Leases(world.hub, world.gate.submit, world.clock, world.policy.timing)
    here = RollCall(rows, "n_1", world.clock, hub=world.hub, consoles=world.leases, duty=lambda: False)
    there = RollCall(rows, "n_2", world.clock, hub=world.hub, consoles=others, duty=lambda: True)
    return here, there


async def test_consoles_of_a_living_server_are_left_alone(world: World):
    desk = await world.on_duty()
    here, there = servers(world, MemoryLeases())
    for _ in range(20):
        await here.step()
        await there.step()
        await world.settle()
        await desk.send("beat")
        world.clock.us += 5_000_000
    assert world.hub.index.counselor(desk.welcome.me.counselor).lease == "LIVE"


async def test_consoles_of_a_dead_server_become_suspect_with_their_full_grace(world: World):
    desk = await world.on_duty()
    k = desk.welcome.me.counselor
    here, there = servers(world, MemoryLeases())
    await here.step()
    await there.step()
    world.clock.us += 15_000_000
    await there.step()
    assert world.hub.index.counselor(k).lease == "LIVE"
    world.clock.us += 6_000_000  # and the first server has not come back
    await there.step()
    await there._consoles.settle()
    suspect = world.hub.index.counselor(k)
    assert suspect.lease == "SUSPECT"
    assert suspect.lost_at_us == world.clock.us + world.policy.timing.lost_s * 1_000_000


async def test_a_counselor_called_suspect_by_mistake_is_herself_with_her_next_beat(world: World):
    desk = await world.on_duty()
    here, there = servers(world, MemoryLeases())
    await there.step()
    world.clock.us += 11_000_000
    await desk.send("beat")
    await there.step()  # her own server is too busy to call the roll
    await there._consoles.settle()
    k = desk.welcome.me.counselor
    assert world.hub.index.counselor(k).lease == "SUSPECT"
    world.leases.tick()
    await desk.send("beat")
    assert world.hub.index.counselor(k).lease == "LIVE"
    await here.step()
    await there.step()
    await world.settle()
    assert world.hub.index.counselor(k).lease == "LIVE"
