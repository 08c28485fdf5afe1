"""The settings written out: as they are (show), as a file to start from (sample), as a reference (doc), as a schema.

All four are made from the declarations, so nothing has to be kept in step by hand; a test fails when the files in docs/
are older than the declarations. Secrets are shown as set or not set, never as values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from dasan.settings.fields import is_secret, told
from dasan.settings.problems import inner_model
from dasan.settings.root import NESTED, PREFIX, Settings

DOC_HEAD = """# 설정 / Settings

이 문서는 `dasan config doc`이 만듭니다. 손으로 고치지 마십시오. 바꾼 뒤에는 `make docs`를 실행합니다.
This page is written by `dasan config doc`; do not edit it. After a change run `make docs`.

값은 기본값 < `dasan.toml` < `DASAN_` 환경 변수 < 명령 옵션 순으로 덮어씁니다. 모르는 이름은 오류입니다.
Values come from defaults < `dasan.toml` < `DASAN_` environment < flags; an unknown name is an error.
설정 파일은 `--config`, `DASAN_CONFIG`, 지금 폴더의 `dasan.toml` 순으로 찾습니다.
The file is the one of `--config`, else `DASAN_CONFIG`, else `dasan.toml` in the present folder.
상대 경로는 설정 파일이 있는 폴더에서 시작합니다. Relative paths start at the file's folder.
목록과 표는 환경 변수에서 JSON으로 씁니다. Lists and tables are written as JSON in the environment.
"""
SAMPLE_HEAD = """# 120다산콜센터 설정의 본보기입니다. `dasan config sample`이 만듭니다.
# A sample of every setting with its default, written by `dasan config sample`.
# 바꿀 줄만 앞의 #을 지우십시오. Take the # away from what you change.
"""


def schema() -> str:
    """JSON schema of dasan.toml."""
    return json.dumps(Settings.model_json_schema(), ensure_ascii=False, indent=2, default=str)


def doc() -> str:
    """docs/config.md"""
    return DOC_HEAD + "".join(_doc_section(name, Settings.model_fields[name]) for name in Settings.model_fields)


def sample() -> str:
    """docs/dasan.sample.toml: every setting with its default, commented out."""
    plain = Settings()
    parts = [SAMPLE_HEAD]
    for name, info in Settings.model_fields.items():
        parts.append(f"\n# --- {told(info, 'ko')} / {info.description}\n")
        parts.append("\n".join(_table(name, getattr(plain, name), commented=True)) + "\n")
    return "".join(parts)


def show(settings: Settings) -> str:
    """The effective settings as TOML, without secrets."""
    return "\n\n".join("\n".join(_table(name, getattr(settings, name))) for name in Settings.model_fields) + "\n"


def _leaves_first(section: BaseModel) -> list[tuple[str, FieldInfo, Any]]:
    fields = [(name, info, getattr(section, name)) for name, info in type(section).model_fields.items()]
    return sorted(fields, key=lambda field: _is_tables(field[2]))


def _is_tables(value: Any) -> bool:
    if isinstance(value, dict):
        return any(isinstance(v, BaseModel) for v in value.values())
    return isinstance(value, BaseModel) or (
        isinstance(value, tuple) and bool(value) and isinstance(value[0], BaseModel)
    )


def _table(path: str, section: BaseModel, *, commented: bool = False, header: str = "") -> Iterator[str]:
    mark = "#" if commented else ""
    yield header or f"[{path}]"
    for name, info, value in _leaves_first(section):
        if _is_tables(value):
            yield from _tables(f"{path}.{name}", info, value, commented=commented)
        elif not (commented and isinstance(value, SecretStr)):  # a secret has no place in the file
            if commented:
                yield f"# {told(info, 'ko')} / {info.description}{_limits(info, ' (', ')')}"
            shown = secret_shown(value) if is_secret(info) and not commented else value
            unset = shown is None
            yield f"{mark or ('#' if unset else '')}{name} = {toml(shown if shown is not None else '')}"


def _tables(path: str, info: FieldInfo, value: Any, *, commented: bool) -> Iterator[str]:
    mark = "#" if commented else ""
    yield ""
    if commented:
        yield f"# {told(info, 'ko')} / {info.description}"
    if isinstance(value, BaseModel):
        yield from _table(path, value, commented=commented)
        return
    rows = value.items() if isinstance(value, dict) else ((None, row) for row in value)
    for name, row in rows:
        yield f"{mark}[{path}.{name}]" if name else f"{mark}[[{path}]]"
        yield from (f"{mark}{key} = {toml(cell)}" for key, cell in row.model_dump().items())


def secret_shown(value: Any) -> str:
    """Whether a secret is set; an address keeps all but its password."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if not plain:
        return ""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", plain) if "://" in plain else "*** (set)"


def toml(value: Any) -> str:
    """``value`` as TOML. Raises TypeError for what TOML has no form for."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str() | Path() | date():
            return json.dumps(str(value), ensure_ascii=False)
        case SecretStr():
            return '""'
        case list() | tuple():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + "}"
    raise TypeError(f"no TOML form for {type(value).__name__}")


# Constraint attribute of pydantic's metadata -> how it is written.
_BOUNDS = (("ge", "≥ {}"), ("le", "≤ {}"), ("min_length", "len ≥ {}"), ("max_length", "len ≤ {}"))


def _limits(info: FieldInfo, before: str = "", after: str = "") -> str:
    said = [form.format(getattr(m, name)) for m in info.metadata for name, form in _BOUNDS if hasattr(m, name)]
    if get_origin(info.annotation) is Literal:
        said += [" | ".join(str(choice) for choice in get_args(info.annotation))]
    if told(info, "unit"):
        said.append(told(info, "unit"))
    return f"{before}{', '.join(said)}{after}" if said else ""


def _doc_section(path: str, info: FieldInfo) -> str:
    model = inner_model(info.annotation)
    assert model is not None, "every top-level setting is a section"
    many = not (isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel))
    title = f"[[{path}]]" if get_origin(info.annotation) is tuple else f"[{path}{'.*' if many else ''}]"
    text = f"\n## `{title}` {told(info, 'ko')} / {info.description}\n\n"
    text += "| 이름 / key | 기본값 / default | 범위 / bounds | 뜻 / meaning |\n|---|---|---|---|\n"
    later = []
    for name, field in model.model_fields.items():
        if inner_model(field.annotation):
            later.append((f"{path}.{name}", field))
            continue
        text += f"| `{name}` | {_default(field)} | {_limits(field)} | {told(field, 'ko')}<br>{field.description} |\n"
    if not many:
        text += f"\n환경 변수 / environment: `{PREFIX}{path.upper().replace('.', NESTED)}{NESTED}…`\n"
    return text + "".join(_doc_section(*part) for part in later)


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    empty = value is None or isinstance(value, SecretStr) or value == ""
    return "" if empty else f"`{toml(value)}`"
