"""What a menu may ask: the centre's own questions, and the outside services of the settings (channels.voice.ports)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING

from dasan.server.menu_questions import MenuQuestions
from dasan.server.outside import Outside, Service
from ivr.actions import Value

if TYPE_CHECKING:
    from dasan.settings import Settings


_COUNTED = frozenset({"ok", "error", "timeout", "unknown"})
Told = tuple[str, Mapping[str, Value]]


class Lookups:
    """ports.Lookups. ``counts``: questions by ``name:outcome`` since the start; a service's own words are "other"."""

    def __init__(self, questions: MenuQuestions, outside: Outside) -> None:
        self._questions, self._outside = questions, outside
        self.counts: Counter[str] = Counter()

    async def lookup(self, name: str, args: Mapping[str, Value]) -> Told:
        """As the port says."""
        return await self._counted(name, self._questions.ask(name, args))

    async def fetch(self, name: str, args: Mapping[str, Value], key: str) -> Told:
        """As the port says."""
        return await self._counted(name, self._outside.ask(name, args, key))

    async def _counted(self, name: str, asking: Awaitable[Told]) -> Told:
        outcome = "timeout"  # until it is told: the menu stops waiting by itself
        try:
            told = await asking
            outcome = told[0] if told[0] in _COUNTED else "other"
            return told
        finally:
            self.counts[f"{name}:{outcome}"] += 1

    async def close(self) -> None:
        """Give connections back."""
        await self._outside.close()


def services_of(settings: Settings) -> tuple[Service, ...]:
    """The directory, with its secrets."""
    keys = settings.ivr.keys
    return tuple(
        Service(
            code=one.code,
            url=one.url,
            method=one.method,
            timeout_s=one.timeout_s,
            answer_bytes_max=one.answer_bytes_max,
            at_once=one.at_once,
            key_name=one.key_name,
            key_in=one.key_in,
            key=keys.get(one.code, ""),
        )
        for one in settings.ivr.services
    )
