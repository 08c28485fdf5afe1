"""Starting: fast, alone, and with a sentence when something is wrong."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from agent_tui import tokens
from agent_tui.run import main

SERVER_SIDE = (
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "twilio",
    "aiortc",
    "av",
    "whoosh",
    "kiwipiepy",
    "numpy",
    "structlog",
)
# What a refusal is said in: errors, and the words for states that it takes along.
OURS_ALLOWED = (
    *("agent_tui", "dasan.wire", "dasan.core.ids", "dasan.core.errors", "dasan.core.state_words", "dasan.core.text"),
)


def imported(module: str) -> set[str]:
    """What a fresh interpreter has loaded after importing ``module``."""
    code = f"import {module}, sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_console_loads_nothing_of_the_server() -> None:
    loaded = imported("agent_tui.app")
    assert not loaded & set(SERVER_SIDE)
    ours = {name for name in loaded if name.split(".")[0] in {"dasan", "channels", "knowledge_base", "ivr"}}
    assert all(name in {"dasan", "dasan.core"} or name.startswith(OURS_ALLOWED) for name in ours), ours


def test_the_line_desk_loads_no_screen() -> None:
    assert "textual.app" not in imported("agent_tui.run")


def test_the_kitty_protocol_is_off_and_animations_too_before_textual_is_imported() -> None:
    code = "import agent_tui.app\nfrom textual import constants as c\nprint(c.DISABLE_KITTY_KEY, c.TEXTUAL_ANIMATIONS)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "none"]


def test_the_doctor_prints_rulers_whose_bars_stand_under_each_other() -> None:
    from rich.cells import cell_len

    out = io.StringIO()
    assert main(url="", doctor=True, out=out) == 0
    rulers = [line for line in out.getvalue().split("\n") if line.endswith("|")]
    assert len(rulers) == 2
    assert len({cell_len(line) for line in rulers}) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"url": "localhost"}, "localhost"), ({"url": "http://x", "keys": {"fly": "f2"}}, "no such action: fly")],
)
def test_what_is_wrong_is_said_in_a_sentence(
    wrong: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(**wrong) == 2  # type: ignore[arg-type]
    assert said in capsys.readouterr().err


def test_a_token_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "token"
    tokens.write(path, "secret")
    assert tokens.read(path) == "secret"
    path.chmod(0o644)
    assert tokens.read(path) == ""
    tokens.forget(path)
    assert tokens.read(path) == ""
