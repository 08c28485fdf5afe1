"""Rules about keys and what is said of them: L06, L07, U02, A01 to A04, A10, T01.

A key is "told" where a sentence names it in the way of its language: "3번", "press 3", "按3", "3を", "phím 3",
"бол 3". Options without a sentence of their own are told by the language itself (ivr/sayings.py) and cannot be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from ivr.flow import Unit
from ivr.lint.finding import Context, Finding, at
from ivr.lint.places import ASKING, PEOPLE, Places
from ivr.lint.reading import nodes_of, prompts_of
from ivr.sayings import COMMANDS
from ivr.source import Path

ALIKE = 90.0  # per cent: phrases closer than this are one phrase to a recogniser
# A key in a sentence, a language each; the group is the key.
TOLD: Mapping[str, re.Pattern[str]] = {
    "ko": re.compile(r"(?<!\d)(\d{1,2}) ?번(?!지|째|길|출구|버스)"),
    "en": re.compile(r"\bpress (?:the )?(\d{1,2})(?!\d)", re.I),
    "zh": re.compile(r"按(\d{1,2})(?!\d)"),
    "ja": re.compile(r"(?<!\d)(\d{1,2})(?:番)?を(?:押|$|。)"),
    "vi": re.compile(r"phím (\d{1,2})(?!\d)", re.I),
    "mn": re.compile(r"бол (\d{1,2})(?!\d)", re.I),
}
# The key first, then what it does: the caller has forgotten it when she knows that she wants it.
KEY_FIRST: Mapping[str, re.Pattern[str]] = {
    "ko": re.compile(r"(?<!\d)\d{1,2}번(?:은|을 누르시?면|으로)"),
    "en": re.compile(r"\bpress \d{1,2},? (?:for|to)\b", re.I),
}


def clashes(flow: Places) -> Iterator[Finding]:
    """L06: a key bound twice, one key beginning another, phrases that sound like one, or like a command."""
    for unit, name, node in nodes_of(flow, "menu", "input"):
        items = [(("nodes", name, field, i), item) for field in ("options", "choices") for i, item in _of(node, field)]
        for (_, one), (path, other) in combinations(items, 2):
            if one.key == other.key or one.key.startswith(other.key) or other.key.startswith(one.key):
                ko, en = f"{other.key}번이 {one.key}번과 부딪칩니다.", f"Key {other.key} clashes with key {one.key}."
                yield at(unit, "L06", (*path, "key"), ko, en)
            for said, like in _alike(one, other):
                ko, en = f"'{said}'와 '{like}'가 구별되지 않습니다.", f"'{said}' and '{like}' cannot be told apart."
                yield at(unit, "L06", (*path, "phrases"), ko, en)
        for path, item in items:
            for said in _like_commands(item):
                ko, en = f"'{said}'은(는) 명령입니다.", f"'{said}' is a command already."
                yield at(unit, "L06", (*path, "phrases"), ko, en)


def _of(node: Any, field: str) -> Iterator[tuple[int, Any]]:
    return enumerate(getattr(node, field, ()))


def _alike(one: Any, other: Any) -> Iterator[tuple[str, str]]:
    for language in sorted({*one.phrases} & {*other.phrases}):
        for said in one.phrases[language]:
            close = (like for like in other.phrases[language] if fuzz.ratio(said.casefold(), like.casefold()) >= ALIKE)
            yield from ((said, like) for like in close)


def _like_commands(item: Any) -> Iterator[str]:
    for language, phrases in item.phrases.items():
        taken = {word for words in COMMANDS.values() for word in words.get(language, ())}
        yield from (said for said in phrases if said.casefold() in taken)


def told_wrong(flow: Places) -> Iterator[Finding]:
    """L07: a sentence names a key that leads nowhere, or an option's own sentence does not name its key."""
    for unit, name, node in nodes_of(flow, "menu"):
        bound = {option.key for option in node.options} | {*flow.globals}
        for path, language, text in _sentences(unit, ("nodes", name, "say"), node.say):
            for key in sorted(set(TOLD[language].findall(text)) - bound):
                ko, en = f"{key}번이라고 말하지만 그 번호가 없습니다.", f"Key {key} is told and not bound."
                yield at(unit, "L07", path, ko, en)
        for index, option in enumerate(node.options):
            for path, language, text in _sentences(unit, ("nodes", name, "options", index, "say"), option.say):
                if set(TOLD[language].findall(text)) != {option.key}:
                    ko, en = f"{option.key}번을 말하지 않습니다.", f"This sentence does not tell key {option.key}."
                    yield at(unit, "L07", path, ko, en)


def _sentences(unit: Unit, path: Path, row: Any) -> Iterator[tuple[Path, str, str]]:
    """Every text of a row whose language's way of telling keys is known; holes are left open."""
    for index, item in enumerate(row):
        for prompt in prompts_of(unit, (item,)):
            yield from (((*path, index), language, text) for language, text in prompt.texts.items() if language in TOLD)


def key_first(flow: Places) -> Iterator[Finding]:
    """U02."""
    for unit, name, node in nodes_of(flow, "menu"):
        rows: list[tuple[Path, Any]] = [(("nodes", name, "say"), node.say)]
        rows += [(("nodes", name, "options", i, "say"), option.say) for i, option in enumerate(node.options)]
        for path, row in rows:
            for where, language, text in _sentences(unit, path, row):
                if language in KEY_FIRST and KEY_FIRST[language].search(text):
                    ko, en = "번호를 먼저 말합니다('교통은 1번'처럼).", "The key comes first ('for traffic, press 1')."
                    yield at(unit, "U02", where, ko, en)


def commands(flow: Places) -> Iterator[Finding]:
    """A01 to A04: a person, back and again, at every level and on their keys."""
    for unit, name, node in nodes_of(flow, *sorted(ASKING)):
        words = _commands_at(flow, unit, node)
        yield from _operator(flow, unit, name, node, words)
        if words.get("#") != "back":
            ko, en = "우물 정자(#)로 돌아갈 수 없습니다.", "# does not go back here."
            yield at(*_where(flow, unit, name, "#", "A03"), ko, en)
        if words.get("*") != "replay":
            ko, en = "별표(*)로 다시 들을 수 없습니다.", "* does not say it again here."
            yield at(*_where(flow, unit, name, "*", "A04"), ko, en)


def _commands_at(flow: Places, unit: Unit, node: Any) -> dict[str, str]:
    """What the command keys do at a node: an option on such a key takes it away."""
    taken = {item.key for field in ("options", "choices") for _, item in _of(node, field)}
    words = {key: word for key, word in flow.globals.items() if key not in taken}
    operator = unit.document.operator
    words |= {o.key: "operator" for _, o in _of(node, "options") if operator and o.to == operator}
    return words


def _operator(flow: Places, unit: Unit, name: str, node: Any, words: Mapping[str, str]) -> Iterator[Finding]:
    keys = [key for key, word in words.items() if word == "operator"]
    place = flow.operator(unit.name)
    reached = flow.at_once(place) if place else frozenset()
    if not keys or (place and not any(flow.kind(one) in PEOPLE for one in reached)):
        ko, en = "여기에서 상담사를 부를 번호가 없습니다.", "No key asks for a person here."
        yield at(*_where(flow, unit, name, "0", "A01"), ko, en)
    elif "0" not in keys:
        ko, en = f"상담사 연결이 0번이 아니라 {keys[0]}번입니다.", f"The operator is on {keys[0]}, not on 0."
        yield at(*_where(flow, unit, name, keys[0], "A02"), ko, en)
    elif _help(unit, node) == "none" and node.kind == "menu" and not _tells_zero(unit, name, node):
        ko, en = "0번으로 상담사를 부를 수 있다고 말하지 않습니다.", "Nobody is told that 0 asks for a person."
        yield at(unit, "A01", ("nodes", name, "help"), ko, en)


def _where(flow: Places, unit: Unit, name: str, key: str, rule: str) -> tuple[Unit, str, Path]:
    """The flow's own table of commands where it has one, else the node."""
    main = flow.units[flow.main]
    if ("globals",) in main.source.lines:
        return main, rule, ("globals", key)
    return unit, rule, ("nodes", name)


def _help(unit: Unit, node: Any) -> str:
    return str(node.help or unit.document.defaults.help)


def _tells_zero(unit: Unit, name: str, node: Any) -> bool:
    told = [set(TOLD[language].findall(text)) for _, language, text in _sentences(unit, ("nodes", name), node.say)]
    return bool(told) and all("0" in keys for keys in told)


def out_of_order(flow: Places, context: Context) -> Iterator[Finding]:
    """A10: where it is known how often each key is pressed, a key pressed half as often again as one before it."""
    for unit, name, node in nodes_of(flow, "menu"):
        used = context.used.get(f"{unit.name}.{name}", {})
        counts = [used.get(option.key, 0) for option in node.options]
        for index in range(1, len(counts)):
            if counts[index] > 1.5 * counts[index - 1]:
                key = node.options[index].key
                ko, en = f"{key}번이 앞의 것보다 많이 쓰입니다.", f"Key {key} is used more than the one before it."
                yield at(unit, "A10", ("nodes", name, "options", index), ko, en)


def long_keys(flow: Places) -> Iterator[Finding]:
    """T01: one press answers a menu (``numDigits="1" finishOnKey=""``); two cannot be told from one and a pause."""
    for unit, name, node in nodes_of(flow, "menu"):
        for index, option in enumerate(node.options):
            if len(option.key) > 1:
                ko, en = f"{option.key}은(는) 두 자리입니다.", f"{option.key} takes two presses."
                yield at(unit, "T01", ("nodes", name, "options", index, "key"), ko, en)
