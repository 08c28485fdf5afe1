"""user: who may sign in at the desk. A password is typed unseen or read from standard input, never given as a flag."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dasan.commands.options import PASSWORD_LEN_MAX, PASSWORD_LEN_MIN, Config, fail, read_settings, say

if TYPE_CHECKING:
    from dasan.store.people import People

app = typer.Typer(help="상담사 계정을 다룹니다 / Look after counselors' accounts.", no_args_is_help=True)

IMPORT_CHARS_MAX = 4_000_000


class Role(StrEnum):
    """What an account may do."""

    counselor = "counselor"
    supervisor = "supervisor"
    admin = "admin"


Name = Annotated[str, typer.Argument(help="로그인 이름. Sign-in name.")]
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


@contextmanager
def people_of(config: Path | None) -> Iterator[People]:
    """The accounts of this installation, whether its server runs or not."""
    from dasan.store.engine import backend
    from dasan.store.people import SqlPeople

    opened = backend(read_settings(config).database_url, lock=False)
    try:
        yield SqlPeople(opened)
    finally:
        opened.close()


@app.command("list")
def list_users(config: Config = None) -> None:
    """계정 목록 / Every account."""
    with people_of(config) as people:
        for account in people.accounts():
            state = "중지 disabled" if account.disabled else ""
            row = (account.number, account.name, account.shown, ",".join(account.roles), state)
            typer.echo("\t".join(map(str, row)).rstrip())


@app.command()
def add(
    name: Name,
    config: Config = None,
    shown: Annotated[str, typer.Option(help="시민에게 보이는 이름. How citizens read it.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="역할. Roles.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help="능력:숙련도, 예 water:3. Skill and proficiency.")] = None,
    password_stdin: Stdin = False,
) -> None:
    """계정을 만듭니다 / Add an account."""
    from dasan.commands import accounts

    chosen = [each.value for each in role or [Role.counselor]]
    skills = dict(_skill(text) for text in skill or [])
    known = read_settings(config).policy.skills
    password = ask_password(password_stdin)
    with people_of(config) as people:
        accounts.add(people, name, password, shown=shown, roles=chosen, skills=skills, known_skills=known)
    say(f"{name} 계정을 만들었습니다.", f"Added {name}.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSONL 파일, 표준 입력은 -. A JSONL file; - for standard input.")],
    config: Config = None,
) -> None:
    """여러 계정을 만듭니다(있는 이름은 그대로) / Add many accounts; names that exist stay as they are."""
    from dasan.commands import accounts

    text = sys.stdin.read(IMPORT_CHARS_MAX) if str(file) == "-" else file.read_text("utf-8")
    known = read_settings(config).policy.skills
    rows = accounts.read_rows(text, known)
    with people_of(config) as people:
        added = [row for row in rows if accounts.add_new(people, row)]
    say(
        f"새로 {len(added)}명, 그대로 {len(rows) - len(added)}명",
        f"{len(added)} added, {len(rows) - len(added)} unchanged.",
    )


def _skill(text: str) -> tuple[str, int]:
    code, _, level = text.partition(":")
    if level not in {"", "1", "2", "3", "4", "5"}:
        fail(f"숙련도는 1에서 5입니다: {text}", f"A proficiency is 1 to 5: {text}", 2)
    return code, int(level or 3)


@app.command()
def disable(name: Name, config: Config = None) -> None:
    """계정을 멈추고 접속을 끊습니다 / Disable an account and end its sign-ins."""
    from dasan.commands import accounts

    with people_of(config) as people:
        accounts.disable(people, name)
    say(f"{name} 계정을 멈췄습니다.", f"Disabled {name}.")


@app.command()
def enable(name: Name, config: Config = None) -> None:
    """멈춘 계정을 다시 씁니다 / Enable an account again."""
    from dasan.commands import accounts

    with people_of(config) as people:
        accounts.enable(people, name)
    say(f"{name} 계정을 다시 씁니다.", f"Enabled {name}.")


@app.command()
def password(name: Name, config: Config = None, password_stdin: Stdin = False) -> None:
    """비밀번호를 바꾸고 접속을 끊습니다 / Change a password and end its sign-ins."""
    from dasan.commands import accounts

    fresh = ask_password(password_stdin)
    with people_of(config) as people:
        accounts.set_password(people, name, fresh)
    say("비밀번호를 바꿨습니다.", "The password was changed.")


@app.command()
def unlock(name: Name, config: Config = None) -> None:
    """잠긴 계정을 풉니다 / Lift a lock-out."""
    from dasan.commands import accounts

    with people_of(config) as people:
        accounts.unlock(people, name)
    say(f"{name} 계정의 잠금을 풀었습니다.", f"Unlocked {name}.")


@app.command()
def roles(name: Name, role: Annotated[list[Role], typer.Argument(help="역할. Roles.")], config: Config = None) -> None:
    """역할을 바꿉니다 / Set the roles of an account."""
    from dasan.commands import accounts

    with people_of(config) as people:
        accounts.set_roles(people, name, [each.value for each in role])
    say(f"{name}: {', '.join(role)}", f"The roles of {name} were set.")
