"""What all of voice on one server shares: its ports, its choices, and who puts the parts together.

``VoiceDoor(ports, settings)`` makes the parts; ``heard`` is its listener of commits (after the hub's), ``start`` and
``stop`` its life, ``web.served(door)`` its HTTP side. Nothing here talks to the network by itself: that is the
switchboard's and the reconciler's work, and only where ``duty`` says that this server is the one that does it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.twilio.webhook import Gatekeeper
from channels.voice.links import Links
from channels.voice.menu import Menu, MenuPorts
from channels.voice.ports import (
    Callers,
    Desk,
    Endpoints,
    Flows,
    Line,
    Lookups,
    Reads,
    Recordings,
    Sessions,
    Sounds,
)
from channels.voice.reconcile import Reconciler
from channels.voice.recording import Keeper
from channels.voice.registry import Registry
from channels.voice.render import Style
from channels.voice.strays import Strays
from channels.voice.switchboard import Switchboard
from channels.voice.transcript import Transcripts
from dasan.core.errors import DasanError
from dasan.core.session import Session
from dasan.ports import Blobs, Clock, Committed, Gate, Ids
from dasan.telephony import VoiceProvider
from ivr.facts import Facts

RECORDING, TRANSCRIPTION, STREAMS, SPEECH = "recording", "transcription", "streams", "speech"
_log = logging.getLogger("dasan.voice")


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """What the operator chose. ``numbers``: our numbers in E.164 -> the code of the line that is dialled there.
    ``people``: who takes calls when we cannot, as dialled, in order. ``accept``: what of the provider's may hear voices
    (recording, transcription, streams, speech). ``hop_s``: how long a hop waits for the broker."""

    public_url: str
    caller_id: str = ""
    people: tuple[str, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    usual_line: str = "120"
    service: str = "120"
    accept: frozenset[str] = frozenset()
    music_url: str = ""
    music_s: int = 8
    default_queue: str = "general"
    line_ring_s: int = 40
    hop_s: float = 0.25
    hops_max: int = 4_000
    reconcile_s: float = 30.0


@dataclass(frozen=True, slots=True)
class VoicePorts:
    """The house and the network, as voice needs them. ``facts``: what a flow may know besides its caller and the
    queues (holidays, special days, which line). ``duty``: whether this server works the network now."""

    gate: Gate
    sessions: Sessions
    reads: Reads
    flows: Flows
    callers: Callers
    line: Line
    endpoints: Endpoints
    lookups: Lookups
    desk: Desk
    provider: VoiceProvider
    gatekeeper: Gatekeeper
    clock: Clock
    ids: Ids
    facts: Callable[[Session], Facts]
    recordings: Recordings | None = None
    sounds: Sounds | None = None
    blobs: Blobs | None = None
    duty: Callable[[], bool] = lambda: True


class VoiceDoor:
    """The parts of voice, made once. ``refused`` and ``counts`` are figures for whoever watches."""

    def __init__(self, ports: VoicePorts, settings: VoiceSettings) -> None:
        self.ports, self.settings = ports, settings
        self.counts: Counter[str] = Counter()
        self.links = Links(settings.public_url.rstrip("/"))
        self.registry = Registry()
        self.style = Style(
            self.links,
            settings.music_url or self.links.to("voice/music"),
            settings.music_s,
            settings.caller_id,
            settings.line_ring_s,
            speech=SPEECH in settings.accept,
            dial=ports.endpoints.line,
        )
        self.menu = Menu(self._menu())
        self.keeper = Keeper(ports, self.run)
        self.strays = Strays(ports, self.registry.of_call, self.keeper, self.fault)
        self.transcripts = Transcripts(ports)
        self.switchboard = Switchboard(ports, settings, self.links, self.registry.of_call, self.fault)
        self.reconciler = Reconciler(ports, settings, self.switchboard, self.fault)
        self._tasks: set[asyncio.Task[Any]] = set()

    def _menu(self) -> MenuPorts:
        p = self.ports
        return MenuPorts(
            gate=p.gate,
            ids=p.ids,
            clock=p.clock,
            sessions=p.sessions,
            reads=p.reads,
            flows=p.flows,
            callers=p.callers,
            line=p.line,
            lookups=p.lookups,
            facts=p.facts,
            dial=p.endpoints.line,
            default_queue=self.settings.default_queue,
            voicemail=RECORDING in self.settings.accept,
        )

    # -- commits

    def heard(self, batch: Sequence[Committed]) -> None:
        """A listener of commits, on the event loop, after the hub has taken them in."""
        self.registry.heard(batch)
        self.switchboard.heard(batch)

    # -- the life

    async def start(self) -> None:
        """Learn what is open, ask the network what is true, and work from there."""
        self.registry.load(self.ports.sessions.open())
        self.switchboard.start()
        self.reconciler.start()
        self.strays.start()

    async def stop(self) -> None:
        """No task of ours outlives the server; what was left undone is found at the next start."""
        await self.strays.stop()
        await self.reconciler.stop()
        await self.switchboard.stop()
        await self.menu.close()
        await self.transcripts.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Carry out what nobody waits for. An expected refusal is logged, a fault of ours counted."""
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except DasanError as error:
            _log.info("background work refused", extra={"code": error.code})
        except Exception as error:  # the named edge: background work must not die unheard
            self.fault("background work of voice", error)

    def fault(self, what: str, error: BaseException) -> None:
        """A fault of our own: counted and logged with its traceback."""
        self.counts["faults"] += 1
        _log.error("a fault of the program", extra={"place": what}, exc_info=error)
