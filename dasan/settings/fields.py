"""How one setting is declared: a default, what it is in Korean and English, its unit and its bounds, in one line.

From these lines come the loader's checks, the sample file, docs/config.md and the JSON schema, so they cannot disagree.
"""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """A frozen part of the settings in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def option(default: Any, ko: str, en: str, *, unit: str = "", secret: bool = False, **bounds: Any) -> Any:
    """Declare a setting. ``bounds`` are pydantic's (ge, le, min_length, pattern); ``secret`` values are never shown."""
    extra = {"ko": ko, "unit": unit, "secret": secret}
    if callable(default):
        return Field(default_factory=default, description=en, json_schema_extra=cast("Any", extra), **bounds)
    return Field(default=default, description=en, json_schema_extra=cast("Any", extra), **bounds)


def told(info: FieldInfo, what: str) -> str:
    """``ko`` or ``unit`` of a setting, as :func:`option` was told it."""
    return str(cast("dict[str, Any]", info.json_schema_extra or {}).get(what, ""))


def is_secret(info: FieldInfo) -> bool:
    """Whether the value must never be printed."""
    return bool(cast("dict[str, Any]", info.json_schema_extra or {}).get("secret"))
