"""Versions of the menu in a folder: whole or not at all, followed by readers, changed by one at a time."""

import json
import threading
from pathlib import Path

import pytest

from dasan.core.errors import ConfigWrong
from dasan.server.flowshelf import LIST, FlowShelf
from ivr import registry as rules
from ivr.events import Digits
from ivr.facts import Facts
from ivr.interpreter import start, step
from tests.ivr.test_lint import FIXTURES

TEXT = (FIXTURES / "clean.yaml").read_text("utf-8")
OTHER = TEXT.replace("{ko: 교통}", "{ko: 주차}")
ACT = rules.Act("", 1_000_000, "시험")


def published(shelf: FlowShelf, text: str) -> str:
    with shelf.changing() as before:
        kept, ref = rules.draft(before, {"clean.yaml": text}, "menu", ACT)
        kept = rules.simulated(rules.linted(kept, ref, 0, ACT), ref, 0, ACT)
        shelf.write(rules.publish(kept, ref, ACT))
    return ref


def test_an_empty_folder_is_an_empty_registry(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path / "flows")
    assert shelf.read() == rules.Registry()
    assert shelf.stamp() == (0, 0)


def test_what_is_written_is_read_again_whole(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path / "flows")
    ref = published(shelf, TEXT)
    kept = FlowShelf(tmp_path / "flows").read()
    assert rules.current(kept, "menu") == ref
    assert kept.versions[ref].texts == {"clean.yaml": TEXT}
    assert [act.act for act in kept.versions[ref].acts] == ["draft", "linted", "simulated", "published"]
    assert rules.flow(kept, ref).ref == ref


def test_a_running_call_finishes_on_the_version_that_it_began_in(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path)
    first = published(shelf, TEXT)
    call = start(rules.flow(shelf.read(), first), Facts(1_000_000))
    second = published(shelf, OTHER)
    kept = shelf.read()
    assert rules.current(kept, "menu") == second != first
    on = step(rules.flow(kept, call.state.ref), call.state, Digits("1"), Facts(2_000_000))
    assert on.state.ref == first
    assert on.state.node == "person"


def test_rolling_back_gives_new_calls_what_was_published_before(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path)
    first, second = published(shelf, TEXT), published(shelf, OTHER)
    with shelf.changing() as before:
        shelf.write(rules.roll_back(before, "menu", ACT))
    kept = shelf.read()
    assert rules.current(kept, "menu") == first
    assert kept.versions[second].stage == "rolled_back"


def test_the_stamp_changes_with_every_change(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path)
    published(shelf, TEXT)
    before = shelf.stamp()
    published(shelf, OTHER)
    assert shelf.stamp() != before


def test_a_write_that_was_cut_off_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = FlowShelf(tmp_path)
    first = published(shelf, TEXT)

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == LIST:
            raise OSError(28, "No space left on device", str(target))
        return original(self, target)

    original = Path.replace
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        published(shelf, OTHER)
    monkeypatch.undo()
    assert rules.current(shelf.read(), "menu") == first
    assert rules.current(shelf.read(), "menu") != published(shelf, OTHER)


def test_a_list_that_is_broken_or_names_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path)
    ref = published(shelf, TEXT)
    (tmp_path / "versions" / f"{ref.rpartition(':')[2]}.json").unlink()
    with pytest.raises(ConfigWrong) as wrong:
        shelf.read()
    assert wrong.value.problems[0].file.endswith(LIST)
    (tmp_path / LIST).write_text("{half")
    with pytest.raises(ConfigWrong):
        shelf.read()
    (tmp_path / LIST).write_text(json.dumps({"versions": [], "published": {}}))
    with pytest.raises(ConfigWrong):
        shelf.read()


def test_two_who_publish_at_once_both_get_in(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path)
    texts = [TEXT.replace("{ko: 교통}", f"{{ko: 교통{number}}}") for number in range(6)]
    threads = [threading.Thread(target=published, args=(FlowShelf(tmp_path), text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shelf.read().versions) == len(shelf.read().published["menu"]) == 6
