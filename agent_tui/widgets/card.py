"""The citizen's card and the line that heads a conversation. Everything on it is masked by the server."""

from __future__ import annotations

from textual.content import Content

from agent_tui import safe
from agent_tui.names import named, who
from agent_tui.state import Talk
from agent_tui.times import span
from agent_tui.urgency import need
from agent_tui.words import Words


def talk_line(talk: Talk | None, now: int, say: Words, width: int) -> Content:
    """One line over the transcript: who, which number, which queue, how it stands and what is due."""
    if talk is None:
        return safe.plain_piece((" " + say("talk.none"), "$muted"))
    right = safe.join(*_standing(talk, now, say))
    queue = safe.flat(talk.item.queue_name, 20) if talk.item else ""
    number = "  " + say("talk.number", number=talk.session.number) if named(talk) else ""
    for extras in ([number, "  " + queue], ["  " + queue], []):
        left = safe.join(
            " ",
            (say.name("mark", talk.session.channel), "bold $accent"),
            " ",
            (safe.short(who(talk, say), 24), "bold"),
            *((extra, "$muted") for extra in extras),
        )
        room = width - left.cell_length - right.cell_length - 1
        if room >= 1:
            break
    return safe.join(left, " " * max(1, room), right, " ")


def _standing(talk: Talk, now: int, say: Words) -> list[str | tuple[str, str]]:
    n = need(talk, now)
    style = {"!!": "bold $bad", "!": "bold $warn"}.get(n.sign, "$muted")
    item = talk.item
    state = say.name("item", item.state) if item else say.name("phase", talk.session.phase)
    leg = say.name("leg", talk.session.leg)
    parts: list[str | tuple[str, str]] = []
    if talk.mine and talk.session.leg != "CONNECTED":
        parts += [(leg, "$warn"), "  "]
    parts.append((state, "$good" if talk.mine == "live" else "$warn"))
    if talk.mine == "wrapping" and item and item.wrap_by:
        parts.append((f"  {n.sign} {span(item.wrap_by - now)}", style))
    elif n.waited_us:
        parts.append(("   " + " ".join(filter(None, (say("talk.waits"), n.sign, span(n.waited_us)))), style))
    return [" ", *parts]


def card(talk: Talk | None, say: Words, width: int) -> Content:
    """The citizen: name, contact, language, district, tickets, earlier sessions, notice."""
    rows = [safe.plain_piece((" " + say("card.title"), "bold $muted"))]
    if talk is None:
        return safe.lines([*rows, safe.plain_piece((" " + say("card.none"), "$muted"))])
    c = talk.session.citizen
    facts = [
        ("card.name", c.name or "-"),
        ("card.contact", c.contact or "-"),
        ("card.language", say.name("language", c.language)),
        ("card.district", c.district),
        ("card.sessions", str(c.sessions) if c.sessions > 1 else ""),
        ("card.merges", ", ".join(say.name("evidence", m.evidence) for m in c.merges)),
        ("card.notice", c.notice),
    ]
    rows += [_fact(say(key), value, width) for key, value in facts if value]
    for ticket in talk.session.tickets:
        stage = say.name("stage", ticket.stage)
        text = f"{ticket.number or '-'} {stage}"
        rows.append(_fact(say("card.ticket"), text, width, "$warn" if ticket.fields else "$good"))
        if ticket.line:
            rows += [safe.plain_piece(("      " + line, "$muted")) for line in safe.wrap(ticket.line, width - 8)[:2]]
    for number, date, category, result in c.history[:3]:
        also = "=" if number in c.others else ""  # under another of her identities
        rows.append(_fact(f"#{number}{also}", f"{date} {category} {result}", width, "$muted"))
    return safe.lines(rows)


def _fact(label: str, value: str, width: int, style: str = "") -> Content:
    head = safe.fit(label, 9)
    return safe.join(" ", (head, "$muted"), " ", (safe.short(value, max(4, width - 12)), style))
