"""Rules about how much is said: A07, U01, U03, T04. They speak each node as the interpreter would.

Seconds are ivr/timing.py's estimate of an unhurried announcement. Only a flow that could run can be spoken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ivr import asking
from ivr.actions import Utterance
from ivr.facts import Facts
from ivr.flow import Flow
from ivr.lint.finding import Finding, at
from ivr.lint.places import ASKING, SILENT, Place, Places
from ivr.run import Run
from ivr.state import Frame, State
from ivr.timing import said_s

NOTICE_MAX_S = 10.0
MENU_MAX_S = 20.0
OPTIONS_GOOD, OPTIONS_MAX = 5, 9
DOCUMENT_MAX = 64 * 1024
DEEP_MAX = 300  # silent nodes in a row
VERB_BYTES = 160  # a <Say> with its voice, language and closing tag; a <Gather> is shorter than two of them
_NOON_US = 1_767_236_400_000_000  # a working day at noon: no rule here depends on which


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks the nodes of a flow."""

    flow: Flow

    def _run(self, place: Place, language: str) -> Run:
        unit, node = place
        document = self.flow.units[unit].document
        frame = Frame(unit, node, {name: variable.default for name, variable in document.variables.items()})
        return Run(self.flow, Facts(_NOON_US), State(self.flow.ref, 1, frames=(frame,), language=language))

    def says(self, place: Place, language: str) -> tuple[Utterance, ...]:
        """What a node says by itself, its options included."""
        run = self._run(place, language)
        node: Any = run.node
        if node.kind in ASKING:
            return asking.question(run, node)
        return run.speak(getattr(node, "say", ()))

    def told(self, place: Place, language: str) -> int:
        """How many options of a menu are told."""
        run = self._run(place, language)
        known = (option for option in run.node.options if option.key not in {"0", "#", "*"} and not option.hidden)
        return sum(run.holds(option.when) for option in known)

    def preface(self, place: Place, language: str) -> tuple[Utterance, ...]:
        """What a question says before its options."""
        run = self._run(place, language)
        return run.speak(run.node.say)


def long_notice(flow: Places, voice: Voice) -> Iterator[Finding]:
    """A07: the longest way from the start to the first question, its own first words included, in every language."""
    for language in flow.units[flow.main].document.languages:
        seconds, last = _longest(flow, voice, flow.start(), language, {}, 0)
        if seconds > NOTICE_MAX_S:
            ko = f"첫 메뉴 앞의 안내가 약 {seconds:.0f}초입니다({language})."
            en = f"Notices before the first menu take about {seconds:.0f} s ({language})."
            yield at(flow.units[last[0]], "A07", ("nodes", last[1]), ko, en)


_Way = tuple[float, Place]


def _longest(flow: Places, voice: Voice, place: Place, language: str, known: dict[Place, _Way], deep: int) -> _Way:
    """Seconds from ``place`` to the first question, and the node that says most of them; -1 when it leads to none (it
    ends in a line or with the call, or goes round: L04 tells). ``known``: what was found already."""
    if place in known:
        return known[place]
    known[place] = (-1.0, place)
    if flow.kind(place) in ASKING:
        known[place] = said_s(voice.preface(place, language)), place
    elif flow.kind(place) in SILENT and deep < DEEP_MAX:
        after = sorted(set(flow.net.successors(place)))
        best = max((_longest(flow, voice, one, language, known, deep + 1) for one in after), default=(-1.0, place))
        own = said_s(voice.says(place, language))
        if best[0] >= 0:
            known[place] = own + best[0], (place if own >= best[0] else best[1])
    return known[place]


def too_many(flow: Places, voice: Voice) -> Iterator[Finding]:
    """U01: how many a caller of one language can be told at once, not counting 0, # and *."""
    languages = flow.units[flow.main].document.languages
    for unit, name in flow.all():
        if flow.kind((unit, name)) == "menu":
            count = max(voice.told((unit, name), language) for language in languages)
            if count > OPTIONS_GOOD:
                ko, en = f"고를 것이 {count}가지입니다.", f"This menu has {count} options."
                yield at(flow.units[unit], "U01", ("nodes", name, "options"), ko, en, error=count > OPTIONS_MAX)


def long_menu(flow: Places, voice: Voice) -> Iterator[Finding]:
    """U03, in every language."""
    for place in flow.all():
        for language in flow.units[flow.main].document.languages if flow.kind(place) == "menu" else ():
            seconds = said_s(voice.says(place, language))
            if seconds > MENU_MAX_S:
                ko = f"이 메뉴를 말하는 데 약 {seconds:.0f}초 걸립니다({language})."
                en = f"Saying this menu takes about {seconds:.0f} s ({language})."
                yield at(flow.units[place[0]], "U03", ("nodes", place[1]), ko, en)


def too_big(flow: Places, voice: Voice) -> Iterator[Finding]:
    """T04: everything that may be said in one go, as the bytes of the document that says it."""
    languages = flow.units[flow.main].document.languages
    sizes = {p: max(_bytes(voice.says(p, language)) for language in languages) for p in flow.all()}
    heads = [p for p in flow.all() if not any(flow.kind(b) in SILENT for b in flow.net.predecessors(p))]
    for place in heads:
        whole = sum(sizes[one] for one in flow.at_once(place)) if flow.kind(place) in SILENT else sizes[place]
        if whole > DOCUMENT_MAX:
            size = f"{whole // 1024}"
            ko, en = f"한 번에 말하는 양이 약 {size}KB입니다.", f"What is said at once takes about {size} KB."
            yield at(flow.units[place[0]], "T04", ("nodes", place[1]), ko, en)


def _bytes(said: tuple[Utterance, ...]) -> int:
    return sum(len(one.text.encode()) + VERB_BYTES for one in said)
