"""Citizens on the telephone, for a World: what the network and call control would say, by commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dasan.core import commands as c
from dasan.core.commands import Envelope, Principal
from dasan.core.leg import CALLED
from dasan.core.session import Session
from dasan.wire import desk_views as view
from tests.server.world import Desk, World

NETWORK, SWITCHBOARD = Principal(c.PROVIDER, "network"), Principal(c.SWITCHBOARD, "switchboard")


def tell(world: World, command: c.Command, who: Principal = NETWORK) -> Mapping[str, Any]:
    return world.gate.handle(Envelope(who, "", command))


def call_in(world: World, citizen: str = "p_caller", queue: str = "general", number: str = "+821012345678") -> Session:
    """A citizen calls, and the menu puts her into a queue."""
    began = tell(world, c.BeginCall(f"CA-{citizen}", citizen, f"hmac of {citizen}", "e164", number))
    session, leg = str(began["session"]), str(began["leg"])
    tell(world, c.StepFlow(session, leg, 1, "120@x", "wait", "{}", (c.WishQueue(queue),)))
    found = world.hub.index.session(session)
    assert found is not None
    return found


def rung(world: World, session: str, *, citizen: bool = True) -> None:
    """Call control rings whoever shall be rung, and everybody (or all but the ``citizen``) stands in the room."""
    s = world.hub.index.session(session)
    for leg in s.parties:
        if leg.state in CALLED:
            tell(world, c.DialLeg(session, leg.id), SWITCHBOARD)
            tell(world, c.LegDialled(session, leg.id, f"CA-{leg.id}"), SWITCHBOARD)
            tell(world, c.LegFact(session, leg.id, "joined", f"CA-{leg.id}"))
    for leg in world.hub.index.session(session).legs if citizen else ():
        tell(world, c.LegFact(session, leg.id, "joined"))


async def talking(world: World, desk: Desk, citizen: str = "p_caller") -> tuple[str, str]:
    """A caller whom that desk has on the telephone: (session, item)."""
    session = call_in(world, citizen).id
    await world.settle()
    offer = next(o for o in desk.last(view.Me).offers if o.session == session)
    await desk.done("accept", offer=offer.offer, session=session)
    rung(world, session)
    await world.settle()
    return session, offer.item


def shown(desk: Desk, session: str) -> view.Session:
    return next(f for f in reversed(desk.all(view.Session)) if f.session == session)
