"""Files and functions stay small enough to be read whole."""

import ast
import statistics

from tests.docs.house import parsed, python_files, short

FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN_MAX = 12
FILE_LINES_MAX = 400


def functions() -> list[tuple[str, int]]:
    return [
        (f"{short(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)
        for path in python_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]


def test_no_function_is_longer_than_a_screen() -> None:
    assert [f"{where} has {lines} lines" for where, lines in functions() if lines > FUNCTION_LINES_MAX] == []


def test_the_usual_function_is_short() -> None:
    assert statistics.median(lines for _, lines in functions()) <= FUNCTION_LINES_MEDIAN_MAX


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    sizes = {short(path): path.read_text("utf-8").count("\n") for path in python_files()}
    assert {name: lines for name, lines in sizes.items() if lines > FILE_LINES_MAX} == {}


def test_every_module_begins_with_its_theory() -> None:
    silent = [path for path in python_files() if parsed(path).body and not ast.get_docstring(parsed(path))]
    assert [short(path) for path in silent] == []


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
    assert [short(path) for path in python_files() if vague & set(path.with_suffix("").parts)] == []
