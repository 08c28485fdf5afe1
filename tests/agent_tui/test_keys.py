"""One table of actions: no key twice, every action explained, the document fresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_tui.keys import ACTIONS, KeysWrong, document, key_name, keymap
from agent_tui.run import keys_of
from agent_tui.screens.table import ACTS
from agent_tui.words import catalogue
from tests.agent_tui.fake_server import Centre
from tests.agent_tui.stage import at_the_desk

ROOT = Path(__file__).parents[2]


def test_no_key_means_two_things() -> None:
    assert keymap({})


def test_a_key_for_two_actions_is_refused_by_name() -> None:
    with pytest.raises(KeysWrong, match="f7 is both hold and transfer"):
        keymap({"hold": "f7"})


def test_an_unknown_action_is_refused_by_name() -> None:
    with pytest.raises(KeysWrong, match="no such action: teleport"):
        keymap({"teleport": "f7"})


def test_every_desk_action_does_something() -> None:
    assert set(ACTS) == {action.id for action in ACTIONS if action.screen == "desk"}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_action_has_a_name_and_an_explanation(language: str) -> None:
    words = catalogue(language)
    assert all(words[action.label] and words[action.help] for action in ACTIONS)


def test_no_primary_action_needs_a_letter_or_a_key_that_terminals_keep() -> None:
    keys = {key for action in ACTIONS for key in action.keys}
    assert not {key for key in keys if len(key) == 1}
    assert not keys & {"f1", "f10", "f11", "ctrl+enter", "ctrl+c", "ctrl+s", "ctrl+z"}


def test_the_document_of_the_keys_is_fresh() -> None:
    """Write it anew with: python -c "from agent_tui.keys import document; print(document(), end='')" > docs/keys.md"""
    assert (ROOT / "docs" / "keys.md").read_text("utf-8") == document()


def test_keys_are_named_as_people_name_them() -> None:
    assert [key_name(key) for key in ("f5", "ctrl+g", "pageup")] == ["F5", "Ctrl+G", "PgUp"]


def test_overrides_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('[desk]\nhold = "ctrl+y"\n', "utf-8")
    assert keys_of(path) == {"hold": "ctrl+y"}
    path.write_text("[desk]\nhold = 6\n", "utf-8")
    with pytest.raises(KeysWrong):
        keys_of(path)


async def test_another_key_works_and_the_old_one_stops() -> None:
    centre = Centre()
    async with at_the_desk(centre, keys={"hold": "f11"}) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.press("f6")
        assert not stage.sent("pause")
        await stage.press("f11")
        await stage.until(lambda: stage.sent("pause"))
        await stage.seen("F11 보류")
