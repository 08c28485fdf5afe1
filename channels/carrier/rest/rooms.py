"""Conferences and their participants."""

from __future__ import annotations

from channels.carrier import calls, documents, rooms
from channels.carrier.model import SECOND, Call, Goto, Participant, Room
from channels.carrier.network import Network
from channels.carrier.parameters import API_VERSION
from channels.carrier.process import Steps
from channels.carrier.rest.calls import address, caller
from channels.carrier.rest.form import Answer, Form, RestError, Row, day, known, listed, uri
from channels.twilio.verbs import LABEL

LABEL_TAKEN = 16026  # a document's has a number of its own, 16025
RING_EXTRA_S = 5  # the network adds this to a participant's Timeout
BAD_LABEL = 16024


def shape(net: Network, room: Room) -> Row:
    at = ("Conferences", room.sid)
    return {
        "account_sid": net.account.sid,
        "date_created": day(room.created_us),
        "date_updated": day(room.updated_us),
        "api_version": API_VERSION,
        "friendly_name": room.name,
        "region": "us1",
        "sid": room.sid,
        "status": room.status,
        "uri": uri(net, *at),
        "subresource_uris": {
            "participants": uri(net, *at, "Participants"),
            "recordings": uri(net, *at, "Recordings"),
        },
        "reason_conference_ended": room.reason or None,
        "call_sid_ending_conference": room.ended_by or None,
    }


def one(net: Network, participant: Participant) -> Row:
    return {
        "account_sid": net.account.sid,
        "call_sid": participant.call.sid,
        "label": participant.label or None,
        "call_sid_to_coach": participant.coach or None,
        "coaching": participant.coaching,
        "conference_sid": participant.room.sid,
        "date_created": day(participant.created_us),
        "date_updated": day(participant.updated_us),
        "end_conference_on_exit": participant.ends,
        "muted": participant.muted,
        "hold": participant.hold,
        "start_conference_on_enter": participant.starts,
        "status": participant.status,
        "queue_time": None,
        "uri": uri(net, "Conferences", participant.room.sid, "Participants", participant.call.sid),
    }


# -- rooms


def index(net: Network, form: Form) -> Answer:
    """Newest first, by Status and FriendlyName."""
    status, name = form.get("Status"), form.get("FriendlyName")
    if status not in {"", "init", "in-progress", "completed"}:
        raise RestError(20001, status)
    found = [
        room
        for room in reversed(net.rooms.values())
        if (not status or room.status == status) and (not name or room.name == name)
    ]
    return listed(form, "conferences", found, lambda room: shape(net, room))


def find(net: Network, name: str) -> Room:
    """By sid, also when it is over; a friendly name is no address. Raises RestError(20404)."""
    return known(net.rooms.get(name), net, "Conferences", name)


def change(net: Network, form: Form, name: str) -> Answer:
    """End it, or tell everybody something."""
    room = find(net, name)
    if form.get("Status") not in {"", "completed"}:
        raise RestError(20001, "Status")
    if form.get("AnnounceUrl"):
        rooms.announce_all(net, room, form.goto("AnnounceUrl", "AnnounceMethod"))
    if form.get("Status") == "completed":
        rooms.close(net, room, "conference-ended-via-api")
    return Answer(200, shape(net, room))


# -- who is in them


def participants(net: Network, form: Form, name: str) -> Answer:
    """By Muted, Hold and Coaching; those on their way too."""
    room = find(net, name)
    wanted = {
        field: form.optional_flag(key)
        for key, field in (("Muted", "muted"), ("Hold", "hold"), ("Coaching", "coaching"))
    }
    found = [
        participant
        for participant in room.participants.values()
        if all(value is None or getattr(participant, field) == value for field, value in wanted.items())
    ]
    return listed(form, "participants", found, lambda participant: one(net, participant))


def member(net: Network, name: str, key: str) -> Participant:
    """By call or label. Raises RestError(20404)."""
    return known(rooms.find(find(net, name), key), net, "Conferences", name, "Participants", key)


def change_one(net: Network, form: Form, name: str, key: str) -> Answer:
    """Hold, mute, coach, announce, what its leaving means."""
    participant = member(net, name, key)
    coach = form.get("CallSidToCoach") if form.has("CallSidToCoach") else None
    coaching = True if coach and not form.has("Coaching") else form.optional_flag("Coaching")
    if coach and coach not in participant.room.participants:
        raise RestError(13240, coach)
    if coaching and not (coach or participant.coach):
        raise RestError(13240)
    hold_with = form.goto("HoldUrl", "HoldMethod", "GET") if form.has("HoldUrl") else None
    rooms.change(
        net,
        participant,
        muted=form.optional_flag("Muted"),
        hold=form.optional_flag("Hold"),
        hold_with=hold_with,
        coaching=coaching,
        coach="" if coaching is False else coach,
        ends=form.optional_flag("EndConferenceOnExit"),
    )
    if form.get("AnnounceUrl"):
        rooms.announce(net, participant, form.goto("AnnounceUrl", "AnnounceMethod"))
    return Answer(200, one(net, participant))


def remove(net: Network, form: Form, name: str, key: str) -> Answer:
    """Out of the room."""
    del form
    rooms.kick(net, member(net, name, key))
    return Answer(204)


def create(net: Network, form: Form, name: str) -> Answer:
    """Ring somebody into the room, which is made if it is not there."""
    to, from_ = address(form.get("To")), caller(net, form.get("From"))
    label, coach = form.get("Label"), form.get("CallSidToCoach")
    if label and LABEL(label):
        raise RestError(BAD_LABEL)
    room = rooms.live(net, name)
    if room is None and name in net.rooms:
        raise RestError(20404, uri(net, "Conferences", name))
    coaching = form.flag("Coaching", default=bool(coach))
    if coaching and not coach:
        raise RestError(rooms.BAD_COACH)
    fault = rooms.objection(room, label, coach if coaching else "")
    if fault:
        raise RestError(LABEL_TAKEN if fault == rooms.DUPLICATE_LABEL else fault)
    if room is None:
        callback = form.callback("Conference", ("start", "end"))
        room = rooms.make(net, name, callback, form.whole("MaxParticipants", 250, 2, 250))
    ring = form.whole("Timeout", 60, 5, 600) + RING_EXTRA_S

    def programme(call: Call) -> Steps[None]:
        return documents.programme(net, call, rooms.stay(net, participant))

    call = calls.create(net, to, from_, programme, callback=form.callback(), ring_us=ring * SECOND)
    participant = _participant(form, call, room, coach if coaching else "")
    rooms.add(net, room, participant)
    call.watchers.append(lambda what: _follow(net, participant, what))
    return Answer(201, one(net, participant))


def _participant(form: Form, call: Call, room: Room, coach: str) -> Participant:
    wait: Goto | None = form.goto("WaitUrl", "WaitMethod") if form.has("WaitUrl") else None
    return Participant(
        call,
        room,
        form.get("Label"),
        muted=form.flag("Muted"),
        coaching=bool(coach),
        coach=coach,
        starts=form.flag("StartConferenceOnEnter", default=True),
        ends=form.flag("EndConferenceOnExit"),
        wait=wait,
        beep=form.get("Beep", "true"),
        by_api=True,
    )


def _follow(net: Network, participant: Participant, what: str) -> None:
    """What becomes of the call on its way: it rings, or it is over before it came."""
    if what == "ringing":
        participant.status = "ringing"
    elif what == "ended" and participant.status in {"queued", "ringing"}:
        rooms.leave(net, participant, "participant_add_failed")
