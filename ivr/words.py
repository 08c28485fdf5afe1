"""The small types that flow files are made of: names, keys, spans of time, prompts. Shape only; meaning is checked in
:mod:`ivr.check`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

LANGUAGES = ("ko", "en", "zh", "ja", "vi", "mn")

# A node's name goes into events as a code, so it looks like one (dasan.core.text.as_code).
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$")]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_KEY = r"^[0-9*#]{1,2}$"
_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)?\s*")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


def _key(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _seconds(value: object) -> object:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) * _UNITS[found[2]] if found else value


def _expression(value: object) -> object:
    """A number or a truth value stands for itself; text is an expression, so a constant text is quoted inside it."""
    if isinstance(value, bool | int | float):
        return repr(value)
    return value


def _many(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


Key = Annotated[
    str,
    BeforeValidator(
        _key, json_schema_input_type=Annotated[str, Field(pattern=_KEY)] | Annotated[int, Field(ge=0, le=99)]
    ),
    StringConstraints(pattern=_KEY),
]
# Seconds: 6, 2.5, "30s", "2m".
Seconds = Annotated[
    float,
    BeforeValidator(
        _seconds, json_schema_input_type=float | Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?(ms|s|m|h)?$")]
    ),
]
Formula = Annotated[Expression, BeforeValidator(_expression, json_schema_input_type=str | bool | float)]


class Part(BaseModel):
    """The rule of every part of a flow file: no unknown keys, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Prompt(BaseModel):
    """What is said: a text for each language, ``{ko: 안녕하십니까, en: Hello}``. ``audio``: a recording of the same
    words for a language. ``when``: said only if this expression holds. ``in``: said in that language whatever the
    caller's is (a language menu speaks each line in its own)."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)
    __pydantic_extra__: dict[str, str] = Field(init=False)

    audio: dict[Language, str] = {}
    when: Expression | None = None
    in_: Language | None = Field(default=None, alias="in")

    @model_validator(mode="after")
    def _languages(self) -> Prompt:
        wrong = [key for key in self.texts if not re.fullmatch("[a-z]{2}", key)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is neither a language (ko, en, …) nor one of: audio, when, in")
        if not self.texts:
            raise ValueError("a prompt needs a text in at least one language")
        return self

    @property
    def texts(self) -> dict[str, str]:
        """Language to template."""
        return self.__pydantic_extra__


# One prompt, the name of a shared one, or several in a row.
Prompts = Annotated[
    tuple[Prompt | Name, ...], BeforeValidator(_many, json_schema_input_type=Prompt | Name | list[Prompt | Name])
]
Texts = Annotated[dict[Language, str], Field(min_length=1)]
Phrases = dict[Language, tuple[str, ...]]
