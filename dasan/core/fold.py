"""From events to state: the one function that deciding, loading and every proof share.

``fold(journal) == snapshot`` is a property test; nothing else may change a state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core import address, care, counselor, handoff, identity, message, session
from dasan.core import address_events as _address_events
from dasan.core import call_events as _call_events
from dasan.core import callback_events as _callback_events
from dasan.core import care_events as _care_events
from dasan.core import counselor_events as _counselor_events
from dasan.core import handoff_events as _handoff_events
from dasan.core import identity_events as _identity_events
from dasan.core import message_events as _message_events
from dasan.core import session_events as _session_events
from dasan.core import work_events as _work_events
from dasan.core.address import Address
from dasan.core.care import Plan
from dasan.core.counselor import Counselor
from dasan.core.events import Recorded
from dasan.core.handoff import Handoff
from dasan.core.identity import Citizen
from dasan.core.ids import ADDRESS, CARE, CITIZEN, COUNSELOR, HANDOFF, SESSION, TEXT, kind_of
from dasan.core.message import Message
from dasan.core.session import Session

# Importing them registers their events.
_VOCABULARY = (
    _address_events,
    _call_events,
    _callback_events,
    _care_events,
    _counselor_events,
    _handoff_events,
    _identity_events,
    _message_events,
    _session_events,
    _work_events,
)
STATES: dict[str, type[Any]] = {
    SESSION: Session,
    COUNSELOR: Counselor,
    HANDOFF: Handoff,
    ADDRESS: Address,
    TEXT: Message,
    CARE: Plan,
    CITIZEN: Citizen,
}


def evolve(state: Any, recorded: Recorded) -> Any:
    """The state of ``recorded.stream`` after it; ``state`` is None before the first event.

    Raises Refused where a table has no arrow: deciding turns that into a refusal, loading into a defect.
    """
    if state is not None:
        return _NEXT[type(state)](state, recorded.event, recorded.at_us)
    return _FIRST[kind_of(recorded.stream)](recorded.stream, recorded.event, recorded.at_us)


_FIRST: dict[str, Callable[[str, Any, int], Any]] = {
    SESSION: session.opened,
    COUNSELOR: lambda stream, event, at_us: counselor.registered(stream, event),
    HANDOFF: handoff.drafted,
    ADDRESS: address.met,
    TEXT: message.queued,
    CARE: care.planned,
    CITIZEN: identity.known,
}
_NEXT: dict[type[Any], Callable[[Any, Any, int], Any]] = {
    Session: session.evolve,
    Counselor: counselor.evolve,
    Handoff: handoff.evolve,
    Address: address.evolve,
    Message: message.evolve,
    Plan: care.evolve,
    Citizen: identity.evolve,
}
