"""Counselors and their consoles: registration, the lease and its epochs, presence (DOMAIN §5)."""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.counselor_events import (
    CounselorRegistered,
    LeaseAttached,
    LeaseDetached,
    LeaseLost,
    LeaseRestored,
    LeaseSuspected,
    PresenceSet,
    SkillsChanged,
)
from dasan.core.errors import Refused
from dasan.core.handlers.parties import connect_failed, counselors_leg, lose
from dasan.core.handlers.release import end_looks_of, revoke_offers_to, set_presence, settle_presence
from dasan.core.handlers.routing import give_back
from dasan.core.policy import TEXT_CHANNELS
from dasan.core.session import Session
from dasan.core.text import as_code
from dasan.core.time import SECOND
from dasan.core.work import Work

Reply = dict[str, Any]


def register(w: Work, command: c.RegisterCounselor) -> Reply:
    """A new counselor; again with the same id changes nothing but her skills. Reply: number."""
    known = w.state(command.counselor)
    if known is not None:
        if dict(known.skills) != dict(command.skills):
            w.emit(command.counselor, SkillsChanged(command.skills))
        return {"number": known.number}
    number = w.numbers("counselor")
    w.emit(command.counselor, CounselorRegistered(number, command.skills, command.languages))
    return {"number": number}


def change_skills(w: Work, command: c.ChangeSkills) -> Reply:
    """Proficiency 1 to 5 a skill; 0 or absent means none."""
    w.counselor(command.counselor)
    w.emit(command.counselor, SkillsChanged(command.skills))
    return {}


def attach(w: Work, command: c.AttachConsole) -> Reply:
    """A console takes the lease. What her lost console held and nobody took comes back to her. Reply: epoch."""
    k = w.counselor(command.counselor)
    k = w.emit(k.id, LeaseAttached(k.epoch + 1))
    if not w.principal.at_least(c.SUPERVISOR):  # the role was taken from her since
        end_looks_of(w, k.id, "not_supervisor")
    bring_back(w, k.id)
    return {"epoch": w.counselor(k.id).epoch}


def bring_back(w: Work, counselor: str) -> None:
    """Sessions lost with her console that still wait are hers again, by an offer that is accepted at once."""
    for item, session in w.counselor(counselor).lost:
        s = w.state(session)
        found = s.item(item) if s else None
        if found is not None and found.state == items.QUEUED:
            give_back(w, session, found, w.counselor(counselor))


def detach(w: Work, command: c.DetachConsole) -> Reply:
    """Signed out on purpose: refused while a talk is on; pending offers go back; nobody waits 45 s."""
    k = w.counselor(command.counselor)
    if k.lease == counselors.ABSENT:
        return {}
    if w.principal.role != c.SYSTEM and k.epoch != w.principal.epoch:
        raise Refused("stale_console")
    if any(s.kind in {counselors.ACTIVE, counselors.PAUSED} for s in k.slots):
        raise Refused("not_now", state="live")
    if k.presence != counselors.OFFLINE:
        set_presence(w, k.id, PresenceSet(counselors.OFFLINE, "signed_out"))
    revoke_offers_to(w, k.id, "signed_out")
    end_looks_of(w, k.id, "signed_out")
    w.emit(k.id, LeaseDetached(k.epoch))
    return {}


def miss_beat(w: Work, command: c.MissBeat) -> Reply:
    """Silent for 12 s: no new offers, pending ones go back; citizens notice nothing."""
    k = w.counselor(command.counselor)
    if k.lease != counselors.LIVE or k.epoch != command.epoch:
        return {}
    w.emit(k.id, LeaseSuspected(w.now_us + command.grace_s * SECOND))
    revoke_offers_to(w, k.id, "console_silent")
    return {}


def restore_beat(w: Work, command: c.RestoreBeat) -> Reply:
    """Heard again within the grace: as if nothing had been."""
    k = w.counselor(command.counselor)
    if k.lease != counselors.SUSPECT or k.epoch != command.epoch:
        return {}
    w.emit(k.id, LeaseRestored(k.epoch))
    return {}


def lose_lease(w: Work, counselor: str) -> None:
    """The grace is over: what she wrote in goes back to the queue at its rank; a call goes on while her telephone is
    up, and goes back as well when that is gone too; wrap-ups and pauses wait for their timers (DOMAIN §5)."""
    k = w.counselor(counselor)
    w.emit(k.id, LeaseLost(k.epoch))
    end_looks_of(w, k.id, "console_lost")
    for slot in k.slots:
        s = w.session(slot.session)
        item = w.item(slot.session, slot.item)
        if slot.kind != counselors.ACTIVE or _on_the_phone(s, slot.channel, item):
            continue
        if item.state == items.CONNECTING:
            connect_failed(w, s.id, item, "console_lost")
        else:
            lose(w, s.id, item)


def _on_the_phone(s: Session, channel: str, item: items.WorkItem) -> bool:
    leg = None if channel in TEXT_CHANNELS else counselors_leg(s, item)
    return leg is not None and leg.state in legs.UP


def change_presence(w: Work, command: c.SetPresence) -> Reply:
    """Her own word, or a supervisor's. Going available brings back what was lost and still waits."""
    own = w.principal.id == command.counselor
    if own:
        w.console()
    else:
        w.supervisor()
    if command.presence not in counselors.PRESENCES:
        raise Refused("not_now", state=command.presence)
    if command.then not in {"", counselors.OFFLINE, counselors.AVAILABLE, counselors.AWAY}:
        raise Refused("not_now", state=as_code(command.then.lower(), "then"))
    k = w.counselor(command.counselor)
    if command.presence == counselors.AVAILABLE and k.lease != counselors.LIVE:
        raise Refused("stale_console")
    set_presence(w, k.id, PresenceSet(command.presence, as_code(command.reason, ""), command.then))
    settle_presence(w, k.id)
    if command.presence == counselors.AVAILABLE:
        bring_back(w, k.id)
    return {}


HANDLERS: dict[type[c.Command], Any] = {
    c.RegisterCounselor: register,
    c.ChangeSkills: change_skills,
    c.AttachConsole: attach,
    c.DetachConsole: detach,
    c.MissBeat: miss_beat,
    c.RestoreBeat: restore_beat,
    c.SetPresence: change_presence,
}
