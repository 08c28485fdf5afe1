"""`dasan care` and `dasan conduct` as an operator types them, on a running server; a faulty file named to the cell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from dasan.commands import care, conduct
from dasan.core import commands as c
from dasan.core.errors import BadInput, Refused
from dasan.server import conduct as ledger
from dasan.server import control
from tests.broker.caller import keyed
from tests.broker.stage import Stage
from tests.broker.test_conduct import struck
from tests.server.test_centre import serving, settings

__all__ = ["settings"]
HEAD = "number,name,service,days,times,language,attempts,gap_min,silent_days\n"
GOOD = '010-3333-4444,김순자,assurance,"mon,wed,fri",10:00,,,,\n'


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plans.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read_with_days_in_korean_or_english(tmp_path: Path) -> None:
    text = HEAD + GOOD + '02-731-2120,Trần Thị,happycall,"월, 목","09:30,15:00",vi,2,45,5\n'
    (one, first), (two, second) = care.read_rows(file(tmp_path, text))
    assert (one, two) == (2, 3)
    assert first == {
        "number": "+821033334444", "name": "김순자", "service": "assurance", "days": [0, 2, 4], "times": [600],
        "language": "ko", "attempts": 3, "gap_s": 1800, "silent_days": 0,
    }  # fmt: skip
    assert (second["days"], second["times"], second["gap_s"]) == ([0, 3], [570, 900], 2700)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("12,김,assurance,mon,10:00,,,,\n", "number"),
        ("01033334444,,assurance,mon,10:00,,,,\n", "name"),
        ("01033334444,김,daily,mon,10:00,,,,\n", "service"),
        ("01033334444,김,assurance,someday,10:00,,,,\n", "days"),
        ("01033334444,김,assurance,,10:00,,,,\n", "days"),
        ("01033334444,김,assurance,mon,25:00,,,,\n", "times"),
        ("01033334444,김,assurance,mon,10:00,,many,,\n", "attempts"),
        ("01033334444,김,assurance,mon,10:00,,,0,\n", "gap_min"),
        ("01033334444,김,assurance,mon,10:00,,,,99\n", "silent_days"),
    ],
)
def test_a_faulty_cell_is_named_by_line_and_column_in_both_languages(
    tmp_path: Path, line: str, column: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        care.read_rows(file(tmp_path, HEAD + GOOD + line))
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(f"3번째 줄, {column}: ")
    assert said[1].startswith(f"Line 3, {column}: ")


@pytest.mark.parametrize(
    ("text", "said"), [("number,name,phone\n", "phone"), ("number,name\n", "service"), (HEAD + '"a\n', "Line")]
)
def test_a_file_without_its_columns_or_that_is_none_is_refused(
    tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        care.read_rows(file(tmp_path, text))
    assert said in capsys.readouterr().err


async def aside(call: Callable[..., Any], *args: Any, **asked: Any) -> Any:
    """The command line is another process; here it is another thread."""
    return await asyncio.to_thread(call, *args, **asked)


async def test_a_plan_is_added_listed_masked_shown_whole_paused_and_ended(settings: Any) -> None:
    async with serving(settings):
        folder = settings.server.data_dir
        row = care.read_rows(file(folder, HEAD + GOOD))[0][1]
        made = await aside(control.ask, folder, "care", act="add", by="root", **row)
        assert made["no"] == 1
        with pytest.raises(Refused, match="plan of the same"):
            await aside(control.ask, folder, "care", act="add", **row)
        (listed,) = (await aside(control.ask, folder, "care", act="list"))["plans"]
        assert (listed["number"], listed["name"], listed["state"]) == ("010-****-4444", "김OO", "WAITING")
        shown = await aside(control.ask, folder, "care", act="show", no=1)
        assert (shown["number"], shown["name"], shown["days"]) == ("01033334444", "김순자", ["mon", "wed", "fri"])
        await aside(control.ask, folder, "care", act="pause", no=1)
        assert (await aside(control.ask, folder, "care", act="show", no=1))["state"] == "PAUSED"
        await aside(control.ask, folder, "care", act="resume", no=1)
        with pytest.raises(Refused):
            await aside(control.ask, folder, "care", act="settle", no=1, found="괜찮음")
        await aside(control.ask, folder, "care", act="end", no=1, reason="moved")
        assert (await aside(control.ask, folder, "care", act="list"))["plans"] == []
        gone = await aside(control.ask, folder, "care", act="show", no=1)
        assert (gone["number"], gone["name"], gone["state"]) == ("", "", "ENDED")
        with pytest.raises(Refused):
            await aside(control.ask, folder, "care", act="show", no=99)
        for wrong in ({"act": "dance", "no": 1}, {"act": "add"}, {"act": "add", **row, "days": "mon"}):
            with pytest.raises((BadInput, Refused)):
                await aside(control.ask, folder, "care", **wrong)


async def test_a_strike_is_listed_masked_and_withdrawn_by_number() -> None:
    stage = Stage()
    struck(stage, "harassment")

    async def submit(envelope: c.Envelope) -> Any:
        return stage.gate.handle(envelope)

    async def ask(**asked: Any) -> Any:
        plain = lambda text: keyed(text.removeprefix("tel:"))  # noqa: E731 - the stage's own way of keying
        return await ledger.wish(stage.store.reads, stage.policy, stage.clock, submit, plain, asked)

    (row,) = (await ask(act="list"))["addresses"]
    assert (row["number"], row["conduct"], len(row["strikes"])) == ("010-****-5678", "special", 1)
    shown = await ask(act="show", number="010-1234-5678")
    assert (shown["strikes"][0]["kind"], shown["strikes"][0]["session"]) == ("harassment", 1)
    wrong = {"number": "01012345678", "strike": 1, "reason": "잘못 적음", "by": "root"}
    with pytest.raises(Refused):
        await ask(act="withdraw", **{**wrong, "reason": ""})
    assert await ask(act="uphold", **wrong) == {"conduct": "special"}
    assert await ask(act="withdraw", **wrong) == {"conduct": ""}
    assert (await ask(act="list"))["addresses"] == []
    assert stage.journal()[-1].actor == "admin:root"


async def test_the_ledger_is_asked_for_through_the_running_server(settings: Any) -> None:
    async with serving(settings):
        folder = settings.server.data_dir
        assert (await aside(control.ask, folder, "conduct", act="list"))["addresses"] == []
        for wrong in ({"act": "show", "number": "120"}, {"act": "dance", "number": "01012345678"}):
            with pytest.raises(BadInput):
                await aside(control.ask, folder, "conduct", **wrong)
        with pytest.raises(Refused):
            await aside(control.ask, folder, "conduct", act="show", number="010-9999-9999")


def test_without_a_server_the_command_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DASAN_SERVER__DATA_DIR", str(tmp_path))
    for command in (care.list_, conduct.list_):
        with pytest.raises(typer.Exit):
            command()
        assert "dasan serve" in capsys.readouterr().err


def test_lists_are_lines_that_other_programs_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = {"no": 1, "alert": "silent", "name": "김OO"}
    monkeypatch.setattr(care, "ask_server", lambda config, service, **asked: {"plans": [plan]})
    care.list_(as_json=True)
    assert json.loads(capsys.readouterr().out) == plan
