"""Call control's comparison: what is due follows from where legs shall be and what was seen, and comes to an end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice import plan as p
from channels.voice.plan import LegSeen, plan
from channels.voice.seen import Sight
from dasan.core import call as calls
from dasan.core import leg as legs
from dasan.core.call import FLOW, GONE, RING, ROOM, Place
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.telephony import Set

C, K, B, L = legs.OF_CITIZEN, legs.OF_COUNSELOR, legs.OF_SUPERVISOR, legs.OF_LINE
UP = LegSeen("CA1", p.UP)
INSIDE = LegSeen("CA1", p.UP, room=True)


def place(at: str, role: str = C, **more: object) -> Place:
    return Place("l1", "CA1", role, at, **more)  # type: ignore[arg-type]


CASES: list[tuple[str, Place, LegSeen, p.Op | None]] = [
    ("nobody has been rung", place(RING, K), LegSeen(), p.RingLeg("l1")),
    ("a claim without an answer is taken up again", place(RING, K), LegSeen("", p.CLAIMED), p.RingLeg("l1")),
    ("what rings is not rung", place(RING, K), LegSeen("CA1", p.RINGING), None),
    ("what rang in vain is not rung again", place(RING, K), LegSeen("CA1", p.OVER), None),
    ("the citizen goes into the room", place(ROOM), UP, p.SendToRoom("l1")),
    ("and is not sent twice", place(ROOM), replace(UP, moving=p.TO_ROOM), None),
    ("a counselor on her way into the room is let come", place(ROOM, K), UP, None),
    ("hold", place(ROOM, hold=True), INSIDE, p.Adjust("l1", Set(hold=True))),
    ("resume", place(ROOM), replace(INSIDE, hold=True), p.Adjust("l1", Set(hold=False))),
    ("what she hears is not known", place(ROOM), replace(INSIDE, hold=None), p.Adjust("l1", Set(hold=False))),
    ("nobody but the citizen is held", place(ROOM, K), replace(INSIDE, hold=True), None),
    ("mute", place(ROOM, K, muted=True), INSIDE, p.Adjust("l1", Set(muted=True))),
    ("all is well", place(ROOM), INSIDE, None),
    ("the citizen comes back to the line", place(FLOW), INSIDE, p.SendToLine("l1")),
    ("and is not sent there twice", place(FLOW), replace(INSIDE, moving=p.TO_LINE), None),
    ("she listens to the menu", place(FLOW), UP, None),
    ("a call that shall be over", place(GONE), UP, p.HangUp("l1")),
    ("one that rings too", place(GONE, K), LegSeen("CA1", p.RINGING), p.HangUp("l1")),
    ("and only once", place(GONE), replace(UP, moving=p.TO_END), None),
    ("one that may have been rung is looked for", place(GONE, K), LegSeen("", p.CLAIMED), p.Seek("l1")),
    ("one that was never rung", place(GONE, K), LegSeen(), None),
    ("what is over is over", place(GONE), LegSeen("CA1", p.OVER), None),
    ("an end on its way to the broker", place(ROOM), LegSeen("CA1", p.OVER, room=True), None),
]


@pytest.mark.parametrize(("where", "seen", "due"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_due(where: Place, seen: LegSeen, due: p.Op | None) -> None:
    assert plan([where], {"l1": seen}) == ((due,) if due is not None else ())


def test_a_whisper_is_for_the_counselor_alone() -> None:
    boss = Place("l2", "CA2", B, ROOM, coach="l1")
    inside = LegSeen("CA2", p.UP, room=True, muted=True)
    assert plan([boss], {"l1": INSIDE, "l2": inside}) == (p.Adjust("l2", Set(muted=False, coach="CA1")),)


def test_a_whisper_whose_counselor_has_no_call_stays_muted() -> None:
    boss = Place("l2", "CA2", B, ROOM, coach="l1")
    assert plan([boss], {"l2": LegSeen("CA2", p.UP, room=True)}) == (p.Adjust("l2", Set(muted=True)),)


# -- a model of the network, and any wish on any beginning


@dataclass
class Network:
    """What our operations do to legs at a network that obeys; ``rung`` counts calls that were made for each leg."""

    seen: dict[str, LegSeen]
    rung: dict[str, int] = field(default_factory=dict)
    ended_by: list[str] = field(default_factory=list)

    def obey(self, op: p.Op, places: dict[str, Place]) -> None:
        one = self.seen.get(op.leg, LegSeen())
        match op:
            case p.RingLeg():
                assert one.state in {p.NONE, p.CLAIMED}, "rung while it rings or after it rang"
                if one.state == p.NONE:  # a claim is asked for first: the network knows it already
                    self.rung[op.leg] = self.rung.get(op.leg, 0) + 1
                one = replace(one, call=f"CA-{op.leg}", state=p.RINGING)
            case p.SendToRoom():
                assert not one.room
                one = replace(one, room=True, moving="", hold=False, muted=False, coach="")
            case p.SendToLine():
                one = replace(one, room=False, moving="")
            case p.Adjust(change=change):
                assert one.room
                one = replace(
                    one,
                    hold=one.hold if change.hold is None else change.hold,
                    muted=one.muted if change.muted is None else change.muted,
                    coach=one.coach if change.coach is None else change.coach,
                )
            case p.HangUp() | p.Seek():
                if places[op.leg].role == C:
                    self.ended_by.append(op.leg)
                one = replace(one, state=p.OVER, room=False, moving="")
        self.seen[op.leg] = one


IDS = ("c", "k", "b", "x")
ROLES = {"c": C, "k": K, "b": B, "x": L}


def wishes(leg: str) -> st.SearchStrategy[Place]:
    citizen = ROLES[leg] == C
    at = st.sampled_from([RING, ROOM, FLOW, GONE] if citizen else [RING, ROOM, GONE])
    coach = st.sampled_from(["", "k"]) if ROLES[leg] == B else st.just("")
    flags = st.booleans()
    return st.builds(
        lambda at, hold, muted, coach: Place(leg, "", ROLES[leg], at, hold and citizen, muted, coach),
        at, flags, flags, coach,
    )  # fmt: skip


SEEN = st.builds(
    LegSeen,
    st.sampled_from(["", "CA9"]),
    st.sampled_from([p.NONE, p.CLAIMED, p.RINGING, p.UP, p.OVER]),
    st.booleans(),
    st.sampled_from([True, False, None]),
    st.sampled_from([True, False, None]),
    st.sampled_from(["", "CA-k", None]),
    st.just(""),
).map(lambda one: one if one.state == p.UP else replace(one, room=False))
PLACES = st.tuples(*(wishes(leg) for leg in IDS))


@given(PLACES, st.dictionaries(st.sampled_from(IDS), SEEN))
def test_repeating_the_comparison_comes_to_an_end(places: tuple[Place, ...], seen: dict[str, LegSeen]) -> None:
    network = Network(dict(seen))
    by_leg = {one.leg: one for one in places}
    for _ in range(6):
        ops = plan(places, network.seen)
        if not ops:
            break
        for op in ops:
            network.obey(op, by_leg)
    assert plan(places, network.seen) == ()
    assert all(times == 1 for times in network.rung.values()), "nobody is rung twice"
    for one in places:
        now = network.seen.get(one.leg, LegSeen())
        if one.at == GONE:
            assert now.state in {p.OVER, p.NONE}
        if one.at == ROOM and now.room:
            assert now.muted == (one.muted or bool(one.coach and not network.seen.get("k", LegSeen()).call))
            assert one.role != C or now.hold == one.hold
        if one.at == FLOW:
            assert not (now.room and now.state == p.UP)


@given(PLACES, st.dictionaries(st.sampled_from(IDS), SEEN))
def test_a_room_is_ended_by_nobody_but_the_citizen(places: tuple[Place, ...], seen: dict[str, LegSeen]) -> None:
    """Her call is hung up only when she shall be gone, and nothing else takes her out of a room but the line."""
    for op in plan(places, seen):
        citizen = op.leg == "c"
        if citizen and isinstance(op, p.HangUp | p.Seek):
            assert next(one for one in places if one.leg == "c").at == GONE
        if not citizen:
            assert not isinstance(op, p.SendToRoom | p.SendToLine)


@given(PLACES, st.dictionaries(st.sampled_from(IDS), SEEN))
def test_whoever_shall_listen_only_is_heard_by_nobody(places: tuple[Place, ...], seen: dict[str, LegSeen]) -> None:
    """No operation unmutes a leg whose place is muted, nor one that is to whisper to nobody."""
    for op in plan(places, seen):
        if isinstance(op, p.Adjust) and op.change.muted is False:
            wish = next(one for one in places if one.leg == op.leg)
            assert not wish.muted
            assert not wish.coach or seen[wish.coach].call


def test_who_stands_in_the_room_already_was_told_by_the_server_before() -> None:
    def call(**line: object) -> Session:
        return Session("s", 1, "120", "ko", "p", VOICE, 0, parties=(Leg("l1", VOICE, "", role=L, **line),))  # type: ignore[arg-type]

    ours, found = Sight(), Sight()
    ours.take(call())
    ours.take(call(state=legs.CONNECTED, joined=True))
    found.take(call(state=legs.CONNECTED, joined=True))
    assert (ours.of("l1").whispered, found.of("l1").whispered) == (False, True)


def test_every_place_has_a_plan() -> None:
    assert set(p._PLANS) == {calls.RING, calls.ROOM, calls.FLOW, calls.GONE}
