"""A word on the desktop when an offer comes and somebody looks at another window.

``auto`` knows the terminals that show OSC 777 or OSC 9 as a notification and is silent everywhere else: a terminal
that does not know a sequence may print it. In tmux and screen it is silent too, since what is behind them cannot be
known; who has set ``allow-passthrough`` there names the sequence, which is then wrapped. What is told is a number of
offers, never a word of a citizen's. Pure: the console writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SETTINGS = ("auto", "off", "osc777", "osc9")
EVERY_US = 10_000_000
TITLE = "120"
_BY_PROGRAM = {"ghostty": "osc777", "WezTerm": "osc777", "iTerm.app": "osc9"}
_BY_TERM = {"foot": "osc777", "foot-extra": "osc777", "xterm-kitty": "osc777", "xterm-ghostty": "osc777"}


def way(setting: str, environment: Mapping[str, str]) -> str:
    """``osc777``, ``osc9`` or "" (say nothing) for this terminal. ``setting`` is one of ``SETTINGS``."""
    if setting != "auto":
        return "" if setting == "off" else setting
    if environment.get("TMUX") or environment.get("STY"):
        return ""
    by_term = _BY_TERM.get(environment.get("TERM", ""), "")
    return _BY_PROGRAM.get(environment.get("TERM_PROGRAM", ""), by_term)


def sequence(how: str, text: str, *, tmux: bool = False) -> str:
    """What is written to the terminal. ``text`` is one of our own sentences; ``;`` and controls are not in it."""
    body = f"777;notify;{TITLE};{text}" if how == "osc777" else f"9;{TITLE} {text}"
    raw = f"\x1b]{body}\x1b\\"
    return "\x1bPtmux;" + raw.replace("\x1b", "\x1b\x1b") + "\x1b\\" if tmux else raw


@dataclass(slots=True)
class Notifier:
    """Counts the offers that nobody was told of, and says when to tell: at most once in ten seconds."""

    how: str
    waiting: int = 0
    told_at: int = -EVERY_US

    def look(self, fresh: int, looking: bool, now: int) -> int:
        """How many offers to tell of now (0: say nothing). ``fresh`` came since the last look."""
        self.waiting = 0 if looking or not self.how else self.waiting + fresh
        if not self.waiting or now - self.told_at < EVERY_US:
            return 0
        count, self.waiting, self.told_at = self.waiting, 0, now
        return count
