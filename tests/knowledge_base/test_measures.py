"""The measures measure: known rankings give known figures, and ours is no worse than what whoosh gives as it comes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base import callers, evaluate
from knowledge_base.analysis.morphemes import KiwiReader
from knowledge_base.baseline import PlainWhoosh
from knowledge_base.bench import TARGET_MS, percentile, suggestion_bench
from knowledge_base.generate import generated_articles, generated_turns
from knowledge_base.noise import NOISES
from knowledge_base.starter import starter_articles


def test_ndcg_and_its_kin_on_rankings_worked_out_by_hand() -> None:
    gains = {"a": 1.0, "b": 1.0}
    assert evaluate.ndcg(["a", "b"], gains) == pytest.approx(1.0)
    assert evaluate.ndcg(["x", "a"], gains) == pytest.approx(0.6309 / 1.6309, abs=1e-4)
    assert evaluate.ndcg([], gains) == 0.0
    assert evaluate.ndcg(["a"], {}) == 0.0
    assert evaluate.reciprocal_rank(["x", "y", "b"], gains) == pytest.approx(1 / 3)
    assert evaluate.reciprocal_rank(["x"] * 10 + ["a"], gains) == 0.0
    assert evaluate.success(["x", "y", "a"], gains) == 1.0
    assert evaluate.success(["x", "y", "z", "a"], gains) == 0.0


def test_the_bootstrap_interval_holds_the_mean_and_repeats() -> None:
    values = [0.0, 1.0] * 50
    found = evaluate.estimated(values, seed=1)
    assert found.low < 0.5 == found.mean < found.high
    assert found.high - found.low < 0.25
    assert evaluate.estimated(values, seed=1) == found
    assert evaluate.estimated([], seed=1).mean == 0.0


def test_percentiles_are_of_the_values_themselves() -> None:
    assert percentile([float(i) for i in range(1, 101)], 0.95) == 95.0
    assert percentile([3.0], 0.95) == 3.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The starter set as a judged set: each question, its words turned round, should find its article."""
    place = tmp_path / "starter"
    (place / "dev").mkdir(parents=True)
    articles = [(article.external_id, article.wordings["ko"]) for article in starter_articles()]
    rows = [{"_id": key, "title": wording.question, "text": wording.answer} for key, wording in articles]
    asked = [{"_id": f"q-{key}", "text": " ".join(reversed(wording.question.split()))} for key, wording in articles]
    for name, values in (("corpus.jsonl", rows), ("dev/queries.jsonl", asked)):
        lines = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
        (place / name).write_text(lines, encoding="utf-8")
    judged = "".join(f"q-{key}\t{key}\t1\n" for key, _ in articles)
    (place / "dev" / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged, encoding="utf-8")
    return place


@pytest.mark.parametrize("noise", sorted(NOISES))
def test_ours_beats_plain_whoosh_in_every_kind_of_typing(folder: Path, tmp_path: Path, noise: str) -> None:
    judged = evaluate.read_set(folder)
    (tmp_path / "plain").mkdir()
    plain = PlainWhoosh(tmp_path / "plain", judged.documents)
    theirs = evaluate.measure(judged, plain, noise)
    ours = evaluate.measure(judged, evaluate.Ours(judged, None), noise)
    plain.close()
    assert ours.ndcg.mean >= theirs.ndcg.mean
    assert ours.ndcg.mean >= (0.6 if noise == "half" else 0.9)


def test_the_analyser_does_not_make_it_worse(folder: Path, kiwi: KiwiReader) -> None:
    judged = evaluate.read_set(folder)
    with_it, without = (evaluate.measure(judged, evaluate.Ours(judged, reader), "clean") for reader in (kiwi, None))
    assert with_it.ndcg.mean >= without.ndcg.mean - 0.02


def test_the_command_prints_a_row_for_each_method(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main([str(folder), "--questions", "5", "--noise", "clean"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["set", "typing", "method"]
    assert {line[27:43].strip() for line in lines[1:]} >= {"whoosh plain", "ours, no model"}


def test_our_own_questions_fall_into_two_halves_with_every_manner_in_both() -> None:
    dev, test = map(callers.lines, callers.PARTS)
    assert len(dev) + len(test) >= 250
    assert {line.words for line in dev} & {line.words for line in test} == set()
    assert {line.manner for line in dev} == {line.manner for line in test}
    assert {line.article for line in (*dev, *test)} >= {article.external_id for article in starter_articles()}


def test_what_is_suggested_to_our_own_callers_is_better_than_any_baseline_and_knows_silence(kiwi: KiwiReader) -> None:
    with callers.searchers(kiwi) as ways:
        rows = {(row.method, row.manner): row for row in callers.measured("dev", ways)}
    best_baseline = max(rows[way, ""].mrr.mean for way in list(ways)[:3])
    assert rows["ours", ""].mrr.mean > best_baseline
    assert rows["ours, no analyser", ""].mrr.mean > best_baseline
    assert rows["ours, unasked", ""].hit3.mean > 0.85
    assert rows["ours, unasked", callers.NONE].hit3.mean > 0.5
    assert rows["BM25, syllable n-grams", callers.NONE].hit3.mean == 0


def test_generated_articles_repeat_and_a_longer_list_begins_with_the_shorter() -> None:
    assert list(generated_articles(20)) == list(generated_articles(50))[:20]
    assert list(generated_turns(5)) == list(generated_turns(5))
    assert len({article.wordings["ko"].question for article in generated_articles(200)}) > 180


def test_the_benchmark_gives_the_fields_that_the_table_needs(tmp_path: Path) -> None:
    row = suggestion_bench(2.0, articles=60, folder=tmp_path)
    assert set(row) == {"name", "value", "unit", "baseline", "baseline_value", "ratio", "target", "met"}
    assert row["met"] is (row["value"] < TARGET_MS)
    assert isinstance(row["value"], float)
    assert row["value"] > 0
