"""What `dasan user` and `dasan init` ask to be done to accounts: of the running server, or here when none runs.

The server's one writer carries it out (dasan/server/accounts.py), learns new names and skills and closes the consoles
of an account whose sign-ins end. A password is hashed here and travels in that form only.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dasan.commands.options import PASSWORD_LEN_MAX, PASSWORD_LEN_MIN, Role, fail, require_schema
from dasan.core.errors import BadInput, sentence
from dasan.core.ids import COUNSELOR, make
from dasan.server import accounts, control, passwords, phones
from dasan.settings import Settings
from dasan.settings.problems import WORDS, trouble
from dasan.store.engine import backend
from dasan.store.people import SqlPeople

FAULTS_SHOWN = 20
IMPORT_CHARS_MAX = 4_000_000


def change(settings: Settings, act: str, name: str, **asked: Any) -> dict[str, Any]:
    """Do ``act`` (dasan.server.accounts.ACTS) to an account. Raises Refused, BadInput, ConfigWrong."""
    wish = {"act": act, "name": name, **asked}
    done = control.ask(settings.server.data_dir, "account", **wish)
    if done is not None:
        return done
    require_schema(settings)
    opened = backend(settings.database_url)
    try:
        return accounts.act(SqlPeople(opened), wish, now_us())
    finally:
        opened.close()


def add(settings: Settings, row: Row, *, keep: bool = False) -> bool:
    """A new account; whether it was made (``keep``: one of that name stays as it is)."""
    made = change(
        settings,
        "add",
        row.name,
        id=make(COUNSELOR, now_us(), secrets.randbits(80)),
        password=passwords.hashed(row.password),
        shown=row.display,
        roles=row.roles,
        skills=row.skills,
        phone=row.phone,
        keep=keep,
    )
    return bool(made["done"])


class Row(BaseModel):
    """A new account, as a line of `dasan user import` has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=rf"^{accounts.NAME.pattern}$")
    password: str = Field(min_length=PASSWORD_LEN_MIN, max_length=PASSWORD_LEN_MAX, repr=False)
    display: str = Field(default="", max_length=40)
    roles: tuple[Role, ...] = Field(default=(Role.counselor,), min_length=1)
    skills: dict[str, Annotated[int, Field(ge=1, le=5)]] = {}
    phone: str = Field(default="", max_length=200)


def read_rows(text: str, known_skills: Collection[str]) -> list[Row]:
    """The rows of a JSONL text; ends the command, naming every faulty line, before anything is written."""
    rows, faults = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = Row.model_validate_json(line)
        except ValidationError as error:
            faults += [f"{number}: {_said(fault)}" for fault in error.errors()]
            continue
        faults += [f"{number}: phone: {fault}" for fault in _phone_faults(row.phone)]
        faults += [f"{number}: skills.{c}: 없는 능력 / unknown skill" for c in row.skills if c not in known_skills]
        rows.append(row)
    if faults:
        more = [f"… +{len(faults) - FAULTS_SHOWN}"] if len(faults) > FAULTS_SHOWN else []
        listed = "\n  ".join(faults[:FAULTS_SHOWN] + more)
        fail(f"아무도 넣지 않았습니다. 고칠 줄:\n  {listed}", "Nobody was added; mend these lines.")
    return rows


def _said(fault: Any) -> str:
    """A fault of a line: its field, what is wrong in Korean and English."""
    pair = WORDS.get(fault["type"], (fault["msg"], fault["msg"]))
    korean, english = (words.format_map(fault.get("ctx") or {}) for words in pair)
    where = ".".join(map(str, fault["loc"]))
    return f"{where + ': ' if where else ''}{korean} / {english}"


def read_file(file: Path) -> str:
    """The text of an import ("-": standard input); ends the command when it cannot be had."""
    try:
        return sys.stdin.read(IMPORT_CHARS_MAX) if str(file) == "-" else file.read_text("utf-8-sig")
    except OSError as error:
        korean, english = trouble(error)
        fail(f"{file}: {korean}.", f"{file} {english}.")
    except UnicodeDecodeError:
        fail(f"{file}: UTF-8로 저장해야 합니다.", f"{file} must be saved as UTF-8.")


def check_name(name: str) -> None:
    """Raises BadInput for what cannot name an account."""
    if not accounts.NAME.fullmatch(name):
        raise BadInput("bad_name", name=name)


def check_phone(phone: str) -> None:
    """Raises BadInput for what no network could ring."""
    phones.checked(phone)


def _phone_faults(phone: str) -> Iterator[str]:
    try:
        phones.checked(phone)
    except BadInput as bad:
        yield f"{sentence(bad.code, 'ko')} / {sentence(bad.code, 'en')}"


def check_skills(skills: Collection[str], known: Collection[str]) -> None:
    """Ends the command for a skill that no queue knows."""
    unknown = ", ".join(sorted(set(skills) - set(known)))
    if unknown:
        there = ", ".join(sorted(known))
        fail(f"없는 능력: {unknown}. 있는 능력: {there}", f"Unknown skill: {unknown}. Known: {there}", 2)


def now_us() -> int:
    """UTC microseconds; the command line is an edge."""
    return time.time_ns() // 1_000
