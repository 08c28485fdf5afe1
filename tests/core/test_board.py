"""The board plans what a plain scan of everybody would plan, however it came to be what it is."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dasan.core import counselor as counselors
from dasan.core.board import Board, match
from dasan.core.counselor import Counselor, Slot
from dasan.core.policy import CHAT, POOL_LIVE, POOL_TEXT, SMS, VOICE, Policy, RoutingStep, SkillNeed
from dasan.core.routing import Plan, Waiting, order, passed_over, why
from dasan.core.workitem import QUEUED, WorkItem
from dasan.sim.bench import crowd, plain_scan

NOW = 1_800_000_000_000_000
POLICY = Policy()
skill = st.sampled_from(["general", "tax", "english"])
levels = st.dictionaries(skill, st.integers(0, 5), max_size=3)
ids = [f"k_{n}" for n in range(5)]
some = st.lists(st.sampled_from(ids), max_size=2, unique=True)


@st.composite
def counselor(draw: st.DrawFn, who: str) -> Counselor:
    held = draw(st.integers(0, 3))
    slots = tuple(Slot(f"w_{who}{n}", "s_x", "", CHAT, POOL_TEXT, 30, counselors.ACTIVE) for n in range(held))
    lease = draw(st.sampled_from([counselors.LIVE] * 4 + [counselors.SUSPECT, counselors.ABSENT]))
    presence = draw(st.sampled_from([counselors.AVAILABLE] * 4 + [counselors.AWAY]))
    idle_us = NOW - draw(st.integers(0, 3))
    return Counselor(who, 1, draw(levels), lease=lease, presence=presence, slots=slots, idle_since_us=idle_us)


@st.composite
def waiting(draw: st.DrawFn, n: int) -> Waiting:
    needs = tuple(SkillNeed(name, level) for name, level in sorted(draw(levels).items()))
    item = WorkItem(
        f"w_{n}",
        "general",
        CHAT,
        QUEUED,
        emergency=draw(st.integers(0, 9)) == 0,
        sticky=draw(st.sampled_from(["", "", *ids])),
        rank_at_us=NOW - draw(st.integers(0, 4)),
        steps=(RoutingStep(needs, 0, draw(st.sampled_from(["", "", "", *ids]))),),
        excluded=tuple((who, NOW + draw(st.sampled_from([-1, 1]))) for who in draw(some)),
        parked=draw(st.integers(0, 9)) == 0,
    )
    return Waiting(f"s_{n}", item)


crews = st.tuples(*(counselor(who) for who in ids))
lines = st.integers(0, 9).flatmap(lambda n: st.tuples(*(waiting(i) for i in range(n))))


@given(crews, lines)
def test_a_fresh_board_plans_what_a_plain_scan_plans(crew: tuple[Counselor, ...], line: tuple[Waiting, ...]) -> None:
    assert match(line, crew, POLICY, NOW) == plain_scan(line, crew, POLICY, NOW)


@given(st.lists(st.tuples(crews, lines), min_size=2, max_size=5))
def test_a_board_that_has_seen_much_plans_as_a_fresh_one(
    history: list[tuple[tuple[Counselor, ...], tuple[Waiting, ...]]],
) -> None:
    board = Board(POLICY)
    there: set[str] = set()
    for crew, line in history:
        for k in crew:
            board.counselor(k)
        offered = [w for w in line if not w.item.parked]
        for session in there - {w.session for w in offered}:
            board.drop(session)
        for w in offered:
            board.put(w.session, w.item)
        there = {w.session for w in offered}
        assert len(board) == len(offered)
        assert [w.session for w in board.line()] == [w.session for w in sorted(offered, key=lambda w: order(w.item))]
        assert board.plan(NOW, 1000) == plain_scan(line, crew, POLICY, NOW)
        assert board.plan(NOW, 1000) == plain_scan(line, crew, POLICY, NOW), "a plan takes nothing"


@given(crews, lines)
def test_the_reasons_agree_with_the_plan(crew: tuple[Counselor, ...], line: tuple[Waiting, ...]) -> None:
    for w in line:
        if w.item.parked:
            continue
        plans = match([w], crew, POLICY, NOW)
        verdicts = why(w.item, crew, POLICY, NOW)
        assert len(verdicts) == len(crew)
        first = [v.counselor for v in verdicts if v.rank == 1]
        assert [p.counselor for p in plans] == first


def free(who: str, **skills: int) -> Counselor:
    return Counselor(who, 1, skills, lease=counselors.LIVE, presence=counselors.AVAILABLE)


def item(name: str, channel: str = CHAT, rank: int = 0, **needs: int) -> Waiting:
    steps = (RoutingStep(tuple(SkillNeed(skill, level) for skill, level in needs.items())),)
    return Waiting(f"s_{name}", WorkItem(name, "general", channel, QUEUED, rank_at_us=NOW + rank, steps=steps))


def test_a_full_channel_at_the_head_of_the_line_holds_nobody_up() -> None:
    busy = replace(free("k_1"), slots=tuple(Slot(f"w{n}", "s", "", CHAT, POOL_TEXT, 25, "live") for n in range(3)))
    plans = match([item("w_chat", CHAT, 0), item("w_sms", SMS, 1)], [busy], POLICY, NOW)
    assert plans == [Plan("s_w_sms", "w_sms", "k_1")]


def test_no_text_is_offered_during_a_call_and_no_call_on_top_of_a_call() -> None:
    talking = replace(free("k_1"), slots=(Slot("w", "s", "", VOICE, POOL_LIVE, 100, "live"),))
    assert match([item("w_1", CHAT), item("w_2", VOICE)], [talking], POLICY, NOW) == []


def test_the_scarcest_skill_decides_then_load_then_idleness() -> None:
    crew = [free("k_1", general=5, english=1), free("k_2", general=1, english=3), free("k_3", general=5)]
    assert match([item("w_1", general=1, english=1)], crew, POLICY, NOW)[0].counselor == "k_2"
    alike = [replace(free("k_1"), idle_since_us=5), replace(free("k_2"), idle_since_us=3)]
    assert match([item("w_1")], alike, POLICY, NOW)[0].counselor == "k_2"


def test_nobody_is_planned_beyond_her_room() -> None:
    plans = match([item(f"w_{n}", rank=n) for n in range(9)], [free("k_1"), free("k_2")], POLICY, NOW)
    assert [p.item for p in plans] == [f"w_{n}" for n in range(6)]
    assert sorted(p.counselor for p in plans) == ["k_1"] * 3 + ["k_2"] * 3


def test_a_large_crowd_is_planned_as_by_a_plain_scan() -> None:
    line, crew = crowd(300, 60, busy=False, seed=9)
    plans = match(line, crew, POLICY, NOW, most=300)
    assert plans == plain_scan(line, crew, POLICY, NOW)
    items, people = {w.item.id: w.item for w in line}, {k.id: k for k in crew}
    assert all(not passed_over(items[p.item], people[p.counselor], POLICY, NOW) for p in plans)
