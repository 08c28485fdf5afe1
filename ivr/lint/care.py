"""Rules about questions and lines as people meet them: A05, A06, A08, U04 to U10."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx

from ivr.flow import Unit
from ivr.lint.finding import Context, Finding, at
from ivr.lint.places import ASKING, HELP, PASSING, PEOPLE, SILENT, Place, Places
from ivr.lint.reading import nodes_of, said_of
from ivr.source import Path

LEVELS_GOOD, LEVELS_MAX = 3, 5
OFFER_MAX_S = 30.0
TRIES_MAX = 3
TIMEOUT_S, ANNOUNCE_S = (4.0, 10.0), (30.0, 60.0)
COST: Mapping[str, re.Pattern[str]] = {
    "ko": re.compile("요금|유료|통화료|[0-9]원|부담"),
    "en": re.compile("charge|cost|fee|won\\b|rate", re.I),
    "zh": re.compile("收费|费用|话费|资费"),
    "ja": re.compile("料金|有料|通話料"),
    "vi": re.compile("phí|cước", re.I),
    "mn": re.compile("төлбөр|хураамж|үнэ", re.I),
}
# The emergency numbers as numbers, not as a part of one (1577-1195, 112동).
EMERGENCY = re.compile(r"(?<![\d-])11[29](?![\d동호-])")


def too_deep(flow: Places) -> Iterator[Finding]:
    """A05: the level of a menu is how many menus a caller hears until its options, by the shortest way. Behind a line
    or a partner a new count begins: she has reached somebody."""
    net: Any = nx.DiGraph()
    for before, after in set(flow.net.edges()):
        if flow.kind(before) not in PEOPLE:
            net.add_edge(before, after, levels=int(flow.kind(after) == "menu"))
    start = flow.start()
    if start not in net:
        return
    for place, levels in nx.single_source_dijkstra_path_length(net, start, weight="levels").items():
        level = levels + (flow.kind(start) == "menu")
        if flow.kind(place) == "menu" and level > LEVELS_GOOD:
            ko, en = f"{level}번째 단계입니다.", f"This menu is on level {level}."
            yield at(flow.units[place[0]], "A05", ("nodes", place[1]), ko, en, error=level > LEVELS_MAX)


def long_wait(flow: Places) -> Iterator[Finding]:
    """A06."""
    for unit, name, node in nodes_of(flow, "queue"):
        offered = "callback" in node.keys.values()
        if not offered or not 0 < node.offer_callback_after <= OFFER_MAX_S:
            ko = "30초 넘게 기다리는 사람에게 전화 돌려받기를 권하지 않습니다(offer_callback_after, keys)."
            en = "Who waits over 30 s is offered no call back (offer_callback_after, keys)."
            yield at(unit, "A06", ("nodes", name, "offer_callback_after"), ko, en)


def untold_cost(flow: Places, context: Context) -> Iterator[Finding]:
    """A08: a line that costs the caller extra says so itself, in every language that it speaks."""
    for unit, name, node in nodes_of(flow, "transfer"):
        if node.line in context.charged and not _tells(unit, node, COST):
            ko, en = f"{node.line}은(는) 요금이 드는데 말하지 않습니다.", f"{node.line} costs money and nobody is told."
            yield at(unit, "A08", ("nodes", name, "say"), ko, en)


def _tells(unit: Unit, node: Any, words: Mapping[str, re.Pattern[str]]) -> bool:
    said = said_of(unit, node.say)
    return bool(said) and all(language not in words or words[language].search(text) for language, text in said.items())


def hurried(flow: Places) -> Iterator[Finding]:
    """U04: of every question that has its own, and of the defaults."""
    main = flow.units[flow.main]
    places: list[tuple[Unit, Path, Any]] = [(main, ("defaults",), main.document.defaults)]
    places += [(unit, ("nodes", name), node) for unit, name, node in nodes_of(flow, *sorted(ASKING))]
    for unit, path, given in places:
        low, high = TIMEOUT_S
        if given.timeout is not None and not low <= given.timeout <= high:
            ko = f"timeout: {given.timeout:g}초. {low:g}초에서 {high:g}초가 알맞습니다."
            en = f"timeout is {given.timeout:g} s; between {low:g} and {high:g} s is right."
            yield at(unit, "U04", (*path, "timeout"), ko, en)


def giving_up(flow: Places) -> Iterator[Finding]:
    """U05: silence and mistakes end at a person, after three at most; nobody is hung up on."""
    main = flow.units[flow.main].document.defaults
    for unit, name, node in nodes_of(flow, *sorted(ASKING)):
        for field, usual in (("no_input", main.max_no_input), ("no_match", main.max_no_match)):
            retry = getattr(node, field)
            path: Path = ("nodes", name, field)
            if retry is None or retry.to not in unit.document.nodes:
                continue  # L05 and L01 tell
            if (retry.max or usual) > TRIES_MAX:
                ko, en = f"{retry.max or usual}번까지 되묻습니다.", f"{retry.max or usual} failures come first."
                yield at(unit, "U05", (*path, "max"), ko, en)
            after = flow.after((unit.name, retry.to), through=PASSING - PEOPLE)
            if not any(flow.kind(place) in HELP for place in after):
                ko, en = "실패한 뒤 사람에게 가지 않습니다.", "After failures this does not lead to a person."
                yield at(unit, "U05", (*path, "to"), ko, en)


def unconfirmed(flow: Places) -> Iterator[Finding]:
    """U06: what was said freely is asked back when the recogniser is unsure."""
    for unit, name, node in nodes_of(flow, "input"):
        confidence = flow.units[flow.main].document.defaults.confidence if node.confidence is None else node.confidence
        if node.speech and (node.confirm == "never" or (node.confirm == "unsure" and not confidence)):
            ko, en = "알아들은 말을 되묻지 않습니다.", "What was understood is never asked back."
            yield at(unit, "U06", ("nodes", name, "confirm"), ko, en)


def deaf_to_keys(flow: Places) -> Iterator[Finding]:
    """U07."""
    for unit, name, node in nodes_of(flow, *sorted(ASKING)):
        if not node.barge_in:
            ko, en = "말하는 동안 번호를 누를 수 없습니다.", "Keys do not work while it speaks."
            yield at(unit, "U07", ("nodes", name, "barge_in"), ko, en)


def only_spoken(flow: Places) -> Iterator[Finding]:
    """U08: a spoken slot has keys for its values, or a key that leaves it."""
    for unit, name, node in nodes_of(flow, "input"):
        if node.type == "speech" and not node.choices and node.skip is None:
            ko, en = "말 대신 누를 번호(choices, skip)가 없습니다.", "No key stands for what is said (choices, skip)."
            yield at(unit, "U08", ("nodes", name), ko, en)


def silent_line(flow: Places) -> Iterator[Finding]:
    """U09: place and estimate, every 30 to 60 seconds."""
    for unit, name, node in nodes_of(flow, "queue"):
        low, high = ANNOUNCE_S
        path: Path = ("nodes", name, "announce")
        if not low <= node.announce.every <= high:
            ko, en = f"{node.announce.every:g}초마다 알립니다.", f"It is announced every {node.announce.every:g} s."
            yield at(unit, "U09", (*path, "every"), ko, en)
        if not node.announce.position and not node.announce.eta:
            ko, en = "차례도 예상 시간도 알리지 않습니다.", "Neither place nor estimate is announced."
            yield at(unit, "U09", path, ko, en)


def closed_door(flow: Places) -> Iterator[Finding]:
    """U10: from a closed door there is somebody else, a message, a text, or the emergency numbers are said."""
    for unit, name, node in nodes_of(flow, "hours", "queue"):
        exits = ("closed", "holiday") if node.kind == "hours" else ("closed",)
        for word in exits:
            target = getattr(node.on, word, None) if node.kind == "hours" else node.on.get(word)
            if target in unit.document.nodes and not _way_on(flow, (unit.name, target)):
                ko, en = "닫힌 시간에 갈 곳이 없습니다.", "Closed hours lead nowhere: no person, message, text."
                yield at(unit, "U10", ("nodes", name, "on", word), ko, en)


def _way_on(flow: Places, closed: Place) -> bool:
    """Asked are the first questions behind the door with what their options begin with."""
    behind = flow.after(closed, through=frozenset({*SILENT, *ASKING}))
    if any(flow.kind(place) in HELP for place in behind):
        return True
    rows = ((flow.units[place[0]], getattr(flow.node(place), "say", ())) for place in behind)
    return any(EMERGENCY.search(text) for unit, row in rows for text in said_of(unit, row).values())
