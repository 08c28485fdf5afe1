"""The Kiwi morphological analyser, where it is installed: particles and endings off, stems and nouns kept.

It is optional in every sense: loading it takes seconds and holds the interpreter, so only processes that may wait do
it, and everything else works from the views of ``grams``. ``typos`` is given for each call (the constructor's
argument is deprecated and was seen to do nothing).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from knowledge_base.analysis.words import CITY_WORDS

# nouns, stems, adverbs and determiners, roots, and what is not Hangul; pronouns and particles ask nothing
_CONTENT = ("NNG", "NNP", "NNB", "NR", "VV", "VA", "XR", "SL", "SN", "SH", "MAG", "W_")
_EMPTY_WORDS = """
하 되 있 없 같 좀 것 수 어떻 어떻게 어디 알 싶 오 가 보 주 드리 많 다르 그렇 이렇 저렇 안 못 잘 더 다시 아까 그냥 지금
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_TYPOS = "basic_with_continual"

log = logging.getLogger(__name__)


class MorphemeReader(Protocol):
    """What the views need of an analyser."""

    def read(self, text: str) -> list[str]:
        """The content morphemes of ``text``."""

    def read_typed(self, text: str) -> list[str]:
        """The same, with common typing errors undone."""

    def read_many(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """:meth:`read` for many texts, on all processors."""


@lru_cache(maxsize=1)
def kiwi_version() -> str:
    """The installed analyser's version, or ``""`` when there is none."""
    try:
        return version("kiwipiepy")
    except PackageNotFoundError:
        return ""


class KiwiReader:
    """Kiwi behind :class:`MorphemeReader`; constructing it takes 2 to 5 s and about 0.5 GB."""

    def __init__(self, words: Iterable[str] = CITY_WORDS) -> None:
        from kiwipiepy import Kiwi  # noqa: PLC0415 - loading it is the price the caller chose to pay

        self._kiwi = Kiwi()
        for word in words:
            self._kiwi.add_user_word(word, "NNP")
        self._kiwi.tokenize("준비")  # the first call builds the model; here nobody waits for an answer

    def read(self, text: str) -> list[str]:
        return _content(self._kiwi.tokenize(text))

    def read_typed(self, text: str) -> list[str]:
        return _content(self._kiwi.tokenize(text, typos=_TYPOS))

    def read_many(self, texts: Iterable[str]) -> Iterator[list[str]]:
        for tokens in self._kiwi.tokenize(texts):
            yield _content(tokens)


def open_reader(*, wanted: bool = True) -> MorphemeReader | None:
    """The analyser; None where it is not wanted, not installed, or (as the log says) cannot start."""
    if not wanted or not kiwi_version():
        return None
    try:
        return KiwiReader()
    except (ImportError, OSError, RuntimeError, ValueError) as error:  # a model that is missing or damaged
        log.warning("the morphological analyser cannot start", extra={"reason": repr(error)[:200]})
        return None


def _content(tokens: Iterable[object]) -> list[str]:
    out = []
    for token in tokens:
        form, tag = token.form.lower(), token.tag  # type: ignore[attr-defined]
        if tag.startswith(_CONTENT) and form not in _EMPTY and " " not in form:
            out.append(form)
    return out
