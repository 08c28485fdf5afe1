"""Scenarios: read with clear faults, played on any clock, true or not true with what was seen instead."""

from __future__ import annotations

from typing import Any

import pytest

from channels.carrier.scenario import ScenarioWrong, Stage, StepFailed, play, read, read_all
from channels.carrier.scenario_forms import span
from tests.carrier.service import HOST, LINE, service

PAGES = {
    "/voice": '<Gather numDigits="1" action="/menu"><Say>120다산콜센터입니다. 상담은 1번</Say></Gather>',
    "/menu": '<Enqueue waitUrl="/wait">dasan</Enqueue>',
    "/wait": '<Say>지금 첫 번째입니다</Say><Pause length="10"/>',
    "/join": '<Dial><Conference endConferenceOnExit="true" participantLabel="citizen">r1</Conference></Dial>',
}
WHOLE = """
name: 상담사와 통화한다
seed: 3
phones:
  line: "+8225550120"
  citizen: "+821012345678"
  desk: {at: "client:c12", on_ring: wait}
chaos: {duplicate: 0.5}
steps:
  - dial: {from: citizen, to: line, forwarded_from: "+82120"}
  - expect_say: 다산콜센터
  - press: "1"
  - expect_queue: {name: dasan, position: 1}
  - expect_say: {phone: citizen, match: "첫 번째", within: 5s}
  - ring: desk
  - pick_up: desk
  - join: citizen
  - hear: {citizen: [desk], desk: [citizen], within: 3s}
  - say: {phone: desk, text: 안녕하세요}
  - expect_say: {match: 안녕하세요, kind: voice}
  - chaos: off
  - wait: 500ms
  - hang_up: citizen
  - expect_call: {phone: desk, status: completed}
"""


async def _ring(stage: Stage, who: Any) -> None:
    centre = stage.notes["centre"] = SERVICE[0]
    centre.rest("POST", "Conferences/r1/Participants", From=LINE, To=stage.at(who), Label="desk")


async def _join(stage: Stage, who: Any) -> None:
    call = stage.carrier.phone(stage.at(who)).call
    assert call is not None
    stage.notes["centre"].rest("POST", f"Calls/{call.sid}", Url=f"{HOST}/join")


SERVICE: list[Any] = []
ACTS = {"ring": _ring, "join": _join}


async def test_a_scenario_is_played_with_the_acts_that_the_test_gives() -> None:
    scenario = read(WHOLE)
    centre = service(dict(PAGES), seed=scenario.seed)
    SERVICE[:] = [centre]
    told: list[str] = []
    await play(scenario, centre.carrier, ACTS, told.append)
    assert centre.to("/voice")[0]["ForwardedFrom"] == "+82120"
    assert told[0].startswith("dial:")
    assert "  ♪ 안녕하세요" in told


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("expect_say: 없는 말", "was not heard"),
        ("expect_queue: {name: dasan, within: 1s}", "waits in no queue"),
        ("expect_call: {status: completed, within: 1s}", "it is in-progress"),
        ("hear: {citizen: [desk], within: 1s}", "it is"),
        ("expect_text: 접수", "did not come"),
        ("press: {phone: desk, digits: 1}", "has no call"),
        ("pick_up: {phone: desk, within: 1s}", "does not ring"),
        ("expect_silence: 1s", "heard"),
    ],
)
async def test_what_does_not_come_true_is_told_with_its_line(step: str, why: str) -> None:
    head = WHOLE.partition("  - expect_say")[0]
    centre = service(dict(PAGES))
    with pytest.raises(StepFailed) as failed:
        await play(read(f"{head}  - {step}\n"), centre.carrier)
    assert why in failed.value.why
    assert failed.value.step.line == 11


async def test_an_expectation_looks_only_at_what_was_not_looked_at_yet() -> None:
    head = WHOLE.partition("  - press")[0]
    centre = service(dict(PAGES))
    with pytest.raises(StepFailed):
        await play(read(f"{head}  - expect_say: {{match: 다산콜센터, within: 2s}}\n"), centre.carrier)


@pytest.mark.parametrize(
    ("text", "line", "english"),
    [
        ("steps: [", 1, "not YAML"),
        ("- a\n- b", 1, "has a name and steps"),
        ("name: x\nstep: []", 2, "did you mean steps"),
        ("name: x\nsteps: []", 1, "a list of 1 to"),
        ("phones:\n  a: 5\nsteps: [wait]", 2, "is not an address"),
        ("phones:\n  a: {at: x, on_rings: busy}\nsteps: [wait]", 2, "did you mean on_ring"),
        ("phones:\n  a: {at: x, on_ring: never}\nsteps: [wait]", 2, "is not one of answer"),
        ("phones:\n  a: {at: x, after: soon}\nsteps: [wait]", 2, "not a time"),
        ("steps:\n  - wait: 1s\n    press: 1", 2, "one thing"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_with_its_line(text: str, line: int, english: str) -> None:
    with pytest.raises(ScenarioWrong) as wrong:
        read(text)
    assert (wrong.value.line, english in wrong.value.english) == (line, True), wrong.value.english
    assert wrong.value.korean


async def test_a_step_that_nobody_knows_is_refused_before_anything_is_done() -> None:
    centre = service(dict(PAGES))
    text = 'phones: {a: "+8210"}\nsteps:\n  - dial: {from: a, to: "+8225550120"}\n  - expect_sya: x\n'
    with pytest.raises(ScenarioWrong, match="did you mean expect_say") as wrong:
        await play(read(text), centre.carrier)
    assert wrong.value.line == 4
    assert not centre.carrier.net.calls


@pytest.mark.parametrize(
    ("step", "line", "english"),
    [
        ("dial: {from: a}", 3, "to is missing"),
        ("dial: {from: a, too: b}", 3, "did you mean to"),
        ("press:", 3, "it needs {digits"),
        ("press: [1]", 3, "is not text"),
        ("wait: soon", 3, "is not a time"),
        ("chaos: {drip: 0.5}", 3, "did you mean drop"),
        ("chaos: {drop: 2}", 3, "a share from 0 to 1"),
        ("hear: {a: b}", 3, "a list of names"),
        ("expect_queue:\n      name: dasan\n      position: first", 5, "is not a count"),
    ],
)
async def test_a_step_that_holds_what_it_cannot_is_refused_before_anything_is_done(
    step: str, line: int, english: str
) -> None:
    centre = service(dict(PAGES))
    with pytest.raises(ScenarioWrong) as wrong:
        await play(read(f'phones: {{a: "+8210"}}\nsteps:\n  - {step}\n'), centre.carrier)
    assert (wrong.value.line, english in wrong.value.english) == (line, True), wrong.value
    assert wrong.value.korean
    assert not centre.carrier.net.calls


def test_a_file_with_examples_is_as_many_scenarios() -> None:
    head = "name: <how>ly\nexamples: [{how: loud, n: 3}, {how: soft, n: 4}]\n"
    text = f"{head}steps:\n  - expect_rings: <n>\n  - say: <how> <other>\n"
    one, other = read_all(text)
    assert (one.name, other.name) == ("loudly", "softly")
    assert [step.value for step in other.steps] == [4, "soft <other>"]
    assert other.steps[1].line == 5
    for wrong in ("examples: []", "examples: [1]", "examples: {a: b}"):
        with pytest.raises(ScenarioWrong, match="examples are a list"):
            read_all(f"{wrong}\nsteps: [wait]\n")


async def test_a_recogniser_that_fails_is_told_of() -> None:
    text = """
phones: {citizen: "+821012345678"}
steps:
  - dial: {from: citizen, to: "+8225550120"}
  - wait: 1s
  - transcription_error: 32650
  - wait: 1s
"""
    start = '<Start><Transcription statusCallbackUrl="https://120.example/words"/></Start><Say>네</Say>'
    centre = service({"/voice": f"{start}<Pause length='30'/>"})
    await play(read(text), centre.carrier)
    last = centre.to("/words")[-1]
    assert (last["TranscriptionEvent"], last["TranscriptionErrorCode"]) == ("transcription-error", "32650")


async def test_the_network_misbehaves_as_the_scenario_says() -> None:
    text = """
phones: {citizen: "+821012345678"}
steps:
  - rest_fault: {status: 429, code: 20429, count: 1, path: Calls}
  - refused: Calls
  - outage: 10s
  - dial: {from: citizen, to: "+8225550120"}
  - expect_silence: 9s
  - expect_say: 다산
  - text: {from: citizen, to: "+8225550120", body: STOP}
  - expect_text: unsubscribed
"""
    centre = service(dict(PAGES))

    async def refused(stage: Stage, resource: Any) -> None:
        del stage
        assert centre.try_rest("GET", resource)[0] == 429

    await play(read(text), centre.carrier, {"refused": refused})


@pytest.mark.parametrize(("said", "seconds"), [("35s", 35), ("500ms", 0.5), ("2m", 120), (3, 3), ("1.5 s", 1.5)])
def test_times_are_written_with_their_unit(said: Any, seconds: float) -> None:
    assert span(said) == seconds
    with pytest.raises(ValueError, match="not a time"):
        span("soon")
