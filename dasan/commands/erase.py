"""erase: what a citizen wrote is made unreadable for ever, by the running server. The journal stays and still folds."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import Annotated

import typer

from dasan.commands.options import Config, fail, read_settings, say


class Reason(StrEnum):
    """Why: the citizen asked, the retention time is over, an authority ordered it."""

    requested = "requested"
    retention = "retention"
    ordered = "ordered"


def erase(
    session: Annotated[str, typer.Argument(help="끝난 상담의 번호나 id. Number or id of a closed session.")],
    reason: Annotated[Reason, typer.Option(help="사유. Why.")],
    config: Config = None,
    whole: Annotated[bool, typer.Option("--whole", help="그 신원의 상담 모두. All of that identity.")] = False,
    by: Annotated[str, typer.Option(help="기록에 남길 이름. Name for the record.", show_default="account")] = "",
) -> None:
    """내용을 지웁니다(되돌릴 수 없음) / Erase what was written; cannot be undone. The server must be running."""
    settings = read_settings(config)
    from dasan.server import control

    done = control.ask(
        settings.server.data_dir, "erase", session=session, reason=reason.value, whole=whole, by=by or getpass.getuser()
    )
    if done is None:
        fail("서버가 켜져 있어야 지울 수 있습니다: dasan serve", "Erasing needs the running server: dasan serve")
    say(
        f"상담 {done['sessions']}건의 내용을 지웠습니다(사진 {done['photos']}장).",
        f"Erased the content of {done['sessions']} session(s) and {done['photos']} photo(s).",
    )
    if done["others"]:
        names = ", ".join(str(number) for number in done["others"])
        say(
            f"같은 사람으로 이어져 있던 다른 신원은 그대로입니다: 상담 {names}. 지우려면 하나씩 --whole로 지우십시오.",
            f"Other identities of the same person were left alone: session(s) {names}. Erase each with --whole.",
        )
