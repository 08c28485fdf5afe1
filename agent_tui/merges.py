"""Who else the citizen of a session may be said to be, and what was said that may be taken back from this desk."""

from __future__ import annotations

from agent_tui.names import who
from agent_tui.state import DeskState, Talk
from agent_tui.times import day
from agent_tui.words import Words
from dasan.wire.person_views import Merge


def others(state: DeskState, talk: Talk) -> list[Talk]:
    """My other sessions, of citizens who are not known as hers."""
    her = talk.session.citizen.citizen
    return [t for t in state.talks.values() if t.mine in {"live", "wrapping"} and t.session.citizen.citizen != her]


def to_take_back(state: DeskState, talk: Talk) -> list[Merge]:
    """The links of this citizen that are mine, or all of them for a supervisor."""
    me = state.me.counselor if state.me else ""
    return [m for m in talk.session.citizen.merges if m.by == me or state.supervises()]


def named(merge: Merge, say: Words) -> str:
    """A link in one line."""
    return say("merge.link", link=merge.link, day=day(merge.at), how=say.name("evidence", merge.evidence))


def session_named(talk: Talk, say: Words) -> str:
    """One of my sessions in one line."""
    mark = say.name("mark", talk.session.channel)
    return say("merge.session", number=talk.session.number, who=who(talk, say), mark=mark)
