"""Options that several commands share, and how a command ends."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from dasan.settings import Settings

PASSWORD_LEN_MIN = 10
PASSWORD_LEN_MAX = 256

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="설정 파일. The settings file.", show_default="dasan.toml")
]
Json = Annotated[bool, typer.Option("--json", help="기계가 읽는 모양으로. As JSON, one object a line.")]


class Role(StrEnum):
    """What an account may do."""

    counselor = "counselor"
    supervisor = "supervisor"
    admin = "admin"


def read_settings(config: Path | None, **flags: Any) -> Settings:
    """The settings of this call; flags are named ``section__key``. Raises ConfigWrong."""
    from dasan.settings import load

    return load(config, flags={name.replace("__", "."): value for name, value in flags.items()})


def say(korean: str, english: str) -> None:
    """One thing in both languages, Korean first."""
    typer.echo(korean)
    typer.echo(english)


def fail(korean: str, english: str, status: int = 1) -> NoReturn:
    """End the command with a sentence on standard error."""
    typer.echo(korean, err=True)
    typer.echo(english, err=True)
    raise typer.Exit(status)


def ask_server(config: Path | None, service: str, **asked: Any) -> dict[str, Any]:
    """What the running server answers to a wish of ``service`` (dasan/server/control.py); without one, the end."""
    settings = read_settings(config)
    from dasan.server import control

    told = control.ask(settings.server.data_dir, service, **asked)
    if told is None:
        fail("서버가 켜져 있어야 합니다: dasan serve", "This needs the running server: dasan serve")
    return told


def require_schema(settings: Settings) -> None:
    """Raises ConfigWrong when the database is not there or not of this program's revision, OutOfReach when away."""
    from dasan.core.errors import ConfigWrong
    from dasan.store import admin

    present, needed = admin.current(settings.database_url)
    if present != needed:
        raise ConfigWrong((admin.other_version(present),))


def require_secrets(settings: Settings) -> None:
    """Raises ConfigWrong when a key that seals, signs or files is not set."""
    from dasan.core.errors import ConfigWrong, Problem

    needed = {"secrets.master_key": settings.master_key, "secrets.token_pepper": settings.token_pepper}
    if settings.eungdapso.embedded:
        needed["eungdapso.api_key"] = settings.eungdapso_key.encode()
    missing = tuple(
        Problem(
            name,
            f"열쇠가 없습니다. `dasan init`으로 만들거나 {name}_file을 주십시오",
            f"is not set; make one with `dasan init`, or give {name}_file",
        )
        for name, value in needed.items()
        if not value
    )
    if missing:
        raise ConfigWrong(missing)
