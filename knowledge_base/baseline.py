"""What we compare ourselves with: whoosh as it comes, and whoosh's own scorer on our terms.

``PlainWhoosh`` is what a programmer gets from whoosh's manual (standard analyser, two fields, OR). ``WhooshScorer``
answers from a generation's own index, with the same terms as we use for the words view, through whoosh's BM25F.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from whoosh import fields, index
from whoosh.analysis import StandardAnalyzer
from whoosh.qparser import MultifieldParser, OrGroup
from whoosh.query import Or, Term

from knowledge_base.index.trust import ensure_ours


class PlainWhoosh:
    """A plain whoosh index over (id, title, text); called with a question it gives ids, best first."""

    def __init__(self, directory: Path, documents: Iterable[tuple[str, str, str]]) -> None:
        schema = fields.Schema(
            id=fields.ID(stored=True),
            title=fields.TEXT(analyzer=StandardAnalyzer(), phrase=False),
            text=fields.TEXT(analyzer=StandardAnalyzer(), phrase=False),
        )
        self._index = index.create_in(str(directory), schema)
        writer = self._index.writer(limitmb=256)
        for document, title, text in documents:
            writer.add_document(id=document, title=title, text=text)
        writer.commit()
        self._searcher = self._index.searcher()
        self._parser = MultifieldParser(["title", "text"], schema, {"title": 2.0, "text": 1.0}, group=OrGroup)

    def __call__(self, text: str) -> list[str]:
        bare = "".join(ch if ch.isalnum() else " " for ch in text)  # its query language is not for people's text
        return [hit["id"] for hit in self._searcher.search(self._parser.parse(bare), limit=10)]

    def close(self) -> None:
        """Give the files back."""
        self._searcher.close()
        self._index.close()


class WhooshScorer:
    """whoosh's scorer on the words of a generation: the question counts twice, the answer once, terms by OR."""

    def __init__(self, directory: Path) -> None:
        ensure_ours(directory)
        self._index = index.open_dir(str(directory), readonly=True)
        self._searcher = self._index.searcher()

    def __call__(self, terms: Sequence[str]) -> list[str]:
        parts = [Term("q_words", term, boost=2.0) for term in terms]
        parts += [Term("a_words", term) for term in terms]
        return [json.loads(hit["stored"])[0] for hit in self._searcher.search(Or(parts), limit=10)]

    def close(self) -> None:
        """Give the files back."""
        self._searcher.close()
        self._index.close()
