"""What the actions about the citizen, about me and about the console itself do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_tui import safe
from agent_tui.screens.asking import done, only, start
from agent_tui.screens.floor import Floor
from agent_tui.screens.panel import AskLine, Confirm, Menu, Notice
from dasan.wire import desk

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk

AWAY_REASONS = ("lunch", "break", "training")


def unmask(d: Desk) -> None:
    """Show a masked field for a reason, which is kept."""
    talk, app = d.talk, d.desk_app
    if talk is None:
        return
    session = talk.id
    fields = [(name, app.say(f"unmask.{name}")) for name in ("contact", "address", "text")]

    async def work() -> None:
        field = await app.push_screen_wait(Menu(app.say, app.say("unmask.title"), fields, filtered=False))
        if not field:
            return
        reason = await app.push_screen_wait(AskLine(app.say, app.say("unmask.why"), app.say("panel.reason")))
        if not reason:
            return
        reply = await done(d, desk.Unmask, session=session, field=field, reason=reason)
        if reply:
            value = safe.plain(str(reply.data.get("value", "")), "bold")
            await app.push_screen_wait(Notice(app.say, app.say(f"unmask.{field}"), value))

    start(d, work())


def photo(d: Desk) -> None:
    """Open the newest photo in a browser."""
    talk, app = d.talk, d.desk_app
    photos = [e.photo for e in talk.entries if e.photo] if talk else []
    if talk is None or not photos:
        app.say_notice(app.say("why.no_photo"), "warning")
        return

    async def work(session: str) -> None:
        reply = await done(d, desk.Photo, session=session, photo=photos[-1])
        url = str(reply.data.get("url", "")) if reply else ""
        if url.startswith(("http://", "https://")):
            app.open_url(url)
            app.say_notice(url)

    start(d, work(talk.id))


def presence(d: Desk) -> None:
    """My presence, and what follows when my last session ends."""
    app = d.desk_app
    rows = [("AVAILABLE", app.say.name("presence", "AVAILABLE"))]
    rows += [(f"AWAY:{r}", f"{app.say.name('presence', 'AWAY')} - {app.say(f'away.{r}')}") for r in AWAY_REASONS]
    rows += [("DRAINING", app.say.name("presence", "DRAINING")), ("OFFLINE", app.say.name("presence", "OFFLINE"))]

    async def work() -> None:
        chosen = await app.push_screen_wait(Menu(app.say, app.say("presence_menu.title"), rows, filtered=False))
        if chosen:
            what, _, reason = chosen.partition(":")
            await done(d, desk.Presence, presence=what, reason=reason)

    start(d, work())


def why(d: Desk) -> None:
    """Who was eligible for this session, and why the others were passed over."""
    talk, app = d.talk, d.desk_app
    if talk is None:
        return

    async def work(session: str) -> None:
        reply = await done(d, desk.Why, session=session)
        if reply:
            lines = [safe.plain(str(line)) for line in reply.data.get("lines", ())]
            await app.push_screen_wait(Notice(app.say, app.say("why.title"), safe.lines(lines)))

    start(d, work(talk.id))


def take_over(d: Desk) -> None:
    """A supervisor takes the session."""
    if (talk := d.talk) and talk.item:
        start(d, only(d, desk.TakeOver, session=talk.id, item=talk.item.item))


def floor(d: Desk) -> None:
    """The supervisor's list of the floor."""
    d.app.push_screen(Floor())


def theme(d: Desk) -> None:
    """The next of the three themes."""
    d.desk_app.next_theme()


def sign_out(d: Desk) -> None:
    """End the sign-in on the server and leave."""
    app = d.desk_app

    async def work() -> None:
        if await app.push_screen_wait(Confirm(app.say, app.say("sign_out.sure"))):
            await done(d, desk.SignOut)
            app.leave()

    start(d, work())


def demo_kill(d: Desk) -> None:
    """What the demo hung on this key."""
    d.desk_app.demo_hook("demo_kill")
