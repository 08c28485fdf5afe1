"""Bad weather between clients and the server, by seed: commands lost, doubled, held back; replies that never arrive.

A client does what a real one does: it sends again under the same request id until it hears a reply, a few times. What
is proved here: however often a request arrives, its reply is the same (I16).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from dasan.core.commands import Envelope, StepFlow
from dasan.core.errors import Clash, Refused, StorageFull
from dasan.sim.scenario import Weather

TRIES_MAX = 6
RESEND_S = 4.0
Reply = Mapping[str, Any] | BaseException


@dataclass(slots=True)
class Sent:
    """A request of a client. ``then`` hears the first reply; ``heard`` is that reply."""

    envelope: Envelope
    then: Callable[[Reply], None] | None
    tries: int = 0
    heard: Reply | None = None


class Network:
    """Between the simulated clients and the gate. ``deliver`` puts a request into the present instant's batch."""

    def __init__(
        self,
        luck: Random,
        weather: Weather,
        after: Callable[..., None],
        deliver: Callable[[Sent], None],
        injected: Callable[[str], None],
    ) -> None:
        self._luck, self._weather, self._after = luck, weather, after
        self._deliver, self._injected = deliver, injected
        self.repeated = 0  # requests that were answered more than once
        self._calm = not (weather.lost or weather.doubled or weather.delayed)

    def send(self, sent: Sent) -> None:
        """One try."""
        if self._calm:
            self._deliver(sent)
            return
        sent.tries += 1
        luck, weather = self._luck, self._weather
        roll = luck.random()
        if roll < weather.lost:
            self._injected("lost")
            if luck.random() < 0.5:  # the reply is lost, not the request
                self._deliver(Sent(sent.envelope, None))
            self._again(sent)
            return
        roll -= weather.lost
        if roll < weather.delayed:
            self._injected("delayed")
            self._after(luck.uniform(0.5, 8), self._deliver, sent)
            return
        roll -= weather.delayed
        if roll < weather.doubled:
            self._injected("doubled")
            self._after(luck.uniform(0, 6), self._deliver, sent)
        self._deliver(sent)

    def _again(self, sent: Sent) -> None:
        if sent.tries < TRIES_MAX:
            self._after(RESEND_S, self.send, sent)

    def answered(self, sent: Sent, reply: Reply) -> str:
        """Hand the reply on; a sentence when a repeated request got another reply than the first time, else ""."""
        if isinstance(reply, StorageFull | Clash):
            self._after(RESEND_S / 2, self._deliver, sent)
            return ""
        if sent.heard is None:
            sent.heard = reply
            if sent.then is not None:
                sent.then(reply)
            return ""
        first = sent.heard
        # A refusal is not remembered: the same request may be possible, or refused otherwise, later.
        if isinstance(first, Refused) or isinstance(reply, Refused):
            return ""
        self.repeated += 1
        if isinstance(sent.envelope.command, StepFlow):  # known by its number: it says that it was taken already
            return "" if reply["repeated"] else f"{sent.envelope.request_id}: taken twice"  # type: ignore[index]
        return "" if dict(first) == dict(reply) else f"{sent.envelope.request_id}: {first} then {reply}"  # type: ignore[arg-type]
