"""Twilio by the settings of an installation: calls, texts, who is let in; or the stand-in of a test in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.twilio.client import Addresses, Ears, Exchange, Runner, Speech, Threads, TwilioVoice, connect
from channels.twilio.messages import TwilioTexts
from channels.twilio.pace import Pace
from channels.twilio.signature import Keys, Verifier
from channels.twilio.webhook import Gatekeeper
from channels.twilio.wire import Wire
from channels.voice.links import Hop, Links
from channels.voice.provider_recordings import TwilioRecordings, over_http
from dasan.net.limits import Rate
from dasan.ports import Clock

if TYPE_CHECKING:
    from dasan.settings import Settings


@dataclass(frozen=True, slots=True)
class Network:
    """The way out: calls, texts, and who is let in."""

    voice: TwilioVoice
    texts: TwilioTexts
    gatekeeper: Gatekeeper
    recordings: TwilioRecordings | None  # none of a stand-in in this process, which has no sound to fetch
    close: Callable[[], None]


def network(
    settings: Settings, clock: Clock, http: Any = None, run: Runner | None = None, ears: Ears | None = None
) -> Network:
    """Twilio by these settings; ``http`` and ``run`` are a stand-in's (channels/twilio/wire.py)."""
    chosen = settings.voice
    links = Links(settings.public_url.rstrip("/"))
    pace = Pace(clock, Rate(chosen.calls_per_s, max(1, round(chosen.calls_per_s))))
    threads = Threads(chosen.connect_timeout_s + chosen.timeout_s + 2.0) if run is None else None
    wire = http or Wire(chosen.connect_timeout_s, chosen.timeout_s, pace.busy)
    client = connect(chosen.account_sid, (*chosen.tokens, "")[0], wire, chosen.api_base)
    exchange = Exchange(client, run or threads, pace)  # type: ignore[arg-type]  # one of them is there
    where = Addresses(
        leg=lambda room, label: links.to("voice/status", Hop(room, label)),
        room=lambda room: links.to("voice/room", Hop(room)),
        call=lambda key: links.to("voice/status", Hop(leg=key)),
        wait=lambda room: links.to("voice/hold", Hop(room, what="alone")),
    )
    speech = Speech(chosen.transcription_engine, chosen.transcription_model)
    voice = TwilioVoice(exchange, where, accepted=chosen.accept, speech=speech, ears=ears)
    sound = over_http(chosen.account_sid, (*chosen.tokens, "")[0], chosen.api_base)
    verifier = Verifier(settings.public_url, Keys(chosen.tokens, chosen.shared))
    return Network(
        voice,
        TwilioTexts(exchange),
        Gatekeeper(chosen.account_sid, verifier),
        TwilioRecordings(exchange, sound) if http is None else None,
        threads.close if threads is not None else lambda: None,
    )
