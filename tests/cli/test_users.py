"""`dasan user` without a server: what it reads, what it refuses, and what it leaves as it was."""

import json
from pathlib import Path

import pytest
import typer

from dasan.commands import accounts
from dasan.store.engine import backend
from dasan.store.people import Account, SqlPeople
from tests.cli.test_commands import dasan

ROWS = """
{"name": "lee", "display": "이상담", "password": "open sesame", "skills": {"water": 3}}
{"name": "kim", "password": "another one", "roles": ["admin"]}
"""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one administrator, made with the command itself."""
    folder = tmp_path_factory.mktemp("users") / "centre"
    made = dasan("init", str(folder), "--generate-password")
    assert made.returncode == 0, made.stderr
    return folder


def people(centre: Path) -> dict[str, Account]:
    opened = backend(f"sqlite:///{centre / 'data' / 'dasan.sqlite3'}")
    try:
        return {account.name: account for account in SqlPeople(opened).accounts()}
    finally:
        opened.close()


def test_an_account_is_made_changed_and_listed_while_no_server_runs(centre: Path) -> None:
    many = centre / "many.jsonl"
    many.write_text(
        "\ufeff" + "".join(f"{json.dumps({'name': n, 'password': 'open sesame'})}\n" for n in ("lee", "admin"))
    )
    said = dasan("user", "import", str(many), cwd=centre)
    assert (said.returncode, said.stdout.splitlines()[1]) == (0, "1 added, 1 unchanged.")
    for words in (["roles", "lee", "admin", "counselor"], ["phone", "lee", "sip:102@pbx"], ["disable", "lee"]):
        assert dasan("user", *words, cwd=centre).returncode == 0
    lee = people(centre)["lee"]
    assert (lee.roles, lee.phone, lee.disabled) == (("admin", "counselor"), "sip:102@pbx", True)
    assert "lee\t상담사\tadmin,counselor\t중지 disabled" in dasan("user", "list", cwd=centre).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["disable", "nobody"], "없는 계정입니다: nobody"),
        (["disable", "admin"], "마지막 관리자"),
        (["add", "Kim", "--password-stdin"], "이름은 소문자"),
        (["add", "kim", "--skill", "flying:3"], "없는 능력: flying"),
        (["add", "kim", "--skill", "water:9"], "숙련도는 1에서 5"),
        (["add", "kim", "--phone", "120"], "울릴 수 없는 전화"),
        (["phone", "admin", "desk seven"], "울릴 수 없는 전화"),
        (["import", "nowhere.jsonl"], "그런 파일이나 폴더가 없습니다"),
    ],
)
def test_a_mistake_is_answered_in_both_languages_and_changes_nothing(centre: Path, words: list[str], said: str) -> None:
    before = people(centre)
    done = dasan("user", *words, cwd=centre)
    assert done.returncode in {1, 2}
    korean, english = done.stderr.splitlines()
    assert said in korean
    assert english.isascii()
    assert people(centre) == before


def test_a_server_that_has_the_file_but_cannot_be_asked_yet_is_not_written_past(centre: Path) -> None:
    holding = backend(f"sqlite:///{centre / 'data' / 'dasan.sqlite3'}")  # as one that is just starting
    try:
        done = dasan("user", "unlock", "admin", cwd=centre)
    finally:
        holding.close()
    assert done.returncode == 2
    assert "다른 서버가 이 데이터베이스를 쓰고 있습니다" in done.stderr


def test_where_no_database_is_yet_the_command_that_helps_is_named(tmp_path: Path) -> None:
    for words in (["user", "list"], ["user", "unlock", "admin"], ["db", "verify"], ["db", "rekey"]):
        settings = {"DASAN_SECRETS__MASTER_KEY": "k" * 32, "DASAN_SECRETS__TOKEN_PEPPER": "p" * 32}
        done = dasan(*words, cwd=tmp_path, **settings, DASAN_EUNGDAPSO__API_KEY="e" * 32)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), words
        assert "dasan db upgrade" in done.stderr
    assert not (tmp_path / "var").exists()


def test_an_unknown_database_server_is_said_in_a_sentence(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/dasan"
    done = dasan("user", "list", cwd=tmp_path, DASAN_DATABASE__URL=url)
    assert done.returncode == 1
    assert "자료 저장소에 닿지 않습니다" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('{"name": "Lee", "password": "open sesame"}', "name"),
        ('{"name": "lee", "password": "short"}', "password"),
        ('{"name": "lee", "password": "open sesame", "skills": {"flying": 3}}', "flying"),
        ('{"name": "lee", "password": "open sesame", "skills": {"water": 9}}', "skills.water"),
        ('{"name": "lee", "password": "open sesame", "role": ["admin"]}', "role"),
        ("lee, open sesame", "JSON"),
    ],
)
def test_a_faulty_line_is_named_and_nobody_is_added(line: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        accounts.read_rows(f"{ROWS}{line}\n", ["water"])
    said = capsys.readouterr().err
    assert "  4: " in said
    assert word in said


@pytest.mark.parametrize(
    "words", [["user", "list"], ["user", "unlock", "admin"], ["db", "verify"], ["db", "backup", "copy"], ["serve"]]
)
def test_a_damaged_database_is_told_in_a_sentence_with_what_to_do(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "dasan.sqlite3").write_bytes(b"no database" * 500)
    keys = {"DASAN_SECRETS__MASTER_KEY": "k" * 32, "DASAN_SECRETS__TOKEN_PEPPER": "p" * 32}
    done = dasan(*words, cwd=tmp_path, **keys, DASAN_EUNGDAPSO__API_KEY="e" * 32, DASAN_SERVER__PORT="0")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "손상되었습니다" in done.stderr
    assert "dasan db restore" in done.stderr
