"""db: the schema's revision, online backup, restore and verification."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dasan.commands.options import Config, fail, read_settings, say

if TYPE_CHECKING:
    from dasan.settings import Settings

# Names inside a backup.
BROKER, MEDIA = "dasan.copy", "eungdapso.media"

app = typer.Typer(help="자료 저장소를 돌봅니다 / Look after the database.", no_args_is_help=True)


@app.command()
def upgrade(
    config: Config = None, revision: Annotated[str, typer.Argument(help="목표 판. Target revision.")] = "head"
) -> None:
    """표를 새 판으로 올립니다(응답소의 것도) / Bring the schema, and the ticket desk's, to a newer revision."""
    from dasan.eungdapso.desk import store as desk
    from dasan.store import admin

    settings = read_settings(config)
    reached = admin.upgrade(settings.database_url, revision)
    say(f"지금 판: {reached}", f"Now at revision {reached}.")
    if settings.eungdapso_path.exists():
        desk.Store(settings.eungdapso_path).close()
        say(f"응답소: {desk.VERSION}", f"Ticket desk: {desk.VERSION}.")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="목표 판. Target revision.")] = "",
    config: Config = None,
    version: Annotated[int, typer.Option("--desk", help="응답소의 목표 판. Target of the ticket desk.")] = 0,
    empty: Annotated[bool, typer.Option("--empty", help="base로 모두 지웁니다. Let base delete everything.")] = False,
) -> None:
    """표를 앞 판으로 내립니다 / Take the schema (and with --desk the ticket desk's) back to an older revision."""
    from dasan.eungdapso.desk import store as desk
    from dasan.store import admin

    if not revision and not version:
        fail(
            "되돌릴 판을 적으십시오. 옛 프로그램의 `dasan db current`가 말해 줍니다.",
            "Name a revision; `dasan db current` of the older program tells it.",
            2,
        )
    settings = read_settings(config)
    if revision == "base" and not empty:
        fail(
            "base로 내리면 모든 상담 기록이 지워집니다. 정말 그렇다면 --empty를 더하십시오.",
            "Going back to base deletes everything that is stored. If that is what you want, add --empty.",
            2,
        )
    if revision:
        reached = admin.downgrade(settings.database_url, revision)
        say(f"지금 판: {reached or '없음'}", f"Now at revision {reached or 'none'}.")
    if version and settings.eungdapso_path.exists():
        lowered = desk.lower(settings.eungdapso_path, version)
        say(f"응답소: {lowered}", f"Ticket desk: {lowered}.")


@app.command()
def current(config: Config = None) -> None:
    """지금 판과 이 프로그램의 판 / The revisions there are and those this program needs."""
    from dasan.eungdapso.desk import store as desk
    from dasan.store import admin

    settings = read_settings(config)
    present, needed = admin.current(settings.database_url)
    say(
        f"지금 판 {present or '없음'}, 필요한 판 {needed}",
        f"Revision {present or 'none'}; this program needs {needed}.",
    )
    there = desk.version_of(settings.eungdapso_path) or desk.VERSION  # one that is not there is made as it should be
    say(f"응답소 {there}, 필요한 판 {desk.VERSION}", f"Ticket desk {there}; this program needs {desk.VERSION}.")
    if (present, there) != (needed, desk.VERSION):
        raise typer.Exit(1)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="새 폴더. A new folder; must not exist.")], config: Config = None
) -> None:
    """서버가 도는 채로 모두 복사합니다(열쇠는 빼고) / Copy everything but the keys while the server runs."""
    from dasan.store import admin

    settings = read_settings(config)
    if folder.exists():
        fail(f"이미 있습니다: {folder}", f"That exists already: {folder}")
    folder.mkdir(mode=0o700, parents=True)
    admin.backup(settings.database_url, folder / BROKER, settings.blobs_dir if settings.blobs_dir.is_dir() else None)
    for name, file in _beside(settings).items():
        if file.exists():
            admin.backup(f"sqlite:///{file}", folder / name)
    if (media := _media(settings)).is_dir():
        shutil.copytree(media, folder / MEDIA)
    say(
        f"복사하고 확인했습니다: {folder}. 열쇠(secrets)는 다른 곳에 따로 보관하십시오.",
        f"Copied and checked: {folder}. Keep the keys (secrets) in another place.",
    )


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="사본 폴더. The copy.", exists=True, file_okay=False)],
    config: Config = None,
) -> None:
    """사본을 되돌립니다(서버를 끈 뒤) / Put a copy back; the server must be stopped."""
    from dasan.store import admin

    settings = read_settings(config)
    if not (folder / BROKER).is_file():
        fail(
            f"`dasan db backup`이 만든 폴더가 아닙니다: {folder}", f"Not a folder that `dasan db backup` made: {folder}"
        )
    admin.restore(settings.database_url, folder / BROKER, settings.blobs_dir)
    for name, file in _beside(settings).items():
        if (folder / name).exists():
            admin.restore(f"sqlite:///{file}", folder / name)
    if (folder / MEDIA).is_dir():
        shutil.copytree(folder / MEDIA, _media(settings), dirs_exist_ok=True)
    say("되돌렸습니다. `dasan db verify`로 확인하십시오.", "Restored. Check it with `dasan db verify`.")


def _beside(settings: Settings) -> dict[str, Path]:
    """The databases of the ticket desk and the articles: name in a backup -> file here."""
    return {
        "eungdapso.sqlite3": settings.eungdapso_path,
        "articles.sqlite3": settings.knowledge_dir / "articles.sqlite3",
    }


def _media(settings: Settings) -> Path:
    return settings.eungdapso_path.with_name(settings.eungdapso_path.name + ".media")


@app.command()
def verify(config: Config = None) -> None:
    """일지를 다시 접어 상태와 불변식에 맞는지 봅니다 / Fold the journal; compare it with states and invariants."""
    from dasan.sim.audit import audit
    from dasan.sim.promises import SENTENCES
    from dasan.store import admin, proof

    settings = read_settings(config)
    problems = admin.verify(settings.database_url)
    walked = audit(proof.events(settings.database_url), settings.build_policy()) if not problems else None
    if walked is not None:
        problems = [f"{name}: {SENTENCES[name]} {stream}: {what}" for name, stream, what in walked.wrong]
    for problem in problems:
        typer.echo(problem, err=True)
    if problems or walked is None:
        fail(f"맞지 않는 곳 {len(problems)}건", f"{len(problems)} place(s) do not agree.")
    names, times = sum(n > 0 for n in walked.checked.values()), sum(walked.checked.values())
    say(
        f"일지와 상태가 맞고, 불변식 {names}가지를 {times:,}번 보아 어긋난 곳이 없습니다.",
        f"The journal and the state agree; {names} invariants looked at {times:,} times, none broken.",
    )
