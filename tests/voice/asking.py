"""The network's requests by hand: signed as Twilio signs them, sent to the centre's own application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from channels.twilio.element import Element
from channels.twilio.reading import Fault, parse
from channels.twilio.signature import HEADER, sign
from channels.twilio.verbs import Place
from tests.voice.stage import CITIZEN, LINE, PUBLIC, Centre

CALL = "CA" + "1" * 32
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def document(self, place: Place = "call") -> Element:
        """The TwiML in it; fails when Twilio would not obey it."""
        assert self.status == 200, (self.status, self.body)
        read = parse(self.body, place)
        assert not isinstance(read, Fault), (read, self.body)
        return read

    def verbs(self, place: Place = "call") -> list[str]:
        """The names of its verbs."""
        return [verb.name for verb in self.document(place).elements]

    def verb(self, name: str, place: Place = "call") -> Element:
        """The first verb of that name, wherever it stands."""
        return next(one for one in self.document(place).walk() if one.name == name)


def call_fields(c: Centre, call: str = CALL, from_: str = CITIZEN, **more: str) -> dict[str, str]:
    """What every request about a call carries."""
    fields = {
        "CallSid": call, "AccountSid": c.carrier.net.account.sid, "From": from_, "To": LINE,
        "CallStatus": "in-progress", "ApiVersion": "2010-04-01", "Direction": "inbound",
    }  # fmt: skip
    return {**fields, **more}


async def ask(
    c: Centre,
    url: str,
    fields: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    method: str = "POST",
) -> Answer:
    """One request to ``url`` (absolute, or below /twilio). ``token`` signs instead of the account's; "" does not."""
    target = url.removeprefix(PUBLIC) if url.startswith(PUBLIC) else f"/twilio/{url}"
    pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
    raw = urlencode(pairs).encode() if body is None else body
    sent = {"content-type": FORM, "host": "somebody.else.example"}
    if token != "":
        sent[HEADER] = sign(token or c.carrier.net.account.token, PUBLIC + target, pairs)
    return await exchange(c.app.asgi, method, target, {**sent, **(headers or {})}, raw)


async def exchange(app: Any, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """One request to an application."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
        "client": ("127.0.0.1", 40000), "server": ("127.0.0.1", 8120),
    }  # fmt: skip
    messages: list[Any] = []
    half = len(body) // 2
    parts = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:], "more_body": False},
    ]

    async def receive() -> Any:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start = next(m for m in messages if m["type"] == "http.response.start")
    told = {k.decode().lower(): v.decode() for k, v in start["headers"]}
    return Answer(start["status"], b"".join(m.get("body", b"") for m in messages), told)
