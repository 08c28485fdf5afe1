"""Accounts become counselors the broker knows: at the start for all, at a sign-in for one made or changed meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from dasan.core.commands import SYSTEM, Envelope, Principal, RegisterCounselor
from dasan.hub import Hub
from dasan.server.house import Names
from dasan.server.phones import Phones
from dasan.store.people import Account

CLERK = Principal(SYSTEM, "enrol")


async def enrol(
    accounts: Iterable[Account],
    hub: Hub,
    names: Names,
    submit: Callable[[Envelope], Awaitable[object]],
    phones: Phones | None = None,
) -> None:
    """Learn the names and telephones, and register whom the broker does not know with these skills."""
    for account in accounts:
        names.put(account.id, account.shown)
        if phones is not None:
            phones.put(account.id, account.number, account.phone)
        k = hub.index.counselor(account.id)
        if k is None or dict(k.skills) != dict(account.skills):
            known = RegisterCounselor(account.id, dict(account.skills), account.languages)
            await submit(Envelope(CLERK, "", known))
