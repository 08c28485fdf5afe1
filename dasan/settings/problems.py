"""What is wrong with a configuration, as sentences: which file, line and key, why, and the nearest key that exists.

Pydantic finds the faults; this module says them in Korean and English and looks up their places.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from dasan.core.errors import ConfigWrong, Problem
from dasan.settings.where import Path_, line_of

# Pydantic's error type -> (Korean, English); the arguments are pydantic's own context and the given value.
WORDS: dict[str, tuple[str, str]] = {
    "extra_forbidden": ("모르는 설정입니다", "unknown setting"),
    "missing": ("빠졌습니다", "is missing"),
    "greater_than_equal": ("{ge} 이상이어야 합니다", "must be at least {ge}"),
    "less_than_equal": ("{le} 이하여야 합니다", "must be at most {le}"),
    "int_parsing": ("정수여야 합니다", "must be a whole number"),
    "int_type": ("정수여야 합니다", "must be a whole number"),
    "int_from_float": ("정수여야 합니다", "must be a whole number"),
    "bool_parsing": ("true나 false여야 합니다", "must be true or false"),
    "bool_type": ("true나 false여야 합니다", "must be true or false"),
    "json_invalid": ("JSON이 아닙니다", "is not JSON"),
    "string_type": ("따옴표로 싼 글이어야 합니다", "must be text in quotes"),
    "tuple_type": ("목록 [ … ]이어야 합니다", "must be a list [ … ]"),
    "dict_type": ("표여야 합니다", "must be a table"),
    "model_type": ("[표]여야 합니다", "must be a [table]"),
    "literal_error": ("다음 가운데 하나여야 합니다: {expected}", "must be one of {expected}"),
    "string_pattern_mismatch": ("모양이 맞지 않습니다: {pattern}", "does not have the form {pattern}"),
    "string_too_short": ("너무 짧습니다(최소 {min_length}자)", "is too short (at least {min_length} characters)"),
    "string_too_long": ("너무 깁니다(최대 {max_length}자)", "is too long (at most {max_length} characters)"),
    "too_short": ("너무 적습니다(최소 {min_length}개)", "has too few (at least {min_length})"),
    "too_long": ("너무 많습니다(최대 {max_length}개)", "has too many (at most {max_length})"),
}


# What the system says of a file -> (Korean, English), each to be read after the file's name.
TROUBLE: dict[int, tuple[str, str]] = {
    errno.ENOENT: ("그런 파일이나 폴더가 없습니다", "does not exist"),
    errno.EACCES: (
        "권한이 없습니다. 서버를 켜는 사용자로 실행하십시오",
        "may not be used by you; run this as the user that runs the server",
    ),
    errno.EISDIR: ("파일이 아니라 폴더입니다", "is a folder, not a file"),
    errno.ENOTDIR: ("폴더가 아니라 파일입니다", "lies behind a file, not a folder"),
    errno.EFBIG: ("너무 큽니다(1MB까지)", "is too large (1 MB at most)"),
    errno.ENOSPC: ("저장 공간이 가득 찼습니다. 자리를 만들고 다시 하십시오", "has no room left; make some first"),
    errno.EROFS: ("읽기만 되는 저장 장치입니다", "is on a read-only file system"),
}


def trouble(error: OSError) -> tuple[str, str]:
    """What is wrong with a file, for a person."""
    said = error.strerror or str(error)
    return TROUBLE.get(error.errno or 0, (f"쓸 수 없습니다({said})", f"cannot be used: {said}"))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where values came from: dotted path -> what to call its source, and the lines of the file."""

    file: str
    lines: Mapping[Path_, int]
    outside: Mapping[str, str]  # "server.port" -> "DASAN_SERVER__PORT" or "--port"


def from_validation(error: ValidationError, model: type[BaseModel], origin: Origin) -> tuple[Problem, ...]:
    """One problem for each fault pydantic found, and for each line of what a validator says."""
    return tuple(problem for fault in error.errors() for problem in _problems(fault, model, origin))


def _problems(fault: Any, model: type[BaseModel], origin: Origin) -> Iterator[Problem]:
    path: Path_ = tuple(fault["loc"])
    key = dotted(path)
    context = {k: v for k, v in (fault.get("ctx") or {}).items() if k != "error"}
    nearest = nearest_key(path, model) if fault["type"] == "extra_forbidden" else ""
    pair = WORDS.get(fault["type"])
    if pair:
        yield _placed(key, path, pair[0].format_map(context), pair[1].format_map(context), origin, nearest)
        return
    for line in fault["msg"].removeprefix("Value error, ").splitlines():
        named, tab, said = line.rpartition("\t")
        yield _placed(named or key, tuple(named.split(".")) if tab else path, *_both(said), origin, nearest)


def _placed(key: str, path: Path_, korean: str, english: str, origin: Origin, nearest: str) -> Problem:
    source = next((origin.outside[k] for k in _holders(key) if k in origin.outside), "")
    line = 0 if source else line_of(path, origin.lines)
    return Problem(key or "dasan", korean, english, source or (origin.file if line else ""), line, nearest)


def _both(said: str) -> tuple[str, str]:
    """A validator's line, "Korean / English"; a library's own words stand for both."""
    korean, slash, english = said.partition(" / ")
    return (korean, english) if slash else (said, said)


def _holders(key: str) -> Iterator[str]:
    parts = key.split(".")
    return (".".join(parts[:n]) for n in range(len(parts), 0, -1))


def dotted(path: Path_) -> str:
    """``policy.queues[1].code``"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def nearest_key(path: Path_, model: type[BaseModel]) -> str:
    """The existing key most like an unknown one: in its own section first, then the same word anywhere; or ""."""
    here: Any = model
    for part in path[:-1]:
        here = inner_model(here.model_fields[part].annotation) if isinstance(part, str) and here else here
        if here is None:
            return ""
    prefix = dotted(path[:-1])
    close = difflib.get_close_matches(str(path[-1]), here.model_fields, 1, 0.6)
    if close:
        return f"{prefix}.{close[0]}".removeprefix(".")
    return next((key for key in all_keys(model) if key.rsplit(".", 1)[-1] == path[-1]), "")


def inner_model(annotation: Any) -> type[BaseModel] | None:
    """The section inside a field's type: itself, or what a tuple or dict of it holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in get_args(annotation) if (m := inner_model(a))), None)


def all_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every leaf key of the settings, dotted; lists and tables of free names count as leaves."""
    for name, info in model.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from all_keys(section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def sentences(wrong: ConfigWrong) -> Iterable[str]:
    """The whole report for a person, Korean first, one problem after another."""
    yield f"설정에 문제가 {len(wrong.problems)}건 있습니다. / The configuration has {len(wrong.problems)} problem(s)."
    for p in wrong.problems:
        place = f"{p.file}:{p.line}" if p.line else p.file
        yield f"  {place + '  ' if place else ''}{p.key}"
        mean_ko = f" '{p.nearest}'을(를) 뜻하셨습니까?" if p.nearest else ""
        mean_en = f" Did you mean '{p.nearest}'?" if p.nearest else ""
        if p.message_ko != p.message_en:
            yield f"      {p.message_ko.rstrip('.')}.{mean_ko}"
        yield f"      {p.message_en.rstrip('.')}.{mean_en}"
