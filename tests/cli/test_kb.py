"""`dasan kb` on a knowledge base of its own: in, found, out, and in again without growing."""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import dasan

ROW = "id,language,category,question,answer,source\n{},ko,water,{},{},시험\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "dasan.toml").write_text("[knowledge]\nkiwi = false\n")
    return tmp_path


def test_an_imported_article_is_found_and_importing_again_adds_nothing(here: Path) -> None:
    (here / "in.csv").write_text(
        ROW.format("w1", "수도요금 자동이체는 어떻게 신청하나요?", "가까운 수도사업소에 신청합니다.")
    )
    assert "1 new" in dasan("kb", "import", "in.csv", cwd=here).stdout
    assert "1 unchanged" in dasan("kb", "import", "in.csv", cwd=here).stdout
    found = dasan("kb", "search", "수도요금 자동이체", "--json", cwd=here)
    assert json.loads(found.stdout.splitlines()[0])["question"].startswith("수도요금 자동이체")
    assert "Built the index" in dasan("kb", "reindex", cwd=here).stdout


def test_a_file_with_a_fault_changes_nothing_and_names_row_and_column(here: Path) -> None:
    (here / "in.csv").write_text(ROW.format("w1", "물음", ""))
    done = dasan("kb", "import", "in.csv", cwd=here)
    assert done.returncode == 1
    assert "2행 'answer' 열" in done.stderr
    assert "row 2, column 'answer'" in done.stderr


def test_what_is_exported_can_be_imported(here: Path) -> None:
    dasan("kb", "starter", cwd=here)
    assert dasan("kb", "export", "out.xlsx", cwd=here).returncode == 0
    assert "0 new, 0 changed" in dasan("kb", "import", "out.xlsx", cwd=here).stdout


def test_an_unknown_kind_of_file_is_refused(here: Path) -> None:
    assert dasan("kb", "export", "out.txt", cwd=here).returncode == 2


def test_the_keepers_report_says_what_to_look_at_and_a_program_can_read_it(here: Path) -> None:
    dasan("kb", "starter", cwd=here)
    said = dasan("kb", "report", "--limit", "3", cwd=here).stdout
    assert "확인한 지 오래됨" in said
    read = json.loads(dasan("kb", "report", "--json", cwd=here).stdout)
    assert (read["accepted"], read["ignored"]) == (0, 0)
    assert len(read["stale"]) == 20


def test_our_own_questions_are_measured_without_a_folder(here: Path) -> None:
    assert dasan("kb", "evaluate", "--part", "train", cwd=here).returncode == 2
