"""Which telephone rings for a counselor: one string, ``client:``, ``sip:``, ``app:`` or a number in E.164.

Each account may name its own; who names none is rung by the centre's template. Kept in memory as names are, set at the
start, at each sign-in and by every change. Left out: whether anybody picks up there (channels/voice finds out).
"""

from __future__ import annotations

import re

from dasan.core.errors import BadInput

TEMPLATE = "client:c{number}"
_PHONE = re.compile(
    r"client:[A-Za-z0-9_.@-]{1,100}"
    r"|app:[A-Za-z0-9_./-]{0,100}"
    r"|sips?:[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9.-]{1,100}(?::\d{1,5})?(?:;[a-z]+=[a-z0-9]+){0,3}"
    r"|\+[1-9]\d{6,14}"
)


def checked(phone: str) -> str:
    """``phone`` as it is kept; "" stays "". Raises BadInput("bad_phone") for what no network could ring."""
    phone = phone.strip()
    if phone and not _PHONE.fullmatch(phone):
        raise BadInput("bad_phone")
    return phone


class Phones:
    """``endpoint(counselor)`` is what call control rings; "" for a counselor nobody knows."""

    def __init__(self, template: str = TEMPLATE) -> None:
        checked(template.format(number=0))
        self._template = template
        self._known: dict[str, str] = {}

    def endpoint(self, counselor: str) -> str:
        """What rings for her now."""
        return self._known.get(counselor, "")

    def put(self, counselor: str, number: int, phone: str) -> None:
        """Learn what an account says."""
        self._known[counselor] = phone or self._template.format(number=number)
