"""Fetching a document and reading it, with Twilio's errors when either fails.

TwiML is read by the table that the service's own documents are written by (channels/twilio/verbs.py): a verb or
attribute that is not in it is error 12200, what is no XML is 12100. Plain text is spoken, sound is played.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from channels.carrier import webhooks
from channels.carrier.model import SECOND, Call, Callback, Goto, Params
from channels.carrier.parameters import of_call
from channels.carrier.process import Fetch, Fetched, Steps
from channels.twilio.element import Element, make
from channels.twilio.reading import Fault, parse
from channels.twilio.verbs import Place

if TYPE_CHECKING:
    from channels.carrier.network import Network

BAD_CONTENT, RELATIVE_WITHOUT_BASE = 12300, 15004
TEXT_CHARS_MAX = 4_096  # of a plain text that is spoken
_TWIML = frozenset({"text/xml", "application/xml", "text/html"})


@dataclass(frozen=True, slots=True)
class Leap:
    """Away from here: to the document at ``goto``, which is told the verb's ``result``; no ``goto`` ends the call."""

    goto: Goto | None
    result: Params = ()


END = Leap(None)

Outcome = Leap | None
"""Where a verb leads; None: the next verb."""


class Failed(Exception):
    """The document cannot be had or obeyed; ``code`` is Twilio's error number."""

    def __init__(self, code: int, why: str, url: str) -> None:
        super().__init__(why)
        self.code, self.why, self.url = code, why, url


@dataclass(frozen=True, slots=True)
class Document:
    """Verbs, and the address they came from: "" when REST gave them."""

    verbs: tuple[Element, ...]
    url: str = ""
    method: str = "POST"

    def resolve(self, url: str) -> str:
        """An address in the document, made absolute. Raises Failed(15004) where there is nothing to start from."""
        if not self.url and not urlsplit(url).scheme:
            raise Failed(RELATIVE_WITHOUT_BASE, f"a relative address in a document without one: {url}", url)
        return urljoin(self.url, url)

    def goto(self, verb: Element, attribute: str = "action", method: str = "method") -> Goto:
        """The address of that attribute; left out, the document itself, as Gather and Record mean it."""
        return Goto(self.resolve(verb.get(attribute)), verb.get(method, "POST"))

    def whisper(self, noun: Element) -> Goto | None:
        """What who answers hears before the bridge."""
        return self.goto(noun, "url") if noun.get("url") else None

    def away(self, redirect: Element) -> Leap:
        """Where a Redirect leads."""
        return Leap(Goto(self.resolve(redirect.text), redirect.get("method", "POST")))

    def callback(self, verb: Element, name: str = "statusCallback", events: str = "") -> Callback:
        """Whom a verb tells, and of which events (left out, of those given here)."""
        url = verb.get(name) or verb.get(f"{name}Url")
        told = frozenset(verb.get(f"{name}Event", events).split())
        return Callback(self.resolve(url) if url else "", verb.get(f"{name}Method", "POST"), told)


Obey = Callable[["Run", Document], Steps[Outcome]]
Whole = Callable[["Network", Call, Steps[None]], Steps[None]]


def _alone(net: Network, call: Call, steps: Steps[None]) -> Steps[None]:
    """Steps that nobody can redirect."""
    del net, call
    return steps


@dataclass(slots=True)
class Run:
    """One document being obeyed on one call. ``extra`` goes with every request that it makes; ``whole`` makes steps of
    the network's own a programme, which goes on with a document when its call is redirected."""

    net: Network
    call: Call
    obey: Obey
    place: Place = "call"
    extra: Callable[[], Params] = field(default=lambda: ())
    document: Document = Document(())
    whole: Whole = _alone


Verb = Callable[[Run, Element], Steps[Outcome]]


def instant(act: Callable[[Run, Element], Outcome]) -> Verb:
    """A verb that takes no time."""

    def steps(run: Run, verb: Element) -> Steps[Outcome]:
        yield from ()
        return act(run, verb)

    return steps


def span(verb: Element, name: str, default: int) -> int:
    """An attribute in seconds, as microseconds."""
    return int(verb.get(name) or default) * SECOND


def follow(run: Run, verb: Element, *result: tuple[str, str]) -> Outcome:
    """The verb's action with its result; without one, the next verb."""
    return Leap(run.document.goto(verb), result) if verb.get("action") else None


def report(run: Run, verb: Element, *result: tuple[str, str]) -> None:
    """The call is over, or was taken elsewhere: the action is told the result, and its answer is obeyed by nobody."""
    if not verb.get("action"):
        return
    try:
        goto = run.document.goto(verb)
    except Failed as failed:
        run.net.warn(failed.code, failed.why, run.call.sid, failed.url)
        return
    webhooks.fetch(run.net, run.call, goto, of_call(run.net, run.call, *run.extra(), *result), lambda _: None)


def load(run: Run, goto: Goto, *extra: tuple[str, str]) -> Steps[Document]:
    """The document at ``goto``. Raises Failed."""
    if goto.twiml:
        return Document(_verbs(run, goto.twiml.encode(), ""), "", goto.method)
    fetched: Fetched = yield Fetch(goto, (*run.extra(), *extra))
    if fetched.error:
        raise Failed(fetched.error, f"HTTP {fetched.status}", fetched.url)
    kind = fetched.content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        said = fetched.body.decode("utf-8", "replace")[:TEXT_CHARS_MAX]
        return Document((make("Say", {}, said),), fetched.url, goto.method)
    if kind.startswith("audio/"):
        return Document((make("Play", {}, fetched.url), make("Hangup")), fetched.url, goto.method)
    if kind not in _TWIML:
        raise Failed(BAD_CONTENT, f"content of type {kind or 'none'}", fetched.url)
    return Document(_verbs(run, fetched.body, fetched.url), fetched.url, goto.method)


def _verbs(run: Run, body: bytes, url: str) -> tuple[Element, ...]:
    root = parse(body, run.place)
    if isinstance(root, Fault):
        raise Failed(root.code, f"{root.detail} (line {root.line})", url)
    return root.elements
