"""Finding: the switcher, the list of everything, and jump mode. What is found is gone to, or done.

The switcher (Ctrl+G) has sessions, queues and people; the list of everything (Ctrl+T) has actions too, and articles as
one types. A queue or a person is somewhere a session can be passed to, so choosing one opens the transfer there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_tui import safe
from agent_tui.keys import BY_ID, key_name, place_of
from agent_tui.names import who
from agent_tui.screens import acts
from agent_tui.screens.asking import start
from agent_tui.screens.jump import DIGITS, Jump, Target
from agent_tui.screens.panel import Menu, Rows
from agent_tui.screens.transfer import target_rows
from agent_tui.state import Talk
from agent_tui.urgency import by_urgency, need
from agent_tui.widgets.sessions import SessionList
from agent_tui.widgets.tabs import Tabs
from dasan.wire import desk
from dasan.wire.desk_views import Hit

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk

ARTICLES = 5
SIDE_KEYS = {"suggest": "s", "card": "p", "queues": "q"}
PLACES = {
    "composer": "c",
    "transcript": "t",
    "offer": "o",
    "wrap-disposition": "r",
    "wrap-category": "g",
    "wrap-summary": "m",
}


def switch(d: Desk) -> None:
    """Find a session, a queue or a person by a few letters; a supervisor finds the floor too."""
    floor = [row for row in action_rows(d) if row[0] == "floor"] if d.desk_app.state.supervises() else []
    start(d, _find(d, "switch.title", [*session_rows(d), *floor]))


def palette(d: Desk) -> None:
    """Every action by name, with why it is not possible now, and everything that the switcher and the search find."""
    start(d, _find(d, "keys.palette", [*action_rows(d), *session_rows(d)], articles=True))


async def _find(d: Desk, title: str, rows: Rows, *, articles: bool = False) -> None:
    app = d.desk_app
    hits: dict[str, Hit] = {}

    async def places() -> Rows:
        answer = app.ask(desk.People) if app.state.me else None
        reply = await answer if answer else None
        found = target_rows(reply.data, app.say) if reply and reply.ok else []
        return [(f"{kind}:{code}", text) for (kind, code), text in found]

    async def look(query: str) -> Rows:
        hits.update({f"article:{hit.article}": hit for hit in await acts.search(app, query, ARTICLES)})
        return [(key, f"{app.say('switch.article')}  {safe.flat(hit.title, 80)}") for key, hit in hits.items()]

    menu = Menu(app.say, app.say(title), rows, also=places, look=look if articles else None)
    chosen = await app.push_screen_wait(menu)
    if not chosen:
        return
    if chosen in hits:
        d.composing.take(hits[chosen])
    elif chosen in BY_ID:
        await do(d, chosen)
    elif ":" in chosen:
        kind, _, code = chosen.partition(":")
        acts.transfer(d, (kind, code))
    else:
        d.select(chosen)


async def do(d: Desk, action: str) -> None:
    """Do an action of the desk or of the whole console."""
    if BY_ID[action].screen == "app":
        await d.app.run_action(f"desk_{action}")
    else:
        d.action_do(action)


def action_rows(d: Desk) -> list[tuple[str, str]]:
    """(id, one line) of each action: its name, its keys, and what it does or why it cannot now."""
    app, where = d.desk_app, d.where()
    rows = []
    for action in place_of("desk"):
        if action.id == "palette" or (action.id == "demo_kill" and not where.demo):
            continue
        keys = " ".join(key_name(key) for key in app.keymap[action.id])
        why = action.when(where)
        told = f"- {why}" if why else app.say(action.help)
        rows.append((action.id, f"{app.say(action.label)}  {keys}  {told}"))
    return rows


def session_rows(d: Desk) -> list[tuple[str, str]]:
    """(id, one line) of each of my sessions, the most urgent first."""
    now = d.desk_app.client.now()
    return [(talk.id, _session_row(d, talk, now)) for talk in by_urgency(d.desk_app.state, now)]


def _session_row(d: Desk, talk: Talk, now: int) -> str:
    """One session on one line, with everything it can be found by."""
    say = d.desk_app.say
    last = next((safe.flat(e.text, 40) for e in reversed(talk.entries[-20:]) if e.who == "citizen"), "")
    queue = talk.item.queue_name if talk.item else ""
    mark = say.name("mark", talk.session.channel)
    return f"{mark} {who(talk, say)} #{talk.session.number} {queue} {need(talk, now).sign} {last}"


# -- jump mode


def jump(d: Desk) -> None:
    """A sign on everything one can go to."""

    async def work() -> None:
        goal = await d.app.push_screen_wait(Jump(targets(d)))
        kind, _, name = (goal or "").partition(":")
        if kind == "session":
            d.select(name)
        elif kind == "side":
            d.show_side(name)
        elif kind == "place":
            d.query_one(f"#{name}").focus()
            d.paint(frozenset())

    start(d, work())


def targets(d: Desk) -> list[Target]:
    """What can be jumped to now: the sessions in sight, what can have the focus, the side column's tabs."""
    spots = d.query_one("#sessions", SessionList).spots()
    found = [Target(key, x, y, f"session:{session}") for key, (session, x, y) in zip(DIGITS, spots, strict=False)]
    found += [
        Target(key, widget.region.x, widget.region.y, f"place:{name}")
        for name, key in PLACES.items()
        for widget in d.query(f"#{name}")
        if widget.region and widget.display and (name != "offer" or d.desk_app.state.offers())
    ]
    tabs = d.query_one("#tabs", Tabs)
    sides = tabs.spots() if tabs.display else ()
    return found + [Target(SIDE_KEYS[side], x, tabs.region.y, f"side:{side}") for side, x in sides]
