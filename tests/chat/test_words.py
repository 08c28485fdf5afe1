"""The sentences: every language has them all, every code that the core says is spoken, every page key exists."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from channels.chat import project, web
from channels.chat.catalogue import FOLDER, catalogue, catalogues
from channels.chat.ports import Place
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.leg import Leg
from dasan.core.session import Session
from dasan.core.workitem import WorkItem
from dasan.net.front import front

HANDLERS = Path("dasan/core/handlers")
PAGE = Path("channels/chat/page")


def codes_said() -> set[str]:
    """Every literal code that a handler says in a session, but for what colleagues alone are told."""
    found = set()
    for path in HANDLERS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            says = isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "say"
            if says and not any(keyword.arg == "shown" for keyword in node.keywords):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_language_has_every_sentence_with_the_same_figures() -> None:
    files = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")}
    reference = files["ko"]
    for language, sections in files.items():
        assert sections.keys() == reference.keys(), language
        for section, words in sections.items():
            assert words.keys() == reference[section].keys(), (language, section)
            for key, template in words.items():
                assert template.strip(), (language, key)
                assert fields(template) == fields(reference[section][key]), (language, section, key)


def test_every_code_that_the_core_says_is_spoken() -> None:
    said = codes_said()
    assert {"welcome", "joined", "queued"} <= said
    for language in catalogues().values():
        assert not {code for code in said if not language.has("system", code)}, language.language


def test_particles_fit_the_word_before_them() -> None:
    ko = catalogue("ko")
    assert ko.say("system", "transferred", {"queue": "수도"}).startswith("수도로")
    assert ko.say("system", "transferred", {"queue": "일반 상담"}).startswith("일반 상담으로")


def test_an_unknown_language_reads_english_and_a_missing_argument_is_a_dash() -> None:
    assert catalogue("xx").language == "en"
    assert catalogue("en").say("system", "joined") == "Counselor - has joined."


def test_every_sentence_that_the_page_asks_for_exists_and_none_is_left_over() -> None:
    html = (PAGE / "index.html").read_text("utf-8")
    scripts = "".join(path.read_text("utf-8") for path in PAGE.glob("*.js"))
    asked = set(re.findall(r'data-(?:t|label|hint)="(\w+)"', html)) | set(re.findall(r'"([a-z][a-z0-9_]+)"', scripts))
    asked |= {f"rate_{n}" for n in range(1, 6)}
    asked_surely = set(re.findall(r'data-(?:t|label|hint)="(\w+)"', html)) | set(re.findall(r'\bt\("(\w+)"', scripts))
    known = set(tomllib.loads((FOLDER / "ko.toml").read_text("utf-8"))["page"])
    assert asked_surely <= known
    assert known <= asked


STATES = [items.CREATED, items.SCHEDULED, items.QUEUED, items.OFFERED, *items.ASSIGNED, items.WRAPPING, items.COMPLETED]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("leg", [legs.CONNECTED, legs.ENDED])
@pytest.mark.parametrize("language", sorted(catalogues()))
def test_every_state_says_what_happens_next(state: str, leg: str, language: str) -> None:
    item = WorkItem("w_1", "general", "chat", state, active_at_us=5, counselor="k_1")
    session = Session("s_1", 7, "120", "ko", "p_1", "chat", 1, legs=(Leg("l_1", "chat", "a", leg),), items=(item,))
    teller = project.Teller(catalogue(language), lambda k, _: "상담사 1", lambda q, _: q)
    for place in (None, Place(3), Place(3, 20), Place(3, 200)):
        frame = project.state(session, 9, 8, place, teller)
        assert len(frame["line"]) > 10
        assert "{" not in frame["line"]
        assert frame["can"]


@pytest.mark.parametrize("stage", sorted(handoffs.MACHINE.states))
def test_a_ticket_is_told_of_from_its_commitment_on_and_never_its_troubles(stage: str) -> None:
    teller = project.Teller(catalogue("ko"), lambda k, _: "", lambda q, _: q)
    h = handoffs.Handoff(
        "h_1", "s_1", "w_1", "p_1", "k_1", "road", "c_1", state=stage, ticket_no="2026-1", code="timeout"
    )
    frame = project.ticket(h, {}, teller)
    assert (frame is None) == (stage in {handoffs.DRAFTED, handoffs.WITHDRAWN})
    if frame is not None:
        assert "timeout" not in str(frame)


def test_the_pages_policy_lets_in_nothing_but_our_own() -> None:
    policy = web.content_policy(front("https://120.example", ("10.0.0.1", 80)))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "wss://120.example" in policy
    html = (PAGE / "index.html").read_text("utf-8")
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*src=)", html)
    assert not re.search(r"https?://", html)
