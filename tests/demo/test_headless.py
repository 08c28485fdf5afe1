"""The demonstration without a terminal: the real server in its own process, killed in the middle, nothing lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_demonstration_survives_a_kill_and_exits_with_zero(language: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "dasan",
            "demo",
            "--headless",
            "--seconds",
            "35",
            "--lang",
            language,
            "--folder",
            str(tmp_path / "demo"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("잃음 0, 겹침 0" if language == "ko" else "lost 0, doubled 0") in done.stdout
