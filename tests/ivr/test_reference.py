"""docs/ivr.md names everything that can be written, and its example is a flow."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from ivr import expr, graph, korean, nodes, scope
from ivr.flow import compile_flow
from ivr.model import Calendar, Defaults, Document, Variable

TEXT = (Path(__file__).parents[2] / "docs" / "ivr.md").read_text(encoding="utf-8")
KINDS: tuple[Any, ...] = get_args(get_args(nodes.AnyNode)[0])
FENCE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
CODE = FENCE.findall(TEXT) + re.findall(r"`([^`]+)`", FENCE.sub("", TEXT))
CODE += [line for line in TEXT.splitlines() if line.startswith("|")]
WORDS = set(re.findall(r"[a-z_]+", " ".join(CODE)))


def test_every_kind_and_every_field_is_in_the_reference() -> None:
    parts = (
        *KINDS,
        Document,
        Defaults,
        Variable,
        Calendar,
        nodes.Retry,
        nodes.Option,
        nodes.Announce,
        nodes.SlotChoice,
    )
    fields = {info.alias or name for part in parts for name, info in part.model_fields.items()}
    kinds = {kind.model_fields["kind"].annotation.__args__[0] for kind in KINDS}
    assert sorted((fields | kinds) - WORDS) == []


@pytest.mark.parametrize("kind", sorted(graph.REQUIRED))
def test_every_exit_is_in_the_reference(kind: str) -> None:
    row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{kind}` |"))
    if kind == "lookup":
        assert row.rstrip(" |").endswith("the same")
        return
    for name in (*graph.REQUIRED[kind], *graph.OPTIONAL.get(kind, ())):
        assert name in row or name in {"callback", "voicemail"}, name


def test_every_name_function_and_filter_is_in_the_reference() -> None:
    known = {*scope.BUILTINS, *scope.IN_LINE, *expr.FUNCTIONS, *korean.FILTERS, *expr.CONSTANTS}
    assert sorted(known - WORDS) == []


def test_the_example_is_a_flow() -> None:
    (example,) = FENCE.findall(TEXT)
    assert compile_flow({"example.yaml": example}, "example").ref.startswith("example@sha256:")
