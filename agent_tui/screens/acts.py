"""What each action does, as one table of plain functions over the desk.

An action sends commands and waits for the server; it changes nothing on the screen that the server has not confirmed,
save where the person goes. ``ACTS`` has one entry for every desk action of ``keys.ACTIONS``; a test holds that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from agent_tui import safe
from agent_tui.screens.knowledge import Knowledge
from agent_tui.screens.panel import AskLine, Confirm, Menu, Notice
from agent_tui.screens.ticket import TicketPanel
from agent_tui.screens.transfer import TransferPanel
from agent_tui.state import Talk
from agent_tui.urgency import by_urgency, need, next_urgent
from agent_tui.widgets.sessions import who
from agent_tui.widgets.suggestions import SHOWN
from agent_tui.widgets.transcript import Transcript
from dasan.wire import desk
from dasan.wire.desk_views import Entry, Hit, Offer, Reply

if TYPE_CHECKING:
    from agent_tui.app import DeskApp
    from agent_tui.screens.desk import Desk

Answer = asyncio.Future[Reply]
OPENED_MAX = 256
ENGAGED = frozenset({"CONNECTING"})
AWAY_REASONS = ("lunch", "break", "training")


def _work(d: Desk, work: Coroutine[Any, Any, None]) -> None:
    d.run_worker(work, exit_on_error=False)


async def _done(d: Desk, kind: type[desk.Command], **fields: Any) -> Reply | None:
    """The answer to a command, or None after telling the person why not."""
    answer = d.desk_app.ask(kind, **fields)
    if answer is None:
        return None
    reply = await answer
    if not reply.ok:
        d.desk_app.refused(reply)
        return None
    return reply


async def _until(d: Desk, true: Callable[[], bool]) -> bool:
    """Wait for what a reply announced to arrive as an event: at once as a rule, five seconds at most."""
    for _ in range(50):
        if true():
            return True
        await d.desk_app.changed_soon(0.1)
    return true()


# -- offers


def accept(d: Desk) -> None:
    """Take the offer that ends first."""
    offers = d.desk_app.state.offers()
    if offers and not d.desk_app.state.busy_with("accept", offers[0].session):
        _work(d, _accept(d, offers[0]))


async def _accept(d: Desk, offer: Offer) -> None:
    if await _done(d, desk.Accept, offer=offer.offer, session=offer.session) is None:
        return
    if await _until(d, lambda: (talk := d.desk_app.state.talk(offer.session)) is not None and talk.mine == "live"):
        d.select(offer.session)


def decline(d: Desk) -> None:
    """Leave the first offer to others."""
    offers = d.desk_app.state.offers()
    if offers and not d.desk_app.state.busy_with("decline", offers[0].session):
        _work(d, _decline(d, offers[0]))


async def _decline(d: Desk, offer: Offer) -> None:
    await _done(d, desk.Decline, offer=offer.offer, session=offer.session)
    d.composer.focus()


def confirm_opened(d: Desk) -> None:
    """Say for each session that I accepted and now see: the talk begins. Once an item; repeating would be harmless."""
    state = d.desk_app.state
    me = state.me.counselor if state.me else ""
    for talk in state.talks.values():
        item = talk.item
        if item and item.state in ENGAGED and item.counselor in {me, ""} and talk.mine == "live":
            key = (talk.id, item.item)
            if key not in d.desk_app.opened:
                d.desk_app.opened[key] = None
                d.desk_app.send(desk.Opened, session=talk.id, item=item.item)
    while len(d.desk_app.opened) > OPENED_MAX:
        del d.desk_app.opened[next(iter(d.desk_app.opened))]


def mark_read(d: Desk) -> None:
    """The session on the screen is read as far as the reader stands at its end; at most one mark under way."""
    app, talk = d.desk_app, d.talk
    if talk is None or not talk.unread or not talk.mine or not app.app_focus or app.screen is not d:
        return
    if not d.query_one("#transcript", Transcript).following or app.state.busy_with("mark", talk.id):
        return
    answer = app.ask(desk.Mark, session=talk.id, n=talk.last_n)
    if answer is not None:
        _work(d, _marked(d, talk.id, talk.last_n, answer))


async def _marked(d: Desk, session: str, n: int, answer: Answer) -> None:
    if (await answer).ok:
        d.desk_app.took(d.desk_app.state.mark_read(session, n))


# -- going about


def go_next_urgent(d: Desk) -> None:
    """An offer first: its line takes the focus. Else the session that needs me most."""
    target = next_urgent(d.desk_app.state, d.desk_app.client.now(), d.current)
    if isinstance(target, Offer):
        d.query_one("#offer").focus()
        d.paint(frozenset())
    elif isinstance(target, Talk):
        d.select(target.id)
    else:
        d.composer.focus()


def step(by: int) -> Callable[[Desk], None]:
    """The next or previous session of the list."""

    def act(d: Desk) -> None:
        ids = [talk.id for talk in by_urgency(d.desk_app.state, d.desk_app.client.now())]
        if ids:
            at = ids.index(d.current) if d.current in ids else -by
            d.select(ids[(at + by) % len(ids)])

    return act


def switch(d: Desk) -> None:
    """Find a session by a few letters of its name, number, queue or last words."""
    app = d.desk_app
    now = app.client.now()
    rows = [(talk.id, session_row(talk, now, app)) for talk in by_urgency(app.state, now)]

    async def work() -> None:
        chosen = await app.push_screen_wait(Menu(app.say, app.say("switch.title"), rows))
        if chosen:
            d.select(chosen)

    _work(d, work())


def session_row(talk: Talk, now: int, app: DeskApp) -> str:
    """One session on one line, with everything it can be found by."""
    item = talk.item
    last = next((safe.flat(e.text, 40) for e in reversed(talk.entries[-20:]) if e.who == "citizen"), "")
    queue = item.queue_name if item else ""
    sign = need(talk, now).sign
    mark = app.say.name("mark", talk.session.channel)
    return f"{mark} {who(talk, app.say)} #{talk.session.number} {queue} {sign} {last}"


def side(d: Desk) -> None:
    """The next tab of the side column, where there is room for one only."""
    names = ("suggest", "card", "queues")
    d.side = names[(names.index(d.side) + 1) % len(names)]
    d.call_after_refresh(d.paint, frozenset())


def preview(d: Desk) -> None:
    """Show the answer of the next suggestion in full."""
    count = min(SHOWN, len(d.hits()))
    d.opened_hit = (d.opened_hit + 1) % count if count else 0
    d.paint(frozenset())


def scroll(how: str) -> Callable[[Desk], None]:
    """Move in the conversation without leaving the composer."""

    def act(d: Desk) -> None:
        transcript = d.query_one("#transcript", Transcript)
        if how == "up":
            transcript.scroll_page_up(animate=False)
        elif how == "down":
            transcript.scroll_page_down(animate=False)
        else:
            transcript.to_end()

    return act


def older(d: Desk) -> None:
    """Ask for what came before the first line that is kept."""
    talk = d.talk
    if talk is None or not talk.entries or talk.entries[0].n <= 1 or d.desk_app.state.busy_with("older", talk.id):
        return

    async def work(session: str, before: int) -> None:
        reply = await _done(d, desk.Older, session=session, before=before)
        if reply:
            entries = [Entry.model_validate(raw) for raw in reply.data.get("entries", ())]
            d.desk_app.took(d.desk_app.state.prepend(session, entries))

    _work(d, work(talk.id, talk.entries[0].n))


# -- the conversation


def hold(d: Desk) -> None:
    """Put the session aside, or take it up again."""
    if (talk := d.talk) and (item := talk.item):
        kind = desk.Unpause if item.state == "PAUSED" else desk.Pause
        _work(d, _only(d, kind, session=talk.id, item=item.item))


async def _only(d: Desk, kind: type[desk.Command], **fields: Any) -> None:
    await _done(d, kind, **fields)


def note(d: Desk) -> None:
    """What is written next is for colleagues only; again: for the citizen."""
    d.composing.note = not d.composing.note
    d.composer.focus()
    d.paint(frozenset())


def transfer(d: Desk) -> None:
    """Pass the session to a queue or a person."""
    talk, app = d.talk, d.desk_app
    if talk is None or talk.item is None:
        return
    session, item = talk.id, talk.item.item

    async def work() -> None:
        people = await _done(d, desk.People)
        if people is None:
            return
        chosen = await app.push_screen_wait(TransferPanel(app.say, people.data))
        if chosen:
            await _done(d, desk.Transfer, session=session, item=item, **chosen)

    _work(d, work())


def conference(d: Desk) -> None:
    """A third party is for calls; the table says so before this is reached."""
    d.desk_app.say_notice(d.desk_app.say("why.calls_only"), "warning")


def suggest(place: int) -> Callable[[Desk], None]:
    """Put suggestion ``place`` into the answer."""
    return lambda d: d.composing.use(place)


async def search(app: DeskApp, query: str, limit: int = 10) -> tuple[Hit, ...]:
    """What the knowledge base finds; nothing when it does not answer."""
    answer = app.ask(desk.Search, query=query, limit=limit)
    if answer is None:
        return ()
    reply = await answer
    return tuple(Hit.model_validate(raw) for raw in reply.data.get("hits", ())) if reply.ok else ()


def knowledge(d: Desk) -> None:
    """Search the knowledge base with room to read; Enter puts the answer into the composer."""
    app = d.desk_app

    async def work() -> None:
        hit = await app.push_screen_wait(Knowledge(app.say, lambda query: search(app, query)))
        if hit is not None:
            d.composing.take(hit)

    _work(d, work())


# -- wrap-up and ticket


def finish(d: Desk) -> None:
    """Open the wrap-up; pressed in it while the talk still runs: end the talk and stay."""
    talk = d.talk
    if talk is None or talk.item is None:
        return
    if d.wrap is None:
        d.open_wrap()
    elif talk.mine != "wrapping" and not d.desk_app.state.busy_with("release", talk.id):
        _work(d, _only(d, desk.Release, session=talk.id, item=talk.item.item))


def file_wrap(d: Desk) -> None:
    """File the record in the panel; a talk that still runs is ended first."""
    talk, state = d.talk, d.desk_app.state
    if talk is None or talk.item is None or any(state.busy_with(kind, talk.id) for kind in ("wrap", "release")):
        return
    _work(d, _file_wrap(d, talk, talk.item.item))


async def _file_wrap(d: Desk, talk: Talk, item: str) -> None:
    def now() -> Talk:  # a reconnection makes the objects of the read model anew
        return d.desk_app.state.talk(talk.id) or talk

    if now().mine != "wrapping":
        if await _done(d, desk.Release, session=talk.id, item=item) is None:
            return
        await _until(d, lambda: now().mine == "wrapping")
    panel = d.wrap
    if panel is None or panel.session != talk.id:
        return
    panel.draw(now())  # what the server filled in when the talk ended, where the counselor wrote nothing
    if await _done(d, desk.Wrap, session=talk.id, item=item, **panel.record()) is None:
        return
    if d.current == talk.id:
        d.close_wrap()


def extend_wrap(d: Desk) -> None:
    """A minute more for the wrap-up, once."""
    if (talk := d.talk) and talk.item:
        _work(d, _only(d, desk.ExtendWrap, session=talk.id, item=talk.item.item))


def ticket(d: Desk) -> None:
    """The ticket form, filled from the conversation; a rejected ticket comes back to be mended."""
    talk, app = d.talk, d.desk_app
    if talk is None or talk.item is None or app.state.centre is None:
        return
    session, item, centre = talk.id, talk.item.item, app.state.centre
    rejected = next((t for t in talk.session.tickets if t.fields or t.stage.upper() == "REJECTED"), None)

    async def work() -> None:
        filled = await _done(d, desk.TicketPrefill, session=session, item=item)
        if filled is None:
            return
        panel = TicketPanel(app.say, centre, filled.data, rejected.fields if rejected else ())
        form = await app.push_screen_wait(panel)
        if form is None:
            return
        if rejected:
            done = await _done(d, desk.TicketAmend, handoff=rejected.handoff, form=form)
        else:
            done = await _done(d, desk.TicketFile, session=session, item=item, form=form)
        if done:
            app.say_notice(app.say("ticket.filed"))

    _work(d, work())


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
                await _done(d, kind, handoff=open_tickets[-1].handoff, reason=reason)

        _work(d, work())

    return act


def retry_ticket(d: Desk) -> None:
    """Send a dead letter once more."""
    if d.talk and d.talk.session.tickets:
        _work(d, _only(d, desk.TicketRetry, handoff=d.talk.session.tickets[-1].handoff))


# -- the citizen, and me


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
        reply = await _done(d, desk.Unmask, session=session, field=field, reason=reason)
        if reply:
            value = safe.plain(str(reply.data.get("value", "")), "bold")
            await app.push_screen_wait(Notice(app.say, app.say(f"unmask.{field}"), value))

    _work(d, work())


def photo(d: Desk) -> None:
    """Open the newest photo in a browser."""
    talk, app = d.talk, d.desk_app
    photos = [e.photo for e in talk.entries if e.photo] if talk else []
    if talk is None or not photos:
        app.say_notice(app.say("why.no_photo"), "warning")
        return

    async def work(session: str) -> None:
        reply = await _done(d, desk.Photo, session=session, photo=photos[-1])
        url = str(reply.data.get("url", "")) if reply else ""
        if url.startswith(("http://", "https://")):
            app.open_url(url)
            app.say_notice(url)

    _work(d, work(talk.id))


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
            await _done(d, desk.Presence, presence=what, reason=reason)

    _work(d, work())


def why(d: Desk) -> None:
    """Who was eligible for this session, and why the others were passed over."""
    talk, app = d.talk, d.desk_app
    if talk is None:
        return

    async def work(session: str) -> None:
        reply = await _done(d, desk.Why, session=session)
        if reply:
            lines = [safe.plain(str(line)) for line in reply.data.get("lines", ())]
            await app.push_screen_wait(Notice(app.say, app.say("why.title"), safe.lines(lines)))

    _work(d, work(talk.id))


def take_over(d: Desk) -> None:
    """A supervisor takes the session."""
    if (talk := d.talk) and talk.item:
        _work(d, _only(d, desk.TakeOver, session=talk.id, item=talk.item.item))


def theme(d: Desk) -> None:
    """The next of the three themes."""
    d.desk_app.next_theme()


def sign_out(d: Desk) -> None:
    """End the sign-in on the server and leave."""
    app = d.desk_app

    async def work() -> None:
        if await app.push_screen_wait(Confirm(app.say, app.say("sign_out.sure"))):
            await _done(d, desk.SignOut)
            app.leave()

    _work(d, work())


def demo_kill(d: Desk) -> None:
    """What the demo hung on this key."""
    d.desk_app.demo_hook("demo_kill")


ACTS: dict[str, Callable[[Desk], None]] = {
    "suggest_1": suggest(0),
    "suggest_2": suggest(1),
    "suggest_3": suggest(2),
    "next_urgent": go_next_urgent,
    "hold": hold,
    "transfer": transfer,
    "conference": conference,
    "ticket": ticket,
    "finish": finish,
    "switch": switch,
    "knowledge": knowledge,
    "next_talk": step(1),
    "previous_talk": step(-1),
    "presence": presence,
    "note": note,
    "side": side,
    "preview": preview,
    "accept": accept,
    "decline": decline,
    "scroll_up": scroll("up"),
    "scroll_down": scroll("down"),
    "scroll_end": scroll("end"),
    "unmask": unmask,
    "photo": photo,
    "extend_wrap": extend_wrap,
    "withdraw_ticket": with_reason(desk.TicketWithdraw, "ticket.withdraw"),
    "retry_ticket": retry_ticket,
    "release_ticket": with_reason(desk.TicketRelease, "ticket.release"),
    "why": why,
    "take_over": take_over,
    "theme": theme,
    "sign_out": sign_out,
    "demo_kill": demo_kill,
}
