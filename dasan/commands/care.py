"""care: plans of care calls, through the running server. Names and numbers go to it alone, and are sealed there."""

from __future__ import annotations

import csv
import getpass
import json
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from dasan.commands.options import Config, Json, ask_server, fail, say

app = typer.Typer(help="안부 전화를 다룹니다 / Look after care calls.", no_args_is_help=True)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KOREAN_DAYS = "월화수목금토일"
COLUMNS = ("number", "name", "service", "days", "times", "language", "attempts", "gap_min", "silent_days")
NEEDED = COLUMNS[:5]
ROWS_MAX = 20_000
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
No = Annotated[int, typer.Argument(help="계획의 번호(list에 있음). Number of the plan, as in list.")]
By = Annotated[str, typer.Option(help="기록에 남길 이름. Name for the record.", show_default="account")]


class Service(StrEnum):
    """Senior assurance calls, or happy calls to foreign residents."""

    assurance = "assurance"
    happycall = "happycall"


class Wrong(ValueError):
    """What is wrong with one value, and of which column."""

    def __init__(self, column: str, korean: str, english: str) -> None:
        super().__init__(column)
        self.column, self.korean, self.english = column, korean, english


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="전화번호. Telephone number.")],
    name: Annotated[str, typer.Argument(help="이름. Name.")],
    config: Config = None,
    service: Annotated[Service, typer.Option(help="종류. Which calls.")] = Service.assurance,
    days: Annotated[str, typer.Option(help="요일, 예 mon,wed,fri 또는 월,수,금. Days.")] = "mon,wed,fri",
    times: Annotated[str, typer.Option(help="시각(서울), 예 10:00,15:30. Times in Seoul.")] = "10:00",
    language: Annotated[str, typer.Option(help="말: ko en zh ja vi mn. Language.")] = "ko",
    attempts: Annotated[int, typer.Option(help="한 번에 거는 횟수. Attempts each time.")] = 3,
    gap_min: Annotated[int, typer.Option(help="그 사이(분). Minutes between them.")] = 30,
    silent_days: Annotated[int, typer.Option(help="알리는 날수(0은 설정대로). Days of silence until an alert.")] = 0,
    by: By = "",
) -> None:
    """안부 전화를 시작합니다 / Begin care calls."""
    row = {
        "number": number, "name": name, "service": service.value, "days": days, "times": times,
        "language": language, "attempts": str(attempts), "gap_min": str(gap_min), "silent_days": str(silent_days),
    }  # fmt: skip
    try:
        done = ask_server(config, "care", act="add", by=by or getpass.getuser(), **asked_of(row))
    except Wrong as wrong:
        fail(f"{wrong.column}: {wrong.korean}", f"{wrong.column}: {wrong.english}", 2)
    say(f"{done['no']}번 계획을 만들었습니다. 첫 전화: {done['next']}", f"Plan {done['no']}; first call {done['next']}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV 파일(첫 줄은 열 이름). A CSV file; its first line names columns.")],
    config: Config = None,
    by: By = "",
) -> None:
    """여러 사람을 한꺼번에(이미 있는 번호는 그대로) / Many at once; a number that has a plan stays as it is.

    Columns: number, name, service, days, times; and language, attempts, gap_min, silent_days if you like. Nothing is
    added when any line is wrong.
    """
    from dasan.core.errors import BadInput, Refused

    rows = read_rows(file)
    who, added = by or getpass.getuser(), 0
    for line, row in rows:
        try:
            ask_server(config, "care", act="add", by=who, **row)
            added += 1
        except Refused as refused:
            if refused.code != "already_planned":
                raise
        except BadInput as wrong:
            column = str(wrong.args_.get("field", ""))
            fail(
                f"{line}번째 줄, {column}: 서버가 거절했습니다. 앞의 {added}건은 넣었습니다. 고쳐서 다시 하십시오.",
                f"Line {line}, {column}: the server did not take it. {added} before it were added; mend it, run again.",
            )
    say(f"새로 {added}건, 그대로 {len(rows) - added}건", f"{added} added, {len(rows) - added} unchanged.")


@app.command("list")
def list_(config: Config = None, as_json: Json = False) -> None:
    """계획 목록(찾아볼 분이 먼저) / Every plan; whom somebody must look after comes first."""
    for row in ask_server(config, "care", act="list")["plans"]:
        if as_json:
            typer.echo(json.dumps(row, ensure_ascii=False))
            continue
        alert = {"silent": "!! 응답 없음 silent", "help": "!! 도움 요청 asked for help", "": ""}[row["alert"]]
        when = f"{','.join(row['days'])} {','.join(row['times'])}"
        cells = (row["no"], row["service"], row["name"], row["number"], when, row["state"], row["last"] or "-", alert)
        typer.echo("\t".join(map(str, cells)).rstrip())


@app.command()
def show(no: No, config: Config = None, by: By = "") -> None:
    """한 사람의 계획(번호와 이름 포함, 기록에 남음) / One plan with number and name; it is put on record."""
    for key, value in ask_server(config, "care", act="show", no=no, by=by or getpass.getuser()).items():
        typer.echo(f"{key}\t{','.join(value) if isinstance(value, list) else value}")


@app.command()
def pause(no: No, config: Config = None, by: By = "") -> None:
    """쉽니다(입원, 여행 등) / Pause: she is away."""
    ask_server(config, "care", act="pause", no=no, by=by or getpass.getuser())
    say("쉽니다. 다시 걸려면: dasan care resume", "Paused; dasan care resume goes on.")


@app.command()
def resume(no: No, config: Config = None, by: By = "") -> None:
    """다시 겁니다 / Go on."""
    ask_server(config, "care", act="resume", no=no, by=by or getpass.getuser())
    say("다시 겁니다.", "Going on.")


@app.command()
def settle(
    no: No,
    found: Annotated[str, typer.Option(help="찾아보니 어떠했는지(봉인됨). What was found; it is sealed.")],
    config: Config = None,
    by: By = "",
) -> None:
    """찾아본 뒤 경보를 내립니다 / Somebody has looked after her: end the alert."""
    ask_server(config, "care", act="settle", no=no, found=found, by=by or getpass.getuser())
    say("경보를 내렸습니다.", "The alert is over.")


@app.command()
def end(
    no: No,
    config: Config = None,
    reason: Annotated[str, typer.Option(help="사유 코드: asked, moved, died 등. A code.")] = "asked",
    by: By = "",
) -> None:
    """그만 겁니다(번호와 이름은 지워짐) / End the calls; number and name are erased."""
    ask_server(config, "care", act="end", no=no, reason=reason, by=by or getpass.getuser())
    say("그만두었습니다. 번호와 이름을 지웠습니다.", "Ended; number and name are erased.")


# -- reading


def read_rows(file: Path) -> list[tuple[int, dict[str, Any]]]:
    """(line, what is asked) of every row. Ends the command naming line and column of what is wrong."""
    text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")
    reader = csv.DictReader(text.splitlines(), strict=True)
    unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if unknown or missing:
        _no_such_columns(unknown, missing)
    rows: list[tuple[int, dict[str, Any]]] = []
    try:
        for row in reader:
            if len(rows) >= ROWS_MAX:
                fail(f"한 번에 {ROWS_MAX}건까지입니다.", f"{ROWS_MAX} rows at once at most.", 2)
            rows.append((reader.line_num, asked_of({k: v or "" for k, v in row.items() if k is not None})))
    except Wrong as wrong:
        line = reader.line_num
        fail(f"{line}번째 줄, {wrong.column}: {wrong.korean}", f"Line {line}, {wrong.column}: {wrong.english}", 2)
    except csv.Error as error:
        fail(f"{reader.line_num}번째 줄을 읽을 수 없습니다: {error}", f"Line {reader.line_num} is no CSV: {error}", 2)
    return rows


def _no_such_columns(unknown: list[str], missing: list[str]) -> None:
    known = ", ".join(COLUMNS)
    if unknown:
        fail(
            f"모르는 열: {', '.join(unknown)}. 아는 열: {known}",
            f"Unknown columns: {', '.join(unknown)}. Known: {known}",
            2,
        )
    fail(f"없는 열: {', '.join(missing)}", f"Columns are missing: {', '.join(missing)}", 2)


def asked_of(row: dict[str, str]) -> dict[str, Any]:
    """What is asked of the server for one row of text values. Raises Wrong."""
    from dasan.core.address import e164

    number = e164(row["number"].strip())
    if not number:
        raise Wrong("number", "국내 번호는 지역번호나 010부터, 외국 번호는 +부터 씁니다", "write 010…, 02… or +…")
    if not row["name"].strip():
        raise Wrong("name", "이름이 없습니다", "there is no name")
    if row["service"] not in set(Service):
        raise Wrong("service", "assurance 또는 happycall", "assurance or happycall")
    return {
        "number": number,
        "name": row["name"].strip(),
        "service": row["service"],
        "days": _days(row["days"]),
        "times": _times(row["times"]),
        "language": row.get("language") or "ko",
        "attempts": _count(row, "attempts", 3, 1, 10),
        "gap_s": 60 * _count(row, "gap_min", 30, 1, 360),
        "silent_days": _count(row, "silent_days", 0, 0, 60),
    }


def _days(text: str) -> list[int]:
    found = []
    for part in text.replace(" ", "").lower().split(","):
        if part in DAYS:
            found.append(DAYS.index(part))
        elif len(part) == 1 and part in KOREAN_DAYS:
            found.append(KOREAN_DAYS.index(part))
        else:
            raise Wrong(
                "days", f"요일이 아닙니다: {part or '(없음)'}", f"no day: {part or '(empty)'}; write mon,wed,fri"
            )
    return found


def _times(text: str) -> list[int]:
    found = []
    for part in text.replace(" ", "").split(","):
        time = _TIME.fullmatch(part)
        if time is None:
            raise Wrong("times", f"시각이 아닙니다: {part or '(없음)'}", f"no time: {part or '(empty)'}; write 10:00")
        found.append(int(time[1]) * 60 + int(time[2]))
    return found


def _count(row: dict[str, str], column: str, usual: int, least: int, most: int) -> int:
    text = (row.get(column) or "").strip()
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise Wrong(column, f"{least}~{most}의 수로 씁니다: {text}", f"a number from {least} to {most}: {text}")
    return int(text)
