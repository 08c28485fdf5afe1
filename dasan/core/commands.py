"""The vocabulary of what can be asked for: one frozen dataclass a wish, imperative, and the envelope around it.

A command never carries its own authority: the :class:`Envelope` says who asks (``principal``), under which of his own
request ids, and what his rights are. Text in a command has been cleaned at the edge. The broker seals it; it never
reaches an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CITIZEN, COUNSELOR, SUPERVISOR, ADMIN, SYSTEM = "citizen", "counselor", "supervisor", "admin", "system"
_RANK = {SYSTEM: 4, ADMIN: 3, SUPERVISOR: 2, COUNSELOR: 1, CITIZEN: 0}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a role, an id within it, and for a console the epoch of its lease."""

    role: str
    id: str
    epoch: int = 0

    @property
    def name(self) -> str:
        """The form stored as an event's actor and as the first half of the dedupe key."""
        return f"{self.role}:{self.id}"

    def at_least(self, role: str) -> bool:
        """Whether this principal may do what ``role`` may."""
        return _RANK[self.role] >= _RANK[role]


BROKER = Principal(SYSTEM, "broker")
DISPATCHER = Principal(SYSTEM, "dispatcher")
TIMERS = Principal(SYSTEM, "timers")
OUTBOX = Principal(SYSTEM, "outbox")


@dataclass(frozen=True, slots=True)
class Command:
    """The base of all commands."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A command on its way in. The same ``(principal, request_id)`` has one effect, however often it comes (I16)."""

    principal: Principal
    request_id: str
    command: Command


# -- citizens


@dataclass(frozen=True, slots=True)
class OpenSession(Command):
    """A citizen's need on one channel. ``address`` is a keyed HMAC; one session a time per (address, service)."""

    citizen: str
    address: str
    channel: str
    language: str = "ko"
    queue: str = ""
    service: str = "120"
    text: str = ""
    client_id: str = ""
    credit_s: int = 0
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class ReceiveText(Command):
    """What a citizen wrote. ``client_id`` is the sender's own id for it."""

    session: str
    leg: str
    text: str
    client_id: str


@dataclass(frozen=True, slots=True)
class ReceivePhoto(Command):
    session: str
    leg: str
    blob: str
    client_id: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class MarkEntries(Command):
    """Everything up to entry ``upto`` was delivered to (or, with ``read``, seen by) the asking side."""

    session: str
    upto: int
    read: bool = False


@dataclass(frozen=True, slots=True)
class SuspendLeg(Command):
    """The transport of a leg is gone; it may come back."""

    session: str
    leg: str


@dataclass(frozen=True, slots=True)
class ResumeLeg(Command):
    session: str
    leg: str


@dataclass(frozen=True, slots=True)
class LeaveSession(Command):
    """The citizen ends it."""

    session: str
    leg: str


@dataclass(frozen=True, slots=True)
class RateSession(Command):
    """1 to 5, with words if the citizen likes."""

    session: str
    score: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class HearTicket(Command):
    """The citizen's page has shown the notice of ``stage``."""

    handoff: str
    stage: str
    channel: str


# -- routing


@dataclass(frozen=True, slots=True)
class MakeOffer(Command):
    """The dispatcher's plan; refused when the world has moved on since it was made."""

    session: str
    item: str
    counselor: str


@dataclass(frozen=True, slots=True)
class AcceptOffer(Command):
    offer: str
    session: str


@dataclass(frozen=True, slots=True)
class DeclineOffer(Command):
    offer: str
    session: str
    reason: str = "not_now"


@dataclass(frozen=True, slots=True)
class FailOffer(Command):
    """The counselor's endpoint could not be rung."""

    offer: str
    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmMedia(Command):
    """The console shows the session (for calls: the leg is bridged): the talk begins."""

    session: str
    item: str


@dataclass(frozen=True, slots=True)
class FailConnect(Command):
    session: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class MoveItem(Command):
    """A waiting item into another queue, keeping its rank."""

    session: str
    item: str
    queue: str


@dataclass(frozen=True, slots=True)
class Tick(Command):
    """A deadline of ``stream`` has passed: do what is due by now."""

    stream: str
    due_us: int


# -- the counselor's work


@dataclass(frozen=True, slots=True)
class SendReply(Command):
    """``article`` names the suggestion the answer came from; ``edited`` whether it was changed."""

    session: str
    text: str
    client_id: str
    article: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class AddNote(Command):
    """A line for colleagues only."""

    session: str
    text: str
    client_id: str


@dataclass(frozen=True, slots=True)
class ShowSuggestions(Command):
    """The record of what was put before the counselor."""

    session: str
    n: int
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HoldItem(Command):
    session: str
    item: str


@dataclass(frozen=True, slots=True)
class UnholdItem(Command):
    session: str
    item: str


@dataclass(frozen=True, slots=True)
class PauseItem(Command):
    session: str
    item: str
    reason: str = "asked"


@dataclass(frozen=True, slots=True)
class UnpauseItem(Command):
    session: str
    item: str


@dataclass(frozen=True, slots=True)
class TransferItem(Command):
    """To a queue or to a counselor (exactly one of them); ``note`` is for whoever takes over."""

    session: str
    item: str
    queue: str = ""
    counselor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseItem(Command):
    """The counselor ends the talk; wrap-up begins."""

    session: str
    item: str


@dataclass(frozen=True, slots=True)
class CompleteWrapUp(Command):
    session: str
    item: str
    disposition: str
    category: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class ExtendWrapUp(Command):
    session: str
    item: str


@dataclass(frozen=True, slots=True)
class TakeOver(Command):
    """A supervisor takes an assignment over."""

    session: str
    item: str


@dataclass(frozen=True, slots=True)
class AbortSession(Command):
    """An administrator (or the abuse rule) ends it, with a reason."""

    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unmask(Command):
    """Look at one masked field of the citizen's card; the reason is kept."""

    session: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class SaveDraft(Command):
    """The half-written answer, sealed, outside the journal. Empty text removes it."""

    session: str
    text: str


# -- counselors


@dataclass(frozen=True, slots=True)
class RegisterCounselor(Command):
    counselor: str
    skills: Mapping[str, int]
    languages: tuple[str, ...] = ("ko",)


@dataclass(frozen=True, slots=True)
class ChangeSkills(Command):
    counselor: str
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AttachConsole(Command):
    """A console takes the counselor's lease; the reply's ``epoch`` must be on everything it sends."""

    counselor: str


@dataclass(frozen=True, slots=True)
class DetachConsole(Command):
    counselor: str


@dataclass(frozen=True, slots=True)
class MissBeat(Command):
    """No beat for the suspect time; ``grace_s`` until the lease is lost (full after a restart)."""

    counselor: str
    epoch: int
    grace_s: int


@dataclass(frozen=True, slots=True)
class RestoreBeat(Command):
    """The console of that epoch is heard again."""

    counselor: str
    epoch: int


@dataclass(frozen=True, slots=True)
class SetPresence(Command):
    """``presence`` of DOMAIN §5; ``then`` is what follows when the load reaches zero."""

    counselor: str
    presence: str
    reason: str = ""
    then: str = ""


# -- handoffs


@dataclass(frozen=True, slots=True)
class CaseForm:
    """What goes to Eung-Dap-So: the words are sealed as one content."""

    category: str
    summary: str
    description: str
    place: str = ""
    contact: str = ""
    blobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftHandoff(Command):
    session: str
    item: str
    case: CaseForm


@dataclass(frozen=True, slots=True)
class AmendHandoff(Command):
    handoff: str
    case: CaseForm


@dataclass(frozen=True, slots=True)
class CommitHandoff(Command):
    handoff: str


@dataclass(frozen=True, slots=True)
class FileTicket(Command):
    """Draft and commit in one step: what F9 and Enter do."""

    session: str
    item: str
    case: CaseForm


@dataclass(frozen=True, slots=True)
class WithdrawHandoff(Command):
    handoff: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseHandoff(Command):
    """A supervisor lets a session go without a receipt, and says why."""

    handoff: str
    reason: str


@dataclass(frozen=True, slots=True)
class RetryHandoff(Command):
    """A supervisor sends a dead letter once more."""

    handoff: str


@dataclass(frozen=True, slots=True)
class BeginSubmission(Command):
    """The outbox is about to send attempt ``attempt``."""

    handoff: str
    attempt: int


@dataclass(frozen=True, slots=True)
class SubmissionResult(Command):
    """How an attempt ended. ``outcome``: acknowledged, submitted, retry, unclear, rejected, refused."""

    handoff: str
    attempt: int
    outcome: str
    ticket_no: str = ""
    token: str = ""
    sent_sha256: str = ""
    code: str = ""
    fields: tuple[str, ...] = ()
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TicketProgress(Command):
    """An update of the peer. ``update`` is its id (a repeat has no effect); ``status`` its word; ``text`` its
    answer."""

    handoff: str
    update: str
    status: str
    at_us: int
    text: str = ""


# -- privacy


@dataclass(frozen=True, slots=True)
class EraseSession(Command):
    """Destroy the content key of a session; the journal stays and still folds."""

    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class EraseCitizen(Command):
    """Destroy the content keys of every session of a citizen."""

    citizen: str
    sessions: tuple[str, ...]
    reason: str
