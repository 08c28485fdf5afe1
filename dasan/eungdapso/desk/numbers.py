"""Ticket numbers that survive a telephone: ``26-1121-00042-7``.

Year, month and day of receipt in Seoul, the day's running number (five digits, more when a day has more), and a check
digit by Damm's quasigroup, which finds every single wrong digit and every swap of neighbours. Digits only, so that it
can be spoken in four groups and keyed on a telephone; hyphens are for the eye and may be left out.
"""

from __future__ import annotations

import re

from dasan.core.time import seoul

# H. M. Damm's totally anti-symmetric quasigroup of order 10 (2004).
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_SHAPE = re.compile(r"(\d{2})-?(\d{4})-?(\d{5,9}?)-?(\d)", re.ASCII)


def check_digit(digits: str) -> str:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def day_of(at_us: int) -> str:
    """``261121``: the day in Seoul that a number belongs to, and the name of its counter."""
    return seoul(at_us).strftime("%y%m%d")


def ticket_number(at_us: int, sequence: int) -> str:
    """The number of the ``sequence``-th ticket (from 1) of the day of ``at_us``."""
    day, running = day_of(at_us), f"{sequence:05d}"
    return f"{day[:2]}-{day[2:]}-{running}-{check_digit(day + running)}"


def batch_token(sequence: int) -> str:
    """``t10036``: running number and check digit, for reports that wait for a department."""
    running = f"{1000 + sequence}"
    return f"t{running}{check_digit(running)}"


def read_number(text: str) -> str | None:
    """The number in its written form from how a person typed it (no hyphens, spaces), or None when it cannot be one."""
    match = _SHAPE.fullmatch(re.sub(r"\s", "", text))
    if match is None:
        return None
    year, day, running, check = match.groups()
    if check_digit(year + day + running) != check:
        return None
    return f"{year}-{day}-{running}-{check}"
