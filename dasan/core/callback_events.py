"""What happens to a callback, in its session's stream; the stored names are those of DOMAIN §4."""

from __future__ import annotations

from dasan.core.events import Event, event


@event("callback.requested")
class CallbackRequested(Event):
    """``by`` is the counselor who asked for it ("" when the citizen did), ``item`` the one it was made of, ``number``
    the content that holds the number to call. ``rank_at_us`` is the place it keeps (I10)."""

    callback: str
    queue: str
    mode: str
    number: str
    rank_at_us: int
    give_up_at_us: int
    by: str = ""
    item: str = ""
    emergency: bool = False


@event("callback.scheduled")
class CallbackScheduled(Event):
    """``reason``: asked, moved (by a person), later (quiet hours, or the queue is closed). ``give_up_at_us`` 0: as
    it was."""

    callback: str
    due_us: int
    reason: str = "asked"
    give_up_at_us: int = 0


@event("callback.due")
class CallbackDue(Event):
    """Its time has come: ``item`` waits in the queue for a counselor ("" when the citizen is called first)."""

    callback: str
    item: str = ""


@event("callback.dialing")
class CallbackDialing(Event):
    """Attempt ``attempt`` (from 1): ``leg`` of the citizen shall be rung."""

    callback: str
    leg: str
    attempt: int


@event("callback.interrupted")
class CallbackInterrupted(Event):
    """The counselor was lost before the citizen answered: nobody is rung any more, and it is due again."""

    callback: str


@event("callback.connected")
class CallbackConnected(Event):
    """The citizen is there, on ``leg``."""

    callback: str
    leg: str


@event("callback.retry_wait")
class CallbackRetryWait(Event):
    """``cause`` is the end of the attempt's leg (busy, no_answer, …), or unserved: she came, and nobody of ours did.
    The rest is what that changes; "" and 0: as it was."""

    callback: str
    cause: str
    due_us: int
    mode: str = ""
    queue: str = ""
    give_up_at_us: int = 0


@event("callback.done")
class CallbackDone(Event):
    callback: str


@event("callback.exhausted")
class CallbackExhausted(Event):
    """The last attempt failed too; ``fallback`` says what was done for her instead: text, ticket or none."""

    callback: str
    cause: str
    fallback: str


@event("callback.cancelled")
class CallbackCancelled(Event):
    """``reason``: called_in, asked, a counselor's or supervisor's code, no_number."""

    callback: str
    reason: str


@event("callback.expired")
class CallbackExpired(Event):
    """Nobody could take it in time; ``fallback`` as in callback.exhausted."""

    callback: str
    fallback: str
