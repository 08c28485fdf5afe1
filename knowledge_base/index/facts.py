"""What is known of each document beside its terms, as arrays, so that filters cost one comparison each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from knowledge_base.index.impact import Ints
from knowledge_base.model import CATEGORIES, DISTRICTS, LANGUAGES, Filters, Stored

Mask = npt.NDArray[np.bool_]
_CATEGORY = {name: i for i, name in enumerate(CATEGORIES, start=1)}
_DISTRICT = {name: i for i, name in enumerate(DISTRICTS, start=1)}
_LANGUAGE = {name: i for i, name in enumerate(LANGUAGES, start=1)}
_NEVER = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Facts:
    """Aligned with a segment's documents. Only ``alive`` ever changes: False once a document is replaced."""

    alive: Mask
    category: Ints
    district: Ints
    language: Ints
    expires: Ints

    def admitted(self, filters: Filters, today: date) -> Mask:
        """The documents that ``filters`` let through on ``today``. An unknown value lets nothing through."""
        mask = self.alive
        if not filters.expired:
            mask = mask & (self.expires >= today.toordinal())
        if filters.category:
            mask = mask & (self.category == _CATEGORY.get(filters.category, -1))
        if filters.district:
            mask = mask & ((self.district == _DISTRICT.get(filters.district, -1)) | (self.district == 0))
        if filters.language:
            mask = mask & (self.language == _LANGUAGE.get(filters.language, -1))
        return mask


def facts_of(documents: Sequence[tuple[Stored, str] | None]) -> Facts:
    """The facts of (article, language) pairs; None stands for a document that is no longer true."""
    rows = np.zeros((4, len(documents)), np.int32)
    alive = np.zeros(len(documents), np.bool_)
    for i, document in enumerate(documents):
        if document is None:
            continue
        article, language = document[0].article, document[1]
        alive[i] = True
        rows[:, i] = (
            _CATEGORY.get(article.category, 0),
            _DISTRICT.get(article.district, 0),
            _LANGUAGE.get(language, 0),
            article.expires_on.toordinal() if article.expires_on else _NEVER,
        )
    return Facts(alive, *rows)
