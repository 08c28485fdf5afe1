"""People speaking: who hears them, what recognisers make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.carrier import calls, rooms, transcripts
from channels.carrier.model import Call, Heard
from channels.carrier.process import Speech, SpeechBegan

if TYPE_CHECKING:
    from channels.carrier.network import Network


def matrix(net: Network) -> dict[str, frozenset[str]]:
    """Listener's call -> the calls it hears, in every room and bridge that is open."""
    found: dict[str, frozenset[str]] = {}
    for room in net.open_rooms.values():
        found |= rooms.hears(room)
    for call in net.bridges:
        found[call.sid] = frozenset({call.bridged})
    return found


def listeners(net: Network, call: Call) -> list[Call]:
    """Who hears that call now."""
    if call.bridged:
        other = net.calls.get(call.bridged)
        return [other] if other is not None and other.live else []
    room = net.rooms.get(call.room)
    if room is None:
        return []
    heard = rooms.hears(room)
    return [net.calls[sid] for sid, sources in heard.items() if call.sid in sources]


def say(net: Network, call: Call, text: str, confidence: float = 0.9, language: str = "ko-KR") -> int:
    """The far end says that, after what it is saying already; the instant at which it is done."""
    began = max(net.now_us, call.talks_until_us)
    lasts = net.media.speech_us(text, language, "")
    call.talks_until_us = began + lasts
    net.at(began, lambda: _begin(net, call, text, confidence, language, lasts))
    net.at(began + lasts, lambda: _end(net, call, text, confidence))
    return began + lasts


def _begin(net: Network, call: Call, text: str, confidence: float, language: str, lasts: int) -> None:
    if call.status != "in-progress":
        return
    net.note("say", call.sid, text)
    net.media.says(call, text, language, lasts)
    calls.wake(call, SpeechBegan())
    transcripts.hear(net, call, "inbound_track", text, confidence, lasts)
    for other in listeners(net, call):
        transcripts.hear(net, other, "outbound_track", text, confidence, lasts)
        phone = net.phones.get(other.address)
        if phone is not None:
            phone.note(net, other, Heard(net.now_us, "voice", text, call.sid, language, net.now_us + lasts))


def _end(net: Network, call: Call, text: str, confidence: float) -> None:
    if call.status == "in-progress":
        calls.wake(call, Speech(text, confidence))
