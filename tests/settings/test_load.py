"""Where settings come from, and what an operator reads when one is wrong."""

from pathlib import Path
from typing import Any

import pytest

from dasan.core.errors import ConfigWrong, Problem
from dasan.settings import Settings, load, sentences


def wrong(tmp_path: Path, toml: str = "", **kwargs: Any) -> tuple[Problem, ...]:
    file = tmp_path / "dasan.toml"
    file.write_text(toml, "utf-8")
    with pytest.raises(ConfigWrong) as caught:
        load(file, **{"environ": {}, **kwargs})
    return caught.value.problems


def read(tmp_path: Path, toml: str, **kwargs: Any) -> Settings:
    file = tmp_path / "dasan.toml"
    file.write_text(toml, "utf-8")
    return load(file, **{"environ": {}, **kwargs})


def test_flags_win_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    toml = "[server]\nport = 1001\n[chat]\nburst = 7\n[log]\nlevel = 'error'\n"
    environ = {"DASAN_SERVER__PORT": "1002", "DASAN_CHAT__BURST": "8"}
    settings = read(tmp_path, toml, environ=environ, flags={"server.port": 1003, "server.host": None})
    assert (settings.server.port, settings.chat.burst, settings.log.level) == (1003, 8, "error")
    assert settings.server.host == "127.0.0.1"


def test_an_unknown_key_is_named_with_file_line_and_nearest_key(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, "# 첫 줄\n[server]\nhost = '127.0.0.1'\nprot = 8120\n")
    assert (problem.file, problem.line) == (str(tmp_path / "dasan.toml"), 4)
    assert (problem.key, problem.nearest) == ("server.prot", "server.port")


def test_a_key_in_the_wrong_section_is_told_its_right_one(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, "[chat]\ntrusted_proxies = []\n")
    assert (problem.line, problem.nearest) == (2, "server.trusted_proxies")


def test_an_unknown_section_is_an_error(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, "[sever]\nport = 1\n")
    assert (problem.key, problem.line, problem.nearest) == ("sever", 1, "server")


def test_an_unknown_variable_is_an_error_and_others_variables_are_not(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, environ={"DASAN_SERVER__PROT": "1", "PATH": "/bin"})
    assert (problem.key, problem.nearest) == ("DASAN_SERVER__PROT", "DASAN_SERVER__PORT")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    toml = "[server]\nport = -1\n[log]\nlevel = 'loud'\n[policy.timing]\noffer_text_s = 5\n"
    problems = wrong(tmp_path, toml, environ={"DASAN_CHAT__BURST": "many", "DASAN_NONSENSE": "1"})
    assert {(p.key, p.line) for p in problems} == {
        ("DASAN_NONSENSE", 0),
        ("server.port", 2),
        ("log.level", 4),
        ("policy.timing.offer_text_s", 6),
        ("chat.burst", 0),
    }
    assert next(p.file for p in problems if p.key == "chat.burst") == "DASAN_CHAT__BURST"


def test_a_wrong_flag_is_named_as_a_flag(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, flags={"server.port": 70_000})
    assert problem.file == "--port"


@pytest.mark.parametrize(
    ("toml", "line"),
    [("[server\nport = 1\n", 1), ("[server]\nport = \n", 2), ("[server]\nport = 1\nport = 2\n", 3)],
)
def test_broken_toml_is_told_with_its_line(tmp_path: Path, toml: str, line: int) -> None:
    (problem,) = wrong(tmp_path, toml)
    assert problem.line == line


def test_a_file_in_another_encoding_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "dasan.toml"
    file.write_bytes('[policy.skills.a]\nko = "수도"\n'.encode("cp949"))
    with pytest.raises(ConfigWrong) as caught:
        load(file, environ={})
    assert "UTF-8" in caught.value.problems[0].message_en


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigWrong) as caught:
        load(None, environ={"DASAN_CONFIG": str(tmp_path / "none.toml")})
    assert caught.value.problems[0].file.endswith("none.toml")


def test_a_line_is_found_in_the_second_table_of_a_list(tmp_path: Path) -> None:
    row = '[[policy.dispositions]]\ncode = "{}"\nname_ko = "가"\nname_en = "A"\nresolved = {}\n'
    problems = wrong(tmp_path, row.format("a", "true") + row.format("b", '"perhaps"'))
    assert [(p.key, p.line) for p in problems] == [("policy.dispositions[1].resolved", 10)]


def test_keys_inside_a_long_string_are_not_taken_for_settings(tmp_path: Path) -> None:
    toml = '[desk.keys]\nwrap = """\nport = 1\n"""\n[server]\nport = -1\n'
    (problem,) = wrong(tmp_path, toml)
    assert problem.line == 6


def test_secrets_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "master").write_text("m" * 43 + "\n")
    settings = read(tmp_path, "[secrets]\nmaster_key_file = 'keys/master'\n")
    assert settings.master_key == b"m" * 43


def test_a_secret_in_the_environment_wins_over_its_file(tmp_path: Path) -> None:
    (tmp_path / "master").write_text("m" * 43)
    environ = {"DASAN_SECRETS__MASTER_KEY": "e" * 43}
    assert read(tmp_path, "[secrets]\nmaster_key_file = 'master'\n", environ=environ).master_key == b"e" * 43


def test_a_secret_written_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, "[secrets]\nmaster_key = 'swordfish-swordfish-swordfish-swordfish'\n")
    assert problem.line == 2
    assert "swordfish" not in problem.message_en + problem.message_ko


@pytest.mark.parametrize("content", [None, "", "short"])
def test_a_missing_empty_or_short_key_file_is_a_problem(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "pepper").write_text(content)
    (problem,) = wrong(tmp_path, "[secrets]\ntoken_pepper_file = 'pepper'\n")
    assert problem.key.startswith("secrets.token_pepper")


def test_a_bad_value_of_a_secret_variable_is_not_printed(tmp_path: Path) -> None:
    problems = wrong(tmp_path, environ={"DASAN_SECRETS__MASTER_KEY": "hunter2"})
    assert "hunter2" not in "\n".join(sentences(ConfigWrong(problems)))


def test_relative_paths_start_at_the_configuration_file(tmp_path: Path) -> None:
    settings = read(tmp_path, "[server]\ndata_dir = 'data'\n")
    assert settings.server.data_dir == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'dasan.sqlite3'}"


@pytest.mark.parametrize(
    ("toml", "word"),
    [
        ("[server]\nhost = '0.0.0.0'\n", "trusted_proxies"),
        ("[server]\ncertificate = 'a.pem'\n", "certificate_key"),
        ("[server]\ntrusted_proxies = ['the-proxy']\n", "network"),
        ("[server]\npublic_url = 'ftp://dasan.example'\n", "http"),
        ("[eungdapso]\nembedded = false\n", "eungdapso.url"),
        ("[database]\nurl = 'mysql://x'\n", "form"),
        ("[policy.timing]\nbeat_s = 20\n", "suspect_s"),
        ("[policy]\ndefault_queue = 'nowhere'\n", "queues"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path: Path, toml: str, word: str) -> None:
    (problem,) = wrong(tmp_path, toml)
    assert word in problem.message_en


def test_an_open_address_behind_a_proxy_or_with_a_certificate_is_taken(tmp_path: Path) -> None:
    proxied = read(tmp_path, "[server]\nhost = '0.0.0.0'\ntrusted_proxies = ['10.0.0.0/8']\n")
    assert proxied.server.host == "0.0.0.0"
    own = read(tmp_path, "[server]\nhost = '::'\ncertificate = 'a.pem'\ncertificate_key = 'b.pem'\n")
    assert own.public_url == "https://[::]:8120"


def test_the_report_speaks_korean_and_english_and_names_the_place(tmp_path: Path) -> None:
    report = "\n".join(sentences(ConfigWrong(wrong(tmp_path, "[server]\nprot = 1\n"))))
    assert f"{tmp_path / 'dasan.toml'}:2  server.prot" in report
    assert "모르는 설정입니다" in report
    assert "Did you mean 'server.port'?" in report


def test_settings_made_in_code_read_nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASAN_SERVER__PORT", "9999")
    assert Settings().server.port == 8120
