"""All rules over one flow, in order of where an author reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dasan.core.errors import ConfigWrong, Problem
from ivr.check import faults
from ivr.flow import Flow, Unit, reached, read, ref_of
from ivr.lint import care, keys, network, speech, structure, values
from ivr.lint.finding import Context, Finding, at
from ivr.lint.places import Places, places
from ivr.lint.rules import RULES


def mains(texts: Mapping[str, str]) -> tuple[str, ...]:
    """The flows among ``texts`` that no other one runs: those that calls begin in. Raises ConfigWrong."""
    units = read(texts)
    called = {node.flow for unit in units.values() for node in unit.document.nodes.values() if node.kind == "subflow"}
    return tuple(name for name in units if name not in called)


def lint(texts: Mapping[str, str], main: str, context: Context | None = None) -> tuple[Finding, ...]:
    """Everything to mend in the flow ``main`` and the subflows it reaches; () when there is nothing.

    A file that has not the shape of a flow ends the reading: only such findings come then. ConfigWrong is raised when
    there is no flow of that name.
    """
    try:
        units = read(texts)
    except ConfigWrong as wrong:
        return _sorted(network.misshapen(problem) for problem in wrong.problems)
    if main not in units:
        ko, en = f"{main} 흐름이 없습니다.", f"There is no flow named {main}."
        raise ConfigWrong((Problem("flow", ko, en),))
    flow = places(units, main)
    wrong_ones = [structure.retold(fault, units) for fault in faults(units, main)]
    found = [*wrong_ones, *_graph_rules(flow, context or Context())]
    if not wrong_ones:
        found += _spoken_rules(flow, context or Context())
    return _sorted(found)


def _graph_rules(flow: Places, context: Context) -> Iterator[Finding]:
    """What can be asked of a graph that may have holes in it."""
    if flow.start() not in flow.net:
        return
    plain = (
        structure.unreachable, structure.spinning, structure.untranslated, structure.without_person, values.unset,
        values.personal, keys.clashes, keys.told_wrong, keys.key_first, keys.commands, keys.long_keys,
        care.too_deep, care.long_wait, care.hurried, care.giving_up, care.unconfirmed, care.deaf_to_keys,
        care.only_spoken, care.silent_line, care.closed_door, network.open_ended, network.unspoken,
    )  # fmt: skip
    for rule in plain:
        yield from rule(flow)
    for asked in (keys.out_of_order, care.untold_cost, network.not_ours, network.recordings):
        yield from asked(flow, context)


def _spoken_rules(flow: Places, context: Context) -> Iterator[Finding]:
    whole = compiled(flow)
    voice = speech.Voice(whole)
    for rule in (speech.long_notice, speech.too_many, speech.long_menu, speech.too_big):
        yield from rule(flow, voice)
    yield from _map(flow, whole, context)


def compiled(flow: Places) -> Flow:
    """The flow as calls run it; it has no faults."""
    names = reached(flow.units, flow.main)
    units: dict[str, Unit] = {name: flow.units[name] for name in names}
    return Flow(ref_of(units, flow.main), flow.main, units[flow.main].document.version, units)


def _map(flow: Places, whole: Flow, context: Context) -> Iterator[Finding]:
    """A09."""
    if context.maps is None or flow.main not in context.maps:
        return
    published, unit = context.maps[flow.main], flow.units[flow.main]
    if published is None:
        ko, en = "서비스 구성도가 없습니다(dasan ivr export).", "No service map is published (dasan ivr export)."
        yield at(unit, "A09", ("flow",), ko, en)
    elif whole.ref not in published:
        ko, en = "서비스 구성도가 이 판의 것이 아닙니다.", "The published service map is of another version."
        yield at(unit, "A09", ("flow",), ko, en, error=True)


def _sorted(found: Iterator[Finding] | list[Finding]) -> tuple[Finding, ...]:
    """By file, line and rule; one sentence about one place is told once."""
    order = list(RULES)
    once = {(f.file, f.line, f.rule, f.en): f for f in found}
    return tuple(sorted(once.values(), key=lambda f: (f.file, f.line, order.index(f.rule), f.en)))
