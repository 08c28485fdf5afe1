"""What is being said in a call and is not final yet, and what is pressed: passed on to the consoles that show the call,
kept nowhere.

The telephone side (channels/voice) hears it and says it here; a console shows the newest piece of each leg. Only
consoles of this server see it; with several servers the others see the final words a moment later, from the journal.
"""

from __future__ import annotations

from collections.abc import Callable

from dasan.core.text import clean_line

TEXT_CHARS = 300  # of its end: what is said just now

Heard = Callable[[str, str, str], None]  # leg, text, kind
SPEECH, KEYS = "speech", "keys"
End = Callable[[], None]


class Partials:
    """Bounded by the sessions on open consoles. On the event loop's thread."""

    def __init__(self) -> None:
        self._watchers: dict[str, dict[int, Heard]] = {}
        self._n = 0

    def heard(self, session: str, leg: str, text: str) -> None:
        """Somebody at ``leg`` is saying ``text`` (from the recogniser, not final); "" takes the last piece back."""
        self._pass_on(session, leg, text, SPEECH)

    def pressed(self, session: str, leg: str, digits: str) -> None:
        """Keys on the telephone at ``leg``."""
        self._pass_on(session, leg, " ".join(digits[:TEXT_CHARS]), KEYS)

    def _pass_on(self, session: str, leg: str, text: str, kind: str) -> None:
        watchers = self._watchers.get(session)
        if watchers:
            piece = clean_line(text[-4 * TEXT_CHARS :], limit=4 * TEXT_CHARS)[-TEXT_CHARS:]
            for heard in tuple(watchers.values()):
                heard(leg, piece, kind)

    def watch(self, session: str, heard: Heard) -> End:
        """Be told of each piece that is said in ``session``."""
        self._n += 1
        ours = self._n
        self._watchers.setdefault(session, {})[ours] = heard

        def end() -> None:
            watchers = self._watchers.get(session)
            if watchers is not None:
                watchers.pop(ours, None)
                if not watchers:
                    del self._watchers[session]

        return end
