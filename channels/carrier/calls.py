"""The life of a call: placed, ringing, answered, over; and who is told.

A call goes only forward: queued, ringing, in-progress, and one of the ends (completed, busy, failed, no-answer,
canceled). It ends once. Status callbacks say ``initiated``, ``ringing``, ``answered`` and ``completed``, the last for
every end, with a SequenceNumber that counts them. What a call does once it is answered is a programme: steps that its
maker gives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from channels.carrier import webhooks
from channels.carrier.model import LIVE, SECOND, Call, Callback, CallStatus, Hearing
from channels.carrier.parameters import of_call, rfc2822, seconds
from channels.carrier.process import CallOver, Fetch, Fetched, Key, Process, Steps

if TYPE_CHECKING:
    from channels.carrier.network import Network
    from channels.carrier.phone import Phone

Programme = Callable[[Call], Steps[None]]

_EVENT_STATUS = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}
_REFUSED: dict[str, CallStatus] = {"busy": "busy", "reject": "busy"}


# -- a phone calls one of our numbers


def place(net: Network, phone: Phone, to: str, programme: Programme, extra: dict[str, str] | None = None) -> Call:
    """A phone dials a number. A number that is not ours, or has no address to ask, fails without a word."""
    number = net.numbers.get(to)
    call = Call(net.sid("CA"), phone.address, to, "inbound", phone.address, created_us=net.now_us)
    call.extra, call.number, call.status = _ingress(phone.address) | (extra or {}), number, "ringing"
    net.keep_call(call)
    phone.take(call)
    net.note("call", call.sid, f"{phone.address} > {to}")
    if number is None or not number.voice.url:
        net.after(0, lambda: end(net, call, "failed"))
        return call
    call.callback, call.fallback = number.status, number.voice_fallback
    net.hear(call, Hearing("ringback", since_us=net.now_us))
    start(net, call, programme(call))
    return call


def _ingress(address: str) -> dict[str, str]:
    """What is said more of a call that comes by SIP."""
    if not address.startswith("sip"):
        return {}
    user, _, host = address.partition(":")[2].partition("@")
    return {"SipDomain": host, "SipUsername": user, "SipCallId": f"{user}@{host}", "SipSourceIp": "198.51.100.7"}


# -- the network calls a phone


def create(
    net: Network,
    to: str,
    from_: str,
    programme: Programme,
    *,
    callback: Callback | None = None,
    ring_us: int = 60 * SECOND,
    parent: str = "",
) -> Call:
    """Call ``to``; once answered it runs ``programme``. With a ``parent`` it is that call's Dial that calls."""
    address = to.partition("?")[0]  # an application is told what stands behind the question mark
    call = Call(net.sid("CA"), from_, to, "outbound-dial" if parent else "outbound-api", address, parent=parent)
    call.created_us, call.ring_us, call.callback = net.now_us, ring_us, callback or Callback()
    net.keep_call(call)
    net.note("call", call.sid, f"{from_} > {to}")
    due = net.now_us + net.pace.dial_us
    if net.pace.calls_per_s and not parent:
        due = max(due, net.next_call_us)
        net.next_call_us = due + int(SECOND / net.pace.calls_per_s)
    net.at(due, lambda: _dial(net, call, programme))
    return call


def _dial(net: Network, call: Call, programme: Programme) -> None:
    if call.live:
        _tell(net, call, "initiated")
        net.after(net.pace.ring_us, lambda: _ring(net, call, programme))


def _ring(net: Network, call: Call, programme: Programme) -> None:
    if not call.live:
        return
    phone = net.phones.get(call.address)
    if phone is None or phone.habit.on_ring == "absent":
        end(net, call, "failed")
        return
    call.status, call.updated_us = "ringing", net.now_us
    phone.take(call)
    call.watchers.insert(0, lambda what: start(net, call, programme(call)) if what == "answered" else None)
    _tell(net, call, "ringing")
    _watch(call, "ringing")
    net.after(call.ring_us, lambda: _give_up(net, call, "no-answer"))
    habit = phone.habit
    if phone.rung is not None:
        phone.rung(call)
    elif habit.on_ring == "answer":
        net.after(habit.after_us, lambda: answer(net, call))
    elif habit.on_ring in _REFUSED:
        net.after(habit.after_us, lambda: _give_up(net, call, _REFUSED[habit.on_ring]))


def _give_up(net: Network, call: Call, status: CallStatus) -> None:
    if call.status == "ringing":
        end(net, call, status)


def answer(net: Network, call: Call) -> None:
    """The call is picked up, by a phone that rang or by the network for a caller."""
    if call.status != "ringing":
        return
    call.status, call.answered_us, call.updated_us = "in-progress", net.now_us, net.now_us
    net.note("answered", call.sid)
    net.media.began(call)
    if call.direction == "inbound":
        net.silence(call)
    else:
        _tell(net, call, "answered")
    net.after(call.limit_us, lambda: end(net, call, "completed"))
    _watch(call, "answered")


# -- what it does


def start(net: Network, call: Call, steps: Steps[None]) -> None:
    """Let the call run these steps; when they are done it is over."""
    call.process = spawn(net, call, steps, lambda _: end(net, call, "completed"))


def spawn(net: Network, call: Call, steps: Steps[Any], done: Callable[[object], None]) -> Process:
    """Run steps beside whatever the call does."""

    def fetch(wanted: Fetch, then: Callable[[Fetched], None]) -> None:
        webhooks.fetch(net, call, wanted.goto, of_call(net, call, *wanted.extra), then)

    return Process(net, steps, fetch, done).start()


def press(net: Network, call: Call, digits: str) -> None:
    """The far end presses keys, one after another at a person's pace; ``w`` rests half a second."""
    at = net.now_us
    for digit in digits:
        if digit in "wW":
            at += SECOND // 2
            continue
        net.at(at, lambda digit=digit: _key(net, call, digit))  # type: ignore[misc]
        at += net.pace.key_us


def _key(net: Network, call: Call, digit: str) -> None:
    if call.status == "in-progress":
        net.note("key", call.sid, digit)
        net.media.key(call, digit)
        wake(call, Key(digit))


def wake(call: Call, happening: object) -> None:
    """Tell the call's process, if it has one."""
    if call.process is not None:
        call.process.wake(happening)


# -- its end


def hang_up(net: Network, call: Call) -> None:
    """End it, ringing or talking, from either side."""
    end(net, call, "completed" if call.answered_us or call.direction == "inbound" else "canceled")


def end(net: Network, call: Call, status: CallStatus) -> None:
    """The call is over, once. What comes in and was never picked up cannot have been completed."""
    if call.status not in LIVE:
        return
    if status == "completed" and not call.answered_us:
        status = "no-answer"
    call.status, call.ended_us, call.updated_us = status, net.now_us, net.now_us
    net.note("ended", call.sid, status)
    net.silence(call)
    if call.process is not None:
        call.process.throw(CallOver())
    _watch(call, "ended")
    net.media.ended(call)
    _tell(net, call, "completed")


def _watch(call: Call, what: str) -> None:
    for watcher in list(call.watchers):
        watcher(what)


def _tell(net: Network, call: Call, event: str) -> None:
    if event not in call.callback.events:
        return
    said = {
        "CallStatus": _EVENT_STATUS.get(event, call.status),
        "Timestamp": rfc2822(net.now_us),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.told),
    }
    if event == "completed":
        said |= durations(call)
    call.told += 1
    webhooks.tell(net, call.callback, tuple((dict(of_call(net, call)) | said).items()), call)


def durations(call: Call) -> dict[str, str]:
    """How long a call that is over has lasted: in seconds, and in minutes begun."""
    lasted = call.ended_us - call.answered_us if call.answered_us else 0
    return {"CallDuration": seconds(lasted), "Duration": str(-(-lasted // (60 * SECOND)))}
