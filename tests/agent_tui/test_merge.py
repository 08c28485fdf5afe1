"""Saying at the desk that two citizens are one person, and taking it back: on the screen and line by line."""

from __future__ import annotations

from agent_tui import merges
from agent_tui.screens.panel import Confirm, Menu
from agent_tui.state import DeskState, Talk
from agent_tui.widgets.card import card
from agent_tui.words import Words
from dasan.wire.person_views import Citizen, Merge
from tests.agent_tui.fake_server import Centre
from tests.agent_tui.stage import at_the_desk
from tests.agent_tui.test_plain import Lines, signed_in
from tests.agent_tui.test_state import me, session

MINE = Merge(link=12, evidence="word", at=1_790_000_000_000_000, by="k_kim")


async def test_the_citizen_of_another_session_of_mine_is_the_same_person_and_is_not_again() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        first = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == first)
        other = await centre.live("박OO", "저예요")
        await stage.until(lambda: other in stage.app.state.talks)
        stage.desk.action_do("unmerge")
        await stage.seen("되돌릴 수 있는 연결이 없습니다")
        stage.desk.action_do("merge")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        assert not stage.sent("merge"), "it is asked before it is said"
        await stage.press("enter")
        await stage.seen("같은 사람으로 이었습니다")
        assert [(m.session, m.other, m.receipt) for m in stage.sent("merge")] == [(first, other, "")]
        await stage.seen("본인 말")
        stage.desk.action_do("unmerge")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("enter")
        await stage.seen("되돌리는 까닭")
        await stage.press(*"why", "enter")
        await stage.until(lambda: stage.sent("unmerge"))
        assert (stage.sent("unmerge")[0].link, stage.sent("unmerge")[0].reason) == (12, "why")


async def test_a_receipt_that_the_citizen_names_is_typed_in() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        stage.desk.action_do("merge")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("enter")
        await stage.seen("민원인이 말한 접수번호")
        await stage.press(*"26-1", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        await stage.press("escape")
        await stage.pilot.pause()
        assert not stage.sent("merge")
        centre.refuse["merge"] = ("no_such_receipt", "그 접수번호가 없습니다.")
        stage.desk.action_do("merge")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("enter", *"26-1", "enter", "enter")
        await stage.seen("그 접수번호가 없습니다")
        assert (stage.sent("merge")[0].other, stage.sent("merge")[0].receipt) == ("", "26-1")


async def test_line_by_line() -> None:
    async with signed_in(Centre()) as lines:
        await merges_by_line(lines)


async def merges_by_line(lines: Lines) -> None:
    desk = lines.desk
    first = await lines.centre.live("박OO", "하나")
    other = await lines.centre.live("박OO", "저예요")
    await desk.until(lambda: {first, other} <= set(desk.state.talks), 5)
    desk.current = first
    number = desk.state.talks[other].session.number
    assert not await desk.do("merge")
    assert any(f"상담 {number}" in line for line in lines.said)
    assert not await desk.do("unmerge")
    assert await desk.do(f"merge {number}")
    await desk.until(lambda: bool(desk.state.talks[first].session.citizen.merges), 5)
    assert not await desk.do("unmerge 12")
    assert any(line.startswith("12번 ") for line in lines.said)
    assert await desk.do("unmerge 12 다른 사람")
    assert await desk.do("merge receipt 26-1121-00042-7")
    sent = [c for c in lines.centre.commands if c.t in {"merge", "unmerge"}]
    assert [(c.t, getattr(c, "other", ""), getattr(c, "receipt", "")) for c in sent] == [
        ("merge", other, ""),
        ("unmerge", "", ""),
        ("merge", "", "26-1121-00042-7"),
    ]


def test_the_card_marks_contacts_under_another_identity() -> None:
    history = ((812, "2026-09-02", "도로", "접수"), (640, "2026-08-11", "여권", "안내"))
    citizen = Citizen(citizen="p_1", history=history, others=(640,), merges=(MINE,))
    shown = card(Talk(session(citizen=citizen)), Words("ko"), 40).plain
    assert "#812 " in shown
    assert "#640=" in shown
    assert "같은 사람" in shown
    assert "본인 말" in shown


def test_only_who_said_it_or_a_supervisor_finds_it_to_take_back() -> None:
    talk = Talk(session(citizen=Citizen(citizen="p_1", merges=(MINE,))))
    for who, roles, found in (("k_kim", (), 1), ("k_lee", (), 0), ("k_lee", ("supervisor",), 1)):
        state = DeskState(me=me(counselor=who, roles=roles))
        assert len(merges.to_take_back(state, talk)) == found


def test_what_colleagues_read_in_the_talk_is_spoken() -> None:
    for language in ("ko", "en"):
        for code in ("merged", "merged_receipt", "unmerged"):
            said = Words(language).spoken(code, {"number": "26-1", "link": 12})
            assert "12" in said
            assert "-" not in said.replace("26-1", "")
