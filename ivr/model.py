"""A flow file as a whole: its head, and a map of nodes. A subflow is a file of the same shape."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from ivr.nodes import AnyNode
from ivr.words import Key, Language, Name, Part, Prompts, Seconds, Texts

LANGUAGE_VERSION = 1


class Slow(Part):
    """What the preference for slow speech does: silence is waited out longer by this factor."""

    timeout: Annotated[float, Field(ge=1, le=4)] = 2.0


class Defaults(Part):
    """What questions take when they say nothing themselves. ``voice``: a speaking voice for each language. ``help``:
    what follows the options (reach a person, go back, hear again). ``wait``: the seconds of a hold without news."""

    timeout: Annotated[Seconds, Field(gt=0, le=60)] = 6.0
    max_no_input: Annotated[int, Field(ge=1, le=9)] = 2
    max_no_match: Annotated[int, Field(ge=1, le=9)] = 2
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    help: Literal["full", "operator", "none"] = "operator"
    voice: dict[Language, str] = {"ko": "Google.ko-KR-Neural2-A"}
    slow: Slow = Slow()


class Variable(Part):
    """``pii``: names, numbers, addresses: kept out of events, logs and details. ``values``: the only ones it takes."""

    type: Literal["text", "number", "flag", "date", "phone"] = "text"
    default: str | int | float | bool | None = None
    pii: bool = False
    values: tuple[str, ...] = ()
    note: str = ""


class Calendar(Part):
    """Weekly hours on Seoul's clock, a day (mon … sun, mon-fri) to ``"09:00-18:00"``, several with commas, ``all`` or
    ``closed``. ``holiday``: the hours of a public holiday. ``days``: single days, before anything else."""

    week: dict[str, str]
    holiday: str = "closed"
    days: dict[str, str] = {}


class Document(Part):
    """One flow file. ``operator``: the node that 0 leads to; a subflow without one uses the main flow's."""

    flow: Name
    version: Annotated[int, Field(ge=1)] = 1
    title: Texts
    note: str = ""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("ko",)
    defaults: Defaults = Defaults()
    globals: dict[Key, Literal["operator", "back", "replay"]] = {"0": "operator", "#": "back", "*": "replay"}
    operator: Name | None = None
    calendars: dict[Name, Calendar] = {}
    variables: dict[Name, Variable] = {}
    prompts: dict[Name, Prompts] = {}
    start: Name
    nodes: Annotated[dict[Name, AnyNode], Field(min_length=1, max_length=400)]


def shape(data: Any) -> Document:
    """The document in plain data; raises pydantic's ValidationError (:mod:`ivr.units` turns it into problems)."""
    return Document.model_validate(data)
