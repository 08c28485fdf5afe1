"""check: what is wrong with an installation, in sentences. Exit status 1 when something must be mended.

Reads only; safe beside a running server.
"""

from __future__ import annotations

import typer

from dasan.commands.options import Config, read_settings

MARKS = {"good": "[ 정상 ok ]", "warn": "[주의 warn]", "bad": "[문제 bad ]"}


def check(config: Config = None) -> None:
    """설치를 점검하고 고칠 점을 말합니다 / Say what is wrong with this installation."""
    from dasan.commands.installation import findings

    found = list(findings(read_settings(config)))
    for finding in found:
        typer.echo(f"{MARKS[finding.level]} {finding.korean}\n             {finding.english}")
    bad = sum(finding.level == "bad" for finding in found)
    if bad:
        typer.echo(f"고쳐야 할 점 {bad}건 / {bad} thing(s) to mend")
        raise typer.Exit(1)
    typer.echo("서비스할 수 있습니다. / Ready to serve.")
