"""What was recorded of a call, for a supervisor: which recordings there are, and a link that plays one.

A counselor hears none. That a supervisor heard one, and why, is in the journal before the link is made; the link holds
for two minutes (dasan/server/photos.py). A session that goes on is heard only by who looks at it; one that is over has
no look any more, and is named by its number, as the citizen's complaint names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dasan.core import commands as c
from dasan.core.errors import Refused
from dasan.core.ids import SESSION
from dasan.core.session import Session
from dasan.server.desk import asked
from dasan.wire import call_views, desk_calls

if TYPE_CHECKING:
    from dasan.server.desk.questions import Asker
    from dasan.server.house import House


async def recordings(desk_: Asker, f: desk_calls.Recordings) -> dict[str, Any]:
    """``session`` and ``recordings``, the oldest first. Raises Refused(not_supervisor | no_such_session)."""
    if not desk_.lens.viewer.supervises:
        raise Refused("not_supervisor")
    house = desk_.house
    s = await house.read(lambda: _session(house, f.session, f.number))
    rows = [
        call_views.Recording(
            recording=one.blob,
            kind=one.kind,
            at=one.at_us,
            seconds=one.seconds,
            gone=one.gone or ("erased" if s.erased else ""),
        )
        for one in s.kept
    ]
    return {"session": s.id, "recordings": [row.model_dump(mode="json") for row in rows]}


def _session(house: House, session: str, number: int) -> Session:
    if not session and number:
        session = next((line.stream for line in house.reads.by_number(SESSION, number)), "")
    head = house.reads.load(session) if session else None
    if head is None or not isinstance(head.state, Session):
        raise Refused("no_such_session")
    return head.state


async def play(desk_: Asker, f: desk_calls.Play) -> dict[str, Any]:
    """``url``, after the grant is on record."""
    await desk_.submit(f.id, c.PlayRecording(f.session, f.recording, asked.reason(f.reason)))
    return {"url": desk_.house.photos.mint(f.recording, desk_.lens.viewer.counselor)}
