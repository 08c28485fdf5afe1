"""What a turn of the menu asks of the broker, as the wishes of one StepFlow command; and what is known at once.

After ``Leave`` for a callback her place stays until the callback takes it over, or the call ends, which lets it go. An
end is told with its turn, before its last words: what the caller has chosen counts even if she hangs up on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dasan.core import commands as c
from dasan.core.commands.calls import Wish, Wishes
from dasan.core.text import clean
from ivr import actions as a
from ivr.actions import Action
from ivr.events import Event, Result

TEXT_CHARS_MAX: Final = 1_000
# The network's word for a dialled line -> the flow's, and the broker's.
DIALLED: Final = {
    "completed": ("connected", "answered"),
    "answered": ("connected", "answered"),
    "busy": ("busy", "busy"),
    "no-answer": ("no_answer", "no_answer"),
    "failed": ("failed", "failed"),
    "canceled": ("failed", "failed"),
}
_OUTCOMES: Final = {"connected": "answered", "busy": "busy", "no_answer": "no_answer"}


def wishes_of(actions: Sequence[Action], event: Event | None, before: Sequence[Action] = ()) -> Wishes:
    """``before`` are the actions that ``event`` answers."""
    made: list[Wish] = []
    if isinstance(event, Result) and event.kind == "transfer":
        asked = next((x for x in before if isinstance(x, a.Transfer)), None)
        if asked is not None:
            made.append(c.WishLine(asked.line, _OUTCOMES.get(event.outcome, "failed")))
    if isinstance(event, Result) and (event.kind, event.outcome) == ("voicemail", "recorded"):
        left = next((x for x in before if isinstance(x, a.Voicemail)), None)
        if left is not None:  # whoever leaves a message is called back by somebody who has heard it
            made.append(c.WishCallback(queue=left.queue))
    for action in actions:
        wish = _wish(action)
        if wish is not None:
            made.append(wish)
    return tuple(made)  # type: ignore[arg-type]


def _wish(action: Action) -> Wish | None:
    make = _WISHES.get(type(action))
    return make(action) if make is not None else None


def _left(leave: a.Leave) -> Wish:
    return c.WishLeave(leave.reason if leave.reason in {"callback", "voicemail"} else "other")


_WISHES: Final[dict[type, Callable[[Any], Wish | None]]] = {
    a.Say: lambda say: c.WishWarned() if say.warns else None,
    a.Voicemail: lambda _: c.WishLeave("voicemail"),
    a.Queue: lambda queue: c.WishQueue(queue.queue, round(queue.credit_s), queue.emergency),
    a.Leave: _left,
    a.Callback: lambda callback: c.WishCallback(callback.at_us, callback.number, callback.queue),
    a.CancelCallback: lambda _: c.WishCancelCallback(),
    a.Sms: lambda sms: c.WishText(clean(sms.text, limit=TEXT_CHARS_MAX), sms.to),
    a.Transfer: lambda transfer: c.WishLine(transfer.line),
    a.Prefer: lambda prefer: c.WishPrefer(prefer.language or "", prefer.slow),
    a.End: lambda end: c.WishEnd(end.reason) if end.hang_up else None,
}


def answered(action: Action | None, reply: Mapping[str, Any]) -> Result | None:
    """What the flow is told of a wish that the broker took up, and could not fulfil."""
    match action:
        case a.Queue() if reply.get("closed"):
            return Result("queue", "closed")
        case a.Callback() if not reply.get("callback", True):
            return Result("callback", "error")
        case a.Sms() if not reply.get("text", True):
            return Result("sms", "failed")
        case _:
            return None


def refused(action: Action | None) -> Result | None:
    """What the flow is told when the broker would not do what its turn wished."""
    match action:
        case a.Queue():
            return Result("queue", "closed")
        case a.Callback():
            return Result("callback", "error")
        case a.Sms():
            return Result("sms", "failed")
        case a.Transfer():
            return Result("transfer", "failed")
        case _:
            return None
