"""Every (state x event) pair of every machine: the arrow of its table, or a refusal that changes nothing."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, fields, replace
from typing import Any

import pytest

from dasan.core import address as addresses
from dasan.core import callback as callbacks
from dasan.core import care as cares
from dasan.core import counselor as counselors
from dasan.core import due, identity, supervision
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import message as messages
from dasan.core import offer as offers
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.address import Address, Strike
from dasan.core.callback import Callback
from dasan.core.change import changed
from dasan.core.counselor import Counselor, Slot
from dasan.core.errors import Refused
from dasan.core.events import event_types
from dasan.core.fold import STATES
from dasan.core.handoff import Handoff
from dasan.core.leg import Leg
from dasan.core.machine import Machine, machine
from dasan.core.message import Message
from dasan.core.offer import Offer
from dasan.core.policy import Policy, RoutingStep
from dasan.core.session import Session
from dasan.core.supervision import Supervision
from dasan.core.workitem import WorkItem
from tests.core.samples import sample

AT = 1_800_000_000_000_000
MACHINES = [
    items.MACHINE,
    offers.MACHINE,
    legs.MACHINE,
    counselors.LEASE,
    counselors.SLOT,
    handoffs.MACHINE,
    supervision.MACHINE,
    callbacks.MACHINE,
    messages.MACHINE,
    addresses.MACHINE,
    cares.MACHINE,
    identity.MACHINE,
]


def pairs(of: Machine) -> list[Any]:
    return [pytest.param(state, event, id=f"{state}-{event}") for state in of.states for event in of.inputs]


@pytest.mark.parametrize("of", MACHINES, ids=lambda m: m.name)
def test_every_state_can_be_reached_and_every_terminal_one_absorbs(of: Machine) -> None:
    reached = set(of.start.values())
    for _ in of.states:
        reached |= {target for (source, _), target in of.arrows.items() if source in reached}
    assert reached == set(of.states)
    assert not [arrow for arrow in of.arrows if arrow[0] in of.terminal]
    left = {source for source, _ in of.arrows}
    assert {state for state in of.states if state not in left} == set(of.terminal)


@pytest.mark.parametrize("of", MACHINES, ids=lambda m: m.name)
def test_every_event_of_a_table_is_in_the_vocabulary(of: Machine) -> None:
    assert set(of.inputs) <= set(event_types())
    assert STATES


def test_a_table_cannot_leave_a_terminal_state_or_say_two_things() -> None:
    with pytest.raises(AssertionError):
        machine("m", {"made": "A"}, [(["A"], "end", "Z"), (["Z"], "again", "A")], ["Z"])
    with pytest.raises(AssertionError):
        machine("m", {"made": "A"}, [(["A"], "go", "B"), (["A"], "go", "C")], [])


def work_item(state: str) -> WorkItem:
    held = state in items.ASSIGNED or state == items.WRAPPING
    pending = (Offer("o_1", "k_1", AT),) if state == items.OFFERED else ()
    who = "k_1" if held else ""
    return WorkItem("w_1", "general", "chat", state, offers=pending, counselor=who, steps=(RoutingStep(),))


@pytest.mark.parametrize(("state", "event"), pairs(items.MACHINE))
def test_a_work_item_moves_as_its_table_says(state: str, event: str) -> None:
    before = work_item(state)
    s = replace(session(), items=(before,))
    what = sample(event, item="w_1", offer="o_2")
    target = items.MACHINE.next(state, event)
    if event == "work.created":
        return
    if target is None:
        with pytest.raises(Refused):
            sessions.evolve(s, what, AT)
        assert s.items == (before,)
    else:
        after = sessions.evolve(s, what, AT).items[0]
        assert after.state == target
        assert after.rank_at_us == before.rank_at_us or event in {"work.routed", "work.due"}


@pytest.mark.parametrize("state", items.MACHINE.states)
@pytest.mark.parametrize("event", sorted(offers.ENDINGS))
def test_an_offer_ends_once_whatever_its_item_does(state: str, event: str) -> None:
    s = replace(session(), items=(work_item(state),))
    what = sample(event, item="w_1", offer="o_1")
    if state == items.OFFERED:
        after = sessions.evolve(s, what, AT)
        assert after.items[0].offers == ()
        with pytest.raises(Refused):
            sessions.evolve(after, what, AT)
    else:
        with pytest.raises(Refused):
            sessions.evolve(s, what, AT)


@pytest.mark.parametrize(("state", "event"), pairs(legs.MACHINE))
def test_a_leg_moves_as_its_table_says(state: str, event: str) -> None:
    s = replace(session(), legs=(Leg("l_1", "chat", "a", state),))
    what = sample(event, leg="l_1")
    target = legs.MACHINE.next(state, event)
    if event in {"leg.added", "party.added"}:
        return
    if target is None:
        with pytest.raises(Refused):
            sessions.evolve(s, what, AT)
    else:
        assert sessions.evolve(s, what, AT).legs[0].state == target


@pytest.mark.parametrize(("state", "event"), pairs(handoffs.MACHINE))
def test_a_handoff_moves_as_its_table_says(state: str, event: str) -> None:
    before = Handoff("h_1", "s_1", "w_1", "p_1", "k_1", "road", "c_1", state=state)
    target = handoffs.MACHINE.next(state, event)
    if event == "handoff.drafted":
        return
    if target is None:
        with pytest.raises(Refused):
            handoffs.evolve(before, sample(event), AT)
    else:
        assert handoffs.evolve(before, sample(event), AT).state == target


@pytest.mark.parametrize(("lease", "event"), pairs(counselors.LEASE))
def test_a_lease_moves_as_its_table_says(lease: str, event: str) -> None:
    before = Counselor("k_1", 1, {}, lease=lease)
    target = counselors.LEASE.next(lease, event)
    if event == "counselor.registered":
        return
    if target is None:
        with pytest.raises(Refused):
            counselors.evolve(before, sample(event), AT)
    else:
        assert counselors.evolve(before, sample(event), AT).lease == target


@pytest.mark.parametrize("kind", [*counselors.SLOT.states, "none"])
@pytest.mark.parametrize("event", counselors.SLOT.inputs[1:])
def test_a_slot_moves_as_its_table_says(kind: str, event: str) -> None:
    there = () if kind in {"none", "freed"} else (Slot("w_1", "s_1", "o_1", "chat", "text", 30, kind),)
    before = Counselor("k_1", 1, {}, slots=there)
    target = counselors.SLOT.next(kind, event)
    if target is None:
        with pytest.raises(Refused):
            counselors.evolve(before, sample(event, item="w_1"), AT)
        assert before.slots == there
    else:
        after = counselors.evolve(before, sample(event, item="w_1"), AT)
        assert [slot.kind for slot in after.slots] == ([] if target == "freed" else [target])


@pytest.mark.parametrize(("step", "event"), pairs(supervision.MACHINE))
def test_a_supervision_moves_as_its_table_says(step: str, event: str) -> None:
    other = Supervision("k_other", AT)
    there = () if step == supervision.OFF else (Supervision("k_boss", AT, step),)
    s = replace(session(), supervisions=(other, *there))
    what = sample(event, supervisor="k_boss")
    began = step == supervision.OFF and event in supervision.MACHINE.start
    target = supervision.MONITOR if began else supervision.MACHINE.next(step, event)
    if target is None:
        with pytest.raises(Refused):
            sessions.evolve(s, what, AT)
    else:
        after = sessions.evolve(s, what, AT).supervisions
        assert after[0] is other
        assert [one.step for one in after[1:]] == ([] if target == supervision.OFF else [target])


@pytest.mark.parametrize(("state", "event"), pairs(callbacks.MACHINE))
def test_a_callback_moves_as_its_table_says(state: str, event: str) -> None:
    cb = Callback("d_1", "general", callbacks.COUNSELOR_FIRST, "c_1", AT, AT + 1, AT, state=state, attempts=1)
    s = replace(session(), callback=cb)
    what = sample(event, callback="d_1")
    target = callbacks.MACHINE.next(state, event)
    if event == "callback.requested":
        if cb.open:
            with pytest.raises(Refused):
                sessions.evolve(s, what, AT)
        else:  # another one, after the first is over
            assert sessions.evolve(s, what, AT).callback.state == callbacks.REQUESTED
        return
    if target is None:
        with pytest.raises(Refused):
            sessions.evolve(s, what, AT)
    else:
        after = sessions.evolve(s, what, AT).callback
        assert after.state == target
        assert after.rank_at_us == AT
        assert bool(after.leg) <= (target in {callbacks.DIALING, callbacks.CONNECTED})
    with pytest.raises(Refused):
        sessions.evolve(s, sample(event, callback="d_2"), AT)


@pytest.mark.parametrize(("state", "event"), pairs(messages.MACHINE))
def test_a_short_message_moves_as_its_table_says(state: str, event: str) -> None:
    before = Message("m_1", "s_1", "p_1", "menu", "c_1", "c_2", AT, AT, state)
    target = messages.MACHINE.next(state, event)
    if event == "text.queued":
        return
    if target is None:
        with pytest.raises(Refused):
            messages.evolve(before, sample(event), AT)
    else:
        assert messages.evolve(before, sample(event), AT).state == target


@pytest.mark.parametrize(("state", "event"), pairs(addresses.MACHINE))
def test_a_strike_moves_as_its_table_says(state: str, event: str) -> None:
    before = Address("a_1", strikes=(Strike(1, "threat", AT, "s_1", "k_1", state),), struck=1)
    target = addresses.MACHINE.next(state, event)
    if event == "strike.recorded":
        return
    if target is None:
        with pytest.raises(Refused):
            addresses.evolve(before, sample(event, strike=1), AT)
    else:
        assert addresses.evolve(before, sample(event, strike=1), AT).strikes[0].state == target
    with pytest.raises(Refused):
        addresses.evolve(before, sample(event, strike=2), AT)


@pytest.mark.parametrize(("state", "event"), pairs(cares.MACHINE))
def test_a_plan_of_care_calls_moves_as_its_table_says(state: str, event: str) -> None:
    days, times = (0,), (600,)
    before = cares.Plan("r_1", 1, "assurance", "p_1", "a", "ko", "c_1", "c_2", days, times, 2, 60, 3, AT, AT, state)
    target = cares.MACHINE.next(state, event)
    if event == "care.planned":
        return
    if target is None:
        with pytest.raises(Refused):
            cares.evolve(before, sample(event), AT)
    else:
        after = cares.evolve(before, sample(event), AT)
        assert after.state == target
        called = target == cares.CALLING and after.alert  # the session of the call has the deadlines
        assert (cares.due_us(after) is None) == bool(target == cares.ENDED or after.paused or called)


def session() -> Session:
    leg = Leg("l_1", "chat", "a", legs.CONNECTED)
    return Session("s_1", 1, "120", "ko", "p_1", "chat", AT, legs=(leg,), last_us=AT)


# -- deadlines (I18): a state with a timer has one, the others have none of their own

TIMED = {
    items.HELD: ({"turned_us": AT}, "hold"),
    items.SCHEDULED: ({"open_at_us": AT + 1}, "opening"),
    items.QUEUED: ({"expires_at_us": AT + 1}, "expiry"),
    items.OFFERED: ({}, "offer"),
    items.CONNECTING: ({"connect_by_us": AT + 1}, "connecting"),
    items.WRAPPING: ({"wrap_by_us": AT + 1}, "wrap_up"),
    items.PAUSED: ({}, "idle_close"),
}


@pytest.mark.parametrize("state", items.MACHINE.states)
def test_every_state_with_a_timer_has_a_deadline(state: str) -> None:
    more, what = TIMED.get(state, ({}, ""))
    s = replace(session(), items=(replace(work_item(state), **more),))
    found = {one.what for one in due.deadlines(s, Policy().timing)}
    assert "session_idle" in found
    assert (found - {"session_idle"}) == ({what} if what else set())
    assert due.due_us(s, Policy().timing) is not None


def test_a_talk_has_the_deadlines_of_its_silence() -> None:
    timing = Policy().timing
    item = replace(work_item(items.ACTIVE), active_at_us=AT, reply_by_us=AT + 60_000_000)
    waiting = replace(session(), items=(item,), last_citizen_us=AT, owed_since_us=AT)
    assert {d.what for d in due.deadlines(waiting, timing)} == {"first_reply", "session_idle"}
    said = replace(waiting, items=(replace(item, reply_by_us=0),), last_counselor_us=AT, owed_since_us=0)
    assert {d.what for d in due.deadlines(said, timing)} == {"idle_warning", "session_idle"}
    warned = replace(said, items=(replace(item, reply_by_us=0, idle_warned=True),))
    assert {d.what for d in due.deadlines(warned, timing)} == {"idle_pause", "session_idle"}


def test_a_suspended_leg_and_a_suspect_console_have_deadlines() -> None:
    gone = replace(session(), legs=(Leg("l_1", "chat", "a", legs.SUSPENDED, until_us=AT + 5),))
    assert due.due_us(gone, Policy().timing) == AT + 5
    assert counselors.due_us(Counselor("k_1", 1, {}, lease=counselors.SUSPECT, lost_at_us=AT + 7)) == AT + 7
    assert counselors.due_us(Counselor("k_1", 1, {}, lease=counselors.LIVE)) is None


def test_a_closed_session_has_no_deadline() -> None:
    assert due.due_us(replace(session(), closed_at_us=AT), Policy().timing) is None


@pytest.mark.parametrize(
    "value", [session(), work_item(items.OFFERED), Counselor("k_1", 1, {"tax": 1}), Leg("l", "chat", "a")]
)
def test_the_fast_copy_is_the_plain_one(value: Any) -> None:
    for field in fields(value):
        new = {field.name: "other"}
        assert changed(value, **new) == replace(value, **new)
    with pytest.raises(TypeError):
        changed(value, nothing=1)


@dataclass(frozen=True, slots=True)
class _Base:
    one: int = 1


@dataclass(frozen=True, slots=True)
class _Heir(_Base):
    two: int = 2


def test_the_fast_copy_of_a_class_that_inherits_is_complete_and_frozen() -> None:
    copied = changed(_Heir(), two=3)
    assert (type(copied), copied) == (_Heir, _Heir(1, 3))
    with pytest.raises(FrozenInstanceError):
        copied.one = 5  # type: ignore[misc]
