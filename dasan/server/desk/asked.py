"""From a console's frames to the broker's commands: one row a frame.

Text is cleaned here, at the edge, and measured before it is cut. The request id is the frame's own id, so a frame that
is sent again after a lost connection has no second effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core import commands as c
from dasan.core.errors import BadInput, Refused
from dasan.core.text import MESSAGE_CHARS_MAX, clean, clean_line
from dasan.wire import desk
from dasan.wire import desk_calls as calls

Made = tuple[c.Command, ...]
Row = Callable[[Any, str], Made]


def text(value: str) -> str:
    """Cleaned words. Raises BadInput: too_long, empty."""
    if len(value) > MESSAGE_CHARS_MAX:
        raise BadInput("too_long", limit=MESSAGE_CHARS_MAX)
    cleaned = clean(value)
    if not cleaned:
        raise BadInput("empty")
    return cleaned


def reason(value: str) -> str:
    """A reason on one line. Raises Refused("reason_needed")."""
    cleaned = clean_line(value)
    if not cleaned:
        raise Refused("reason_needed")
    return cleaned


def case(form: desk.TicketForm) -> c.CaseForm:
    """A ticket's form, cleaned."""
    return c.CaseForm(
        form.category,
        clean_line(form.summary),
        text(form.description),
        clean_line(form.place),
        clean_line(form.contact),
        tuple(dict.fromkeys(form.photos)),
        tuple((clean_line(code, limit=60), value) for code, raw in form.attributes if (value := clean_line(raw))),
    )


# Frame -> the commands it means for the counselor of that id. More than one: each after the other was written.
TABLE: dict[type[desk.Command], Row] = {
    desk.Presence: lambda f, k: (c.SetPresence(k, f.presence, clean_line(f.reason, limit=32), f.then),),
    desk.Accept: lambda f, k: (c.AcceptOffer(f.offer, f.session),),
    desk.Decline: lambda f, k: (c.DeclineOffer(f.offer, f.session, clean_line(f.reason, limit=32) or "not_now"),),
    desk.Opened: lambda f, k: (c.ConfirmMedia(f.session, f.item),),
    desk.Say: lambda f, k: (c.SendReply(f.session, text(f.text), f.id, f.article, f.edited),),
    desk.Note: lambda f, k: (c.AddNote(f.session, text(f.text), f.id),),
    desk.Mark: lambda f, k: (c.MarkEntries(f.session, f.n, True),),
    desk.Draft: lambda f, k: (c.SaveDraft(f.session, clean(f.text)),),
    desk.Pause: lambda f, k: (c.PauseItem(f.session, f.item),),
    desk.Unpause: lambda f, k: (c.UnpauseItem(f.session, f.item),),
    desk.Transfer: lambda f, k: (c.TransferItem(f.session, f.item, f.queue, f.counselor, clean_line(f.note)),),
    desk.Release: lambda f, k: (c.ReleaseItem(f.session, f.item),),
    desk.Wrap: lambda f, k: (
        c.CompleteWrapUp(f.session, f.item, f.disposition, f.category, clean(f.summary, limit=1000)),
    ),
    desk.ExtendWrap: lambda f, k: (c.ExtendWrapUp(f.session, f.item),),
    desk.TicketFile: lambda f, k: (c.FileTicket(f.session, f.item, case(f.form)),),
    desk.TicketAmend: lambda f, k: (c.AmendHandoff(f.handoff, case(f.form)), c.CommitHandoff(f.handoff)),
    desk.TicketWithdraw: lambda f, k: (c.WithdrawHandoff(f.handoff, reason(f.reason)),),
    desk.TicketRelease: lambda f, k: (c.ReleaseHandoff(f.handoff, reason(f.reason)),),
    desk.TicketRetry: lambda f, k: (c.RetryHandoff(f.handoff),),
    desk.Unmerge: lambda f, k: (c.UnmergeCitizens(f.session, f.link, reason(f.reason)),),
    desk.Look: lambda f, k: (c.Look(f.session),),
    desk.LookAway: lambda f, k: (c.LookAway(f.session),),
    desk.Whisper: lambda f, k: (c.Whisper(f.session, text(f.text), f.id),),
    desk.Barge: lambda f, k: (c.Barge(f.session, text(f.text), f.id),),
    desk.TakeOver: lambda f, k: (c.TakeOver(f.session, f.item),),
    calls.Hold: lambda f, k: (c.HoldItem(f.session, f.item),),
    calls.Unhold: lambda f, k: (c.UnholdItem(f.session, f.item),),
    calls.Mute: lambda f, k: (c.MuteLeg(f.session, f.leg, f.muted),),
    calls.Consult: lambda f, k: (c.Consult(f.session, f.item, f.counselor, f.queue, f.line, clean_line(f.note)),),
    calls.ConsultJoin: lambda f, k: (c.JoinConsult(f.session, f.item, f.joined),),
    calls.ConsultComplete: lambda f, k: (c.CompleteConsult(f.session, f.item),),
    calls.ConsultEnd: lambda f, k: (c.EndConsult(f.session, f.item),),
    calls.HandOver: lambda f, k: (c.HandToLine(f.session, f.item, f.line, clean_line(f.place), clean_line(f.summary)),),
    calls.Drop: lambda f, k: (c.DropParty(f.session, f.leg),),
    calls.Recording: lambda f, k: (c.SetRecording(f.session, f.state, clean_line(f.why, limit=32)),),
    calls.Warn: lambda f, k: (c.WarnCaller(f.session, f.item),),
    calls.Abuse: lambda f, k: (c.EndForAbuse(f.session, f.item, f.kind),),
    calls.Ear: lambda f, k: (c.SetEar(f.session, f.ear),),
    calls.CallbackAsk: lambda f, k: (c.RequestCallback(f.session, f.at, clean_line(f.number, limit=32), f.queue),),
    calls.CallbackSet: lambda f, k: (c.ScheduleCallback(f.session, f.at),),
    calls.CallbackDrop: lambda f, k: (c.CancelCallback(f.session, reason(f.reason)),),
}
# Not remembered by the broker and sent often: repeating them is harmless by nature.
UNREMEMBERED = frozenset({desk.Mark, desk.Draft})
