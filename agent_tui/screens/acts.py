"""What the actions do about offers, about going from session to session, and about the conversation.

An action sends commands and waits for the server; it changes nothing on the screen that the server has not confirmed,
save where the person goes. ``table`` names the function of each action.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent_tui import calls
from agent_tui.keys import linked
from agent_tui.screens import acts_call
from agent_tui.screens.asking import Answer, done, only, start, until
from agent_tui.screens.knowledge import Knowledge
from agent_tui.screens.transfer import Target, TransferPanel
from agent_tui.state import Talk
from agent_tui.urgency import by_urgency, next_urgent
from agent_tui.widgets.suggestions import SHOWN
from agent_tui.widgets.transcript import Transcript
from dasan.wire import desk
from dasan.wire.desk_views import Entry, Hit, Offer

if TYPE_CHECKING:
    from agent_tui.app import DeskApp
    from agent_tui.screens.desk import Desk

OPENED_MAX = 256
SIDES = ("suggest", "card", "queues")
ENGAGED = frozenset({"CONNECTING"})


# -- offers


def accept(d: Desk) -> None:
    """Take the offer that ends first."""
    offers = d.desk_app.state.offers()
    if not offers:
        d.composer.focus()
    elif not d.desk_app.state.busy_with("accept", offers[0].session):
        start(d, _accept(d, offers[0]))


async def _accept(d: Desk, offer: Offer) -> None:
    if await done(d, desk.Accept, offer=offer.offer, session=offer.session) is None:
        return
    if await until(d, lambda: (talk := d.desk_app.state.talk(offer.session)) is not None and talk.mine == "live"):
        d.select(offer.session)


def decline(d: Desk) -> None:
    """Leave the first offer to others."""
    offers = d.desk_app.state.offers()
    if not offers:
        d.composer.focus()
    elif not d.desk_app.state.busy_with("decline", offers[0].session):
        start(d, _decline(d, offers[0]))


async def _decline(d: Desk, offer: Offer) -> None:
    await done(d, desk.Decline, offer=offer.offer, session=offer.session)
    d.composer.focus()


def confirm_opened(d: Desk) -> None:
    """Say for each session that I accepted and now see: the talk begins (a call's begins on the telephone). Once an
    item; repeating would be harmless."""
    state = d.desk_app.state
    me = state.me.counselor if state.me else ""
    for talk in state.talks.values():
        item = talk.item
        if talk.mine != "live" or calls.is_voice(talk):
            continue
        if item and item.state in ENGAGED and item.counselor in {me, ""}:
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
        start(d, _marked(d, talk.id, talk.last_n, answer))


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


def side(d: Desk) -> None:
    """The next tab of the side column, where there is room for one only."""
    d.show_side(SIDES[(SIDES.index(d.side) + 1) % len(SIDES)])


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
    """Ask for what came before the first line that is kept (or for everything, when nothing has come yet)."""
    talk = d.talk
    if talk is None or d.desk_app.state.busy_with("older", talk.id):
        return
    before = talk.entries[0].n if talk.entries else talk.last_n + 1
    if before <= 1 or linked(d.where()):
        return

    async def work(session: str, before: int) -> None:
        reply = await done(d, desk.Older, session=session, before=before)
        if reply:
            entries = [Entry.model_validate(raw) for raw in reply.data.get("entries", ())]
            d.desk_app.took(d.desk_app.state.prepend(session, entries))

    start(d, work(talk.id, before))


# -- the conversation


def hold(d: Desk) -> None:
    """Put the session aside, or take it up again; in a call: music for the citizen."""
    if (talk := d.talk) and calls.is_voice(talk):
        acts_call.hold(d, talk)
    elif talk and (item := talk.item):
        kind = desk.Unpause if item.state == "PAUSED" else desk.Pause
        start(d, only(d, kind, session=talk.id, item=item.item))


def note(d: Desk) -> None:
    """What is written next is for colleagues only; again: for the citizen."""
    d.composing.note = not d.composing.note
    d.composer.focus()
    d.paint(frozenset())


def transfer(d: Desk, at: Target | None = None) -> None:
    """Pass the session to a queue, a person or a line; ``at`` is where the list stands at first. While somebody is
    asked in a call: leave the citizen with them."""
    talk, app = d.talk, d.desk_app
    if talk is None or talk.item is None:
        app.say_notice(app.say("why.no_talk"), "warning")
        return
    if acts_call.complete(d, talk) or (at is not None and acts_call.transfer_to_line(d, at)):
        return
    session, item = talk.id, talk.item.item

    async def work() -> None:
        people = await done(d, desk.People)
        if people is None:
            return
        chosen = await app.push_screen_wait(TransferPanel(app.say, people.data, at))
        if chosen and "line" in chosen:
            acts_call.line(d, chosen["line"])
        elif chosen:
            await done(d, desk.Transfer, session=session, item=item, **chosen)

    start(d, work())


def unsend(d: Desk) -> None:
    """Take back the message that waits out its hold-back."""
    d.composing.unsend()


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

    start(d, work())
