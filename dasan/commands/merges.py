"""merges: citizens who are said to be one person, through the running server."""

from __future__ import annotations

import getpass
import json
from typing import Annotated

import typer

from dasan.commands.options import Config, Json, ask_server, say

app = typer.Typer(help="같은 사람으로 이은 신원을 다룹니다 / Look after merged identities.", no_args_is_help=True)

Link = Annotated[int, typer.Argument(help="연결 번호(list에 있음). Number of the link, as in list.")]
Reason = Annotated[str, typer.Option(help="사유(봉인됨). Why; it is sealed.")]
By = Annotated[str, typer.Option(help="기록에 남길 이름. Name for the record.", show_default="account")]
EVIDENCE = {"word": "본인 말 word", "receipt": "접수번호 receipt"}


@app.command("list")
def list_(config: Config = None, as_json: Json = False) -> None:
    """이어져 있는 신원 / Links that stand, the newest first."""
    told = ask_server(config, "merges", act="list")
    for row in told["merges"]:
        if as_json:
            typer.echo(json.dumps(row, ensure_ascii=False))
        else:
            evidence = EVIDENCE.get(row["evidence"], row["evidence"])
            typer.echo(f"{row['link']}\t{row['at']}\t{evidence}\t상담 {row['session']}\t{row['by']}")
    if not as_json and told["all"] > len(told["merges"]):
        say(f"모두 {told['all']}건", f"{told['all']} in all")


@app.command()
def undo(link: Link, reason: Reason, config: Config = None, by: By = "") -> None:
    """잘못 이은 것을 되돌립니다 / Take a link back; both histories are as before."""
    ask_server(config, "merges", act="undo", link=link, reason=reason, by=by or getpass.getuser())
    say("되돌렸습니다.", "Taken back.")
