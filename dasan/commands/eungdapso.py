"""eungdapso: the embedded ticket desk run alone, with its own database and port."""

from __future__ import annotations

from typing import Annotated

import typer

from dasan.commands.options import Config, read_settings

app = typer.Typer(help="응답소를 따로 켭니다 / The ticket desk by itself.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `serve` a sub-command although it is the only one."""


@app.command()
def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="기다리는 주소. Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="기다리는 포트. Port to listen on.")] = None,
    clerk: Annotated[float, typer.Option(help="시범 담당자의 걸음(초). Pace of a demonstration clerk.", min=0)] = 0,
) -> None:
    """응답소 서버를 켭니다 / Run the ticket desk."""
    settings = read_settings(config, eungdapso__host=host, eungdapso__port=port)
    from dasan.eungdapso.desk import serve as desk

    ticket = settings.eungdapso
    desk.run(
        ticket.host,
        ticket.port,
        settings.eungdapso_path,
        settings.eungdapso_key,
        staff_keys=settings.eungdapso_staff,
        base_url=ticket.public_url,
        jurisdiction_id=ticket.jurisdiction_id,
        holidays_path=ticket.holidays,
        contact=ticket.contact,
        clerk_pace_s=clerk,
    )
