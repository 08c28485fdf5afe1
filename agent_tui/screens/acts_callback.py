"""What the actions do about calling back: asking for it, the list, and moving, hastening or cancelling one of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_tui.callback_words import MINUTE, distance, moment, morning, typed
from agent_tui.screens.asking import done, start
from agent_tui.screens.callbacks import CallbackList
from agent_tui.screens.panel import AskLine, Menu
from dasan.wire import desk_calls
from dasan.wire.call_views import Callback

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk

LATER_MINUTES = (10, 30, 60, 180)
REASONS = ("asked", "solved", "wrong_number")
Rows = list[tuple[str, str]]


def callback_ask(d: Desk) -> None:
    """The citizen is called back: when it is her turn, or later."""
    talk, app = d.talk, d.desk_app
    if talk is None:
        return

    async def work(session: str) -> None:
        rows = [("0", app.say("callback.in_turn")), *_times(d), ("number", app.say("callback.other"))]
        chosen = await app.push_screen_wait(Menu(app.say, app.say("callback.ask_title"), rows))
        number: str | None = ""
        if chosen == "number":
            number = await app.push_screen_wait(AskLine(app.say, app.say("callback.number"), "010-0000-0000"))
            chosen = "0"
        at = await _at(d, chosen)
        if at is None or number is None:
            return
        reply = await done(d, desk_calls.CallbackAsk, session=session, at=at, number=number[:32])
        if reply:
            _told(d, at, int(reply.data.get("due_us") or 0), "callback.asked")

    start(d, work(talk.id))


def callbacks(d: Desk) -> None:
    """Who is to be called back; Enter changes one, and the list is there again."""
    app = d.desk_app

    async def work() -> None:
        session: str | None = ""
        try:
            while (session := await app.push_screen_wait(CallbackList(app.say, session or ""))) is not None:
                await _change(d, session)
        finally:
            app.send(desk_calls.Callbacks, on=False)
            app.state.callbacks = None

    start(d, work())


def _row(d: Desk, session: str) -> Callback | None:
    known = d.desk_app.state.callbacks
    return next((row for row in known.rows if row.session == session), None) if known else None


async def _change(d: Desk, session: str) -> None:
    app, row = d.desk_app, _row(d, session)
    if row is None:
        app.say_notice(app.say("callback.over"), "warning")
        return
    rows = _possible(d, row)
    if not rows:
        app.say_notice(app.say("callback.not_yours" if not row.can else "callback.in_hand"), "warning")
        return
    now, say = app.client.now(), app.say
    title = say("callback.change", number=row.number, at=moment(row.due, now, say), span=distance(row.due, now, say))
    chosen = await app.push_screen_wait(Menu(say, title, rows, filtered=False))
    what, _, value = (chosen or "").partition(":")
    if what == "drop":
        if await done(d, desk_calls.CallbackDrop, session=session, reason=value) is not None:
            app.say_notice(say("callback.dropped", number=row.number))
        return
    at = await _at(d, chosen)
    if at is None:
        return
    reply = await done(d, desk_calls.CallbackSet, session=session, at=at)
    if reply:
        _told(d, at, int(reply.data.get("due_us") or 0), "callback.moved")


def _possible(d: Desk, row: Callback) -> Rows:
    """What may be done with it now, the most frequent first."""
    say, rows = d.desk_app.say, Rows()
    if "callback_set" in row.can:
        if row.state != "DUE":
            rows.append(("0", say("callback.now")))
        rows += _times(d)
    if "callback_drop" in row.can:
        drop = say("callback.drop")
        rows += [(f"drop:{why}", f"{drop}: {say.name('callback_why', why)}") for why in REASONS]
    return rows


def _times(d: Desk) -> Rows:
    """Times to choose from: minutes from now, tomorrow morning, and one that is typed."""
    say, now = d.desk_app.say, d.desk_app.client.now()
    rows = []
    for minutes in LATER_MINUTES:
        at = now + minutes * MINUTE
        rows.append((str(minutes), f"{distance(at, now, say)} ({moment(at, now, say)})"))
    return [*rows, ("morning", moment(morning(now), now, say)), ("typed", say("callback.typed"))]


async def _at(d: Desk, chosen: str | None) -> int | None:
    """The instant that was chosen, 0 for as soon as possible; None when nothing was, or it cannot be read."""
    app = d.desk_app
    if not chosen:
        return None
    if chosen == "morning":
        return morning(app.client.now())
    if chosen != "typed":
        return app.client.now() + int(chosen) * MINUTE if chosen != "0" else 0
    given = await app.push_screen_wait(AskLine(app.say, app.say("callback.typed"), app.say("callback.typed_how")))
    at = typed(given, app.client.now()) if given else None
    if given and at is None:
        app.say_notice(app.say("callback.no_time"), "warning")
    return at


def _told(d: Desk, at: int, due: int, key: str) -> None:
    """When she will be called, and that it is not when it was asked for, where nobody is called at that time."""
    app = d.desk_app
    now = app.client.now()
    later = bool(due) and due - max(at, now) > MINUTE
    when = f"{moment(due, now, app.say)} ({distance(due, now, app.say)})" if due else ""
    app.say_notice(app.say("callback.put_off" if later else key, at=when), "warning" if later else "information")
