"""An article or a query as terms in three views: words, syllables and letters.

=========  ==================================  =======================================
view       Korean                              other languages
=========  ==================================  =======================================
words      content morphemes (analyser)        Latin words and numbers
syllables  one and two syllables               Han and kana one and two; Latin whole
letters    four jamo                           four Latin letters
=========  ==================================  =======================================

``ANALYSIS_VERSION`` names everything that shapes a term; an index of another version is rebuilt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge_base.analysis.grams import letter_grams, syllables
from knowledge_base.analysis.morphemes import MorphemeReader, kiwi_version
from knowledge_base.analysis.script import normalise, runs
from knowledge_base.analysis.words import WORDS_VERSION

GRAMS = ("syllables", "letters")  # made of letters alone, in no time
VIEWS = ("words", *GRAMS)
ANSWER_CHARS_INDEXED = 2_000
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one document: for each view, those of its question and those of its answer; and the texts of both,
    normalised, that they were made from."""

    question: dict[str, list[str]]
    answer: dict[str, list[str]]
    texts: tuple[str, str] = ("", "")


def analysis_version(reader: MorphemeReader | None) -> str:
    """The version of terms made with ``reader``."""
    return f"1.{WORDS_VERSION}+" + (f"kiwi{kiwi_version()}" if reader else "grams")


def plain_words(text: str) -> list[str]:
    """The ``words`` view without an analyser: Latin words and numbers. Korean words are left to the other views."""
    return [run for script, run in runs(text) if script in {"latin", "number"}]


def has_hangul(text: str) -> bool:
    """Whether the morphological analyser has anything to read in normalised ``text``."""
    return any("가" <= ch <= "힣" for ch in text)


def analyse(pairs: Iterable[tuple[str, str]], reader: MorphemeReader | None) -> Iterator[Terms]:
    """The terms of each (question, answer), lazily and in order; with ``reader`` in batches, for its threads."""
    batch: list[tuple[str, str]] = []
    for question, answer in pairs:
        batch.append((normalise(question), normalise(answer[:ANSWER_CHARS_INDEXED])))
        if len(batch) == _BATCH:
            yield from _analyse_batch(batch, reader)
            batch = []
    yield from _analyse_batch(batch, reader)


def _analyse_batch(batch: list[tuple[str, str]], reader: MorphemeReader | None) -> Iterator[Terms]:
    texts = [text for pair in batch for text in pair]
    words = [plain_words(text) for text in texts]
    if reader:
        korean = [i for i, text in enumerate(texts) if has_hangul(text)]
        for i, morphemes in zip(korean, reader.read_many([texts[i] for i in korean]), strict=True):
            words[i] = morphemes
    for i in range(0, len(texts), 2):
        pair = texts[i], texts[i + 1]
        question, answer = ({"words": words[i + n], **gram_views(text)} for n, text in enumerate(pair))
        yield Terms(question, answer, pair)


def gram_views(text: str) -> dict[str, list[str]]:
    """Normalised ``text`` in the views of ``GRAMS``."""
    return {"syllables": syllables(text), "letters": letter_grams(text)}
