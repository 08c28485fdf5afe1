"""A new installation: complete, private, and never over an old one."""

import configparser
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from dasan.commands import init as command
from dasan.settings import load
from tests.cli.test_commands import dasan


def test_the_files_of_an_installation_load_and_hold_fresh_keys(tmp_path: Path) -> None:
    first = load(command.write_files(tmp_path / "a", 8120), environ={})
    second = load(command.write_files(tmp_path / "b", 8120), environ={})
    keys = {first.master_key, first.token_pepper, first.eungdapso_key.encode(), second.master_key}
    assert len(keys) == 4
    assert min(map(len, keys)) >= 43
    assert first.server.data_dir == tmp_path / "a" / "data"
    assert list(first.eungdapso_staff) == ["staff"]


def test_only_the_owner_can_read_the_keys_and_the_data(tmp_path: Path) -> None:
    command.write_files(tmp_path, 8120)
    for path in ("secrets", "data"):
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) == 0o700
    for path in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def unit_of(folder: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((folder / "dasan.service").read_text())
    return unit


def test_the_service_unit_starts_this_installation_and_may_write_only_its_data(tmp_path: Path) -> None:
    config = command.write_files(tmp_path, 8120)
    service = unit_of(tmp_path)["Service"]
    assert service["ExecStart"].endswith(f"-m dasan serve --config {config}")
    assert (service["ProtectSystem"], service["ReadWritePaths"]) == ("strict", str(tmp_path / "data"))


def test_the_service_comes_back_for_ever_and_is_stopped_in_order(tmp_path: Path) -> None:
    command.write_files(tmp_path, 8120)
    unit = unit_of(tmp_path)
    assert (unit["Service"]["Restart"], unit["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
    # The server is told alone and stops its children itself; the interval is longer than all that it waits for.
    assert unit["Service"]["KillMode"] == "mixed"
    assert int(unit["Service"]["TimeoutStopSec"]) > 15


def test_systemd_takes_the_unit_as_it_is_written_whatever_the_folder_is_called(tmp_path: Path) -> None:
    folder = tmp_path / 'a b%c "d"'
    command.write_files(folder, 8120)
    text = (folder / "dasan.service").read_text()
    assert '"' + str(folder / "data").replace("%", "%%").replace('"', '\\"') + '"' in text
    analyze = shutil.which("systemd-analyze")
    if analyze is not None:  # not on every machine; the lines above hold on all
        said = subprocess.run(
            [analyze, "verify", str(folder / "dasan.service")], capture_output=True, text=True, check=False, timeout=30
        )
        assert [line for line in said.stderr.splitlines() if "dasan.service" in line] == []


@pytest.mark.parametrize("there", ["dasan.toml", "dasan.service", "secrets/master_key", "data/dasan.sqlite3"])
def test_nothing_is_written_where_anything_is_already(tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("precious")
    with pytest.raises(typer.Exit):
        command.refuse_to_overwrite(tmp_path)
    with pytest.raises(FileExistsError):
        command.write_new(tmp_path / there, "new", 0o600)
    assert (tmp_path / there).read_text() == "precious"


def test_a_password_that_is_too_short_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    done = dasan("init", str(tmp_path / "new"), "--password-stdin")
    assert done.returncode == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("words", [["--admin", "Kim"], ["--people", "nowhere.jsonl"], ["--people", "bad.jsonl"]])
def test_a_mistake_is_told_before_anything_is_written(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "bad.jsonl").write_text('{"name": "lee"}\n')
    done = dasan("init", "new", "--generate-password", *words, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert not (tmp_path / "new").exists()


def test_one_standard_input_may_hold_the_password_and_then_the_people(tmp_path: Path) -> None:
    person = '{"name": "lee", "password": "한 사람의 긴 비밀번호", "skills": {"general": 5}}'
    words = [sys.executable, "-m", "dasan", "init", str(tmp_path / "new"), "--password-stdin", "--people", "-"]
    done = subprocess.run(words, input=f"관리자의 긴 비밀번호\n{person}\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "lee" in dasan("user", "list", "--config", str(tmp_path / "new" / "dasan.toml")).stdout


def test_a_folder_that_cannot_be_made_is_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = dasan("init", str(tmp_path / "file" / "centre"), "--generate-password")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert str(tmp_path / "file") in done.stderr


def test_init_makes_an_installation_that_check_finds_good(tmp_path: Path) -> None:
    folder = tmp_path / "centre"
    made = dasan("init", str(folder), "--generate-password", "--port", "18120")
    assert made.returncode == 0, made.stderr
    config = str(folder / "dasan.toml")
    assert "admin" in dasan("user", "list", "--config", config).stdout
    checked = dasan("check", "--config", config)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "[문제" not in checked.stdout
    again = dasan("init", str(folder), "--generate-password")
    assert again.returncode == 1
    assert "already" in again.stderr
