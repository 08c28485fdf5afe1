"""What the command line asks of a running server: accounts, master keys; one writer, and consoles closed at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from websockets.exceptions import ConnectionClosed

from dasan.app import App
from dasan.commands import accounts
from dasan.commands import rekey as command
from dasan.core.errors import BadInput, ConfigWrong, Refused
from dasan.server import control, vitals
from dasan.server.passwords import hashed
from dasan.settings import Settings, load
from dasan.store import admin
from tests.server.test_centre import citizen, close, desk, in_talk, serving, settings

__all__ = ["settings"]
NEW = "n" * 40


async def aside(call: Callable[..., Any], *args: Any, **asked: Any) -> Any:
    """The command line is another process; here it is another thread."""
    return await asyncio.to_thread(call, *args, **asked)


@pytest.fixture
def _nobody_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at every sign-in each five seconds is off: what is closed here is closed by the wish."""
    monkeypatch.setattr(vitals, "SIGNED_EVERY", 1 << 30)


@pytest.fixture
def _no_second_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens the database beside the server fails the test."""

    def refuse(url: str) -> None:
        raise AssertionError("the database was opened beside the running server")

    monkeypatch.setattr(accounts, "backend", refuse)
    monkeypatch.setattr(admin, "backend", refuse)


BESIDE = pytest.mark.usefixtures("_nobody_looks_by_itself", "_no_second_writer")


@BESIDE
@pytest.mark.parametrize(
    ("act", "asked"),
    [("disable", {}), ("password", {"password": hashed("quite another one")}), ("roles", {"roles": ["supervisor"]})],
)
async def test_a_console_whose_sign_in_ends_is_closed_at_once_and_told_so(
    settings: Settings, act: str, asked: dict[str, Any]
) -> None:
    async with serving(settings) as app:
        counselor, other = await desk(settings, "kim"), await desk(settings, "lee")
        token = counselor.seen[0]["token"]
        assert (await aside(accounts.change, settings, act, "kim", **asked))["ended"] == 1
        async with asyncio.timeout(2):
            assert (await counselor.until("bye"))["code"] == "signed_out"
            with pytest.raises(ConnectionClosed):
                await counselor.until("never")
        with pytest.raises(Refused, match="signed out"):
            await app.house.signin.by_token(token)
        await other.done("presence", presence="AVAILABLE")  # nobody else's console noticed
        await close(other)


@BESIDE
async def test_a_counselor_that_is_added_while_the_server_runs_can_take_work_at_once(settings: Settings) -> None:
    async with serving(settings) as app:
        row = accounts.Row(name="park", password="open sesame", skills={"general": 4})
        assert await aside(accounts.add, settings, row)
        account = app.parts.people.named("park")
        assert dict(app.hub.index.counselor(account.id).skills) == {"general": 4}
        with pytest.raises(Refused, match="taken"):
            await aside(accounts.add, settings, row)
        with pytest.raises(BadInput, match="2 to 32"):
            await aside(accounts.change, settings, "add", "P")


async def test_what_the_server_does_not_understand_is_the_askers_fault_and_harms_nobody(settings: Settings) -> None:
    async with serving(settings):
        for wish, asked in (("account", {"act": "vanish"}), ("nothing", {})):
            with pytest.raises(BadInput):
                await aside(control.ask, settings.server.data_dir, wish, **asked)
        assert (await aside(control.ask, settings.server.data_dir, "status"))["ready"]


def listens(folder: Path, port: int) -> None:
    (folder / control.FILE).write_text(json.dumps({"port": port, "token": "of a server that was killed", "pid": 1}))


async def test_a_file_left_by_a_killed_server_stands_for_no_server(settings: Settings) -> None:
    async with serving(settings):
        told = json.loads((settings.server.data_dir / control.FILE).read_text())
        listens(settings.server.data_dir, told["port"])  # the port is another program's now
        assert await aside(control.ask, settings.server.data_dir, "status") is None
    listens(settings.server.data_dir, told["port"])  # nobody's
    assert await aside(control.ask, settings.server.data_dir, "status") is None


async def test_a_proxy_of_the_environment_never_sees_the_token(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving(settings):
        assert (await aside(control.ask, settings.server.data_dir, "status"))["ready"]


# -- another master key


def under(settings: Settings, *masters: str) -> Settings:
    """The same installation with these master keys, the current one first."""
    environ = {
        "DASAN_SECRETS__MASTER_KEY": masters[0],
        "DASAN_SECRETS__OTHER_MASTER_KEYS": "\n".join(masters[1:]),
        "DASAN_SECRETS__TOKEN_PEPPER": settings.token_pepper.decode(),
        "DASAN_SERVER__DATA_DIR": str(settings.server.data_dir),
        "DASAN_SERVER__PORT": str(settings.server.port),
        "DASAN_EUNGDAPSO__EMBEDDED": "false",
        "DASAN_EUNGDAPSO__URL": settings.eungdapso.url,
    }
    return load(environ=environ)


async def talk(settings: Settings, count: int, what: str = "수도가 안 나와요") -> list[Any]:
    pages = [await citizen(settings) for _ in range(count)]
    for n, page in enumerate(pages):
        await page.send("start", id=f"start-{n:06d}", text=f"{what} {n}")
        await page.until("ack")
    return pages


def words(app: App) -> list[str]:
    """Everything that citizens said, opened with the keys this server has."""
    reads = app.parts.store.reads
    said = [entry for state in app.hub.index.sessions() for entry in reads.entries(state.id)]
    return sorted(entry.body.decode() for entry in said if entry.body)


@BESIDE
async def test_a_master_key_is_changed_while_citizens_write_and_the_former_one_opens_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dasan.store.rekey.rewrap.__defaults__", ("", 2))  # two at a time: many steps
    former = settings.master_key.decode()
    async with serving(settings) as app:
        pages = await talk(settings, 5)
        before = words(app)
        await close(*pages)
    both = under(settings, NEW, former)
    async with serving(both) as app:
        monkeypatch.setattr(command, "read_settings", lambda config: both)
        changing = asyncio.create_task(aside(command.rekey))
        pages = await talk(both, 3, "불이 안 켜져요")  # and the service goes on
        await changing
        assert set(before) < set(words(app))
        assert set(admin.wrapped_under(both.database_url)) == {app.parts.store.masters()[0]}
        await close(*pages)
    assert "0 left" in capsys.readouterr().out
    async with serving(under(settings, NEW)) as app:
        assert set(before) < set(words(app))
    with pytest.raises(ConfigWrong, match="problem"):
        async with serving(settings):
            pass


async def test_a_change_of_keys_that_was_cut_short_is_harmless_and_goes_on(settings: Settings) -> None:
    former = settings.master_key.decode()
    async with serving(settings) as app:
        await close(*await talk(settings, 5))
        before = words(app)
    both = under(settings, NEW, former)
    async with serving(both) as app:  # two of five, and the command is killed
        store = app.parts.store
        from dasan.store import rekey

        done, after = await app.gate.call(lambda: rekey.rewrap(store.backend, store.keys.keyring, "", 2))
        assert (done, bool(after)) == (2, True)
        assert sorted(admin.wrapped_under(both.database_url).values()) == [2, 3]
        assert words(app) == before
    async with serving(both) as app:  # a restart in between: both kinds open
        assert words(app) == before
    assert admin.rotate(both.database_url, app.parts.store.keys.keyring) == 3  # without a server, and only the rest
    assert admin.verify(both.database_url) == []


async def test_a_server_that_knows_other_keys_than_the_settings_is_not_asked_to_mix_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    former = settings.master_key.decode()
    async with serving(settings):
        counselor, page, _, _ = await in_talk(settings)
        monkeypatch.setattr(command, "read_settings", lambda config: under(settings, NEW, former))
        with pytest.raises(Refused, match="Restart it"):
            await aside(command.rekey)
        monkeypatch.setattr(command, "read_settings", lambda config: under(settings, NEW))
        with pytest.raises(typer.Exit):
            await aside(command.rekey)
        assert "not in the settings" in capsys.readouterr().err
        await close(counselor, page)
