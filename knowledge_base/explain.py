"""What the desk shows of a match: the words it hangs on and the part of the answer that fits.

The words are found in the texts themselves, not in index terms: the longest stretches of what was asked that stand in
the article. A counselor sees ``'여권', '재발급'`` and can judge at a glance whether the hit is about the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge_base.analysis.grams import letter_grams, syllables
from knowledge_base.analysis.script import normalise, runs
from knowledge_base.analysis.words import ENGLISH_GLUE
from knowledge_base.fusion import Query, weights_for
from knowledge_base.model import Why, Wording

PASSAGE_CHARS = 200
SENTENCES_MAX = 40
WORDS_SHOWN = 5
_LATIN_STEM = 4
_ENDING = (
    "에서는|에서|으로는|으로|에게|까지|부터|하려면|하려고|하는데|려면|려고|하나요|인가요|되나요|나요|은요|는데|어요|아요|해요|했어요"
    "|세요|됐어요|였어요|이에요|예요|은|는|이|가|을|를|에|의|도|로|와|과"
)
_PARTICLES = re.compile(f"(?:{_ENDING})$")
# a stretch that is nothing but the end of a verb says nothing about the match
_ONLY_ENDING = re.compile(
    f"(?:[가-힣]?(?:{_ENDING}|같아요|나와요|졌어요|있나요|있어요|싶어요|주세요|합니다"
    "|습니다|니다|어떻게|어디|지금|하고|와서|가야|먹어|물어|가져|말씀))"
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+(?:[.!?。！？]+(?=\s|$)|\n|$|[.!?。！？]+)")


def why_of(text: str, wording: Wording, query: Query, language: str) -> Why:
    """Why ``wording`` was found for ``text``."""
    question, body = normalise(wording.question), normalise(wording.answer)
    in_question = _shared(text, question)
    words = in_question or _shared(text, body)
    have = question + " " + body
    corrected = tuple((typed, read) for typed, read in query.corrected if read in have)[:WORDS_SHOWN]
    weighed = weights_for(language, morphemes=bool(query.views["words"]))
    views = tuple(view for view, weight in weighed.items() if weight and query.views.get(view))
    return Why(words[:WORDS_SHOWN], bool(in_question), corrected, views)


def _shared(text: str, have: str) -> tuple[str, ...]:
    """The words, or the longest parts of words, of ``text`` that stand in ``have``, in order, each once."""
    found: dict[str, None] = {}
    for script, run in runs(normalise(text)):
        part = _stretch(script, run, have)
        if part:
            found[part] = None
    return tuple(word for word in found if not any(word != other and word in other for other in found))


def _stretch(script: str, run: str, have: str) -> str:
    if run in ENGLISH_GLUE:
        return ""
    if script in {"latin", "number"}:
        known = {word for _, word in runs(have)}
        if run in known or (len(run) >= _LATIN_STEM and any(word.startswith(run) for word in known)):
            return run
        return ""
    for length in range(len(run), 1, -1):
        for start in range(len(run) - length + 1):
            part = run[start : start + length]
            if part in have:
                return _bare(part) if script == "hangul" else part
    return ""


def _bare(part: str) -> str:
    """``part`` without particle or ending; ``""`` when nothing that names a thing is left."""
    if _ONLY_ENDING.fullmatch(part):
        return ""
    bare = _PARTICLES.sub("", part)
    return bare if len(bare) > 1 else ""


def passage_of(answer: str, weights: Mapping[str, float], *, syllabic: bool) -> str:
    """Whole sentences of ``answer`` from the one that says most of ``weights`` (term: weight), about 200 characters.

    The beginning of the answer where no sentence stands out.
    """
    parts: list[str] = _SENTENCE.findall(answer)
    sentences = [part.strip() for part in parts[:SENTENCES_MAX] if part.strip()] or [answer.strip()]
    read = syllables if syllabic else letter_grams
    values = [sum(weights.get(term, 0.0) for term in set(read(normalise(sentence)))) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda i: (values[i], -i)) if any(values) else 0
    passage = sentences[best]
    for sentence in sentences[best + 1 :]:
        if len(passage) + len(sentence) >= PASSAGE_CHARS:
            break
        passage += " " + sentence
    return passage if len(passage) <= PASSAGE_CHARS * 2 else passage[: PASSAGE_CHARS * 2 - 1].rstrip() + "…"
