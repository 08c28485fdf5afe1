"""The `dasan` command as an operator meets it: help, errors, exit status, and what it loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from dasan.cli import app
from dasan.commands import service

ROOT = Path(__file__).resolve().parents[2]
NAMES = [
    "init",
    "serve",
    "desk",
    "demo",
    "check",
    "erase",
    "config",
    "db",
    "kb",
    "user",
    "simulate",
    "why",
    "bench",
    "eungdapso",
    "ivr",
    "carrier",
    "conduct",
    "care",
    "merges",
]  # the list, kept by hand: a command that disappears must be missed


def dasan(*args: str, cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("DASAN_")}
    return subprocess.run(
        [sys.executable, "-m", "dasan", *args],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def commands() -> list[tuple[str, ...]]:
    root = get_command(app)
    found = []
    for name, command in root.commands.items():
        children = getattr(command, "commands", None)
        found += [(name, child) for child in children] if children else [(name,)]
    return found


def test_every_promised_command_is_there() -> None:
    assert sorted(get_command(app).commands) == sorted(NAMES)


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_explains_itself_in_korean_and_english(words: tuple[str, ...]) -> None:
    command = get_command(app)
    for word in words:
        command = command.commands[word]
    korean, slash, english = command.help.partition(" / ")
    assert slash, command.help
    assert any("가" <= letter <= "힣" for letter in korean)
    assert english.isascii()


def test_help_comes_quickly_and_loads_no_server_and_no_console() -> None:
    heavy = ("sqlalchemy", "starlette", "textual", "uvicorn", "pydantic", "knowledge_base", "numpy", "twilio")
    code = f"""
import sys
from typer.testing import CliRunner
from dasan.cli import app
from dasan.commands import service
done = CliRunner().invoke(app, ["--help"])
assert done.exit_code == 0, done.output
print([name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_desk_command_loads_the_console_and_no_server() -> None:
    code = """
import sys
import agent_tui.run
from typer.testing import CliRunner
from dasan.cli import app
from dasan.commands import service
agent_tui.run.main = lambda **asked: print("asked", asked["url"], asked["plain"]) or 0
done = CliRunner().invoke(app, ["desk", "--plain", "--server", "http://127.0.0.1:9"])
assert done.exit_code == 0, (done.output, done.exception)
print(done.output.strip())
print([name for name in ("sqlalchemy", "starlette", "uvicorn", "whoosh", "kiwipiepy", "twilio") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["asked http://127.0.0.1:9 True", "[]"]


def test_wrong_settings_end_with_status_2_and_sentences_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "dasan.toml").write_text("[server]\nprot = 1\n")
    done = dasan("config", "show", cwd=tmp_path)
    assert done.returncode == 2
    assert "dasan.toml:2  server.prot" in done.stderr
    assert "server.port" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_ends_with_status_2() -> None:
    assert dasan("serv").returncode == 2


@pytest.mark.parametrize("words", [["serve", "--port", "x"], ["why"], ["kb", "import", "no.csv"], ["config", "shwo"]])
def test_wrong_usage_is_said_in_both_languages_with_where_to_look(words: list[str]) -> None:
    done = dasan(*words)
    korean, english = done.stderr.splitlines()
    assert done.returncode == 2
    assert korean.startswith("명령을 이렇게 쓸 수 없습니다. 쓰는 법: dasan ")
    assert english.isascii()
    assert korean.split(": ")[1] in english


def test_a_group_without_a_command_shows_its_help() -> None:
    done = dasan("db")
    assert done.returncode == 2
    assert "rekey" in done.stderr


def test_an_interpreter_without_the_packages_is_told_where_they_are() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "dasan"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ".venv/bin/dasan" in done.stderr


def test_rules_between_settings_name_the_line_to_mend(tmp_path: Path) -> None:
    (tmp_path / "dasan.toml").write_text('[log]\nlevel = "info"\n\n[server]\nport = 1\nhost = "0.0.0.0"\n')
    assert "dasan.toml:6  server.host" in dasan("check", cwd=tmp_path).stderr
    flagged = dasan("serve", "--host", "::", cwd=tmp_path).stderr
    assert "--host  server.host" in flagged


def test_config_show_tells_what_is_in_force(tmp_path: Path) -> None:
    done = dasan("config", "show", cwd=tmp_path, DASAN_SERVER__PORT="9001")
    assert done.returncode == 0
    assert "port = 9001" in done.stdout


def test_config_sample_is_the_file_in_the_documents() -> None:
    assert dasan("config", "sample").stdout == (ROOT / "docs" / "dasan.sample.toml").read_text("utf-8")


def test_serve_without_keys_refuses_and_says_how_to_get_them(tmp_path: Path) -> None:
    done = dasan("serve", cwd=tmp_path)
    assert done.returncode == 2
    assert "secrets.master_key" in done.stderr
    assert "dasan init" in done.stderr


def test_serve_on_an_open_address_without_protection_refuses(tmp_path: Path) -> None:
    done = dasan("serve", "--host", "0.0.0.0", cwd=tmp_path)
    assert done.returncode == 2
    assert "trusted_proxies" in done.stderr


def test_a_sign_in_is_kept_for_its_own_server_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    first, second = (service._state(f"https://{host}.example", "token") for host in ("one", "two"))
    assert first != second
    assert first == service._state("https://one.example", "token")
    assert first.parent.stat().st_mode & 0o077 == 0
