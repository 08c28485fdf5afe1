"""A supervisor over the console's real protocol: the floor, looking into a session, and what nobody may read (I28)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent_tui.state import DeskState
from dasan.core import commands as c
from dasan.core.errors import StorageFull
from dasan.server import floor as floors
from dasan.server import rights
from dasan.server.rights import Viewer
from dasan.wire import desk as wire
from dasan.wire import desk_views as view
from tests.server.world import Desk, World

SECRET = "강남구 역삼동 123-4에 사는 홍길동입니다"


async def boss_at(world: World, name: str = "boss", shown: str = "정감독", role: str = "supervisor") -> Desk:
    world.counselor(name, shown, roles=("counselor", role))
    desk = world.desk()
    await desk.hello(name)
    return desk


async def dead_letter(world: World, desk: Desk, text: str = SECRET) -> tuple[str, str]:
    """A session whose ticket cannot be delivered: (session, handoff)."""
    session, item = await world.serving(desk, text)
    form = (await desk.done("ticket_prefill", session=session, item=item)).data["form"]
    form |= {"summary": "가로등", "description": "꺼짐"}
    handoff = (await desk.done("ticket_file", session=session, item=item, form=form)).data["handoff"]
    world.ticket(handoff, "refused")
    await world.settle()
    return session, handoff


def words(desk: Desk) -> str:
    """Everything that ever went to a console, as text."""
    return "\n".join(frame.model_dump_json() for frame in desk.wire.frames)


def tick(world: World) -> None:
    """What the server does once a second for the lists that are on screens."""
    for console in world.consoles:
        if console.follows_floor:
            now, language = world.clock.us, console.language
            console.tell_floor(floors.floor(world.hub, world.policy, world.house.names, now, language))


# -- the floor


async def test_the_floor_lists_sessions_and_counselors_without_a_word_of_theirs(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, item = await world.serving(kim, SECRET)
    await boss.done("floor", on=True)
    shown = boss.last(view.Floor)
    (row,) = shown.sessions
    assert (row.session, row.item, row.phase, row.counselor_name) == (session, item, "ENGAGED", "김상담")
    assert (row.queue_name, row.number, row.trouble) == ("일반 상담", 1, "")
    assert all((row.last_at, row.since, row.reply_by))
    kims = next(k for k in shown.counselors if k.name == "김상담")
    assert (kims.presence, kims.lease, kims.sessions, kims.text, kims.live) == ("AVAILABLE", "LIVE", 1, 30, 0)
    assert "홍길동" not in words(boss)
    assert "역삼동" not in words(boss)


async def test_the_floor_is_for_supervisors(world: World) -> None:
    kim = await world.on_duty()
    reply = await kim.ask("floor", on=True)
    assert (reply.code, reply.text) == ("not_supervisor", "감독 권한이 필요합니다.")
    assert not kim.all(view.Floor)
    admin = await boss_at(world, "root", "관리자", "admin")
    assert (await admin.done("floor", on=True)).ok


async def test_the_floor_is_told_again_only_when_more_than_the_time_has_changed(world: World) -> None:
    await world.on_duty()
    boss = await boss_at(world)
    await boss.done("floor", on=True)
    tick(world)
    world.clock.us += 1_000_000
    tick(world)
    assert len(boss.all(view.Floor)) == 1
    world.say("여권을 잃어버렸어요")
    await world.settle()
    tick(world)
    assert len(boss.all(view.Floor)) == 2
    await boss.done("floor", on=False)
    world.say("폐기물 버리려고요", "p_two")
    tick(world)
    assert len(boss.all(view.Floor)) == 2


async def test_the_oldest_trouble_stands_first(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    served, _ = await world.serving(kim, "여권을 잃어버렸어요", "p_one")
    world.clock.us += 70_000_000  # her first reply is overdue
    await kim.done("presence", presence="AWAY")
    waiting = world.say("폐기물 버리려고요", "p_two")
    world.clock.us += 40_000_000
    quiet = world.say("방금 왔습니다", "p_three")
    await boss.done("floor", on=True)
    rows = boss.last(view.Floor).sessions
    assert [(row.session, row.trouble) for row in rows] == [
        (served, "first_reply"),
        (waiting, "waiting"),
        (quiet, ""),
    ]
    assert rows[0].trouble_since < rows[1].trouble_since


async def test_a_dead_letter_is_trouble_with_its_ticket_named(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, handoff = await dead_letter(world, kim)
    await boss.done("floor", on=True)
    (row,) = boss.last(view.Floor).sessions
    assert (row.session, row.trouble, row.handoff) == (session, "dead_letter", handoff)
    await boss.done("ticket_retry", handoff=handoff)
    tick(world)
    assert boss.last(view.Floor).sessions[0].trouble != "dead_letter"


async def test_the_floor_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floors, "FLOOR_MAX", 3)
    boss = await boss_at(world)
    for n in range(5):
        world.say(f"문의 {n}", f"p_{n}")
    await boss.done("floor", on=True)
    shown = boss.last(view.Floor)
    assert (len(shown.sessions), shown.more_sessions) == (3, 2)
    row = shown.sessions[0].model_dump_json()
    assert len(row.encode()) * view.FLOOR_MAX < 64 * 1024, "a full floor is one frame of an ordinary size"


# -- looking


async def test_a_look_brings_the_transcript_and_stays_live_until_she_leaves(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await world.serving(kim, SECRET)
    assert (await boss.done("look", session=session)).data == {"step": "MONITOR"}
    shown = boss.last(view.Session)
    assert (shown.session, shown.mine, shown.look) == (session, "", "MONITOR")
    assert {"look_away", "whisper", "barge", "take_over"} <= set(shown.can)
    assert not {"say", "note", "release", "transfer", "look"} & set(shown.can)
    assert SECRET in [e.text for e in boss.all(view.Entry)]
    world.say("아직 계신가요?")
    await world.settle()
    assert boss.last(view.Entry).text == "아직 계신가요?"
    before = len(kim.wire.frames)
    await boss.done("look_away", session=session)
    assert (boss.last(view.Gone).session, boss.last(view.Gone).why) == (session, "look_over")
    world.say("이 글은 감독에게 가지 않습니다")
    await world.settle()
    assert "이 글은" not in words(boss)
    assert not [f for f in kim.wire.frames[before:] if isinstance(f, view.Session) and f.look]


async def test_a_whisper_reaches_the_counselor_under_the_supervisors_name_and_not_the_citizen(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await world.serving(kim)
    await boss.done("look", session=session)
    await boss.done("whisper", session=session, text="분실 신고부터 안내하세요")
    told = kim.last(view.Entry)
    assert (told.who, told.kind, told.name, told.text) == (
        "supervisor", "whisper", "정감독", "분실 신고부터 안내하세요",
    )  # fmt: skip
    s = world.hub.index.session(session)
    assert s.hidden == (told.n,)
    assert boss.last(view.Session).look == "WHISPER"


async def test_a_barge_is_a_line_of_the_supervisor_to_the_citizen_who_is_told(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await world.serving(kim)
    await boss.done("look", session=session)
    await boss.done("barge", session=session, text="팀장 정감독입니다. 제가 도와드리겠습니다.")
    told = kim.all(view.Entry)[-2:]
    assert [(e.who, e.code) for e in told] == [("system", "supervisor_joined"), ("supervisor", "")]
    s = world.hub.index.session(session)
    assert s.hidden == ()
    await boss.done("look_away", session=session)
    assert kim.last(view.Entry).code == "supervisor_left"


async def test_a_takeover_from_a_look_keeps_the_talk_and_tells_the_counselor(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, item = await world.serving(kim, SECRET)
    await boss.done("look", session=session)
    gone = len(boss.all(view.Gone))
    await boss.done("take_over", session=session, item=item)
    shown = boss.last(view.Session)
    assert (shown.mine, shown.look, shown.item.counselor_name) == ("live", "", "정감독")
    assert len(boss.all(view.Gone)) == gone, "it does not leave her screen"
    assert (kim.last(view.Gone).session, kim.last(view.Gone).why) == (session, "taken_over")
    world.say("이제 누구신가요?")
    await world.settle()
    assert "이제 누구신가요" in words(boss)
    assert "이제 누구신가요" not in words(kim)
    await boss.done("say", session=session, text="감독입니다. 이어서 도와드리겠습니다.")


async def test_a_look_ends_with_the_console_that_looked(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await world.serving(kim)
    await boss.done("look", session=session)
    boss.drop()
    await world.later(world.policy.timing.suspect_s + 2)
    assert world.hub.index.session(session).supervisions
    for _ in range(4):  # kim is there all the while
        await kim.send("beat")
        await world.later(11)
    assert not world.hub.index.session(session).supervisions
    back = world.desk()
    await back.hello("boss")
    assert back.welcome.sessions == ()


async def test_a_look_moves_with_the_supervisor_to_her_next_console(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await world.serving(kim)
    await boss.done("look", session=session)
    second = world.desk()
    await second.hello("boss")
    assert [(s.session, s.look) for s in second.welcome.sessions] == [(session, "MONITOR")]
    assert second.welcome.entries


async def test_who_looks_is_not_seen_writing_before_she_has_barged_in(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await world.serving(kim)
    heard: list[bool] = []
    end = world.hub.subscribe(session, lambda commit: None, lambda role, on: heard.append(on))
    await boss.done("look", session=session)
    await boss.send("typing", session=session, on=True)
    assert heard == []
    await boss.done("barge", session=session, text="팀장입니다")
    await boss.send("typing", session=session, on=True)
    assert heard == [True]
    end()


async def test_a_dead_letter_comes_with_its_ticket_alone_until_she_looks(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, handoff = await dead_letter(world, kim)
    shown = boss.last(view.Session)
    assert (shown.session, shown.tickets[0].stage, shown.last_n, shown.look) == (session, "DEAD_LETTER", 0, "")
    assert (shown.citizen.contact, shown.citizen.district) == ("", "")
    assert {"ticket_retry", "ticket_release", "look"} <= set(shown.can)
    assert "홍길동" not in words(boss)
    world.say("홍길동인데 어떻게 되었나요?")
    await world.settle()
    assert "홍길동" not in words(boss)
    await boss.done("look", session=session)
    assert "홍길동" in words(boss)
    at = len(boss.wire.frames)
    await boss.done("look_away", session=session)
    later = [f for f in boss.wire.frames[at:] if isinstance(f, view.Session | view.Gone | view.Entry)]
    assert [type(f) for f in later] == [view.Gone, view.Session]
    assert later[1].last_n == 0
    await boss.done("ticket_release", handoff=handoff, reason="전화로 접수")
    assert boss.last(view.Gone).session == session


# -- I28: exhaustively, whoever asks and whatever she is to the session

Standing = Callable[[World, Desk, Desk, str, str], Awaitable[None]]


async def stranger(world: World, kim: Desk, other: Desk, session: str, item: str) -> None: ...


async def looks(world: World, kim: Desk, other: Desk, session: str, item: str) -> None:
    await other.done("look", session=session)


async def looked_before(world: World, kim: Desk, other: Desk, session: str, item: str) -> None:
    await other.done("look", session=session)
    await other.done("look_away", session=session)
    other.wire.frames.clear()


async def takes_part(world: World, kim: Desk, other: Desk, session: str, item: str) -> None:
    await other.done("take_over", session=session, item=item)


async def took_part(world: World, kim: Desk, other: Desk, session: str, item: str) -> None:
    """She had it, and another supervisor took it from her."""
    await other.done("take_over", session=session, item=item)
    second = await boss_at(world, "second", "둘째")
    await second.done("take_over", session=session, item=item)
    other.wire.frames.clear()


ROLES: dict[str, tuple[str, ...]] = {
    "counselor": ("counselor",),
    "supervisor": ("supervisor",),
    "both": ("counselor", "supervisor"),
    "admin": ("admin",),
}
STANDINGS: dict[str, tuple[Standing, bool]] = {  # how she stands to it, and whether she may read then
    "stranger": (stranger, False),
    "looks": (looks, True),
    "looked before": (looked_before, False),
    "takes part": (takes_part, True),
    "took part": (took_part, False),
}
PAIRS = [(r, s) for r in ROLES for s in STANDINGS if r != "counselor" or s == "stranger"]
FIELDS: dict[str, Any] = {
    "before": 99, "n": 1, "on": True, "limit": 10, "text": "한 줄", "article": "a-passport", "query": "여권",
    "field": "text", "reason": "확인", "photo": "b_1", "queue": "general", "offer": "o_1",
    "disposition": "answered", "category": "civil", "summary": "요약", "presence": "AWAY",
    "form": {"category": "road", "summary": "가", "description": "나"},
}  # fmt: skip
# What ends her console or her standing is not about reading.
LEFT_OUT = {"hello", "beat", "sign_out"}
KINDS = sorted(
    {cls.model_fields["t"].annotation.__args__[0] for cls in wire.Command.__subclasses__()} | {"typing"}
)  # fmt: skip


@pytest.mark.parametrize(("role", "standing"), PAIRS)
async def test_no_words_of_a_session_reach_who_neither_takes_part_nor_looks(
    world: World, role: str, standing: str
) -> None:
    """Every command of the protocol, of every role, in every standing: the words come only where they may."""
    kim = await world.on_duty()
    session, item = await world.serving(kim, SECRET)
    handoff = (
        await kim.done("ticket_file", session=session, item=item, form=FIELDS["form"] | {"description": SECRET})
    ).data["handoff"]
    world.counselor("other", "다른이", roles=ROLES[role])
    other = world.desk()
    await other.hello("other")
    act, may = STANDINGS[standing]
    await act(world, kim, other, session, item)
    for kind in KINDS:
        if kind in LEFT_OUT or (kind in {"look", "take_over"} and role != "counselor"):
            continue  # those two are how one comes to read
        cls = next(x for x in (*wire.Command.__subclasses__(), wire.Typing) if _kind(x) == kind)
        names = set(cls.model_fields) - {"t", "id"}
        given = {"session": session, "item": item, "handoff": handoff, **FIELDS}
        fields = {name: given[name] for name in names if name in given and (kind, name) != ("transfer", "counselor")}
        if kind == "typing":
            await other.send(kind, **fields)
        elif not (may and kind in {"look_away", "wrap", "release", "transfer"}):
            await other.ask(kind, **fields)
    world.say("홍길동이 한 번 더 씁니다")
    await world.settle()
    assert ("홍길동" in words(other)) == may


def _kind(cls: type[Any]) -> str:
    return str(cls.model_fields["t"].annotation.__args__[0])


@pytest.mark.parametrize("role", [c.COUNSELOR, c.SUPERVISOR, c.ADMIN])
async def test_what_the_keys_offer_is_what_the_broker_would_do(world: World, role: str) -> None:
    """Who has not the role is told so for every supervisor's command; who has it sees what is possible now."""
    kim = await world.on_duty()
    session, _ = await world.serving(kim)
    s = world.hub.index.session(session)
    can, cannot = rights.rights(Viewer("k_other", role), s, ())
    supervisors = {"look", "look_away", "whisper", "barge", "take_over"}
    if role == c.COUNSELOR:
        assert not supervisors & set(can)
        assert {cannot[name] for name in supervisors} == {"감독 권한이 필요합니다."}
    else:
        assert supervisors & set(can) == {"look", "take_over"}
        assert cannot["whisper"] == "이 상담을 살펴보고 있지 않습니다. 먼저 살펴보기를 시작하십시오."


async def test_the_supervisors_picture_is_one_story_through_every_step(world: World) -> None:
    """Frames alone bring a real console's read model to what a fresh welcome shows; it raises Gap otherwise."""
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await dead_letter(world, kim)
    for t, more in [
        ("look", {}), ("whisper", {"text": "하나"}), ("barge", {"text": "둘"}), ("look_away", {}), ("look", {}),
        ("look_away", {}),
    ]:  # fmt: skip
        world.say(f"{t} 앞에 온 글")
        await world.settle()
        await boss.done(t, session=session, **more)
        state = DeskState()
        for frame in boss.wire.frames:
            state.apply(frame, 0)
        talk = state.talks[session]
        n = world.hub.index.session(session).entry_n
        assert [e.n for e in talk.entries] == (list(range(1, n + 1)) if talk.session.look else [])


async def test_a_supervisor_who_looks_can_mend_a_ticket_that_came_back(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, item = await world.serving(kim, SECRET)
    form = (await kim.done("ticket_prefill", session=session, item=item)).data["form"]
    form |= {"summary": "가로등", "description": "꺼짐"}
    handoff = (await kim.done("ticket_file", session=session, item=item, form=form)).data["handoff"]
    world.ticket(handoff, "rejected", fields=("address",))
    await world.settle()
    await boss.done("floor", on=True)
    assert [(row.trouble, row.handoff) for row in boss.last(view.Floor).sessions] == [("rejected", handoff)]
    assert (await boss.ask("ticket_prefill", session=session, item=item)).code == "not_yours"
    await boss.done("look", session=session)
    assert "ticket_amend" in boss.last(view.Session).can
    as_filed = (await boss.done("ticket_prefill", session=session, item=item)).data["form"]
    assert as_filed["summary"] == "가로등"
    await boss.done("ticket_amend", handoff=handoff, form=as_filed | {"place": "강남구 역삼동 123-4"})
    assert boss.last(view.Session).tickets[0].stage == "COMMITTED"


async def test_a_look_that_is_over_before_it_was_read_leaves_nothing_behind(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await world.serving(kim, SECRET)
    for n in range(3):
        boss.raw(json.dumps({"t": "look", "id": f"look-{n:05d}", "session": session}))
        boss.raw(json.dumps({"t": "look_away", "id": f"away-{n:05d}", "session": session}))
    await world.settle()
    assert "홍길동" not in words(boss)
    await boss.done("look", session=session)
    assert len([e for e in boss.all(view.Entry) if e.text == SECRET]) == 1


async def test_what_cannot_be_read_ends_the_console_and_the_next_one_has_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await world.serving(kim, SECRET)

    def away(*_: object) -> None:
        raise StorageFull

    with monkeypatch.context() as broken:
        broken.setattr(world.store.reads, "entries_before", away)
        await boss.send("look", id="look-00001", session=session)
    assert boss.last(view.Bye).code == "busy"
    second = world.desk()
    await second.hello("boss")
    assert SECRET in words(second)
