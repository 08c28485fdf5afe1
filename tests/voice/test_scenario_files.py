"""Every scenario that ships is lived through by the whole centre, and by its own file's word comes true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from dasan.demo import desk_steps, scenes
from tests.docs.house import ROOT
from tests.voice.playing import examples, played


@pytest.mark.parametrize(("name", "example"), examples())
def test_it_comes_true(name: str, example: int) -> None:
    played(scenes.read(scenes.found(name))[example])


def test_the_published_schema_is_what_the_table_makes() -> None:
    assert (ROOT / "docs" / "schema" / "scenario.json").read_text("utf-8") == scenes.text(), "run `make docs`"


@pytest.mark.parametrize("path", scenes.shipped(), ids=lambda path: path.stem)
def test_every_file_that_ships_is_valid_by_the_published_schema_and_says_what_it_shows(path: Any) -> None:
    from jsonschema import Draft202012Validator

    tree = YAML(typ="safe").load(path.read_text("utf-8"))
    Draft202012Validator(json.loads(scenes.text())).validate(tree)
    assert tree["name"]
    assert tree["about"]


def test_every_step_of_the_desk_has_a_form_and_says_what_it_is() -> None:
    assert set(desk_steps.FORMS) == set(desk_steps.DESK)
    assert all(act.__doc__ for act in desk_steps.DESK.values())
