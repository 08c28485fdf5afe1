"""Versions of flows: drafted, linted, simulated, published, rolled back. A value; storing it is the caller's.

A version is named by its ref and never changes; the same source drafted twice is the same version. What is published
gets new calls; calls that run stay with the ref in their state, so a version is kept for as long as one may need it.
Nobody publishes what was not linted clean and simulated, and going back needs neither: it was published before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Protocol

from dasan.core.errors import ConfigWrong, Problem
from ivr.flow import Flow, compile_flow

DRAFT, LINTED, SIMULATED, PUBLISHED, ROLLED_BACK = "draft", "linted", "simulated", "published", "rolled_back"
HISTORY_MAX = 200


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what to a version, and when (microseconds of UTC)."""

    act: str
    at_us: int
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version. ``texts``: its files. ``stage``: the last stage it reached. ``acts``: oldest first.
    ``recordings``: what its prompts name to the name of those bytes, pinned: a call never hears a later one."""

    ref: str
    name: str
    texts: Mapping[str, str]
    stage: str = DRAFT
    acts: tuple[Act, ...] = ()
    recordings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registry:
    """``versions`` by ref. ``published``: of each flow what was published, oldest first; the last one gets new
    calls."""

    versions: Mapping[str, Version] = field(default_factory=dict)
    published: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Shelf(Protocol):
    """Where a registry is kept."""

    def read(self) -> Registry:
        """What is kept; an empty one at first."""
        ...

    def write(self, registry: Registry) -> None:
        """Keep this instead, durably, before returning."""
        ...


def draft(
    registry: Registry, texts: Mapping[str, str], main: str, act: Act, recordings: Mapping[str, str] | None = None
) -> tuple[Registry, str]:
    """Take a flow in; its ref. Raises ConfigWrong when no call could run it."""
    flow = compile_flow(texts, main, recordings)
    if flow.ref in registry.versions:
        return registry, flow.ref
    kept = {unit.source.file: unit.source.text for unit in flow.units.values()}
    version = Version(flow.ref, main, kept, DRAFT, (replace(act, act=DRAFT),), flow.recordings)
    return replace(registry, versions={**registry.versions, flow.ref: version}), flow.ref


def linted(registry: Registry, ref: str, errors: int, act: Act) -> Registry:
    """The lint ran. Raises ConfigWrong when it found errors: the version stays a draft."""
    if errors:
        raise _refused(ref, f"검사에서 오류 {errors}건이 나왔습니다.", f"The lint found {errors} error(s).")
    return _reach(registry, ref, LINTED, (DRAFT, LINTED, SIMULATED), act)


def simulated(registry: Registry, ref: str, failed: int, act: Act) -> Registry:
    """Its cases and walks ran. Raises ConfigWrong when some failed, or before the lint."""
    if failed:
        raise _refused(ref, f"모의 실행 {failed}건이 실패했습니다.", f"{failed} simulated case(s) failed.")
    return _reach(registry, ref, SIMULATED, (LINTED, SIMULATED), act)


def publish(registry: Registry, ref: str, act: Act) -> Registry:
    """New calls get this version from here on. Raises ConfigWrong when it was not linted and simulated."""
    made = _reach(registry, ref, PUBLISHED, (SIMULATED, PUBLISHED, ROLLED_BACK), act)
    name = version(registry, ref).name
    row = tuple(one for one in registry.published.get(name, ()) if one != ref)
    return replace(made, published={**registry.published, name: (*row, ref)[-HISTORY_MAX:]})


def roll_back(registry: Registry, name: str, act: Act) -> Registry:
    """New calls get the version that was published before. Raises ConfigWrong when there is none."""
    row = registry.published.get(name, ())
    if len(row) < 2:
        raise _refused(name, "되돌릴 이전 판이 없습니다.", "There is no earlier version to go back to.")
    made = _reach(registry, row[-1], ROLLED_BACK, (PUBLISHED,), act)
    return replace(made, published={**registry.published, name: row[:-1]})


def current(registry: Registry, name: str) -> str:
    """The ref that new calls of a flow get. Raises ConfigWrong when none is published."""
    row = registry.published.get(name, ())
    if not row:
        raise _refused(name, "게시된 판이 없습니다. 먼저 게시하십시오.", "No version is published; publish one first.")
    return row[-1]


def version(registry: Registry, ref: str) -> Version:
    """A version by its ref. Raises ConfigWrong when it is not known."""
    found = registry.versions.get(ref)
    if found is None:
        ko = "모르는 판입니다. 이 통화는 상담사에게 바로 연결하십시오."
        en = "This version is not known here; hand its calls to a person."
        raise _refused(ref, ko, en, "".join(get_close_matches(ref, registry.versions, 1)))
    return found


def flow(registry: Registry, ref: str) -> Flow:
    """The flow of a version, to run calls with (compiling takes a quarter of a second: keep it). Raises ConfigWrong."""
    found = version(registry, ref)
    made = compile_flow(found.texts, found.name, found.recordings)
    if made.ref != ref:
        ko, en = "저장된 내용이 이름과 다릅니다.", "What is stored is not what its ref says."
        raise _refused(ref, ko, en)
    return made


def _reach(registry: Registry, ref: str, stage: str, from_stages: tuple[str, ...], act: Act) -> Registry:
    was = version(registry, ref)
    if was.stage not in from_stages:
        ko = f"'{was.stage}' 단계에서는 '{stage}'(으)로 갈 수 없습니다."
        raise _refused(ref, ko, f"A version that is {was.stage} cannot become {stage}.")
    acts = (*was.acts, replace(act, act=stage))[-HISTORY_MAX:]
    return replace(registry, versions={**registry.versions, ref: replace(was, stage=stage, acts=acts)})


def _refused(key: str, ko: str, en: str, nearest: str = "") -> ConfigWrong:
    return ConfigWrong((Problem(key, ko, en, nearest=nearest),))


def dump(registry: Registry) -> dict[str, Any]:
    """The registry as JSON-able data."""
    return asdict(registry)


def load(data: Mapping[str, Any]) -> Registry:
    """What :func:`dump` gave. Raises ConfigWrong when it is something else."""
    try:
        versions = {ref: _version(given) for ref, given in data["versions"].items()}
        return Registry(versions, {name: tuple(row) for name, row in data["published"].items()})
    except (KeyError, TypeError, AttributeError) as error:
        ko, en = "저장된 메뉴 목록을 읽을 수 없습니다.", "The stored list of flows cannot be read."
        raise _refused("registry", ko, en) from error


def _version(given: Mapping[str, Any]) -> Version:
    acts = tuple(Act(**act) for act in given["acts"])
    recordings = dict(given.get("recordings", {}))  # a list from before there were any
    return Version(given["ref"], given["name"], dict(given["texts"]), given["stage"], acts, recordings)
