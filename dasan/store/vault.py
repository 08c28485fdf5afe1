"""The data keys that one unit needs, opened or made before anything is written.

Promises: a decision that would seal words under a destroyed or unknown key is refused when it is recorded, alone, and
not when the batch is written, with all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dasan.core.errors import Refused
from dasan.ports import Decision
from dasan.store import statements as sql
from dasan.store.caches import Keys
from dasan.store.link import Row
from dasan.store.sealing import DataKey

Ask = Callable[[str, Row], Row | None]


class Vault:
    """``keys``: open keys by id; ``made``: those that this unit makes, with their wrapped form."""

    __slots__ = ("_ask", "_keys", "_sole", "keys", "made")

    def __init__(self, keys: Keys, ask: Ask, *, sole: bool) -> None:
        self._keys = keys
        self._ask = ask
        self._sole = sole  # only the one writer of a SQLite file may believe that a key open in memory still stands
        self.keys: dict[str, DataKey] = {}
        self.made: dict[str, tuple[bytes, DataKey]] = {}

    def prepare(self, decision: Decision, destroyed: Iterable[str]) -> None:
        """Open or make every key of ``decision``. Raises Refused("erased") or Refused("no_key")."""
        needed = {content.key for content in decision.contents}
        needed.update(session for _, session, text in decision.drafts if text)
        needed.update(decision.new_keys)
        born = {recorded.stream for recorded in decision.events if recorded.seq == 1}
        for key_id in needed:
            if key_id in destroyed:
                raise Refused("erased")
            if key_id not in self.keys:
                new = key_id in decision.new_keys
                self.keys[key_id] = self._make(key_id) if new and key_id in born else self._open(key_id, new=new)

    def found(self, key_id: str, wrapped: bytes | None, master: str) -> None:
        """A key's row was fetched ahead."""
        key = self._keys.opened(key_id, wrapped, master)
        if key is not None:
            self.keys[key_id] = key

    def _open(self, key_id: str, *, new: bool) -> DataKey:
        held = self._keys.held(key_id) if self._sole else None
        if held is not None:
            return held
        row = self._ask(sql.KEY, (key_id,))
        if row is not None:
            key = self._keys.opened(key_id, *row)
            if key is None:
                raise Refused("erased")
            return key
        if not new:
            raise Refused("no_key")
        return self._make(key_id)

    def _make(self, key_id: str) -> DataKey:
        wrapped, key = self._keys.keyring.fresh(key_id)
        self.made[key_id] = wrapped, key
        return key
