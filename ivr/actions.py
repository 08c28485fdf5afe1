"""What the interpreter wishes to happen next: the flow's outgoing vocabulary, typed, with nothing of a vendor in it.

A turn's actions are carried out in order. All but the last are done at once and answer nothing (:class:`Say`,
:class:`Prefer`, :class:`CancelCallback`, :class:`Leave`); the last one waits for an event, and there is exactly one
such action in a turn that has any. Texts are plain, never markup: whoever renders them escapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing to be said. ``language``: two letters (ko, en, zh, ja, vi, mn). ``audio``: a recording of the same
    words (the name of its bytes, or a whole address), or "". ``voice``: the flow's voice for that language, or "".
    ``role``: what it is to a reader: ``say`` (what the flow tells), ``ask`` (a question), ``option`` ("교통은 1번",
    which a screen shows as a numbered line), ``help`` (how to reach a person, go back, hear it again), ``error``
    (nothing heard, not understood). ``slow``: say it slowly."""

    text: str
    language: str
    audio: str = ""
    voice: str = ""
    role: str = "say"
    node: str = ""
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A key that answers the question, for numbered lines and quick replies. ``phrases``: words that mean it."""

    key: str
    label: str
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """Speak. ``barge_in`` False: a notice that must be heard to its end. ``warns``: it is the legal warning."""

    prompts: tuple[Utterance, ...]
    barge_in: bool = True
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Speak, then hear keys or words; waits for Digits, Speech or NoInput.

    ``num_digits``: answer as soon as so many keys came (0: any number up to ``max_digits``, ended by ``terminator`` or
    by silence). ``terminator`` is "" unless the flow names one: # and * are commands. ``timeout_s``: silence after the
    prompt, and after each key, for a network has one time for both. ``speech``: words are understood too, helped by
    ``hints``. ``choices``: what a screen lists. ``voice`` matters for nothing but rendering.
    """

    prompts: tuple[Utterance, ...]
    language: str
    digits: bool = True
    speech: bool = False
    num_digits: int = 1
    max_digits: int = 1
    terminator: str = ""
    timeout_s: float = 6.0
    hints: tuple[str, ...] = ()
    barge_in: bool = True
    choices: tuple[Choice, ...] = ()
    node: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """Park the caller and put her in line; waits for Waiting, Digits or Result("queue", …).

    ``credit_s``: seconds of advance over her arrival (DOMAIN §2 rank_at). ``announce_every_s``: how often Waiting is
    wanted. ``offer_callback_after_s``: 0, never. ``max_wait_s``: 0, no limit. ``keys``: those that mean something while
    she waits. ``details``: flow variables without personal data that the counselor may see.
    """

    queue: str
    language: str
    credit_s: int = 0
    emergency: bool = False
    skills: tuple[str, ...] = ()
    announce_every_s: float = 30.0
    offer_callback_after_s: float = 0.0
    max_wait_s: float = 0.0
    keys: str = ""
    details: Mapping[str, Value] = field(default_factory=dict)
    node: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """While in line: say ``prompts``, then music until ``seconds`` are over, hearing one of ``keys`` meanwhile; waits
    for Digits (that key) or Waiting (the time is over)."""

    prompts: tuple[Utterance, ...]
    language: str
    seconds: float
    keys: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Take the caller out of the line that she waits in. ``reason``: callback, voicemail, zero, back, max_wait or the
    exit's own name. With ``callback`` her place is kept until :class:`Callback` takes it over or the call ends."""

    reason: str
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask an outside service of the centre's directory; waits for Result("http", ok|error|timeout|own word, values)."""

    name: str
    args: Mapping[str, Value]
    timeout_s: float
    node: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask the centre itself; waits for Result("lookup", ok|error|timeout|own word, values)."""

    name: str
    args: Mapping[str, Value]
    timeout_s: float
    node: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    """Note a callback; waits for Result("callback", booked|error|own word). ``number``: E.164, or "" for the number she
    calls from. ``at_us``: not before that instant, 0 as soon as it is her turn. ``keep_place``: she keeps the place in
    the line she left."""

    queue: str
    number: str
    at_us: int
    keep_place: bool
    language: str
    details: Mapping[str, Value] = field(default_factory=dict)
    node: str = ""


@dataclass(frozen=True, slots=True)
class CancelCallback:
    """Take back the call that we owe her."""

    node: str = ""


@dataclass(frozen=True, slots=True)
class Voicemail:
    """Record a message; waits for Result("voicemail", recorded|empty|error)."""

    queue: str
    max_s: int
    language: str
    details: Mapping[str, Value] = field(default_factory=dict)
    node: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the caller to an emergency or partner line of the directory; waits for Result("transfer",
    connected|failed|busy|no_answer|error). She is not let go before the other side answers."""

    line: str
    language: str
    details: Mapping[str, Value] = field(default_factory=dict)
    node: str = ""


@dataclass(frozen=True, slots=True)
class Sms:
    """Send a text; waits for Result("sms", sent|failed). ``to``: E.164, or "" for the number she calls from."""

    text: str
    to: str
    language: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Prefer:
    """Keep this for her address: None leaves it as it is."""

    language: str | None = None
    slow: bool | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The flow is over. ``reason``: the end node's word, or hangup, answered, transferred, lost. ``hang_up`` False: the
    caller is with a person or another line, and the telephone side goes on without the flow."""

    reason: str
    hang_up: bool = True


Waiting = Ask | Queue | Hold | Fetch | Lookup | Callback | Voicemail | Transfer | Sms | End
Action = Say | Leave | CancelCallback | Prefer | Waiting
WAITING = (Ask, Queue, Hold, Fetch, Lookup, Callback, Voicemail, Transfer, Sms, End)
