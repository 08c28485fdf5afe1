"""Expressions of a flow: ``language == 'ko' and queue_open('water')``, Python's spelling, a small part of its syntax.

What may stand in one is a whitelist of syntax nodes: constants, names, comparisons, and/or/not, + - * // %, ``a if b
else c``, lists after ``in``, and calls of the named functions. No attributes, no subscripts, no powers. Evaluation
always ends and never fails: what makes no sense (adding a word to a number, comparing unlike things) is null or false,
because a caller must not lose the call over a flow's mistake; the checks find it before.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ivr.actions import Value

NODES_MAX = 120
NUMBER_MAX = 10**12
TEXT_MAX = 2_000

# Function -> how many arguments it takes. What they answer comes from the facts (ivr/scope.py).
FUNCTIONS = {
    "open": 1, "queue_open": 1, "queue_waiting": 1, "has": 1, "length": 1, "starts": 2, "digits": 1, "number": 1,
}  # fmt: skip
CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}
Call = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Expr:
    """A checked expression with the names and functions that it uses; ``calls`` with constant arguments where given."""

    text: str
    tree: ast.expr
    names: frozenset[str]
    calls: tuple[tuple[str, str | None], ...]


@lru_cache(maxsize=4096)
def compiled(text: str) -> Expr:
    """The expression. Raises ValueError with an English sentence when it is none."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError("this is not an expression") from error
    nodes = list(ast.walk(tree))
    if len(nodes) > NODES_MAX:
        raise ValueError(f"an expression has at most {NODES_MAX} parts")
    for node in nodes:
        _allow(node)
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = frozenset(n.id for n in nodes if isinstance(n, ast.Name) and id(n) not in called and n.id not in CONSTANTS)
    calls = tuple((_name(n), _literal(n)) for n in nodes if isinstance(n, ast.Call))
    return Expr(text, tree, names, calls)


_SYNTAX = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.FloorDiv,
    ast.Mod, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.IfExp, ast.Name,
    ast.Load, ast.Constant, ast.Tuple, ast.List, ast.Call,
)  # fmt: skip


def _allow(node: ast.AST) -> None:
    if not isinstance(node, _SYNTAX):
        raise ValueError(f"{type(node).__name__} is not part of the language of expressions")
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | None):
        raise ValueError("only texts, numbers, true, false and null are constants")
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and abs(node.value) > NUMBER_MAX:
        raise ValueError("that number is too large")
    if isinstance(node, ast.Call):
        _allow_call(node)


def _allow_call(node: ast.Call) -> None:
    name = _name(node)
    if name not in FUNCTIONS:
        raise ValueError(f"there is no function {name!r}; there are: {', '.join(FUNCTIONS)}")
    if node.keywords or len(node.args) != FUNCTIONS[name]:
        raise ValueError(f"{name} takes {FUNCTIONS[name]} argument(s)")


def _name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)


def _literal(node: ast.Call) -> str | None:
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def value(expr: Expr, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> Value:
    """What the expression is, with ``scope``'s names; a name that is not there is null."""
    made = _value(expr.tree, scope, functions)
    return None if isinstance(made, tuple) else made


_Any = Value | tuple[Value, ...]


def _value(node: ast.AST, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> _Any:
    return _EVALUATE[type(node)](node, scope, functions)


def _constant(node: ast.Constant, *_: object) -> _Any:
    return node.value if isinstance(node.value, str | int | float | None) else None


def _of_name(node: ast.Name, scope: Mapping[str, Value], _: object) -> _Any:
    return CONSTANTS[node.id] if node.id in CONSTANTS else scope.get(node.id)


def _bool(node: ast.BoolOp, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> _Any:
    last: _Any = None
    for part in node.values:
        last = _value(part, scope, functions)
        if bool(last) is isinstance(node.op, ast.Or):
            break
    return last


def _unary(node: ast.UnaryOp, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> _Any:
    inner = _value(node.operand, scope, functions)
    if isinstance(node.op, ast.Not):
        return not inner
    number = _number(inner)
    return None if number is None else -number


def _number(value: _Any) -> int | float | None:
    """The value when it is a number; a truth value is none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _binary(node: ast.BinOp, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> _Any:
    left, right = _value(node.left, scope, functions), _value(node.right, scope, functions)
    if isinstance(left, str) and isinstance(right, str) and isinstance(node.op, ast.Add):
        return (left + right)[:TEXT_MAX]
    one, two = _number(left), _number(right)
    if one is None or two is None or (two == 0 and isinstance(node.op, ast.FloorDiv | ast.Mod)):
        return None
    made = _ARITHMETIC[type(node.op)](one, two)
    return made if -NUMBER_MAX <= made <= NUMBER_MAX else None


_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def _compare(node: ast.Compare, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> _Any:
    left = _value(node.left, scope, functions)
    for op, after in zip(node.ops, node.comparators, strict=True):
        right = _value(after, scope, functions)
        if not _compares(op, left, right):
            return False
        left = right
    return True


def _compares(op: ast.cmpop, left: _Any, right: _Any) -> bool:
    if isinstance(op, ast.Eq | ast.NotEq):
        return (left == right) is isinstance(op, ast.Eq)
    if isinstance(op, ast.In | ast.NotIn):
        inside = left in right if isinstance(right, tuple) else isinstance(left, str) and left in str(right or "")
        return inside is isinstance(op, ast.In)
    return _ordered(op, left, right)


def _ordered(op: ast.cmpop, left: _Any, right: _Any) -> bool:
    """Texts with texts, numbers with numbers; anything else is not in order."""
    if isinstance(left, str) and isinstance(right, str):
        return _ORDER[type(op)](left, right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _ORDER[type(op)](left, right)
    return False


_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _choose(node: ast.IfExp, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> _Any:
    return _value(node.body if _value(node.test, scope, functions) else node.orelse, scope, functions)


def _row(node: ast.Tuple | ast.List, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> _Any:
    made = (_value(item, scope, functions) for item in node.elts)
    return tuple(item for item in made if not isinstance(item, tuple))


def _call(node: ast.Call, scope: Mapping[str, Value], functions: Mapping[str, Call]) -> _Any:
    args = [_value(arg, scope, functions) for arg in node.args]
    return functions[_name(node)](*(None if isinstance(arg, tuple) else arg for arg in args))


_EVALUATE: dict[type[ast.AST], Callable[..., _Any]] = {
    ast.Constant: _constant,
    ast.Name: _of_name,
    ast.BoolOp: _bool,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Compare: _compare,
    ast.IfExp: _choose,
    ast.Tuple: _row,
    ast.List: _row,
    ast.Call: _call,
}
