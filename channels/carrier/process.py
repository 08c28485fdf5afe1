"""The run of one document on one call: a generator that says what it waits for, and is woken with what happened.

A verb yields :class:`Wait` (until an instant, or for ever) or :class:`Fetch`. It is resumed with a happening (below),
with None when the instant came, or with the :class:`Fetched` answer. While it fetches, happenings pass it by, as keys
do that nobody gathers. Interruptions are thrown into it, so a verb's ``finally`` leaves what it had entered.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from channels.carrier.model import Call, Goto, Params

if TYPE_CHECKING:
    from channels.carrier.network import Network

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wait:
    """Until that instant or the next happening."""

    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask ``goto`` with the call's parameters and these."""

    goto: Goto
    extra: Params = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of it; ``error`` is Twilio's number, 0 when there is an answer. ``url`` is the last one asked."""

    status: int
    content_type: str
    body: bytes
    url: str
    error: int = 0
    cache: str = ""  # what its server says of keeping it


Steps = Generator[Wait | Fetch, Any, T]


# -- what happens to a call


@dataclass(frozen=True, slots=True)
class Key:
    """The far end pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The far end began to speak."""


@dataclass(frozen=True, slots=True)
class Speech:
    """The far end has spoken."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Other:
    """Something became of another call, room or stream that this one waits for."""

    what: str
    sid: str = ""
    detail: str = ""


# -- interruptions


class Interrupted(Exception):
    """Thrown into a process: what it was doing is over."""


class Redirected(Interrupted):
    """Go on there."""

    def __init__(self, goto: Goto) -> None:
        super().__init__(goto.url)
        self.goto = goto


class Dequeued(Interrupted):
    """Out of the queue, with that result."""

    def __init__(
        self, result: str, goto: Goto | None = None, by: Call | None = None, whisper: Goto | None = None
    ) -> None:
        super().__init__(result)
        self.result, self.goto = result, goto
        self.by, self.whisper = by, whisper  # who dialled the queue, and what is heard before the bridge


class CallOver(Interrupted):
    """The call has ended."""


class Process:
    """``done`` is called with the generator's value when it ends by itself, with None when it was interrupted."""

    __slots__ = ("_done", "_fetch", "_net", "_running", "_steps", "_token", "fetching", "over", "started")

    def __init__(
        self,
        net: Network,
        steps: Steps[Any],
        fetch: Callable[[Fetch, Callable[[Fetched], None]], None],
        done: Callable[[Any], None],
    ) -> None:
        self._net, self._steps, self._fetch, self._done = net, steps, fetch, done
        self._token = 0
        self._running = False
        self.fetching = False
        self.started = False
        self.over = False

    def start(self) -> Process:
        self._net.after(0, lambda: self._resume(lambda: next(self._steps)))
        return self

    def wake(self, happening: object) -> None:
        """Tell it what happened, in its turn; lost when it is fetching or over."""
        self._net.after(0, lambda: None if self.fetching else self._send(happening))

    def throw(self, interruption: Interrupted) -> None:
        """Interrupt it now, or in its turn when it is the one that runs."""
        if self._running or not self.started:
            self._net.after(0, lambda: self.throw(interruption))
        elif not self.over:
            self._resume(lambda: self._steps.throw(interruption))

    def close(self) -> None:
        """End it without a word to ``done``."""
        self.over = True
        if not self._running:
            self._steps.close()

    def _send(self, value: object) -> None:
        if not self.over:
            self._resume(lambda: self._steps.send(value))

    def _resume(self, resume: Callable[[], Wait | Fetch]) -> None:
        if self.over:
            return
        self._token += 1
        self.fetching, self.started, self._running = False, True, True
        try:
            wanted = resume()
        except StopIteration as end:
            self._running = False
            self._finish(end.value)
        except Interrupted:
            self._running = False
            self._finish(None)
        else:
            self._running = False
            self._arm(wanted, self._token)

    def _finish(self, value: object) -> None:
        if not self.over:
            self.over = True
            self._done(value)

    def _arm(self, wanted: Wait | Fetch, token: int) -> None:
        if self.over:
            self._steps.close()
        elif isinstance(wanted, Fetch):
            self.fetching = True
            self._fetch(wanted, lambda fetched: self._if(token, fetched))
        elif wanted.until_us is not None:
            self._net.at(wanted.until_us, lambda: self._if(token, None))

    def _if(self, token: int, value: object) -> None:
        if token == self._token:
            self._send(value)
