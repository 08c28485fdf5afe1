"""Waiting in line: what is said when, which keys work, and every way out."""

import pytest

from ivr.actions import Ask, Callback, End, Hold, Leave, Queue
from ivr.events import Result, Waiting
from ivr.facts import CallbackFacts, Facts, QueueFacts
from ivr.timing import said_s
from tests.ivr.phone import NOW_US, WORLD, Call, flow

LINE = """
line:
  kind: queue
  queue: water
  priority: 60
  skills: [pipes]
  say: {ko: 수도 상담사에게 연결합니다.}
  announce: {every: 30s, say: {ko: "{{ waited|span }} 기다리셨습니다."}}
  offer_callback_after: 45s
  max_wait: 5m
  keys: {1: callback, 2: voicemail}
  details: [topic, name]
  on:
    {callback: ring, voicemail: record, full: full, closed: closed, max_wait: waited, error: bye, zero: desk}
ring: {kind: callback, queue: water, on: {booked: bye, no_number: ask, error: bye}}
record: {kind: voicemail, queue: water, max: 60, on: {recorded: bye, empty: bye, error: bye}}
full: {kind: say, say: {ko: 많은 분이 기다립니다.}, to: bye}
closed: {kind: say, say: {ko: 운영 시간이 아닙니다.}, to: bye}
waited: {kind: say, say: {ko: 오래 기다리셨습니다.}, to: record}
desk: {kind: say, say: {ko: 데스크입니다.}, to: bye}
ask:
  kind: input
  slot: phone
  type: phone
  say: {ko: 번호를 눌러 주십시오.}
  no_input: {to: bye}
  no_match: {to: bye}
  to: ring2
ring2: {kind: callback, queue: water, number: phone, after: 30, on: {booked: bye, no_number: bye, error: bye}}
"""
HEAD = "variables: {topic: {default: 누수}, name: {pii: true, default: 김민수}, phone: {type: phone, pii: true}}"


@pytest.fixture
def call() -> Call:
    return Call(flow(LINE, HEAD))


def wait(call: Call, seconds: float, position: int | None = 3, eta: float | None = 100) -> Hold:
    call.do(Waiting(seconds, position, eta))
    assert isinstance(call.last, Hold)
    return call.last


def lasts(held: Hold) -> float:
    """What is said, and the music after it."""
    return held.seconds + said_s(held.prompts)


def test_joining_the_line_carries_what_the_broker_needs(call: Call) -> None:
    assert call.last == Queue(
        "water", "ko", 60, False, ("pipes",), 30.0, 45.0, 300.0, "120#*", {"topic": "누수"}, "line"
    )


def test_personal_variables_never_travel_as_details(call: Call) -> None:
    assert "김민수" not in repr(call.last)


def test_place_and_estimate_are_told_at_once(call: Call) -> None:
    held = wait(call, 0)
    assert call.said.startswith(
        "앞에 두 명이 기다리고 계십니다. 예상 대기 시간은 약 1분 30초입니다.".replace("1분 30초", "2분")
    )
    assert lasts(held) == pytest.approx(30, abs=0.1)
    assert held.seconds < 25


def test_no_figure_is_said_when_the_broker_gives_none(call: Call) -> None:
    wait(call, 0, 2, None)
    assert "예상" not in call.said
    wait(call, 30, None, None)
    assert call.said.startswith("상담사를 연결하고 있습니다.")


def test_the_next_in_line_is_told_so(call: Call) -> None:
    wait(call, 0, 1, None)
    assert call.said.startswith("다음 차례이십니다.")


def test_the_callback_is_offered_when_it_is_due_and_with_every_announcement_after(call: Call) -> None:
    wait(call, 0)
    assert "전화를 돌려" not in call.said
    assert lasts(wait(call, 30)) == pytest.approx(15, abs=0.1)
    assert "전화를 돌려" not in call.said
    held = wait(call, 45)
    assert call.said == (
        "차례를 지키며 전화를 돌려받으시려면 1번을 눌러 주십시오. 음성을 남기시려면 2번을 눌러 주십시오."
    )
    assert lasts(held) == pytest.approx(15, abs=0.1)
    wait(call, 60)
    assert "앞에 두 명" in call.said
    assert "전화를 돌려" in call.said


def test_between_announcements_there_is_only_music(call: Call) -> None:
    wait(call, 0)
    wait(call, 10)
    assert call.said == ""
    assert isinstance(call.last, Hold)
    assert call.last.seconds == 20


def test_a_callback_keeps_the_place(call: Call) -> None:
    wait(call, 0)
    call.press("1")
    assert call.actions == (
        Leave("callback", "water"),
        Callback("water", "", 0, True, "ko", {}, "ring"),
    )
    assert call.do(Result("callback", "booked")).last == End("done")


def test_a_caller_without_a_number_is_asked_for_one_and_keeps_the_place() -> None:
    call = Call(flow(LINE, HEAD), Facts(NOW_US, caller="withheld")).press("1")
    assert [type(action) for action in call.actions] == [Leave, Ask]
    call.press("01012345678")
    assert call.last == Callback("water", "+821012345678", NOW_US + 30 * 60_000_000, True, "ko", {}, "ring2")


def test_leaving_for_voicemail_does_not_keep_the_place(call: Call) -> None:
    assert call.press("2").actions[0] == Leave("voicemail", "water")
    assert call.turn.state.left_line == ""


def test_zero_takes_its_own_exit_or_says_that_she_is_in_line_already(call: Call) -> None:
    assert call.press("0").actions[0] == Leave("zero", "water")
    plain = Call(flow("go: {kind: goto, to: person}"))
    plain.do(Waiting(0, 1, None)).press("0")
    assert plain.said == "이미 상담사를 기다리고 계십니다."
    assert isinstance(plain.last, Hold)


def test_star_says_the_place_again(call: Call) -> None:
    wait(call, 0)
    assert call.press("*").said.startswith("앞에 두 명")


def test_pound_goes_back_to_the_menu_and_leaves_the_line() -> None:
    nodes = """
    menu:
      kind: menu
      options: [{key: 1, label: {ko: 수도}, to: person}]
      no_input: {to: person}
      no_match: {to: person}
    """
    call = Call(flow(nodes)).press("1").press("#")
    assert call.actions[0] == Leave("back", "general")
    assert call.node == "menu"


def test_a_key_that_means_nothing_only_goes_on_waiting(call: Call) -> None:
    wait(call, 0)
    assert isinstance(call.press("5").last, Hold)


def test_who_must_not_wait_longer_is_told_and_can_leave_a_message(call: Call) -> None:
    wait(call, 290)
    call.do(Waiting(300, 2, 60))
    assert call.actions[0] == Leave("max_wait", "water")
    assert call.said == "오래 기다리셨습니다."
    assert call.node == "record"


def test_the_last_stretch_of_music_ends_with_the_wait(call: Call) -> None:
    wait(call, 275)
    assert wait(call, 285).seconds == 15
    wait(call, 298)
    assert lasts(wait(call, 299)) == 3


@pytest.mark.parametrize(
    ("known", "node"),
    [(QueueFacts(open=False), "closed"), (QueueFacts(waiting=5, limit=5), "full"), (QueueFacts(waiting=5), "")],
)
def test_a_closed_or_full_queue_is_not_joined(known: QueueFacts, node: str) -> None:
    call = Call(flow(LINE, HEAD), Facts(NOW_US, queues={"water": known}))
    assert not node or "연결합니다" not in call.said
    assert isinstance(call.last, Queue) is not bool(node)


@pytest.mark.parametrize(("queue", "joined"), [("water", True), ("general", False)])
def test_who_has_a_place_in_a_full_queue_may_stand_at_it(queue: str, joined: bool) -> None:
    full = Facts(NOW_US, queues={"water": QueueFacts(waiting=5, limit=5)}, callback=CallbackFacts(queue, 0, 2))
    assert isinstance(Call(flow(LINE, HEAD), full).last, Queue) is joined


@pytest.mark.parametrize(
    ("outcome", "node"), [("full", "full"), ("closed", "closed"), ("error", "bye"), ("odd", "bye")]
)
def test_what_the_network_says_of_the_line_has_its_exit(call: Call, outcome: str, node: str) -> None:
    call.do(Result("queue", outcome))
    assert node in {call.node, "full", "closed"}
    assert isinstance(call.last, End)
    assert call.turn.state.line is None


def test_answered_hands_the_call_over(call: Call) -> None:
    assert call.do(Result("queue", "answered")).last == End("answered", hang_up=False)


def test_a_caller_who_left_the_line_is_gone(call: Call) -> None:
    assert call.do(Result("queue", "left")).last == End("left", hang_up=False)


def test_after_the_talk_a_flow_can_go_on() -> None:
    nodes = LINE.replace("zero: desk}", "zero: desk, answered: desk}")
    call = Call(flow(nodes, HEAD)).do(Result("queue", "answered"))
    assert call.said == "데스크입니다. 감사합니다."


def test_waiting_speaks_the_callers_language() -> None:
    call = Call(flow(LINE, HEAD), Facts(NOW_US, language="en"))
    call.do(Waiting(50, 2, 300))
    assert call.said.startswith("Callers ahead of you: 1. The estimated wait is about 5 minutes.")
    assert "press 1" in call.said


def test_the_world_is_asked_anew_at_every_step() -> None:
    assert WORLD.queue("nobody-named-it") == QueueFacts()
