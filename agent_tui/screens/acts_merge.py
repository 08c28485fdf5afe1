"""What the actions do that say who else the citizen is, and take that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_tui import merges
from agent_tui.screens.asking import done, start
from agent_tui.screens.panel import AskLine, Confirm, Menu
from dasan.wire import desk

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk

RECEIPT = "receipt"  # no session has this id


def merge(d: Desk) -> None:
    """She is also the citizen of another session of mine, or the one whose receipt she names."""
    talk, app = d.talk, d.desk_app
    if talk is None or talk.item is None:
        return
    session, item = talk.id, talk.item.item
    mine = merges.others(app.state, talk)
    rows = [*((one.id, merges.session_named(one, app.say)) for one in mine), (RECEIPT, app.say("merge.receipt"))]

    async def work() -> None:
        other = await app.push_screen_wait(Menu(app.say, app.say("merge.title"), rows, filtered=False))
        receipt: str | None = ""
        if other == RECEIPT:
            asked = AskLine(app.say, app.say("merge.receipt"), app.say("merge.number"))
            other, receipt = "", await app.push_screen_wait(asked)
        if other is None or receipt is None or not await app.push_screen_wait(Confirm(app.say, app.say("merge.sure"))):
            return
        if await done(d, desk.Merge, session=session, item=item, other=other, receipt=receipt):
            app.say_notice(app.say("merge.done"))

    start(d, work())


def unmerge(d: Desk) -> None:
    """Take one of the links back, with a reason, which is kept."""
    talk, app = d.talk, d.desk_app
    if talk is None:
        return
    session = talk.id
    rows = [(str(one.link), merges.named(one, app.say)) for one in merges.to_take_back(app.state, talk)]

    async def work() -> None:
        link = await app.push_screen_wait(Menu(app.say, app.say("merge.back"), rows, filtered=False))
        if not link:
            return
        reason = await app.push_screen_wait(AskLine(app.say, app.say("merge.why"), app.say("panel.reason")))
        if reason and await done(d, desk.Unmerge, session=session, link=int(link), reason=reason):
            app.say_notice(app.say("merge.undone"))

    start(d, work())
