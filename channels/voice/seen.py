"""What the network has been seen to do with the legs of a session.

Most of it stands in the session itself, because facts come back as commands: whether a leg rings, is up, is in the
room. Kept beside it, in memory only: what a participant hears by the last answer of the network (hold, mute, coach),
where a call was sent a moment ago, and whether a leg that shall be gone is really over. All of that is asked for again
at a start, so losing it costs a question.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.voice.plan import CLAIMED, NONE, OVER, RINGING, UP, LegSeen
from dasan.core import leg as legs
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.telephony import Seen

MOVING_S = 10


@dataclass(slots=True)
class Beside:
    """What is known of one leg beside the session. ``claimed_us``: when it was first asked for; ``sent``: it has been
    sent into the room, or seen there; ``told``: a line was told what it must know before it is written down."""

    hold: bool | None = False
    muted: bool | None = False
    coach: str | None = ""
    moving: str = ""
    until_us: int = 0
    over: bool = False
    joined: bool = False
    sent: bool = False
    transcribed: bool = False
    whispered: bool = False
    told: bool = False
    claimed_us: int = 0
    ended_softly: bool = False


@dataclass(slots=True)
class Sight:
    """One session's legs. ``recording``: what the network records now ("", on, paused); None: not asked yet.
    ``put_off``: what beside the call the network would not do (channels/voice/beside.py), and until when."""

    legs: dict[str, Beside] = field(default_factory=dict)
    recording: str | None = None
    put_off: dict[str, int] = field(default_factory=dict)

    def of(self, leg: str) -> Beside:
        """What is known of that leg."""
        return self.legs.setdefault(leg, Beside())

    def take(self, session: Session) -> None:
        """A newer state: who has come into the room anew hears it as it is, and has arrived."""
        for leg in (*session.legs, *session.parties):
            if leg.id not in self.legs:
                self.of(leg.id).whispered = leg.joined  # in the room before we looked: by a server before us
            known = self.of(leg.id)
            if leg.joined and not known.joined and leg.role == legs.OF_CITIZEN:
                known.hold, known.muted, known.coach = False, False, ""
            if leg.joined != known.joined:
                known.joined, known.moving = leg.joined, ""
                known.sent = known.sent or leg.joined
        if self.recording is None:
            self.recording = session.recording if session.recording in {"on", "paused"} else ""

    def seen(self, session: Session, now_us: int) -> dict[str, LegSeen]:
        """Every telephone leg of the session as it is seen now."""
        return {
            leg.id: _seen(leg, self.of(leg.id), now_us)
            for leg in (*session.legs, *session.parties)
            if leg.channel == VOICE
        }

    def send(self, leg: str, where: str, now_us: int) -> None:
        """A call has been sent there; for a while nobody sends it again."""
        known = self.of(leg)
        known.moving, known.until_us = where, now_us + MOVING_S * SECOND

    def correct(self, leg: str, participant: Seen) -> None:
        """What the network says when it is asked."""
        known = self.of(leg)
        known.hold, known.muted, known.coach = participant.hold, participant.muted, participant.coach

    @property
    def still(self) -> bool:
        """Whether nothing is on its way."""
        return not any(one.moving for one in self.legs.values())

    def wake_us(self, now_us: int) -> int | None:
        """When something that is on its way should have arrived; None when nothing is."""
        return min((one.until_us for one in self.legs.values() if one.moving and one.until_us > now_us), default=None)


def _seen(leg: Leg, known: Beside, now_us: int) -> LegSeen:
    moving = known.moving if known.until_us > now_us else ""
    state = _state(leg, known)
    room = leg.joined or (leg.state == legs.ENDED and known.joined and state == UP)
    return LegSeen(leg.call, state, room, known.hold, known.muted, known.coach, moving)


def _state(leg: Leg, known: Beside) -> str:
    if known.over:
        return OVER
    if leg.state == legs.ENDED:  # by whom does not matter: until the network says so, its call may be up
        if leg.call:
            return UP
        return CLAIMED if leg.attempt else OVER
    if leg.state in legs.UP or leg.state == legs.SUSPENDED:
        return UP
    if leg.call:
        return RINGING if leg.state in {legs.DIALING, legs.RINGING} else UP
    return NONE if leg.state == legs.NEW else CLAIMED
