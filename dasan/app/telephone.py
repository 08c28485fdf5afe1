"""The telephone side put together: the house as channels/voice asks for it, the menus, the way out (network.py).

Nothing is decided here. Each class is one of the narrow ports of channels/voice/ports.py over the hub, the store and
the policy.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from channels.twilio.webhook import Form
from channels.voice import ports
from channels.voice.caller import dialled
from channels.voice.door import VoiceDoor, VoicePorts, VoiceSettings
from channels.voice.links import Hop, Links
from dasan.app.ears import ears_of, sockets
from dasan.app.lookups import Lookups, services_of
from dasan.app.menus import FOLDER, Menus, special_days_of
from dasan.app.network import network
from dasan.app.whose import carried
from dasan.core import address as addresses
from dasan.core import callback as callbacks
from dasan.core.address import Address
from dasan.core.events import Recorded
from dasan.core.policy import Policy, Queue
from dasan.core.session import Session
from dasan.hub import Hub
from dasan.hub.waits import spoken_s
from dasan.net.connection import Route as Sockets
from dasan.ports import Clock, Committed
from dasan.server.flowshelf import FlowShelf
from dasan.server.menu_questions import MenuQuestions
from dasan.server.outside import Outside
from dasan.server.partials import Partials
from dasan.server.sounds import Sounds
from dasan.text_outbox import TextOutbox, TextPromises
from ivr.facts import CallbackFacts, Facts, QueueFacts

if TYPE_CHECKING:
    from channels.voice.web import Served
    from dasan.app.parts import Parts
    from dasan.settings import Settings

T = TypeVar("T")
EPOCH = date(1970, 1, 1)
ADDRESSES_KEPT = 20_000


class Callers:
    """ports.Callers over the store's address streams; what was read is kept until a commit changes it."""

    def __init__(self, keyed: Callable[[str], str], load: Any, policy: Policy, clock: Clock, house: Aside) -> None:
        self._keyed, self._load, self._policy, self._clock, self._aside = keyed, load, policy, clock, house
        self._kept: OrderedDict[str, Address | None] = OrderedDict()
        self._reading: dict[str, object] = {}  # what no commit has changed since its reading began

    def keyed(self, text: str) -> str:
        """As the port says."""
        return self._keyed(text)

    async def known(self, address: str) -> ports.Known:
        """As the port says."""
        stream = addresses.stream_of(address)
        return self._met(self._kept[stream] if stream in self._kept else await self._read(stream))

    async def _read(self, stream: str) -> Address | None:
        ours = self._reading[stream] = object()
        found = await self._aside(lambda: self._load(stream))
        state: Address | None = found.state if found is not None else None
        if self._reading.pop(stream, None) is ours:
            self._keep(stream, state)
        return state

    def remembered(self, address: str) -> ports.Known:
        """As the port says."""
        return self._met(self._kept.get(addresses.stream_of(address)))

    def _met(self, state: Address | None) -> ports.Known:
        if state is None:
            return ports.Known()
        conduct = addresses.conduct(state, self._policy, self._clock.now_us())
        return ports.Known(state.language, state.slow, conduct)

    def stranger(self, address: str) -> None:
        """As the port says."""
        self._keep(addresses.stream_of(address), None)

    def _keep(self, stream: str, state: Address | None) -> None:
        self._kept[stream] = state
        if len(self._kept) > ADDRESSES_KEPT:
            self._kept.popitem(last=False)

    def heard(self, batch: Sequence[Committed]) -> None:
        """A listener of commits: what has changed is read anew."""
        for commit in batch:
            for stream in commit.heads:
                self._kept.pop(stream, None)
                self._reading.pop(stream, None)


class Aside:
    """Reading beside the loop where the database is across a network; at once where it is not."""

    def __init__(self, threads: Executor | None) -> None:
        self._threads = threads

    async def __call__(self, read: Callable[[], T]) -> T:
        if self._threads is None:
            return read()
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)


class Sessions:
    """ports.Sessions over the hub's index."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def get(self, session: str) -> Session | None:
        """As the port says."""
        return self._hub.index.session(session)

    def open(self) -> Iterator[Session]:
        """As the port says."""
        return self._hub.index.sessions()


class Reads:
    """ports.Reads over the store."""

    def __init__(self, reads: Any, aside: Aside) -> None:
        self._reads, self._aside = reads, aside

    async def load(self, session: str) -> Session | None:
        """As the port says."""
        found = await self._aside(lambda: self._reads.load(session))
        return found.state if found is not None else None

    async def words(self, contents: Sequence[str]) -> Mapping[str, bytes]:
        """As the port says."""
        found = await self._aside(lambda: self._reads.contents(contents))
        return {name: body for name, body in found.items() if body is not None}

    async def events(self, session: str) -> Sequence[Recorded]:
        """As the port says."""
        found: list[Recorded] = []
        while True:
            part = await self._aside(partial(self._reads.events, session, len(found)))
            found += part
            if not part:
                return found

    async def carried(self, calls: frozenset[str], since_us: int) -> Mapping[str, tuple[str, str]]:
        """As the port says."""
        return await self._aside(lambda: carried(self._reads, calls, since_us))


class Line:
    """ports.Line over the hub's index and its estimates."""

    def __init__(self, hub: Hub, policy: Policy, clock: Clock) -> None:
        self._hub, self._policy, self._clock = hub, policy, clock

    def place(self, session: str) -> ports.Place | None:
        """As the port says."""
        found = self._hub.index.session(session)
        item = found.live_item if found else None
        standing = self._hub.standing(item.id) if item else None
        if standing is None:
            return None
        return ports.Place(standing.position, _said_s(standing.estimate_s))

    def callback(self, s: Session) -> CallbackFacts | None:
        """What a menu tells of the call that we owe her; None when we owe none."""
        cb = s.callback
        if cb is None or not cb.open or cb.state == callbacks.CONNECTED:
            return None
        place = self.place(s.id)
        at_us = cb.due_us if cb.state in callbacks.WAITS else 0
        return CallbackFacts(cb.queue, at_us, place.position - 1 if place else None)

    def queues(self) -> Mapping[str, QueueFacts]:
        """As the port says."""
        return _Queues(self._policy.queues, partial(self._facts, now_us=self._clock.now_us()))

    def _facts(self, queue: Queue, now_us: int) -> QueueFacts:
        waiting = self._hub.index.waiting(queue.code)
        is_open = self._policy.is_open(queue, now_us)
        opens = None if is_open else self._policy.opening_us(queue, now_us)
        eta = self._hub.waits.estimate_s(queue.code, waiting + 1)
        return QueueFacts(is_open, waiting, queue.queue_len_max, opens, _said_s(eta))


class _Queues(Mapping[str, QueueFacts]):
    """The queues at one instant. A turn asks for one or two of them, if any."""

    def __init__(self, queues: Mapping[str, Queue], tell: Callable[[Queue], QueueFacts]) -> None:
        self._queues, self._tell = queues, tell

    def __getitem__(self, code: str) -> QueueFacts:
        return self._tell(self._queues[code])

    def __iter__(self) -> Iterator[str]:
        return iter(self._queues)

    def __len__(self) -> int:
        return len(self._queues)


def _said_s(estimate_s: int | None) -> int | None:
    return None if estimate_s is None else spoken_s(estimate_s)


class Endpoints:
    """ports.Endpoints: the accounts' telephones, and the directory of lines."""

    def __init__(self, phone_of: Callable[[str], str], policy: Policy) -> None:
        self._phone_of, self._policy = phone_of, policy

    def counselor(self, counselor: str) -> str:
        """As the port says."""
        return self._phone_of(counselor)

    def line(self, code: str) -> str:
        """As the port says: in E.164, the special numbers too (119 is +82119)."""
        line = self._policy.line(code)
        return dialled(line.number) if line is not None else ""


def voice_settings(settings: Settings, policy: Policy) -> VoiceSettings:
    """What the operator chose, as voice takes it."""
    chosen = settings.voice
    return VoiceSettings(
        public_url=settings.public_url.rstrip("/"),
        caller_id=chosen.caller_id,
        people=(chosen.fallback_number,) if chosen.fallback_number else (),
        numbers=dict.fromkeys(chosen.numbers, "120"),
        accept=frozenset(chosen.accept) | ({"transcription"} if chosen.local_engine else set()),
        default_queue=policy.default_queue,
        line_ring_s=policy.timing.line_ring_s,
    )


class Spoken:
    """ports.Desk: what is not kept goes to the consoles that show the call."""

    def __init__(self, partials: Partials) -> None:
        self._partials = partials

    def partial(self, session: str, leg: str, text: str) -> None:
        """As the port says."""
        self._partials.heard(session, leg, text)

    def keys(self, session: str, leg: str, digits: str) -> None:
        """As the port says."""
        self._partials.pressed(session, leg, digits)


class Telephone:
    """Voice on this server, and its way out."""

    def __init__(
        self, settings: Settings, parts: Parts, policy: Policy, hub: Hub, gate: Any, threads: Executor, *,
        phone_of: Callable[[str], str], desk: ports.Desk, duty: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._settings, self._reads = settings, parts.store.reads
        http, run = parts.network or (None, None)
        self._ears = ears_of(settings, self._understood)
        self.network = network(settings, parts.clock, http, run, self._ears)
        aside = Aside(threads if settings.database_url.startswith("postgresql") else None)
        clock, reads = parts.clock, parts.store.reads
        holidays = frozenset(EPOCH + timedelta(days=number) for number in policy.holidays)

        # What the provider records or writes down she is told at the beginning; what nobody does is not claimed.
        recorded = bool({"recording", "transcription", "streams"} & set(settings.voice.accept))

        special_days = special_days_of(settings.voice.special_days)

        def facts(s: Session) -> Facts:
            caller = s.caller or "withheld"
            return Facts(
                clock.now_us(), s.language, caller=caller, recorded=recorded, dialled=s.service, holidays=holidays,
                special_days=special_days, callback=line.callback(s),
            )  # fmt: skip

        self.callers = Callers(parts.store.keyed, reads.load, policy, clock, aside)
        line, shelf = Line(hub, policy, clock), FlowShelf(settings.server.data_dir / FOLDER)
        questions = MenuQuestions(parts.tickets, line.queues, clock)
        self.lookups = Lookups(questions, Outside(services_of(settings), clock))
        house = VoicePorts(
            gate=gate,
            sessions=Sessions(hub),
            reads=Reads(reads, aside),
            flows=Menus(shelf, clock),
            sounds=Sounds(shelf),
            callers=self.callers,
            line=line,
            endpoints=Endpoints(phone_of, policy),
            lookups=self.lookups,
            desk=desk,
            provider=self.network.voice,
            gatekeeper=self.network.gatekeeper,
            clock=clock,
            ids=parts.ids,
            facts=facts,
            recordings=self.network.recordings,
            blobs=parts.blobs,
            duty=duty,
        )
        self.door = VoiceDoor(house, voice_settings(settings, policy))

    def texts(self, gate: Any, promises: TextPromises) -> TextOutbox:
        """The way out for short messages."""
        links = Links(self._settings.public_url.rstrip("/"))
        return TextOutbox(
            gate=gate,
            channel=self.network.texts,
            words=self._reads,
            promises=promises,
            sender=self._settings.voice.sender,
            status_url=lambda text: links.to("sms/status", Hop(line=text)),
        )

    def served(self) -> Served:
        """Voice over HTTP."""
        from channels.voice.web import served  # noqa: PLC0415

        return served(self.door)

    def _understood(self, form: Form, hop: Hop) -> None:
        self.door.transcripts.heard(form, hop)

    def sockets(self) -> dict[str, Sockets]:
        """The media streams' socket, where an engine listens."""
        return sockets(self._settings.voice.account_sid, self.network.gatekeeper, self._ears)

    def refused(self) -> dict[str, float]:
        """Webhooks and streams that were not the network's, by why."""
        return {f"network_{code}": count for code, count in self.network.gatekeeper.refused.items()}

    def heard(self, batch: Sequence[Committed]) -> None:
        """A listener of commits, after the hub."""
        self.callers.heard(batch)
        self.door.heard(batch)

    async def start(self) -> None:
        """Ask the network what is true, and work from there."""
        await self.door.start()

    async def stop(self) -> None:
        """Leave calls as they are: they go on without us, and the next start finds them."""
        await self.door.stop()
        await self.lookups.close()
        self.network.close()
