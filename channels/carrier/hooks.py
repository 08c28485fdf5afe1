"""What the sound of a call needs to know of the network, and what the network asks of the sound.

The engine knows words and durations, not samples. A :class:`Media` is told when a call begins and ends, what a call
hears (model.Hearing), who hears whom, and when a stream opens; it answers how long a text or a recording lasts. It
calls the engine back only from outside the engine's turn (from the event loop), never from within one of these methods.

Who hears whom: ``network.matrix()`` is listener's call -> the calls it hears, for rooms and bridges alike; it is told
to :meth:`Media.heard_by` whenever it may have changed. Streams: a ``Stream`` (streams.py) is told to
:meth:`Media.stream` with "start" and "stop"; when our server closes its socket, call
``streams.closed(network, stream.sid, error=0)``, and a ``<Connect>`` goes on with its document. Keys of the far end
are told to :meth:`Media.key` (a bidirectional stream forwards them). Marks and clear belong to the media alone: they
speak of its own playing buffer, and nothing in the engine waits for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from channels.carrier.model import SECOND, Call, Hearing

if TYPE_CHECKING:
    from channels.carrier.streams import Stream

Matrix = Mapping[str, frozenset[str]]

SYLLABLE_US = 140_000  # a Korean voice says about seven a second
REST_US = 300_000  # after a sentence or a comma
SOUND_US = 8 * SECOND  # of a recording that nobody measured


class Media:
    """The sound of the network. This one makes none: durations are estimated, everything else is let go."""

    def speech_us(self, text: str, language: str, voice: str) -> int:
        """How long that text lasts: about seven Hangul syllables a second, or fifteen letters, and a rest at every
        stop."""
        hangul = sum("가" <= letter <= "힣" for letter in text)
        others = sum(letter.isalnum() for letter in text) - hangul
        stops = sum(letter in ".,?!。、" for letter in text)
        return max(REST_US, hangul * SYLLABLE_US + others * SYLLABLE_US // 2 + stops * REST_US)

    def sound_us(self, url: str) -> int:
        """How long that recording lasts."""
        return SOUND_US

    def began(self, call: Call) -> None:
        """A call was answered: its far end can hear and be heard."""

    def ended(self, call: Call) -> None:
        """A call is over."""

    def hears(self, call: Call, hearing: Hearing) -> None:
        """From now on the call hears that."""

    def heard_by(self, matrix: Matrix) -> None:
        """Who hears whom has changed."""

    def join(self, one: str, other: str) -> None:
        """The far ends of these two calls are each other (an application's call, and the leg that rang it)."""

    def key(self, call: Call, digit: str) -> None:
        """The far end pressed a key."""

    def says(self, call: Call, text: str, language: str, us: int) -> None:
        """The far end's person says that, for so long."""

    def stream(self, stream: Stream, what: str) -> None:
        """A stream shall ``start`` (open its socket) or ``stop``."""
