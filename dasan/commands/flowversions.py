"""Versions of the menu: drafted, linted, simulated, published, rolled back (ivr/registry.py has the rules).

New calls begin in the published version; calls that run finish in theirs. A running server follows the folder.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dasan.commands.options import Config, fail, read_settings, say

if TYPE_CHECKING:
    from dasan.server.flowshelf import FlowShelf
    from ivr.facts import Facts
    from ivr.flow import Flow
    from ivr.registry import Act

Folder = Annotated[
    Path | None, typer.Option("--registry", help="판을 두는 폴더. Where versions are kept.", show_default="DATA/flows")
]
SIMULATED_DEPTH = 4


def publish(
    file: Annotated[Path, typer.Argument(help="흐름 파일. A flow file.", exists=True, dir_okay=False)],
    cases: Annotated[
        list[Path] | None, typer.Option("--cases", help="함께 실행할 사례. Cases to run first.", exists=True)
    ] = None,
    note: Annotated[str, typer.Option(help="왜 바꾸는지. Why.")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="게시하지 않고 살펴만 봅니다. All but publishing.")] = False,
    config: Config = None,
    registry: Folder = None,
) -> None:
    """살피고 모의 실행한 뒤 게시합니다 / Check, simulate and publish a flow; new calls begin in it."""
    from dasan.commands.flowfiles import gather
    from ivr import registry as rules

    files = gather(file)
    texts = {Path(name).name: text for name, text in files.texts.items()}
    shelf, act = _shelf(config, registry), _act(note)
    with shelf.changing() as before:
        kept, ref = rules.draft(before, texts, files.main, act, _pinned(config, shelf, texts, files.main))
        shelf.write(kept)
        if kept.versions[ref].stage in {rules.DRAFT, rules.LINTED}:
            kept = rules.linted(kept, ref, _lint(config, texts, files.main), act)
            kept = rules.simulated(kept, ref, _simulate(rules.flow(kept, ref), cases or []), act)
            shelf.write(kept)
        if draft:
            say(f"게시하지 않았습니다: {ref}", f"Not published: {ref}")
            return
        kept = rules.publish(kept, ref, act)
        shelf.write(kept)
    where = shelf.keep_map(files.main, _page(config, rules.flow(kept, ref)))
    say(f"게시했습니다: {ref}", f"Published: {ref}")
    say(f"서비스 구성도: {where}", f"Its service map: {where}")


def _pinned(config: Path | None, shelf: FlowShelf, texts: dict[str, str], main: str) -> dict[str, str]:
    """The recordings that the flow names and that can be played, copied to the shelf: a name to that of its bytes."""
    from dasan.commands.recordings import named

    found = named(read_settings(config).recordings_dir, texts, main)
    return {
        name: shelf.keep_recording(body, Path(name).suffix[1:])
        for name, body in found.items()
        if isinstance(body, bytes)
    }


def _lint(config: Path | None, texts: dict[str, str], main: str) -> int:
    """How many errors; each is told. The service map is made by publishing, so it is not asked for."""
    from dasan.commands.ivr import centre, tell
    from ivr.lint import lint

    found = lint(texts, main, centre(read_settings(config), texts, main))
    for one in found:
        tell(one)
    return sum(one.severity == "error" for one in found)


def _simulate(flow: Flow, cases: list[Path]) -> int:
    """How many cases failed, and moments without a person; each is told."""
    from dasan.commands.ivr import holidays, run_cases
    from ivr.facts import Facts
    from ivr.flow import ref_of

    failed = 0
    for file in cases:
        tried, report = run_cases(file)
        if tried.units.keys() != flow.units.keys() or ref_of(tried.units, tried.name) != ref_of(flow.units, flow.name):
            fail(f"{file}의 흐름이 이것이 아닙니다.", f"{file} is about another flow or version.", 2)
        for one in report.failures:
            typer.echo(f"{file}:{one.line}: {one.case}\n    {one.ko}\n    {one.en}")
        failed += len(report.failures)
    return failed + sum(_lost(flow, world) for world in _worlds(flow, Facts(now_us(), holidays=holidays())))


def _worlds(flow: Flow, now: Facts) -> Iterator[Facts]:
    """Who may call, and when: every language, no number, special handling, now and twelve hours from now."""
    for language in flow.main.languages:
        yield replace(now, language=language)
        yield replace(now, language=language, now_us=now.now_us + 12 * 3_600 * 1_000_000)
    yield replace(now, caller="withheld")
    yield replace(now, conduct="special")


def _lost(flow: Flow, world: Facts) -> int:
    from ivr.tools.search import search

    lost = search(flow, world, SIMULATED_DEPTH).lost
    for keys in lost:
        typer.echo(f"    사람에게 갈 수 없음 / no person can be reached after: {keys}")
    return len(lost)


def rollback(
    name: Annotated[str, typer.Argument(help="흐름의 이름. The flow's name, as in its file.")],
    note: Annotated[str, typer.Option(help="왜 되돌리는지. Why.")] = "",
    config: Config = None,
    registry: Folder = None,
) -> None:
    """앞서 게시한 판으로 되돌립니다 / Go back to what was published before; running calls finish in theirs."""
    from ivr import registry as rules

    shelf = _shelf(config, registry)
    with shelf.changing() as before:
        kept = rules.roll_back(before, name, _act(note))
        shelf.write(kept)
    ref = rules.current(kept, name)
    shelf.keep_map(name, _page(config, rules.flow(kept, ref)))
    say(f"되돌렸습니다. 이제 새 전화는: {ref}", f"Rolled back. New calls get: {ref}")


def versions(
    name: Annotated[str, typer.Argument(help="흐름의 이름. Only of this flow.")] = "",
    config: Config = None,
    registry: Folder = None,
) -> None:
    """판과 그 내력을 보입니다 / The versions, and who did what to each."""
    kept = _shelf(config, registry).read()
    shown = [one for one in kept.versions.values() if not name or one.name == name]
    for one in shown:
        current = kept.published.get(one.name, ())[-1:] == (one.ref,)
        typer.echo(f"{'*' if current else ' '} {one.ref}  {one.stage}")
        for act in one.acts:
            typer.echo(f"      {_seoul(act.at_us)}  {act.act:<11} {act.by}  {act.note}")
    if not shown:
        say(
            "판이 없습니다. `dasan ivr publish`로 게시하십시오.",
            "There are no versions; publish one with `dasan ivr publish`.",
        )


def _page(config: Path | None, flow: Flow) -> str:
    from dasan.commands.ivr import drawn

    return drawn(flow, "page", "ko", read_settings(config).build_policy())


def _shelf(config: Path | None, folder: Path | None) -> FlowShelf:
    from dasan.server.flowshelf import FlowShelf

    return FlowShelf(folder or read_settings(config).server.data_dir / "flows")


def _act(note: str) -> Act:
    from dasan.core.text import clean_line
    from ivr.registry import Act

    return Act("", now_us(), getpass.getuser(), clean_line(note))


def now_us() -> int:
    """Now, in microseconds of UTC."""
    return time.time_ns() // 1_000


def _seoul(at_us: int) -> str:
    moment = datetime.fromtimestamp(at_us / 1_000_000, UTC) + timedelta(hours=9)
    return f"{moment:%Y-%m-%d %H:%M}"
