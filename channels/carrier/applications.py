"""TwiML applications as far ends: a leg that rings ``app:AP…`` is answered by a document of ours.

The document runs on a call of its own, whose far end is the leg, and the other way round; either ends with the other.
What stands behind ``?`` in the address is told to the document. (How Twilio numbers the two sides of such a leg was
never seen; here they are two calls, and the leg's is the one that REST answers with.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from channels.carrier import calls, documents
from channels.carrier import phone as phones
from channels.carrier.model import Call, Goto, Habit

if TYPE_CHECKING:
    from channels.carrier.network import Network


def install(net: Network, sid: str, voice: Goto) -> None:
    """The application answers at ``app:{sid}`` from now on."""
    net.applications[sid] = voice
    phones.install(net, f"app:{sid}", Habit("wait")).rung = lambda leg: _run(net, leg, voice)


def _run(net: Network, leg: Call, voice: Goto) -> None:
    far = Call(net.sid("CA"), leg.from_, leg.to, "inbound", f"{leg.address}#{leg.sid}", status="ringing")
    far.created_us, far.extra = net.now_us, dict(parse_qsl(leg.to.partition("?")[2], keep_blank_values=True))
    net.keep_call(far)
    net.note("call", far.sid, f"{leg.from_} > {leg.to}")
    far.watchers.append(lambda what: _follow(net, far, leg, what))
    leg.watchers.append(lambda what: calls.hang_up(net, far) if what == "ended" else None)
    calls.start(net, far, documents.programme(net, far, voice))


def _follow(net: Network, far: Call, leg: Call, what: str) -> None:
    if what == "answered":
        calls.answer(net, leg)
        net.media.join(far.sid, leg.sid)
    elif what == "ended" and leg.status == "ringing":
        calls.end(net, leg, "busy" if far.status == "busy" else "failed")
    elif what == "ended":
        calls.hang_up(net, leg)
