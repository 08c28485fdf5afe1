"""Values as variables hold them: what a caller entered or a service answered, made what the variable's type says."""

from __future__ import annotations

from collections.abc import Callable

from dasan.core.text import clean_line
from ivr.actions import Value
from ivr.expr import NUMBER_MAX
from ivr.model import Document, Variable

TEXT_MAX = 500


def first_values(document: Document) -> dict[str, Value]:
    """Every variable of a document as a call begins with it."""
    return {name: fit(variable, variable.default) for name, variable in document.variables.items()}


def fit(variable: Variable, value: Value) -> Value:
    """A value as a variable holds it; what it cannot hold is null."""
    if value is None:
        return None
    made = _KINDS.get(variable.type, _text)(value)
    return made if not variable.values or str(made) in variable.values else None


def _text(value: Value) -> Value:
    return clean_line("true" if value is True else "false" if value is False else str(value), limit=TEXT_MAX)


def bare_flag(value: Value) -> bool:
    """Whether a truth value, word or number counts as true."""
    return value.lower() not in {"", "0", "false", "no", "off"} if isinstance(value, str) else bool(value)


def _number(value: Value) -> Value:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value if -NUMBER_MAX <= value <= NUMBER_MAX else None
    try:
        made = float(str(value)[:20])
    except ValueError:
        return None
    if not -NUMBER_MAX <= made <= NUMBER_MAX:  # inf and nan fail this too
        return None
    return int(made) if made == int(made) else made


_KINDS: dict[str, Callable[[Value], Value]] = {"flag": bare_flag, "number": _number}
