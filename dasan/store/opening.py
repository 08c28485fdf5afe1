"""Opening a store from plain values, and bringing its schema to this version."""

from __future__ import annotations

from dasan.core.errors import ConfigWrong
from dasan.store import vocabulary
from dasan.store.engine import Backend, backend
from dasan.store.link import translated
from dasan.store.schema import move_up, other_version, revision_of
from dasan.store.sealing import Keyring
from dasan.store.sql import SqlStore
from dasan.store.tables import REVISION
from dasan.store.views import Evolve, States


def open_store(url: str, keyring: Keyring, states: States, evolve: Evolve, *, cached: int = 20_000) -> SqlStore:
    """The store of that URL (``sqlite:///…`` or ``postgresql+psycopg://…``); an empty database gets its tables.

    Raises ConfigWrong when another server uses the file or schema or events are not of this version, StorageFull
    (OutOfReach) when the database does not answer.
    """
    made = backend(url)
    try:
        found = revision_of(url)
        if found == "":
            move_up(url)
        elif found != REVISION:
            raise ConfigWrong((other_version(found),))
        vocabulary.remember(made)
        _check_key(made, keyring)
        return SqlStore(made, keyring, states, evolve, cached=cached)
    except BaseException:
        made.close()
        raise


def _check_key(made: Backend, keyring: Keyring) -> None:
    """A wrong master key is told at the start, not at the first message that cannot be read."""
    link = made.reader()
    try:
        with translated():
            row = link.row("SELECT key_id, wrapped, master FROM content_keys WHERE wrapped IS NOT NULL LIMIT 1")
    finally:
        link.close()
    if row is not None:
        keyring.open(*row)
