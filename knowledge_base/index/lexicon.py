"""The whoosh index: the durable term store from which arrays are made.

Text arrives already taken apart, so only whoosh's stock space tokenizer is used (its TOC pickles the analyser: a class
of ours there would make old indexes unreadable). For the same reason an index is opened only when its directory
belongs to us and nobody else may write there. Whoosh's query parser and scorer are never given a person's text.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from knowledge_base.analysis.views import VIEWS, Terms
from knowledge_base.index.impact import Impacts, Postings, make_impacts
from knowledge_base.index.segment import DocKey, Segment
from knowledge_base.index.trust import ensure_ours

with warnings.catch_warnings():  # whoosh 2.7.4 has invalid escapes that newer Pythons warn of when compiling it
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    from whoosh import fields as whoosh_fields
    from whoosh import index as whoosh_index
    from whoosh.analysis import SpaceSeparatedTokenizer
    from whoosh.reading import IndexReader

_WRITER_MB = 256


def schema() -> whoosh_fields.Schema:
    """One stored key and, for each view, the terms of the question (``q_``) and of the answer (``a_``)."""
    text = {
        prefix + view: whoosh_fields.TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False)
        for view in VIEWS
        for prefix in ("q_", "a_")
    }
    return whoosh_fields.Schema(key=whoosh_fields.STORED, **text)


def write_lexicon(directory: Path, documents: Iterable[tuple[DocKey, Terms]]) -> int:
    """Write a new index of ``documents`` into the empty ``directory``, as one segment; the number of documents."""
    index = whoosh_index.create_in(str(directory), schema())
    writer = index.writer(limitmb=_WRITER_MB)
    count = 0
    try:
        for key, terms in documents:
            fields = {"q_" + view: " ".join(words) for view, words in terms.question.items()}
            fields |= {"a_" + view: " ".join(words) for view, words in terms.answer.items()}
            writer.add_document(key=json.dumps([key.article_id, key.language, key.content_hash]), **fields)
            count += 1
    except BaseException:
        writer.cancel()
        raise
    writer.commit()
    index.close()
    return count


def read_lexicon(directory: Path) -> Segment:
    """The segment of the index in ``directory``. Raises UntrustedIndexError, and whoosh's errors for a broken one."""
    ensure_ours(directory)
    index = whoosh_index.open_dir(str(directory), readonly=True)
    try:
        reader = index.reader()
        try:
            keys = tuple(DocKey(*json.loads(reader.stored_fields(doc)["key"])) for doc in range(reader.doc_count_all()))
            return Segment(keys, {view: _view(reader, view, len(keys)) for view in VIEWS})
        finally:
            reader.close()
    finally:
        index.close()


def _view(reader: IndexReader, view: str, size: int) -> Impacts:
    vocabulary: dict[str, int] = {}
    question = _postings(reader, "q_" + view, vocabulary)
    answer = _postings(reader, "a_" + view, vocabulary)
    return make_impacts(size, list(vocabulary), (question, answer))


def _postings(reader: IndexReader, field: str, vocabulary: dict[str, int]) -> Postings:
    starts: list[int] = []
    numbers: list[int] = []
    docs: list[int] = []
    counts: list[float] = []
    for term in _terms(reader, field):
        numbers.append(vocabulary.setdefault(term, len(vocabulary)))
        starts.append(len(docs))
        matcher = reader.postings(field, term)
        while matcher.is_active():
            docs.append(matcher.id())
            counts.append(matcher.weight())
            matcher.next()
    bounds = np.array([*starts, len(docs)], np.int64)
    terms = np.repeat(np.array(numbers, np.int32), bounds[1:] - bounds[:-1])
    return Postings(terms, np.array(docs, np.int32), np.array(counts, np.float64).astype(np.int32))


def _terms(reader: IndexReader, field: str) -> Iterator[str]:
    for raw in reader.lexicon(field):
        yield raw.decode("utf-8") if isinstance(raw, bytes) else raw
