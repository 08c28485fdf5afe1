"""Conferences: who is in, what each hears, who is told; and when one is over.

A room begins when two are in it and one of them may start it; before that, and on hold, a participant hears music or a
document. It ends when one whose leaving ends it has left, when the last has left, or when REST says so. Its status
callback and the events are fixed by who came first. :func:`matrix` says who hears whom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.carrier import background, calls, webhooks
from channels.carrier.model import Callback, Goto, Heard, Hearing, Params, Participant, Room
from channels.carrier.parameters import rfc2822, yes
from channels.carrier.process import Other, Steps, Wait

if TYPE_CHECKING:
    from channels.carrier.network import Network

_KIND = {"unmute": "mute", "unhold": "hold"}


# -- finding and making


def live(net: Network, name: str) -> Room | None:
    """The room of that name or sid that is not over."""
    room = net.rooms.get(name)
    if room is not None:
        return room if room.status != "completed" else None
    return net.open_rooms.get(name)


def make(net: Network, name: str, callback: Callback, most: int = 250) -> Room:
    """A new room; whoever makes it fixes who is told of it."""
    room = Room(net.sid("CF"), name, callback, most=most, created_us=net.now_us, updated_us=net.now_us)
    net.keep(net.rooms, room.sid, room, lambda old: old.status == "completed")
    net.open_rooms[name] = room
    net.note("room", room.sid, name)
    return room


def find(room: Room, key: str) -> Participant | None:
    """By call sid or label."""
    found = room.participants.get(key)
    return found or next((one for one in room.participants.values() if one.label and one.label == key), None)


DUPLICATE_LABEL, FULL, BAD_COACH = 16025, 16021, 13240


def objection(room: Room | None, label: str, coach: str) -> int:
    """Why the room will not have one with that label or coached call, as Twilio's error number; 0 when it will."""
    if room is None:
        return BAD_COACH if coach else 0
    if label and any(one.label == label for one in room.participants.values()):
        return DUPLICATE_LABEL
    if coach and coach not in room.participants:
        return BAD_COACH
    return FULL if len(room.participants) >= room.most else 0


def add(net: Network, room: Room, participant: Participant) -> None:
    """One who is on the way, or comes in now."""
    participant.created_us = participant.updated_us = net.now_us
    room.participants[participant.call.sid] = participant


def connected(room: Room) -> list[Participant]:
    """Who is in, in the order of coming."""
    return [one for one in room.participants.values() if one.status == "connected"]


# -- coming


def join(net: Network, participant: Participant) -> None:
    """The call is in the room."""
    room, call = participant.room, participant.call
    participant.status, call.room = "connected", room.sid
    _tell(net, room, "join", participant)
    if room.status == "init" and len(connected(room)) > 1 and any(one.starts for one in connected(room)):
        room.status, room.updated_us = "in-progress", net.now_us
        _tell(net, room, "start")
    if participant.beep in {"true", "onEnter"}:
        _beep(net, room)
    for one in connected(room):
        attune(net, one)
    net.rewired()


def stay(net: Network, participant: Participant) -> Steps[None]:
    """The programme of a call that REST put into a room: it is there until it is let go."""
    join(net, participant)
    reason = "participant_updated_via_api"
    try:
        while participant.status == "connected":
            yield Wait()
    finally:
        if not participant.call.live:
            reason = "participant_hung_up"
        leave(net, participant, reason)


def _beep(net: Network, room: Room) -> None:
    for one in connected(room):
        if one.call.hearing.kind == "room":
            phone = net.phones.get(one.call.address)
            if phone is not None:
                phone.note(net, one.call, Heard(net.now_us, "beep", ended_us=net.now_us))


# -- what each hears


def attune(net: Network, participant: Participant) -> None:
    """Let it hear what it is to hear: an announcement runs to its end, else hold, the wait for the start, the room."""
    if participant.announcing:
        return
    wanted = "hold" if participant.hold else "wait" if participant.room.status == "init" else "room"
    if participant.tuned == wanted:
        return
    if participant.playing is not None:
        participant.playing.close()
        participant.playing = None
    participant.tuned = wanted
    if wanted == "room":
        net.hear(participant.call, Hearing("room", participant.room.name, since_us=net.now_us))
        return
    net.silence(participant.call)
    source = participant.hold_with if wanted == "hold" else participant.wait
    if source is None:
        steps: Steps[None] | Steps[bool] = background.music(net, participant.call)
    elif source.url:
        steps = background.document(net, participant.call, source, "room_wait", *_of(net, participant.room))
    else:
        return
    participant.playing = calls.spawn(net, participant.call, steps, lambda _: None)


def announce(net: Network, participant: Participant, goto: Goto) -> None:
    """Play a document to one participant, over whatever it hears; who is not in yet hears nothing."""
    if participant.status != "connected":
        return
    if participant.playing is not None:
        participant.playing.close()
    participant.announcing, participant.tuned = True, ""

    def over(played: object) -> None:
        participant.announcing, participant.playing = False, None
        if participant.status == "connected":
            what = "announcement-end" if played else "announcement-fail"
            more = (("AnnounceUrl", goto.url), *(() if played else (("ReasonAnnouncementFailed", "fetch failed"),)))
            _tell(net, participant.room, "announcement", participant, *more, told=what)
            attune(net, participant)

    steps = background.document(net, participant.call, goto, "announce", *_of(net, participant.room))
    participant.playing = calls.spawn(net, participant.call, steps, over)


def announce_all(net: Network, room: Room, goto: Goto) -> None:
    """Play a document to everybody."""
    for one in connected(room):
        announce(net, one, goto)


def _of(net: Network, room: Room) -> Params:
    return ("ConferenceSid", room.sid), ("FriendlyName", room.name)


# -- changes


def change(
    net: Network,
    participant: Participant,
    *,
    muted: bool | None = None,
    hold: bool | None = None,
    hold_with: Goto | None = None,
    coaching: bool | None = None,
    coach: str | None = None,
    ends: bool | None = None,
) -> None:
    """What REST wishes of a participant; what is so already tells nobody."""
    room = participant.room
    participant.updated_us = net.now_us
    if muted is not None and muted != participant.muted:
        participant.muted = muted
        _tell(net, room, "mute" if muted else "unmute", participant)
    if hold is not None and hold != participant.hold:
        participant.hold, participant.hold_with = hold, hold_with
        _tell(net, room, "hold" if hold else "unhold", participant)
    modified = False
    if coach is not None and coach != participant.coach:
        participant.coach, modified = coach, True
    if coaching is not None and coaching != participant.coaching:
        participant.coaching, modified = coaching, True
    if ends is not None and ends != participant.ends:
        participant.ends, modified = ends, True
    if modified:
        _tell(net, room, "modify", participant)
    if participant.status == "connected":
        attune(net, participant)
    net.rewired()


# -- going


def leave(net: Network, participant: Participant, reason: str, *, kicked: bool = False) -> None:
    """It is not in the room any more (nor on its way); the room may be over with that."""
    room, call = participant.room, participant.call
    if room.participants.get(call.sid) is not participant:
        return
    del room.participants[call.sid]
    was_in = participant.status == "connected"
    participant.status, call.room = "complete" if was_in else "failed", ""
    if participant.playing is not None:
        participant.playing.close()
    participant.announcing, participant.tuned = False, ""
    if was_in:
        net.silence(call)
    _tell(
        net,
        room,
        "leave",
        participant,
        ("ParticipantCallStatus", call.status),
        ("ReasonParticipantLeft", reason),
    )
    if was_in and participant.beep in {"true", "onExit"}:
        _beep(net, room)
    if participant.ends and was_in:
        over = "kicked" if kicked else "left"
        close(net, room, f"participant-with-end-conference-on-exit-{over}", participant)
    elif not room.participants:
        close(net, room, "last-participant-kicked" if kicked else "last-participant-left", participant)
    net.rewired()


def kick(net: Network, participant: Participant) -> None:
    """Out, by REST: a call that REST had put in is over; one that came by Dial goes on with its document."""
    let_go(net, participant, "participant_updated_via_api", kicked=True)


def let_go(net: Network, participant: Participant, reason: str, *, kicked: bool = False) -> None:
    """Out of the room; what becomes of the call is its programme's business."""
    call, waiting = participant.call, participant.status in {"queued", "ringing"}
    leave(net, participant, reason, kicked=kicked)
    if waiting:
        calls.hang_up(net, call)
    else:
        calls.wake(call, Other("released", participant.room.sid))


def close(net: Network, room: Room, reason: str, by: Participant | None = None) -> None:
    """The room is over: everybody is let go."""
    if room.status == "completed":
        return
    room.status, room.reason, room.updated_us = "completed", reason, net.now_us
    room.ended_by = by.call.sid if by else ""
    if net.open_rooms.get(room.name) is room:
        del net.open_rooms[room.name]
    left = "conference_ended_via_api" if by is None else "moderator_ended_conference"
    for one in list(room.participants.values()):
        let_go(net, one, left)
    _tell(
        net,
        room,
        "end",
        None,
        ("CallSidEndingConference", room.ended_by),
        ("ParticipantLabelEndingConference", by.label if by else ""),
        ("ReasonConferenceEnded", reason),
        ("Reason", _REASONS[reason]),
    )


_REASONS = {
    "conference-ended-via-api": "Conference ended via API",
    "participant-with-end-conference-on-exit-left": "Participant with endConferenceOnExit left",
    "participant-with-end-conference-on-exit-kicked": "Participant with endConferenceOnExit was kicked",
    "last-participant-left": "Last participant left",
    "last-participant-kicked": "Last participant was kicked",
}


# -- who hears whom


def hears(room: Room) -> dict[str, frozenset[str]]:
    """Listener's call -> the calls it hears. Who coaches is heard by the coached alone; who is muted or on hold by
    nobody; who is on hold, or hears an announcement, hears nobody."""
    within = connected(room) if room.status == "in-progress" else []
    return {
        listener.call.sid: frozenset(
            speaker.call.sid
            for speaker in within
            if speaker is not listener
            and not (speaker.muted or speaker.hold or speaker.announcing)
            and (not speaker.coaching or speaker.coach == listener.call.sid)
        )
        for listener in within
        if not (listener.hold or listener.announcing)
    }


# -- who is told


def _tell(
    net: Network,
    room: Room,
    kind: str,
    participant: Participant | None = None,
    *extra: tuple[str, str],
    told: str = "",
) -> None:
    event = told or (f"conference-{kind}" if participant is None else f"participant-{kind}")
    net.note(event, participant.call.sid if participant else room.sid, room.name)
    if _KIND.get(kind, kind) not in room.callback.events:
        return
    room.told += 1
    said: list[tuple[str, str]] = [
        ("AccountSid", net.account.sid),
        *_of(net, room),
        ("SequenceNumber", str(room.told)),
        ("Timestamp", rfc2822(net.now_us)),
        ("StatusCallbackEvent", event),
    ]
    if participant is not None:
        said += _about(participant)
    webhooks.tell(net, room.callback, (*said, *extra))


def _about(participant: Participant) -> list[tuple[str, str]]:
    said = [
        ("CallSid", participant.call.sid),
        ("Muted", yes(participant.muted)),
        ("Hold", yes(participant.hold)),
        ("Coaching", yes(participant.coaching)),
        ("EndConferenceOnExit", yes(participant.ends)),
        ("StartConferenceOnEnter", yes(participant.starts)),
    ]
    said += [("CallSidToCoach", participant.coach)] if participant.coaching else []
    return said + ([("ParticipantLabel", participant.label)] if participant.label else [])
