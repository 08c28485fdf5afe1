"""serve, desk, demo, simulate, bench, why: the commands that run something."""

from __future__ import annotations

import hashlib
import os
import signal
import ssl
from pathlib import Path
from typing import Annotated

import typer

from dasan.commands.options import Config, Json, fail, read_settings, require_secrets

DEMO_PASSWORD = "DASAN_DEMO_PASSWORD"  # noqa: S105  # the name of a variable, read by `--demo` only
# Two commands take their own flags, so that their whole help stands with them.
OWN_FLAGS = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    app.command()(serve)
    app.command()(desk)
    app.command(context_settings=OWN_FLAGS, add_help_option=False)(demo)
    app.command(context_settings=OWN_FLAGS, add_help_option=False)(simulate)
    app.command()(bench)
    app.command()(why)


def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="기다리는 주소. Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="기다리는 포트. Port to listen on.")] = None,
) -> None:
    """상담 서버를 켭니다 / Run the server."""
    settings = read_settings(config, server__host=host, server__port=port)
    require_secrets(settings)
    from dasan import app

    raise typer.Exit(app.serve(settings))


def desk(
    config: Config = None,
    server: Annotated[str | None, typer.Option(help="접속할 서버 주소. Address of the server.")] = None,
    name: Annotated[str, typer.Option(help="로그인 이름. Sign-in name.")] = "",
    language: Annotated[str | None, typer.Option("--lang", help="화면의 말 ko|en. Language.")] = None,
    theme: Annotated[str | None, typer.Option(help="dark|light|contrast")] = None,
    glyphs: Annotated[str | None, typer.Option(help="unicode|ascii")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="한 줄씩(화면 낭독기용). Line by line.")] = False,
    demo: Annotated[Path | None, typer.Option("--demo", hidden=True)] = None,
    doctor: Annotated[bool, typer.Option("--doctor", help="단말기가 맞는지 봅니다. Look at this terminal.")] = False,
) -> None:
    """상담석을 엽니다 / Open a counselor's desk."""
    settings = read_settings(
        config, desk__server=server, desk__language=language, desk__theme=theme, desk__glyphs=glyphs
    )
    from agent_tui import run

    chosen = settings.desk
    status = run.main(
        url=settings.desk_url,
        name=name,
        password=os.environ.get(DEMO_PASSWORD, "") if demo else "",
        token_file=None if demo else _state(settings.desk_url, "token"),
        log_file=None if demo else _state(settings.desk_url, "log"),
        language=chosen.language,
        theme=chosen.theme,
        glyphs=chosen.glyphs,
        plain=plain,
        doctor=doctor,
        keys=dict(chosen.keys),
        again_sends=chosen.again_sends,
        hold_back_s=chosen.hold_back_s,
        notify=chosen.notify,
        available=demo is not None,
        tls=_authority(chosen.certificate_authority),
        notice=_demo_notice(chosen.language, settings.public_url) if demo else "",
        on_key={"demo_kill": _ask_to_kill} if demo else {},
    )
    raise typer.Exit(status)


def _demo_notice(language: str, page: str) -> str:
    if language == "ko":
        return f"시민이 되어 보십시오: {page}   Ctrl+X: 서버를 kill -9로 끕니다"
    return f"Be a citizen yourself: {page}   Ctrl+X: kill the server with -9"


def _ask_to_kill() -> None:
    """The demonstration, which started this desk and the server, does the killing (dasan/demo/run.py)."""
    os.kill(os.getppid(), signal.SIGUSR1)


def _state(server: str, kind: str) -> Path:
    """Where this person's sign-in at that server ("token") is kept, so that a console that died comes back by itself,
    and where the desk says what went wrong with it ("log").

    One file a server: a token must never be shown to another.
    """
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    folder = state / "dasan"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"desk-{hashlib.sha256(server.encode()).hexdigest()[:16]}.{kind}"


def _authority(file: Path | None) -> ssl.SSLContext | None:
    if file is None:
        return None
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        fail(
            f"기관 인증서를 읽을 수 없습니다: {file}", f"The authority's certificate cannot be read: {file}: {error}", 2
        )


def demo(context: typer.Context) -> None:
    """한 대에서 모두 보여 줍니다(--headless, --lang en, --lan) / The whole centre on this machine."""
    from dasan.demo import run

    raise typer.Exit(run.main(context.args))


def simulate(context: typer.Context) -> None:
    """가상 시계로 하루를 돌려 봅니다 / Run a centre on a virtual clock."""
    from dasan.sim import run

    raise typer.Exit(run.main(context.args))


def bench(
    names: Annotated[list[str] | None, typer.Argument(help="잴 것, 없으면 모두. What to measure; all without.")] = None,
    as_json: Json = False,
) -> None:
    """성능을 잽니다 / Measure speed beside a baseline."""
    from dasan.bench import run

    raise typer.Exit(run.main(names or [], as_json))


def why(
    workitem: Annotated[str, typer.Argument(help="상담 건 번호. Id of the work item.")],
    config: Config = None,
    language: Annotated[str | None, typer.Option("--lang", help="ko|en")] = None,
) -> None:
    """한 건이 왜 그 상담사에게 갔는지 보여 줍니다 / Who was eligible for an item, and why others were not."""
    settings = read_settings(config, desk__language=language)
    from dasan import app

    for line in app.why(settings, workitem, settings.desk.language):
        typer.echo(line)
