"""What comes back to the flow: the incoming vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.actions import Value


@dataclass(frozen=True, slots=True)
class Digits:
    """Keys pressed: characters of ``0123456789*#``. Anything else in it counts as not understood."""

    digits: str


@dataclass(frozen=True, slots=True)
class Speech:
    """What was understood. ``confidence`` 0 to 1; None when the recogniser gives none (then it is believed)."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class NoInput:
    """Nothing was heard in time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Still in line: for how long, at which place (1 is next), and the estimate in seconds (None: say no figure)."""

    waited_s: float
    position: int | None = None
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a Fetch, Lookup, Queue, Callback, Voicemail, Transfer or Sms.

    ``kind``: http, lookup, queue, callback, voicemail, transfer, sms. ``outcome``: one of the words in the action's
    docstring; for queue: answered, full, closed, left, max_wait, error. ``values``: flat; an answer in JSON comes with
    dotted keys (``{"district.name": "강남구"}``). A word that the node has no exit for takes its error exit.
    """

    kind: str
    outcome: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hangup:
    """The caller is gone."""


Event = Digits | Speech | NoInput | Waiting | Result | Hangup
