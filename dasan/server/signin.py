"""Signing in at the desk: name and password once, then a token; lock-out grows with every wrong try.

The answer to a wrong name, a wrong password and a disabled account is the same sentence after the same time. Failures
are counted in the account's row, so a restart does not forgive them; a right password does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from dasan.core.errors import Refused
from dasan.core.text import clean_line
from dasan.core.time import HOUR, SECOND
from dasan.net.limits import Buckets, Rate
from dasan.ports import Clock
from dasan.server import passwords
from dasan.server.accounts import PRINCIPAL
from dasan.store.people import Account, People, Token

T = TypeVar("T")
Write = Callable[[Callable[[], T]], Any]  # gate.call
HASHING_THREADS = 4
PER_ADDRESS = Rate(per_s=0.5, burst=20)


@dataclass(frozen=True, slots=True)
class Rules:
    """From the settings: [signin] and the pepper."""

    pepper: bytes
    token_hours: int = 12
    tries_max: int = 5
    lock_first_s: int = 30
    lock_max_s: int = 900


class SignIn:
    """``write`` runs a function on the writer thread and is awaited."""

    def __init__(self, people: People, write: Write[Any], clock: Clock, rules: Rules) -> None:
        self._people, self._write, self._clock, self._rules = people, write, clock, rules
        self._threads = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="argon2")
        self._addresses = Buckets(PER_ADDRESS, clock)
        self.failures = 0

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def by_password(self, name: str, password: str, peer: str) -> tuple[Account, str]:
        """The account and a fresh token. Raises Refused: sign_in_failed, locked_out, too_fast."""
        wait_s = self._addresses.take(peer)
        if wait_s:
            raise Refused("too_fast", after_s=round(wait_s) + 1)
        account = await self._read(lambda: self._people.named(clean_line(name, limit=64)))
        now = self._clock.now_us()
        if account is not None and account.locked_until_us > now:
            raise Refused("locked_out", after_s=(account.locked_until_us - now) // SECOND + 1)
        kept = account.password if account is not None and not account.disabled else ""
        if not await self._in_thread(lambda: passwords.verifies(kept, password)):
            self.failures += 1
            if account is not None:
                await self._count_failure(account)
            raise Refused("sign_in_failed")
        assert account is not None
        self._addresses.take(peer, -1.0)  # a right one is given back: a whole shift may sign in from one address
        if account.failed:
            await self._write(lambda: self._people.tried(account.id, 0, 0))
        if passwords.outdated(kept):
            await self._strengthen(account.id, await self._in_thread(lambda: passwords.hashed(password)))
        return account, await self._issue(account)

    async def by_token(self, token: str) -> Account:
        """The account of a token. Raises Refused("signed_out")."""
        key = passwords.token_key(token, self._rules.pepper)
        found = await self._read(lambda: self._people.find(key, self._clock.now_us()))
        if found is None or not found.principal.startswith(PRINCIPAL):
            raise Refused("signed_out")
        account = await self._read(lambda: self._people.account(found.principal.removeprefix(PRINCIPAL)))
        if account is None or account.disabled:
            raise Refused("signed_out")
        return account

    async def issue_for(self, account: str) -> str:
        """A token without a password, for a program that already runs with this installation's keys (the demo)."""
        found = await self._read(lambda: self._people.account(account))
        if found is None or found.disabled:
            raise Refused("sign_in_failed")
        return await self._issue(found)

    async def phoned(self, account: str, phone: str) -> None:
        """Keep which telephone rings for the account."""
        await self._write(lambda: self._people.phoned(account, phone))

    async def revoke(self, token: str) -> None:
        """End that sign-in."""
        key = passwords.token_key(token, self._rules.pepper)
        await self._write(lambda: self._people.revoke(key, self._clock.now_us()))

    async def _issue(self, account: Account) -> str:
        token = passwords.new_token()
        key = passwords.token_key(token, self._rules.pepper)
        until = self._clock.now_us() + self._rules.token_hours * HOUR
        row = Token(key, PRINCIPAL + account.id, {}, until)
        await self._write(lambda: self._people.issue(row))
        return token

    async def _count_failure(self, account: Account) -> None:
        rules, now = self._rules, self._clock.now_us()

        def count() -> None:
            """On the writer thread, from the row as it is now: tries that race are all counted."""
            present = self._people.account(account.id)
            if present is not None:
                failed = present.failed + 1
                lock = passwords.locked_for_us(failed, rules.tries_max, rules.lock_first_s, rules.lock_max_s)
                self._people.tried(account.id, failed, now + lock if lock else 0)

        await self._write(count)

    async def _strengthen(self, account: str, password: str) -> None:
        """Keep the password in today's stronger form."""

        def change() -> None:
            present = self._people.account(account)
            if present is not None:
                self._people.change(replace(present, password=password))

        await self._write(change)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    @staticmethod
    async def _read(call: Callable[[], T]) -> T:
        return await asyncio.to_thread(call)
