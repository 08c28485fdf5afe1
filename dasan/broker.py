"""The only way in: ``Broker.handle`` turns one command into one decision, through the handlers of dasan/core.

It loads what the command touches from the unit, lets the pure handler emit events, closes what is done, works out each
touched stream's next deadline and facts, and records the whole. The same request id of the same principal is answered
with the same reply and no second effect (I16); with another body it is refused. Nothing is on disk before the unit
commits, which is the gate's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from dasan.core import address as addresses
from dasan.core import care as cares
from dasan.core import codec, commands
from dasan.core import handoff as handoffs
from dasan.core import message as messages
from dasan.core import session as sessions
from dasan.core.address import Address
from dasan.core.care import Plan
from dasan.core.change import changed
from dasan.core.commands import Envelope
from dasan.core.counselor import Counselor
from dasan.core.errors import Refused
from dasan.core.handlers import addresses as ledger
from dasan.core.handlers import (
    attempts,
    callbacks,
    calls,
    care,
    citizens,
    consoles,
    consults,
    deadlines,
    ears,
    flows,
    identities,
    lines,
    phone,
    privacy,
    routing,
    supervision,
    talk,
    texts,
    tickets,
)
from dasan.core.handlers.settle import settle
from dasan.core.handoff import SETTLED, Handoff
from dasan.core.identity import Citizen
from dasan.core.message import Message
from dasan.core.policy import Policy
from dasan.core.session import Session
from dasan.core.work import Work, due_of
from dasan.ports import Clock, Content, Decision, Delivery, Head, Ids, Unit

HANDLERS: dict[type[commands.Command], Any] = {
    **citizens.HANDLERS,
    **routing.HANDLERS,
    **talk.HANDLERS,
    **supervision.HANDLERS,
    **calls.HANDLERS,
    **flows.HANDLERS,
    **consults.HANDLERS,
    **lines.HANDLERS,
    **phone.HANDLERS,
    **ears.HANDLERS,
    **consoles.HANDLERS,
    **tickets.HANDLERS,
    **deadlines.HANDLERS,
    **privacy.HANDLERS,
    **callbacks.HANDLERS,
    **care.HANDLERS,
    **ledger.HANDLERS,
    **identities.HANDLERS,
    **texts.HANDLERS,
}

# What changes nothing when it is carried out twice, by the state alone: no reply of it is kept.
REPEATABLE: frozenset[type[commands.Command]] = frozenset(
    {
        *(commands.DialLeg, commands.LegDialled, commands.LegFact, commands.StepFlow, commands.Tick),
        *(commands.MarkEntries, commands.ShowSuggestions, commands.SaveDraft),
    }
)


class Broker:
    """Holds the policy and the sources of time and ids; keeps no state of its own."""

    def __init__(self, policy: Policy, clock: Clock, ids: Ids) -> None:
        self.policy, self.clock, self.ids = policy, clock, ids

    def handle(self, unit: Unit, envelope: Envelope) -> Decision:
        """Decide and record in ``unit``. Raises Refused or BadInput; then nothing was recorded.

        A repeated request gives its first reply in a decision with ``repeated`` set, and records nothing.
        """
        principal, request_id = envelope.principal.name, envelope.request_id
        once = bool(request_id) and type(envelope.command) not in REPEATABLE
        mark = fingerprint(envelope.command) if once else ""
        if once:
            before = unit.replied(principal, request_id)
            if before is not None:
                if before.fingerprint != mark:
                    raise Refused("key_reused")
                return Decision(
                    principal, request_id, mark, self.clock.now_us(), reply=dict(before.reply), repeated=True
                )
        w = Work(
            unit, self.ids, self.clock.now_us(), self.policy, envelope.principal, request_id, numbers=unit.next_number
        )
        reply = HANDLERS[type(envelope.command)](w, envelope.command)
        attempts.follow(w, envelope.command)
        texts.follow(w)
        care.follow(w)
        settle(w)
        decision = self._decision(w, principal, request_id, mark, reply)
        unit.record(decision)
        return decision

    def _decision(self, w: Work, principal: str, request_id: str, mark: str, reply: dict[str, Any]) -> Decision:
        return Decision(
            principal,
            request_id,
            mark,
            w.now_us,
            events=w.events,
            heads={stream: self._head(w, stream) for stream in w.touched},
            contents=[Content(*row) for row in w.contents],
            new_keys=w.new_keys,
            destroyed_keys=w.destroyed_keys,
            deliveries=[_delivery(row) for row in w.deliveries],
            delivery_changes=[_delivery({"due_us": w.now_us, **row}) for row in w.delivery_changes],
            addresses_open=w.addresses_open,
            addresses_closed=w.addresses_closed,
            drafts=w.drafts,
            reply=reply,
            remember=bool(mark) and w.remember,
        )

    def _head(self, w: Work, stream: str) -> Head:
        state = w.states[stream]
        return Head(stream, state, w.seqs[stream], due_of(state, self.policy), is_open(state), facts(state))


def fingerprint(command: commands.Command) -> str:
    """The hash of a command's body, by which a reused request id is told from a repeated request."""
    if isinstance(command, commands.BeginCall) and command.first is not None:
        command = changed(command, first=None)
    body = type(command).__name__ + codec.dumps(codec.encode(command))
    return hashlib.blake2b(body.encode(), digest_size=16).hexdigest()


def is_open(state: Any) -> bool:
    """Whether a stream belongs to the present: loaded at start, kept in the indexes. A counselor always does."""
    found = _OPEN.get(type(state))
    return found is None or found(state)


_OPEN: Mapping[type[Any], Callable[[Any], bool]] = {
    Session: lambda s: not s.closed_at_us,
    Handoff: lambda h: h.state not in {"CLOSED", "WITHDRAWN"},
    Message: lambda m: m.state == messages.QUEUED,
    Plan: lambda p: p.state != cares.ENDED,
    Address: lambda a: any(strike.state != addresses.WITHDRAWN for strike in a.strikes),
    Citizen: lambda c: bool(c.links),
}


def facts(state: Any) -> dict[str, Any]:
    """What reads ask for without folding."""
    if isinstance(state, Session):
        last = state.items[-1] if state.items else None
        return {
            "citizen": state.citizen,
            "number": state.number,
            "phase": sessions.phase(state),
            "at_us": state.opened_at_us,
            "category": last.category if last else "",
            "outcome": last.outcome if last else "",
        }
    if isinstance(state, Handoff):
        return {
            "session": state.session,
            "citizen": state.citizen,
            "stage": state.noted,
            "ticket_no": state.ticket_no,
            "settled": state.noted in SETTLED,
            "number": handoffs.digits(state.ticket_no),
        }
    if isinstance(state, Message):
        return {"session": state.session, "citizen": state.citizen, "stage": state.state}
    if isinstance(state, Plan):
        return {"number": state.no, "citizen": state.citizen}
    if isinstance(state, (Address, Citizen)):
        return {}
    assert isinstance(state, Counselor)
    return {"number": state.number}


def _delivery(row: dict[str, Any]) -> Delivery:
    """A handler's row; what a ticket's leaves out is the ticket's own."""
    made = row["id"]
    return Delivery(
        made,
        row.get("stream", made),
        row.get("endpoint", tickets.ENDPOINT),
        row.get("kind", "ticket"),
        made,
        row.get("payload", {}),
        row["due_us"],
        row.get("attempts", 0),
        state=row.get("state", "waiting"),
    )
