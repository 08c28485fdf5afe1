"""A supervisor hears a recording: from where she looks, or of a session that is over, by its number; with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_tui.callback_words import moment
from agent_tui.screens.asking import done, start
from agent_tui.screens.panel import AskLine, Menu
from agent_tui.times import SECOND, span
from dasan.wire import desk_calls
from dasan.wire.call_views import Recording

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk
    from agent_tui.screens.supervising import Supervising
    from agent_tui.words import Words


def described(row: Recording, now_us: int, say: Words) -> str:
    """When it came, how long it is, and of what kind; or why it is gone."""
    kind = say.name("recording_kind", row.kind)
    gone = f" - {say.name('recording_gone', row.gone)}" if row.gone else ""
    return f"{moment(row.at, now_us, say)}  {span(row.seconds * SECOND)}  {kind}{gone}"


def hear(d: Supervising) -> None:
    """Of the session under the cursor, or that is looked at."""
    if d.row is not None:
        start(d, _play(d, session=d.row.session))


def hear_number(d: Desk) -> None:
    """Of the session whose number is asked for."""
    app = d.desk_app

    async def work() -> None:
        number = await app.push_screen_wait(AskLine(app.say, app.say("hearing.number"), app.say("hearing.number_how")))
        if not number:
            return
        if not (digits := number.lstrip("#")).isdecimal() or len(digits) > 15:
            app.say_notice(app.say("hearing.no_number"), "warning")
            return
        await _play(d, number=int(digits))

    start(d, work())


async def _play(d: Desk | Supervising, **which: Any) -> None:
    app = d.desk_app
    found = await done(d, desk_calls.Recordings, **which)
    if found is None:
        return
    rows = [Recording.model_validate(row) for row in found.data.get("recordings", ())]
    there = {row.recording for row in rows if not row.gone}
    if not rows:
        app.say_notice(app.say("hearing.none"), "warning")
        return
    now = app.client.now()
    shown = [(row.recording, described(row, now, app.say)) for row in reversed(rows)]
    chosen = await app.push_screen_wait(Menu(app.say, app.say("hearing.title"), shown, filtered=False))
    if not chosen:
        return
    if chosen not in there:
        app.say_notice(app.say("hearing.gone"), "warning")
        return
    reason = await app.push_screen_wait(AskLine(app.say, app.say("hearing.why"), app.say("panel.reason")))
    if not reason:
        return
    session = str(found.data.get("session", ""))
    reply = await done(d, desk_calls.Play, session=session, recording=chosen, reason=reason)
    url = str(reply.data.get("url", "")) if reply else ""
    if url.startswith(("http://", "https://")):
        app.open_url(url)
        app.say_notice(url)
