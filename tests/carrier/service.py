"""A small service behind the webhooks: pages by path, every request kept, every signature checked by Twilio's own code.

A page is TwiML, or a function of the request's form that gives TwiML, or a whole :class:`Page`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from channels.carrier.carrier import Carrier
from channels.carrier.model import Habit
from channels.carrier.webhooks import Ask, Reply

LINE = "+8225550120"
CITIZEN = "+821012345678"
DESK = "client:c12"
HOST = "https://120.example"


@dataclass
class Page:
    """An answer."""

    body: str | bytes = ""
    status: int = 200
    kind: str = "text/xml"
    headers: tuple[tuple[str, str], ...] = ()
    took_us: int | None = None
    failure: Any = ""


Form = dict[str, str]


@dataclass
class Hit:
    """One request that came."""

    at_us: int
    method: str
    path: str
    form: Form
    headers: dict[str, str]
    params: tuple[tuple[str, str], ...] = ()


@dataclass
class Service:
    """A Web for the driver, with its carrier."""

    pages: dict[str, Any] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    carrier: Carrier = None  # type: ignore[assignment]
    unsigned: int = 0

    async def send(self, ask: Ask) -> Reply:
        parts = urlsplit(ask.url)
        params = ask.params or tuple(parse_qsl(parts.query, keep_blank_values=True))
        form = dict(params)
        self._check(ask)
        self.hits.append(Hit(self.carrier.now_us, ask.method, parts.path, form, ask.headers, params))
        page = self.pages.get(parts.path, Page("<Response/>"))
        if callable(page):
            page = page(form)
        if isinstance(page, list):
            page = page.pop(0) if len(page) > 1 else page[0]
        if isinstance(page, str):
            page = Page(f"<Response>{page}</Response>")
        body = page.body.encode() if isinstance(page.body, str) else page.body
        return Reply(page.status, page.kind, body, page.headers, page.failure, page.took_us)

    def _check(self, ask: Ask) -> None:
        validator = RequestValidator(self.carrier.net.account.token)
        signed = ask.headers.get("X-Twilio-Signature", "")
        assert validator.validate(ask.url, ImmutableMultiDict(ask.params), signed), ask.url

    def to(self, path: str) -> list[Form]:
        """The forms that came to a path."""
        return [hit.form for hit in self.hits if hit.path == path]

    def said(self, path: str, name: str) -> list[str | None]:
        """One parameter of each of them."""
        return [form.get(name) for form in self.to(path)]

    def rest(self, method: str, resource: str, **params: Any) -> Any:
        """A REST call that must succeed: its JSON."""
        status, body = self.try_rest(method, resource, **params)
        assert status < 300, (status, body)
        return body

    def try_rest(self, method: str, resource: str, **params: Any) -> tuple[int, Any]:
        import json

        account = self.carrier.net.account
        asked = [(k, str(v)) for k, value in params.items() for v in (value if isinstance(value, list) else [value])]
        url = f"https://api.twilio.com/2010-04-01/Accounts/{account.sid}"
        url += f"/{resource}.json" if resource else ".json"
        status, _, body = self.carrier.request(method, url, asked, (account.sid, account.token))
        return status, json.loads(body) if body else None


def service(pages: dict[str, Any] | None = None, **options: Any) -> Service:
    """A service with its carrier, a line, a citizen and a desk that answers after two seconds."""
    made = Service(pages or {})
    made.carrier = Carrier(made, **options)
    made.carrier.number(LINE, f"{HOST}/voice", fallback=f"{HOST}/fallback", status=f"{HOST}/status")
    made.carrier.phone(CITIZEN)
    made.carrier.phone(DESK, Habit("answer", 2_000_000))
    return made


Make = Callable[..., Service]
