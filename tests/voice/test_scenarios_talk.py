"""From the queue to the end of a talk: hold, mute, passing on, asking a colleague, lines, and everybody who fails."""

from __future__ import annotations

import pytest

from dasan.core import leg as legs
from dasan.core import workitem as items
from tests.voice.acts import OTHER, People, play
from tests.voice.stage import CITIZEN, FIRE

KIM, LEE, BOSS = "client:c101", "client:c102", "client:c103"


def test_hold_plays_music_and_the_talk_goes_on_after_it() -> None:
    async def story(p: People) -> None:
        await p.talk()
        await p.do("kim", "hold")
        await p.apart(CITIZEN, KIM)
        assert p.state() == items.HELD
        await p.do("kim", "unhold")
        await p.hearing(CITIZEN, KIM)
        assert p.state() == items.ACTIVE

    play(story)


def test_a_muted_counselor_hears_and_is_not_heard() -> None:
    async def story(p: People) -> None:
        s = await p.talk()
        await p.do("kim", "mute", leg=s.parties[0].id, muted=True)
        await p.c.until(lambda: not p.c.carrier.hears(CITIZEN, KIM))
        assert p.c.carrier.hears(KIM, CITIZEN)
        await p.do("kim", "mute", leg=s.parties[0].id, muted=False)
        await p.hearing(CITIZEN, KIM)

    play(story)


def test_the_counselor_ends_the_talk_and_writes_it_down() -> None:
    async def story(p: People) -> None:
        await p.talk()
        await p.do("kim", "release")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN) and not p.on_the_phone(KIM))
        await p.wrap()
        await p.c.until(lambda: p.s().closed_at_us)

    play(story)


def test_the_citizen_hangs_up_and_the_counselors_telephone_is_free() -> None:
    async def story(p: People) -> None:
        await p.talk()
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.state() == items.WRAPPING and not p.on_the_phone(KIM))

    play(story)


def test_passed_to_a_queue_the_citizen_waits_again_at_her_rank() -> None:
    async def story(p: People) -> None:
        await p.talk()
        rank = p.s().items[0].rank_at_us
        await p.do("kim", "transfer", queue="water")
        await p.c.until(lambda: p.s().items[0].state == items.WRAPPING and not p.on_the_phone(KIM))
        assert p.s().items[-1].queue == "water"
        assert p.s().items[-1].rank_at_us <= rank
        assert p.on_the_phone(CITIZEN)
        await p.c.desk("lee")
        await p.accept("lee")
        await p.talking()
        await p.hearing(CITIZEN, LEE)

    play(story)


def test_passed_to_a_colleague_she_talks_to_her() -> None:
    async def story(p: People) -> None:
        await p.c.desk("lee")
        await p.c.desks["lee"].done("presence", presence="AWAY", reason="meal")
        await p.talk("kim")
        await p.c.desks["lee"].done("presence", presence="AVAILABLE")
        await p.do("kim", "transfer", counselor=p.id("lee"))
        await p.accept("lee")
        await p.hearing(CITIZEN, LEE)
        assert not p.on_the_phone(KIM)

    play(story)


async def consulting(p: People) -> None:
    """Kim talks to the citizen and has asked Lee, who has picked up."""
    await p.talk("kim")
    await p.c.desk("lee")
    await p.do("kim", "consult", counselor=p.id("lee"))
    await p.apart(CITIZEN, KIM)
    await p.accept("lee")
    await p.hearing(KIM, LEE)
    assert not p.c.carrier.hears(CITIZEN, LEE)


def test_a_colleague_is_asked_while_the_citizen_hears_music() -> None:
    async def story(p: People) -> None:
        await consulting(p)
        await p.do("kim", "consult_end")
        await p.hearing(CITIZEN, KIM)
        assert not p.on_the_phone(LEE)
        assert p.state() == items.ACTIVE

    play(story)


def test_all_three_talk_and_then_two() -> None:
    async def story(p: People) -> None:
        await consulting(p)
        await p.do("kim", "consult_join", joined=True)
        await p.hearing(CITIZEN, KIM)
        await p.hearing(CITIZEN, LEE)
        await p.do("kim", "consult_join", joined=False)
        await p.apart(CITIZEN, LEE)
        await p.do("kim", "consult_end")
        await p.hearing(CITIZEN, KIM)

    play(story)


def test_a_warm_transfer_leaves_the_citizen_with_the_colleague() -> None:
    async def story(p: People) -> None:
        await consulting(p)
        await p.do("kim", "consult_complete")
        await p.hearing(CITIZEN, LEE)
        await p.c.until(lambda: not p.on_the_phone(KIM))
        assert p.s().items[0].state == items.WRAPPING
        live = p.s().live_item
        assert live is not None
        assert live.counselor == p.id("lee")
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.s().items[-1].state == items.WRAPPING)

    play(story)


def test_a_warm_transfer_is_refused_before_the_colleague_is_there() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        await p.c.desk("lee")
        await p.do("kim", "consult", counselor=p.id("lee"))
        reply = await p.ask("kim", "consult_complete")
        assert not reply.ok
        assert reply.text

    play(story)


def test_the_citizen_leaves_during_a_consult() -> None:
    async def story(p: People) -> None:
        await consulting(p)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.s().items[0].state == items.WRAPPING)
        await p.c.until(lambda: not p.on_the_phone(KIM) and not p.on_the_phone(LEE), 30)
        assert p.s().live_item is None

    play(story)


def test_the_asked_colleague_hangs_up() -> None:
    async def story(p: People) -> None:
        await consulting(p)
        p.c.carrier.hang_up(LEE)
        await p.c.until(lambda: p.s().consult is None, 60)
        await p.do("kim", "consult_end") if p.state() == items.CONSULTING else None
        await p.hearing(CITIZEN, KIM, 30)

    play(story)


def test_a_line_is_rung_and_the_citizen_is_let_go_only_when_it_answers() -> None:
    async def story(p: People) -> None:
        p.installs(FIRE, after_s=6)
        await p.talk("kim")
        await p.do("kim", "hand_over", line="119", place="중구 세종대로 110", summary="연기가 납니다")
        await p.c.later(3)
        assert p.hear_each_other(CITIZEN, KIM), "not let go while it rings"
        await p.hearing(CITIZEN, FIRE, 20)
        await p.c.until(lambda: not p.on_the_phone(KIM), 20)
        assert p.s().items[0].state == items.WRAPPING
        assert p.on_the_phone(CITIZEN)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: not p.on_the_phone(FIRE))

    play(story)


@pytest.mark.parametrize("how", ["busy", "reject", "absent"])
def test_a_line_that_cannot_be_reached_leaves_the_talk_as_it_is(how: str) -> None:
    async def story(p: People) -> None:
        p.installs(FIRE, how)
        await p.talk("kim")
        await p.do("kim", "hand_over", line="119", place="중구 세종대로 110", summary="연기가 납니다")
        await p.c.until(lambda: p.s().parties[-1].state == legs.ENDED, 60)
        await p.c.later(2)
        assert p.hear_each_other(CITIZEN, KIM)
        assert p.state() == items.ACTIVE

    play(story)


def test_a_line_nobody_gave_a_number_is_refused_with_a_sentence() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        reply = await p.ask("kim", "hand_over", line="lonely", summary="말벗이 필요합니다")
        assert not reply.ok
        assert reply.text

    play(story)


@pytest.mark.parametrize("how", ["busy", "reject", "absent", "wait"])
def test_a_counselor_who_cannot_be_rung_gives_the_caller_back_to_the_line(how: str) -> None:
    async def story(p: People) -> None:
        await p.c.desk("kim")
        p.installs(KIM, how)
        await p.dial()
        await p.press("0")
        item = await p.waits()
        await p.accept("kim")
        await p.c.until(lambda: p.state() == items.QUEUED, 90)
        live = p.s().live_item
        assert live is not None
        assert live.rank_at_us == item.rank_at_us
        assert p.on_the_phone(CITIZEN)
        await p.c.desk("lee")
        await p.accept("lee", 120)
        await p.talking()
        await p.hearing(CITIZEN, LEE)

    play(story)


def test_a_counselor_whose_telephone_falls_off_is_rung_again() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        p.c.carrier.hang_up(KIM)
        await p.c.until(lambda: p.rings(KIM) == 2, 30)
        await p.hearing(CITIZEN, KIM, 30)
        assert p.state() == items.ACTIVE

    play(story)


def test_a_console_that_dies_leaves_the_talk_alone() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        p.c.kill_console("kim")
        await p.c.later(120)
        assert p.hear_each_other(CITIZEN, KIM)
        assert p.state() == items.ACTIVE
        await p.c.desk("kim", presence="")
        await p.do("kim", "release")
        await p.wrap()

    play(story)


def test_console_and_telephone_both_lost_mean_a_new_counselor() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        p.installs(KIM, "absent")
        p.c.kill_console("kim")
        p.c.carrier.hang_up(KIM)
        await p.c.until(lambda: p.state() == items.QUEUED, 180)
        assert p.on_the_phone(CITIZEN)
        await p.c.desk("lee")
        await p.accept("lee", 120)
        await p.hearing(CITIZEN, LEE)

    play(story)


def test_a_supervisor_listens_whispers_and_barges() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        await p.c.desk("boss", presence="AWAY")
        hears = p.c.carrier.hears
        await p.do("boss", "look")
        await p.do("boss", "ear", ear="LISTEN")
        await p.c.until(lambda: hears(BOSS, CITIZEN) and hears(BOSS, KIM), 30)
        assert not hears(CITIZEN, BOSS)
        assert not hears(KIM, BOSS)
        await p.do("boss", "ear", ear="WHISPER")
        await p.c.until(lambda: hears(KIM, BOSS), 30)
        assert not hears(CITIZEN, BOSS)
        await p.do("boss", "ear", ear="BARGE")
        await p.c.until(lambda: hears(CITIZEN, BOSS) and hears(KIM, BOSS), 30)
        await p.do("boss", "ear", ear="")
        await p.c.until(lambda: not p.on_the_phone(BOSS), 30)
        assert p.hear_each_other(CITIZEN, KIM)

    play(story)


def test_a_supervisor_takes_a_call_over() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        await p.c.desk("boss", presence="AWAY")
        await p.do("boss", "take_over")
        await p.hearing(CITIZEN, BOSS, 40)
        await p.c.until(lambda: not p.on_the_phone(KIM), 40)
        live = p.s().live_item
        assert live is not None
        assert live.counselor == p.id("boss")

    play(story)


def test_the_legal_warning_is_played_and_the_call_ended_for_abuse() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        await p.do("kim", "warn")
        await p.hears("법적")
        await p.do("kim", "abuse", kind="harassment")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        assert p.c.events("strike.recorded")[-1].kind == "harassment"

    play(story)


def test_after_a_strike_the_next_call_is_met_by_the_warning_and_the_special_queue() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        await p.do("kim", "abuse", kind="harassment")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        await p.dial()
        await p.hears("특별 관리")
        assert (await p.waits(2, 60)).queue == "special"

    play(story)


def test_a_call_and_three_chats_at_once_keep_the_call_first() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        await p.dial(OTHER)
        await p.press("0", OTHER)
        await p.waits(2)
        await p.c.later(120)
        assert p.state(2) == items.QUEUED, "no second call to somebody who is on the telephone"

    play(story)
