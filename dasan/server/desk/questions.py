"""What a console asks and what is answered from reads: search, older entries, people, photos, prefills, why, unmask,
whose receipt a number is.

A question about a session is answered only while this console may read that session (``book.may_read``); unmasking is
first recorded by the broker and only then shown.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import handoff as handoffs
from dasan.core import recording
from dasan.core.errors import BadInput, Refused
from dasan.core.ids import HANDOFF
from dasan.core.session_events import EntryAdded
from dasan.core.text import clean_line
from dasan.server import calls, phones, prefill, project
from dasan.server.desk import asked, hearing
from dasan.server.desk.digest import card_of, unmasked
from dasan.server.desk.loading import label_of, lines_of, number_of
from dasan.server.house import House
from dasan.server.project import Lens
from dasan.server.suggestions import hit_of, hits_of
from dasan.server.why import why_lines
from dasan.wire import desk, desk_calls

Data = dict[str, Any]
PAGE = 200


class Asker(Protocol):
    """The console that asks."""

    @property
    def house(self) -> House: ...

    @property
    def lens(self) -> Lens: ...

    def may_read(self, session: str) -> bool: ...

    def follow_floor(self, on: bool) -> None: ...

    def follow_callbacks(self, on: bool) -> None: ...

    def tell_me(self) -> None: ...

    async def submit(self, request_id: str, command: c.Command) -> Any: ...


async def search(desk_: Asker, f: desk.Search) -> Data:
    """``hits``."""
    query = clean_line(f.query)
    found = await desk_.house.library.search(query, desk_.lens.viewer.language, f.limit) if query else ()
    return {"hits": [hit.model_dump(mode="json") for hit in hits_of(found)]}


async def article(desk_: Asker, f: desk.Article) -> Data:
    """``hit``, the whole article, or None."""
    found = await desk_.house.library.article(f.article, desk_.lens.viewer.language)
    return {"hit": hit_of(found).model_dump(mode="json") if found else None}


async def older(desk_: Asker, f: desk.Older) -> Data:
    """``entries`` before entry ``before``."""
    house = desk_.house
    found = await house.read(lambda: house.reads.entries_before(f.session, f.before, f.limit))
    shown = [project.entry(desk_.lens, e.recorded, e.body, e.recorded.seq) for e in found]
    return {"entries": [entry.model_dump(mode="json") for entry in shown]}


async def people(desk_: Asker, f: desk.People) -> Data:
    """``queues`` with how many wait, ``counselors`` who are there, with their room, and the ``lines`` of the
    directory."""
    house, language = desk_.house, desk_.lens.viewer.language
    queues = [
        {
            "code": q.code,
            "name": project.queue_name(house.policy, q.code, language),
            "waiting": house.hub.index.waiting(q.code),
        }
        for q in house.policy.queues.values()
    ]
    own = desk_.lens.viewer.counselor
    there = [k for k in house.hub.index.counselors() if k.lease == counselors.LIVE and k.id != own]
    rows = [
        {
            "counselor": k.id,
            "name": house.names(k.id),
            "number": k.number,
            "presence": k.presence,
            "load": len(k.slots),
            "skills": dict(k.skills),
        }
        for k in sorted(there, key=lambda k: (k.presence != counselors.AVAILABLE, len(k.slots), k.number))
    ]
    lines = [line.model_dump(mode="json") for line in calls.lines(house.policy, language)]
    return {"queues": queues, "counselors": rows, "lines": lines}


async def photo(desk_: Asker, f: desk.Photo) -> Data:
    """``url``, once and for two minutes, for a photo of a session that may be read."""
    house = desk_.house
    s = house.hub.index.session(f.session)
    if s is None or not await house.read(lambda: _holds_photo(house, f.session, s.entry_n, f.photo)):
        raise Refused("no_such_entry")
    if (message := recording.of(s.kept, f.photo)) is not None and message.gone:
        raise Refused("recording_gone")
    return {"url": house.photos.mint(f.photo, desk_.lens.viewer.counselor)}


def _holds_photo(house: House, session: str, n: int, photo: str) -> bool:
    """Whether that photo is in the transcript; looked for from its end, where what is asked for mostly is."""
    before = n + 1
    while photo and before > 1:
        page = house.reads.entries_before(session, before, PAGE)
        found = [e.recorded.event for e in page if isinstance(e.recorded.event, EntryAdded)]
        if not found or any(event.blob == photo for event in found):
            return bool(found)
        before = found[0].n
    return False


async def ticket_prefill(desk_: Asker, f: desk.TicketPrefill) -> Data:
    """``form`` as desk.TicketForm, and ``photos`` that the counselor can pick from.

    A ticket that came back is shown as it was filed, so that only what was wrong need be mended.
    """
    house = desk_.house
    s = house.hub.index.session(f.session)
    item = s.item(f.item) if s else None
    if item is None:
        raise Refused("no_such_item")
    lines = await lines_of(house, f.session, desk_.lens.viewer.language)
    form = prefill.ticket_form(lines.said, item.queue, house.policy)
    filled = await _as_filed(house, f.session) or desk.TicketForm(
        category=form.category, summary=form.summary, description=form.description, place=form.place
    )
    asked_too = await house.services.asked(house.policy) if house.services else {}
    return {"form": filled.model_dump(mode="json"), "photos": list(form.photos), "questions": asked_too}


async def _as_filed(house: House, session: str) -> desk.TicketForm | None:
    """The case of the ticket that came back (or was only drafted); None when there is none, or it was erased."""
    back = [h for h in house.hub.index.handoffs(session) if h.state in {handoffs.REJECTED, handoffs.DRAFTED}]
    if not back:
        return None
    case = back[-1]
    body = (await house.read(lambda: house.reads.contents([case.content]))).get(case.content)
    return desk.TicketForm(category=case.category, photos=case.blobs, **json.loads(body)) if body else None


async def unmask(desk_: Asker, f: desk.Unmask) -> Data:
    """``value``, after the look itself is on record."""
    await desk_.submit(f.id, c.Unmask(f.session, f.field, asked.reason(f.reason)))
    house, language = desk_.house, desk_.lens.viewer.language
    s = house.hub.index.session(f.session)
    if s is None:
        raise Refused("session_closed")
    entries = await house.read(lambda: house.reads.entries(f.session, 0, 20_000))
    lines = await lines_of(house, f.session, language)
    number = await house.read(lambda: number_of(house, s))
    card = card_of(s, (), entries, label_of(house.policy, language), number)
    return {"value": unmasked(f.field, card, lines.said)}


async def merge(desk_: Asker, f: desk.Merge) -> Data:
    """``link``. A receipt that is nobody's is told as such, and nothing of whose it is. Raises BadInput for both."""
    house, receipt, handoff = desk_.house, clean_line(f.receipt), ""
    if f.other and receipt:
        raise BadInput("malformed", field="other, receipt")
    if not f.other:
        handoff = await house.read(lambda: _of_receipt(house, receipt))
    return dict(await desk_.submit(f.id, c.MergeCitizens(f.session, f.item, f.other, handoff, receipt)))


def _of_receipt(house: House, receipt: str) -> str:
    number, wanted = handoffs.digits(receipt), handoffs.spoken(receipt)
    for line in house.reads.by_number(HANDOFF, number) if number is not None else ():
        if handoffs.spoken(str(line.facts.get("ticket_no", ""))) == wanted:
            return line.stream
    raise Refused("no_such_receipt")


async def why(desk_: Asker, f: desk.Why) -> Data:
    """``lines``: who could be offered the waiting item of a session, and why each other counselor was passed over."""
    house, viewer = desk_.house, desk_.lens.viewer
    s = house.hub.index.session(f.session)
    if s is None or not (viewer.supervises or desk_.may_read(f.session)):
        raise Refused("not_yours")
    item = s.live_item
    if item is None:
        raise Refused("no_such_item")
    crew, now = list(house.hub.index.counselors()), house.clock.now_us()
    return {"lines": why_lines(item, crew, house.policy, now, names=house.names, language=viewer.language)}


async def floor(desk_: Asker, f: desk.Floor) -> Data:
    """The supervisor's list begins or ends; it is not about any session's words, and still not everybody's."""
    if not desk_.lens.viewer.supervises:
        raise Refused("not_supervisor")
    desk_.follow_floor(f.on)
    return {}


async def phone(desk_: Asker, f: desk_calls.Phone) -> Data:
    """``phone``: what rings now. A telephone outside the centre (sip:, a number) needs a supervisor: whoever got hold
    of a counselor's sign-in must not lead citizens' calls away."""
    house, viewer = desk_.house, desk_.lens.viewer
    chosen = phones.checked(f.phone)
    if chosen and not viewer.supervises and not chosen.startswith(("client:", "app:")):
        raise Refused("not_supervisor")
    await house.signin.phoned(viewer.counselor, chosen)
    k = house.hub.index.counselor(viewer.counselor)
    house.phones.put(viewer.counselor, k.number if k else 0, chosen)
    desk_.tell_me()
    return {"phone": house.phones.endpoint(viewer.counselor)}


async def callbacks(desk_: Asker, f: desk_calls.Callbacks) -> Data:
    """The list of callbacks begins or ends; what is in it is nobody's words."""
    desk_.follow_callbacks(f.on)
    return {}


Answer = Callable[[Any, Any], Awaitable[Data]]


def _reading(answer: Answer) -> Answer:
    """``answer`` only while the session may be read; looked at again when it is there, for a look may have ended."""

    async def checked(desk_: Asker, f: Any) -> Data:
        if not desk_.may_read(f.session):
            raise Refused("not_yours")
        data = await answer(desk_, f)
        if not desk_.may_read(f.session):
            raise Refused("not_yours")
        return data

    return checked


TABLE: dict[type[desk.Command], Answer] = {
    desk.Search: search,
    desk.Article: article,
    desk.Older: _reading(older),
    desk.People: people,
    desk.Photo: _reading(photo),
    desk.TicketPrefill: _reading(ticket_prefill),
    desk.Unmask: _reading(unmask),
    desk.Merge: merge,
    desk.Why: why,
    desk.Floor: floor,
    desk_calls.Phone: phone,
    desk_calls.Callbacks: callbacks,
    desk_calls.Recordings: hearing.recordings,
    desk_calls.Play: hearing.play,
}
