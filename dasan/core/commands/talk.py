"""What counselors ask for in a session."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


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
