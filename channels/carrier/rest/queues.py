"""Queues and their members."""

from __future__ import annotations

from channels.carrier import queues
from channels.carrier.model import Member, Queue
from channels.carrier.network import Network
from channels.carrier.rest.form import Answer, Form, RestError, Row, day, known, listed, uri

NAME_TAKEN, NOT_EMPTY = 22003, 22002


def shape(net: Network, queue: Queue) -> Row:
    return {
        "date_updated": day(queue.updated_us),
        "current_size": len(queue.members),
        "friendly_name": queue.name,
        "uri": uri(net, "Queues", queue.sid),
        "account_sid": net.account.sid,
        "average_wait_time": queues.average_s(net, queue),
        "sid": queue.sid,
        "date_created": day(queue.created_us),
        "max_size": queue.most,
    }


def one(net: Network, at: tuple[Queue, Member]) -> Row:
    queue, member = at
    return {
        "call_sid": member.call.sid,
        "date_enqueued": day(member.since_us),
        "position": queues.position(queue, member),
        "uri": uri(net, "Queues", queue.sid, "Members", member.call.sid),
        "wait_time": queues.waited_s(net, member),
        "queue_sid": queue.sid,
    }


def index(net: Network, form: Form) -> Answer:
    return listed(form, "queues", list(net.queues.values()), lambda queue: shape(net, queue))


def create(net: Network, form: Form) -> Answer:
    name = form.get("FriendlyName")
    if not name or len(name) > 64:
        raise RestError(20001, "FriendlyName")
    if queues.named(net, name) is not None:
        raise RestError(NAME_TAKEN, name)
    return Answer(201, shape(net, queues.make(net, name, form.whole("MaxSize", 0, 1, 5_000))))


def find(net: Network, sid: str) -> Queue:
    """Raises RestError(20404)."""
    return known(net.queues.get(sid), net, "Queues", sid)


def change(net: Network, form: Form, sid: str) -> Answer:
    queue = find(net, sid)
    queue.name = form.get("FriendlyName", queue.name)
    queue.most = form.whole("MaxSize", queue.most, 1, 5_000)
    queue.updated_us = net.now_us
    return Answer(200, shape(net, queue))


def remove(net: Network, form: Form, sid: str) -> Answer:
    """Only an empty one."""
    del form
    if find(net, sid).members:
        raise RestError(NOT_EMPTY, sid)
    del net.queues[sid]
    return Answer(204)


def members(net: Network, form: Form, sid: str) -> Answer:
    queue = find(net, sid)
    return listed(form, "queue_members", queue.members, lambda member: one(net, (queue, member)))


def member(net: Network, sid: str, key: str) -> tuple[Queue, Member]:
    """By call, or ``Front``. Raises RestError(20404)."""
    queue = find(net, sid)
    found = queue.members[:1] if key == "Front" else [one for one in queue.members if one.call.sid == key]
    return queue, known(next(iter(found), None), net, "Queues", sid, "Members", key)


def dequeue(net: Network, form: Form, sid: str, key: str) -> Answer:
    """Out of the queue, to the document at ``Url``."""
    if not form.get("Url"):
        raise RestError(21205)
    found = member(net, sid, key)
    row = one(net, found)
    queues.release(net, found[1].call, "redirected", form.goto("Url"))
    return Answer(200, row)
