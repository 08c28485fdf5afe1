"""The menu of 120 as its callers meet it: every node and exit, in every language, at every hour."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dasan.core.hours import HOLIDAYS
from dasan.core.policy import Policy
from ivr import template
from ivr.actions import Queue
from ivr.events import Digits, Waiting
from ivr.facts import CallbackFacts, Facts, QueueFacts
from ivr.flow import Flow, compile_flow
from ivr.lint import Context, lint, mains
from ivr.tools import cases, chart
from ivr.tools.call import Call
from ivr.tools.search import Found, search, to_person_s
from ivr.tools.trace import Seen, coverage
from ivr.words import Prompt
from tests.docs.house import ROOT
from tests.ivr.phone import FLOWS, shipped

CASES = FLOWS / "cases"
GOLDEN = Path(__file__).parent / "golden" / "120.txt"
HOLIDAY_DATES = frozenset(HOLIDAYS)
LANGUAGES = ("ko", "en", "zh", "ja", "vi", "mn")
MONDAY, SUNDAY, NIGHT = "2026-11-23 10:00", "2026-11-22 10:00", "2026-11-23 23:30"


@cache
def flow(main: str = "dasan120") -> Flow:
    return compile_flow(shipped(), main)


def facts(at: str = MONDAY, **known: Any) -> Facts:
    return Facts(cases.seoul_us(at), holidays=HOLIDAY_DATES, **known)


@cache
def searched(at: str, **known: Any) -> Found:
    """Whatever can be pressed, five steps deep."""
    return search(flow(), facts(at, **known), depth=5)


@cache
def report(name: str) -> tuple[Flow, cases.Report]:
    path = CASES / f"{name}.yaml"
    file, found = cases.read(path.read_text("utf-8"), path.name, HOLIDAY_DATES)
    made = flow({"../120.yaml": "dasan120"}.get(file, name))
    return made, cases.run(made, found)


@pytest.mark.parametrize("name", ["120", "assurance", "happycall"])
def test_every_case_goes_as_it_is_written(name: str) -> None:
    _, done = report(name)
    assert done.failures == []
    assert done.ran > 10


@pytest.mark.parametrize("name", ["120", "assurance"])
def test_the_cases_come_through_every_node_and_every_exit(name: str) -> None:
    made, done = report(name)
    seen = coverage(made, done.seen)
    assert (seen.nodes_unseen, seen.edges_unseen) == ((), ())
    assert seen.nodes == sum(len(unit.document.nodes) for unit in made.units.values())


def test_the_happy_call_itself_is_covered_beside_the_parts_that_120_covers() -> None:
    made, done = report("happycall")
    seen = coverage(made, done.seen)
    own = [place for place in (*seen.nodes_unseen, *seen.edges_unseen) if place[0] == "happycall"]
    assert [place for place in own if place[1] not in {"foreign", "general", "urgent", "left_text"}] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("conduct", ["", "warned", "special"])
def test_a_caller_who_presses_nothing_reaches_the_queue_within_25_seconds(language: str, conduct: str) -> None:
    seconds, where = to_person_s(flow(), facts(language=language, conduct=conduct))
    own = {"ko": "general", "en": "english", "zh": "chinese", "ja": "japanese", "vi": "vietnamese", "mn": "mongolian"}
    assert where == ("special" if conduct == "special" else own[language])
    assert seconds <= 25.0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("when", [(0, 12), (86_400_000_000, None)])
def test_to_whom_we_owe_a_call_waits_on_the_line_within_25_seconds_of_silence(
    language: str, when: tuple[int, int | None]
) -> None:
    now = facts(language=language)
    seconds, where = to_person_s(flow(), replace(now, callback=CallbackFacts("water", now.now_us + when[0], when[1])))
    own = {"ko": "water", "en": "english", "zh": "chinese", "ja": "japanese", "vi": "vietnamese", "mn": "mongolian"}
    assert where == own[language]
    assert seconds <= 25.0


@pytest.mark.parametrize("at", [MONDAY, SUNDAY, NIGHT])
@pytest.mark.parametrize("known", [{}, {"language": "vi"}, {"caller": "withheld"}, {"conduct": "special"}])
def test_a_person_is_never_more_than_two_steps_away(at: str, known: dict[str, str]) -> None:
    """Whatever was pressed before, up to five steps deep; and nobody is ever where no person can be reached."""
    found = searched(at, **known)
    assert found.moments > 30
    assert found.lost == ()
    assert found.farthest <= 2


def test_who_waits_on_after_the_limit_does_not_begin_at_the_end_of_the_line() -> None:
    """Ten minutes, told, one key: the line takes her back with those ten minutes, even if it is full meanwhile."""
    crowded = replace(facts(), queues={"general": QueueFacts(waiting=50, limit=50)})
    call = Call(flow(), facts())
    call.send(Digits("0"))
    call.send(Waiting(600.0, 4, 240.0))
    call = replace_facts(call, crowded)
    actions = call.send(Digits("1"))
    assert [(a.queue, a.credit_s) for a in actions if isinstance(a, Queue)] == [("general", 600)]
    call.send(Waiting(600.0, 1, 30.0))
    again = call.send(Digits("1"))
    assert [a.credit_s for a in again if isinstance(a, Queue)] == [1_200]


def replace_facts(call: Call, known: Facts) -> Call:
    call.facts = known
    return call


OWED = {"callback": CallbackFacts("water", 0, 2)}


def test_the_search_comes_through_every_node() -> None:
    seen = Seen()
    for at in (MONDAY, SUNDAY, NIGHT):
        for known in ({"conduct": "warned"}, {"caller": "withheld"}, {"conduct": "special"}, {"language": "en"}, OWED):
            seen.nodes |= searched(at, **known).seen.nodes
    assert coverage(flow(), seen).nodes_unseen == ()


def test_the_shipped_flows_break_no_rule_without_any_exemption() -> None:
    policy = Policy()
    texts = shipped()
    assert set(mains(texts)) == {"dasan120", "assurance", "happycall"}
    for main in mains(texts):
        page = (ROOT / "docs" / f"ivr-{main.removeprefix('dasan')}.md").read_text("utf-8")
        lines = frozenset(line.code for line in policy.lines)
        assert lint(texts, main, Context(maps={main: page}, queues=frozenset(policy.queues), lines=lines)) == ()


@pytest.mark.parametrize(
    ("file", "main"), [("120", "dasan120"), ("assurance", "assurance"), ("happycall", "happycall")]
)
def test_the_published_map_is_fresh(file: str, main: str) -> None:
    policy = Policy()
    called = {
        language: {("queue", q.code): getattr(q, f"name_{language}") for q in policy.queues.values()}
        | {("line", line.code): getattr(line, f"name_{language}") for line in policy.lines}
        for language in ("ko", "en")
    }
    published = (ROOT / "docs" / f"ivr-{file}.md").read_text("utf-8")
    assert published == chart.page(flow(main), called), "run `make docs`"


def test_the_known_digits_lead_where_the_city_says() -> None:
    main = flow().main.nodes["main"]
    assert main.kind == "menu"
    digits = {option.key: option.to for option in main.options}
    assert {key: digits[key] for key in "3459"} == {
        "3": "care_hours", "4": "reform", "5": "lonely", "9": "foreign"
    }  # fmt: skip
    languages = flow().node("foreign", "languages")
    assert languages.kind == "menu"
    assert [(option.key, option.in_) for option in languages.options] == list(
        zip("12345", ("en", "zh", "ja", "vi", "mn"), strict=True)
    )


def test_the_head_says_which_digits_are_public_and_that_translations_need_a_reader() -> None:
    head = shipped()["120.yaml"].split("flow:", maxsplit=1)[0]
    for word in ("알려진 사실", "Public fact", "우리가 정한 것", "Ours", "native reader's check"):
        assert word in head


def test_every_text_message_fits_what_korean_networks_carry() -> None:
    """EUC-KR letters and 90 bytes; a Vietnamese or Chinese sentence would arrive as question marks."""
    sent = set()
    for main, unit in (("dasan120", "text"), ("assurance", "assurance"), ("happycall", "happycall")):
        for node in flow(main).units[unit].document.nodes.values():
            for language in LANGUAGES if node.kind == "sms" else ():
                for what in ("chat", "sign", "reform"):
                    known = {"what": what, "link": "https://eungdapso.seoul.go.kr"}
                    given = (
                        flow(main).units[unit].document.prompts[node.text]
                        if isinstance(node.text, str)
                        else [node.text]
                    )
                    texts = [one.texts for one in given if isinstance(one, Prompt)]
                    said = [t.get(language) or t["ko"] for t in texts]
                    sent |= {template.rendered(template.compiled(text, language), known) for text in said}
    assert len(sent) >= 9
    assert [text for text in sent if len(text.encode("euc-kr")) > 90] == []


def test_queues_and_lines_are_those_of_the_centre() -> None:
    policy = Policy()
    for unit in flow().units.values():
        for node in unit.document.nodes.values():
            queue, line = getattr(node, "queue", None), getattr(node, "line", None)
            assert queue is None or queue in policy.queues
            assert line is None or policy.line(line) is not None


def test_on_a_public_holiday_the_offices_are_closed() -> None:
    assert date(2026, 2, 17) in HOLIDAY_DATES
    seollal = search(flow(), facts("2026-02-17 11:00"), 3).seen.nodes
    assert {("dasan120", "district_closed"), ("dasan120", "care_closed"), ("foreign", "desk_closed")} <= seollal
    assert ("dasan120", "district") not in seollal


# What callers hear, word for word; read through when it was written down.
HEARD = (
    "아무것도 누르지 않으면 25초 안에 상담사에게",
    "악성 민원 경고를 받은 사람은 법적 경고를 듣는다",
    "특별 관리 중인 사람은 전담 상담사에게, 0번을 눌러도",
    "구청이 닫은 밤에는 119와 112를 알리고 상담사가 접수한다",
    "번호를 알 수 없으면 받을 번호를 묻고 되묻는다",
    "길 때 돌려받기",
    "9번은 언어마다 그 말로 말한다",
    "시간 밖에는 그 말로 알리고 다누리에 넘긴다 (zh)",
    "시간 밖에는 그 말로 알리고 다누리에 넘긴다 (mn)",
    "지난번에 영어를 고른 사람이 시간 밖에 침묵하면 다누리로",
)


def transcript() -> str:
    _, done = report("120")
    return "\n".join(f"== {name}\n" + "\n".join(done.heard[name]) + "\n" for name in HEARD)


def test_what_callers_hear_is_what_was_read_through() -> None:
    assert transcript() == GOLDEN.read_text("utf-8")
