"""A new master key: every data key is wrapped anew, a few hundred at a time, while the service goes on.

Promises: each step is one short transaction and may be the last one for now: what is wrapped anew opens with the new
key, the rest with the former, and going on later starts where nothing is lost. A data key that is destroyed meanwhile
stays destroyed. What people wrote is not touched: only the keys over it are.
"""

from __future__ import annotations

from collections.abc import Mapping

from dasan.store.engine import Backend, reading
from dasan.store.link import translated
from dasan.store.people import writing
from dasan.store.sealing import Keyring

AT_ONCE = 500


def rewrap(made: Backend, keyring: Keyring, after: str = "", limit: int = AT_ONCE) -> tuple[int, str]:
    """Wrap the next data keys behind the key ``after`` under the keyring's current master key.

    How many, and behind which to go on ("": these were the last). Raises ConfigWrong for one that no key here opens.
    """
    with writing(made) as link:
        rows = link.rows(
            "SELECT key_id, wrapped, master FROM content_keys"
            " WHERE key_id > ? AND wrapped IS NOT NULL AND master <> ? ORDER BY key_id LIMIT ?",
            (after, keyring.current, limit),
        )
        for key_id, wrapped, master in rows:
            link.run(
                # The same wrapped form: on PostgreSQL another server may have destroyed the key since we read it.
                "UPDATE content_keys SET wrapped = ?, master = ? WHERE key_id = ? AND wrapped = ?",
                (keyring.rewrap(key_id, wrapped, master), keyring.current, key_id, wrapped),
            )
    return len(rows), str(rows[-1][0]) if len(rows) == limit else ""


def wrapped_under(url: str) -> Mapping[str, int]:
    """How many data keys are wrapped under each master key, by the name it has in the database. Only reads."""
    made = reading(url)
    link = made.reader()
    try:
        with translated():
            query = "SELECT master, COUNT(*) FROM content_keys WHERE wrapped IS NOT NULL GROUP BY master"
            return {str(master): int(count) for master, count in link.rows(query)}
    finally:
        link.close()
        made.close()
