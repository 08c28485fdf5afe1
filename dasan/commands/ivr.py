"""ivr: the menu, tried, checked, searched and drawn, and its versions published. Files only; no call is touched."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dasan.commands import flowversions
from dasan.commands.options import Config, Json, fail, read_settings, say

if TYPE_CHECKING:
    from dasan.core.policy import Policy
    from dasan.settings import Settings
    from ivr.facts import Facts
    from ivr.flow import Flow
    from ivr.lint import Context, Finding
    from ivr.tools.call import Call
    from ivr.tools.cases import Report

app = typer.Typer(help="자동응답 메뉴를 살피고 냅니다 / The spoken menu: try, check, publish.", no_args_is_help=True)
app.command()(flowversions.publish)
app.command()(flowversions.rollback)
app.command()(flowversions.versions)

FlowFile = Annotated[Path, typer.Argument(help="흐름 파일. A flow file.", exists=True, dir_okay=False)]
Lang = Annotated[str, typer.Option("--lang", help="ko|en|zh|ja|vi|mn")]
At = Annotated[str, typer.Option("--at", help="서울 시각. Time in Seoul, 2026-11-23 10:00; 없으면 지금 / else now.")]


SHAPE = '{"flow.menu": {"1": 240}}'  # of counts of use


class Caller(StrEnum):
    """Who calls, as the network says it."""

    e164 = "e164"
    withheld = "withheld"
    sip = "sip"
    client = "client"


class Conduct(StrEnum):
    """What is noted of who calls."""

    none = ""
    warned = "warned"
    special = "special"


class Format(StrEnum):
    """What a service map is written as."""

    txt = "txt"
    mermaid = "mermaid"
    dot = "dot"
    json = "json"
    page = "page"


@app.command()
def lint(
    files: Annotated[list[Path], typer.Argument(help="흐름 파일. Flow files.", exists=True, dir_okay=False)],
    config: Config = None,
    map_: Annotated[Path | None, typer.Option("--map", help="알린 서비스 구성도. The published service map.")] = None,
    used: Annotated[
        Path | None, typer.Option(help='번호별 쓰임 JSON. Counts of use: {"flow.menu": {"1": 240}}', exists=True)
    ] = None,
    charged: Annotated[list[str] | None, typer.Option(help="요금이 드는 기관 부호. Lines that cost extra.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="경고도 실패로. Warnings fail too.")] = False,
    as_json: Json = False,
) -> None:
    """흐름의 잘못을 찾습니다(docs/ivr-lint.md) / Say what is wrong with flows; status 1 for errors."""
    from dasan.commands.flowfiles import callers
    from ivr.lint import lint as check

    settings = read_settings(config)
    wanted = {str(path) for path in files}
    found: dict[Finding, None] = {}
    for path in files:
        for flow in callers(path):
            known = centre(settings, flow.texts, flow.main)
            context = _context(known, flow.main, map_ or published_map(flow.path), used, charged or ())
            found |= {one: None for one in check(flow.texts, flow.main, context) if one.file in wanted}
    for one in found:
        tell(one, as_json)
    errors = sum(one.severity == "error" for one in found)
    if not as_json:
        say(f"오류 {errors}건, 경고 {len(found) - errors}건", f"{errors} error(s), {len(found) - errors} warning(s)")
    if errors or (strict and found):
        raise typer.Exit(1)


def tell(one: Finding, as_json: bool = False) -> None:
    """One finding, for people or as a line of JSON."""
    if as_json:
        fields = ("rule", "severity", "file", "line", "unit", "node", "ko", "en", "nearest")
        typer.echo(json.dumps({name: getattr(one, name) for name in fields}, ensure_ascii=False))
        return
    level = "오류 error" if one.severity == "error" else "경고 warn "
    near = f" → {one.nearest}?" if one.nearest else ""
    typer.echo(f"{one.file}:{one.line}: {one.rule} {level} {one.ko}{near}\n{'':4}{one.en}")


def published_map(path: Path) -> Path | None:
    """The map of a flow: beside its file as NAME.map.md, or as docs/ivr-NAME.md in a folder above."""
    places = [
        path.with_suffix(".map.md"),
        *(above / "docs" / f"ivr-{path.stem}.md" for above in path.resolve().parents),
    ]
    return next((place for place in places if place.is_file()), None)


def centre(settings: Settings, texts: Mapping[str, str], main: str) -> Context:
    """What the centre has that this flow may name."""
    from dasan.commands import recordings
    from dasan.core.errors import ConfigWrong
    from dasan.server.menu_questions import NAMES
    from ivr.lint import Context

    policy = settings.build_policy()
    try:
        lying = recordings.judged(settings.recordings_dir, texts, main)
    except ConfigWrong:  # it has not the shape of a flow, which the lint tells
        lying = {}
    return Context(
        queues=frozenset(policy.queues),
        lines=frozenset(line.code for line in policy.lines),
        lookups=NAMES,
        services=frozenset(service.code for service in settings.ivr.services),
        recordings=lying,
    )


def _context(known: Context, main: str, map_: Path | None, used: Path | None, charged: Any) -> Context:
    return replace(
        known,
        maps={main: map_.read_text("utf-8") if map_ else None},
        used=_counts(used) if used else {},
        charged=frozenset(charged),
    )


def _counts(file: Path) -> dict[str, dict[str, int]]:
    try:
        counts = json.loads(file.read_text("utf-8"))
        return {menu: {key: int(number) for key, number in keys.items()} for menu, keys in counts.items()}
    except (ValueError, TypeError, AttributeError):
        fail(f"{file}: {SHAPE} 꼴이 아닙니다.", f"{file} has not the shape {SHAPE}.", 2)


def _policy(config: Path | None) -> Policy:
    return read_settings(config).build_policy()


@app.command("recordings")
def recorded(
    file: FlowFile,
    config: Config = None,
    lang: Lang = "",
    missing: Annotated[
        bool, typer.Option("--missing", help="녹음이 없는 것만(성우 대본). Only what has none: a script to read.")
    ] = False,
) -> None:
    """안내마다 녹음이 있는지, 틀 수 있는지 보입니다 / Which prompts have a recording, and whether it can be played."""
    from dasan.commands import recordings
    from dasan.commands.flowfiles import gather

    files, folder = gather(file), read_settings(config).recordings_dir
    every = [row for row in recordings.rows(folder, files.texts, files.main) if lang in {"", row.language}]
    for row in every:
        if not (missing and row.audio):
            typer.echo(recordings.line(row))
    wrong, given = sum(row.why is not None for row in every), sum(bool(row.audio) for row in every)
    say(
        f"안내 {len(every)}건 가운데 녹음 {given}건, 틀 수 없는 것 {wrong}건. 폴더: {folder}",
        f"{given} of {len(every)} prompts have a recording, {wrong} cannot be played. Folder: {folder}",
    )
    if wrong:
        raise typer.Exit(1)


@app.command("run")
def run_(
    file: FlowFile,
    lang: Lang = "",
    at: At = "",
    caller: Annotated[Caller, typer.Option(help="건 사람. Who calls.")] = Caller.e164,
    conduct: Annotated[Conduct, typer.Option(help="악성 민원 단계. What is noted of the caller.")] = Conduct.none,
    slow: Annotated[bool, typer.Option("--slow", help="느린 안내. Slow speech.")] = False,
    answers: Annotated[
        Path | None, typer.Option(help="물음의 답이 적힌 YAML(사례 파일도 됩니다). What is answered.", exists=True)
    ] = None,
) -> None:
    """흐름에 전화를 걸어 봅니다(단말 전화기) / Call a flow from the terminal."""
    from ivr.tools import cases, phone
    from ivr.tools.call import Call

    told = cases.read_answers(answers.read_text("utf-8"), str(answers)) if answers else {}
    call = Call(_compiled(file), _facts(at, lang, caller.value, conduct.value, slow), answers=told)
    say(
        '번호를 누르거나 "말을 적으십시오. Enter는 침묵, 끊으려면 Ctrl-D.',
        'Type keys, or speech after a ". Enter is silence; Ctrl-D hangs up.',
    )
    _show(call, call.turn.actions)
    while not call.over:
        typer.echo(f"    ({phone.asks(call)})")
        try:
            typed = input(f"[{call.seconds:5.0f}s] {call.state.node}> ")
        except EOFError:
            typer.echo("")
            break
        event = phone.event(typed, call)
        actions = call.send(event) if event is not None else ()
        if not actions:
            say("여기에서는 뜻이 없습니다.", "That means nothing here.")
        _show(call, actions)


def _show(call: Call, actions: Any) -> None:
    from ivr.tools import phone

    for line in phone.lines(actions):
        typer.echo(line)


def _compiled(file: Path) -> Flow:
    from dasan.commands.flowfiles import gather
    from ivr.flow import compile_flow

    files = gather(file)
    return compile_flow(files.texts, files.main)


def holidays() -> frozenset[date]:
    """The public holidays that every calendar knows."""
    from dasan.core.hours import HOLIDAYS

    return HOLIDAYS


def _facts(at: str, lang: str, caller: str = "e164", conduct: str = "", slow: bool = False) -> Facts:
    from ivr.facts import Facts
    from ivr.tools.cases import seoul_us

    try:
        now = seoul_us(at) if at else flowversions.now_us()
    except ValueError:
        fail(f"시각은 2026-11-23 10:00처럼 적습니다: {at}", f"A time is written 2026-11-23 10:00: {at}", 2)
    return Facts(now, language=lang, caller=caller, conduct=conduct, slow=slow, holidays=holidays())


@app.command("test")
def try_cases(
    files: Annotated[list[Path], typer.Argument(help="사례 파일. Case files.", exists=True, dir_okay=False)],
    whole: Annotated[bool, typer.Option("--whole", help="모든 곳과 출구를 지나야 합니다. Cover everything.")] = False,
    heard: Annotated[bool, typer.Option("--heard", help="들린 말을 보입니다. Show what was heard.")] = False,
) -> None:
    """사례를 흐름에 실행하고 얼마나 지났는지 말합니다 / Run cases, and say which nodes and exits they came through."""
    bad = False
    for file in files:
        flow, report = run_cases(file)
        bad = _told(file, flow, report, heard, whole) or bad
    if bad:
        raise typer.Exit(1)


def run_cases(file: Path) -> tuple[Flow, Report]:
    """The cases of a file, run on the flow that it names. Raises ConfigWrong, OSError."""
    from ivr.tools import cases

    name, found = cases.read(file.read_text("utf-8"), str(file), holidays())
    flow = _compiled(file.parent / name)
    return flow, cases.run(flow, found)


def _told(file: Path, flow: Flow, report: Report, heard: bool, whole: bool) -> bool:
    from ivr.tools.trace import coverage

    for name, lines in report.heard.items() if heard else ():
        typer.echo(f"== {name}")
        for line in lines:
            typer.echo(f"   {line}")
    for one in report.failures:
        typer.echo(f"{file}:{one.line}: {one.case}\n    {one.ko}\n    {one.en}")
    seen = coverage(flow, report.seen)
    nodes, edges = seen.nodes - len(seen.nodes_unseen), seen.edges - len(seen.edges_unseen)
    failed = len(report.failures)
    say(
        f"사례 {report.ran}건, 실패 {failed}건. 지난 곳 {nodes}/{seen.nodes}, 출구 {edges}/{seen.edges}",
        f"{report.ran} cases, {failed} failed. Nodes {nodes}/{seen.nodes}, exits {edges}/{seen.edges}.",
    )
    for place in (*seen.nodes_unseen, *seen.edges_unseen):
        typer.echo(f"    지나지 않음 / not seen: {' '.join(place)}")
    return bool(report.failures) or (whole and not seen.whole)


@app.command()
def search(
    file: FlowFile,
    depth: Annotated[int, typer.Option(min=1, max=20, help="몇 번 누르기까지. How many steps.")] = 5,
    lang: Lang = "",
    at: At = "",
    caller: Annotated[Caller, typer.Option(help="건 사람. Who calls.")] = Caller.e164,
    conduct: Annotated[Conduct, typer.Option(help="악성 민원 단계. What is noted of the caller.")] = Conduct.none,
) -> None:
    """모든 번호를 눌러 보고 사람까지 몇 걸음인지 잽니다 / Press every key: how far is a person, is anybody lost?"""
    from ivr.tools.search import search as look
    from ivr.tools.search import to_person_s

    flow, facts = _compiled(file), _facts(at, lang, caller.value, conduct.value)
    found = look(flow, facts, depth)
    seconds, where = to_person_s(flow, facts)
    keys, far = found.by or "·", found.farthest
    say(
        f"{depth}걸음까지 {found.moments}가지 순간. 사람까지 많아야 {far}걸음(예: {keys}).",
        f"{found.moments} moments within {depth} steps. A person is at most {far} step(s) away (as after {keys}).",
    )
    say(
        f"아무것도 누르지 않으면 약 {seconds:.0f}초 뒤 {where}.",
        f"Who presses nothing is at {where} after about {seconds:.0f} s.",
    )
    for keys in found.lost:
        typer.echo(f"    사람에게 갈 수 없음 / no person can be reached after: {keys}")
    if found.lost:
        raise typer.Exit(1)


@app.command()
def export(
    file: FlowFile,
    config: Config = None,
    format_: Annotated[Format, typer.Option("--format", help="모양. What it is written as.")] = Format.txt,
    lang: Lang = "ko",
    out: Annotated[Path | None, typer.Option(help="쓸 파일. The file to write.", dir_okay=False)] = None,
) -> None:
    """서비스 구성도를 그립니다 / Draw the service map that callers and keepers of the flow can read."""
    text = drawn(_compiled(file), format_.value, lang, _policy(config))
    if out is None:
        sys.stdout.write(text)
        return
    out.write_text(text, "utf-8")
    say(f"{out}에 썼습니다.", f"Wrote {out}.")


def drawn(flow: Flow, format_: str, lang: str, policy: Policy) -> str:
    """A service map; queues and lines are called as the centre calls them."""
    from ivr.tools import chart

    known = [(("queue", x.code), x.name_ko, x.name_en) for x in policy.queues.values()]
    known += [(("line", x.code), x.name_ko, x.name_en) for x in policy.lines]
    called = {"ko": {code: ko for code, ko, _ in known}, "en": {code: en for code, _, en in known}}
    if format_ == "page":
        return chart.page(flow, called)
    if format_ == "txt":
        return chart.text(flow, lang, called.get(lang, called["en"]))
    return chart.FORMATS[format_](flow, lang)
