"""The package is a leaf, and who imports its client pays for nothing but the client."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import knowledge_base

HERE = Path(knowledge_base.__file__).parent
OURS = {"dasan", "channels", "ivr", "agent_tui"}
ALLOWED = {"dasan.core.text", "dasan.core.errors", "dasan.core.ids"}


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_it_imports_nothing_of_ours_but_text_errors_and_ids() -> None:
    for file in HERE.rglob("*.py"):
        strange = {name for name in imports(file) if name.split(".")[0] in OURS} - ALLOWED
        assert not strange, f"{file}: {strange}"


def test_sqlalchemy_stays_in_the_store() -> None:
    for file in HERE.rglob("*.py"):
        if file.parent.name != "store":
            assert not any(name.startswith("sqlalchemy") for name in imports(file)), file


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("knowledge_base.client", ("numpy", "whoosh", "kiwipiepy", "sqlalchemy", "rapidfuzz", "openpyxl")),
        ("knowledge_base.process", ("whoosh", "kiwipiepy", "openpyxl")),
    ],
)
def test_importing_it_loads_nothing_heavy(module: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent)
    assert done.stdout.strip() == "[]"


def test_files_and_functions_stay_small() -> None:
    for file in HERE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 400, file
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{file}: {node.name}"
