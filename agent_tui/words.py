"""What the desk says, in the counselor's language, from ``messages/ko.toml`` and ``messages/en.toml``.

Both catalogues have the same keys and each key that the code names exists; tests hold that. A sentence is a template
with named gaps; what fills them may come from outside and is made harmless on the way in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from agent_tui.safe import flat
from dasan.wire.call_views import Line
from dasan.wire.desk_views import Named

LANGUAGES = ("ko", "en")
_FOLDER = Path(__file__).parent / "messages"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Mapping[str, str]:
    """Every sentence of ``language`` by dotted key. Raises KeyError for a language without a catalogue."""
    if language not in LANGUAGES:
        raise KeyError(language)
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        tables = tomllib.load(file)
    return {f"{table}.{key}": text for table, rows in tables.items() for key, text in rows.items()}


class Words:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._sentences = catalogue(self.language)
        self._named: Mapping[str, Mapping[str, str]] = {}

    def learn(self, queues: Iterable[Named], lines: Iterable[Line] = ()) -> None:
        """The centre's own names of its queues and lines, for system lines that name one by its code."""
        self._named = {
            "queue": {queue.code: queue.name for queue in queues},
            "line": {line.code: line.name for line in lines},
        }

    def __call__(self, key: str, /, **gaps: str | int) -> str:
        """The sentence ``key``, e.g. ``say("plain.gone", number=7)``. Raises KeyError for one that no catalogue has."""
        template = self._sentences[key]
        if not gaps:
            return template
        return template.format_map({name: flat(gap) if isinstance(gap, str) else gap for name, gap in gaps.items()})

    def knows(self, key: str) -> bool:
        """Whether there is a sentence ``key``."""
        return key in self._sentences

    def name(self, table: str, code: str) -> str:
        """The name of a ``code`` that came over the wire; one that is not in the catalogue is shown as it is."""
        return self._sentences.get(f"{table}.{code.lower()}", flat(code))

    def spoken(self, code: str, args: Mapping[str, object]) -> str:
        """A system line from its code and arguments; an unknown code is shown as it is."""
        template = self._sentences.get(f"system.{code.lower()}")
        if template is None:
            return flat(code)
        told = {gap: self._named.get(gap, {}).get(str(value), value) for gap, value in args.items()}
        return template.format_map(_Gaps({name: flat(str(value)) for name, value in told.items()}))


class _Gaps(dict[str, str]):
    """A gap that the server did not fill shows as a dash: a line of a conversation must never fail to be drawn."""

    def __missing__(self, key: str) -> str:
        return "-"
