"""Short messages: sent and what becomes of them, received and answered, opted out of.

A message goes queued, sent, and then by the habit of the phone it reaches: delivered, undelivered, failed, or never
heard of again. Callbacks carry no instant of the event, and like all callbacks they may be lost or come out of order
(faults.py). STOP and its like are kept per pair of numbers and answered by the network; further messages are refused
(21610).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from channels.carrier import phone as phones
from channels.carrier import webhooks
from channels.carrier.model import NOBODY, NOWHERE, Callback, Number
from channels.carrier.parameters import API_VERSION, geography
from channels.carrier.process import Fetched
from channels.carrier.replies import replies

if TYPE_CHECKING:
    from channels.carrier.network import Network

Status = Literal[
    "accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "received", "canceled"
]
BODY_CHARS_MAX = 1_600
STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit"})
START = frozenset({"start", "yes", "unstop"})
STOPPED = "You have successfully been unsubscribed. You will not receive any more messages from this number."
# The plain alphabet of text messages; the second line's characters take two places.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("^{}\\[~]|€\f")


@dataclass(eq=False, slots=True)
class Message:
    """One short message."""

    sid: str
    direction: Literal["inbound", "outbound-api", "outbound-reply"]
    from_: str
    to: str
    body: str
    status: Status
    callback: Callback = NOBODY
    service: str = ""
    media: int = 0
    error: int = 0
    created_us: int = 0
    sent_us: int = 0
    updated_us: int = 0


def segments(body: str) -> int:
    """How many parts it takes: 160 (153) places of the plain alphabet, else 70 (67) UTF-16 units, no pair split."""
    plain = all(letter in _GSM or letter in _GSM_TWO for letter in body)
    sizes = (
        [2 if letter in _GSM_TWO else 1 for letter in body] if plain else [1 + (letter > "\uffff") for letter in body]
    )
    alone, part = (160, 153) if plain else (70, 67)
    if sum(sizes) <= alone:
        return 1
    count, room = 1, part
    for size in sizes:
        if size > room:
            count, room = count + 1, part
        room -= size
    return count


# -- out


def send(net: Network, message: Message, at_us: int = 0) -> Message:
    """On its way, now or at an instant to come."""
    message.created_us = message.updated_us = net.now_us
    net.keep(net.messages, message.sid, message, lambda _: True)
    net.note("message", message.sid, message.status)
    if at_us:
        message.status = "scheduled"
        net.at(at_us, lambda: _leave(net, message) if message.status == "scheduled" else None)
    else:
        _leave(net, message)
    return message


def _leave(net: Network, message: Message) -> None:
    _become(net, message, "queued")
    net.after(net.pace.sms_us, lambda: _sent(net, message))


def _sent(net: Network, message: Message) -> None:
    phone = phones.of(net, message.to)
    habit = phone.habit.sms if phone else "undelivered"
    message.error = (phone.habit.sms_error if phone else 30003) or 0
    if habit == "failed":
        message.error = message.error or 30008
        _become(net, message, "failed")
        return
    message.sent_us = net.now_us
    _become(net, message, "sent")
    if habit == "delivered" and phone is not None:
        message.error = 0
        phone.texts.append((message.from_, message.body))
    if habit in {"delivered", "undelivered"}:
        message.error = 0 if habit == "delivered" else message.error or 30003
        net.after(net.pace.sms_us, lambda: _become(net, message, habit))


def _become(net: Network, message: Message, status: Status) -> None:
    if message.status in {"canceled", "delivered", "undelivered", "failed"}:
        return
    message.status, message.updated_us = status, net.now_us
    net.note(f"message.{status}", message.sid, message.to)
    said = [
        ("MessageSid", message.sid),
        ("MessageStatus", status),
        ("SmsSid", message.sid),
        ("SmsStatus", status),
        ("To", message.to),
        ("From", message.from_),
        ("AccountSid", net.account.sid),
        ("ApiVersion", API_VERSION),
    ]
    said += [("MessagingServiceSid", message.service)] if message.service else []
    said += [("ErrorCode", str(message.error))] if message.error and status in {"failed", "undelivered"} else []
    webhooks.tell(net, message.callback, tuple(said))


def cancel(net: Network, message: Message) -> bool:
    """A scheduled message is not sent; whether it was still to be stopped."""
    if message.status != "scheduled":
        return False
    message.status, message.updated_us = "canceled", net.now_us
    return True


# -- in


def receive(net: Network, from_: str, to: str, body: str, media: tuple[tuple[str, str], ...] = ()) -> Message:
    """A phone writes to a number of ours; ``media`` are addresses with their types. The answer's texts are sent."""
    message = Message(net.sid("MM" if media else "SM"), "inbound", from_, to, body, "received", media=len(media))
    message.created_us = message.updated_us = net.now_us
    net.keep(net.messages, message.sid, message, lambda _: True)
    net.note("message.received", message.sid, f"{from_} > {to}")
    number = net.numbers.get(to)
    if number is None:
        return message
    word = body.strip().lower()
    if word in STOP:
        _reply(net, message, STOPPED)
        net.opted_out.add((from_, to))
    elif word in START:
        net.opted_out.discard((from_, to))
    if number.sms.url:
        said = _said(net, message, media)
        webhooks.fetch(net, None, number.sms, said, lambda fetched: _answered(net, message, number, fetched, said))
    return message


def _said(net: Network, message: Message, media: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    said = [
        *((name, message.sid) for name in ("MessageSid", "SmsSid", "SmsMessageSid")),
        ("AccountSid", net.account.sid),
        ("From", message.from_),
        ("To", message.to),
        ("Body", message.body),
        ("NumMedia", str(len(media))),
        ("NumSegments", str(segments(message.body))),
        ("SmsStatus", "received"),
        ("ApiVersion", API_VERSION),
    ]
    for index, (url, kind) in enumerate(media):
        said += [(f"MediaUrl{index}", url), (f"MediaContentType{index}", kind)]
    return (*said, *geography(message.from_, message.to, False).items())


def _answered(
    net: Network, message: Message, number: Number, fetched: Fetched, said: tuple[tuple[str, str], ...]
) -> None:
    """Texts in the answer are sent; an answer that cannot be had is asked from the fallback, once."""
    found = replies(fetched.body.decode("utf-8", "replace"), fetched.content_type) if not fetched.error else None
    if found is None:
        code = fetched.error or 12100
        net.warn(code, "no answer to a message", "", fetched.url)
        if number.sms_fallback.url:
            more = (*said, ("ErrorCode", str(code)), ("ErrorUrl", fetched.url))
            last = replace(number, sms_fallback=NOWHERE)
            webhooks.fetch(
                net, None, number.sms_fallback, more, lambda again: _answered(net, message, last, again, said)
            )
        return
    for body in found:
        _reply(net, message, body)


def _reply(net: Network, message: Message, body: str) -> None:
    send(net, Message(net.sid("SM"), "outbound-reply", message.to, message.from_, body, "queued"))
