"""The node kinds of the language, one model each: what an author may write, with its defaults.

An exit that must be there is optional in these models and required by :mod:`ivr.check`, so that every missing one is
told at once, in its own words and at its own line, instead of the first one ending the reading.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ivr.words import Expression, Formula, Key, Name, Part, Phrases, Prompt, Prompts, Seconds, Texts, Word

To = Name  # a node of the same document


class Node(Part):
    """What every node may have: ``note``, a line for the reader of the flow."""

    note: str = ""


class Say(Node):
    """Says something and goes on. ``barge_in: false``: it is heard to its end. ``again: false``: not repeated by
    ``*``. ``warns``: it is the legal warning: it is heard to its end, and that it was is kept with her address."""

    kind: Literal["say"]
    say: Prompts
    to: To | None = None
    barge_in: bool = True
    again: bool = True
    warns: bool = False


class Retry(Part):
    """What happens when nothing, or nothing understood, was heard: the n-th prompt the n-th time (the last one stands
    for all later ones), then ``to``. ``repeat``: what of the question follows the prompt."""

    say: tuple[Prompts, ...] = ()
    max: Annotated[int, Field(ge=1, le=9)] | None = None
    repeat: Literal["all", "options", "none"] = "options"
    to: To | None = None


class Option(Part):
    """A way out of a menu. ``label`` names it; ``say`` replaces the sentence made of label and key. ``phrases``: spoken
    words that mean it. ``in``: named in that language whatever the caller's is. ``hidden``: works, and is not told.
    ``when``: there only if this holds."""

    key: Key
    label: Texts
    say: Prompts = ()
    phrases: Phrases = {}
    in_: str | None = Field(default=None, alias="in", pattern="^[a-z]{2}$")
    hidden: bool = False
    when: Expression | None = None
    to: To | None = None


class Asking(Node):
    """What all questions share. Times and counts left out are those of ``defaults``."""

    say: Prompts = ()
    no_input: Retry | None = None
    no_match: Retry | None = None
    timeout: Annotated[Seconds, Field(gt=0, le=60)] | None = None
    barge_in: bool = True
    speech: bool = False
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    help: Literal["full", "operator", "none"] | None = None


class Menu(Asking):
    """Keys (and words) that each lead somewhere."""

    kind: Literal["menu"]
    options: Annotated[tuple[Option, ...], Field(min_length=1, max_length=12)]


class SlotChoice(Part):
    """A value of a spoken slot with the key that is its twin."""

    key: Key
    value: str
    label: Texts
    phrases: Phrases = {}


class Skip(Part):
    """A key that leaves a question unanswered."""

    key: Key
    to: To | None = None


class Input(Asking):
    """Asks for a value and keeps it in ``slot``. ``type`` says how it is read and checked; see docs/ivr.md.

    ``min``, ``max``: how many digits. ``terminator``: a key that ends a number of variable length. ``values``: the only
    right answers. ``choices``: values of a spoken slot, each with a key. ``confirm``: ask back always, when unsure of
    what was heard, or never. ``past``, ``future``: which dates are right.
    """

    kind: Literal["input"]
    slot: Name
    type: Literal["digits", "phone", "date", "yes_no", "speech"]
    min: Annotated[int, Field(ge=1, le=32)] = 1
    max: Annotated[int, Field(ge=1, le=32)] | None = None
    terminator: Annotated[str, Field(pattern="^[#*]?$")] = ""
    values: tuple[str, ...] = ()
    choices: tuple[SlotChoice, ...] = ()
    skip: Skip | None = None
    confirm: Literal["always", "unsure", "never"] = "unsure"
    confirm_say: Prompts = ()
    past: bool = True
    future: bool = True
    to: To | None = None


class Case(Part):
    """One way of a branch."""

    if_: Formula = Field(alias="if")
    to: To | None = None


class Branch(Node):
    """The first case that holds, else ``else``."""

    kind: Literal["branch"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=40)]
    else_: To | None = Field(default=None, alias="else")


class HoursExits(Part):
    """Where hours lead. ``holiday``: a public holiday on which it is closed; without it, ``closed``."""

    open: To | None = None
    closed: To | None = None
    holiday: To | None = None


class Hours(Node):
    """Asks a calendar of this document, or whether a queue takes people now."""

    kind: Literal["hours"]
    calendar: Name | None = None
    queue: Word | None = None
    on: HoursExits = HoursExits()


class Preference(Part):
    """What is kept for the caller's address, and holds from here on."""

    language: Formula | None = None
    slow: Formula | None = None


class Set(Node):
    """Gives variables values, and keeps preferences."""

    kind: Literal["set"]
    set: dict[Name, Formula] = {}
    prefer: Preference = Preference()
    to: To | None = None


class Asked(Node):
    """What http and lookup share: ``args`` (expressions), ``into`` (variable to key of the answer), ``timeout`` of
    three seconds at most, and exits ok, error and timeout beside words of the answer's own."""

    args: dict[Word, Formula] = {}
    into: dict[Name, str] = {}
    timeout: Annotated[Seconds, Field(gt=0, le=3)] | None = None
    say: Prompts = ()
    on: dict[Word, To] = {}


class Http(Asked):
    """Asks an outside service. ``service`` is a name in the centre's directory, which has the address, the method and
    the secret: a flow can ask nobody else. What varies goes into ``args``."""

    kind: Literal["http"]
    service: Word


class Lookup(Asked):
    """Asks the centre itself; ``name`` is one of the questions it answers."""

    kind: Literal["lookup"]
    name: Word


class Subflow(Node):
    """Runs another document: ``args`` into its variables, ``into`` back from them, and an exit for each word that one
    of its return nodes says."""

    kind: Literal["subflow"]
    flow: Name
    args: dict[Name, Formula] = {}
    into: dict[Name, Name] = {}
    on: dict[Word, To] = {}


class Return(Node):
    """Ends a subflow by the named exit."""

    kind: Literal["return"]
    exit: Word = "done"


class Announce(Part):
    """What is said to who waits, and how often. ``say`` comes after position and estimate."""

    position: bool = True
    eta: bool = True
    every: Annotated[Seconds, Field(ge=10, le=300)] = 30.0
    say: Prompts = ()


class Queue(Node):
    """Puts the caller in line and lets her wait for a person.

    ``priority``: seconds of advance. ``keys``: a key while waiting to an exit of ``on`` (``{"1": callback}``).
    ``offer_callback_after``: seconds until the callback is offered, never when 0. ``max_wait``: seconds until she is
    told and taken out by that exit, never when 0. Exits: full, closed, max_wait, error, answered (after the talk; else
    the flow ends), zero, and what ``keys`` name.
    """

    kind: Literal["queue"]
    queue: Word
    skills: tuple[Word, ...] = ()
    priority: Annotated[int, Field(ge=0, le=600)] = 0
    emergency: bool = False
    say: Prompts = ()
    announce: Announce = Announce()
    offer_callback_after: Annotated[Seconds, Field(ge=0, le=600)] = 30.0
    max_wait: Annotated[Seconds, Field(ge=0, le=7200)] = 0.0
    keys: dict[Key, Word] = {}
    details: tuple[Name, ...] = ()
    on: dict[Word, To] = {}


class Callback(Node):
    """Notes a callback. ``number``: a variable with a telephone number; without it, the number she calls from, and the
    exit no_number when there is none. ``after``: an expression, minutes from now. Exits: booked, no_number, error."""

    kind: Literal["callback"]
    queue: Word
    number: Name | None = None
    after: Formula | None = None
    details: tuple[Name, ...] = ()
    say: Prompts = ()
    on: dict[Word, To] = {}


class CancelCallback(Node):
    """Takes back the call that we owe her (``callback_waiting``); without one, nothing happens."""

    kind: Literal["cancel_callback"]
    to: To | None = None


class Voicemail(Node):
    """Records a message for a queue. Exits: recorded, empty, error."""

    kind: Literal["voicemail"]
    queue: Word
    say: Prompts = ()
    max: Annotated[Seconds, Field(ge=5, le=600)] = 120.0
    details: tuple[Name, ...] = ()
    on: dict[Word, To] = {}


class Transfer(Node):
    """Hands the caller to a line of the directory. Exits: failed (for busy, no_answer and error too, unless they have
    their own), connected (after that talk; else the flow ends)."""

    kind: Literal["transfer"]
    line: Word
    say: Prompts = ()
    details: tuple[Name, ...] = ()
    on: dict[Word, To] = {}


class Sms(Node):
    """Sends a text. ``number`` as in callback. Exits: sent, failed, no_number."""

    kind: Literal["sms"]
    text: Prompt | Name
    number: Name | None = None
    on: dict[Word, To] = {}


class Goto(Node):
    """Goes on elsewhere: a name for a place that moves."""

    kind: Literal["goto"]
    to: To | None = None


class End(Node):
    """Says good-bye and ends the call. ``reason``: a word for the record."""

    kind: Literal["end"]
    say: Prompts = ()
    reason: Word = "completed"


AnyNode = Annotated[
    Say
    | Menu
    | Input
    | Branch
    | Hours
    | Set
    | Http
    | Lookup
    | Subflow
    | Return
    | Queue
    | Callback
    | CancelCallback
    | Voicemail
    | Transfer
    | Sms
    | Goto
    | End,
    Field(discriminator="kind"),
]
