"""Versions: nothing is published unchecked, running calls keep theirs, and going back is one step."""

import json

import pytest

from dasan.core.errors import ConfigWrong
from ivr import registry as versions
from ivr.events import Digits
from ivr.interpreter import start, step
from ivr.registry import Act, Registry
from tests.ivr.phone import NOW_US, WORLD, source

ACT = Act("", NOW_US, "kim")


def menu(label: str) -> dict[str, str]:
    nodes = f"""
    go:
      kind: menu
      options: [{{key: 1, label: {{ko: {label}}}, to: bye}}]
      no_input: {{to: person}}
      no_match: {{to: person}}
    """
    return {"test.yaml": source(nodes)}


def ready(registry: Registry, label: str) -> tuple[Registry, str]:
    registry, ref = versions.draft(registry, menu(label), "test", ACT)
    registry = versions.linted(registry, ref, 0, ACT)
    return versions.simulated(registry, ref, 0, ACT), ref


def test_a_flow_goes_from_draft_to_published() -> None:
    registry, ref = ready(Registry(), "하나")
    registry = versions.publish(registry, ref, ACT)
    assert versions.current(registry, "test") == ref
    assert [act.act for act in versions.version(registry, ref).acts] == ["draft", "linted", "simulated", "published"]
    assert versions.flow(registry, ref).ref == ref


def test_a_draft_that_no_call_could_run_is_not_taken() -> None:
    with pytest.raises(ConfigWrong):
        versions.draft(Registry(), {"test.yaml": source("go: {kind: goto, to: nobody}")}, "test", ACT)


def test_the_same_source_is_the_same_version() -> None:
    registry, ref = versions.draft(Registry(), menu("하나"), "test", ACT)
    assert versions.draft(registry, menu("하나"), "test", ACT) == (registry, ref)


def test_what_was_not_linted_and_simulated_is_not_published() -> None:
    registry, ref = versions.draft(Registry(), menu("하나"), "test", ACT)
    for refused in (versions.publish, lambda *a: versions.simulated(a[0], a[1], 0, a[2])):
        with pytest.raises(ConfigWrong) as caught:
            refused(registry, ref, ACT)
        assert "cannot become" in caught.value.problems[0].message_en
    with pytest.raises(ConfigWrong):
        versions.linted(registry, ref, 2, ACT)
    registry = versions.linted(registry, ref, 0, ACT)
    with pytest.raises(ConfigWrong):
        versions.simulated(registry, ref, 1, ACT)


def test_a_running_call_finishes_on_its_version() -> None:
    registry, old = ready(Registry(), "하나")
    registry = versions.publish(registry, old, ACT)
    turn = start(versions.flow(registry, versions.current(registry, "test")), WORLD)
    registry, new = ready(registry, "둘")
    registry = versions.publish(registry, new, ACT)
    assert versions.current(registry, "test") == new
    turn = step(versions.flow(registry, turn.state.ref), turn.state, Digits("1"), WORLD)
    assert turn.state.node == "bye"


def test_going_back_takes_the_version_before_and_only_once() -> None:
    registry, old = ready(Registry(), "하나")
    registry = versions.publish(registry, old, ACT)
    registry, new = ready(registry, "둘")
    registry = versions.roll_back(versions.publish(registry, new, ACT), "test", ACT)
    assert versions.current(registry, "test") == old
    assert versions.version(registry, new).stage == versions.ROLLED_BACK
    with pytest.raises(ConfigWrong):
        versions.roll_back(registry, "test", ACT)
    assert versions.current(versions.publish(registry, new, ACT), "test") == new


def test_an_unknown_version_is_told_with_what_to_do() -> None:
    with pytest.raises(ConfigWrong) as caught:
        versions.flow(Registry(), "test@sha256:00")
    problem = caught.value.problems[0]
    assert "상담사" in problem.message_ko
    assert "hand its calls to a person" in problem.message_en
    with pytest.raises(ConfigWrong):
        versions.current(Registry(), "test")


def test_a_registry_survives_being_stored() -> None:
    registry, ref = ready(Registry(), "하나")
    registry = versions.publish(registry, ref, ACT)
    assert versions.load(json.loads(json.dumps(versions.dump(registry)))) == registry
    with pytest.raises(ConfigWrong):
        versions.load({"versions": {"x": {}}, "published": {}})


def test_a_stored_text_that_is_not_what_its_ref_says_is_refused() -> None:
    registry, ref = ready(Registry(), "하나")
    stored = versions.dump(registry)
    stored["versions"][ref]["texts"] = menu("셋")
    with pytest.raises(ConfigWrong) as caught:
        versions.flow(versions.load(stored), ref)
    assert "not what its ref says" in caught.value.problems[0].message_en
