"""The carrier as one object, for who drives it: numbers, phones, what they do, REST, time."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from channels.carrier import applications, calls, documents, messages, talk
from channels.carrier import phone as phones
from channels.carrier.drive import LATENCY_US, Driver, Web, loop_us
from channels.carrier.hooks import Matrix, Media
from channels.carrier.messages import Message
from channels.carrier.model import Call, Callback, Goto, Habit, Number
from channels.carrier.network import Account, Network, Pace
from channels.carrier.phone import Phone
from channels.carrier.rest import router


class Carrier:
    """A network with one account, in the running event loop. Every method acts at the present instant of ``clock`` (UTC
    microseconds; left out, it is a morning in March now). It lives from :meth:`start`, or the
    first wait for it, to :meth:`stop`."""

    def __init__(
        self,
        web: Web,
        *,
        seed: int = 0,
        account: Account | None = None,
        pace: Pace | None = None,
        media: Media | None = None,
        latency_us: int = LATENCY_US,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.net = Network(clock or loop_us(), seed, account=account, pace=pace, media=media)
        self.driver = Driver(self.net, web, latency_us)

    # -- what stands

    def number(
        self,
        e164: str,
        voice: str = "",
        *,
        fallback: str = "",
        status: str = "",
        sms: str = "",
        method: str = "POST",
    ) -> Number:
        """Give the account a number that asks ``voice`` when it rings and ``sms`` when it is written to."""
        number = self.net.numbers[e164] = Number(self.net.sid("PN"), e164, friendly=e164, created_us=self.net.now_us)
        number.voice, number.voice_fallback, number.sms = Goto(voice, method), Goto(fallback), Goto(sms)
        number.status = Callback(status, "POST", frozenset({"completed"}))
        return number

    def phone(self, address: str, habit: Habit | None = None) -> Phone:
        """The phone at that address, installed if need be; what it does when it rings is its habit."""
        return phones.install(self.net, address, habit)

    def application(self, voice: str, sid: str = "") -> str:
        """A TwiML application: a leg that rings ``app:{sid}`` talks to the document at ``voice``; its sid."""
        sid = sid or self.net.sid("AP")
        applications.install(self.net, sid, Goto(voice))
        return sid

    # -- what phones do

    def dial(self, from_: str, to: str, **extra: str) -> Call:
        """The phone at ``from_`` calls ``to``; ``extra`` are parameters that its webhooks carry (ForwardedFrom, …)."""
        return documents.place(self.net, self.phone(from_), to, extra)

    def press(self, address: str, digits: str) -> None:
        """Keys, one after another."""
        calls.press(self.net, self._live(address), digits)

    def say(self, address: str, text: str, confidence: float = 0.9, language: str = "ko-KR") -> None:
        """Words, after those still being said."""
        talk.say(self.net, self._live(address), text, confidence, language)

    def hang_up(self, address: str) -> None:
        """The phone hangs up, or rejects what rings."""
        call = self._live(address)
        if call.status == "ringing" and call.direction != "inbound":
            calls.end(self.net, call, "busy")
        else:
            calls.hang_up(self.net, call)

    def pick_up(self, address: str) -> None:
        """The phone answers what rings."""
        calls.answer(self.net, self._live(address))

    def text(self, address: str, to: str, body: str, media: tuple[tuple[str, str], ...] = ()) -> Message:
        """The phone at ``address`` writes to ``to``; ``media`` are addresses with their types."""
        self.phone(address)
        return messages.receive(self.net, address, to, body, media)

    def _live(self, address: str) -> Call:
        call = self.phone(address).call
        if call is None:
            raise LookupError(f"{address} has no call")
        return call

    # -- what is to be seen

    def heard(self, address: str, *kinds: str) -> list[str]:
        """What the phone heard, in order: texts of say and voice, addresses of play."""
        wanted = kinds or ("say", "play", "voice")
        return [heard.text for heard in self.phone(address).heard if heard.kind in wanted]

    def matrix(self) -> Matrix:
        """Who hears whom, by call."""
        return self.net.matrix()

    def hears(self, listener: str, speaker: str) -> bool:
        """Whether the phone at ``listener`` hears the one at ``speaker`` now."""
        one, other = self.phone(listener).call, self.phone(speaker).call
        return one is not None and other is not None and other.sid in self.matrix().get(one.sid, ())

    # -- REST

    def request(
        self,
        method: str,
        url: str,
        params: Iterable[tuple[str, str]] = (),
        auth: tuple[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """One REST request, carried out at once: status, headers, body. ``url`` may be whole and have a query.

        Raises rest.router.AnswerLost when a fault loses the answer."""
        parts = urlsplit(url)
        asked = (*parse_qsl(parts.query, keep_blank_values=True), *params)
        return router.request(self.net, method.upper(), unquote(parts.path), tuple(asked), auth)

    # -- time

    def start(self) -> None:
        """Live from here on."""
        self.driver.start()

    async def stop(self) -> None:
        """Do nothing more."""
        await self.driver.stop()

    @property
    def now_us(self) -> int:
        return self.net.now_us

    async def run_for(self, seconds: float) -> None:
        """Let so many seconds pass."""
        await self.driver.run_for(seconds)

    async def run_until_idle(self, within_s: float = 86_400.0) -> None:
        """Until nothing more is planned."""
        await self.driver.run_until_idle(within_s)

    async def until(self, condition: Callable[[], bool], within_s: float = 120.0) -> bool:
        """Step by step until that holds; whether it does."""
        return await self.driver.run_while(lambda: not condition(), within_s)


def basic(header: str) -> tuple[str, str] | None:
    """User and password of an Authorization header; None when it is no basic one."""
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None
