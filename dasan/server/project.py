"""From the broker's states to what a counselor's console shows: pure functions, the same for a snapshot and a frame.

A view holds only what its reader may know. The citizen's own lines have resident numbers and telephone numbers hidden
(``dasan.core.text.mask``); the clear words are had by unmasking, with a reason that is kept. An offered session shows
its preview and nothing else; one that a supervisor does not look at shows its tickets and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import session as sessions
from dasan.core import supervision
from dasan.core.counselor import Counselor
from dasan.core.events import Recorded
from dasan.core.handoff import Handoff
from dasan.core.policy import TEXT_CHANNELS, Policy
from dasan.core.session import FROM_COUNSELOR, FROM_SUPERVISOR, Session
from dasan.core.session_events import EntryAdded
from dasan.core.text import mask
from dasan.core.time import SECOND
from dasan.core.workitem import WorkItem
from dasan.server import calls
from dasan.server.partials import SPEECH
from dasan.server.rights import LOOKING, OFFERED, Viewer, held_item, rights_of
from dasan.wire import desk_views as view
from dasan.wire.call_views import Partial
from dasan.wire.person_views import Citizen

Names = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Lens:
    """Through whose eyes, with which rules, and how people are called (counselor id to name)."""

    viewer: Viewer
    policy: Policy
    names: Names
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a session's state in its view: tickets, card, prefill; ``outline``: nothing of it is hers to
    read but that there are tickets."""

    tickets: Sequence[Handoff] = ()
    card: Citizen | None = None
    prefill: Mapping[str, str] = field(default_factory=dict)
    outline: bool = False
    strikes: int = 0


def queue_name(policy: Policy, code: str, language: str) -> str:
    """The queue's name in ``language``; its code when the policy no longer knows it."""
    queue = policy.queue(code)
    if queue is None:
        return code
    return queue.name_ko if language == "ko" else queue.name_en


# -- the counselor


def me(lens: Lens, k: Counselor, seq: int, prev: int, offers: tuple[view.Offer, ...] = (), phone: str = ""
       ) -> view.Me:  # fmt: skip
    """The counselor's own three axes, her offers, and the telephone that rings for her."""
    return view.Me(
        seq=seq,
        prev=prev,
        counselor=k.id,
        number=k.number,
        name=lens.names(k.id),
        roles=lens.roles,
        presence=k.presence,
        presence_reason=k.presence_reason,
        then=k.then,
        lease=k.lease,
        epoch=k.epoch,
        slots=tuple(
            view.Slot(item=s.item, session=s.session, kind=s.kind, channel=s.channel, units=s.units) for s in k.slots
        ),
        offers=offers,
        misses=k.misses,
        phone=phone,
    )


def offer(lens: Lens, s: Session, preview: str) -> view.Offer | None:
    """The pending offer of ``s`` to the viewer, if there is one."""
    for item in s.items:
        for one in item.offers:
            if one.counselor == lens.viewer.counselor:
                return view.Offer(
                    offer=one.id,
                    session=s.id,
                    item=item.id,
                    number=s.number,
                    channel=item.channel,
                    queue=item.queue,
                    queue_name=queue_name(lens.policy, item.queue, lens.viewer.language),
                    waiting_since=item.enqueued_at_us,
                    deadline=one.deadline_us,
                    preview=mask(preview),
                    language=s.language,
                )
    return None


# -- a session


def session(lens: Lens, s: Session, seq: int, prev: int, beside: Beside) -> view.Session:
    """One session as this viewer may see it now."""
    viewer = lens.viewer
    mine, held = held_item(s, viewer.counselor)
    look = supervision.of(s.supervisions, viewer.counselor)
    if look is not None and mine == OFFERED:  # it is offered to her too, which hides nothing of what she reads already
        mine, held = LOOKING, None
    shown = held or s.live_item or (s.items[-1] if s.items else None)
    can, cannot = rights_of(viewer, s, beside.tickets, mine, held)
    leg = s.live_leg
    offered = mine == OFFERED
    hidden = offered or beside.outline
    return view.Session(
        session=s.id,
        seq=seq,
        prev=prev,
        number=s.number,
        phase=sessions.phase(s),
        channel=shown.channel if shown else s.channel,
        language=s.language,
        opened_at=s.opened_at_us,
        mine=mine,
        leg=leg.state if leg else legs.ENDED,
        item=item(lens, shown, s) if shown else None,
        tickets=() if offered else tuple(ticket(t, viewer.language) for t in beside.tickets),
        citizen=(None if hidden else beside.card) or Citizen(citizen="", language=s.language),
        last_n=0 if hidden else s.entry_n,
        read_n=0 if hidden else s.counselor_read,
        citizen_delivered=s.citizen_delivered,
        citizen_read=s.citizen_read,
        last_at=s.last_us,
        waiting_since=0 if spoken(shown) else s.owed_since_us,
        can=can,
        cannot={} if offered else cannot,
        prefill=dict(beside.prefill),
        look=look.step if look else "",
        call=None
        if hidden
        else calls.call(s, held, viewer.counselor, lens.policy, lens.names, beside.strikes, viewer.language),
    )


def spoken(w: WorkItem | None) -> bool:
    """Whether it is talked about by telephone, where nobody owes a line."""
    return w is not None and w.channel not in TEXT_CHANNELS


def item(lens: Lens, w: WorkItem, s: Session) -> view.Item:
    """A work item with its clocks. ``reply_by``: the first-reply deadline, or the target since the oldest line owed."""
    queue = lens.policy.queue(w.queue)
    target = queue.answer_target_s * SECOND if queue else 0
    return view.Item(
        item=w.id,
        state=w.state,
        queue=w.queue,
        queue_name=queue_name(lens.policy, w.queue, lens.viewer.language),
        channel=w.channel,
        counselor=w.counselor,
        counselor_name=lens.names(w.counselor) if w.counselor else "",
        enqueued_at=w.enqueued_at_us,
        active_at=w.active_at_us,
        reply_by=w.reply_by_us or (s.owed_since_us + target if s.owed_since_us and not spoken(w) else 0),
        wrap_by=w.wrap_by_us,
        wrap_extended=w.extended,
        previous=w.previous,
    )


def ticket(h: Handoff, language: str) -> view.Ticket:
    """A ticket at its stage, with one line that says what that means."""
    stage = h.noted
    template = STAGE_LINES.get(stage, ("", ""))[0 if language == "ko" else 1]
    return view.Ticket(
        handoff=h.id,
        stage=stage,
        category=h.category,
        number=h.ticket_no,
        line=template.format(number=h.ticket_no, fields=", ".join(h.fields), attempts=h.attempts),
        fields=h.fields,
        attempts=h.attempts,
        next_at=h.next_at_us,
    )


STAGE_LINES: dict[str, tuple[str, str]] = {
    handoffs.DRAFTED: ("작성 중입니다.", "Being written."),
    handoffs.COMMITTED: ("응답소로 보냅니다.", "On its way to Eung-Dap-So."),
    handoffs.SUBMITTING: ("응답소로 보내는 중입니다.", "Being sent to Eung-Dap-So."),
    handoffs.SUBMITTED: ("응답소가 받았고 접수 번호를 기다립니다.", "Eung-Dap-So has it; its number is awaited."),
    handoffs.ACKNOWLEDGED: ("접수 번호 {number}", "Ticket {number}"),
    handoffs.IN_PROGRESS: ("접수 번호 {number}, 처리 중입니다.", "Ticket {number}, in progress."),
    handoffs.ANSWERED: ("접수 번호 {number}, 답변이 왔습니다.", "Ticket {number} is answered."),
    handoffs.CLOSED: ("접수 번호 {number}, 끝났습니다.", "Ticket {number} is closed."),
    handoffs.RETRY_WAIT: (
        "응답소에 닿지 않습니다. 다시 보냅니다({attempts}회).",
        "Out of reach; tried {attempts} times.",
    ),
    handoffs.REJECTED: ("응답소가 돌려보냈습니다. 고칠 항목: {fields}", "Came back. To mend: {fields}"),
    handoffs.DEAD_LETTER: ("보내지 못했습니다. 감독이 정해야 합니다.", "Could not be sent; a supervisor must decide."),
    handoffs.WITHDRAWN: ("거두었습니다.", "Withdrawn."),
    "RELEASED": ("감독이 접수 없이 끝내기로 했습니다.", "A supervisor let it end without a receipt."),
}


# -- the transcript

_WHO = {**calls.WHO, "BOT": "bot"}
_MASKED = frozenset({"citizen", "third"})  # who may tell a citizen's numbers


def entry(lens: Lens, r: Recorded, body: bytes | None, prev: int) -> view.Entry:
    """A transcript entry; ``body`` are its words, None when it has none or they were erased."""
    e = r.event
    assert isinstance(e, EntryAdded)
    text = body.decode(errors="replace") if body else ""
    mine = e.author == lens.viewer.counselor
    who = "note" if e.kind == "note" else _WHO.get(e.role, "system")
    return view.Entry(
        session=r.stream,
        seq=r.seq,
        prev=prev,
        n=e.n,
        at=r.at_us,
        who=who,
        name=_by(lens, e),
        kind=e.kind,
        text=mask(text) if who in _MASKED else text,
        photo=e.blob,
        code=e.code,
        args=dict(e.args or {}),
        id=e.client_id if mine else "",
        mine=mine,
        article=e.article,
        erased=bool(e.content) and body is None,
    )


def _by(lens: Lens, e: EntryAdded) -> str:
    """How its author is called: a colleague's name, a line's; "" for the citizen and for what nobody said."""
    if e.role == legs.OF_LINE:
        return calls.line_name(lens.policy, e.author, lens.viewer.language)
    return lens.names(e.author) if e.role in {FROM_COUNSELOR, FROM_SUPERVISOR} else ""


def partial(lens: Lens, s: Session, leg: str, text: str, kind: str) -> Partial | None:
    """A piece of speech that is not final, masked as the entry will be; None when nobody of the call speaks there."""
    found = calls.speaker(s, leg, lens.policy, lens.names, lens.viewer.language)
    if found is None:
        return None
    who, name = found
    shown = mask(text) if who in _MASKED and kind == SPEECH else text
    return Partial(session=s.id, leg=leg, who=who, name=name, kind=kind, text=shown)


def marks(s: Session, seq: int, prev: int) -> view.Marks:
    """How far the citizen has received and read."""
    return view.Marks(session=s.id, seq=seq, prev=prev, delivered=s.citizen_delivered, read=s.citizen_read)


# -- the centre


def centre(name: str, policy: Policy, language: str, public_url: str) -> view.Centre:
    """What a console must know of the centre once."""
    korean = language == "ko"
    return view.Centre(
        name=name,
        queues=tuple(
            view.Named(code=q.code, name=queue_name(policy, q.code, language), extra=q.channel)
            for q in policy.queues.values()
        ),
        categories=tuple(view.Named(code=c.code, name=c.name_ko if korean else c.name_en) for c in policy.categories),
        dispositions=tuple(
            view.Named(code=d.code, name=d.name_ko if korean else d.name_en, extra="ticket" if d.needs_handoff else "")
            for d in policy.dispositions
        ),
        beat_s=policy.timing.beat_s,
        suspect_s=policy.timing.suspect_s,
        public_url=public_url,
        lines=calls.lines(policy, language),
    )
