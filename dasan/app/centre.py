"""A centre: its pieces put together, and the order in which it comes to life and goes.

Starting is recovering: the open streams are read, deadlines are armed from them, live consoles become suspect with
their full grace, citizens get their time to come back, and promises that were on their way are asked about before they
are sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from channels.chat.door import ChatDoor, ChatLimits
from channels.chat.house import House as ChatHouse
from channels.chat.web import routes as chat_routes
from dasan.app.parts import Parts
from dasan.app.telephone import Spoken, Telephone
from dasan.broker import Broker
from dasan.bus.postgres import PostgresBus
from dasan.core.policy import Policy
from dasan.eungdapso.desk.serve import Served, running
from dasan.gate import WriterGate
from dasan.net.connection import Route
from dasan.net.exchange import Bounds, Exchange
from dasan.net.front import front
from dasan.net.limits import Rate
from dasan.outbox import Outbox
from dasan.ports import Committed
from dasan.server import duties, run, runners, web
from dasan.server.control import listening
from dasan.server.desk.console import Console
from dasan.server.enrol import enrol
from dasan.server.house import House, Names
from dasan.server.leases import Leases
from dasan.server.metrics import Figures
from dasan.server.outcomes import Outcomes
from dasan.server.phones import Phones
from dasan.server.photos import PhotoLinks
from dasan.server.pictures import Pictures
from dasan.server.relay import Relay
from dasan.server.retention import Retention
from dasan.server.rollcall import RollCall
from dasan.server.services import Services
from dasan.server.signin import Rules, SignIn
from dasan.server.suggestions import Suggestions
from dasan.server.texting import Texts
from dasan.server.ticketing import Tickets
from dasan.server.tidy import Tidy
from dasan.server.vitals import Sources, Vitals
from dasan.server.wishes import Controls
from dasan.server.wishes import table as wishes
from dasan.wire import chat, desk
from dasan.wire.frames import FRAME_BYTES_MAX

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from dasan.settings import Settings

NAME = {"ko": "120다산콜센터", "en": "120 Dasan Call Center"}
READ_THREADS = 4


class App:
    """A centre that can be started and stopped. ``asgi`` and ``exchange`` are what a server serves."""

    def __init__(self, settings: Settings, parts: Parts, port: int) -> None:
        self.settings, self.parts = settings, parts
        self.policy: Policy = settings.build_policy()
        self.started = False
        self._stack = AsyncExitStack()
        self._threads = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="reads")
        self._bells = {name: runners.Bell() for name in ("offers", "deadlines", "tickets", "texts")}
        self._relay_bell = runners.Bell()
        self.pictures = Pictures(self.policy, self._bells)
        self.hub = self.pictures.hub
        self.hub.defect = self._defect
        self.consoles: set[Console] = set()
        broker = Broker(self.policy, parts.clock, parts.ids)
        self.gate: WriterGate = parts.gate(parts.store, broker, self._defect, self._storage_full)
        self.leases = Leases(self.hub, self.gate.submit, parts.clock, self.policy.timing)
        self._node = parts.ids.new("n")
        self.duties = duties.Duties(parts.leases, self._node, parts.clock)
        reads, threads, alone = parts.store.reads, self._threads, parts.leases is None
        self.relay = Relay(self.hub.index, reads, self._see, clock=parts.clock, threads=threads, alone=alone)
        self.house = self._house()
        self.door = self._chat()
        self.telephone = self._telephone()
        self.tickets = self._tickets()
        self.texts = self._texts()
        self.vitals = self._vitals()
        server, origins = settings.server, settings.chat.origins
        self.front = front(settings.public_url, (server.host, port), origins, server.trusted_proxies)
        self.exchange = self._exchange()
        self.asgi = self._web()
        self._runners = self._all_runners()

    # -- the pieces

    def _house(self) -> House:
        settings, parts = self.settings, self.parts
        rules = Rules(settings.token_pepper, **settings.signin.model_dump())
        return House(
            name=NAME,
            public_url=settings.public_url,
            policy=self.policy,
            clock=parts.clock,
            submit=self.gate.submit,
            hub=self.hub,
            reads=parts.store.reads,
            threads=self._threads,
            signin=SignIn(parts.people, self.gate.call, parts.clock, rules),
            leases=self.leases,
            names=Names(),
            suggestions=Suggestions(
                self.hub,
                parts.library,
                self.gate.submit,
                reads=parts.store.reads,
                threads=self._threads,
                limit=settings.knowledge.suggestions,
            ),
            library=parts.library,
            photos=PhotoLinks(parts.clock, settings.public_url),
            defect=self._defect,
            services=Services(parts.tickets, parts.clock),
            phones=Phones(settings.voice.counselor_phone),
        )

    def _chat(self) -> ChatDoor:
        parts, chosen = self.parts, self.settings.chat
        house = ChatHouse(
            gate=self.gate,
            hub=self.hub,
            reads=parts.store.reads,
            people=parts.people,
            blobs=parts.blobs,
            policy=self.policy,
            clock=parts.clock,
            ids=parts.ids,
            keyed=parts.store.keyed,
            # A database over a network is asked beside the loop; SQLite's answers come from memory or at once.
            threads=self._threads if self.settings.database_url.startswith("postgresql") else None,
        )
        a_second = chosen.messages_per_minute / 60
        limits = ChatLimits(
            # Beside each message come a few marks and signs of typing.
            frames=Rate(max(10, 5 * a_second), max(60, 3 * chosen.burst)),
            messages=Rate(a_second, chosen.burst),
            photos=Rate(chosen.photos_per_hour / 3600, max(1, chosen.photos_per_hour)),
            absent_s=self.policy.timing.leg_grace_s,
            frame_bytes=chosen.frame_bytes_max,
        )
        return ChatDoor(house.ports(), limits)

    def _telephone(self) -> Telephone | None:
        """The telephone side, where the operator has one."""
        if not self.settings.voice.enabled:
            return None
        return Telephone(
            self.settings, self.parts, self.policy, self.hub, self.gate, self._threads,
            phone_of=self.house.phones.endpoint, desk=Spoken(self.house.partials), duty=self.duties.held,
        )  # fmt: skip

    def _tickets(self) -> Tickets:
        parts = self.parts
        outbox = Outbox(
            gate=self.gate,
            desk=parts.tickets,
            words=parts.store.reads,
            blobs=parts.blobs,
            policy=self.policy,
            promises=self.pictures.promises,
        )
        poll_s, bell = self.policy.timing.handoff_poll_s, self._bells["tickets"]
        return Tickets(outbox, parts.clock, self.duties.held, poll_s, bell)

    def _texts(self) -> Texts | None:
        if self.telephone is None:
            return None
        outbox = self.telephone.texts(self.gate, self.pictures.texts)
        return Texts(outbox, self.parts.clock, self.duties.held, self._bells["texts"])

    def _vitals(self) -> Vitals:
        knowledge = self.parts.knowledge
        sources = Sources(
            gate_waiting=lambda: self.gate.waiting,
            knowledge_down=lambda: knowledge is not None and knowledge.status().state == "down",
            tickets_down_since_us=lambda: self.tickets.down_since_us,
            relay_late_s=self.relay.late_s,
            texts_oldest_us=self.pictures.texts.oldest_us,
            data_dir=self.settings.server.data_dir,
            remote=self.parts.leases is not None,
        )
        return Vitals(
            self.hub,
            self.policy,
            self.parts.clock,
            self.leases,
            consoles=self.consoles,
            timers=self.pictures.timers,
            promises=self.pictures.promises,
            sources=sources,
        )

    def _exchange(self) -> Exchange:
        chosen = self.settings.chat
        bounds = Bounds(sockets_max=chosen.connections_max, per_address_max=chosen.connections_per_address)
        # Twice what is promised is read, so that a frame beyond it is answered with a sentence (dasan/wire/frames.py).
        routes = {
            chat.PATH: Route(self.door.open, 2 * chosen.frame_bytes_max),
            desk.PATH: Route(lambda connection: Console(self.house, connection, self.consoles), 2 * FRAME_BYTES_MAX),
        }
        if self.telephone is not None:
            routes |= self.telephone.sockets()
        return Exchange(routes, self.front, bounds)

    def _refused(self) -> dict[str, float]:
        network = self.telephone.refused() if self.telephone is not None else {}
        return {**self.exchange.refused, "sign_in_failed": self.house.signin.failures, **network}

    def _web(self) -> ASGIApp:
        figures = Figures(
            self.hub,
            self.policy,
            self.parts.clock,
            self.vitals.alarms,
            texts=self.pictures.texts,
            sockets=lambda: {"all": len(self.exchange.open), "desk": len(self.consoles)},
            refused=self._refused,
            asked=lambda: self.telephone.lookups.counts if self.telephone is not None else {},
            faults=lambda: {"listener": self.hub.failures, **{one.name: one.faults for one in self._runners}},
        )
        parts = web.Parts(
            alarms=self.vitals.alarms,
            clock=self.parts.clock,
            figures=figures,
            photos=self.house.photos,
            blobs=self.parts.blobs,
            front=self.front,
            version=run.program_version(),
            started=lambda: self.started,
        )
        routes = chat_routes(self.door, self.parts.blobs, self.front)
        if self.telephone is not None:
            voice = self.telephone.served()
            return web.application(parts, [*routes, *voice.routes], voice.hooks)
        return web.application(parts, routes)

    def _all_runners(self) -> tuple[runners.Runner, ...]:
        submit, clock, held = self.gate.submit, self.parts.clock, self.duties.held
        kept, bells = self.pictures, {**self._bells, "relay": self._relay_bell}
        steps = {
            "duties": self.duties.step,
            "offers": runners.offers(kept.dispatcher, submit, clock, held),
            "deadlines": runners.deadlines(kept.timers, submit, clock, held),
            "tickets": self.tickets.step,
            **({"texts": self.texts.step} if self.texts is not None else {}),
            "vitals": self.vitals.step,
            "tidy": self._tidy().step,
            "retention": self._retention().step,
            "outcomes": Outcomes(self.parts.store.reads, self.parts.library, self._threads, held).step,
        }
        if self.parts.leases is not None:
            roll = RollCall(
                self.parts.leases, self._node, clock, hub=self.hub, consoles=self.leases, duty=self.duties.held
            )
            steps |= {"relay": self.relay.step, "roll": roll.step}
        made = (runners.Runner(n, step, bells.get(n) or runners.Bell(), self._defect) for n, step in steps.items())
        return tuple(made)

    def _tidy(self) -> Tidy:
        parts = self.parts
        return Tidy(parts.store, parts.people, self.gate.call, self._enrol, parts.clock)

    def _retention(self) -> Retention:
        parts, days = self.parts, self.settings.voice.retention_days
        return Retention(parts.blobs, parts.store.reads, self.gate.submit, parts.clock, days, self.duties.held)

    # -- commands and commits

    def _see(self, batch: Sequence[Committed]) -> None:
        """Every commit, own and foreign: the pictures first, then whoever compares with them."""
        self.pictures.see(batch)
        if self.telephone is not None:
            self.telephone.heard(batch)

    def _storage_full(self) -> None:
        self.vitals.storage_full()

    def _defect(self, what: str, error: BaseException) -> None:
        self.vitals.defect(what, error)

    # -- the life of the centre

    async def start(self) -> None:
        """Recover, then work. Raises ConfigWrong when the embedded ticket desk's port is taken."""
        self._stack.push_async_callback(self._close_parts)
        await asyncio.to_thread(self.parts.blobs.sweep, strays=self.parts.leases is None)
        self.relay.begin(await self.pictures.load(self.parts.store.reads, self._threads))
        await self.gate.start()
        self.gate.listen(self.relay.own)
        self._stack.push_async_callback(self.gate.stop)
        await self._enrol()
        if self.settings.eungdapso.embedded:
            await self._stack.enter_async_context(running(self._embedded()))
        if self.parts.knowledge is not None:
            await self.parts.knowledge.start()
            self._stack.push_async_callback(self.parts.knowledge.close)
        if self.parts.leases is not None:
            self._listen_to_others()
        else:
            self.leases.recover()
        self.door.expect(list(self.hub.index.sessions()))
        if self.telephone is not None:
            await self.telephone.start()
            self._stack.push_async_callback(self.telephone.stop)
        for one in self._runners:
            one.start()
            self._stack.push_async_callback(one.stop)
        self._stack.push_async_callback(self._close_edges)
        if self.parts.control:
            await self._stack.enter_async_context(listening(wishes(self._controls()), self.settings.server.data_dir))
        self.started = True

    async def stop(self) -> None:
        """In the reverse order; what was accepted is on disk when this returns."""
        self.started = False
        await self._stack.aclose()

    async def _enrol(self) -> None:
        accounts = await asyncio.to_thread(self.parts.people.accounts)
        await enrol(accounts, self.hub, self.house.names, self.gate.submit, self.house.phones)

    def _controls(self) -> Controls:
        knowledge, sweep = self.parts.knowledge, self.parts.blobs.sweep

        async def reindex() -> bool:
            return knowledge is not None and await knowledge.reindex()

        async def swept() -> int:
            return int(await asyncio.to_thread(sweep, strays=False))

        return Controls(
            submit=self.gate.submit,
            call=self.gate.call,
            clock=self.parts.clock,
            reads=self.parts.store.reads,
            people=self.parts.people,
            keys=self.parts.store,
            consoles=self.consoles,
            enrol=self._enrol,
            reindex=reindex,
            swept=swept,
            status=self.vitals.told,
            policy=self.policy,
        )

    def _embedded(self) -> Served:
        chosen, settings = self.settings.eungdapso, self.settings
        return Served(
            chosen.host,
            chosen.port,
            settings.eungdapso_path,
            settings.eungdapso_key,
            staff_keys=settings.eungdapso_staff,
            base_url=chosen.public_url,
            jurisdiction_id=chosen.jurisdiction_id,
            holidays_path=chosen.holidays,
            contact=chosen.contact,
        )

    def _listen_to_others(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._relay_bell.ring)

        bus = PostgresBus(self.settings.database_url, self._node, wake)
        self.gate.listen(lambda batch: bus.publish(batch[-1].position))
        self._stack.push_async_callback(asyncio.to_thread, bus.close)

    async def _close_edges(self) -> None:
        self.exchange.closing = True
        await self.house.suggestions.close()
        await self.door.close()
        await self.tickets.close()
        if self.texts is not None:
            await self.texts.close()

    async def _close_parts(self) -> None:
        await self.duties.close()
        self.house.signin.close()
        self._threads.shutdown(wait=True)
        for close in self.parts.closes:
            await close()
        self.parts.store.close()
