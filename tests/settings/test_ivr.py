"""The settings of the spoken menu: a service is an address of ours or an encrypted one, its secret stands elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasan.core.errors import ConfigWrong
from dasan.settings import load
from dasan.settings.ivr import service_address
from dasan.settings.render import show

ROW = '[[ivr.services]]\ncode = "{}"\nname_ko = "수도"\nname_en = "Water"\nurl = "https://api.example.kr/outages"\n'


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "dasan.toml"
    file.write_text(text, "utf-8")
    return file


def problems(tmp_path: Path, text: str) -> dict[str, str]:
    with pytest.raises(ConfigWrong) as wrong:
        load(written(tmp_path, text), environ={})
    return {problem.key: problem.message_en for problem in wrong.value.problems}


def test_a_service_has_its_secret_from_a_file_and_it_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("water: Bearer abc:def\n\n")
    file = written(tmp_path, '[ivr]\nservice_keys_file = "keys"\n' + ROW.format("water"))
    settings = load(file, environ={})
    assert settings.ivr.keys == {"water": "Bearer abc:def"}
    assert settings.ivr.services[0].timeout_s == 2.0
    assert "abc" not in show(settings)
    assert load(file, environ={"DASAN_IVR__SERVICE_KEYS": "water:other"}).ivr.keys == {"water": "other"}


def test_a_secret_in_the_file_or_of_nobody_and_a_name_twice_are_refused(tmp_path: Path) -> None:
    assert "ivr.service_keys" in problems(tmp_path, '[ivr]\nservice_keys = "water:x"\n')
    assert "ivr.services" in problems(tmp_path, ROW.format("water") * 2)
    with pytest.raises(ConfigWrong) as wrong:
        load(written(tmp_path, ROW.format("water")), environ={"DASAN_IVR__SERVICE_KEYS": "gas:x"})
    (problem,) = wrong.value.problems
    assert (problem.key, problem.file) == ("ivr.service_keys", "DASAN_IVR__SERVICE_KEYS")


@pytest.mark.parametrize("lines", ["water", "water:", ":x", "water:비밀", "water:a\x00b"])
def test_secrets_that_no_header_can_carry_are_refused(lines: str) -> None:
    with pytest.raises(ConfigWrong):
        load(environ={"DASAN_IVR__SERVICE_KEYS": lines})


@pytest.mark.parametrize(
    "address",
    ["https://api.example.kr/v1?type=json", "http://127.0.0.1:9000/x", "http://[::1]:9000/", "http://localhost/x"],
)
def test_an_address_is_encrypted_or_on_this_machine(address: str) -> None:
    assert service_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "", "http://api.example.kr/x", "ftp://127.0.0.1/", "https://user:pw@api.example.kr/", "https:///x",
        "https://api.example.kr/#part", "http://10.0.0.1/", "http://169.254.169.254/latest", "https://api .kr/",
        "https://도메인.kr/", "https://api.example.kr/\r\nX: y", "http://[::1/", "https://api.example.kr:99999/",
        "http://127.0.0.1.example.kr/", "http://127.0.0.1@api.example.kr/", "//api.example.kr/", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_any_other_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        service_address(address)


def test_a_wrong_address_is_told_with_its_key(tmp_path: Path) -> None:
    row = ROW.format("water").replace("https", "http")
    assert "https" in problems(tmp_path, row)["ivr.services[0].url"]
