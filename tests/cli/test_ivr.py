"""`dasan ivr` as an author of menus uses it: real files, real exit codes, both languages."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from channels.voice import music
from dasan.cli import app
from dasan.server.flowshelf import FlowShelf
from tests.cli.test_commands import dasan
from tests.docs.house import ROOT
from tests.ivr.test_lint import FIXTURES

FLOW = ROOT / "ivr" / "flows" / "120.yaml"
CASES = ROOT / "ivr" / "flows" / "cases" / "120.yaml"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "dasan.toml").write_text(f'[server]\ndata_dir = "{tmp_path}"\n')
    (tmp_path / "menu.yaml").write_text((FIXTURES / "clean.yaml").read_text("utf-8"), "utf-8")
    return tmp_path


def test_the_shipped_menu_is_clean_also_when_warnings_count(here: Path) -> None:
    done = dasan("ivr", "lint", str(FLOW), str(FLOW.with_name("120-busy.yaml")), "--strict", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 error(s), 0 warning(s)" in done.stdout


def test_a_finding_has_its_file_line_rule_and_two_languages_and_fails_the_command(here: Path) -> None:
    done = dasan("ivr", "lint", str(FIXTURES / "L05.yaml"), cwd=here)
    assert done.returncode == 1
    assert f"{FIXTURES / 'L05.yaml'}:25: L05 오류 error full 출구가 없습니다." in done.stdout
    assert "The exit full is missing." in done.stdout
    row = json.loads(dasan("ivr", "lint", str(FIXTURES / "L05.yaml"), "--json", cwd=here).stdout.splitlines()[-1])
    assert {"L05", 25} <= {row["rule"], row["line"]}


def test_warnings_alone_fail_only_when_asked(here: Path) -> None:
    file = str(FIXTURES / "U04.yaml")
    assert dasan("ivr", "lint", file, cwd=here).returncode == 0
    assert dasan("ivr", "lint", file, "--strict", cwd=here).returncode == 1


def test_a_file_that_is_no_flow_is_said_so_in_a_sentence(here: Path) -> None:
    (here / "other.yaml").write_text("name: x\n")
    done = dasan("ivr", "lint", "other.yaml", cwd=here)
    assert done.returncode == 2
    assert "흐름 파일이 아닙니다" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_cases_of_120_cover_it_whole(here: Path) -> None:
    done = dasan("ivr", "test", str(CASES), "--whole", cwd=here)
    assert done.returncode == 0, done.stdout
    assert "0 failed" in done.stdout


def test_a_failing_case_fails_the_command_with_its_line(here: Path) -> None:
    (here / "cases.yaml").write_text(
        "flow: menu.yaml\ncases:\n  - name: 하나\n    steps:\n      - press: 1\n      - at: bye\n"
    )
    done = dasan("ivr", "test", "cases.yaml", cwd=here)
    assert done.returncode == 1
    assert "cases.yaml:6: 하나" in done.stdout
    assert "at: bye; found: person" in done.stdout


def test_a_call_from_the_terminal_hears_presses_waits_and_ends(here: Path) -> None:
    typed = "9\n2\n\n\n1\n\n"
    done = subprocess.run(
        [sys.executable, "-m", "dasan", "ivr", "run", "menu.yaml", "--at", "2026-11-23 10:00"],
        cwd=here, input=typed, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for heard in (
        "교통은 1번.", "잘못 누르셨거나", "* 대기열 / queue: general", "앞에 두 명이", "전화를 돌려받으시려면 1번",
        "* 전화 돌려받기 / callback: general, 차례 유지", "* 끝 / end: completed",
    ):  # fmt: skip
        assert heard in done.stdout


def test_hanging_up_is_no_error(here: Path) -> None:
    done = dasan("ivr", "run", "menu.yaml", cwd=here)
    assert done.returncode == 0


def test_the_search_says_how_far_a_person_is(here: Path) -> None:
    done = dasan("ivr", "search", "menu.yaml", "--depth", "4", cwd=here)
    assert done.returncode == 0
    assert "A person is at most 1 step(s) away" in done.stdout


@pytest.mark.parametrize(
    ("kind", "begins"), [("txt", "시험"), ("mermaid", "flowchart"), ("dot", "digraph"), ("json", "{"), ("page", "#")]
)
def test_the_service_map_is_written_in_every_form(here: Path, kind: str, begins: str) -> None:
    assert dasan("ivr", "export", "menu.yaml", "--format", kind, cwd=here).stdout.startswith(begins)


def test_publishing_checks_simulates_and_can_be_taken_back(here: Path) -> None:
    assert "There are no versions" in dasan("ivr", "versions", cwd=here).stdout
    assert dasan("ivr", "publish", "menu.yaml", "--note", "처음", cwd=here).returncode == 0
    changed = (here / "menu.yaml").read_text("utf-8").replace("{ko: 교통}", "{ko: 주차}")
    (here / "menu.yaml").write_text(changed, "utf-8")
    assert dasan("ivr", "publish", "menu.yaml", cwd=here).returncode == 0
    listed = dasan("ivr", "versions", "menu", cwd=here).stdout
    assert listed.count("menu@sha256:") == 2
    assert "처음" in listed
    assert dasan("ivr", "rollback", "menu", cwd=here).returncode == 0
    after = dasan("ivr", "versions", cwd=here).stdout
    assert [line[0] for line in after.splitlines() if "@sha256" in line] == ["*", " "]
    again = dasan("ivr", "rollback", "menu", cwd=here)
    assert again.returncode == 2
    assert "There is no earlier version" in again.stderr
    assert "교통" in (here / "flows" / "menu.map.md").read_text("utf-8")


def test_what_the_lint_refuses_is_not_published(here: Path) -> None:
    (here / "menu.yaml").write_text((FIXTURES / "U05.yaml").read_text("utf-8"), "utf-8")
    done = dasan("ivr", "publish", "menu.yaml", cwd=here)
    assert done.returncode == 2
    assert "U05" in done.stdout
    assert "* " not in dasan("ivr", "versions", cwd=here).stdout


def test_a_draft_goes_through_everything_but_publishing(here: Path) -> None:
    assert "Not published" in dasan("ivr", "publish", "menu.yaml", "--draft", cwd=here).stdout
    assert "simulated" in dasan("ivr", "versions", cwd=here).stdout


# -- what a flow asks


@pytest.fixture
def inside(here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A command in that folder, in this process."""
    for name in [name for name in os.environ if name.startswith("DASAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(here)

    def run(*args: str, given: str = "") -> Any:
        return CliRunner().invoke(app, args, input=given)

    return run


EXAMPLE = ROOT / "docs" / "examples" / "ivr" / "ask.yaml"
SERVICE = (
    '[[ivr.services]]\ncode = "outages"\nname_ko = "단수"\nname_en = "Outages"\nurl = "https://water.example.kr/"\n'
)


def test_the_example_that_asks_is_clean_where_the_centre_has_its_service(here: Path, inside: Any) -> None:
    done = inside("ivr", "lint", str(EXAMPLE))
    assert done.exit_code == 1
    assert "The centre has no outside service outages." in done.stdout
    with (here / "dasan.toml").open("a", encoding="utf-8") as file:
        file.write(SERVICE)
    done = inside("ivr", "lint", str(EXAMPLE))
    assert (done.exit_code, "0 error(s), 1 warning(s)" in done.stdout) == (0, True), done.stdout  # no map yet


def test_the_cases_of_the_example_cover_it_whole_and_answer_what_it_asks(here: Path, inside: Any) -> None:
    cases = EXAMPLE.with_name("ask.cases.yaml")
    done = inside("ivr", "test", str(cases), "--whole")
    assert done.exit_code == 0, done.stdout
    tried = inside("ivr", "run", str(EXAMPLE), "--answers", str(cases), given="1\n261121000427\n2\n")
    assert "처리 기한은 12월 1일 화요일입니다." in tried.stdout
    assert "끝 / end: completed" in tried.stdout


# -- recordings

GREETING = "{ko: 안녕하십니까., audio: {ko: hello.wav}}"


@pytest.fixture
def spoken(here: Path) -> Path:
    text = (here / "menu.yaml").read_text("utf-8")
    assert "say: {ko: 안녕하십니까.}" in text
    (here / "menu.yaml").write_text(text.replace("say: {ko: 안녕하십니까.}", f"say: {GREETING}"), "utf-8")
    (here / "recordings").mkdir()
    return here


def test_a_recording_that_is_not_there_or_cannot_be_played_is_not_published(spoken: Path, inside: Any) -> None:
    (spoken / "recordings" / "hallo.wav").write_bytes(music.wav())
    done = inside("ivr", "publish", "menu.yaml")
    assert done.exit_code != 0
    assert "T03 오류 error 녹음 폴더에 hello.wav이(가) 없습니다. → hallo.wav?" in done.stdout
    (spoken / "recordings" / "hello.wav").write_bytes(music.wav()[:-1])
    assert "hello.wav: The WAV is cut off." in inside("ivr", "lint", "menu.yaml").stdout
    shown = inside("ivr", "recordings", "menu.yaml")
    assert shown.exit_code == 1
    assert "! ko menu.hello: hello.wav: 끝이 잘린 WAV입니다." in shown.stdout


def test_a_published_recording_is_pinned_and_another_one_is_another_version(spoken: Path, inside: Any) -> None:
    file = spoken / "recordings" / "hello.wav"
    file.write_bytes(music.wav())
    assert "♪ ko menu.hello: hello.wav (8.0 s)  안녕하십니까." in inside("ivr", "recordings", "menu.yaml").stdout
    cases = spoken / "cases.yaml"
    cases.write_text("flow: menu.yaml\ncases: [{name: 인사, steps: [{say: 안녕하십니까}]}]\n", "utf-8")
    refs = []
    for body in (music.wav(), music.wav()[:-400] + b"\xff" * 400):
        file.write_bytes(body)
        done = inside("ivr", "publish", "menu.yaml", "--cases", str(cases))
        assert done.exit_code == 0, done.stdout
        shelf = FlowShelf(spoken / "flows")
        refs.append(shelf.read().published["menu"][-1])
        (pinned,) = shelf.read().versions[refs[-1]].recordings.values()
        assert shelf.recording(pinned) == body
    assert len(set(refs)) == 2
    assert len(list((spoken / "flows" / "recordings").iterdir())) == 2


def test_the_script_for_the_speaker_is_what_has_no_recording_yet(spoken: Path, inside: Any) -> None:
    (spoken / "recordings" / "hello.wav").write_bytes(music.wav())
    script = inside("ivr", "recordings", "menu.yaml", "--missing")
    assert script.exit_code == 0
    assert "안녕하십니까." not in script.stdout
    assert "  ko menu.busy: 지금은 상담이 많습니다." in script.stdout
    assert "1 of " in script.stdout


def test_nothing_outside_the_folder_of_recordings_is_read(spoken: Path, inside: Any) -> None:
    (spoken / "hello.wav").write_bytes(music.wav())
    text = (spoken / "menu.yaml").read_text("utf-8")
    (spoken / "menu.yaml").write_text(text.replace("hello.wav", "../hello.wav"), "utf-8")
    assert "no name of a recording" in inside("ivr", "recordings", "menu.yaml").stdout
    assert inside("ivr", "publish", "menu.yaml").exit_code != 0
    assert not (spoken / "flows" / "recordings").exists()
