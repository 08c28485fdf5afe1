"""Which events a database may hold, so that a program never works on a journal that it cannot read.

Promises: a program that opens a database notes, under its schema's revision, every event it can write; an older one
that comes after it looks through the journal once and refuses where something is beyond it, instead of failing at the
first stream that it cannot fold. The same note tells before a downgrade what the program of that revision could not
read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from dasan.core.errors import ConfigWrong, Problem
from dasan.core.events import event_types
from dasan.store.engine import Backend
from dasan.store.link import Link, translated
from dasan.store.people import writing
from dasan.store.tables import REVISION

Vocabulary = Mapping[str, int]  # event type -> its newest version
_NOTE = "events "
_NOTED = "SELECT name, value FROM meta WHERE substr(name, 1, 7) = 'events '"
_KINDS = "SELECT DISTINCT type, version FROM journal"
_PUT = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


def ours() -> Vocabulary:
    """What this program knows."""
    return {name: cls.version for name, cls in event_types().items()}


def remember(backend: Backend) -> None:
    """Note what this program knows. Raises ConfigWrong where the journal holds events beyond it."""
    known = ours()
    link = backend.reader()
    try:
        with translated():
            noted = _noted(link)
            ahead = any(version > known.get(name, 0) for one in noted.values() for name, version in one.items())
            strange = beyond(link, known) if ahead else []
    finally:
        link.close()
    if strange:
        raise ConfigWrong((_too_new(strange),))
    before = noted.get(REVISION, {})
    merged = {name: max(known.get(name, 0), before.get(name, 0)) for name in sorted({*known, *before})}
    if merged != before:
        with writing(backend) as link:
            link.run(_PUT, (_NOTE + REVISION, json.dumps(merged)))


def unreadable_at(link: Link, revision: str) -> list[str]:
    """Events ("type/version") in the journal beyond the program of that revision; none where nothing is noted of it."""
    known = _noted(link).get(revision)
    return [] if known is None else beyond(link, known)


def beyond(link: Link, known: Vocabulary) -> list[str]:
    """Events in the journal ("type/version") that are not in ``known``."""
    return sorted(f"{name}/{version}" for name, version in link.rows(_KINDS) if version > known.get(name, 0))


def _noted(link: Link) -> dict[str, Vocabulary]:
    return {name.removeprefix(_NOTE): json.loads(value) for name, value in link.rows(_NOTED)}


def _too_new(strange: list[str]) -> Problem:
    named = ", ".join(strange[:5])
    return Problem(
        key="database.url",
        message_ko=(
            f"일지에 이 프로그램이 모르는 사건이 있습니다({named}). 더 새로운 프로그램이 쓴 것입니다. "
            "그 프로그램을 다시 켜거나, 올리기 전의 백업을 'dasan db restore'로 되돌리십시오."
        ),
        message_en=(
            f"The journal holds events that this program does not know ({named}); a newer one wrote them. "
            "Start that one again, or put back the backup made before the upgrade with 'dasan db restore'."
        ),
    )
