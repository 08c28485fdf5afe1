"""What the actions do in a call: holding, asking somebody, passing on, muting, recording, warning, ending.

Which command a key means follows from how the call stands (``agent_tui.calls``); nothing is shown as done before the
server says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_tui import calls
from agent_tui.keys import can
from agent_tui.screens.asking import done, only, start
from agent_tui.screens.handing import HandPanel
from agent_tui.screens.panel import AskLine, Menu
from agent_tui.screens.transfer import Target, TransferPanel
from agent_tui.state import Talk
from dasan.wire import desk, desk_calls

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk

ABUSE = ("harassment", "threat", "verbal", "prank", "drunk", "repeat")


def hold(d: Desk, talk: Talk) -> None:
    """Hold and back; while somebody is asked: back to the citizen alone."""
    item, call = talk.item, talk.session.call
    if item is None or call is None:
        return
    if call.consult is not None or call.asked_by:
        kind: type[desk.Command] = desk_calls.ConsultEnd
    else:
        kind = desk_calls.Unhold if item.state == "HELD" else desk_calls.Hold
    start(d, only(d, kind, session=talk.id, item=item.item))


def complete(d: Desk, talk: Talk) -> bool:
    """Leave the citizen with whom she is talking to; False when nobody is being asked."""
    call = talk.session.call
    if talk.item is None or call is None or call.consult is None:
        return False
    if talk.can("consult_complete"):
        start(d, only(d, desk_calls.ConsultComplete, session=talk.id, item=talk.item.item))
    else:
        d.desk_app.say_notice(talk.session.cannot.get("consult_complete") or d.desk_app.say("why.not_now"), "warning")
    return True


def conference(d: Desk) -> None:
    """Ask somebody; when she is there: all together, and apart again. With somebody of another line in the call: what
    to do about them."""
    talk = d.talk
    if talk is None or talk.item is None or talk.session.call is None:
        return
    consult = talk.session.call.consult
    if calls.third(talk):
        party(d)
    elif consult is None:
        start(d, _ask_somebody(d, talk.id, talk.item.item))
    else:
        joined = not consult.joined
        start(d, only(d, desk_calls.ConsultJoin, session=talk.id, item=talk.item.item, joined=joined))


async def _ask_somebody(d: Desk, session: str, item: str) -> None:
    app = d.desk_app
    people = await done(d, desk.People)
    if people is None:
        return
    panel = TransferPanel(app.say, people.data, title=app.say("consult.title"), foot=app.say("consult.foot"))
    chosen = await app.push_screen_wait(panel)
    if chosen:
        await done(d, desk_calls.Consult, session=session, item=item, **chosen)


def line(d: Desk, at: str = "") -> None:
    """Hand the citizen to a line of the directory, on any channel."""
    talk, app = d.talk, d.desk_app
    if talk is None or talk.item is None or app.state.centre is None:
        return
    if why := can("hand_over")(d.where()):
        app.say_notice(why, "warning")
        return
    start(d, _hand_over(d, talk.id, talk.item.item, at))


async def _hand_over(d: Desk, session: str, item: str, at: str) -> None:
    app, centre = d.desk_app, d.desk_app.state.centre
    assert centre is not None
    told = await _told(d, session, item)
    panel = HandPanel(app.say, centre.lines, place=told.get("place", ""), summary=told.get("summary", ""), at=at)
    chosen = await app.push_screen_wait(panel)
    if chosen and await done(d, desk_calls.HandOver, session=session, item=item, **chosen) is not None:
        talk = app.state.talk(session)
        app.say_notice(app.say("hand.asked" if calls.is_voice(talk) else "hand.told"))


async def _told(d: Desk, session: str, item: str) -> dict[str, str]:
    """Where she is and what it is about, as far as the conversation tells; never a reason to wait long or to fail."""
    talk = d.desk_app.state.talk(session)
    if talk is None or not talk.can("ticket_prefill"):
        return {}
    answer = d.desk_app.ask(desk.TicketPrefill, session=session, item=item)
    reply = await answer if answer is not None else None
    form: dict[str, Any] = reply.data.get("form") or {} if reply is not None and reply.ok else {}
    return {name: str(form.get(name) or "") for name in ("place", "summary")}


def mute(d: Desk) -> None:
    """My own leg: muted, or heard again."""
    talk = d.talk
    mine = calls.own(talk) if talk else None
    if talk is None or mine is None:
        d.desk_app.say_notice(d.desk_app.say("why.no_leg"), "warning")
        return
    start(d, only(d, desk_calls.Mute, session=talk.id, leg=mine.leg, muted=not mine.muted))


def party(d: Desk) -> None:
    """Somebody else in the call: muted, heard again, or let go."""
    talk, app = d.talk, d.desk_app
    if talk is None or not calls.others(talk):
        app.say_notice(app.say("why.nobody_else"), "warning")
        return
    rows = []
    for one in calls.others(talk):
        name = calls.party_name(one, app.say)
        rows.append((f"mute:{one.leg}", f"{name}  {app.say('call.unmute' if one.muted else 'call.mute')}"))
        rows.append((f"drop:{one.leg}", f"{name}  {app.say('call.drop')}"))
    muted = {one.leg: one.muted for one in calls.others(talk)}

    async def work(session: str) -> None:
        chosen = await app.push_screen_wait(Menu(app.say, app.say("keys.party"), rows, filtered=False))
        what, _, leg = (chosen or "").partition(":")
        if what == "drop":
            await done(d, desk_calls.Drop, session=session, leg=leg)
        elif what == "mute":
            await done(d, desk_calls.Mute, session=session, leg=leg, muted=not muted[leg])

    start(d, work(talk.id))


def recording(d: Desk) -> None:
    """Pause the recording of the call, or go on, whichever session is on the screen: a card number comes suddenly."""
    talk = calls.the_call(d.desk_app.state)
    if talk is not None and talk.session.call is not None:
        state = "paused" if talk.session.call.recording == "on" else "on"
        start(d, only(d, desk_calls.Recording, session=talk.id, state=state, why="asked"))


def warn(d: Desk) -> None:
    """Play the legal warning."""
    if (talk := d.talk) and talk.item:
        start(d, only(d, desk_calls.Warn, session=talk.id, item=talk.item.item))


def abuse(d: Desk) -> None:
    """End the call for abuse, after one question: which kind it was."""
    talk, app = d.talk, d.desk_app
    if talk is None or talk.item is None:
        return
    rows = [(kind, app.say.name("abuse", kind)) for kind in ABUSE]

    async def work(session: str, item: str) -> None:
        kind = await app.push_screen_wait(Menu(app.say, app.say("abuse.title"), rows, filtered=False))
        if kind:
            await done(d, desk_calls.Abuse, session=session, item=item, kind=kind)

    start(d, work(talk.id, talk.item.item))


def phone(d: Desk) -> None:
    """Which telephone rings for me."""
    app = d.desk_app
    now = app.state.me.phone if app.state.me else ""

    async def work() -> None:
        title = app.say("phone.title", phone=now or "-")
        chosen = await app.push_screen_wait(AskLine(app.say, title, app.say("phone.how")))
        if chosen:
            reply = await done(d, desk_calls.Phone, phone="" if chosen == "-" else chosen)
            if reply:
                app.say_notice(app.say("phone.now", phone=str(reply.data.get("phone", ""))))

    start(d, work())


def to_call(d: Desk) -> None:
    """Back to the call."""
    talk = calls.the_call(d.desk_app.state)
    if talk is not None:
        d.select(talk.id)


def transfer_to_line(d: Desk, at: Target) -> bool:
    """Whether the target of a transfer is a line; then its own panel opens."""
    if at[0] != "line":
        return False
    line(d, at[1])
    return True
