"""Queues of the network: who waits since when, and how a call comes out again.

A queue is made when somebody first enters it. It is first come, first served, and knows nothing of skills: the service
uses it as a parking place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.carrier.model import SECOND, Call, Goto, Member, Params, Queue
from channels.carrier.process import Dequeued

if TYPE_CHECKING:
    from channels.carrier.network import Network


def named(net: Network, name: str) -> Queue | None:
    """The queue of that name or sid."""
    return net.queues.get(name) or next((queue for queue in net.queues.values() if queue.name == name), None)


def make(net: Network, name: str, most: int = 0) -> Queue:
    """A new queue."""
    queue = Queue(net.sid("QU"), name, most or net.pace.queue_size, created_us=net.now_us, updated_us=net.now_us)
    net.queues[queue.sid] = queue
    return queue


def enter(net: Network, call: Call, queue: Queue) -> Member:
    """The call waits there."""
    member = Member(call, net.now_us)
    queue.members.append(member)
    call.queue = queue.sid
    net.note("queue.enter", call.sid, queue.name)
    return member


def leave(net: Network, queue: Queue, member: Member) -> None:
    """The call waits there no more."""
    if member in queue.members:
        queue.members.remove(member)
        member.call.queue = ""
        net.note("queue.leave", member.call.sid, queue.name)


def member_of(net: Network, call: Call) -> tuple[Queue, Member] | None:
    """Where the call waits."""
    queue = net.queues.get(call.queue)
    if queue is None:
        return None
    return next(((queue, member) for member in queue.members if member.call is call), None)


def release(
    net: Network,
    call: Call,
    result: str,
    goto: Goto | None = None,
    *,
    by: Call | None = None,
    whisper: Goto | None = None,
) -> bool:
    """Take it out of its queue from outside, to ``goto`` or to who dialled (``by``); whether it waited in one."""
    del net
    if not call.queue or call.process is None:
        return False
    call.process.throw(Dequeued(result, goto, by, whisper))
    return True


def position(queue: Queue, member: Member) -> int:
    """From 1."""
    return queue.members.index(member) + 1


def waited_s(net: Network, member: Member) -> int:
    return (net.now_us - member.since_us) // SECOND


def average_s(net: Network, queue: Queue) -> int:
    """The mean of how long those who wait now have waited."""
    if not queue.members:
        return 0
    return sum(waited_s(net, member) for member in queue.members) // len(queue.members)


def wait_params(net: Network, queue: Queue, member: Member) -> Params:
    """What a waitUrl is told."""
    if member not in queue.members:
        return ()
    return (
        ("QueuePosition", str(position(queue, member))),
        ("QueueSid", queue.sid),
        ("QueueTime", str(waited_s(net, member))),
        ("AvgQueueTime", str(average_s(net, queue))),
        ("CurrentQueueSize", str(len(queue.members))),
        ("MaxQueueSize", str(queue.most)),
    )
