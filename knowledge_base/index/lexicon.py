"""The whoosh index: the durable store from which arrays are made.

It holds the words of each document, which cost an analyser to find, and the texts, from which syllables and letters are
made again in a moment: writing those as postings too would be nine tenths of the work of a build.
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

from knowledge_base.analysis.views import GRAMS, Terms, gram_views
from knowledge_base.index.impact import Impacts, Postings, make_impacts
from knowledge_base.index.segment import DocKey, Segment, impacts_of
from knowledge_base.index.trust import ensure_ours

with warnings.catch_warnings():  # whoosh 2.7.4 has invalid escapes that newer Pythons warn of when compiling it
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    from whoosh import fields as whoosh_fields
    from whoosh import index as whoosh_index
    from whoosh.analysis import SpaceSeparatedTokenizer
    from whoosh.reading import IndexReader

FIELDS = ("q_words", "a_words")
_WRITER_MB = 256


def schema() -> whoosh_fields.Schema:
    """The words of the question (``q_words``) and of the answer (``a_words``); stored: the key and both texts."""
    words = {name: whoosh_fields.TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False) for name in FIELDS}
    return whoosh_fields.Schema(stored=whoosh_fields.STORED, **words)


def write_lexicon(directory: Path, documents: Iterable[tuple[DocKey, Terms]]) -> int:
    """Write a new index of ``documents`` into the empty ``directory``, as one segment; the number of documents."""
    index = whoosh_index.create_in(str(directory), schema())
    writer = index.writer(limitmb=_WRITER_MB)
    count = 0
    try:
        for key, terms in documents:
            words = [" ".join(part["words"]) for part in (terms.question, terms.answer)]
            stored = [key.article_id, key.language, key.content_hash, *terms.texts]
            writer.add_document(stored=json.dumps(stored), **dict(zip(FIELDS, words, strict=True)))
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
            stored = [json.loads(reader.stored_fields(doc)["stored"]) for doc in range(reader.doc_count_all())]
            grams = [[gram_views(text) for text in (question, answer)] for *_, question, answer in stored]
            views = {"words": _words(reader, len(stored))}
            for view in GRAMS:
                views[view] = impacts_of([q[view] for q, _ in grams], [a[view] for _, a in grams])
            return Segment(tuple(DocKey(*row[:3]) for row in stored), views)
        finally:
            reader.close()
    finally:
        index.close()


def _words(reader: IndexReader, size: int) -> Impacts:
    vocabulary: dict[str, int] = {}
    question, answer = (_postings(reader, field, vocabulary) for field in FIELDS)
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
