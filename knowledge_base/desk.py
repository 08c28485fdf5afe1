"""The answers of the child process: one function an operation, from plain values to plain values.

``Desk`` holds the opened database and the live index. Everything here is synchronous and single-threaded; ``process``
wraps it in pipes, tests and the benchmark call it directly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from knowledge_base.analysis.morphemes import MorphemeReader
from knowledge_base.frames import Message
from knowledge_base.index.live import LiveIndex
from knowledge_base.model import Filters, Hit, hit_to_wire, iso_or_blank, view_of
from knowledge_base.search import GOOD_COVERAGE, search
from knowledge_base.store import Database, count_outcomes, record_gap
from knowledge_base.suggest import COVERAGE_MIN, COVERAGE_MIN_LETTERS, weighed_turns, worth_showing, writing_language

LIMIT_MAX = 50
AFTERWARDS_MAX = 100


class Desk:
    """Search, suggestions, articles and feedback over one database and one index directory."""

    def __init__(self, database: Database, root: Path, reader: MorphemeReader | None) -> None:
        self.index = LiveIndex(database, root, reader)
        self._database = database
        self._afterwards: deque[Callable[[], None]] = deque(maxlen=AFTERWARDS_MAX)
        self._operations: dict[str, Callable[[Message], Any]] = {
            "suggest": self._suggest,
            "search": self._search,
            "article": self._article,
            "count": self._count,
            "status": self._status,
        }

    def answer(self, message: Message) -> Any:
        """The result of one request. KeyError and ValueError for a request that is not one of ours."""
        return self._operations[message["op"]](message)

    def finish(self) -> None:
        """Do what an answer need not wait for nor fail by: counting gaps. Errors are the database's."""
        while self._afterwards:
            self._afterwards.popleft()()

    def suggest(self, turns: list[str], *, language: str, today: date, limit: int = 3, district: str = "") -> list[Hit]:
        """Hits for a citizen's turns (oldest first), in the language they are written in, else in ``language``."""
        hits = search(
            self.index,
            weighed_turns(turns),
            today=today,
            show=writing_language(turns, language),
            filters=Filters(district=district),
            limit=min(limit, LIMIT_MAX),
            coverage_min=COVERAGE_MIN if self.index.morphemes else COVERAGE_MIN_LETTERS,
        )
        return worth_showing(hits)

    def _suggest(self, message: Message) -> Message:
        hits = self.suggest(
            message["turns"],
            language=message["language"],
            today=date.fromisoformat(message["today"]),
            limit=int(message["limit"]),
            district=message.get("district", ""),
        )
        return {"hits": [hit_to_wire(hit) for hit in hits], "asked": bool(weighed_turns(message["turns"]))}

    def _search(self, message: Message) -> Message:
        filters = Filters(**message.get("filters", {}))
        hits = search(
            self.index,
            [(message["query"], 1.0)],
            today=date.fromisoformat(message["today"]),
            show=message.get("language", ""),
            filters=filters,
            limit=min(int(message["limit"]), LIMIT_MAX),
        )
        best = max((hit.score for hit in hits), default=0.0)
        if message.get("committed") and best < GOOD_COVERAGE:
            at_us = int(message["at_us"])
            self._afterwards.append(lambda: record_gap(self._database, message["query"], best, at_us=at_us))
        return {"hits": [hit_to_wire(hit) for hit in hits]}

    def _article(self, message: Message) -> Message | None:
        stored = self.index.articles.get(message["article_id"])
        if stored is None:
            return None
        view = view_of(stored, message["language"], date.fromisoformat(message["today"]))
        days = {"checked_on": iso_or_blank(view.checked_on), "expires_on": iso_or_blank(view.expires_on)}
        return asdict(view) | days

    def _count(self, message: Message) -> int:
        after, upto, outcomes = int(message["after"]), int(message["upto"]), message["outcomes"]
        place = count_outcomes(self._database, after, upto, outcomes, at_us=int(message["at_us"]))
        if place == upto:
            for article_id, (accepted, edited, _) in outcomes.items():
                self.index.count_uses(article_id, accepted + edited)
        return place

    def _status(self, _message: Message) -> Message:
        index = self.index
        return {
            "articles": len(index.articles),
            "documents": sum(int(facts.alive.sum()) for facts in index.facts),
            "revision": index.revision,
            "waiting": index.waiting,
            "generation": index.generation,
            "analyser": index.reader is not None,
            "morphemes": index.morphemes,
        }
