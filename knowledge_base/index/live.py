"""What a running process searches: one generation from disk, small segments of what changed since, and a mask.

Whether a document on disk is still true is decided by the hash of its content against the database's, never by
comparing counters alone: a database restored from a backup is noticed too. Changes are taken over in bounded slices,
so that a large import never keeps a counselor waiting; once they are many, :meth:`LiveIndex.wants_build` says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from knowledge_base.analysis.morphemes import MorphemeReader
from knowledge_base.analysis.views import Terms, analyse, analysis_version
from knowledge_base.index.facts import Facts, facts_of
from knowledge_base.index.generation import Generation, current_name, load_current
from knowledge_base.index.impact import Stats
from knowledge_base.index.segment import DocKey, Segment, segment_of
from knowledge_base.model import Stored
from knowledge_base.query import Vocabulary, Words, words_of
from knowledge_base.store import Database, all_articles, changed_after, current_revision

SLICE = 100  # articles taken over between two answers: some 50 ms of work
READ_AHEAD_MAX = 50  # slices read before a generation is adopted; what comes later is taken over as usual
DELTA_DOCS_MAX = 200  # documents in one small segment before the next is begun
BUILD_SHARE = 0.05  # changes, as a share of the main segment, from which on a new generation is worth its work


class LiveIndex:
    """The searchable state. Not safe for threads: the process that owns it is single-threaded where it touches it."""

    def __init__(self, database: Database, root: Path, reader: MorphemeReader | None) -> None:
        self.reader = reader
        self.articles: dict[str, Stored] = {}
        self.segments: list[Segment] = []
        self.facts: list[Facts] = []
        self._database, self._root = database, root
        self._generation: Generation | None = None
        self._pointer = ""
        self._delta: list[list[tuple[Stored, DocKey, Terms]]] = []
        self._waiting: deque[Stored] = deque()
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._position = (0, "")
        self._words: dict[int, tuple[Segment, Words]] = {}
        self.reload()

    @property
    def morphemes(self) -> bool:
        """Whether Korean queries may count on the words view: analyser here, and used for the main segment."""
        if self.reader is None:
            return False
        return self._generation is None or self._generation.analysis == analysis_version(self.reader)

    @property
    def revision(self) -> int:
        """The database's revision that this state has seen (what still waits in slices included)."""
        return self._position[0]

    @property
    def generation(self) -> str:
        """The name of the main segment's generation, or ``""``."""
        return self._generation.name if self._generation else ""

    @property
    def waiting(self) -> int:
        """Articles that changed and are not yet searchable."""
        return len(self._waiting)

    def reload(self) -> None:
        """Begin anew from the whole database and the generation in force."""
        stored = all_articles(self._database)
        self._position = max(((item.revision, item.id) for item in stored), default=(0, ""))
        self._position = max(self._position, (current_revision(self._database), self._position[1]))
        self.articles = {item.id: item for item in stored if item.article.status == "published"}
        self._waiting.clear()
        self._adopt()

    def _adopt(self) -> None:
        """Take the generation in force for the main segment; what it does not hold is taken over in slices."""
        for item in self._waiting:
            self._note(item)
        self._pointer = current_name(self._root)
        self._generation = load_current(self._root)
        self.segments, self.facts, self._delta, self._places = [], [], [], {}
        if self._generation:
            self._take_main(self._generation.segment)
        held = {(key.article_id, key.language) for key in self._live_keys()}
        missing = (
            item for item in self.articles.values() if any((item.id, x) not in held for x in item.article.wordings)
        )
        self._waiting = deque(missing)

    def _note(self, item: Stored) -> None:
        """Know an article as the database has it now; one that is not published is forgotten."""
        self.articles.pop(item.id, None)
        if item.article.status == "published":
            self.articles[item.id] = item

    def _take_main(self, segment: Segment) -> None:
        documents: list[tuple[Stored, str] | None] = []
        for doc, key in enumerate(segment.keys):
            item = self.articles.get(key.article_id)
            true = item is not None and item.content_hash == key.content_hash and key.language in item.article.wordings
            documents.append((item, key.language) if item and true else None)
            self._places.setdefault(key.article_id, []).append((0, doc))
        self.segments.append(segment)
        self.facts.append(facts_of(documents))
        self._delta.append([])

    def _live_keys(self) -> Iterable[DocKey]:
        for segment, facts in zip(self.segments, self.facts, strict=True):
            yield from (key for key, alive in zip(segment.keys, facts.alive, strict=True) if alive)

    def follow(self) -> bool:
        """Take over one slice of what changed in the database; whether there is more. Errors are the database's."""
        if current_name(self._root) != self._pointer:
            self._read_ahead()
            self._adopt()
            return True
        if not self._waiting:
            if current_revision(self._database) < self._position[0]:
                self.reload()  # an older database was put in place of ours
                return True
            if not self._read_changes():
                return False
        self._take_over([self._waiting.popleft() for _ in range(min(SLICE, len(self._waiting)))])
        return True

    def _read_changes(self) -> bool:
        changed = changed_after(self._database, *self._position, limit=SLICE)
        if changed:
            self._position = (changed[-1].revision, changed[-1].id)
            self._waiting.extend(changed)
        return bool(changed)

    def _read_ahead(self) -> None:
        """Read what changed without analysing it: most of it is in the generation that is about to be adopted."""
        for _ in range(READ_AHEAD_MAX):
            if not self._read_changes():
                break

    def _take_over(self, items: list[Stored]) -> None:
        fresh: list[tuple[Stored, DocKey]] = []
        for item in items:
            for number, doc in self._places.pop(item.id, ()):
                self.facts[number].alive[doc] = False
            self._note(item)
            if item.id in self.articles:
                fresh.extend((item, DocKey(item.id, language, item.content_hash)) for language in item.article.wordings)
        texts = [
            (item.article.wordings[key.language].question, item.article.wordings[key.language].answer)
            for item, key in fresh
        ]
        self._append(
            [(item, key, terms) for (item, key), terms in zip(fresh, analyse(texts, self.reader), strict=True)]
        )

    def _append(self, documents: list[tuple[Stored, DocKey, Terms]]) -> None:
        if not documents:
            return
        first_delta = 1 if self._generation else 0
        if len(self.segments) == first_delta or len(self._delta[-1]) >= DELTA_DOCS_MAX:
            self._delta.append([])
        kept = self._delta[-1]
        number = len(self._delta) - 1
        for doc, (item, _, _) in enumerate(documents, start=len(kept)):
            self._places.setdefault(item.id, []).append((number, doc))
        kept.extend(documents)
        segment = segment_of([key for _, key, _ in kept], [terms for _, _, terms in kept], self._stats())
        facts = facts_of([(item, key.language) for item, key, _ in kept])
        if number < len(self.segments):
            facts.alive[: len(self.facts[number].alive)] = self.facts[number].alive
            self.segments[number], self.facts[number] = segment, facts
        else:
            self.segments.append(segment)
            self.facts.append(facts)

    def _stats(self) -> dict[str, Stats] | None:
        """The statistics to weigh new documents by: the main segment's, or the first small one's when it is full."""
        if not self.segments or (not self._generation and len(self.segments) == 1):
            return None
        return {view: impacts.stats() for view, impacts in self.segments[0].views.items()}

    def wants_build(self) -> bool:
        """Whether a new generation is due: none there, another analysis, or too much has changed."""
        if self._generation is None:
            return bool(self.articles)
        if self.reader and self._generation.analysis != analysis_version(self.reader):
            return True
        changed = sum(len(kept) for kept in self._delta) + len(self._waiting)
        return changed > max(DELTA_DOCS_MAX, BUILD_SHARE * len(self._generation.segment.keys))

    def vocabulary(self) -> Vocabulary:
        """The words of the articles, for mending; a segment's part is made once, when first needed."""
        views = [segment.views["words"].vocabulary for segment in self.segments]
        for segment in self.segments:
            if id(segment) not in self._words:
                self._words[id(segment)] = (segment, words_of(segment.views["words"].vocabulary))
        present = [id(segment) for segment in self.segments]
        self._words = {key: self._words[key] for key in present}
        return Vocabulary(
            tuple(self._words[key][1] for key in present), lambda word: any(word in view for view in views)
        )

    def count_uses(self, article_id: str, more: int) -> None:
        """More uses of an article, at once and not only after the next reload."""
        item = self.articles.get(article_id)
        if item is not None:
            self.articles[article_id] = replace(item, uses=item.uses + more)
