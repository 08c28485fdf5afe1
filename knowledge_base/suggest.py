"""Suggestions from a running conversation: what the citizen asks just now, small talk left out.

The newest turn counts whole. The one before it counts less and only while the newest says little by itself ("수수료도
알려주세요" after "여권을 잃어버렸어요"). A turn of greetings or thanks asks nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_base.analysis.script import detect_language, normalise, runs
from knowledge_base.analysis.words import KOREAN_GLUE, SMALL_TALK
from knowledge_base.model import Hit

TURN_CHARS_MAX = 300
TURNS_LOOKED_AT = 4
# A suggestion nobody asked for must fit better than a search result. Letters alone reach less than words and letters.
COVERAGE_MIN, COVERAGE_MIN_LETTERS = 0.2, 0.15
UNEXPLAINED_MIN = 0.3  # and still better where no word can be named that it was found by
BESIDE_BEST_MIN = 0.4  # and be no mere filler beside the best one
_ENOUGH = 14  # letters from which on a turn is taken to say all by itself
_EARLIER_WEIGHT = 0.5
_LEAST = 2
_TELLING = 8  # letters from which on a turn tells what its writer reads


def question_in(turn: str) -> str:
    """``turn`` without small talk; ``""`` when nothing is left that could be looked up. At most 300 characters.

    Of a long turn the end is kept: people come to their question after its story.
    """
    words = [(word, "".join(run for _, run in runs(word))) for word in normalise(turn[-TURN_CHARS_MAX:]).split()]
    kept = [(word, bare) for word, bare in words if bare and bare not in SMALL_TALK]
    asked = " ".join(bare for _, bare in kept if bare not in KOREAN_GLUE)
    return " ".join(word for word, _ in kept) if _letters(asked) >= _LEAST else ""


def _letters(text: str) -> int:
    return sum(len(run) for script, run in runs(text) if script != "number")


def worth_showing(hits: list[Hit]) -> list[Hit]:
    """The hits that stand up beside the best of them: one good suggestion is better than it and two fillers.

    Nothing at all when the best one neither names a word that it was found by nor fits well.
    """
    best = max(hits, key=lambda hit: hit.score, default=None)
    if best is None or not (best.why.words or best.why.corrected or best.score >= UNEXPLAINED_MIN):
        return []
    return [hit for hit in hits if hit.score >= best.score * BESIDE_BEST_MIN]


def writing_language(turns: Sequence[str], language: str) -> str:
    """The language that the citizen writes in, newest turns first; ``language`` (of the page) where they do not tell.

    A name or an abbreviation tells nothing, and plain Latin letters speak against a Korean page only.
    """
    for turn in turns[: -TURNS_LOOKED_AT - 1 : -1]:
        spoken = detect_language(turn, "")
        if spoken and _letters(normalise(turn)) >= _TELLING:
            return language if spoken == "en" and language != "ko" else spoken
    return language


def weighed_turns(turns: Sequence[str]) -> list[tuple[str, float]]:
    """The texts to look up and their weights, newest first, from a citizen's turns (oldest first); [] for none."""
    asked = [text for text in map(question_in, turns[-TURNS_LOOKED_AT:][::-1]) if text][:2]
    if not asked:
        return []
    if len(asked) == 1 or _letters(asked[0]) >= _ENOUGH:
        return [(asked[0], 1.0)]
    return [(asked[0], 1.0), (asked[1], _EARLIER_WEIGHT)]
