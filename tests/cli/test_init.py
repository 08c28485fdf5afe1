"""A new installation: complete, private, and never over an old one."""

import configparser
import stat
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


def test_the_service_unit_starts_this_installation_and_may_write_only_its_data(tmp_path: Path) -> None:
    config = command.write_files(tmp_path, 8120)
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((tmp_path / "dasan.service").read_text())
    assert unit["Service"]["ExecStart"].endswith(f"-m dasan serve --config {config}")
    assert unit["Service"]["ReadWritePaths"] == str(tmp_path / "data")
    assert unit["Service"]["Restart"] == "always"


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
