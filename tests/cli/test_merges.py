"""`dasan merges` and what `dasan erase` says of a person who was known by more than one identity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from dasan.commands import erase as erasing
from dasan.commands import merges
from dasan.core import commands as c
from dasan.core.errors import BadInput, Refused
from dasan.server import control, merging
from tests.broker.stage import K1, Stage
from tests.broker.test_identities import PHONE, merged, person
from tests.cli.test_care_and_conduct import aside
from tests.server.test_centre import serving, settings

__all__ = ["settings"]


async def test_a_link_is_listed_once_and_taken_back_by_its_number() -> None:
    stage = Stage()
    talk, caller, link = merged(stage)

    async def submit(envelope: c.Envelope) -> Any:
        return stage.gate.handle(envelope)

    async def ask(**asked: Any) -> Any:
        return await merging.wish(stage.store.reads, submit, asked)

    (row,) = (await ask(act="list"))["merges"]
    assert (row["link"], row["evidence"], row["session"], row["by"]) == (link, "word", talk.state.number, K1)
    assert merging.others(stage.store.reads, "p_1") == [caller.state.number]
    assert merging.others(stage.store.reads, "p_nobody") == []
    undo = {"act": "undo", "link": link, "by": "root"}
    with pytest.raises(Refused, match="reason"):
        await ask(**undo, reason=" ")
    for wrong in ({**undo, "link": 99}, {**undo, "link": None}):
        with pytest.raises(Refused):
            await ask(**wrong, reason="다른 사람임")
    with pytest.raises(BadInput):
        await ask(act="dance")
    assert await ask(**undo, reason="다른 사람임") == {}
    assert person(stage, PHONE).links == ()
    assert stage.journal()[-1].actor == "admin:root"
    assert await ask(act="list") == {"merges": [], "all": 0}


async def test_it_is_asked_for_through_the_running_server(settings: Any) -> None:
    async with serving(settings):
        folder = settings.server.data_dir
        assert await aside(control.ask, folder, "merges", act="list") == {"merges": [], "all": 0}
        with pytest.raises(Refused):
            await aside(control.ask, folder, "merges", act="undo", link=1, reason="없음")


def test_without_a_server_the_command_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DASAN_SERVER__DATA_DIR", str(tmp_path))
    with pytest.raises(typer.Exit):
        merges.list_()
    assert "dasan serve" in capsys.readouterr().err


def test_a_list_is_lines_for_people_or_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"link": 12, "at": "2026-11-22", "evidence": "receipt", "session": 7, "by": "k_1"}
    monkeypatch.setattr(merges, "ask_server", lambda config, service, **asked: {"merges": [row], "all": 2})
    merges.list_(as_json=True)
    assert json.loads(capsys.readouterr().out) == row
    merges.list_()
    said = capsys.readouterr().out
    assert "12\t2026-11-22\t접수번호 receipt\t상담 7\tk_1" in said
    assert "2 in all" in said


def test_erasing_says_which_identities_of_the_same_person_were_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = {"sessions": 3, "photos": 0, "others": [12, 7]}
    monkeypatch.setattr(control, "ask", lambda folder, wish, **asked: done)
    erasing.erase("5", erasing.Reason.requested, whole=True)
    said = capsys.readouterr().out
    assert "상담 12, 7" in said
    assert "--whole" in said
