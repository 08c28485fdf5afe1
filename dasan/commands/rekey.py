"""db newkey, db rekey: another master key, without stopping the service and without losing a word.

Three steps, each of which may be interrupted and done again: `newkey` makes the key and keeps the former one among
``secrets.other_master_keys``; a restart lets the server know both; `rekey` wraps every data key anew. Only then is the
former key of no more use, but for copies that were made under it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dasan.commands.options import Config, fail, read_settings, require_schema, require_secrets, say

if TYPE_CHECKING:
    from dasan.settings import Settings


def newkey(config: Config = None) -> None:
    """새 열쇠를 만들고 이전 것을 따로 둡니다 / Make a new master key and keep the former one beside it."""
    settings = read_settings(config)
    key, former = _files(settings)
    present = settings.master_key.decode()
    others = [k.decode() for k in settings.other_master_keys if k != settings.master_key]
    # The former key is on disk in its new place before its old place is written over.
    _replace(former, "".join(f"{one}\n" for one in [present, *others]))
    _replace(key, secrets.token_urlsafe(32) + "\n")
    say(
        f"새 열쇠: {key}. 이전 열쇠: {former}. 둘 다 다른 곳에도 보관하십시오.",
        f"The new key is {key}, the former one is in {former}. Keep copies of both in another place.",
    )
    say("서버를 다시 켠 뒤 `dasan db rekey`를 하십시오.", "Restart the server, then run `dasan db rekey`.")


def rekey(config: Config = None) -> None:
    """저장된 내용을 새 열쇠로 다시 잠급니다(멈췄다 다시 해도 됨) / Put all content under the present master key."""
    settings = read_settings(config)
    require_secrets(settings)
    require_schema(settings)
    from dasan.app.parts import keyring_of
    from dasan.store import admin

    names = keyring_of(settings).names
    under = admin.wrapped_under(settings.database_url)
    if lost := sum(count for name, count in under.items() if name not in names):
        fail(
            f"{lost}건은 설정에 없는 열쇠로 잠겨 있습니다. 그 열쇠를 secrets.other_master_keys에 더하십시오.",
            f"{lost} data key(s) are under a master key that is not in the settings; add it to other_master_keys.",
        )
    total = sum(under.values()) - under.get(names[0], 0)
    done = _through_the_server(settings, names, total)
    if done is None:
        done = admin.rotate(settings.database_url, keyring_of(settings))
    left = sum(count for name, count in admin.wrapped_under(settings.database_url).items() if name != names[0])
    say(f"{done}건을 다시 잠갔습니다. 남은 것 {left}건.", f"{done} data key(s) wrapped anew, {left} left.")
    if left:
        fail(
            "이전 열쇠로 도는 서버가 있습니다. 모두 다시 켠 뒤 다시 하십시오.",
            "Some server still runs with a former key. Restart them all, then run this again.",
        )
    if settings.other_master_keys:
        say(
            "이전 열쇠는 그 열쇠로 만든 백업에만 필요합니다. 설정에서는 빼도 됩니다.",
            "The former keys are only needed for backups made under them; they may leave the settings.",
        )


def _through_the_server(settings: Settings, names: tuple[str, ...], total: int) -> int | None:
    """Step by step, so that the writer serves citizens between two; how many, or None when no server runs."""
    from dasan.server import control

    done, after = 0, ""
    while True:
        step = control.ask(settings.server.data_dir, "rekey", masters=names, after=after)
        if step is None:
            if done:
                fail(
                    f"서버가 멈췄습니다. {done}건까지 했습니다. 다시 하면 이어서 합니다.",
                    f"The server has gone away after {done}. Run this again to go on.",
                )
            return None
        done, after = done + int(step["done"]), str(step["after"])
        if not after:
            return done
        typer.echo(f"{done}/{total}", err=True)


def _files(settings: Settings) -> tuple[Path, Path]:
    """Where the key and the former ones lie; ends the command when that is not in files."""
    key, former = settings.secrets.master_key_file, settings.secrets.other_master_keys_file
    if key is None or key.read_text("utf-8").strip() != settings.master_key.decode():
        fail(
            "열쇠가 파일에 있지 않습니다. 새 열쇠를 secrets.master_key에, 이전 열쇠를 other_master_keys에 주십시오.",
            "The key does not come from a file: give a new one as secrets.master_key, the former in other_master_keys.",
        )
    if former is None:
        beside = key.with_name("other_master_keys")
        fail(
            f"먼저 빈 파일 {beside}을 만들고 [secrets]에 other_master_keys_file을 적으십시오.",
            f"First make an empty file {beside} and name it as other_master_keys_file in [secrets].",
        )
    return key, former


def _replace(file: Path, text: str) -> None:
    """Whole or not at all, private from the first byte, and on disk when this returns."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
