"""What the command line may ask of the running server (dasan/server/control.py), a function each.

Erasing is decided by the broker like everything, under the administrator's name. Accounts and master keys are rows
beside the journal: they are changed on the writer's thread, between two batches.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from dasan.core.commands import ADMIN, Command, Envelope, EraseCitizen, EraseSession, Principal
from dasan.core.errors import DasanError, Refused
from dasan.core.ids import SESSION, is_id
from dasan.core.policy import Policy
from dasan.ports import Aggregate, Clock, Head
from dasan.server import accounts, caring, conduct, merging
from dasan.server.control import Wish
from dasan.server.desk.console import Console
from dasan.store.people import People
from dasan.store.views import Line

SESSIONS_MAX = 10_000
Asked = Mapping[str, Any]
_log = logging.getLogger("dasan.wishes")


class Reads(Protocol):
    """A part of the store's named reads."""

    def line(self, stream: str) -> Line | None: ...

    def by_number(self, kind: str, number: int) -> Sequence[Line]: ...

    def sessions_of(self, citizen: str, limit: int = 20) -> Sequence[Line]: ...

    def load(self, stream: str) -> Aggregate | None: ...

    def open_heads(self, kind: str) -> Iterator[Head]: ...

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes | None]: ...


class Keys(Protocol):
    """The store's data keys, the master keys over them, and the one that addresses are keyed with
    (dasan/store/sql.py)."""

    def masters(self) -> Sequence[str]: ...

    def rewrap(self, after: str) -> tuple[int, str]: ...

    def keyed(self, value: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Controls:
    """What wishes are carried out with.

    ``call`` runs a function on the writer's thread; ``enrol`` looks at all accounts again; ``swept`` removes photos
    nobody can read now.
    """

    submit: Callable[[Envelope], Awaitable[Mapping[str, Any]]]
    call: Callable[[Callable[[], Any]], Awaitable[Any]]
    clock: Clock
    reads: Reads
    people: People
    keys: Keys
    consoles: Iterable[Console]
    enrol: Callable[[], Awaitable[None]]
    reindex: Callable[[], Awaitable[bool]]
    swept: Callable[[], Awaitable[int]]
    status: Callable[[], Mapping[str, Any]]
    policy: Policy = field(default_factory=Policy)


def table(controls: Controls) -> Mapping[str, Wish]:
    """Every wish by its name."""
    return {name: partial(done, controls) for name, done in WISHES.items()}


async def _status(controls: Controls, asked: Asked) -> Mapping[str, Any]:
    """How it goes: alarms, consoles, position."""
    return controls.status()


async def _reindex(controls: Controls, asked: Asked) -> Mapping[str, Any]:
    """Build the index of the articles again."""
    return {"started": await controls.reindex()}


async def _account(controls: Controls, asked: Asked) -> Mapping[str, Any]:
    """As dasan.server.accounts.act; consoles whose sign-in ended are closed at once, new skills count at once."""
    now = controls.clock.now_us()
    done: Mapping[str, Any] = await controls.call(lambda: accounts.act(controls.people, asked, now))
    for console in list(controls.consoles):
        if console.principal.id == done["account"]:
            console.check_sign_in()
    try:
        await controls.enrol()
    except DasanError as error:  # the account is made; Tidy enrols again within a minute
        _log.warning("an account could not be enrolled yet", extra={"code": error.code})
    return done


async def _rekey(controls: Controls, asked: Asked) -> Mapping[str, Any]:
    """Wrap the next data keys ``after`` under the current master key. ``masters``: whom the asker means by it."""
    if list(asked.get("masters", ())) != list(controls.keys.masters()):
        raise Refused("other_master_key")
    done, after = await controls.call(lambda: controls.keys.rewrap(str(asked.get("after", ""))))
    return {"done": done, "after": after}


async def _erase(controls: Controls, asked: Asked) -> Mapping[str, Any]:
    """``session``: an id or its number; ``whole``: everything of that citizen; ``reason``; ``by``: an account.
    ``others``: a session of each identity that she was merged with and that was left alone."""
    line = _session_line(controls.reads, str(asked.get("session", "")))
    reason, by = str(asked.get("reason", "")), str(asked.get("by", "")) or "operator"
    command: Command = EraseSession(line.stream, reason)
    count, others = 1, []
    if asked.get("whole"):
        citizen = str(line.facts.get("citizen", ""))
        others = merging.others(controls.reads, citizen)
        streams = tuple(one.stream for one in controls.reads.sessions_of(citizen, SESSIONS_MAX))
        command, count = EraseCitizen(citizen, streams, reason), len(streams)
    await controls.submit(Envelope(Principal(ADMIN, by), "", command))
    return {"sessions": count, "photos": await controls.swept(), "others": others}


def _session_line(reads: Reads, name: str) -> Line:
    line = reads.line(name) if is_id(name, SESSION) else None
    if line is None and name.isdecimal():
        found = reads.by_number(SESSION, int(name))
        line = found[0] if found else None
    if line is None:
        raise Refused("no_such_session")
    return line


async def _conduct(controls: Controls, asked: Asked) -> Mapping[str, Any]:
    """As dasan.server.conduct.wish."""
    c = controls
    return await conduct.wish(c.reads, c.policy, c.clock, c.submit, c.keys.keyed, asked)


async def _care(controls: Controls, asked: Asked) -> Mapping[str, Any]:
    """As dasan.server.caring.wish."""
    return await caring.wish(controls.reads, controls.submit, controls.keys.keyed, asked)


async def _merges(controls: Controls, asked: Asked) -> Mapping[str, Any]:
    """As dasan.server.merging.wish."""
    return await merging.wish(controls.reads, controls.submit, asked)


WISHES: Mapping[str, Callable[[Controls, Asked], Awaitable[Mapping[str, Any]]]] = {
    "status": _status,
    "reindex": _reindex,
    "account": _account,
    "rekey": _rekey,
    "erase": _erase,
    "conduct": _conduct,
    "care": _care,
    "merges": _merges,
}
