"""The invariants held against a journal that a real centre wrote: after a bad night, and when the demonstration ends.

What the journal shows by its order and its states is checked (walk.py, checks.py); what only a running world knows,
such as who else could have been offered an item, is the simulator's. States are looked at where a decision ended, for
within one several events belong together. The policy is today's: a capacity that was lowered since shows as broken.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from dasan.core.errors import DasanError
from dasan.core.events import Recorded
from dasan.core.fold import evolve
from dasan.core.metrics import measure
from dasan.core.policy import Policy
from dasan.sim.walk import Walk


def audit(journal: Iterable[Recorded], policy: Policy) -> Walk:
    """Walk ``journal`` in its order; ``checked`` and ``wrong`` of what comes back are the result."""
    walk = Walk(policy)
    states: dict[str, Any] = {}
    lost: set[str] = set()
    now_us = 0
    for key, decision in groupby(journal, key=_decision):
        now_us = key[0]
        touched: dict[str, None] = {}
        for recorded in decision:
            stream = recorded.stream
            if stream in lost:
                continue
            try:
                states[stream] = evolve(states.get(stream), recorded)
            except DasanError as error:  # what comes after it in this stream proves nothing
                lost.add(stream)
                walk.broken("I19", stream, f"{recorded.event.type} does not follow: {error.code}")
                continue
            touched[stream] = None
            walk.step(recorded)
        for stream in touched:
            walk.state(stream, states[stream])
    walk.require("I24", "all", walk.pending() == len(walk.offers), walk.log.offers)
    for queue in policy.queues:
        told, entered = measure(walk.log, policy, now_us, queue=queue), walk.entered.get(queue, 0)
        walk.require("I25", queue, entered == told.entered == sum(told.fates.values()), told.fates)
    return walk


def _decision(recorded: Recorded) -> tuple[int, str, str]:
    return recorded.at_us, recorded.actor, recorded.cause
