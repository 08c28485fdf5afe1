"""A newcomer's first minute: what `make` does before there is an environment, with stand-ins for Python and pip."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.house import ROOT

# Answers what the Makefile asks of an interpreter, and writes down what it was asked.
PYTHON = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
  *"-m venv --clear .venv"*) mkdir -p .venv/bin .venv/lib; cp "$0" .venv/bin/python ;;
  *"pip install"*) exit {pip} ;;
esac
"""
TOOLS = ("sh", "awk", "cat", "chmod", "cmp", "cp", "echo", "mkdir", "printf", "test", "touch", "rm")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The build files alone, and a bin/ with the tools every machine has but no Python."""
    shutil.copy(ROOT / "Makefile", tmp_path / "Makefile")
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def python(clone: Path, name: str = "python3.12", pip: int = 0) -> None:
    path = clone / "bin" / name
    path.write_text(PYTHON.format(log=clone / "asked", pip=pip))
    path.chmod(0o755)


def make(clone: Path, target: str = "runtime") -> subprocess.CompletedProcess[str]:
    tool = shutil.which("make")
    assert tool
    return subprocess.run(
        [tool, "-s", target], cwd=clone, env={"PATH": str(clone / "bin")}, capture_output=True, text=True, check=False
    )


def asked(clone: Path) -> str:
    log = clone / "asked"
    said = log.read_text() if log.exists() else ""
    log.unlink(missing_ok=True)
    return said


def test_it_says_in_one_line_of_each_language_what_it_does_and_how_long(clone: Path) -> None:
    python(clone)
    done = make(clone)
    assert done.returncode == 0, done.stderr
    korean, english = done.stderr.splitlines()
    assert "약 1분" in korean
    assert "about 1 minute" in english


def test_it_installs_only_what_is_pinned_with_hashes(clone: Path) -> None:
    python(clone)
    assert make(clone).returncode == 0
    installs = [line for line in asked(clone).splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)
    parts = [(clone / ".venv" / "parts" / f"{name}.txt").read_text() for name in ("rest", "model")]
    pinned = sorted(line for line in (clone / "requirements" / "runtime.txt").read_text().splitlines() if "==" in line)
    assert sorted(line for part in parts for line in part.splitlines() if "==" in line) == pinned


def test_the_second_time_it_installs_nothing_and_says_nothing(clone: Path) -> None:
    python(clone)
    make(clone)
    asked(clone)
    again = make(clone)
    assert (again.returncode, again.stderr, asked(clone)) == (0, "", "")


def test_changed_requirements_are_installed(clone: Path) -> None:
    python(clone)
    make(clone)
    asked(clone)
    with (clone / "requirements" / "runtime.txt").open("a") as file:
        file.write("# pinned anew\n")
    make(clone)
    said = asked(clone)
    assert "pip install" in said
    assert "venv --clear" not in said


def test_without_a_python_it_says_what_to_install(clone: Path) -> None:
    done = make(clone)
    assert done.returncode != 0
    assert "파이썬 3.11 이상이 없습니다" in done.stderr
    assert "sudo apt install python3 python3-venv" in done.stderr


def test_a_shim_that_fails_is_passed_over(clone: Path) -> None:
    shim = clone / "bin" / "python3.13"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    python(clone, "python3.11")
    assert make(clone).returncode == 0


def test_a_failed_installation_says_so_and_is_tried_again(clone: Path) -> None:
    python(clone, pip=1)
    done = make(clone)
    assert done.returncode != 0
    assert "설치하지 못했습니다" in done.stderr
    assert "The installation failed" in done.stderr
    assert "pip install" in asked(clone)
    make(clone)
    assert "pip install" in asked(clone)
