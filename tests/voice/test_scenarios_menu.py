"""The menu as callers meet it: every branch, every silence, every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasan.core import workitem as items
from tests.voice.acts import OTHER, People, play
from tests.voice.stage import CITIZEN, FIRE, POLICE


def test_who_presses_nothing_reaches_the_queue_within_twenty_five_seconds() -> None:
    async def story(p: People) -> None:
        began = p.c.clock.now_us()
        await p.dial()
        item = await p.waits()
        assert item.queue == "general"
        assert (item.enqueued_at_us - began) / 1e6 <= 25

    play(story)


@pytest.mark.parametrize(
    ("keys", "queue"),
    [("0", "general"), ("11", "traffic"), ("12", "water"), ("1130", "traffic"), ("131", "general"), ("3", "care")],
)
def test_keys_lead_to_their_queue(keys: str, queue: str) -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press(keys)
        assert (await p.waits()).queue == queue

    play(story)


@pytest.mark.parametrize(
    ("key", "queue", "words"),
    [
        ("1", "english", "counselor"),
        ("2", "chinese", "咨询"),
        ("3", "japanese", "相談"),
        ("4", "vietnamese", "tư vấn"),
        ("5", "mongolian", "зөвлөх"),
    ],
)
def test_behind_nine_each_language_is_answered_in_it(key: str, queue: str, words: str) -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("9" + key)
        item = await p.waits()
        assert item.queue == queue
        await p.hears(words)

    play(story)


def test_a_wrong_key_twice_leads_to_a_person() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("88")
        assert (await p.waits()).queue == "general"

    play(story)


def test_the_hash_goes_back_and_the_star_says_it_again() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("1")
        await p.hears("수도")
        await p.press("#")
        await p.c.later(3)
        await p.press("*")
        await p.c.later(3)
        await p.press("3")
        assert p.c.said().count("안심돌봄") >= 2
        assert (await p.waits()).queue == "care"

    play(story)


@pytest.mark.parametrize(("keys", "number"), [("141", FIRE), ("142", POLICE)])
def test_emergencies_are_connected_and_not_let_go_before(keys: str, number: str) -> None:
    async def story(p: People) -> None:
        p.installs(number, after_s=4)
        await p.dial()
        await p.press(keys)
        await p.c.until(lambda: p.on_the_phone(number), 30)
        assert p.on_the_phone(CITIZEN)
        await p.hearing(CITIZEN, number, 20)

    play(story)


@pytest.mark.parametrize("how", ["busy", "reject", "absent"])
def test_a_line_that_does_not_answer_leads_to_a_counselor_first_in_line(how: str) -> None:
    async def story(p: People) -> None:
        p.installs(FIRE, how)
        await p.dial()
        await p.press("141")
        item = await p.waits(within_s=90)
        assert item.queue == "general"
        assert item.emergency

    play(story)


def test_a_line_without_a_number_leads_on() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("5")
        assert (await p.waits(within_s=60)).queue == "welfare"

    play(story)


def test_an_address_for_sign_language_comes_by_text() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("151")
        await p.c.until(lambda: p.c.carrier.phone(CITIZEN).texts, 120)
        assert "http" in p.c.carrier.phone(CITIZEN).texts[0][1]

    play(story)


def test_slow_speech_is_remembered_for_the_next_call() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("153")
        await p.c.later(20)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.later(120)
        await p.dial()
        await p.c.later(5)
        documents = [str(act) for act in p.c.carrier.net.trace]
        assert p.c.events("address.preferred")[-1].slow
        assert documents

    play(story)


@pytest.mark.parametrize("caller", ["anonymous", "client:kiosk", "sip:lobby@city.example", "+266696687"])
def test_callers_without_a_telephone_number_reach_a_person(caller: str) -> None:
    async def story(p: People) -> None:
        await p.dial(caller)
        await p.press("0", caller)
        assert (await p.waits()).queue == "general"

    play(story)


def test_whoever_hangs_up_in_the_menu_leaves_a_closed_session_with_a_reason() -> None:
    async def story(p: People) -> None:
        await p.dial()
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.s().closed_at_us, 120)
        assert p.s().close_reason
        assert not p.s().items

    play(story)


def test_two_callers_of_one_number_have_two_sessions() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("0")
        await p.waits(1)
        p.c.carrier.dial(CITIZEN, "+8225550120")
        await p.c.until(lambda: p.s(2).id, 30)
        assert p.s(1).id != p.s(2).id
        assert p.state(1) == items.QUEUED

    play(story)


def test_many_callers_are_answered_in_order() -> None:
    async def story(p: People) -> None:
        callers = [CITIZEN, OTHER, "+821011112222", "+821033334444"]
        for n, who in enumerate(callers, 1):
            await p.dial(who)
            await p.press("0", who)
            await p.waits(n)
        await p.c.desk("kim")
        for n, who in enumerate(callers, 1):
            await p.accept("kim")
            await p.talking(n)
            p.c.carrier.hang_up(who)
            await p.c.until(lambda n=n: p.state(n) == items.WRAPPING)
            await p.wrap("kim", n)

    play(story)


@pytest.mark.parametrize(("accept", "told"), [("[]", False), ('["recording"]', True), ('["transcription"]', True)])
def test_nobody_is_told_that_a_call_is_recorded_which_is_not(accept: str, told: bool) -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.waits()
        assert ("녹음" in p.c.said()) is told

    play(story, DASAN_VOICE__ACCEPT=accept)


def test_on_a_holiday_declared_late_the_menu_keeps_other_hours(tmp_path: Path) -> None:
    days = tmp_path / "days.yaml"
    days.write_text('care: {2026-09-21: closed}\n', "utf-8")

    async def story(p: People) -> None:
        await p.dial()
        await p.press("3")
        await p.hears("평일 9시부터 18시", 30)
        assert not p.s().items, "nobody waits for a counselor who is not there"

    play(story, DASAN_VOICE__SPECIAL_DAYS=str(days))
