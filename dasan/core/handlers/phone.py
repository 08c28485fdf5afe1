"""What a counselor does with a call beside talking: muting, dropping a party, recording, the legal warning, its end."""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import recording as recordings
from dasan.core import workitem as items
from dasan.core.address import KINDS
from dasan.core.call import has_call
from dasan.core.call_events import (
    CallerWarned,
    LegMuted,
    LineOutcome,
    RecordingGone,
    RecordingKept,
    RecordingPlayed,
    RecordingTurned,
)
from dasan.core.errors import Refused
from dasan.core.handlers import addresses
from dasan.core.handlers.parties import TALKING, back, counselors_leg, let_go
from dasan.core.handlers.release import end_legs, start_wrap_up
from dasan.core.handlers.talk import not_consulted
from dasan.core.leg import Leg
from dasan.core.policy import TEXT_CHANNELS, VOICE
from dasan.core.recording import VOICEMAIL
from dasan.core.session import FROM_CITIZEN, FROM_COUNSELOR, FROM_LINE, Session, may_read
from dasan.core.session_events import EntryAdded
from dasan.core.text import as_code
from dasan.core.work import Work
from dasan.core.workitem import WorkItem

Reply = dict[str, Any]
ON, PAUSED, OFF = "on", "paused", "off"
SPEAKERS = {legs.OF_CITIZEN: FROM_CITIZEN, legs.OF_COUNSELOR: FROM_COUNSELOR, legs.OF_LINE: FROM_LINE}


def _talk(w: Work, session: str, item: str = "") -> tuple[Session, WorkItem]:
    """A call that the asking counselor talks in. Raises Refused."""
    s, found = w.assigned(session, item)
    not_consulted(found)
    if found.channel != VOICE:
        raise Refused("no_call")
    if found.state not in TALKING:
        raise Refused("not_now", state=found.state)
    return s, found


def _talk_of_any_kind(w: Work, session: str, item: str) -> tuple[Session, WorkItem]:
    """As :func:`_talk`, or a talk in writing: the ledger is the same."""
    s, found = w.assigned(session, item)
    if found.channel not in TEXT_CHANNELS:
        return _talk(w, session, item)
    if found.state not in {items.ACTIVE, items.PAUSED}:
        raise Refused("not_now", state=found.state)
    return s, found


def mute_leg(w: Work, command: c.MuteLeg) -> Reply:
    """Her own, or in her talk anybody's but a supervisor's; the consulted colleague may mute herself."""
    k, s = w.console(), w.session(command.session)
    leg = s.party(command.leg)
    if leg is None or leg.channel != VOICE or leg.state not in {*legs.CALLED, *legs.UP}:
        raise Refused("leg_over")
    if leg.who != k.id:
        _talk(w, s.id)
        if leg.role == legs.OF_SUPERVISOR:
            raise Refused("not_yours")
    if leg.muted != command.muted:
        w.emit(s.id, LegMuted(leg.id, command.muted))
    return {}


def drop_party(w: Work, command: c.DropParty) -> Reply:
    """A line or a consulted colleague. Raises Refused: her own leg, the citizen's and a supervisor's stay."""
    s, item = _talk(w, command.session)
    leg = s.party(command.leg)
    if leg is None or leg.state not in legs.LIVE:
        raise Refused("leg_over")
    asked = s.consult
    if leg.role == legs.OF_COUNSELOR and asked is not None and leg.item == asked.id:
        back(w, s, item)
        return {}
    if leg.role != legs.OF_LINE:
        raise Refused("not_yours")
    if leg.state in legs.CALLED:
        w.emit(s.id, LineOutcome(leg.who, "failed"))
    if item.state == items.CONSULTING and asked is None:
        back(w, s, item)
    else:
        let_go(w, s.id, leg.id)
    return {}


def set_recording(w: Work, command: c.SetRecording) -> Reply:
    """Pause and go on; what is not recorded cannot be paused. Raises Refused("not_recording")."""
    s, _ = _talk(w, command.session)
    if command.state not in {ON, PAUSED}:
        raise Refused("not_now", state=as_code(command.state, "state"))
    if s.recording not in {ON, PAUSED}:
        raise Refused("not_recording")
    if s.recording != command.state:
        w.emit(s.id, RecordingTurned(command.state, as_code(command.why or "asked", "asked")))
    return {}


def recording_fact(w: Work, command: c.RecordingFact) -> Reply:
    """It began, ended, or was kept. That it was paused or goes on is our wish: the network's word of it is no news."""
    w.remember = bool(command.blob)
    s = w.session(command.session)
    if not has_call(s):
        raise Refused("no_call")
    if s.closed_at_us and not command.blob:
        return {}
    begins = command.state == ON and s.recording in {"", OFF}
    ends = command.state == OFF and s.recording in {ON, PAUSED}
    if not s.closed_at_us and (begins or ends):
        w.emit(s.id, RecordingTurned(command.state, "consent" if begins else "ended"))
    if command.blob and not (command.sid and recordings.is_home(s.kept, command.sid)):
        seconds, retention = max(0, command.seconds), as_code(command.retention, "")
        kept = RecordingKept(command.blob, seconds, retention, command.kind, command.sid)
        w.emit(s.id, kept)
        if command.kind == VOICEMAIL and not s.closed_at_us:
            # Whoever calls her back hears it first (dasan/server/photos.py).
            w.say(s.id, "voicemail_kept", {"seconds": kept.seconds}, blob=kept.blob, shown=False)
    return {}


def forget_recording(w: Work, command: c.ForgetRecording) -> Reply:
    """Its time is over; what is gone already is. Raises Refused(not_admin | no_such_recording)."""
    if w.principal.role != c.SYSTEM:
        raise Refused("not_admin")
    s = w.session(command.session)
    one = recordings.of(s.kept, command.blob)
    if one is None:
        raise Refused("no_such_recording")
    if not one.gone:
        w.emit(s.id, RecordingGone(one.blob, "retention"))
    return {}


def play_recording(w: Work, command: c.PlayRecording) -> Reply:
    """The audit entry of a supervisor who wants to hear it, in a session that is over or that she looks at (I28).

    Raises Refused(not_supervisor | reason_needed | not_yours | erased | no_such_recording | recording_gone).
    """
    w.supervisor()
    s = w.session(command.session)
    if not command.reason:
        raise Refused("reason_needed")
    if not (s.closed_at_us or may_read(s, w.principal.id)):
        raise Refused("not_yours")
    if s.erased:
        raise Refused("erased")
    one = recordings.of(s.kept, command.blob)
    if one is None:
        raise Refused("no_such_recording")
    if one.gone:
        raise Refused("recording_gone")
    w.emit(s.id, RecordingPlayed(one.blob, w.principal.id, w.seal(s.id, "reason", command.reason)))
    return {}


def warn_caller(w: Work, command: c.WarnCaller) -> Reply:
    """The legal warning is played to the citizen; who writes reads it."""
    s, item = _talk_of_any_kind(w, command.session, command.item)
    w.emit(s.id, CallerWarned(item.id, item.counselor))
    addresses.warned(w, s)
    w.say(s.id, "caller_warned")
    return {}


def end_for_abuse(w: Work, command: c.EndForAbuse) -> Reply:
    """The talk ends at once, a strike stands against its address, and wrap-up begins. Reply: strike, conduct.

    Raises Refused("reason_needed") for no known kind.
    """
    s, item = _talk_of_any_kind(w, command.session, command.item)
    if command.kind not in KINDS:
        raise Refused("reason_needed")
    came = addresses.strike(w, s, command.kind)
    w.say(s.id, "abuse_ended")
    start_wrap_up(w, s.id, item, "abuse")
    end_legs(w, s.id, "abuse_ended")
    return came


# -- what is said


def hear_speech(w: Work, command: c.HearSpeech) -> Reply:
    """A finished piece of speech becomes an entry of the transcript. Reply: n ({} when nothing was added).

    The citizen, counselors and lines of the directory are written down, nobody else. What they say while the citizen
    hears music is for colleagues only.
    """
    s = w.session(command.session)
    leg = s.party(command.leg)
    if leg is None or leg.channel != VOICE:
        raise Refused("leg_over")
    role = SPEAKERS.get(leg.role)
    if s.closed_at_us or not command.text or role is None or s.entry_n >= w.policy.entries_per_session_max:
        return {}
    shown = s.shown_n + 1 if role == FROM_CITIZEN or _heard(s, leg) else 0
    entry = EntryAdded(
        s.entry_n + 1,
        "speech",
        role,
        leg.who or s.citizen,
        shown=shown,
        leg=leg.id,
        content=w.seal(s.id, "speech", command.text),
    )
    w.emit(s.id, entry)
    return {"n": s.entry_n + 1}


def _heard(s: Session, leg: Leg) -> bool:
    """Whether the citizen hears that counselor, or that line."""
    item = s.live_item
    aside = item is not None and (item.state == items.HELD or (item.state == items.CONSULTING and not item.joined))
    if aside or leg.muted:
        return False
    if leg.role == legs.OF_LINE or (item is not None and item.state == items.CONSULTING):
        return True
    hers = counselors_leg(s, item) if item is not None else None
    return hers is not None and hers.id == leg.id


HANDLERS: dict[type[c.Command], Any] = {
    c.MuteLeg: mute_leg,
    c.DropParty: drop_party,
    c.SetRecording: set_recording,
    c.RecordingFact: recording_fact,
    c.ForgetRecording: forget_recording,
    c.PlayRecording: play_recording,
    c.WarnCaller: warn_caller,
    c.EndForAbuse: end_for_abuse,
    c.HearSpeech: hear_speech,
}
