"""Prompts spoken by a recorded voice: pinned by what they sound like, used where the language has one, else spoken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr import registry as rules
from ivr.actions import Say
from ivr.facts import Facts
from ivr.flow import Flow, compile_flow, read, recordings_named
from ivr.interpreter import start
from ivr.lint import Context, lint

SOURCE = """
flow: spoken
title: {ko: 녹음, mn: Бичлэг}
languages: [ko, mn]
operator: person
start: hello
nodes:
  hello:
    kind: say
    say: {ko: 안녕하십니까., mn: Сайн байна уу., audio: {mn: hello-mn.wav}}
    barge_in: false
    to: far
  far:
    kind: say
    say: {ko: 멀리서., mn: Холоос., audio: {ko: "https://a.example/far.mp3"}}
    barge_in: false
    to: person
  person: {kind: queue, queue: general, on: {full: bye, closed: bye, error: bye}}
  bye: {kind: end, say: {ko: 고맙습니다., mn: Баярлалаа.}}
"""
TEXTS = {"spoken.yaml": SOURCE}
ONE, TWO = "1" * 64 + ".wav", "2" * 64 + ".wav"
ACT = rules.Act("", 1, "시험")


def heard(flow: Flow, language: str) -> list[tuple[str, str]]:
    """(words, recording) of what is said first."""
    turn = start(flow, Facts(1_764_000_000_000_000, language=language))
    return [(one.text, one.audio) for act in turn.actions if isinstance(act, Say) for one in act.prompts][:2]


def test_a_recording_is_heard_in_the_language_that_has_one_and_the_words_stay() -> None:
    flow = compile_flow(TEXTS, "spoken", {"hello-mn.wav": ONE, "other.wav": TWO})
    assert flow.recordings == {"hello-mn.wav": ONE}
    assert heard(flow, "mn") == [("Сайн байна уу.", ONE), ("Холоос.", "")]
    assert heard(flow, "ko") == [("안녕하십니까.", ""), ("멀리서.", "https://a.example/far.mp3")]


def test_where_the_recording_is_not_there_the_words_are_spoken() -> None:
    assert heard(compile_flow(TEXTS, "spoken"), "mn")[0] == ("Сайн байна уу.", "")
    there = compile_flow(TEXTS, "spoken", {"hello-mn.wav": ONE})
    assert heard(replace(there, recordings={}), "mn")[0] == ("Сайн байна уу.", "")


def test_another_recording_is_another_version_and_without_any_nothing_changes() -> None:
    bare, one, two = (
        compile_flow(TEXTS, "spoken", given).ref for given in ({}, {"hello-mn.wav": ONE}, {"hello-mn.wav": TWO})
    )
    assert len({bare, one, two}) == 3
    assert compile_flow(TEXTS, "spoken", {"other.wav": ONE}).ref == bare
    assert recordings_named(read(TEXTS), "spoken") == {"hello-mn.wav"}


def test_a_version_keeps_what_it_was_published_with() -> None:
    kept, first = rules.draft(rules.Registry(), TEXTS, "spoken", ACT, {"hello-mn.wav": ONE})
    kept, second = rules.draft(kept, TEXTS, "spoken", ACT, {"hello-mn.wav": TWO})
    kept = rules.load(rules.dump(kept))
    assert heard(rules.flow(kept, first), "mn")[0][1] == ONE
    assert heard(rules.flow(kept, second), "mn")[0][1] == TWO
    data = rules.dump(kept)
    del data["versions"][first]["recordings"]  # as a list from before there were any has it
    assert rules.load(data).versions[first].recordings == {}


@pytest.mark.parametrize(
    ("audio", "known", "said"),
    [
        ("{mn: hello-mn.wav}", {"hello-mn.wav": None}, ""),
        ("{mn: hello-mn.wav}", None, ""),
        ("{mn: hello-mn.wav}", {"hallo-mn.wav": None}, "no hello-mn.wav"),
        ("{mn: hello-mn.wav}", {"hello-mn.wav": ("나쁨", "It is cut off.")}, "hello-mn.wav: It is cut off."),
        ("{mn: ../hello.wav}", None, "named in small letters"),
        ("{mn: hello.ogg}", None, "named in small letters"),
        ("{mn: 'http://a.example/hello.wav'}", None, "No whole https"),
        ("{en: hello-en.wav}", {"hello-en.wav": None}, "Without a text in en"),
    ],
)
def test_the_lint_says_what_no_caller_would_hear(audio: str, known: object, said: str) -> None:
    text = SOURCE.replace("{mn: hello-mn.wav}", audio)
    found = [f for f in lint({"it.yaml": text}, "spoken", Context(recordings=known)) if f.rule == "T03"]  # type: ignore[arg-type]
    assert [said in f.en for f in found] == [True] * bool(said)
    assert [f.nearest for f in found if "no hello" in f.en] == ["hallo-mn.wav"] * ("no hello" in said)


def test_a_prompt_with_values_in_it_is_never_a_recording() -> None:
    text = SOURCE.replace("mn: Сайн байна уу.", 'mn: "Сайн {{ today }}."')
    assert any("values in it" in f.en for f in lint({"it.yaml": text}, "spoken"))
