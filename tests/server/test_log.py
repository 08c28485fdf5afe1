"""What the service says of itself: constant phrases, values in keys, nothing personal."""

from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from dasan.server import log

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    log.configure("info", "json", out)
    yield out
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_a_phrase_and_keys(lines: io.StringIO):
    logging.getLogger("dasan.some").info("a round failed", extra={"runner": "offers"})
    said = json.loads(lines.getvalue())
    assert (said["event"], said["runner"], said["level"], said["logger"]) == (
        "a round failed", "offers", "info", "dasan.some",
    )  # fmt: skip
    assert said["timestamp"].endswith("Z")


def test_personal_keys_are_dropped_from_both_kinds_of_loggers(lines: io.StringIO):
    logging.getLogger("dasan.some").info("came", extra={"pii_peer": "203.0.113.9", "kind": "chat"})
    structlog.get_logger("dasan.other").info("came", **{"pii.text": "주민번호", "kind": "chat"})
    text = lines.getvalue()
    assert "203.0.113.9" not in text
    assert "주민번호" not in text
    assert text.count('"kind": "chat"') == 2


def test_a_fault_keeps_its_traceback(lines: io.StringIO):
    try:
        raise ZeroDivisionError("boom")
    except ZeroDivisionError:
        logging.getLogger("dasan.some").exception("a fault")
    assert "ZeroDivisionError: boom" in json.loads(lines.getvalue())["exception"]


def test_debug_lines_are_kept_out_by_default(lines: io.StringIO):
    logging.getLogger("dasan.some").debug("noise")
    assert lines.getvalue() == ""


def test_every_message_in_the_sources_is_a_constant_phrase():
    """So that lines can be counted, and no value (least of all a personal one) hides in a message."""
    wrong = []
    for folder in ("dasan", "channels"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                owner = node.func.value
                if node.func.attr in LEVELS and isinstance(owner, ast.Name) and owner.id in {"_log", "log", "logger"}:
                    first = node.args[0] if node.args else None
                    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)) or len(node.args) > 1:
                        wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []
