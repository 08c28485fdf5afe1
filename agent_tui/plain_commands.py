"""The commands of the line-by-line desk, one function each, named as the screen's actions are.

Each returns whether it was done; why not has then been written. ``COMMANDS`` is the table that ``help`` reads.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from agent_tui import calls, plain_calls, plain_merge, plain_supervise, safe
from agent_tui.announce import offer_line, suggestion_lines
from agent_tui.names import entry_body, entry_name, who
from agent_tui.state import LinkState, Talk
from agent_tui.times import clock
from agent_tui.urgency import by_urgency, next_urgent
from dasan.wire import desk
from dasan.wire.desk_views import Hit, Offer

if TYPE_CHECKING:
    from agent_tui.plain import LineDesk

WAIT_S = 60.0


async def _accept(d: LineDesk, rest: str) -> bool:
    offers = d.state.offers()
    if not offers:
        d.tell("plain.refused", command="accept", why=d.say("why.no_offer"))
        return False
    offer = offers[0]
    if not await d.simple(desk.Accept, offer=offer.offer, session=offer.session):
        return False
    await d.until(lambda: offer.session in d.state.talks, 5)
    d.current = offer.session
    return True


async def _decline(d: LineDesk, rest: str) -> bool:
    offers = d.state.offers()
    if not offers:
        d.tell("plain.refused", command="decline", why=d.say("why.no_offer"))
        return False
    return await d.simple(desk.Decline, offer=offers[0].offer, session=offers[0].session, reason=rest or "not_now")


async def _say(d: LineDesk, rest: str) -> bool:
    return await d.say_text(rest)


async def _note(d: LineDesk, rest: str) -> bool:
    here = d.here()
    if here is None or not rest:
        d.tell("plain.needs", command="note")
        return False
    return await d.simple(desk.Note, session=here[0], text=rest)


async def _draft(d: LineDesk, rest: str) -> bool:
    here = d.here()
    return here is not None and await d.simple(desk.Draft, session=here[0], text=rest)


async def _suggest(d: LineDesk, rest: str) -> bool:
    talk = d.talk
    lines = list(suggestion_lines(talk, d.say)) if talk else []
    for line in lines or [d.say("suggest.none")]:
        d.write(line)
    return bool(lines)


async def _use(d: LineDesk, rest: str) -> bool:
    place, _, how = rest.partition(" ")
    hits = d.talk.suggest.hits if d.talk and d.talk.suggest else ()
    if not place.isdecimal() or not 0 < int(place) <= len(hits):
        d.tell("plain.refused", command="use", why=d.say("why.no_suggestion"))
        return False
    d.choose(hits[int(place) - 1])
    return await d.say_text("") if how == "send" else True


async def _list(d: LineDesk, rest: str) -> bool:
    for talk in by_urgency(d.state, d.client.now()):
        mark = "> " if talk.id == d.current else ""
        state = d.say.name("item", talk.item.state) if talk.item else ""
        unread = f" +{talk.unread}" if talk.unread else ""
        d.write(f"{mark}{talk.session.number} {who(talk, d.say)} {state}{unread}")
    return True


async def _open(d: LineDesk, rest: str) -> bool:
    talk = next((t for t in d.state.talks.values() if str(t.session.number) == rest.lstrip("#")), None)
    if talk is None:
        d.tell("plain.no_such", number=rest or "-")
        return False
    return await _go(d, talk)


async def _go(d: LineDesk, talk: Talk) -> bool:
    d.current = talk.id
    d.tell("plain.current", number=talk.session.number, who=who(talk, d.say))
    if talk.unread and await d.ask(desk.Mark, session=talk.id, n=talk.last_n) is not None:
        d.state.mark_read(talk.id, talk.last_n)
    return True


async def _next(d: LineDesk, rest: str) -> bool:
    target = next_urgent(d.state, d.client.now(), d.current)
    if isinstance(target, Offer):
        d.write(offer_line(target, d.client.now(), d.say))
        return True
    if target is None:
        d.tell("plain.none")
        return False
    return await _go(d, target)


async def _read(d: LineDesk, rest: str) -> bool:
    talk = d.talk
    if talk is None:
        d.tell("plain.none")
        return False
    for entry in talk.entries[-50:]:
        d.tell(
            "plain.entry",
            number=talk.session.number,
            time=clock(entry.at),
            who=entry_name(entry, d.say),
            text=safe.flat(entry_body(entry, d.say), 4_000),
        )
    return await _go(d, talk)


async def _search(d: LineDesk, rest: str) -> bool:
    reply = await d.ask(desk.Search, query=rest, limit=5) if rest else None
    if reply is None:
        return False
    hits = [Hit.model_validate(raw) for raw in reply.data.get("hits", ())]
    for place, hit in enumerate(hits, 1):
        d.tell("plain.hit", place=place, title=hit.title, answer=safe.flat(hit.answer, 2_000))
    if not hits:
        d.tell("suggest.none_found")
    return bool(hits)


async def _hold(d: LineDesk, rest: str) -> bool:
    here, talk = d.here(), d.talk
    if here is None or talk is None or talk.item is None:
        return False
    if calls.is_voice(talk):
        return await plain_calls.hold(d, talk)
    kind = desk.Unpause if talk.item.state == "PAUSED" else desk.Pause
    return await d.simple(kind, session=here[0], item=here[1])


async def _people(d: LineDesk, rest: str) -> bool:
    reply = await d.ask(desk.People)
    if reply is None:
        return False
    for queue in reply.data.get("queues", ()):
        d.tell("plain.target", kind="queue", code=str(queue.get("code", "")), name=str(queue.get("name", "")))
    for person in reply.data.get("counselors", ()):
        code = str(person.get("counselor") or person.get("code") or "")
        d.tell("plain.target", kind="counselor", code=code, name=str(person.get("name", "")))
    for line in reply.data.get("lines", ()):
        d.tell("plain.target", kind="line", code=str(line.get("code", "")), name=str(line.get("name", "")))
    return True


async def _transfer(d: LineDesk, rest: str) -> bool:
    kind, _, code = rest.partition(" ")
    here = d.here()
    if here is None or kind not in {"queue", "counselor"} or not code:
        d.tell("plain.needs", command="transfer")
        return False
    return await d.simple(desk.Transfer, session=here[0], item=here[1], **{kind: code.strip()})


async def _release(d: LineDesk, rest: str) -> bool:
    here = d.here()
    return here is not None and await d.simple(desk.Release, session=here[0], item=here[1])


async def _wrap(d: LineDesk, rest: str) -> bool:
    """``wrap``, or ``wrap RESULT TOPIC SUMMARY``; a talk that still runs is ended first."""
    here, centre = d.here(), d.state.centre
    if here is None or centre is None:
        return False
    talk = d.talk
    if talk is not None and talk.mine != "wrapping":
        if await d.ask(desk.Release, session=here[0], item=here[1]) is None:
            return False
        await d.until(lambda: (t := d.state.talk(here[0])) is None or t.mine == "wrapping", 5)
        await d.until(lambda: (t := d.state.talk(here[0])) is None or bool(t.session.prefill), 2)
    talk = d.state.talk(here[0])
    fill = dict(talk.session.prefill) if talk else {}
    given = dict(zip(("disposition", "category", "summary"), rest.split(" ", 2), strict=False)) if rest else {}
    record = {
        "disposition": given.get("disposition") or fill.get("disposition") or centre.dispositions[0].code,
        "category": given.get("category") or fill.get("category") or centre.categories[0].code,
        "summary": given.get("summary") or fill.get("summary", ""),
    }
    names = {code.code: code.name for code in (*centre.dispositions, *centre.categories)}
    d.tell("plain.wrap", **{field: names.get(value, value) for field, value in record.items()})
    return await d.simple(desk.Wrap, session=here[0], item=here[1], **record)


async def _extend(d: LineDesk, rest: str) -> bool:
    here = d.here()
    return here is not None and await d.simple(desk.ExtendWrap, session=here[0], item=here[1])


async def _ticket(d: LineDesk, rest: str) -> bool:
    """``ticket``, or ``ticket TITLE``: the form as the server fills it, filed."""
    here = d.here()
    filled = await d.ask(desk.TicketPrefill, session=here[0], item=here[1]) if here else None
    if here is None or filled is None:
        return False
    allowed = desk.TicketForm.model_fields
    form = {key: value for key, value in dict(filled.data.get("form") or {}).items() if key in allowed}
    if rest:
        form["summary"] = rest
    form.setdefault("description", form.get("summary", ""))
    return await d.simple(desk.TicketFile, session=here[0], item=here[1], form=form)


async def _unmask(d: LineDesk, rest: str) -> bool:
    field, _, reason = rest.partition(" ")
    here = d.here()
    if here is None or not reason:
        d.tell("plain.needs", command="unmask")
        return False
    reply = await d.ask(desk.Unmask, session=here[0], field=field, reason=reason)
    if reply is None:
        return False
    d.write(safe.flat(str(reply.data.get("value", "")), 4_000) or d.say("card.none"))
    return True


async def _presence(d: LineDesk, rest: str) -> bool:
    what, _, reason = rest.partition(" ")
    return await d.simple(desk.Presence, presence=what.upper(), reason=reason)


async def _status(d: LineDesk, rest: str) -> bool:
    if d.state.me:
        d.tell("plain.presence", presence=d.say.name("presence", d.state.me.presence))
    board = d.state.board
    if board is not None:
        for queue in board.queues:
            d.write(safe.flat(f"{queue.name} {queue.waiting}"))
        for key, figure in (("status.lost", board.lost), ("status.doubled", board.doubled)):
            if figure is not None:
                d.write(f"{d.say(key)} {figure}")
    return await _list(d, "")


async def _wait(d: LineDesk, rest: str) -> bool:
    """``wait offer|entry|suggest|wrap|ticket [SECONDS]``: until there is one; False when the time is over."""
    what, _, seconds = rest.partition(" ")
    talk = d.talk
    n = talk.last_n if talk else 0
    goals: dict[str, Callable[[], bool]] = {
        "offer": lambda: bool(d.state.offers()),
        "entry": lambda: (t := d.talk) is not None and t.last_n > n,
        "suggest": lambda: (t := d.talk) is not None and t.suggest is not None and bool(t.suggest.hits),
        "wrap": lambda: (t := d.talk) is not None and t.mine == "wrapping",
        "ticket": lambda: (t := d.talk) is not None and any(x.number for x in t.session.tickets),
        "up": lambda: d.state.link.state is LinkState.UP,
    }
    goal = goals.get(what)
    if goal is None:
        d.tell("plain.unknown", command=f"wait {what}")
        return False
    return await d.until(goal, float(seconds) if seconds.strip().isdecimal() else WAIT_S)


async def _help(d: LineDesk, rest: str) -> bool:
    for name in COMMANDS:
        d.write(f"{name}: {d.say(f'plain_help.{name}')}")
    return True


async def _quit(d: LineDesk, rest: str) -> bool:
    d.tell("plain.bye")
    d.client.stop()
    return True


COMMANDS: dict[str, Callable[[LineDesk, str], Awaitable[bool]]] = {
    "accept": _accept,
    "decline": _decline,
    "say": _say,
    "note": _note,
    "suggest": _suggest,
    "use": _use,
    "list": _list,
    "open": _open,
    "next": _next,
    "read": _read,
    "search": _search,
    "hold": _hold,
    "people": _people,
    "transfer": _transfer,
    "release": _release,
    "wrap": _wrap,
    "extend": _extend,
    "ticket": _ticket,
    "unmask": _unmask,
    "presence": _presence,
    "status": _status,
    "draft": _draft,
    "wait": _wait,
    **plain_merge.COMMANDS,
    **plain_calls.COMMANDS,
    **plain_supervise.COMMANDS,
    "help": _help,
    "quit": _quit,
}
