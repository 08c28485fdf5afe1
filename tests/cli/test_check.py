"""`dasan check` finds what is broken and says it in sentences."""

import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dasan.commands import installation
from dasan.commands.init import write_files
from dasan.commands.installation import Finding
from dasan.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(write_files(tmp_path, free_port()), environ={})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def changed(settings: Settings, section: str, **values: Any) -> Settings:
    part = getattr(settings, section).model_copy(update=values)
    return settings.model_copy(update={section: part})


def levels(found: list[Finding]) -> list[str]:
    return [finding.level for finding in found]


def test_fresh_keys_are_good(settings: Settings) -> None:
    assert levels(list(installation.secrets(settings))) == ["good"]


def test_a_key_that_others_can_read_is_named_with_the_command_that_helps(settings: Settings) -> None:
    file = settings.secrets.master_key_file
    assert file
    file.chmod(0o640)
    (finding,) = installation.secrets(settings)
    assert finding.level == "bad"
    assert f"chmod 600 {file}" in finding.english


def test_missing_keys_are_named() -> None:
    assert levels(list(installation.secrets(Settings()))) == ["bad", "bad"]


@pytest.mark.parametrize(
    ("today", "added", "level"),
    [
        (date(2026, 11, 21), [], "good"),
        (date(2029, 9, 26), [], "good"),
        (date(2029, 9, 27), [], "warn"),
        (date(2029, 9, 27), [date(2030, 12, 25)], "good"),
        (date(2031, 1, 1), [], "warn"),
    ],
)
def test_the_table_of_holidays_is_asked_for_before_it_runs_out(
    settings: Settings, today: date, added: list[date], level: str
) -> None:
    (finding,) = installation.opening_hours(changed(settings, "policy", holidays_added=tuple(added)), today)
    assert finding.level == level
    if level == "warn":
        assert "policy.holidays_added" in finding.korean
        assert "2029-12-25" in finding.english


def test_a_queue_that_never_opens_is_named(settings: Settings) -> None:
    queues = [q.model_copy(update={"hours": ("holiday 10:00-12:00",)}) for q in settings.policy.queues[:1]]
    found = list(installation.opening_hours(changed(settings, "policy", queues=tuple(queues)), date(2031, 1, 1)))
    assert levels(found) == ["bad", "warn"]
    assert "general" in found[0].english


def test_a_missing_data_folder_is_bad(settings: Settings, tmp_path: Path) -> None:
    (finding,) = installation.data_dir(changed(settings, "server", data_dir=tmp_path / "nowhere"))
    assert finding.level == "bad"


@pytest.mark.parametrize(("free", "level"), [(5 << 30, "good"), (500 << 20, "warn"), (50 << 20, "bad")])
def test_little_room_is_a_warning_and_almost_none_is_bad(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    usage = installation.shutil.disk_usage(settings.server.data_dir)._replace(free=free)
    monkeypatch.setattr(installation.shutil, "disk_usage", lambda _: usage)
    assert levels(list(installation.data_dir(settings))) == [level]


def test_a_free_port_is_good_and_anothers_program_on_it_is_bad(settings: Settings) -> None:
    assert levels(list(installation.port(settings))) == ["good"]
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", settings.server.port))
        stranger.listen(0)
        stranger.settimeout(0)
        assert levels(list(installation.port(settings))) == ["bad"]


def test_another_ticket_desk_that_does_not_answer_is_bad_and_the_embedded_one_may_be_off(settings: Settings) -> None:
    closed = f"http://127.0.0.1:{free_port()}"
    assert levels(list(installation.ticket_desk(changed(settings, "eungdapso", url=closed)))) == ["good"]
    other = changed(settings, "eungdapso", url=closed, embedded=False)
    assert levels(list(installation.ticket_desk(other))) == ["bad"]


def test_a_certificate_that_cannot_be_read_is_bad(settings: Settings, tmp_path: Path) -> None:
    found = installation.certificate(changed(settings, "server", certificate=tmp_path / "none.pem"))
    assert levels(list(found)) == ["bad"]


def test_a_clock_that_was_never_set_is_bad(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(installation.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Stopped":
            return cls(1970, 1, 2, tzinfo=tz)

    monkeypatch.setattr(installation, "datetime", Stopped)
    assert levels(list(installation.clock(settings))) == ["bad"]


def test_a_database_that_was_never_made_is_bad_and_the_command_that_helps_is_named(settings: Settings) -> None:
    (finding,) = installation.database(settings)
    assert finding.level == "bad"
    assert "dasan db upgrade" in finding.english


def test_a_database_server_that_is_not_there_is_bad_with_its_reason(settings: Settings) -> None:
    url = f"postgresql+psycopg://nobody:secret@127.0.0.1:{free_port()}/dasan"
    (finding,) = installation.database(changed(settings, "database", url=url))
    assert finding.level == "bad"
    assert "secret" not in finding.english


def test_no_articles_is_a_warning_that_names_the_starter_set(settings: Settings) -> None:
    found = list(installation.knowledge(settings))
    assert levels(found) == ["warn"]
    assert "dasan kb starter" in found[0].english
