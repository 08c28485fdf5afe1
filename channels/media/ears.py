"""Transcription by an engine of the operator's own, told in the network's own words.

The call's sound comes over a media stream; what the engine understands is told as Twilio tells its transcriptions (the
same fields, numbered from 1), so that whoever reads those needs to know nothing of this. Each human side is heard on a
call of its own, so only the inbound track is asked for. A socket for a call that nobody wants to hear is closed.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from channels.media.listeners import Transcribing
from channels.media.messages import Started
from channels.media.stream import Listener, Stream
from dasan.telephony import Transcriber

WANTED_MAX = 10_000
THREADS = 16  # engines at work at the same time; the others' sound waits, and the oldest of it is dropped

Engine = Callable[[str], Transcriber]
"""A recogniser for a language (``ko-KR``)."""
Tell = Callable[[str, Mapping[str, str]], None]
"""(the address that would have been asked, the form it would have got)"""


class LocalEars:
    """Listens where :meth:`expect` said so. ``url`` is the socket's address, as the network is told it."""

    def __init__(self, account: str, url: str, engine: Engine, tell: Tell) -> None:
        self.url = url
        self._account = account
        self._engine = engine
        self._tell = tell
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ears")
        self._wanted: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def expect(self, call: str, callback: str, language: str) -> None:
        """That call's stream is to be understood, and told to ``callback``."""
        self._wanted[call] = callback, language
        self._wanted.move_to_end(call)
        while len(self._wanted) > WANTED_MAX:
            self._wanted.popitem(last=False)

    def forget(self, call: str) -> None:
        """No more of that call."""
        self._wanted.pop(call, None)

    def welcome(self, stream: Stream, started: Started) -> Listener | None:
        """Who listens to a new stream (stream.py)."""
        wanted = self._wanted.get(started.call)
        if wanted is None:
            return None
        callback, language = wanted
        ear = _Ear(self._account, started, lambda form: self._tell(callback, form))
        ear.say("transcription-started", LanguageCode=language)
        return Transcribing(lambda _track: self._engine(language), ear.heard, ear.over, self._threads)


class _Ear:
    """One call's transcription, as the network would number and name it."""

    def __init__(self, account: str, started: Started, tell: Callable[[Mapping[str, str]], None]) -> None:
        sid = "GT" + started.stream.removeprefix("MZ")
        self._always = {"AccountSid": account, "CallSid": started.call, "TranscriptionSid": sid}
        self._tell = tell
        self._number = 0

    def heard(self, track: str, text: str, final: bool, confidence: int) -> None:
        """Words."""
        said: dict[str, object] = {"transcript": text}
        if final:
            said["confidence"] = confidence / 100
        told = json.dumps(said, ensure_ascii=False)
        self.say(
            "transcription-content", Track=f"{track}_track", TranscriptionData=told, Final="true" if final else "false"
        )

    def over(self, failed: bool) -> None:
        """The end, after the last words."""
        if failed:
            self.say("transcription-error", TranscriptionError="the recogniser failed")
        else:
            self.say("transcription-stopped")

    def say(self, event: str, **more: str) -> None:
        """As the network would number it."""
        self._number += 1
        self._tell({**self._always, "TranscriptionEvent": event, "SequenceId": str(self._number), **more})
