"""A supervisor's commands of the line-by-line desk: the same acts as on the floor, a session named by its number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from agent_tui import safe
from agent_tui.times import span
from dasan.wire import desk, desk_calls
from dasan.wire.desk_views import FloorSession

if TYPE_CHECKING:
    from agent_tui.plain import LineDesk

FLOOR_S = 5.0


async def _floor(d: LineDesk, rest: str) -> bool:
    if not await _fresh(d):
        return False
    shown, now = d.state.floor, d.client.now()
    for row in shown.sessions if shown else ():
        trouble = f"! {d.say.name('trouble', row.trouble)} {span(now - row.trouble_since)}" if row.trouble else ""
        d.tell(
            "plain.floor_row",
            number=row.number,
            queue=row.queue_name,
            phase=d.say.name("phase", row.phase),
            span=span(now - row.since),
            name=row.counselor_name or "-",
            trouble=trouble,
        )
    for k in shown.counselors if shown else ():
        presence, lease = d.say.name("presence", k.presence), d.say.name("lease", k.lease)
        load = {"sessions": k.sessions, "text": k.text, "live": k.live}
        d.tell("plain.floor_crew", number=k.number, name=k.name, presence=presence, lease=lease, **load)
    if shown and (shown.more_sessions or shown.more_counselors):
        d.tell("plain.floor_more", sessions=shown.more_sessions, crew=shown.more_counselors)
    return shown is not None


async def _fresh(d: LineDesk) -> bool:
    """The floor as it is now; it is asked for once and not followed."""
    d.state.floor = None
    if await d.ask(desk.Floor, on=True) is None:
        return False
    came = await d.until(lambda: d.state.floor is not None, FLOOR_S)
    await d.ask(desk.Floor, on=False)
    return came


async def _row(d: LineDesk, number: str, command: str) -> FloorSession | None:
    """The session of that number, or None after saying that there is none."""
    number = number.lstrip("#")
    if not number.isdecimal():
        d.tell("plain.needs", command=command)
        return None
    if not await _fresh(d):
        return None
    rows = d.state.floor.sessions if d.state.floor else ()
    found = next((row for row in rows if str(row.number) == number), None)
    if found is None:
        d.tell("plain.no_such", number=number)
    return found


async def _look(d: LineDesk, rest: str) -> bool:
    row = await _row(d, rest, "look")
    if row is None or not await d.simple(desk.Look, session=row.session):
        return False
    await d.until(lambda: (talk := d.state.talk(row.session)) is not None and bool(talk.session.look), FLOOR_S)
    d.current = row.session
    return True


async def _look_away(d: LineDesk, rest: str) -> bool:
    return await _here(d) and await d.simple(desk.LookAway, session=d.current)


async def _here(d: LineDesk) -> bool:
    """Whether a session that is looked at is the current one; says so when not."""
    if d.talk is None or not d.talk.session.look:
        d.tell("plain.refused", command="look", why=d.say("why.no_row" if d.talk is None else "why.look_first"))
        return False
    return True


def _line(kind: type[desk.Whisper | desk.Barge]) -> Callable[[LineDesk, str], Awaitable[bool]]:
    async def act(d: LineDesk, rest: str) -> bool:
        if not rest:
            d.tell("plain.needs", command=kind.__name__.lower())
            return False
        return await _here(d) and await d.simple(kind, session=d.current, text=rest)

    return act


async def _take_over(d: LineDesk, rest: str) -> bool:
    """The session that is looked at, or the one of that number."""
    if rest:
        row = await _row(d, rest, "take_over")
        session, item = (row.session, row.item) if row else ("", "")
    else:
        talk = d.talk
        session, item = (talk.id, talk.item.item) if talk and talk.item else ("", "")
    if not session:
        if not rest:
            d.tell("plain.none")
        return False
    if not item:
        d.tell("plain.refused", command="take_over", why=d.say("why.no_counselor"))
        return False
    if not await d.simple(desk.TakeOver, session=session, item=item):
        return False
    await d.until(lambda: (talk := d.state.talk(session)) is not None and talk.mine == "live", FLOOR_S)
    d.current = session
    return True


async def _hear(d: LineDesk, rest: str) -> bool:
    """The newest recording that is still there, of the session of that number."""
    number, _, reason = rest.partition(" ")
    if not number.lstrip("#").isdecimal() or len(number) > 15 or not reason.strip():
        d.tell("plain.needs", command="hear")
        return False
    found = await d.ask(desk_calls.Recordings, number=int(number.lstrip("#")))
    if found is None:
        return False
    rows = [row for row in found.data.get("recordings", ()) if not row.get("gone")]
    if not rows:
        why = "hearing.gone" if found.data.get("recordings") else "hearing.none"
        d.tell("plain.refused", command="hear", why=d.say(why))
        return False
    chosen, session = str(rows[-1]["recording"]), str(found.data["session"])
    reply = await d.ask(desk_calls.Play, session=session, recording=chosen, reason=reason.strip())
    if reply is None:
        return False
    d.write(safe.flat(str(reply.data.get("url", "")), 400))
    return True


async def _ticket(d: LineDesk, number: str, command: str) -> str:
    """The ticket of that session which waits for a person; "" after saying that there is none."""
    row = await _row(d, number, command)
    if row is not None and not row.handoff:
        d.tell("plain.refused", command=command, why=d.say("why.no_ticket"))
    return row.handoff if row else ""


async def _retry_ticket(d: LineDesk, rest: str) -> bool:
    handoff = await _ticket(d, rest, "retry_ticket")
    return bool(handoff) and await d.simple(desk.TicketRetry, handoff=handoff)


async def _release_ticket(d: LineDesk, rest: str) -> bool:
    number, _, reason = rest.partition(" ")
    if not reason.strip():
        d.tell("plain.needs", command="release_ticket")
        return False
    handoff = await _ticket(d, number, "release_ticket")
    return bool(handoff) and await d.simple(desk.TicketRelease, handoff=handoff, reason=reason.strip())


async def _why(d: LineDesk, rest: str) -> bool:
    row = await _row(d, rest, "why")
    reply = await d.ask(desk.Why, session=row.session) if row else None
    for line in reply.data.get("lines", ()) if reply else ():
        d.write(safe.flat(str(line), 400))
    return reply is not None


def _ear(ear: str) -> Callable[[LineDesk, str], Awaitable[bool]]:
    async def act(d: LineDesk, rest: str) -> bool:
        return await _here(d) and await d.simple(desk_calls.Ear, session=d.current, ear=ear)

    return act


COMMANDS: dict[str, Callable[[LineDesk, str], Awaitable[bool]]] = {
    "floor": _floor,
    "look": _look,
    "look_away": _look_away,
    "whisper": _line(desk.Whisper),
    "barge": _line(desk.Barge),
    "take_over": _take_over,
    "hear": _hear,
    "listen": _ear("LISTEN"),
    "whisper_in": _ear("WHISPER"),
    "barge_in": _ear("BARGE"),
    "hang_up": _ear(""),
    "retry_ticket": _retry_ticket,
    "release_ticket": _release_ticket,
    "why": _why,
}
