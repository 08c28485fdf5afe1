"""Wishes as the twilio package's arguments, and its rows as what the port speaks of. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from channels.twilio.errors import unanswered
from dasan.telephony import CallSeen, Outgoing, Ring, Seen, Set, Text

LEG_EVENTS = ("initiated", "ringing", "answered", "completed")
ROOM_EVENTS = ("start", "end", "join", "leave", "mute", "hold", "modify")
Wish = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What the network calls a participant's call when it is over.
_OVER = frozenset({"complete", "completed", "failed", "busy", "no-answer", "canceled"})


def rung(ring: Ring, status: str, room_status: str, wait: str) -> Wish:
    """Arguments of ``participants.create``. No early media: the room must not hear the ringing of a counselor's leg;
    a small jitter buffer: she and the citizen talk over each other less."""
    wish: Wish = {
        "from_": ring.caller_id,
        "to": ring.to,
        "label": ring.label,
        "timeout": ring.ring_s,
        "muted": ring.muted,
        "early_media": False,
        "beep": "false",
        "jitter_buffer_size": "small",
        "start_conference_on_enter": ring.starts_room,
        "end_conference_on_exit": ring.ends_room,
        "status_callback": status,
        "status_callback_method": "POST",
        "status_callback_event": list(LEG_EVENTS),
        "conference_status_callback": room_status,
        "conference_status_callback_method": "POST",
        "conference_status_callback_event": list(ROOM_EVENTS),
    }
    if ring.coach:
        wish |= {"coaching": True, "call_sid_to_coach": ring.coach}
    if wait:
        wish |= {"wait_url": wait, "wait_method": "POST"}
    return wish


def dialled(out: Outgoing, status: str) -> Wish:
    """Arguments of ``calls.create``."""
    wish: Wish = {
        "to": out.to,
        "from_": out.caller_id,
        "url": out.url,
        "method": "POST",
        "timeout": out.ring_s,
        "status_callback": status,
        "status_callback_method": "POST",
        "status_callback_event": list(LEG_EVENTS),
    }
    if out.detect_machine:
        wish["machine_detection"] = "Enable"
    return wish


def changed(change: Set) -> Wish:
    """Arguments of ``participants(…).update``; empty when nothing is wished."""
    wish: Wish = {}
    if change.hold is not None:
        wish["hold"] = change.hold
        if change.hold and change.hold_url:
            wish |= {"hold_url": change.hold_url, "hold_method": "POST"}
    if change.muted is not None:
        wish["muted"] = change.muted
    if change.coach is not None:
        wish["coaching"] = bool(change.coach)
        if change.coach:
            wish["call_sid_to_coach"] = change.coach
    return wish


def transcribed(callback: str, language: str, engine: str, model: str, name: str) -> Wish:
    """Arguments of ``transcriptions.create``. Numbers and names are what a counselor needs, so nothing is masked."""
    return {
        "name": name,
        "track": "both_tracks",
        "status_callback_url": callback,
        "status_callback_method": "POST",
        "language_code": language,
        "transcription_engine": engine,
        "speech_model": model,
        "partial_results": True,
        "enable_automatic_punctuation": True,
        "profanity_filter": False,
    }


def texted(text: Text) -> Wish:
    """Arguments of ``messages.create``; a sender that is a messaging service goes by its own name."""
    sender = "messaging_service_sid" if text.from_.startswith("MG") else "from_"
    wish: Wish = {"to": text.to, sender: text.from_, "body": text.body}
    return wish | ({"status_callback": text.status_url} if text.status_url else {})


def call(row: Any) -> CallSeen:
    """A call's row."""
    return CallSeen(_text(row.sid), _text(row.status), _text(row.to), _text(row._from), _text(row.direction))


def seen(row: Any) -> Seen:
    """A participant's row."""
    coach = _text(row.call_sid_to_coach) if row.coaching else ""
    return Seen(_text(row.call_sid), _text(row.label), bool(row.hold), bool(row.muted), coach, _text(row.status))


def sid(value: Any) -> str:
    """The id of something that was made. Raises ProviderFailed for an answer without one: it may have been made."""
    if not isinstance(value, str) or not value:
        raise unanswered(wrote=True, sent=True, detail="an answer without an id")
    return value


def is_there(participant: Seen) -> bool:
    """Whether that participant rings or is connected."""
    return participant.status not in _OVER


def instant(us: int) -> datetime:
    """UTC microseconds as the network's dates, which have whole seconds: rounded down, so that nothing is missed."""
    return _EPOCH + timedelta(seconds=us // 1_000_000)


def not_before(row: Any, since: datetime) -> bool:
    """Whether that call or message was made since then; one that does not say when, may have been."""
    return row.date_created is None or bool(row.date_created >= since)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
