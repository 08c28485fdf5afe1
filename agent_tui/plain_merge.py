"""Saying line by line who else the citizen is, and taking that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_tui import merges
from dasan.wire import desk

if TYPE_CHECKING:
    from agent_tui.plain import LineDesk


async def _merge(d: LineDesk, rest: str) -> bool:
    """``merge NUMBER`` of another session of mine, or ``merge receipt NUMBER``; without either, what there is."""
    here, talk = d.here(), d.talk
    if here is None or talk is None:
        return False
    what, _, receipt = rest.partition(" ")
    if what == "receipt" and receipt:
        return await d.simple(desk.Merge, session=here[0], item=here[1], receipt=receipt)
    mine = merges.others(d.state, talk)
    other = next((one for one in mine if str(one.session.number) == what.lstrip("#")), None)
    if other is None:
        for one in mine:
            d.write(merges.session_named(one, d.say))
        d.tell("plain.needs", command="merge")
        return False
    return await d.simple(desk.Merge, session=here[0], item=here[1], other=other.id)


async def _unmerge(d: LineDesk, rest: str) -> bool:
    """``unmerge LINK REASON``; without them, the links that can be taken back."""
    talk = d.talk
    link, _, reason = rest.partition(" ")
    if talk is None or not link.isdecimal() or not reason:
        for one in merges.to_take_back(d.state, talk) if talk else ():
            d.write(merges.named(one, d.say))
        d.tell("plain.needs", command="unmerge")
        return False
    return await d.simple(desk.Unmerge, session=talk.id, link=int(link), reason=reason)


COMMANDS = {"merge": _merge, "unmerge": _unmerge}
