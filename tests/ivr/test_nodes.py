"""Branches, hours, settings, services, subflows, hand-overs, and flows that would go round for ever."""

import pytest

from dasan.core.errors import ConfigWrong
from ivr.actions import Callback, CancelCallback, End, Fetch, Lookup, Prefer, Queue, Say, Sms, Transfer, Voicemail
from ivr.events import Result
from ivr.facts import CallbackFacts, Facts, QueueFacts
from ivr.interpreter import step
from ivr.state import State, dump, load
from tests.ivr.phone import NOW_US, WORLD, Call, at, christmas, flow

TWO = """
yes: {kind: end, reason: "yes"}
no: {kind: end, reason: "no"}
"""


def reason(call: Call) -> str:
    assert isinstance(call.last, End)
    return call.last.reason


@pytest.mark.parametrize(
    ("formula", "facts", "taken"),
    [
        ("conduct == 'warned'", Facts(NOW_US, conduct="warned"), "yes"),
        ("caller != 'e164'", Facts(NOW_US, caller="sip"), "yes"),
        ("queue_open('water')", Facts(NOW_US, queues={"water": QueueFacts(open=False)}), "no"),
        ("queue_waiting('water') > 10", Facts(NOW_US, queues={"water": QueueFacts(waiting=11)}), "yes"),
        ("open('office')", Facts(at("2026-11-23T09:00:00")), "yes"),
        ("open('office')", Facts(at("2026-11-23T18:00:00")), "no"),
        ("weekday == 'sat' and hour >= 14", WORLD, "yes"),
        ("today == '2026-11-21' and now == '14:32'", WORLD, "yes"),
        ("holiday", Facts(at("2026-12-25T12:00:00"), holidays=christmas()), "yes"),
        ("level + 1 == 4 and starts(word, '가')", WORLD, "yes"),
        ("number(word) == null", WORLD, "yes"),
        ("word > 3", WORLD, "no"),
    ],
)
def test_a_branch_takes_the_first_case_that_holds(formula: str, facts: Facts, taken: str) -> None:
    nodes = f'go: {{kind: branch, cases: [{{if: "{formula}", to: yes}}], else: no}}{TWO}'
    head = """
    calendars: {office: {week: {mon-fri: "09:00-18:00"}}}
    variables: {level: {type: number, default: 3}, word: {default: 가나다}}
    """
    assert reason(Call(flow(nodes, head), facts)) == taken


HOURS = (
    """
go: {kind: hours, calendar: office, on: {open: "yes", closed: "no", holiday: rest}}
rest: {kind: end, reason: rest}
"""
    + TWO
)
OFFICE = """
calendars:
  office: {week: {mon-fri: "09:00-12:00, 13:00-18:00", sat: all}, holiday: closed, days: {2026-12-31: "09:00-15:00"}}
"""


@pytest.mark.parametrize(
    ("when", "taken"),
    [
        ("2026-11-23T08:59:59", "no"),
        ("2026-11-23T09:00:00", "yes"),
        ("2026-11-23T12:30:00", "no"),
        ("2026-11-21T23:59:59", "yes"),
        ("2026-11-22T10:00:00", "no"),
        ("2026-12-25T10:00:00", "rest"),
        ("2026-12-31T14:59:00", "yes"),
        ("2026-12-31T15:00:00", "no"),
    ],
)
def test_a_calendar_knows_week_holidays_and_single_days(when: str, taken: str) -> None:
    assert reason(Call(flow(HOURS, OFFICE), Facts(at(when), holidays=christmas()))) == taken


def test_the_operators_override_goes_before_what_the_flow_says() -> None:
    from ivr.hours import parse_overrides

    days = parse_overrides('2026-11-23: closed\noffice: {2026-12-25: "10:00-12:00"}\n')
    for when, taken in (("2026-11-23T10:00:00", "no"), ("2026-12-25T10:30:00", "yes"), ("2026-12-25T13:00:00", "rest")):
        facts = Facts(at(when), holidays=christmas(), special_days=days)
        assert reason(Call(flow(HOURS, OFFICE), facts)) == taken


def test_a_wrong_override_file_names_every_line() -> None:
    from ivr.hours import parse_overrides

    with pytest.raises(ConfigWrong) as caught:
        parse_overrides("tomorrow: closed\n2026-11-23: 9 to 5\noffice: {x: all}\n", "days.yaml")
    assert [(p.file, p.line) for p in caught.value.problems] == [("days.yaml", 1), ("days.yaml", 2), ("days.yaml", 3)]
    assert parse_overrides("") == {}


def test_hours_can_ask_a_queue() -> None:
    nodes = 'go: {kind: hours, queue: water, on: {open: "yes", closed: "no"}}' + TWO
    assert reason(Call(flow(nodes))) == "yes"
    assert reason(Call(flow(nodes), Facts(NOW_US, queues={"water": QueueFacts(open=False)}))) == "no"


def test_set_gives_values_and_keeps_preferences() -> None:
    nodes = """
    go:
      kind: set
      set: {count: count + 1, said: "'a' + 'b'", flag: true}
      prefer: {language: "'en'", slow: true}
      to: told
    told: {kind: say, say: {ko: "하나 {{ count }}", en: "one {{ count }} {{ said }}"}, to: bye}
    """
    head = "variables: {count: {type: number, default: 1}, said: {}, flag: {type: flag}}"
    call = Call(flow(nodes, head))
    assert call.actions[0] == Prefer("en", True)
    assert call.said == "one 2 ab Thank you."
    assert (call.turn.state.language, call.turn.state.slow, call.vars["flag"]) == ("en", True, True)


OWED = """
go: {kind: say, say: {ko: "{{ callback_queue }} {{ callback_day }} {{ callback_at }} {{ callback_ahead }}"}, to: off}
off: {kind: branch, cases: [{if: callback_waiting, to: cancel}], else: bye}
cancel: {kind: cancel_callback, to: bye}
"""


@pytest.mark.parametrize(
    ("owed", "said"),
    [
        (None, ""),
        (CallbackFacts("water", 0, 2), "water 2"),
        (CallbackFacts("water", NOW_US - 1, 0), "water 0"),
        (CallbackFacts("tax", NOW_US + 3_600_000_000), "tax 2026-11-21 15:32"),
        (CallbackFacts("tax", NOW_US + 86_400_000_000), "tax 2026-11-22 2026-11-22 14:32"),
    ],
)
def test_a_call_that_is_owed_her_can_be_told_and_taken_back(owed: CallbackFacts | None, said: str) -> None:
    call = Call(flow(OWED), Facts(NOW_US, callback=owed))
    assert " ".join(call.said.split()) == f"{said} 감사합니다.".strip()
    assert (CancelCallback("cancel") in call.actions) is (owed is not None)


@pytest.mark.parametrize(
    ("given", "slow"), [("null", False), ("'no'", False), ("0", False), ("'1'", True), ("true", True)]
)
def test_what_counts_as_yes(given: str, slow: bool) -> None:
    nodes = f'go: {{kind: set, set: {{f: "{given}"}}, prefer: {{slow: "{given}"}}, to: bye}}'
    call = Call(flow(nodes, "variables: {f: {type: flag}}"))
    assert call.turn.state.slow is slow
    assert call.vars["f"] is (None if given == "null" else slow)


def test_a_language_that_the_flow_has_not_is_not_taken() -> None:
    call = Call(flow("go: {kind: set, prefer: {language: \"'fr'\"}, to: bye}"))
    assert call.turn.state.language == "ko"
    assert not any(isinstance(action, Prefer) for action in call.actions)


ASKED = """
go:
  kind: {kind}
  {name}
  args: {{key: word}}
  into: {{name: district.name, open: open}}
  timeout: 2s
  say: {{ko: 찾고 있습니다.}}
  on: {{ok: found, error: broken, timeout: late, none: nothing}}
found: {{kind: say, say: {{ko: "{{{{ name }}}}"}}, to: bye}}
broken: {{kind: end, reason: broken}}
late: {{kind: end, reason: late}}
nothing: {{kind: end, reason: nothing}}
"""
ASKED_HEAD = "variables: {word: {default: 강남}, name: {}, open: {type: flag}}"


def test_http_asks_and_takes_what_it_wants_of_the_answer() -> None:
    call = Call(flow(ASKED.format(kind="http", name="service: districts"), ASKED_HEAD))
    assert call.last == Fetch("districts", {"key": "강남"}, 2.0, "go")
    call.do(Result("http", "ok", {"district.name": "강남구\u202e", "open": True, "other": 1}))
    assert call.said.startswith("강남구 ")
    assert call.vars == {"word": "강남", "name": "강남구", "open": True}


@pytest.mark.parametrize(
    ("outcome", "end"), [("error", "broken"), ("timeout", "late"), ("none", "nothing"), ("teapot", "broken")]
)
def test_lookup_has_an_exit_for_every_outcome(outcome: str, end: str) -> None:
    call = Call(flow(ASKED.format(kind="lookup", name="name: district"), ASKED_HEAD))
    assert call.last == Lookup("district", {"key": "강남"}, 2.0, "go")
    assert reason(call.do(Result("lookup", outcome, {"district.name": "x"}))) == end
    assert call.vars["name"] == ("x" if outcome == "none" else None)


SUB = """
flow: address
title: {ko: 주소}
languages: [ko]
variables: {hint: {}, found: {}}
start: ask
nodes:
  ask:
    kind: menu
    say: {ko: "{{ hint }}"}
    options:
      - {key: 1, label: {ko: 네}, to: keep}
      - {key: 2, label: {ko: 아니요}, to: gone}
    no_input: {to: gone}
    no_match: {to: gone}
  keep: {kind: set, set: {found: "hint + '구'"}, to: done}
  done: {kind: return, exit: done}
  gone: {kind: return, exit: none}
"""
CALLER = """
top:
  kind: menu
  options: [{key: 1, label: {ko: 주소}, to: sub}]
  no_input: {to: person}
  no_match: {to: person}
sub: {kind: subflow, flow: address, args: {hint: "'강남'"}, into: {where: found}, on: {done: told, none: bye}}
told: {kind: say, say: {ko: "{{ where }}"}, to: again}
again:
  kind: menu
  options: [{key: 1, label: {ko: 끝}, to: bye}]
  no_input: {to: person}
  no_match: {to: person}
"""


@pytest.fixture
def nested() -> Call:
    return Call(flow(CALLER, "variables: {where: {}}", address=SUB)).press("1")


def test_a_subflow_has_its_own_variables_and_returns_by_its_exit(nested: Call) -> None:
    assert (nested.turn.state.unit, nested.node) == ("address", "ask")
    assert nested.said.startswith("강남 네는 1번.")
    assert nested.press("1").vars == {"where": "강남구"}
    assert nested.said.startswith("강남구 ")
    assert nested.node == "again"


def test_back_leads_out_of_a_subflow_and_never_into_one_that_ended(nested: Call) -> None:
    assert nested.press("#").node == "top"
    nested.press("1").press("1")
    assert nested.node == "again"
    assert nested.press("#").node == "top"


def test_zero_in_a_subflow_reaches_the_main_flows_person(nested: Call) -> None:
    assert (nested.press("0").node, nested.turn.state.unit) == ("person", "test")
    assert len(nested.turn.state.frames) == 1


def test_transfer_names_the_line_and_hands_over_only_when_it_answered() -> None:
    nodes = "go: {kind: transfer, line: '119', say: {ko: 연결합니다.}, on: {failed: bye, busy: person}}"
    call = Call(flow(nodes))
    assert call.last == Transfer("119", "ko", {}, "go")
    assert Call(call.flow).do(Result("transfer", "connected")).last == End("transferred", hang_up=False)
    assert Call(call.flow).do(Result("transfer", "busy")).node == "person"
    assert Call(call.flow).do(Result("transfer", "no_answer")).node == "bye"


def test_voicemail_and_sms_and_callback_wait_for_what_became_of_them() -> None:
    nodes = """
    go:
      kind: voicemail
      queue: water
      say: {ko: 말씀하십시오.}
      max: 90s
      on: {recorded: text, empty: bye, error: bye}
    text: {kind: sms, text: {ko: "안내 {{ today }}"}, on: {sent: ring, failed: bye, no_number: bye}}
    ring: {kind: callback, queue: water, on: {booked: bye, no_number: bye, error: bye}}
    """
    call = Call(flow(nodes))
    assert call.actions == (Say(call.actions[0].prompts, barge_in=False), Voicemail("water", 90, "ko", {}, "go"))
    assert call.do(Result("voicemail", "recorded")).last == Sms("안내 2026-11-21", "", "ko", "text")
    assert call.do(Result("sms", "sent")).last == Callback("water", "", 0, False, "ko", {}, "ring")
    assert call.do(Result("callback", "odd")).last == End("done")


def test_a_text_to_a_caller_without_a_number_takes_its_exit() -> None:
    nodes = "go: {kind: sms, text: {ko: 안내}, on: {sent: bye, failed: bye, no_number: person}}"
    assert isinstance(Call(flow(nodes), Facts(NOW_US, caller="client")).last, Queue)


RING = "go: {kind: set, set: {n: n + 1}, to: on}\non: {kind: say, say: {ko: 빙글}, to: go}"


def test_a_flow_that_goes_round_ends_at_a_person() -> None:
    call = Call(flow(RING, "variables: {n: {type: number, default: 0}}"))
    assert call.node == "person"
    assert call.said == "연결에 문제가 있어 상담사에게 연결합니다. 상담사에게 연결합니다."


def test_a_flow_whose_person_goes_round_too_ends() -> None:
    nodes = "go: {kind: goto, to: on}\non: {kind: goto, to: person}"
    made = (
        flow(nodes)
        .units["test"]
        .source.text.replace("  person:\n    kind: queue", "  person: {kind: goto, to: go}\n  spare:\n    kind: queue")
    )
    from ivr.flow import compile_flow

    assert reason(Call(compile_flow({"test.yaml": made}, "test"))) == "lost"


def test_a_state_goes_on_only_in_the_version_it_began_in() -> None:
    call, other = Call(flow(RING.replace("n + 1", "n + 2"), "variables: {n: {type: number}}")), flow(TWO.strip())
    with pytest.raises(ConfigWrong) as caught:
        step(other, call.turn.state, Result("queue", "full"), WORLD)
    assert "began in another version" in caught.value.problems[0].message_en


def test_a_stored_state_that_is_none_is_refused_with_a_sentence() -> None:
    good = dump(Call(flow(TWO.strip())).turn.state)
    assert isinstance(load(good), State)
    older = {name: value for name, value in good.items() if name != "stayed"}
    assert load(older) == load(good)  # a call that began before a field was there goes on
    for bad in (
        {},
        {**good, "stayed": {"x": "long"}},
        {**good, "frames": [1]},
        {**good, "extra": 1},
        {**good, "line": {"x": 1}},
    ):
        with pytest.raises(ConfigWrong, match="problem"):
            load(bad)
