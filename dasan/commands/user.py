"""user: who may sign in at the desk. A password is typed unseen or read from standard input, never given as a flag."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dasan.commands.options import (
    PASSWORD_LEN_MAX,
    PASSWORD_LEN_MIN,
    Config,
    Role,
    fail,
    read_settings,
    require_schema,
    say,
)

app = typer.Typer(help="상담사 계정을 다룹니다 / Look after counselors' accounts.", no_args_is_help=True)


Name = Annotated[str, typer.Argument(help="로그인 이름. Sign-in name.")]
Phone = Annotated[
    str,
    typer.Option(
        "--phone",
        help="울릴 전화: client:, sip:, app:, +82... The telephone that rings, if not the centre's own.",
    ),
]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="표준 입력에서 비밀번호를 읽습니다. Read it from stdin.")]


def ask_password(from_stdin: bool) -> str:
    """A password of acceptable length, typed twice or read as the first line of standard input."""
    if from_stdin:
        password = sys.stdin.readline(PASSWORD_LEN_MAX + 2).rstrip("\r\n")
    else:
        password = typer.prompt("비밀번호 / Password", hide_input=True, confirmation_prompt=True)
    if not PASSWORD_LEN_MIN <= len(password) <= PASSWORD_LEN_MAX:
        fail(
            f"비밀번호는 {PASSWORD_LEN_MIN}자에서 {PASSWORD_LEN_MAX}자여야 합니다.",
            f"A password has {PASSWORD_LEN_MIN} to {PASSWORD_LEN_MAX} characters.",
        )
    return password


@app.command("list")
def list_users(config: Config = None) -> None:
    """계정 목록 / Every account."""
    from dasan.store.engine import reading
    from dasan.store.people import SqlPeople

    settings = read_settings(config)
    require_schema(settings)
    opened = reading(settings.database_url)
    try:
        for account in SqlPeople(opened).accounts():
            state = "중지 disabled" if account.disabled else ""
            row = (account.number, account.name, account.shown, ",".join(account.roles), state)
            typer.echo("\t".join(map(str, row)).rstrip())
    finally:
        opened.close()


@app.command()
def add(
    name: Name,
    config: Config = None,
    shown: Annotated[str, typer.Option(help="시민에게 보이는 이름. How citizens read it.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="역할. Roles.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help="능력:숙련도, 예 water:3. Skill and proficiency.")] = None,
    phone: Phone = "",
    password_stdin: Stdin = False,
) -> None:
    """계정을 만듭니다 / Add an account."""
    from dasan.commands import accounts

    settings = read_settings(config)
    accounts.check_name(name)
    skills = dict(_skill(text) for text in skill or [])
    accounts.check_skills(skills, settings.policy.skills)
    accounts.check_phone(phone)
    roles = tuple(role or [Role.counselor])
    password = ask_password(password_stdin)
    row = accounts.Row(name=name, password=password, display=shown[:40], roles=roles, skills=skills, phone=phone)
    accounts.add(settings, row)
    say(f"{name} 계정을 만들었습니다.", f"Added {name}.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSONL 파일, 표준 입력은 -. A JSONL file; - for standard input.")],
    config: Config = None,
) -> None:
    """여러 계정을 만듭니다(있는 이름은 그대로) / Add many accounts; names that exist stay as they are."""
    from dasan.commands import accounts

    settings = read_settings(config)
    rows = accounts.read_rows(accounts.read_file(file), settings.policy.skills)
    added = sum(accounts.add(settings, row, keep=True) for row in rows)
    say(f"새로 {added}명, 그대로 {len(rows) - added}명", f"{added} added, {len(rows) - added} unchanged.")


def _skill(text: str) -> tuple[str, int]:
    code, _, level = text.partition(":")
    if level not in {"", "1", "2", "3", "4", "5"}:
        fail(f"숙련도는 1에서 5입니다: {text}", f"A proficiency is 1 to 5: {text}", 2)
    return code, int(level or 3)


@app.command()
def disable(name: Name, config: Config = None) -> None:
    """계정을 멈추고 접속을 끊습니다 / Disable an account and end its sign-ins."""
    _change(config, "disable", name)
    say(f"{name} 계정을 멈췄습니다.", f"Disabled {name}.")


@app.command()
def enable(name: Name, config: Config = None) -> None:
    """멈춘 계정을 다시 씁니다 / Enable an account again."""
    _change(config, "enable", name)
    say(f"{name} 계정을 다시 씁니다.", f"Enabled {name}.")


@app.command()
def password(name: Name, config: Config = None, password_stdin: Stdin = False) -> None:
    """비밀번호를 바꾸고 접속을 끊습니다 / Change a password and end its sign-ins."""
    from dasan.server import passwords

    _change(config, "password", name, password=passwords.hashed(ask_password(password_stdin)))
    say("비밀번호를 바꿨습니다.", "The password was changed.")


@app.command()
def phone(
    name: Name,
    number: Annotated[str, typer.Argument(help="client:, sip:, app:, +82... 없으면 None: the centre's.")] = "",
    config: Config = None,
) -> None:
    """울릴 전화를 바꿉니다 / Set which telephone rings."""
    from dasan.commands import accounts

    accounts.check_phone(number)
    _change(config, "phone", name, phone=number)
    say(f"{name}: {number or '센터가 정한 전화'}", f"{name}: {number or 'the telephone of the centre'}")


@app.command()
def unlock(name: Name, config: Config = None) -> None:
    """잠긴 계정을 풉니다 / Lift a lock-out."""
    _change(config, "unlock", name)
    say(f"{name} 계정의 잠금을 풀었습니다.", f"Unlocked {name}.")


@app.command()
def roles(name: Name, role: Annotated[list[Role], typer.Argument(help="역할. Roles.")], config: Config = None) -> None:
    """역할을 바꿉니다 / Set the roles of an account."""
    _change(config, "roles", name, roles=[each.value for each in role])
    say(f"{name}: {', '.join(role)}", f"The roles of {name} were set.")


def _change(config: Path | None, act: str, name: str, **asked: Any) -> None:
    from dasan.commands import accounts

    accounts.change(read_settings(config), act, name, **asked)
