"""The staff page as HTML: a list, one ticket, a form for every legal move. Pure: values in, text out.

No script: it works with every browser, a keyboard and a screen reader. Everything that came from outside is escaped in
one place, ``_e``. Korean first; English on request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote

from dasan.core.time import seoul
from dasan.eungdapso.desk.services import Service
from dasan.eungdapso.desk.states import MOVE_NAMES, STATE_NAMES, Move, Rule, State, legal
from dasan.eungdapso.desk.store_tickets import Ticket
from dasan.eungdapso.desk.store_updates import PeerUpdate, Update
from dasan.eungdapso.desk.words import CONTACTS, word

# What usually comes next stands first and open; the rest keeps the table's order.
USUAL = (Move.START, Move.ASSIGN, Move.ANSWER, Move.CITIZEN_REPLIED, Move.CLOSE, Move.ROUTE, Move.ANSWER_AT_ONCE)

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #566173; --line: #d5dbe3; --paper: #fff; --wash: #f4f6f9;
  --mark: #1a56b0; --late: #b3261e; --done: #1c6b3c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf2; --soft: #a9b4c4; --line: #39434f; --paper: #161b22;
  --wash: #1e252e; --mark: #8ab8ff; --late: #ff9a92; --done: #86d9a4; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--wash); line-height: 1.6;
  word-break: keep-all; overflow-wrap: anywhere;
  font-family: "Pretendard", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 1rem; top: .5rem; background: var(--paper); }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding: .75rem 1.25rem;
  background: var(--paper); border-bottom: 1px solid var(--line); }
header strong { font-size: 1.1rem; } header .demo { color: var(--soft); font-size: .9rem; }
header .right { margin-left: auto; display: flex; gap: 1rem; align-items: baseline; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem 1.25rem 3rem; }
h1 { font-size: 1.35rem; margin: .5rem 0 1rem; } h2 { font-size: 1.05rem; margin: .1rem 0 .5rem; }
nav.pages { display: flex; gap: 1rem; margin-top: .75rem; }
a { color: var(--mark); } :focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
form.find { display: flex; align-items: center; gap: .5rem; margin-bottom: .75rem; } form.find input { width: 14rem; }
form.find label, form.find button { margin: 0; white-space: nowrap; }
nav.filter { display: flex; flex-wrap: wrap; gap: .35rem; margin-bottom: .75rem; }
nav.filter a { padding: .15rem .65rem; border: 1px solid var(--line); border-radius: 1rem; text-decoration: none;
  background: var(--paper); } nav.filter a[aria-current] { border-color: var(--mark); font-weight: 600; }
.card, table { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; }
.card { padding: .9rem 1.1rem; margin-bottom: .75rem; }
table { width: 100%; border-collapse: separate; border-spacing: 0; overflow: hidden; }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; } thead th { color: var(--soft); font-weight: 600; font-size: .9rem; }
td.first { max-width: 26rem; } .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.state { white-space: nowrap; font-weight: 600; } .late { color: var(--late); font-weight: 600; }
.soft { color: var(--soft); } .text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.two { display: grid; gap: 1.25rem; } @media (min-width: 60rem) { .two { grid-template-columns: 3fr 2fr; } }
details { border-top: 1px solid var(--line); padding: .4rem 0; } details:first-of-type { border-top: 0; }
summary { cursor: pointer; padding: .25rem 0; font-weight: 600; }
label { display: block; margin: .5rem 0 .2rem; } textarea, input { width: 100%; font: inherit; padding: .45rem .6rem;
  color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .3rem; }
textarea { min-height: 8rem; } button { font: inherit; margin-top: .6rem; padding: .45rem 1.1rem; cursor: pointer;
  border: 1px solid var(--mark); border-radius: .3rem; background: var(--mark); color: var(--paper); }
button.plain { background: none; color: var(--mark); border: 0; padding: 0; margin: 0; text-decoration: underline; }
.notice { border-left: 4px solid var(--done); } .wrong { border-left: 4px solid var(--late); }
ol.history { list-style: none; padding: 0; margin: 0; } ol.history li { padding: .4rem 0; }
@media (max-width: 45rem) { thead { position: absolute; left: -999rem; } tr { display: block; padding: .5rem 0;
  border-bottom: 1px solid var(--line); } td { display: inline-block; border: 0; padding: .1rem .75rem; }
  td.first { display: block; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
.sign-in { max-width: 24rem; margin: 3rem auto; }
"""


def _e(text: object) -> str:
    return escape(str(text), quote=True)


def when(at_us: int) -> str:
    at = seoul(at_us)
    return f'<time datetime="{at.isoformat(timespec="minutes")}">{at:%Y-%m-%d %H:%M}</time>'


def _pair(pair: tuple[str, str], language: str) -> str:
    return _e(pair[language == "en"])


def state_name(state: State, language: str) -> str:
    return _pair(STATE_NAMES[state], language)


def frame(title: str, body: str, language: str, *, name: str = "", guard: str = "", here: str = "/staff") -> str:
    """The whole document. ``guard`` is the form signature of the signed-in ``name``."""
    w = {key: _e(word(key, language)) for key in ("desk", "demo", "skip", "sign_out", "signed_in_as", "language")}
    other = "ko" if language == "en" else "en"
    out = (
        f'<span class="soft">{w["signed_in_as"]} {_e(name)}</span>'
        f'<form method="post" action="/staff/sign-out"><input type="hidden" name="guard" value="{_e(guard)}">'
        f'<button class="plain">{w["sign_out"]}</button></form>'
        if name
        else ""
    )
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_e(title)} · {w["desk"]}</title><link rel="stylesheet" href="/staff/style.css"></head>
<body><a class="skip" href="#main">{w["skip"]}</a>
<header><strong><a href="/staff">{w["desk"]}</a></strong><span class="demo">{w["demo"]}</span>
<span class="right">{out}<a href="{_e(here)}?lang={other}" hreflang="{other}" lang="{other}">{w["language"]}</a></span>
</header><main id="main">{body}</main></body></html>"""


def sign_in(language: str, wrong: str = "") -> str:
    alert = f'<p class="card wrong" role="alert">{_e(wrong)}</p>' if wrong else ""
    key, enter = _e(word("key", language)), _e(word("sign_in", language))
    return (
        f'<div class="sign-in"><h1>{enter}</h1>{alert}<form class="card" method="post" action="/staff/sign-in">'
        f'<label for="key">{key}</label><input id="key" name="key" type="password" required autofocus'
        f' autocomplete="current-password"><button>{enter}</button></form></div>'
    )


def reference(ticket: Ticket) -> str:
    return ticket.number or ticket.token


def _title_of(ticket: Ticket) -> str:
    line = ticket.description.partition("\n")[0]
    return line if len(line) <= 60 else line[:59] + "…"


def _due(ticket: Ticket, now_us: int, language: str) -> str:
    if not ticket.is_open:
        return f'<span class="soft">{when(ticket.due_us)}</span>'
    late = f' <span class="late">{_e(word("late", language))}</span>' if ticket.due_us < now_us else ""
    return when(ticket.due_us) + late


def list_body(
    tickets: list[Ticket],
    *,
    counts: Mapping[State, int],
    chosen: str,
    services: Mapping[str, Service],
    now_us: int,
    language: str,
    page: int = 1,
    more: bool = False,
) -> str:
    """The list with its filter; what is due first stands on top. ``more``: there is a next page."""
    heads = "".join(
        f'<th scope="col">{_e(word(n, language))}</th>' for n in ("number", "what", "state", "agency", "due")
    )
    rows = "".join(_row(ticket, services, now_us, language) for ticket in tickets)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    empty = f'<p class="card">{_e(word("nothing", language))}</p>'
    return (
        f"<h1>{_e(word('tickets', language))}</h1>{_find(language)}{_filter(counts, chosen, language)}"
        + (table if tickets else empty)
        + (_pages(chosen, page, more, language))
    )


def _find(language: str) -> str:
    """One ticket by its number, as somebody reads it out on the telephone."""
    return (
        f'<form class="find" action="/staff/find"><label for="number">{_e(word("number", language))}</label>'
        f'<input id="number" name="number" required maxlength="40" autocomplete="off">'
        f"<button>{_e(word('find', language))}</button></form>"
    )


def _pages(chosen: str, page: int, more: bool, language: str) -> str:
    links = [("previous", page - 1)] if page > 1 else []
    links += [("next", page + 1)] if more else []
    shown = "".join(
        f'<a href="/staff?state={quote(chosen)}&amp;page={n}">{_e(word(name, language))}</a>' for name, n in links
    )
    return f'<nav class="pages" aria-label="{_e(word("pages", language))}">{shown}</nav>' if links else ""


def _filter(counts: Mapping[State, int], chosen: str, language: str) -> str:
    names = [("", word("open_only", language)), ("all", word("all", language))]
    names += [(s.value, f"{STATE_NAMES[s][language == 'en']} {count}") for s, count in counts.items() if count]
    links = "".join(
        f'<a href="/staff?state={code}"{" aria-current=page" if code == chosen else ""}>{_e(name)}</a>'
        for code, name in names
    )
    return f'<nav class="filter" aria-label="{_e(word("filter", language))}">{links}</nav>'


def _row(ticket: Ticket, services: Mapping[str, Service], now_us: int, language: str) -> str:
    link = f'<a href="/staff/t/{quote(reference(ticket))}">{_e(reference(ticket))}</a>'
    name = service_name(services.get(ticket.service_code), ticket.service_code, language)
    return (
        f'<tr><td class="number">{link}</td>'
        f'<td class="first">{_e(_title_of(ticket))}<br><span class="soft">{name}</span></td>'
        f'<td class="state">{state_name(ticket.state, language)}</td><td>{_e(ticket.agency)}</td>'
        f"<td>{_due(ticket, now_us, language)}</td></tr>"
    )


def service_name(service: Service | None, code: str, language: str) -> str:
    if service is None:
        return _e(code)
    return _e(service.name_en if language == "en" else service.name)


def ticket_body(
    ticket: Ticket,
    service: Service | None,
    history: list[Update],
    remarks: list[PeerUpdate],
    *,
    now_us: int,
    language: str,
    guard: str,
    notice: str = "",
    wrong: str = "",
    typed: Mapping[str, str] | None = None,
) -> str:
    """One ticket: what was reported on the left, what can be done and what was done on the right.

    ``typed`` is a form that was refused: nobody writes an answer twice.
    """
    said = f'<p class="card notice" role="status">{_e(notice)}</p>' if notice else ""
    said += f'<p class="card wrong" role="alert">{_e(wrong)}</p>' if wrong else ""
    typed = typed or {}
    if typed.get("text") and typed.get("move") not in {rule.move for rule in legal(ticket.standing)}:
        said += f'<section class="card"><h2>{_e(word("typed", language))}</h2><p class="text">{_e(typed["text"])}</p>'
        said += "</section>"
    title = f"{reference(ticket)} · {state_name(ticket.state, language)}"
    left = _report(ticket, service, now_us, language) + _remarks(remarks, language)
    open_to_all = bool(service and service.public)
    right = _moves(ticket, guard, language, typed, open_to_all=open_to_all) + _history(history, language)
    return f'<h1>{title}</h1>{said}<div class="two"><div>{left}</div><div>{right}</div></div>'


def _report(ticket: Ticket, service: Service | None, now_us: int, language: str) -> str:
    place = ticket.address + (f" ({ticket.lat:.6f}, {ticket.long:.6f})" if ticket.lat is not None else "")
    facts = [
        ("service", service_name(service, ticket.service_code, language)),
        ("received", when(ticket.received_us)),
        ("due", _due(ticket, now_us, language) + (f" · {_e(word('extended', language))}" if ticket.extended else "")),
        ("agency", _e(ticket.agency)),
        ("officer", _e(ticket.officer)),
        ("place", _e(place.strip())),
        ("contact", "<br>".join(f"{_contact(name, language)}: {_e(value)}" for name, value in ticket.contact)),
        ("details", _details(ticket, service)),
        ("pictures", _pictures(ticket.media_urls, language)),
    ]
    shown = "".join(f"<dt>{_e(word(name, language))}</dt><dd>{html}</dd>" for name, html in facts if html)
    heading = _e(word("what", language))
    return f'<section class="card"><h2>{heading}</h2><p class="text">{_e(ticket.description)}</p></section>' + (
        f'<section class="card"><dl>{shown}</dl></section>'
    )


def _contact(name: str, language: str) -> str:
    pair = CONTACTS.get(name)
    return _pair(pair, language) if pair else _e(name)


def _details(ticket: Ticket, service: Service | None) -> str:
    """The extra answers under the questions of the service's definition; its own words for a chosen value."""
    asked = {a.code: (a.description, dict(a.values)) for a in service.attributes} if service else {}
    lines = []
    for code, value in ticket.attributes:
        question, values = asked.get(code, (code, {}))
        lines.append(f"{_e(question)}: {_e(values.get(value, value))}")
    return "<br>".join(lines)


def _pictures(urls: Iterable[str], language: str) -> str:
    name = _e(word("picture", language))
    return " · ".join(
        f'<a href="{_e(url)}" rel="noreferrer noopener">{name} {count}</a>' for count, url in enumerate(urls, start=1)
    )


def _remarks(remarks: list[PeerUpdate], language: str) -> str:
    if not remarks:
        return ""
    items = "".join(
        f'<li>{when(r.at_us)} <span class="soft">{_e(r.status)}</span><p class="text">{_e(r.text)}</p></li>'
        for r in remarks
    )
    return f'<section class="card"><h2>{_e(word("remarks", language))}</h2><ol class="history">{items}</ol></section>'


def _history(history: list[Update], language: str) -> str:
    items = "".join(
        f"<li>{when(u.at_us)} <strong>{_pair(MOVE_NAMES[u.move], language)}</strong>"
        f' <span class="soft">{_e(u.actor)}</span><p class="text">{_e(u.text)}</p></li>'
        for u in reversed(history)
    )
    shown = f'<ol class="history">{items}</ol>' if items else f"<p>{_e(word('nothing', language))}</p>"
    return f'<section class="card"><h2>{_e(word("history", language))}</h2>{shown}</section>'


def _usual_first(rule: Rule) -> int:
    return USUAL.index(rule.move) if rule.move in USUAL else len(USUAL)


def _moves(ticket: Ticket, guard: str, language: str, typed: Mapping[str, str], *, open_to_all: bool) -> str:
    rules = sorted(legal(ticket.standing), key=_usual_first)
    again = typed.get("move", "")
    opened = again if again in {rule.move.value for rule in rules} else rules[0].move.value if rules else ""
    forms = "".join(
        _move_form(ticket, rule, guard, language, typed if rule.move == again else {}, opened=rule.move == opened)
        for rule in rules
    )
    shown = forms or f"<p>{_e(word('no_moves', language))}</p>"
    warning = f'<p class="soft">{_e(word("open_to_all", language))}</p>' if open_to_all and forms else ""
    return f'<section class="card"><h2>{_e(word("moves", language))}</h2>{warning}{shown}</section>'


def _move_form(ticket: Ticket, rule: Rule, guard: str, language: str, typed: Mapping[str, str], *, opened: bool) -> str:
    name = _pair(MOVE_NAMES[rule.move], language)
    known = {"agency": ticket.agency} if rule.move is Move.ROUTE else {}
    fields = "".join(_field(rule.move, need, {**known, **typed}.get(need, ""), language) for need in rule.needs)
    return (
        f"<details{' open' if opened else ''}><summary>{name}</summary>"
        f'<form method="post" action="/staff/t/{quote(reference(ticket))}">'
        f'<input type="hidden" name="guard" value="{_e(guard)}"><input type="hidden" name="move" value="{rule.move}">'
        f"{fields}<button>{name}</button></form></details>"
    )


def _field(move: Move, need: str, value: str, language: str) -> str:
    mark, label = f"{move}-{need}", f"{_e(word(need, language))} ({_e(word('needed', language))})"
    if need == "text":
        hint = _e(word("answer_hint", language)) if move in (Move.ANSWER, Move.ANSWER_AT_ONCE) else ""
        shown = f'<p id="{mark}-hint" class="soft">{hint}</p>' if hint else ""
        aria = f' aria-describedby="{mark}-hint"' if hint else ""
        area = f'<textarea id="{mark}" name="text" required maxlength="4000"{aria}>\n{_e(value)}</textarea>'
        return f'<label for="{mark}">{label}</label>{shown}{area}'
    filled = f'<input id="{mark}" name="{need}" required maxlength="200" value="{_e(value)}">'
    return f'<label for="{mark}">{label}</label>{filled}'
