"""`dasan db`: a backup holds everything but the keys, and putting it back brings everything back."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cli.test_commands import dasan


@pytest.fixture
def centre(tmp_path: Path, installed: Path) -> Path:
    """A fresh copy of the installation; nothing in it names its own place."""
    return Path(shutil.copytree(installed, tmp_path / "centre"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one administrator, articles, a photo, and a ticket desk of its own."""
    folder = tmp_path_factory.mktemp("installed") / "centre"
    made = dasan("init", str(folder), "--generate-password")
    assert made.returncode == 0, made.stderr
    data = folder / "data"
    (data / "blobs" / "ab").mkdir(parents=True)
    (data / "blobs" / "ab" / "photo").write_bytes(b"sealed")
    (data / "eungdapso.sqlite3.media").mkdir()
    (data / "eungdapso.sqlite3.media" / "picture").write_bytes(b"jpeg")
    for name in ("eungdapso.sqlite3", "knowledge/articles.sqlite3"):
        (data / name).parent.mkdir(exist_ok=True)
        with sqlite3.connect(data / name) as made_by_hand:
            made_by_hand.execute("CREATE TABLE kept (what TEXT)")
            made_by_hand.execute("INSERT INTO kept VALUES (?)", (name,))
        made_by_hand.close()
    return folder


def kept(file: Path) -> str:
    connection = sqlite3.connect(file)
    try:
        return str(connection.execute("SELECT what FROM kept").fetchone()[0])
    finally:
        connection.close()


def test_what_is_lost_after_a_backup_comes_back_from_it(centre: Path) -> None:
    copied = dasan("db", "backup", "copy", cwd=centre)
    assert copied.returncode == 0, copied.stderr
    data = centre / "data"
    for file in [
        *data.rglob("*.sqlite3"),
        data / "blobs" / "ab" / "photo",
        data / "eungdapso.sqlite3.media" / "picture",
    ]:
        file.unlink()
    restored = dasan("db", "restore", "copy", cwd=centre)
    assert restored.returncode == 0, restored.stderr
    assert dasan("db", "verify", cwd=centre).returncode == 0
    assert "admin" in dasan("user", "list", cwd=centre).stdout
    assert kept(data / "eungdapso.sqlite3") == "eungdapso.sqlite3"
    assert kept(data / "knowledge" / "articles.sqlite3") == "knowledge/articles.sqlite3"
    assert (data / "blobs" / "ab" / "photo").read_bytes() == b"sealed"
    assert (data / "eungdapso.sqlite3.media" / "picture").read_bytes() == b"jpeg"


def test_a_backup_holds_no_key_and_is_its_owners_alone(centre: Path) -> None:
    dasan("db", "backup", "copy", cwd=centre)
    keys = [path.read_bytes().strip() for path in (centre / "secrets").iterdir() if path.stat().st_size]
    assert len(keys) == 4
    for file in (centre / "copy").rglob("*"):
        assert file.is_dir() or not any(key in file.read_bytes() for key in keys)
    assert (centre / "copy").stat().st_mode & 0o077 == 0


def test_a_backup_never_overwrites_another(centre: Path) -> None:
    (centre / "copy").mkdir()
    done = dasan("db", "backup", "copy", cwd=centre)
    assert done.returncode == 1
    assert "exists already" in done.stderr


def test_a_folder_that_is_no_backup_is_not_put_back(centre: Path, tmp_path: Path) -> None:
    done = dasan("db", "restore", str(tmp_path), cwd=centre)
    assert done.returncode == 1
    assert "admin" in dasan("user", "list", cwd=centre).stdout


def test_the_schema_goes_back_and_forth_and_says_where_it_is(centre: Path) -> None:
    assert dasan("db", "current", cwd=centre).returncode == 0
    for words in (["upgrade", "9999"], ["downgrade", "9999"], ["downgrade", "base"]):  # the last deletes everything
        refused = dasan("db", *words, cwd=centre)
        assert (refused.returncode, "Traceback" in refused.stderr) == (2, False), words
    assert dasan("db", "downgrade", "base", "--empty", cwd=centre).returncode == 0
    assert dasan("db", "current", cwd=centre).returncode == 1
    assert dasan("db", "upgrade", cwd=centre).returncode == 0
    assert dasan("db", "current", cwd=centre).returncode == 0
