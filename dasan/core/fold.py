"""From events to state: the one function that deciding, loading and every proof share.

``fold(journal) == snapshot`` is a property test; nothing else may change a state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core import call_events as _call_events
from dasan.core import counselor, handoff, session
from dasan.core import counselor_events as _counselor_events
from dasan.core import handoff_events as _handoff_events
from dasan.core import session_events as _session_events
from dasan.core import work_events as _work_events
from dasan.core.counselor import Counselor
from dasan.core.events import Recorded
from dasan.core.handoff import Handoff
from dasan.core.ids import COUNSELOR, HANDOFF, SESSION, kind_of
from dasan.core.session import Session

# Importing them registers their events.
_VOCABULARY = (_call_events, _session_events, _work_events, _counselor_events, _handoff_events)
STATES: dict[str, type[Any]] = {SESSION: Session, COUNSELOR: Counselor, HANDOFF: Handoff}


def evolve(state: Any, recorded: Recorded) -> Any:
    """The state of ``recorded.stream`` after it; ``state`` is None before the first event.

    Raises Refused where a table has no arrow: deciding turns that into a refusal, loading into a defect.
    """
    stream = recorded.stream
    if state is not None:
        return _NEXT[type(state)](state, recorded.event, recorded.at_us)
    kind = kind_of(stream)
    if kind == SESSION:
        return session.opened(stream, recorded.event, recorded.at_us)
    if kind == COUNSELOR:
        return counselor.registered(stream, recorded.event)
    if kind == HANDOFF:
        return handoff.drafted(stream, recorded.event, recorded.at_us)
    raise AssertionError(stream)


_NEXT: dict[type[Any], Callable[[Any, Any, int], Any]] = {
    Session: session.evolve,
    Counselor: counselor.evolve,
    Handoff: handoff.evolve,
}
