"""The knowledge base behind the desk's words: a thin coat over its client (knowledge_base/client.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dasan.ports import Suggestion
from dasan.server.suggestions import OFF, OK, SLOW, Found
from knowledge_base.client import KnowledgeClient
from knowledge_base.model import ArticleView, Hit

# What the client says of its answer -> what the console is told. "nothing": there was no question in the line.
_STATES = {"ok": OK, "nothing": OK, "superseded": OK, "late": SLOW, "busy": SLOW, "failed": SLOW, "down": OFF}


class Library:
    """Suggestions, search, articles and feedback; never raises, an empty answer says why in its state."""

    def __init__(self, client: KnowledgeClient) -> None:
        self._client = client

    async def suggest(self, session: str, turns: Sequence[str], language: str, limit: int) -> Found:
        """For the citizen's newest lines, oldest first."""
        hits = await self._client.suggest(session, list(turns), language=language, limit=limit)
        return Found(_STATES.get(hits.state, OFF), [_hit(hit) for hit in hits])

    async def search(self, query: str, language: str, limit: int = 10) -> Sequence[Suggestion]:
        """For a counselor's own words."""
        return [_hit(hit) for hit in await self._client.search(query, language=language, limit=limit, committed=True)]

    async def article(self, article: str, language: str) -> Suggestion | None:
        """One article, whole."""
        found = await self._client.article(article, language)
        return None if found is None else _article(found)

    async def count(self, after: int, upto: int, outcomes: Mapping[str, Sequence[int]]) -> int | None:
        """Outcomes of suggestions (dasan/server/outcomes.py)."""
        return await self._client.count(after, upto, outcomes)


def _hit(hit: Hit) -> Suggestion:
    return Suggestion(
        hit.article_id,
        hit.question,
        hit.answer,
        hit.score,
        hit.why.sentence(hit.language),
        hit.source,
        hit.department,
        hit.phone,
        hit.checked_on.isoformat() if hit.checked_on else "",
        hit.stale,
        hit.language,
    )


def _article(view: ArticleView) -> Suggestion:
    return Suggestion(
        view.id,
        view.question,
        view.answer,
        1.0,
        "",
        view.source,
        view.department,
        view.phone,
        view.checked_on.isoformat() if view.checked_on else "",
        view.stale,
        view.language,
    )
