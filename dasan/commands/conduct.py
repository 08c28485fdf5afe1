"""conduct: the ledger of strikes, by telephone number, through the running server."""

from __future__ import annotations

import getpass
import json
from typing import Annotated

import typer

from dasan.commands.options import Config, Json, ask_server, say

app = typer.Typer(help="악성 민원 기록을 다룹니다 / Look after the ledger of strikes.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="전화번호. Telephone number.")]
Strike = Annotated[int, typer.Argument(help="기록의 번호(show에 있음). Number of the strike, as in show.")]
Reason = Annotated[str, typer.Option(help="사유(봉인됨). Why; it is sealed.")]
By = Annotated[str, typer.Option(help="기록에 남길 이름. Name for the record.", show_default="account")]
KINDS = {
    "harassment": "성희롱",
    "threat": "협박",
    "verbal": "폭언",
    "prank": "장난",
    "drunk": "주취·장시간",
    "repeat": "반복",
}
CONDUCT = {"": "보통 plain", "warned": "경고를 들음 hears the warning", "special": "특별 관리 special queue"}


@app.command("list")
def list_(config: Config = None, as_json: Json = False) -> None:
    """지금 효력이 있는 기록 / Addresses whose strikes count now."""
    told = ask_server(config, "conduct", act="list")
    for row in told["addresses"]:
        if as_json:
            typer.echo(json.dumps(row, ensure_ascii=False))
        else:
            kinds = ", ".join(KINDS.get(one["kind"], one["kind"]) for one in row["strikes"] if one["counts"])
            typer.echo(f"{row['number'] or '-'}\t{CONDUCT[row['conduct']]}\t{kinds}")
    if not as_json and told["all"] > len(told["addresses"]):
        say(f"모두 {told['all']}건", f"{told['all']} in all")


@app.command()
def show(number: Number, config: Config = None, as_json: Json = False) -> None:
    """한 번호의 기록 전부 / Everything in the ledger of one number."""
    row = ask_server(config, "conduct", act="show", number=number)
    if as_json:
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    typer.echo(f"{number}\t{CONDUCT[row['conduct']]}")
    for one in row["strikes"]:
        counts = "효력 있음 counts" if one["counts"] else "효력 없음 counts no more"
        kind = KINDS.get(one["kind"], one["kind"])
        typer.echo(f"  {one['strike']}\t{one['at']}\t{kind}\t상담 {one['session']}\t{one['state']}\t{counts}")


@app.command()
def withdraw(number: Number, strike: Strike, reason: Reason, config: Config = None, by: By = "") -> None:
    """잘못된 기록을 거둡니다 / Withdraw a strike that was wrong."""
    who = by or getpass.getuser()
    done = ask_server(config, "conduct", act="withdraw", number=number, strike=strike, reason=reason, by=who)
    say(f"거두었습니다. 다음 전화: {CONDUCT[done['conduct']]}", f"Withdrawn. The next call: {CONDUCT[done['conduct']]}")


@app.command()
def uphold(number: Number, strike: Strike, reason: Reason, config: Config = None, by: By = "") -> None:
    """이의를 살핀 뒤 그대로 둡니다 / Uphold a strike after an appeal."""
    ask_server(config, "conduct", act="uphold", number=number, strike=strike, reason=reason, by=by or getpass.getuser())
    say("그대로 두었습니다.", "Upheld.")
