"""A counselor's or a citizen's text as a query, typing errors mended as far as the articles' own words allow.

Two readings of a Korean text are joined: as typed, and with common typing errors undone by the analyser. A morpheme
that no article knows is replaced by the nearest one that some article has, by likeness of their letters. Mending
happens in the vocabulary and never by reranking whole texts, which was measured to gain nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from knowledge_base.analysis.grams import letter_grams, letters, syllables
from knowledge_base.analysis.morphemes import MorphemeReader
from knowledge_base.analysis.script import detect_language, normalise, runs
from knowledge_base.analysis.views import has_hangul, plain_words
from knowledge_base.analysis.words import ENGLISH_GLUE, EVERYDAY, KOREAN_GLUE
from knowledge_base.fusion import Query
from knowledge_base.model import QUERY_CHARS_MAX

LIKENESS_MIN = 75.0
UNKNOWN_MAX = 6  # words mended in one query: each costs about a millisecond
_MENDED_WEIGHT = 0.5  # a mended word counts half of one that was there
_EVERYDAY_WEIGHT = 0.6  # and what an everyday word stands for a little more


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one segment that can be mended to (Hangul of two syllables or more), and their letters."""

    words: tuple[str, ...]
    spelled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The known words of the articles, segment by segment; ``known`` tells whether any article has a word."""

    parts: tuple[Words, ...]
    known: Callable[[str], bool]

    def nearest(self, word: str) -> str | None:
        """The known word most like ``word``, if it is like enough."""
        spelled, best, score = letters(word), None, LIKENESS_MIN
        for part in self.parts:
            found = process.extractOne(spelled, part.spelled, scorer=fuzz.ratio, score_cutoff=score)
            if found and (best is None or found[1] > score):
                best, score = part.words[found[2]], found[1]
        return best


def words_of(known: Iterable[str]) -> Words:
    """Those of ``known`` that can be mended to."""
    words = tuple(word for word in known if len(word) > 1 and has_hangul(word))
    return Words(words, tuple(map(letters, words)))


def make_query(
    turns: Sequence[tuple[str, float]], reader: MorphemeReader | None, vocabulary: Vocabulary, language: str = ""
) -> Query:
    """The query of weighed texts (newest first, at least one); the language is seen from the first if not given."""
    spoken = language or detect_language(turns[0][0])
    views: dict[str, dict[str, float]] = {"words": {}, "syllables": {}, "letters": {}}
    corrected = {word: official for raw, _ in turns for word, official in _everyday(normalise(raw[:QUERY_CHARS_MAX]))}
    texts = [*turns, *((official, _EVERYDAY_WEIGHT) for official in corrected.values())]
    for raw, weight in texts:
        text = _without_glue(normalise(raw[:QUERY_CHARS_MAX]))
        _add(views["syllables"], syllables(text), weight)
        _add(views["letters"], letter_grams(text), weight)
        if reader and has_hangul(text):
            words, mended = _read_words(text, reader, vocabulary)
            _add(views["words"], words, weight)
            _add(views["words"], [*mended.values()], weight * _MENDED_WEIGHT)
            corrected |= {typed: near for typed, near in mended.items() if typed != near}
        else:
            _add(views["words"], plain_words(text), weight)
    return Query(spoken, views, tuple(corrected.items()))


def _without_glue(text: str) -> str:
    """``text`` without words that name nothing, unless it has no others."""
    kept = [run for _, run in runs(text) if run not in ENGLISH_GLUE and run not in KOREAN_GLUE]
    return " ".join(kept) or text


def _everyday(text: str) -> list[tuple[str, str]]:
    """(everyday word, what offices call it) for those that stand at the head of a word and are not said already."""
    words = text.split()
    said = [(word, official) for word, official in EVERYDAY.items() if any(one.startswith(word) for one in words)]
    return [(word, official) for word, official in said if official not in text]


def _add(into: dict[str, float], terms: Sequence[str], weight: float) -> None:
    for term in terms:
        into[term] = max(into.get(term, 0.0), weight)


def _read_words(text: str, reader: MorphemeReader, vocabulary: Vocabulary) -> tuple[list[str], dict[str, str]]:
    """The morphemes as typed, and what mending adds: the analyser's (to themselves) and near ones (typed: near)."""
    typed = reader.read(text)
    mended = {word: word for word in reader.read_typed(text) if word not in typed}
    unknown = [word for word in dict.fromkeys(typed) if len(word) > 1 and not vocabulary.known(word)]
    for word in unknown[:UNKNOWN_MAX]:
        near = vocabulary.nearest(word)
        if near is not None:
            mended[word] = near
    return typed, mended
