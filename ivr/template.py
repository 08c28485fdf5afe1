"""Prompts with holes: a small, sandboxed part of Jinja2, ``{{ district|josa("은/는") }}``, with the filters of
:mod:`ivr.korean`.

Allowed are text, ``{{ name }}`` with filters, ``{% if %}`` and conditional expressions over names, constants,
== and !=, and/or/not. No loops, calls, attributes, assignments or arithmetic: a prompt always ends, stays short,
and reaches nothing. Rendering never fails; a name without a value is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ivr.actions import Value
from ivr.korean import FILTERS
from ivr.sayings import saying

SPOKEN_MAX = 2_000
TEXT_MAX = 4_000
_SYNTAX = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.If, nodes.CondExpr,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
_PLAIN: dict[str, Callable[[object], str]] = {"lower": lambda v: str(v).lower(), "upper": lambda v: str(v).upper()}


@dataclass(frozen=True, slots=True)
class Template:
    """A checked prompt text. ``names``: the variables in it."""

    text: str
    names: frozenset[str]
    made: jinja2.Template | None


@lru_cache(maxsize=8)
def _environment(language: str) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(autoescape=False, finalize=lambda value: "" if value is None else value)
    made.filters.clear()
    made.tests.clear()
    made.globals.clear()
    made.filters.update(_PLAIN)
    for name, (function, takes_word) in FILTERS.items():
        made.filters[name] = _bound(function, takes_word, language)
    return made


def _bound(function: Callable[..., str], takes_word: bool, language: str) -> Callable[..., str]:
    if takes_word:
        return lambda value, word="": function(value, str(word), language) if _given(value) else ""
    return lambda value: function(value, language) if _given(value) else ""


def _given(value: object) -> bool:
    return value is not None and not isinstance(value, jinja2.Undefined)


@lru_cache(maxsize=8192)
def compiled(text: str, language: str) -> Template:
    """The template. Raises ValueError with an English sentence when it is none."""
    if len(text) > TEXT_MAX:
        raise ValueError(f"a prompt has at most {TEXT_MAX} characters")
    if "{" not in text:
        return Template(text, frozenset(), None)
    environment = _environment(language)
    try:
        tree = environment.parse(text)
        _check(tree)
        made = environment.from_string(tree)
    except (jinja2.TemplateSyntaxError, jinja2.TemplateAssertionError, RecursionError) as error:
        raise ValueError(f"this template cannot be read: {error}") from error
    return Template(text, frozenset(meta.find_undeclared_variables(environment.parse(text))), made)


def _check(tree: nodes.Template) -> None:
    for node in (tree, *tree.find_all(nodes.Node)):
        if not isinstance(node, _SYNTAX):
            raise ValueError(f"{type(node).__name__} is not part of the language of prompts")
        if isinstance(node, nodes.Filter):
            _check_filter(node)
        # Ordering a word and a number would fail while a caller listens; `when:` can do it safely.
        if isinstance(node, nodes.Operand) and node.op not in {"eq", "ne"}:
            raise ValueError("a prompt compares with == and != only; use `when:` with an expression for more")
        if isinstance(node, nodes.Name) and node.name == "self":
            raise ValueError("'self' is no variable")


def _check_filter(node: nodes.Filter) -> None:
    known = {*FILTERS, *_PLAIN}
    if node.name not in known:
        raise ValueError(f"there is no filter {node.name!r}; there are: {', '.join(sorted(known))}")
    wanted = 1 if node.name in FILTERS and FILTERS[node.name][1] else 0
    if len(node.args) != wanted or node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None:
        raise ValueError(f"the filter {node.name!r} takes {wanted} word(s) in parentheses")


def shared(name: str, language: str, scope: Mapping[str, Value]) -> str:
    """One of the sentences that all flows share, with its holes filled."""
    return rendered(compiled(saying(name, language), language), scope)


def rendered(template: Template, scope: Mapping[str, Value]) -> str:
    """The text with its holes filled, in one line, at most 2,000 characters."""
    if template.made is None:
        return " ".join(template.text.split())
    return " ".join(template.made.render(scope)[:SPOKEN_MAX].split())
