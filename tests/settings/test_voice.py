"""The settings of the telephone network: nothing is accepted by default, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasan.core.errors import ConfigWrong
from dasan.settings import load

SID = "AC" + "0" * 32
TAKING = {"voice.enabled": True, "voice.account_sid": SID, "voice.caller_id": "+82220001200"}


def problems(tmp_path: Path, text: str) -> dict[str, str]:
    file = tmp_path / "dasan.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigWrong) as wrong:
        load(file, environ={})
    return {problem.key: problem.message_en for problem in wrong.value.problems}


def test_out_of_the_box_no_call_is_taken_and_the_provider_may_do_nothing_with_voices() -> None:
    voice = load(environ={}).voice
    assert (voice.enabled, voice.accept) == (False, ())


def test_taking_calls_needs_an_account_its_token_and_a_number_to_show(tmp_path: Path) -> None:
    assert list(problems(tmp_path, "[voice]\nenabled = true\n")) == ["voice.account_sid"]
    given = load(environ={"DASAN_VOICE__AUTH_TOKEN": "t" * 32}, flags=TAKING).voice
    assert given.tokens == ("t" * 32,)
    assert given.sender == "+82220001200"


def test_a_token_in_the_file_is_refused_and_one_beside_it_is_read(tmp_path: Path) -> None:
    assert "voice.auth_token" in problems(tmp_path, '[voice]\nauth_token = "secret"\n')
    (tmp_path / "token").write_text("one\n")
    (tmp_path / "keys").write_text("k1:s1\nk2:s2\n")
    (tmp_path / "other").write_text("")
    file = tmp_path / "dasan.toml"
    file.write_text('[voice]\nauth_token_file = "token"\nshared_keys_file = "keys"\nother_auth_token_file = "other"\n')
    voice = load(file, environ={}).voice
    assert (voice.tokens, voice.shared) == (("one",), {"k1": "s1", "k2": "s2"})


@pytest.mark.parametrize(
    "line",
    [
        'account_sid = "SK123"',
        'numbers = ["02-120"]',
        'caller_id = "120"',
        'accept = ["everything"]',
        'api_base = "ftp://x"',
        'text_sender = "dasan"',
        "calls_per_s = 0",
        'local_engine = "os.system"',
        'local_engine = "engine:korean"',
    ],
)
def test_a_wrong_value_is_named_with_its_key(tmp_path: Path, line: str) -> None:
    named = problems(tmp_path, f"[voice]\n{line}\n")
    assert any(key.startswith("voice." + line.partition(" ")[0]) for key in named)


def test_accepting_twice_is_accepting_once(tmp_path: Path) -> None:
    file = tmp_path / "dasan.toml"
    file.write_text('[voice]\naccept = ["recording", "recording"]\n')
    assert load(file, environ={}).voice.accept == ("recording",)
