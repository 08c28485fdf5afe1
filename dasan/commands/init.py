"""init: a new installation in one folder, complete and safe: configuration, keys, data, first admin, service unit.

Overwrites nothing: when any of its files is already there it stops before it writes the first one.
"""

from __future__ import annotations

import getpass
import os
import secrets
import sys
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from dasan.commands.options import Role, fail, say
from dasan.commands.user import Stdin, ask_password

PORT_MAX = 65_535
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
KEY_FILES = ("master_key", "token_pepper", "eungdapso_api_key", "eungdapso_staff")
FORMER_KEYS = "other_master_keys"  # empty until `dasan db newkey`
# Why each line stands there is in docs/operations.md, "서비스 파일 / The service unit".
UNIT = """[Unit]
Description=120 Dasan Call Center
Documentation={docs}
After=network-online.target postgresql.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
User={user}
WorkingDirectory={folder}
ExecStart={python} -m dasan serve --config {config}
Restart=always
RestartSec=2
KillMode=mixed
TimeoutStopSec=30
LimitNOFILE=65536
LimitCORE=0
UMask=0077
# 1024보다 작은 포트를 직접 쓰려면 두 줄에 CAP_NET_BIND_SERVICE를 적습니다. For a port below 1024 name it in both.
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=true
PrivateTmp=true
PrivateDevices=true
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={data}
ProtectClock=true
ProtectControlGroups=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectProc=invisible
LockPersonality=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
"""
HEAD = """# 120다산콜센터 설정. 모든 이름과 뜻은 `dasan config sample`과 docs/config.md에 있습니다.
# Settings of this installation; every name stands in `dasan config sample` and docs/config.md.

[server]
# 이 컴퓨터에서만 닿습니다. 밖에 열려면 certificate나 trusted_proxies가 필요합니다.
# Only this machine reaches it; to open it, set certificate or trusted_proxies.
host = "127.0.0.1"
port = {port}
#public_url = "https://120.example.go.kr"
data_dir = "data"

[secrets]
# 이 파일들을 자료와 다른 곳에도 보관하십시오. 없으면 저장된 내용을 아무도 열 수 없습니다.
# Keep copies of these files apart from the data: without them nobody can open what is stored.
master_key_file = "secrets/master_key"
other_master_keys_file = "secrets/other_master_keys"
token_pepper_file = "secrets/token_pepper"

[eungdapso]
port = {desk_port}
api_key_file = "secrets/eungdapso_api_key"
# 한 줄에 한 사람, 이름:열쇠. One person a line, name:key.
staff_keys_file = "secrets/eungdapso_staff"
"""


def init(
    folder: Annotated[Path, typer.Argument(help="설치할 폴더. Folder of the installation.")] = Path(),
    admin: Annotated[str, typer.Option(help="첫 관리자 이름. Name of the first admin.")] = "admin",
    port: Annotated[int, typer.Option(help="기다리는 포트. Port.", min=1, max=PORT_MAX)] = 8120,
    generate_password: Annotated[
        bool, typer.Option("--generate-password", help="비밀번호를 만들어 한 번 보여 줍니다. Make one, show it once.")
    ] = False,
    password_stdin: Stdin = False,
    people: Annotated[
        Path | None,
        typer.Option(help="함께 만들 계정, user import의 JSONL(-는 표준 입력). Accounts to add as well."),
    ] = None,
) -> None:
    """새로 설치합니다: 설정, 열쇠, 첫 관리자, 서비스 파일 / Set up a new installation."""
    from dasan.commands import accounts
    from dasan.core.policy import Policy
    from dasan.settings import load
    from dasan.store import admin as database

    folder = folder.resolve()
    refuse_to_overwrite(folder)
    accounts.check_name(admin)
    # The password is the first line of a standard input that holds both.
    password = secrets.token_urlsafe(12) if generate_password else ask_password(password_stdin)
    rows = accounts.read_rows(accounts.read_file(people), Policy().skills) if people is not None else []
    config = write_files(folder, port)
    settings = load(config)
    database.upgrade(settings.database_url)
    for row in (accounts.Row(name=admin, password=password, roles=tuple(Role)), *rows):
        accounts.add(settings, row, keep=row.name != admin)
    say(f"설치했습니다: {folder}", f"Installed in {folder}")
    if generate_password:
        typer.echo(f"{admin} 비밀번호(다시 보이지 않습니다) / password, shown only now: {password}")
    if os.geteuid() == 0:
        say(
            "root로 설치했습니다. 따로 만든 사용자에게 이 폴더를 주고 dasan.service의 User에 적으십시오.",
            "Installed as root: give the folder to a user of its own and name that user in dasan.service (User=).",
        )
    say(
        f"서버 켜기: dasan serve --config {quote(str(config))}   점검: dasan check --config {quote(str(config))}",
        f"systemd: sudo cp {quote(str(folder / 'dasan.service'))} /etc/systemd/system/"
        " && sudo systemctl enable --now dasan",
    )


def _files(folder: Path) -> list[Path]:
    return [
        folder / "dasan.toml",
        folder / "dasan.service",
        *(folder / "secrets" / name for name in (*KEY_FILES, FORMER_KEYS)),
    ]


def refuse_to_overwrite(folder: Path) -> None:
    """Ends the command with a sentence when anything of an installation is already there."""
    there = [path for path in (*_files(folder), folder / "data" / "dasan.sqlite3") if path.exists()]
    if there:
        names = ", ".join(str(path) for path in there)
        fail(
            f"이미 설치되어 있습니다. 아무것도 바꾸지 않았습니다: {names}",
            f"There is an installation here already; nothing was changed: {names}",
        )


def write_files(folder: Path, port: int) -> Path:
    """Write keys, data folder, settings and service unit; returns the settings file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("secrets", "data"):
        (folder / name).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    write_new(folder / "secrets" / FORMER_KEYS, "", PRIVATE_FILE)
    for name in KEY_FILES:
        who = "staff:" if name == "eungdapso_staff" else ""
        write_new(folder / "secrets" / name, f"{who}{secrets.token_urlsafe(32)}\n", PRIVATE_FILE)
    config = folder / "dasan.toml"
    write_new(config, HEAD.format(port=port, desk_port=port + 1 if port < PORT_MAX else port - 1), 0o644)
    docs = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
    unit = UNIT.format(
        docs=docs.as_uri().replace("%", "%%"),
        user=getpass.getuser(),
        folder=str(folder).replace("%", "%%"),  # this one line is taken to its end, spaces and all
        python=unit_word(sys.executable),
        config=unit_word(config),
        data=unit_word(folder / "data"),
    )
    write_new(folder / "dasan.service", unit, 0o644)
    return config


def unit_word(path: Path | str) -> str:
    """A path as one word of a systemd line, whatever stands in it (systemd.syntax(7), systemd.service(5))."""
    word = str(path).replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{word}"' if set(word) & set(" \"';\\") else word


def write_new(path: Path, text: str, mode: int) -> None:
    """Write a file that must not exist, with its permissions from the first byte, and on disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
