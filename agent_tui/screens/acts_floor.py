"""What each action on the supervisor's screens does, by the names of ``keys.ACTIONS`` with the place "floor"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent_tui import calls, safe
from agent_tui.screens import acts_hearing, acts_record
from agent_tui.screens.asking import done, start, until
from agent_tui.screens.panel import AskLine, Confirm, Menu, Notice
from dasan.wire import desk, desk_calls
from dasan.wire.desk_views import FloorSession

if TYPE_CHECKING:
    from agent_tui.screens.supervising import Supervising


def look(d: Supervising) -> None:
    """Begin to read along; the session opens when its picture has come."""
    row, app = d.row, d.desk_app
    if row is None or app.state.busy_with("look", row.session):
        return

    async def work(row: FloorSession) -> None:
        talk = app.state.talk(row.session)
        if talk is not None and talk.mine:
            app.say_notice(app.say("floor.yours"), "warning")
            return
        if await done(d, desk.Look, session=row.session) is None:
            return
        if await until(d, lambda: (t := app.state.talk(row.session)) is not None and bool(t.session.look)):
            d.looks_at(row)

    start(d, work(row))


def ear(which: str) -> Callable[[Supervising], None]:
    """Hear the session's call in that way, looking at it first; the same again hangs up."""

    def act(d: Supervising) -> None:
        row, app = d.row, d.desk_app
        if row is None or app.state.busy_with("ear", row.session) or app.state.busy_with("look", row.session):
            return
        start(d, _hear(d, row, which))

    return act


async def _hear(d: Supervising, row: FloorSession, which: str) -> None:
    app = d.desk_app

    def looking() -> bool:
        return (t := app.state.talk(row.session)) is not None and bool(t.session.look)

    talk = app.state.talk(row.session)
    if talk is not None and talk.mine:
        app.say_notice(app.say("floor.yours"), "warning")
        return
    if not looking() and (await done(d, desk.Look, session=row.session) is None or not await until(d, looking)):
        return
    if app.screen is d and d.PLACE == "list":
        d.looks_at(row)
    talk = app.state.talk(row.session)
    mine = calls.own(talk) if talk is not None else None
    wanted = "" if mine is not None and mine.ear == which else which
    if not wanted:
        d.hangs_up()
    await done(d, desk_calls.Ear, session=row.session, ear=wanted)


def take(d: Supervising) -> None:
    """Become the counselor of it, after one question: the counselor who has it loses it."""
    row, app = d.row, d.desk_app
    if row is None:
        return

    async def work(row: FloorSession) -> None:
        question = app.say("floor.take_sure", number=row.number, name=row.counselor_name)
        if not await app.push_screen_wait(Confirm(app.say, question)):
            return
        if await done(d, desk.TakeOver, session=row.session, item=row.item) is not None:
            app.say_notice(app.say("floor.taken", number=row.number))

    start(d, work(row))


def decide(d: Supervising) -> None:
    """A ticket that cannot go on by itself: send it again, or let the session close without a receipt."""
    row, app = d.row, d.desk_app
    if row is None:
        return
    say = app.say
    rows = [("release", say("keys.release_ticket"))]
    if row.trouble == "dead_letter":
        rows.insert(0, ("retry", say("keys.retry_ticket")))
    talk = d.talk
    if talk is not None and talk.session.look and talk.can("ticket_amend"):  # to mend it one has to read it
        rows.insert(0, ("mend", say("floor.mend")))

    async def work(row: FloorSession) -> None:
        chosen = await app.push_screen_wait(Menu(say, say("floor.ticket", number=row.number), rows, filtered=False))
        if chosen == "mend":
            acts_record.ticket(d)
        elif chosen == "retry":
            await done(d, desk.TicketRetry, handoff=row.handoff)
        elif chosen == "release":
            reason = await app.push_screen_wait(AskLine(say, say("ticket.release"), say("panel.reason")))
            if reason:
                await done(d, desk.TicketRelease, handoff=row.handoff, reason=reason)

    start(d, work(row))


def floor_why(d: Supervising) -> None:
    """Who could be offered it, and why each other was passed over."""
    row, app = d.row, d.desk_app
    if row is None:
        return

    async def work(row: FloorSession) -> None:
        reply = await done(d, desk.Why, session=row.session)
        if reply:
            lines = [safe.plain(str(line)) for line in reply.data.get("lines", ())]
            await app.push_screen_wait(Notice(app.say, app.say("why.title"), safe.lines(lines)))

    start(d, work(row))


def barge(d: Supervising) -> None:
    """To whom the next line goes: the counselor, or the citizen."""
    d.turn()


ACTS: dict[str, Callable[[Supervising], None]] = {
    "look": look,
    "listen": ear("LISTEN"),
    "whisper_in": ear("WHISPER"),
    "barge_in": ear("BARGE"),
    "take": take,
    "barge": barge,
    "decide": decide,
    "floor_why": floor_why,
    "hear": acts_hearing.hear,
}
