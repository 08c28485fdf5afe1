"""`dasan db newkey`: the former key is safe before the new one is in force, and nothing is done by halves."""

import stat
from pathlib import Path

import pytest

from dasan.commands import rekey
from dasan.commands.init import write_files
from dasan.settings import load
from tests.cli.test_commands import dasan


def test_a_new_key_is_in_force_and_every_former_one_still_opens(tmp_path: Path) -> None:
    config = write_files(tmp_path, 8120)
    first = load(config, environ={}).master_key
    assert dasan("db", "newkey", "-c", str(config)).returncode == 0
    second = load(config, environ={})
    assert (second.other_master_keys, second.master_key == first) == ((first,), False)
    assert dasan("db", "newkey", "-c", str(config)).returncode == 0
    assert load(config, environ={}).other_master_keys == (second.master_key, first)
    for file in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("writes", [0, 1])
def test_cut_short_anywhere_no_key_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    config = write_files(tmp_path, 8120)
    first = load(config, environ={}).master_key
    done = []

    def dying(file: Path, text: str) -> None:
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(file)
        file.write_text(text)

    with monkeypatch.context() as patched:
        patched.setattr(rekey, "_replace", dying)
        with pytest.raises(KeyboardInterrupt):
            rekey.newkey(config)
    after = load(config, environ={})
    assert after.master_key == first
    rekey.newkey(config)  # again, to its end
    again = load(config, environ={})
    assert again.master_key != first
    assert again.other_master_keys == (first,)


def test_a_key_from_the_environment_is_left_to_the_operator_with_what_to_do(tmp_path: Path) -> None:
    config = write_files(tmp_path, 8120)
    before = (tmp_path / "secrets" / "master_key").read_text()
    done = dasan("db", "newkey", "-c", str(config), DASAN_SECRETS__MASTER_KEY="k" * 40)
    assert done.returncode == 1
    assert "other_master_keys" in done.stderr
    assert (tmp_path / "secrets" / "master_key").read_text() == before
