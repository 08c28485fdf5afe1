"""Who is asked during a call, a colleague or a line: what is counted of it, and what is written down of whom."""

from __future__ import annotations

from channels.carrier.faults import RestFault
from dasan.core import workitem as items
from tests.voice.acts import People, play
from tests.voice.stage import CITIZEN, FIRE

KIM, LEE = "client:c101", "client:c102"
WRITTEN = {"DASAN_VOICE__ACCEPT": '["transcription"]'}
RECORDED = {"DASAN_VOICE__ACCEPT": '["recording", "transcription"]'}


async def with_lee(p: People) -> None:
    """Kim talks to the citizen and has asked Lee, who is there."""
    await p.talk("kim")
    await p.c.desk("lee")
    await p.do("kim", "consult", counselor=p.id("lee"))
    await p.accept("lee")
    await p.hearing(KIM, LEE)


async def with_line(p: People) -> None:
    """Kim talks to the citizen and has asked 119, which has answered and heard who calls."""
    p.installs(FIRE, after_s=2)
    await p.talk("kim")
    await p.do("kim", "consult", line="119", note="연기가 납니다")
    await p.hearing(KIM, FIRE, 30)
    await p.c.later(15)


def spoken(p: People) -> list[tuple[str, str, str, bool]]:
    """What was written down: whose words (role and author), what, and whether the citizen heard it."""
    found = p.c.app.parts.store.reads.entries(p.s().id)
    return [
        (e.recorded.event.role, e.recorded.event.author, e.body.decode(), bool(e.recorded.event.shown))
        for e in found
        if e.recorded.event.kind == "speech"
    ]


async def says(p: People, *said: tuple[str, str]) -> None:
    for who, text in said:
        p.c.carrier.say(who, text)
        await p.c.later(4)


def running(p: People) -> int:
    """How many transcriptions of calls that are up are running at the network."""
    calls = p.c.carrier.net.calls.values()
    return sum(one.status == "in-progress" for call in calls if call.live for one in call.transcriptions)


# -- figures


def test_a_consult_is_counted_by_itself_and_in_no_figure_of_calls_and_queues() -> None:
    async def story(p: People) -> None:
        await with_lee(p)
        await p.do("kim", "consult_join", joined=True)
        await p.c.later(30)
        await p.do("kim", "consult_complete")
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.s().items[-1].state == items.WRAPPING)
        hub = p.c.app.hub
        assert hub.consults.totals == {"asked": 1, "reached": 1, "joined": 1, "taken": 1, "unreached": 0}
        counted = {stage: n for stage, n in hub.calls.totals.items() if n}
        assert counted == dict.fromkeys(("attempted", "entered", "offered", "answered"), 1)
        level = hub.level.now(p.c.clock.now_us())
        assert (level.answered, level.abandoned) == (1, 0)

    play(story)


# -- what is written down


def test_everybody_speaks_in_her_own_name_and_the_citizen_reads_what_she_heard() -> None:
    async def story(p: People) -> None:
        await with_line(p)
        await says(p, (FIRE, "위치를 말씀해 주십시오."))
        await p.do("kim", "consult_join", joined=True)
        await p.hearing(CITIZEN, FIRE)
        await says(p, (CITIZEN, "세종대로입니다."), (FIRE, "출동합니다."), (KIM, "기다려 주십시오."))
        assert spoken(p) == [
            ("THIRD_PARTY", "119", "위치를 말씀해 주십시오.", False),
            ("CITIZEN", p.s().citizen, "세종대로입니다.", True),
            ("THIRD_PARTY", "119", "출동합니다.", True),
            ("COUNSELOR", p.id("kim"), "기다려 주십시오.", True),
        ]

    play(story, **WRITTEN)


def test_a_colleagues_words_are_hers_and_the_citizens_to_read_once_they_are_joined() -> None:
    async def story(p: People) -> None:
        await with_lee(p)
        await says(p, (LEE, "규정을 찾아볼게요."))
        await p.do("kim", "consult_join", joined=True)
        await p.hearing(CITIZEN, LEE)
        await says(p, (LEE, "가능합니다."))
        lee = p.id("lee")
        assert spoken(p) == [
            ("COUNSELOR", lee, "규정을 찾아볼게요.", False),
            ("COUNSELOR", lee, "가능합니다.", True),
        ]
        await p.do("kim", "consult_end")
        await p.c.until(lambda: not p.on_the_phone(LEE))
        assert running(p) == 2

    play(story, **WRITTEN)


def test_a_line_is_told_before_a_word_of_it_is_written_down() -> None:
    async def story(p: People) -> None:
        await with_line(p)
        assert "기록됩니다" in p.c.said(FIRE)

    play(story, **WRITTEN)


def test_a_line_that_could_not_be_told_is_not_written_down() -> None:
    async def story(p: People) -> None:
        refused = RestFault(400, 20001, 50)
        refused.method, refused.path = "POST", "Participants/"
        p.c.carrier.net.faults.rest.append(refused)
        await with_line(p)
        assert "기록됩니다" not in p.c.said(FIRE)
        await says(p, (FIRE, "위치를 말씀해 주십시오."), (KIM, "연기가 납니다."))
        assert [role for role, *_ in spoken(p)] == ["COUNSELOR"]

    play(story, **WRITTEN)


def test_nothing_is_written_down_or_told_where_it_was_not_accepted() -> None:
    async def story(p: People) -> None:
        await with_line(p)
        await says(p, (FIRE, "위치를 말씀해 주십시오."))
        assert not spoken(p)
        assert "기록됩니다" not in p.c.said(FIRE)

    play(story)


def test_what_two_others_say_without_a_counselor_is_neither_written_down_nor_recorded() -> None:
    async def story(p: People) -> None:
        await with_line(p)
        await p.do("kim", "consult_complete")
        await p.hearing(CITIZEN, FIRE)
        await p.c.until(lambda: not p.on_the_phone(KIM))
        await p.c.until(lambda: not running(p))
        await says(p, (CITIZEN, "현관 비밀번호는 말로 할게요."), (FIRE, "네, 말씀하세요."))
        assert not spoken(p)
        recordings = p.c.carrier.net.recordings.values()
        assert {one.status for one in recordings} == {"paused"}
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: not p.on_the_phone(FIRE))

    play(story, **RECORDED)


def test_who_waits_in_line_again_is_not_written_down_any_more() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        await p.c.until(lambda: running(p) == 2)
        await p.do("kim", "transfer", queue="water")
        await p.c.until(lambda: not running(p), 30)
        await says(p, (CITIZEN, "왜 이렇게 오래 걸리지."))
        assert not spoken(p)
        await p.c.desk("lee")
        await p.accept("lee")
        await p.hearing(CITIZEN, LEE)
        await says(p, (CITIZEN, "수도가 안 나와요."))
        assert [text for _, _, text, _ in spoken(p)] == ["수도가 안 나와요."]

    play(story, **WRITTEN)


def test_after_a_restart_nobody_is_written_down_twice() -> None:
    async def story(p: People) -> None:
        await with_line(p)
        await p.do("kim", "consult_join", joined=True)
        await p.hearing(CITIZEN, FIRE)
        await says(p, (FIRE, "위치를 말씀해 주십시오."))
        await p.c.die(3)
        await p.c.desk("kim", presence="")
        await p.c.later(45)
        assert running(p) == 3
        await says(p, (CITIZEN, "세종대로입니다."), (FIRE, "출동합니다."))
        assert [(role, text) for role, _, text, _ in spoken(p)] == [
            ("THIRD_PARTY", "위치를 말씀해 주십시오."),
            ("CITIZEN", "세종대로입니다."),
            ("THIRD_PARTY", "출동합니다."),
        ]

    play(story, **WRITTEN)
