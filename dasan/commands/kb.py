"""kb: articles in and out, the index, and how well it answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dasan.commands.options import Config, Json, fail, read_settings, say

app = typer.Typer(help="지식 자료를 다룹니다 / Look after the knowledge base.", no_args_is_help=True)

Language = Annotated[str, typer.Option("--lang", help="ko|en")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, JSONL", exists=True, dir_okay=False)], config: Config = None
) -> None:
    """자료를 들여옵니다. 같은 파일을 다시 들여와도 늘어나지 않습니다 / Import articles; repeating is harmless."""
    from knowledge_base import admin

    report = admin.import_file(read_settings(config).knowledge_dir, file)
    for problem in report.problems:
        typer.echo(str(problem), err=True)
    if report.problems:
        fail(
            f"고칠 곳 {len(report.problems)}건. 아무것도 바꾸지 않았습니다.", "Nothing was changed; mend these places."
        )
    say(
        f"새로 {report.added}건, 바뀜 {report.changed}건, 그대로 {report.unchanged}건",
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged.",
    )


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, JSONL", dir_okay=False)], config: Config = None
) -> None:
    """자료를 내보냅니다 / Export every article."""
    from knowledge_base import admin

    count = admin.export_file(read_settings(config).knowledge_dir, file)
    say(f"{count}건을 {file}에 썼습니다.", f"Wrote {count} articles to {file}.")


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="찾을 말. Words to look for.")],
    config: Config = None,
    language: Language = "ko",
    limit: Annotated[int, typer.Option(min=1, max=50)] = 10,
    as_json: Json = False,
) -> None:
    """자료를 찾습니다 / Search the articles."""
    from knowledge_base import admin

    settings = read_settings(config)
    for hit in admin.search(settings.knowledge_dir, query, language, limit, kiwi=settings.knowledge.kiwi):
        if as_json:
            row = {"article": hit.article, "title": hit.title, "score": hit.score, "why": hit.why}
            typer.echo(json.dumps(row, ensure_ascii=False))
        else:
            typer.echo(f"{hit.score:6.2f}  {hit.title}\n        {hit.why}  {hit.source} {hit.checked_on}".rstrip())


@app.command()
def reindex(config: Config = None) -> None:
    """색인을 새로 만듭니다 / Build the index again."""
    from knowledge_base import admin

    settings = read_settings(config)
    count = admin.reindex(settings.knowledge_dir, kiwi=settings.knowledge.kiwi)
    say(f"{count}건을 색인했습니다.", f"Indexed {count} articles.")


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="corpus.jsonl, queries.jsonl, qrels.tsv", exists=True)],
    config: Config = None,
) -> None:
    """정답이 있는 물음으로 검색의 질을 잽니다 / Measure search on judged queries."""
    from knowledge_base import admin

    for name, value in admin.evaluate(folder, kiwi=read_settings(config).knowledge.kiwi).items():
        typer.echo(f"{name}\t{value}")


@app.command()
def starter(config: Config = None) -> None:
    """함께 오는 본보기 자료를 넣습니다 / Put the starter articles in."""
    from knowledge_base import admin

    report = admin.starter(read_settings(config).knowledge_dir)
    say(f"본보기 {report.added}건을 넣었습니다.", f"Added {report.added} starter articles.")
