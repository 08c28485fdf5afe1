"""What the wrap-up and ticket actions do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agent_tui.screens.asking import Holding, Place, done, only, start, until
from agent_tui.screens.panel import AskLine
from agent_tui.screens.ticket import TicketPanel
from agent_tui.state import Talk
from dasan.wire import desk

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk

PREFILL_S = 2


def finish(d: Desk) -> None:
    """Open the wrap-up; pressed in it while the talk still runs: end the talk and stay."""
    talk = d.talk
    if talk is None or talk.item is None:
        return
    if d.wrap is None:
        d.open_wrap()
    elif talk.mine != "wrapping" and not d.desk_app.state.busy_with("release", talk.id):
        start(d, only(d, desk.Release, session=talk.id, item=talk.item.item))


def file_wrap(d: Desk) -> None:
    """File the record in the panel; a talk that still runs is ended first."""
    talk, state = d.talk, d.desk_app.state
    if talk is None or talk.item is None or any(state.busy_with(kind, talk.id) for kind in ("wrap", "release")):
        return
    start(d, _file_wrap(d, talk, talk.item.item))


async def _file_wrap(d: Desk, talk: Talk, item: str) -> None:
    def now() -> Talk:  # a reconnection makes the objects of the read model anew
        return d.desk_app.state.talk(talk.id) or talk

    if now().mine != "wrapping":
        if await done(d, desk.Release, session=talk.id, item=item) is None:
            return
        await until(d, lambda: now().mine == "wrapping")
        await until(d, lambda: bool(now().session.prefill), PREFILL_S)
    panel = d.wrap
    if panel is None or panel.session != talk.id:
        return
    panel.draw(now())  # what the server filled in when the talk ended, where the counselor wrote nothing
    if await done(d, desk.Wrap, session=talk.id, item=item, **panel.record()) is None:
        return
    if d.current == talk.id:
        d.close_wrap()


def extend_wrap(d: Desk) -> None:
    """A minute more for the wrap-up, once."""
    if (talk := d.talk) and talk.item:
        start(d, only(d, desk.ExtendWrap, session=talk.id, item=talk.item.item))


def ticket(d: Holding) -> None:
    """The ticket form, filled from the conversation; a rejected ticket comes back to be mended."""
    talk, app = d.talk, d.desk_app
    if talk is None or talk.item is None or app.state.centre is None:
        return
    session, item, centre = talk.id, talk.item.item, app.state.centre
    rejected = next((t for t in talk.session.tickets if t.fields or t.stage.upper() == "REJECTED"), None)

    async def work() -> None:
        data = await _filled(d, session, item)
        if data is None:
            return
        panel = TicketPanel(app.say, centre, data, rejected.fields if rejected else ())
        form = await app.push_screen_wait(panel)
        if form is None:
            return
        app.remember_form(session, form)
        if rejected:
            filed = await done(d, desk.TicketAmend, handoff=rejected.handoff, form=form)
        else:
            filed = await done(d, desk.TicketFile, session=session, item=item, form=form)
        if filed:
            app.say_notice(app.say("ticket.filed"))

    start(d, work())


async def _filled(d: Place, session: str, item: str) -> dict[str, Any] | None:
    """What stands in the form at first: what was filed last, else what the server makes of the conversation."""
    app = d.desk_app
    talk = app.state.talk(session)
    last = app.forms.get(session)
    if talk is not None and not talk.can("ticket_prefill"):
        return {"form": last or {"category": talk.session.tickets[-1].category if talk.session.tickets else ""}}
    reply = await done(d, desk.TicketPrefill, session=session, item=item)
    if reply is None:
        return None
    return {**reply.data, "form": last} if last else dict(reply.data)


def with_reason(kind: type[desk.Command], title: str) -> Callable[[Desk], None]:
    """An act on the session's open ticket that needs a reason."""

    def act(d: Desk) -> None:
        open_tickets = [t for t in d.talk.session.tickets if not t.number or t.fields] if d.talk else []
        if not open_tickets:
            return
        app = d.desk_app

        async def work() -> None:
            reason = await app.push_screen_wait(AskLine(app.say, app.say(title), app.say("panel.reason")))
            if reason:
                await done(d, kind, handoff=open_tickets[-1].handoff, reason=reason)

        start(d, work())

    return act


def retry_ticket(d: Desk) -> None:
    """Send a dead letter once more."""
    if d.talk and d.talk.session.tickets:
        start(d, only(d, desk.TicketRetry, handoff=d.talk.session.tickets[-1].handoff))
