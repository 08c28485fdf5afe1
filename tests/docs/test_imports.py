"""The doors of docs/ARCHITECTURE.md §3: who may import what, in the sources and in a running interpreter.

.importlinter holds the layers; this file holds what is easier said as a table of doors, and proves in fresh processes
that nothing slips in when a package is really loaded. A package that is not there yet comes under the rules when it is.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.house import PACKAGES, ROOT, imports, module_name, parsed, python_files, short, within

# The ticket desk's store is one subject in several files.
DESK_STORES = tuple(f"dasan.eungdapso.desk.{name}" for name in ("store", "store_tickets", "store_updates"))

# A library (or a part of ours) -> the only modules that may import it. The reason stands beside each.
DOORS: dict[str, tuple[str, ...]] = {
    # What reads settings cannot be used twice with different ones; everybody else gets values.
    "dasan.settings": ("dasan.app", "dasan.cli", "dasan.commands", "dasan.settings"),
    # The composition root is above everything but what starts it.
    "dasan.app": ("dasan.app", "dasan.cli", "dasan.commands"),
    # A server must never load a terminal library; the command line and the demo start the console.
    "agent_tui": ("agent_tui", "dasan.commands", "dasan.demo"),
    # One vendor, one door: what is replaced, or fails, is replaced or caught in one place.
    "twilio": ("channels.twilio", "channels.voice", "channels.sms"),
    "aiortc": ("channels.video", "channels.media"),
    "av": ("channels.video", "channels.media"),
    "sqlalchemy": ("dasan.store", "dasan.bus", *DESK_STORES, "knowledge_base.store"),
    "alembic": ("dasan.store", "knowledge_base.store", *DESK_STORES),
    "psycopg": ("dasan.store", "dasan.bus"),
    "textual": ("agent_tui",),
    "whoosh": ("knowledge_base",),
    "rapidfuzz": ("knowledge_base", "ivr.lint"),
    "kiwipiepy": ("knowledge_base",),
    "websockets": ("dasan.net", "agent_tui.client", "agent_tui.run", "dasan.demo", "dasan.bench", "channels.carrier"),
    "starlette": ("dasan.server", "dasan.net", "dasan.eungdapso.desk", "channels"),
    # The console's client only catches the wire's ValidationError.
    "pydantic": (
        "agent_tui.client",
        "dasan.commands.accounts",
        "dasan.settings",
        "dasan.wire",
        "dasan.server",
        "dasan.eungdapso",
        "channels",
        "ivr",
    ),
    "pydantic_settings": ("dasan.settings",),
    "typer": ("dasan.cli", "dasan.commands"),
}

# A package of ours -> all that it may import of ours.
ONLY: dict[str, tuple[str, ...]] = {
    "dasan.core": ("dasan.core",),
    "dasan.ports": ("dasan.core",),
    "dasan.broker": ("dasan.broker", "dasan.core", "dasan.ports"),
    # Whatever the wire imports, a client on another machine has to install.
    "dasan.wire": ("dasan.wire", "dasan.core.text", "dasan.core.errors", "dasan.core.ids"),
    "agent_tui": ("agent_tui", "dasan.wire", "dasan.core.text", "dasan.core.errors", "dasan.core.ids"),
    "knowledge_base": ("knowledge_base", "dasan.core.text", "dasan.core.errors", "dasan.core.ids"),
    "ivr": ("ivr", "dasan.core.text", "dasan.core.errors", "dasan.core.ids"),
}

# Where there is no clock, randomness, file, socket or thread.
PURE = ("dasan.core", "dasan.ports", "dasan.broker", "ivr")
PURE_STANDARD = {
    "__future__", "abc", "ast", "bisect", "collections", "collections.abc", "contextlib", "dataclasses", "datetime",
    "difflib", "enum",
    "functools", "hashlib", "heapq", "hmac", "itertools", "json", "math", "operator", "re", "string", "struct", "types",
    "typing", "unicodedata",
}  # fmt: skip
PURE_THIRD = {"ivr": ("pydantic", "jinja2", "ruamel", "networkx", "rapidfuzz")}
CHANNELS_SHARED = ("channels.twilio", "channels.media")


def test_each_library_comes_in_by_its_door() -> None:
    assert [
        f"{short(path)}:{line} imports {name}"
        for path in python_files()
        for name, line in imports(path)
        for library, doors in DOORS.items()
        if within(name, library) and not within(module_name(path), *doors)
    ] == []


def test_a_door_names_modules_that_could_exist() -> None:
    assert [door for doors in DOORS.values() for door in doors if door.split(".")[0] not in PACKAGES] == []


def test_inner_parts_import_only_what_they_may_of_ours() -> None:
    assert [
        f"{short(path)}:{line} imports {name}"
        for path in python_files()
        for part, allowed in ONLY.items()
        if within(module_name(path), part)
        for name, line in imports(path)
        if name.split(".")[0] in PACKAGES and not _may(name, allowed)
    ] == []


def _may(name: str, allowed: tuple[str, ...]) -> bool:
    """``from dasan.core import text`` is named dasan.core.text; a name inside an allowed module is allowed."""
    return within(name, *allowed)


def test_the_pure_parts_import_no_clock_file_socket_or_thread() -> None:
    wrong = []
    for path in python_files():
        part = next((p for p in PURE if within(module_name(path), p)), None)
        for name, line in imports(path) if part else ():
            third = PURE_THIRD.get(part or "", ())
            standard = name in PURE_STANDARD or name.rpartition(".")[0] in PURE_STANDARD
            if not standard and name.split(".")[0] not in (*PACKAGES, *third):
                wrong.append(f"{short(path)}:{line} imports {name}")
    assert wrong == []


def test_the_pure_parts_call_no_clock() -> None:
    wrong = [
        f"{short(path)}:{node.lineno} {ast.unparse(node.func)}"
        for path in python_files()
        if within(module_name(path), *PURE)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in {"datetime.now", "datetime.today", "date.today", "datetime.utcnow", "open", "print"}
    ]
    assert wrong == []


def test_channels_do_not_import_each_other() -> None:
    wrong = []
    for path in python_files():
        own = module_name(path).split(".")
        if own[0] != "channels" or len(own) < 2:
            continue
        wrong += [
            f"{short(path)}:{line} imports {name}"
            for name, line in imports(path)
            if within(name, "channels") and not within(name, ".".join(own[:2]), *CHANNELS_SHARED)
        ]
    assert wrong == []


# What a freshly loaded part must not have brought into the process, by any way.
AT_RUN_TIME: dict[str, tuple[str, ...]] = {
    "dasan.core": ("asyncio", "pydantic", "sqlalchemy", "socket", "threading", "random", "subprocess", "logging"),
    "dasan.ports": ("pydantic", "sqlalchemy", "socket", "random", "subprocess", "logging"),
    "dasan.broker": ("pydantic", "sqlalchemy", "starlette", "socket", "random", "subprocess"),
    # jinja2 and networkx bring threading, random and socket along; ivr itself may not import them (PURE_STANDARD).
    "ivr": ("asyncio", "subprocess", "sqlalchemy", "starlette", "twilio"),
    "dasan.wire": ("sqlalchemy", "starlette", "websockets", "textual", "dasan.core.policy", "dasan.ports"),
    "knowledge_base": ("textual", "starlette", "uvicorn", "websockets", "twilio", "dasan.broker", "dasan.settings"),
    "agent_tui": (
        "sqlalchemy", "alembic", "starlette", "uvicorn", "twilio", "aiortc", "whoosh", "rapidfuzz", "kiwipiepy",
        "psycopg", "structlog", "httpx2", "numpy", "dasan.ports", "dasan.broker", "dasan.settings", "dasan.store",
        "dasan.net", "dasan.core.policy", "channels", "knowledge_base",
    ),
    "dasan.cli": ("sqlalchemy", "starlette", "textual", "uvicorn", "pydantic_settings", "knowledge_base", "agent_tui"),
    "dasan.store": ("textual", "starlette", "whoosh", "kiwipiepy", "dasan.settings", "agent_tui"),
    "dasan.net": ("textual", "whoosh", "kiwipiepy", "sqlalchemy", "dasan.settings", "agent_tui"),
    "channels": ("textual", "whoosh", "kiwipiepy", "dasan.settings", "agent_tui"),
}  # fmt: skip

_PROBE = """
import importlib, json, sys
for name in {modules!r}:
    importlib.import_module(name)
print(json.dumps([name for name in {banned!r} if name in sys.modules]))
"""


@pytest.mark.parametrize("part", AT_RUN_TIME)
def test_a_part_that_is_loaded_whole_brings_nothing_of_another_in(part: str) -> None:
    modules = sorted(name for path in python_files() if within(name := module_name(path), part) and _loadable(name))
    probe = _PROBE.format(modules=modules, banned=AT_RUN_TIME[part])
    # -S -I would hide the packages; a clean process with only the project's root is what a machine loads.
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def _loadable(name: str) -> bool:
    """Alembic's scripts run only inside a migration, and ``__main__`` is a program."""
    return ".migrations" not in name and not name.endswith("__main__")


def test_the_probe_sees_what_a_process_loaded(tmp_path: Path) -> None:
    probe = _PROBE.format(modules=["dasan.settings"], banned=("pydantic_settings", "textual"))
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == '["pydantic_settings"]'
