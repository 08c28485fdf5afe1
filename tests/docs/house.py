"""The project's own files, as the checks of this folder read them. New files come under the checks by being there."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("dasan", "channels", "knowledge_base", "agent_tui", "ivr")


@cache
def python_files() -> tuple[Path, ...]:
    """Every module of the five packages."""
    found = tuple(sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")))
    assert len(found) > 50, "the packages were not found; every check here would pass on nothing"
    return found


@cache
def text_files() -> tuple[Path, ...]:
    """Every text file that git knows or would add: sources, tests, documents, build files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    names = [name for name in listed.stdout.decode().split("\0") if name]
    paths = [ROOT / name for name in names] if listed.returncode == 0 else _walk()
    binary = {".png", ".jpg", ".webp", ".ico", ".woff2", ".gz", ".xlsx", ".sqlite3", ".pyc"}
    return tuple(path for path in paths if path.is_file() and path.suffix not in binary)


def _walk() -> list[Path]:
    """The files of a copy without git (an unpacked archive)."""
    hidden = {".venv", ".git", "var", "build", "dist"}
    return [path for path in ROOT.rglob("*") if not hidden & set(path.relative_to(ROOT).parts)]


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text("utf-8"), str(path))


def module_name(path: Path) -> str:
    """``dasan.core.text`` of dasan/core/text.py; a package's ``__init__`` is the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports anywhere in it, also inside functions, with the line.

    What stands under ``if TYPE_CHECKING`` is left out: it is a word for the type checker and loads nothing.
    """
    own = module_name(path).split(".")
    package = own if path.name == "__init__.py" else own[:-1]
    for node in _running(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            # `from dasan.core import text` names a module too; both are asked about.
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only a type checker reads."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _running(child)


def within(name: str, *prefixes: str) -> bool:
    """Whether a module is one of ``prefixes`` or inside one."""
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def short(path: Path) -> str:
    """The path from the project's root."""
    return str(path.relative_to(ROOT))
