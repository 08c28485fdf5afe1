"""The console's protocol, version 1: what the server says of the citizen. Parts of ``desk_views``.

Everything on the card is masked. Times are UTC microseconds.
"""

from __future__ import annotations

from dasan.wire.frames import View


class Merge(View):
    """A link that says that two citizens are one person: its number, by what (``word``, ``receipt``), when, and the
    counselor who was told so."""

    link: int
    evidence: str
    at: int
    by: str


class Citizen(View):
    """The card. ``history`` holds earlier sessions as (number, date, category, result). ``merges`` are the links that
    make her one person; ``others`` the numbers in ``history`` that were under another of her identities, as far as she
    was known by it when this session began."""

    citizen: str
    name: str = ""
    contact: str = ""
    language: str = "ko"
    sessions: int = 1
    district: str = ""
    history: tuple[tuple[int, str, str, str], ...] = ()
    notice: str = ""
    merges: tuple[Merge, ...] = ()
    others: tuple[int, ...] = ()
