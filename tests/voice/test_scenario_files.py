"""Every scenario that ships is lived through by the whole centre, and by its own file's word comes true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from channels.carrier import scenario as scenarios
from channels.carrier.scenario import StepFailed
from dasan.demo import desk_steps, scenes
from tests.docs.house import ROOT
from tests.voice.playing import examples, played


@pytest.mark.parametrize(("name", "example"), examples())
def test_it_comes_true(name: str, example: int) -> None:
    played(scenes.read(scenes.found(name))[example])


TALK = """
phones: {line: "+8225550120", citizen: "+821012345678"}
counselors: {kim: }
steps:
  - dial: {from: citizen, to: line}
  - expect_say: 120다산콜
  - press: "0"
  - take: kim
  - hear: {citizen: [kim], kim: [citizen]}
"""


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("hear: {citizen: [], within: 1s}", "'citizen': ['kim']"),
        ("take: {by: kim, within: 1s}", "kim is offered nothing"),
        ("take: lee", "lee is not signed in"),
        ("resume: kim", "was refused"),
        ("refused: {hold: kim}", "hold was possible"),
        ("expect_item: {by: kim, state: HELD, within: 1s}", "kim sees ['ACTIVE']"),
        ("expect_session: {queue: water, within: 1s}", "ACTIVE general voice"),
        ("expect_session: {events: [callback.requested], within: 1s}", "ACTIVE general voice"),
        ("expect_rings: {phone: kim, times: 2, within: 1s}", "it had 1"),
    ],
)
def test_what_does_not_come_true_at_the_centre_is_told_with_its_line_and_what_was_seen(step: str, why: str) -> None:
    with pytest.raises(StepFailed) as failed:
        played(scenarios.read(f"{TALK}  - {step}\n"))
    assert (failed.value.step.line, why in failed.value.why) == (10, True), failed.value.why


def test_the_published_schema_is_what_the_table_makes() -> None:
    assert (ROOT / "docs" / "schema" / "scenario.json").read_text("utf-8") == scenes.text(), "run `make docs`"


@pytest.mark.parametrize("path", scenes.shipped(), ids=lambda path: path.stem)
def test_every_file_that_ships_is_valid_by_the_published_schema_and_says_what_it_shows(path: Any) -> None:
    from jsonschema import Draft202012Validator

    tree = YAML(typ="safe").load(path.read_text("utf-8"))
    Draft202012Validator(json.loads(scenes.text())).validate(tree)
    assert tree["name"]
    assert tree["about"]


NO_STEPS: list[Any] = [{"hodl": "kim"}, {"wait": "soon"}, {"dial": {"from": "a"}}, {"hear": {"a": "b"}}, "hold"]


@pytest.mark.parametrize("step", NO_STEPS, ids=str)
def test_the_published_schema_refuses_what_the_reader_refuses(step: Any) -> None:
    from jsonschema import Draft202012Validator

    assert not Draft202012Validator(scenes.schema()).is_valid({"steps": [step]})


def test_every_step_of_the_desk_has_a_form_and_says_what_it_is() -> None:
    assert set(desk_steps.FORMS) == set(desk_steps.DESK)
    assert all(act.__doc__ for act in desk_steps.DESK.values())
