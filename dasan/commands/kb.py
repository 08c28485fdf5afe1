"""kb: articles in and out, the index, and how well it answers. Works beside a running server, which follows changes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dasan.commands.options import Config, Json, fail, read_settings, say

if TYPE_CHECKING:
    from knowledge_base.analysis.morphemes import MorphemeReader
    from knowledge_base.index.live import LiveIndex
    from knowledge_base.store import Database

app = typer.Typer(help="지식 자료를 다룹니다 / Look after the knowledge base.", no_args_is_help=True)

Language = Annotated[str, typer.Option("--lang", help="ko|en")]
PROBLEM_STATUS = 1


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, JSONL", exists=True, dir_okay=False)],
    config: Config = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="보기만 합니다. Look, store nothing.")] = False,
) -> None:
    """자료를 들여옵니다(다시 해도 늘지 않음) / Import articles; repeating is harmless."""
    from knowledge_base.exchange.load import import_file

    with _opened(config) as database:
        report = import_file(database, file, at_us=_now_us(), by=f"import {file.name}", dry_run=dry_run)
    for problem in report.problems:
        for language in ("ko", "en"):
            typer.echo(f"{file}: {problem.sentence(language)}", err=True)
    say(report.sentence("ko"), report.sentence("en"))
    if not report.ok:
        raise typer.Exit(PROBLEM_STATUS)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, JSONL", dir_okay=False)], config: Config = None
) -> None:
    """자료를 내보냅니다 / Export every article."""
    from knowledge_base.exchange.export import write_export

    if file.suffix.lower() not in {".csv", ".xlsx", ".jsonl"}:
        fail(f".csv, .xlsx, .jsonl 가운데 하나여야 합니다: {file}", f"Use .csv, .xlsx or .jsonl: {file}", 2)
    with _opened(config) as database:
        rows = write_export(database, file)
    say(f"{rows}줄을 {file}에 썼습니다.", f"Wrote {rows} rows to {file}.")


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="찾을 말. Words to look for.")],
    config: Config = None,
    language: Language = "ko",
    limit: Annotated[int, typer.Option(min=1, max=50)] = 10,
    as_json: Json = False,
) -> None:
    """자료를 찾습니다 / Search the articles."""
    from knowledge_base.search import search as find

    with _index(config) as (index, _):
        hits = find(index, [(query, 1.0)], today=_today(), show=language, limit=limit)
    for hit in hits:
        why = hit.why.sentence(language)
        if as_json:
            row = {"article": hit.article_id, "question": hit.question, "score": hit.score, "why": why}
            typer.echo(json.dumps(row, ensure_ascii=False))
        else:
            checked = hit.checked_on.isoformat() if hit.checked_on else "확인한 적 없음 / never checked"
            stale = "! 확인 필요 / to be checked" if hit.stale else ""
            facts = " · ".join(part for part in (why, hit.department, hit.phone, hit.source, checked, stale) if part)
            typer.echo(f"{hit.score:5.2f}  {hit.question}\n       {hit.passage}\n       {facts}")
    if not hits:
        say("맞는 자료가 없습니다.", "Nothing found.")


@app.command()
def reindex(config: Config = None) -> None:
    """색인을 새로 만듭니다 / Build the index again."""
    from knowledge_base.build import build

    settings = read_settings(config)
    with _opened(config) as database:
        name = build(database, settings.knowledge_index, _reader(settings.knowledge.kiwi))
    if not name:
        fail("다른 프로그램이 색인을 만들고 있습니다.", "Another process is building the index.")
    say(f"색인을 만들었습니다: {name}", f"Built the index: {name}")


@app.command()
def evaluate(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="corpus.jsonl, dev/queries.jsonl, dev/qrels.tsv", exists=True)
    ] = None,
    part: Annotated[str, typer.Option(help="dev|test (자체 물음의 반쪽 / half of our own questions)")] = "dev",
) -> None:
    """정답이 있는 물음으로 검색의 질을 잽니다 / Measure search on judged questions: our own, or those in folders."""
    from knowledge_base import callers
    from knowledge_base import evaluate as measure

    if folders:
        raise typer.Exit(measure.main([str(folder) for folder in folders]))
    if part not in callers.PARTS:
        fail(f"dev와 test 가운데 하나여야 합니다: {part}", f"Use dev or test: {part}", 2)
    for line in callers.table(part):
        typer.echo(line)


@app.command()
def report(
    config: Config = None,
    language: Language = "ko",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: Json = False,
) -> None:
    """고쳐야 할 자료: 쓰이지 않음, 오래됨, 곧 만료, 없음 / What the articles' keepers should look at."""
    from knowledge_base.report import knowledge_report

    with _opened(config) as database:
        found = knowledge_report(database, _today(), limit=limit)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    for line in found.sentences(language):
        typer.echo(line)


@app.command()
def starter(config: Config = None) -> None:
    """함께 오는 본보기 자료를 넣습니다 / Put the starter articles in."""
    from knowledge_base.starter import load_starter

    with _opened(config) as database:
        result = load_starter(database, at_us=_now_us())
    say(
        f"본보기: 새로 {result.created}건, 바뀜 {result.changed}건, 그대로 {result.unchanged}건",
        f"Starter set: {result.created} new, {result.changed} changed, {result.unchanged} unchanged.",
    )


@contextmanager
def _opened(config: Path | None) -> Iterator[Database]:
    from knowledge_base.store import NotOpenedError, SchemaTooNewError, open_database

    settings = read_settings(config)
    settings.knowledge_dir.mkdir(parents=True, exist_ok=True)
    try:
        database = open_database(settings.knowledge_url)
    except (NotOpenedError, SchemaTooNewError) as error:
        fail(f"지식 데이터베이스를 열 수 없습니다: {error}", "The knowledge database cannot be opened.")
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _index(config: Path | None) -> Iterator[tuple[LiveIndex, Database]]:
    """The index as a server sees it: the generation on disk and everything that changed since."""
    from knowledge_base.index.live import LiveIndex

    settings = read_settings(config)
    with _opened(config) as database:
        index = LiveIndex(database, settings.knowledge_index, _reader(settings.knowledge.kiwi))
        while index.follow():
            pass
        yield index, database


def _reader(wanted: bool) -> MorphemeReader | None:
    from knowledge_base.analysis.morphemes import open_reader

    reader = open_reader(wanted=wanted)
    if wanted and reader is None:
        sys.stderr.write("형태소 분석기 없이 찾습니다. / Searching without the morphological analyser.\n")
    return reader


def _now_us() -> int:
    return time.time_ns() // 1_000


def _today() -> date:
    from dasan.core.time import seoul

    return seoul(_now_us()).date()
