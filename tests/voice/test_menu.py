"""The menu of a call: recorded before it is said, driven by its own version, and never a dead end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from channels.voice import bare
from channels.voice.ports import Said
from channels.voice.turns import Memory, decode
from channels.voice.wishes import answered, refused, wishes_of
from dasan.core import commands as c
from dasan.core import workitem as items
from dasan.core.errors import ConfigWrong, Refused
from ivr import actions as a
from ivr.events import Digits, Hangup, NoInput, Result, Speech, Waiting
from ivr.facts import Facts
from ivr.state import Line, State
from tests.virtual import virtually
from tests.voice.asking import CALL, ask, call_fields
from tests.voice.stage import Centre, telephone
from tests.voice.test_web import action, called, door

import pytest  # isort: skip

Story = Callable[[Centre], Awaitable[None]]


def told(story: Story) -> None:
    async def run() -> None:
        async with telephone() as c:
            await story(c)

    virtually(run())


class Asking:
    """A driver whose first turn looks something up, and whose next says what came of it."""

    ref = "asking@sha256:1"

    def start(self, facts: Facts) -> Said:
        return Said(State(self.ref, 1, "result"), (a.Lookup("weather", {"where": "서울"}, 2.0),))

    def step(self, state: State, event: Any, facts: Facts) -> Said:
        if isinstance(event, Result):
            words = f"{event.outcome} {event.values.get('sky', '')}".strip()
            ask_ = a.Ask((a.Utterance(words, "ko"),), "ko")
            return Said(replace(state, step=state.step + 1, phase="ask"), (ask_,))
        return Said(state, ())


class Looking:
    """Answers after ``takes_s``."""

    def __init__(self, takes_s: float, outcome: str = "ok", fails: bool = False) -> None:
        self.takes_s, self.outcome, self.fails, self.asked = takes_s, outcome, fails, 0

    async def lookup(self, name: str, args: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        if self.fails:
            raise RuntimeError("a lookup of somebody else's")
        return self.outcome, {"sky": "맑음"}


def begun_with(c: Centre, driver: Any, lookups: Any = None) -> None:
    """New calls run on ``driver``."""
    menu = door(c).menu

    class Flows:
        def current(self, line: str) -> Any:
            return driver

        def get(self, ref: str) -> Any:
            return driver if driver is not None and driver.ref == ref else None

    menu._p = replace(menu._p, flows=Flows(), **({"lookups": lookups} if lookups else {}))


# -- lookups never keep a hop


@pytest.mark.parametrize(
    ("takes_s", "fails", "words"), [(0.5, False, "ok 맑음"), (9.0, False, "timeout"), (0.1, True, "error")]
)
def test_a_hop_polls_for_what_is_looked_up(takes_s: float, fails: bool, words: str) -> None:
    async def story(c: Centre) -> None:
        looking = Looking(takes_s, fails=fails)
        begun_with(c, Asking(), looking)
        answer = await called(c)
        for _ in range(4):
            if "Gather" in answer.verbs():
                break
            assert answer.verbs() == ["Pause", "Redirect"]
            await c.later(1.0)
            answer = await ask(c, answer.verb("Redirect").text, call_fields(c))
        assert answer.verb("Say").text == words
        assert looking.asked == 1

    told(story)


# -- no dead end


def test_without_a_published_menu_the_caller_goes_to_a_person() -> None:
    async def story(c: Centre) -> None:
        begun_with(c, None)
        answer = await called(c)
        assert answer.verbs() == ["Say", "Enqueue", "Redirect"]
        assert c.session().live_item.queue == "general"
        assert c.session().flow.ref == bare.REF
        wait = await ask(c, answer.verb("Enqueue").get("waitUrl"), call_fields(c))
        assert "다음 차례" in wait.verb("Say", "queue_wait").text
        again = await ask(c, wait.verb("Redirect", "queue_wait").text, call_fields(c))
        assert "Play" in again.verbs("queue_wait")

    told(story)


def test_a_call_whose_version_was_rolled_away_goes_to_a_person() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        begun_with(c, None)
        answer = await ask(c, url, call_fields(c, Digits="1"))
        assert answer.verbs() == ["Say", "Enqueue", "Redirect"]
        assert c.session().live_item.queue == "general"

    told(story)


def test_who_waits_when_her_version_is_rolled_away_keeps_her_line() -> None:
    async def story(c: Centre) -> None:
        first = await ask(c, action(await called(c)), call_fields(c, Digits="0"))
        item = c.session().live_item
        wait = await ask(c, first.verb("Enqueue").get("waitUrl"), call_fields(c))
        begun_with(c, None)
        leave = await ask(c, wait.verb("Gather", "queue_wait").get("action"), call_fields(c))
        assert leave.verbs("queue_wait") == ["Leave"]
        back = await ask(c, first.verb("Enqueue").get("action"), call_fields(c, QueueResult="leave"))
        assert back.verb("Enqueue").text == item.queue
        assert c.session().live_item.id == item.id

    told(story)


class Closing:
    """A driver that wants a queue which the broker knows nothing of, and has an exit for that."""

    ref = "closing@sha256:1"

    def start(self, facts: Facts) -> Said:
        return Said(State(self.ref, 1, "queue", line=Line("nowhere")), (a.Queue("nowhere", "ko"),))

    def step(self, state: State, event: Any, facts: Facts) -> Said:
        assert event == Result("queue", "closed")
        ended = replace(state, step=state.step + 1, done="closed")
        return Said(ended, (a.Say((a.Utterance("닫혔습니다", "ko"),)), a.End("closed")))


def test_a_wish_that_the_broker_refuses_is_told_to_the_menu() -> None:
    async def story(c: Centre) -> None:
        begun_with(c, Closing())
        answer = await called(c)
        assert answer.verb("Say").text == "닫혔습니다"
        assert answer.verbs()[-1] == "Hangup"
        assert c.session().flow.reason == "closed" or c.session().close_reason

    told(story)


# -- keeping


def test_a_caller_who_comes_back_in_time_is_in_line_again_at_once() -> None:
    async def story(c: Centre) -> None:
        await ask(c, action(await called(c)), call_fields(c, Digits="0"))
        item = c.session().live_item.id
        await ask(c, "voice/status", call_fields(c, CallStatus="completed"))
        assert c.session().live_item.parked
        answer = await ask(c, "voice", call_fields(c, call="CA" + "2" * 32))
        assert answer.verbs() == ["Enqueue", "Redirect"]
        assert c.session().live_item.id == item
        assert not c.session().live_item.parked

    told(story)


def test_who_waits_with_somebody_on_the_way_hears_music_and_takes_no_step() -> None:
    async def story(c: Centre) -> None:
        first = await ask(c, action(await called(c)), call_fields(c, Digits="0"))
        await c.desk("kim")
        await c.until(lambda: c.session().live_item.state == items.OFFERED)
        s = c.session()
        await c.desks["kim"].done("accept", offer=s.live_item.offers[0].id, session=s.id)
        steps = len(c.events("flow.stepped"))
        for _ in range(2):
            wait = await ask(c, first.verb("Enqueue").get("waitUrl"), call_fields(c))
            assert wait.verbs("queue_wait") == ["Play", "Redirect"]
        assert len(c.events("flow.stepped")) == steps

    told(story)


def test_speech_is_cleaned_and_digits_are_bounded_before_anybody_sees_them() -> None:
    from channels.twilio.webhook import Form
    from channels.voice.hops import _heard

    said = _heard(Form({"SpeechResult": "교통\x1b[2J 상담\u202e", "Confidence": "0.91"}))
    assert said == Speech("교통 상담", 0.91)
    assert _heard(Form({"SpeechResult": "x" * 9_000})) == Speech("x" * 1_000, None)
    assert _heard(Form({"Digits": "1" * 500})) == Digits("1" * 64)
    assert _heard(Form({"SpeechResult": "가", "Confidence": "NaN"})) == Speech("가", None)
    assert _heard(Form({})) is None


def test_a_turn_that_cannot_be_read_says_so() -> None:
    for broken in (b"", b"{}", b"[]", b'{"state": {}, "actions": []}', b'{"state": null, "actions": [["No", {}]]}'):
        with pytest.raises(ConfigWrong):
            decode(broken)


def test_what_is_remembered_is_bounded() -> None:
    memory = Memory(3)
    for n in range(9):
        memory.put(f"c{n}", Said(State("f"), ()))
    assert len(memory) == 3
    assert memory.get("c0") is None
    assert memory.get("c8") is not None


# -- wishes


def test_what_a_turn_wishes() -> None:
    turn = (
        a.Say((), barge_in=False, warns=True), a.Say(()), a.Prefer("en", True),
        a.Leave("callback", "general"), a.Callback("general", "", 0, True, "ko"),
        a.Sms("안내", "", "ko"), a.Queue("water", "ko", credit_s=30.0), a.Transfer("119", "ko"), a.End("done"),
        a.End("answered", hang_up=False),
    )  # fmt: skip
    assert wishes_of(turn, None) == (
        c.WishWarned(),
        c.WishPrefer("en", True),
        c.WishLeave("callback"),
        c.WishCallback(0, "", "general"),
        c.WishText("안내", ""),
        c.WishQueue("water", 30),
        c.WishLine("119"),
        c.WishEnd("done"),
    )


@pytest.mark.parametrize(
    ("outcome", "told_"),
    [("connected", "answered"), ("busy", "busy"), ("no_answer", "no_answer"), ("failed", "failed")],
)
def test_what_came_of_a_line_is_told_with_the_next_turn(outcome: str, told_: str) -> None:
    before = (a.Transfer("danuri", "ko"),)
    assert wishes_of((), Result("transfer", outcome), before) == (c.WishLine("danuri", told_),)


def test_what_the_broker_could_not_do_is_told_to_the_flow() -> None:
    callback = a.Callback("general", "", 0, True, "ko")
    assert answered(a.Queue("x", "ko"), {"item": "", "closed": True}) == Result("queue", "closed")
    assert answered(callback, {"callback": ""}) == Result("callback", "error")
    assert answered(callback, {"callback": "b_1"}) is None
    assert answered(a.Sms("", "", "ko"), {"text": ""}) == Result("sms", "failed")
    assert refused(a.Queue("x", "ko")) == Result("queue", "closed")
    assert refused(a.Ask((), "ko")) is None


# -- the menu that needs no flow


def test_the_way_to_a_person_says_where_one_stands_and_never_asks() -> None:
    driver = bare.Bare("general")
    said = driver.start(Facts(0, language="en"))
    assert [type(one) for one in said.actions] == [a.Say, a.Queue]
    told_ = driver.step(said.state, Waiting(10, 4, 300.0), Facts(0))
    hold = told_.actions[0]
    assert isinstance(hold, a.Hold)
    assert [one.text for one in hold.prompts] == ["Callers ahead of you: 3.", "The estimated wait is about 5 minutes."]
    assert hold.keys == ""
    silent = driver.step(said.state, Waiting(10, None, None), Facts(0)).actions[0]
    assert isinstance(silent, a.Hold)
    assert silent.prompts == ()
    assert driver.step(said.state, Digits("1"), Facts(0)) == Said(said.state, ())
    assert driver.step(said.state, NoInput(), Facts(0)) == Said(said.state, ())
    for event in (Result("queue", "full"), Hangup()):
        ended = driver.step(said.state, event, Facts(0))
        assert isinstance(ended.actions[-1], a.End)
        assert driver.step(ended.state, Digits("1"), Facts(0)).actions[-1] == a.End("unreachable")
    kept = driver.step(said.state, Result("queue", "answered"), Facts(0))
    assert kept.actions == (a.End("answered", hang_up=False),)


def test_a_step_for_a_leg_that_is_over_is_refused() -> None:
    async def story(c: Centre) -> None:
        await called(c)
        s = c.session()
        await ask(c, "voice/status", call_fields(c, CallStatus="completed"))
        ended = c.session()
        with pytest.raises(Refused) as refused_:
            await door(c).menu.advance(replace(ended), ended.legs[0], s.flow.step, Digits("1"))
        assert refused_.value.code in {"leg_over", "session_closed"}
        assert ended.legs[0].call == CALL

    told(story)


def test_a_published_menu_that_cannot_be_read_keeps_nobody_from_a_person() -> None:
    async def story(c: Centre) -> None:
        menu = door(c).menu

        class Broken:
            def current(self, line: str) -> Any:
                raise ConfigWrong(())

            get = current

        url = action(await called(c))
        menu._p = replace(menu._p, flows=Broken())
        assert (await ask(c, "voice", call_fields(c, call="CA" + "2" * 32, from_="anonymous"))).verbs()[1] == "Enqueue"
        assert (await ask(c, url, call_fields(c, Digits="1"))).verbs()[1] == "Enqueue"

    told(story)


def test_a_recorded_turn_that_cannot_be_read_leads_to_a_person() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        menu = door(c).menu
        menu.memory._turns.clear()

        class Garbled:
            async def words(self, contents: Any) -> Mapping[str, bytes]:
                return {one: b"{}" for one in contents}

        menu._p = replace(menu._p, reads=Garbled())
        answer = await ask(c, url, call_fields(c, Digits="1"))
        assert answer.verbs() == ["Say", "Enqueue", "Redirect"]
        assert c.session().flow.ref == bare.REF

    told(story)
