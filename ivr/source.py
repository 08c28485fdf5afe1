"""A flow's text as plain data that remembers where everything stood.

YAML 1.2 (``on`` is a word, ``012`` a number), no tags, no anchors: an alias can blow a small file up to gigabytes, and
a reviewer could not see what it stands for. Nothing is read here; whoever holds the file hands its text over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import AliasToken, AnchorToken, DirectiveToken, ScalarToken, TagToken

from dasan.core.errors import ConfigWrong, Problem

CHARS_MAX = 400_000
DEPTH_MAX = 24
Path = tuple[str | int, ...]
# A scalar as this module gives it on.
Scalar = str | int | float | bool | None
Data = Scalar | dict[str, "Data"] | list["Data"]


@dataclass(frozen=True, slots=True)
class Source:
    """``data``: the document with string keys. ``lines``: path of each key and item to its line, counted from 1."""

    file: str
    text: str
    data: dict[str, Data]
    lines: Mapping[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of ``path``, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str, file: str = "") -> Source:
    """The document in ``text``. ``file`` is a name for messages only. Raises ConfigWrong."""
    if len(text) > CHARS_MAX:
        raise _wrong(file, 1, f"{CHARS_MAX}자를 넘습니다.", f"The file is longer than {CHARS_MAX} characters.")
    line = _too_deep(text)
    if line:
        raise _wrong(file, line, "너무 깊이 들어갔습니다.", "This is nested too deeply.")
    yaml = YAML(typ="rt", pure=True)
    yaml.version = "1.2"
    try:
        loaded = yaml.load(_without_anchors(yaml, text, file))
    except MarkedYAMLError as error:
        line = (error.problem_mark.line + 1) if error.problem_mark else 1
        said = str(error.problem or error.context or "YAML").splitlines()[0]
        raise _wrong(file, line, f"YAML 문법이 맞지 않습니다: {said}", f"This is not YAML: {said}") from error
    except (YAMLError, ValueError, RecursionError) as error:  # a date that does not exist is a ValueError
        raise _wrong(file, 1, f"YAML 문법이 맞지 않습니다: {error}", f"This is not YAML: {error}") from error
    if not isinstance(loaded, CommentedMap):
        raise _wrong(file, 1, "맨 위는 'flow: 이름' 꼴이어야 합니다.", "The top must be a mapping with 'flow: name'.")
    lines: dict[Path, int] = {}
    data = _plain(loaded, (), lines, file)
    assert isinstance(data, dict)
    return Source(file, text, data, lines)


_OPENS, _CLOSES = frozenset("[{"), frozenset("]}")
_NESTING = re.compile(r"( *)((?:[-?] +)*)")


def _too_deep(text: str) -> int:
    """The first line that nests too deeply, or 0. Before the YAML reader sees it: that takes time with the square of
    the depth, and the stack with it. Counted roughly, brackets in texts included; no flow comes near."""
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        indent = _NESTING.match(line)
        if indent and (len(indent[1]) > 4 * DEPTH_MAX or len(indent[2].split()) > DEPTH_MAX):
            return number
        for ch in line:
            depth = max(0, depth + (ch in _OPENS) - (ch in _CLOSES))
            if depth > 2 * DEPTH_MAX:
                return number
    return 0


def _without_anchors(yaml: YAML, text: str, file: str) -> str:
    for token in yaml.scan(text):
        merges = isinstance(token, ScalarToken) and token.plain and token.value == "<<"
        if merges or isinstance(token, AnchorToken | AliasToken | TagToken | DirectiveToken):
            ko = "YAML의 별칭(&, *), 합치기(<<), 태그(!), 지시문(%)은 쓰지 않습니다."
            en = "Anchors, aliases, merge keys, tags and directives are refused."
            raise _wrong(file, token.start_mark.line + 1, ko, en)
    return text


def _plain(value: object, path: Path, lines: dict[Path, int], file: str) -> Data:
    if len(path) > DEPTH_MAX:
        raise _wrong(file, lines.get(path[:-1], 1), "너무 깊이 들어갔습니다.", "This is nested too deeply.")
    if isinstance(value, CommentedMap):
        made: dict[str, Data] = {}
        for key, inner in value.items():
            name = key.isoformat() if isinstance(key, date) else str(key)
            lines[(*path, name)] = value.lc.key(key)[0] + 1
            made[name] = _plain(inner, (*path, name), lines, file)
        return made
    if isinstance(value, CommentedSeq):
        for at in range(len(value)):
            lines[(*path, at)] = value.lc.item(at)[0] + 1
        return [_plain(inner, (*path, at), lines, file) for at, inner in enumerate(value)]
    return _scalar(value, path, lines, file)


def _scalar(value: object, path: Path, lines: dict[Path, int], file: str) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):  # the loader's own subclasses of these keep the spelling; only the value counts
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, date):
        return value.isoformat()
    raise _wrong(file, lines.get(path, 1), "쓸 수 없는 YAML 값입니다.", "This kind of YAML value is refused.")


def walk(data: Data, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    """Every scalar with its path."""
    if isinstance(data, dict):
        for key, inner in data.items():
            yield from walk(inner, (*path, key))
    elif isinstance(data, list):
        for at, item in enumerate(data):
            yield from walk(item, (*path, at))
    else:
        yield path, data


def _wrong(file: str, line: int, ko: str, en: str) -> ConfigWrong:
    return ConfigWrong((Problem("", ko, en, file=file, line=line),))
