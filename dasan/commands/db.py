"""db: the schema's revision, online backup, restore and verification."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dasan.commands.options import Config, fail, read_settings, say

app = typer.Typer(help="자료 저장소를 돌봅니다 / Look after the database.", no_args_is_help=True)


@app.command()
def upgrade(
    config: Config = None, revision: Annotated[str, typer.Argument(help="목표 판. Target revision.")] = "head"
) -> None:
    """표를 새 판으로 올립니다 / Bring the schema to a newer revision."""
    from dasan.store import admin

    reached = admin.upgrade(read_settings(config).database_url, revision)
    say(f"지금 판: {reached}", f"Now at revision {reached}.")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="목표 판. Target revision.")], config: Config = None
) -> None:
    """표를 앞 판으로 내립니다 / Take the schema back to an older revision."""
    from dasan.store import admin

    reached = admin.downgrade(read_settings(config).database_url, revision)
    say(f"지금 판: {reached}", f"Now at revision {reached}.")


@app.command()
def current(config: Config = None) -> None:
    """지금 판과 이 프로그램의 판 / The revision there is and the one this program needs."""
    from dasan.store import admin

    present, needed = admin.current(read_settings(config).database_url)
    say(
        f"지금 판 {present or '없음'}, 필요한 판 {needed}",
        f"Revision {present or 'none'}; this program needs {needed}.",
    )
    if present != needed:
        raise typer.Exit(1)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="새 사본 파일. The new copy; must not exist.")], config: Config = None
) -> None:
    """서버가 도는 채로 사본을 만듭니다 / Copy the database while the server runs."""
    from dasan.store import admin

    if target.exists():
        fail(f"이미 있는 파일입니다: {target}", f"That file exists already: {target}")
    admin.backup(read_settings(config).database_url, target)
    say(f"사본을 만들고 확인했습니다: {target}", f"Copied and verified: {target}")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="사본 파일. The copy.", exists=True)], config: Config = None
) -> None:
    """사본을 되돌립니다(서버를 끈 뒤) / Put a copy back; the server must be stopped."""
    from dasan.store import admin

    admin.restore(read_settings(config).database_url, source)
    say("되돌렸습니다. `dasan db verify`로 확인하십시오.", "Restored. Check it with `dasan db verify`.")


@app.command()
def verify(config: Config = None) -> None:
    """일지를 다시 접어 상태와 맞는지 봅니다 / Fold the journal and compare it with the state."""
    from dasan.store import admin

    problems = admin.verify(read_settings(config).database_url)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        fail(f"맞지 않는 곳 {len(problems)}건", f"{len(problems)} place(s) do not agree.")
    say("일지와 상태가 맞습니다.", "The journal and the state agree.")
