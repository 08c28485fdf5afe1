"""Two calls that hear each other, and no longer."""

from __future__ import annotations

from channels.carrier.model import Call, Hearing
from channels.carrier.network import Network


def join(net: Network, one: Call, other: Call) -> None:
    """From now on the two hear each other."""
    for here, there in ((one, other), (other, one)):
        here.bridged = there.sid
        net.bridges[here] = None
        net.hear(here, Hearing("bridge", since_us=net.now_us))
    net.note("bridge", one.sid, other.sid)
    net.rewired()


def part(net: Network, one: Call, other: Call | None) -> None:
    """They hear each other no more; harmless when they did not."""
    if other is None or one.bridged != other.sid:
        return
    for call in (one, other):
        call.bridged = ""
        net.bridges.pop(call, None)
        net.silence(call)
    net.rewired()
