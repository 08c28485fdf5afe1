"""check: what is wrong with an installation, in sentences. Exit status 1 when something must be mended.

Reads only; safe beside a running server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from dasan.commands.finding import Finding
from dasan.commands.options import Config, read_settings

if TYPE_CHECKING:
    from dasan.settings import Settings

MARKS = {"good": "[ 정상 ok ]", "warn": "[주의 warn]", "bad": "[문제 bad ]"}

Twilio = Annotated[
    bool, typer.Option("--twilio", help="통신사 계정의 번호들을 점검합니다. Look at the account's numbers at Twilio.")
]
Privacy = Annotated[
    bool, typer.Option("--privacy", help="개인정보가 어디로 나가는지 봅니다. Which personal data leaves, and whereto.")
]
Outside = Annotated[
    bool, typer.Option("--network", help="이 서버가 부르는 바깥 주소들을 봅니다. The addresses that this server asks.")
]


def check(config: Config = None, twilio: Twilio = False, privacy: Privacy = False, network: Outside = False) -> None:
    """설치를 점검하고 고칠 점을 말합니다 / Say what is wrong with this installation."""
    settings = read_settings(config)
    found = [finding for look in _looks(twilio, privacy, network) for finding in look(settings)]
    for finding in found:
        typer.echo(f"{MARKS[finding.level]} {finding.korean}\n             {finding.english}")
    bad = sum(finding.level == "bad" for finding in found)
    if bad:
        typer.echo(f"고쳐야 할 점 {bad}건 / {bad} thing(s) to mend")
        raise typer.Exit(1)
    if not (twilio or privacy or network):
        typer.echo("서비스할 수 있습니다. / Ready to serve.")


def _looks(twilio: bool, privacy: bool, network: bool) -> Iterable[Callable[[Settings], Iterable[Finding]]]:
    """What was asked for, or the whole installation."""
    if not (twilio or privacy or network):
        from dasan.commands.installation import findings

        return (findings,)
    from dasan.commands.network import findings as of_network
    from dasan.commands.outside import findings as of_outside
    from dasan.commands.privacy import findings as of_privacy

    return tuple(look for look, asked in ((of_network, twilio), (of_outside, network), (of_privacy, privacy)) if asked)
