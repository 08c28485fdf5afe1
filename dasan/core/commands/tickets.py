"""What concerns cases that go to Eung-Dap-So, from both sides."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class CaseForm:
    """What goes to Eung-Dap-So: the words are sealed as one content.

    ``attributes`` are (code, value): answers to the questions of the service (Open311), a code repeated for several.
    """

    category: str
    summary: str
    description: str
    place: str = ""
    contact: str = ""
    blobs: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


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
