"""The rule of tests/conftest.py, tried on tests that skip: here it is a skip, in CI it is a failure with its reason."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.house import ROOT

SKIPPING = """
import pytest

def test_without_a_browser():
    pytest.skip("no Chromium here")

@pytest.mark.skip(reason="switched off")
def test_switched_off():
    raise AssertionError

@pytest.mark.xfail(reason="a known gap", strict=True)
def test_a_known_gap():
    raise AssertionError
"""
WHOLE = "import pytest\npytest.skip('no PostgreSQL here', allow_module_level=True)\n"


def run(folder: Path, ci: str) -> str:
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "conftest.py")
    (folder / "test_one.py").write_text(SKIPPING)
    (folder / "test_whole.py").write_text(WHOLE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-ra",
        "--continue-on-collection-errors",
        "--rootdir",
        str(folder),
    ]
    done = subprocess.run(
        [*command, str(folder)], cwd=folder, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False
    )
    return f"status {done.returncode}\n{done.stdout}"


def test_on_a_desk_a_missing_browser_is_a_skip(tmp_path: Path) -> None:
    said = run(tmp_path, "")
    assert "status 0" in said
    assert "3 skipped, 1 xfailed" in said


@pytest.mark.parametrize("reason", ["no Chromium here", "switched off", "no PostgreSQL here"])
def test_in_ci_every_skip_is_a_failure_that_says_its_reason(tmp_path: Path, reason: str) -> None:
    said = run(tmp_path, "true")
    assert "status 0" not in said
    assert f"CI never skips: {reason}" in said
    assert "skipped," not in said.splitlines()[-1]
