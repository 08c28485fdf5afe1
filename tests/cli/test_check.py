"""`dasan check` finds what is broken and says it in sentences."""

import socket
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from dasan.commands import edges, installation
from dasan.commands.finding import Finding
from dasan.commands.init import write_files
from dasan.settings import Settings, load
from dasan.store import admin
from dasan.store.engine import backend
from dasan.store.people import writing
from dasan.store.sealing import Keyring


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
    assert levels(list(edges.port(settings))) == ["good"]
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", settings.server.port))
        stranger.listen(0)
        stranger.settimeout(0)
        assert levels(list(edges.port(settings))) == ["bad"]


def test_another_ticket_desk_that_does_not_answer_is_bad_and_the_embedded_one_may_be_off(settings: Settings) -> None:
    closed = f"http://127.0.0.1:{free_port()}"
    assert levels(list(edges.ticket_desk(changed(settings, "eungdapso", url=closed)))) == ["good"]
    other = changed(settings, "eungdapso", url=closed, embedded=False)
    assert levels(list(edges.ticket_desk(other))) == ["bad"]


def certified(settings: Settings, folder: Path, days: int) -> Settings:
    """With a fresh certificate that ends in ``days``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "120.example")])
    until = datetime.now(UTC) + timedelta(days=days, hours=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(until - timedelta(days=365)).not_valid_after(until)
    cert = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    (folder / "cert.pem").write_bytes(cert)
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return changed(settings, "server", certificate=folder / "cert.pem", certificate_key=folder / "key.pem")


@pytest.mark.parametrize(("days", "level"), [(90, "good"), (10, "warn"), (-1, "bad")])
def test_a_certificate_that_ends_is_told_in_time(settings: Settings, tmp_path: Path, days: int, level: str) -> None:
    (finding,) = edges.certificate(certified(settings, tmp_path, days))
    assert finding.level == level


def test_a_certificate_that_is_missing_or_anothers_is_bad(settings: Settings, tmp_path: Path) -> None:
    ours = certified(settings, tmp_path, 90)
    (tmp_path / "cert.pem").rename(tmp_path / "kept.pem")
    assert levels(list(edges.certificate(ours))) == ["bad"]
    certified(settings, tmp_path, 90)  # another key; the certificate of the first comes back beside it
    (tmp_path / "kept.pem").rename(tmp_path / "cert.pem")
    (finding,) = edges.certificate(ours)
    assert (finding.level, "do not fit" in finding.english) == ("bad", True)
    (tmp_path / "cert.pem").write_text("no certificate")
    assert levels(list(edges.certificate(ours))) == ["bad"]


def test_behind_a_proxy_the_address_that_citizens_open_must_be_known(settings: Settings) -> None:
    proxied = changed(settings, "server", trusted_proxies=("10.0.0.1",))
    (finding,) = edges.front(proxied)
    assert (finding.level, "public_url" in finding.english) == ("bad", True)
    known = changed(proxied, "server", public_url="https://120.example")
    assert list(edges.front(known)) == list(edges.front(settings)) == []
    plain = changed(settings, "server", public_url="http://120.example", insecure=True)
    assert levels(list(edges.front(plain))) == ["warn", "warn"]


def test_another_clock_that_differs_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime.now(UTC) - timedelta(seconds=90)
    monkeypatch.setattr(edges, "_time_of_database", lambda url: late)
    monkeypatch.setattr(edges, "_time_there", lambda url: datetime.now(UTC))
    (finding,) = edges.clock(settings)
    assert finding.level == "warn"
    assert "자료 저장소의 시계와 90초" in finding.korean


def sealed_under(settings: Settings, master: str) -> None:
    """A session's key in the database, as a server with that master key leaves it."""
    keyring = Keyring(master.encode(), correlation=settings.token_pepper)
    made = backend(settings.database_url)
    with writing(made) as link:
        link.run(
            "INSERT INTO content_keys (key_id, wrapped, master) VALUES (?, ?, ?)",
            (f"s_{master[0]}", keyring.fresh(f"s_{master[0]}")[0], keyring.current),
        )
    made.close()


def test_content_under_a_key_that_is_not_in_the_settings_is_bad_and_under_a_former_one_a_warning(
    settings: Settings,
) -> None:
    admin.upgrade(settings.database_url)
    sealed_under(settings, settings.master_key.decode())
    assert list(installation.master_keys(settings)) == []
    sealed_under(settings, "f" * 40)
    (finding,) = installation.master_keys(settings)
    assert (finding.level, finding.english.split()[0]) == ("bad", "1")
    both = changed(settings, "secrets", other_master_keys=SecretStr("f" * 40))
    (finding,) = installation.master_keys(both)
    assert (finding.level, "dasan db rekey" in finding.english) == ("warn", True)


def test_a_clock_that_was_never_set_is_bad(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(edges.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Stopped":
            return cls(1970, 1, 2, tzinfo=tz)

    monkeypatch.setattr(edges, "datetime", Stopped)
    assert levels(list(edges.clock(settings))) == ["bad"]


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


def test_a_port_of_the_embedded_desk_that_another_has_is_bad(settings: Settings) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen(0)
        (finding,) = edges.ticket_desk(changed(settings, "eungdapso", port=stranger.getsockname()[1]))
    assert (finding.level, "eungdapso.port" in finding.english) == ("bad", True)


def test_a_damaged_database_is_told_and_the_other_checks_go_on(settings: Settings) -> None:
    (settings.server.data_dir / "dasan.sqlite3").write_bytes(b"no database" * 500)
    found = list(installation.findings(settings))
    assert any("손상되었습니다" in finding.korean for finding in found if finding.level == "bad")
    assert len(found) >= len(installation.CHECKS) - 3


def test_a_check_that_fails_itself_is_said_and_hides_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(settings: Settings) -> Any:
        raise ValueError("asked to")

    monkeypatch.setattr(installation, "CHECKS", (broken, installation.secrets))
    first, second = installation.findings(settings)
    assert (first.level, "asked to" in first.english, second.level) == ("bad", True, "good")
