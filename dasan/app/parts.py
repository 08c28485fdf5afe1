"""The things that have a choice: store, people, photos, ticket desk, knowledge base; real, or doubles of a test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dasan.core.fold import STATES, evolve
from dasan.eungdapso.client import Open311Client
from dasan.eungdapso.desk.app import V2
from dasan.eungdapso.outlet import TicketOutlet
from dasan.gate import WriterGate
from dasan.server.library import Library
from dasan.server.sources import SystemClock, SystemIds
from dasan.store.blobs import FileBlobs
from dasan.store.leases import SqlLeases
from dasan.store.opening import open_store
from dasan.store.people import SqlPeople
from dasan.store.sealing import Keyring
from knowledge_base.client import KnowledgeClient

if TYPE_CHECKING:
    from dasan.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The things that doubles may stand in for. ``library`` has the shape of dasan.server.library.Library; ``gate`` is
    called as dasan.gate.WriterGate."""

    clock: Any
    ids: Any
    store: Any
    people: Any
    blobs: Any
    leases: Any
    tickets: Any
    library: Any
    knowledge: Any = None
    gate: Any = WriterGate
    network: Any = None  # a stand-in telephone network: (HttpClient, Runner) of channels/twilio
    control: bool = True  # whether the command line may reach it (dasan/server/control.py)
    closes: tuple[Callable[[], Awaitable[None]], ...] = ()


def parts_of(settings: Settings, doubles: Mapping[str, Any]) -> Parts:
    """The real things, save where ``doubles`` has another of that name."""
    given = dict(doubles)
    clock = given.pop("clock", None) or SystemClock()
    ids = given.pop("ids", None) or SystemIds(clock)
    store = given.pop("store", None) or _store(settings)
    people = given.pop("people", None) or SqlPeople(store.backend)
    blobs = given.pop("blobs", None) or FileBlobs(store, settings.blobs_dir, ids)
    remote = settings.database_url.startswith("postgresql")
    leases = given.pop("leases", None) or (SqlLeases(store.backend) if remote else None)
    closes: tuple[Callable[[], Awaitable[None]], ...] = ()
    tickets, library, knowledge = given.pop("tickets", None), given.pop("library", None), None
    if tickets is None:
        client = _ticket_client(settings)
        tickets, closes = TicketOutlet(client), (client.close,)
    if library is None:
        knowledge = _knowledge(settings, clock)
        library = Library(knowledge)
    gate = given.pop("gate", None) or WriterGate
    network, control = given.pop("network", None), bool(given.pop("control", True))
    assert not given, f"unknown doubles: {sorted(given)}"
    return Parts(clock, ids, store, people, blobs, leases, tickets, library, knowledge, gate, network, control, closes)


def _store(settings: Settings) -> Any:
    settings.server.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_store(settings.database_url, keyring_of(settings), STATES, evolve)


def keyring_of(settings: Settings) -> Keyring:
    """The keys of these settings. Raises ConfigWrong for one that is too short."""
    return Keyring(settings.master_key, settings.other_master_keys, settings.token_pepper)


def _ticket_client(settings: Settings) -> Open311Client:
    chosen, url = settings.eungdapso, settings.eungdapso_url
    endpoint = url if urlsplit(url).path else url + V2  # an address alone is a desk of ours
    return Open311Client(endpoint, settings.eungdapso_key, chosen.jurisdiction_id, timeout_s=chosen.timeout_s)


def _knowledge(settings: Settings, clock: SystemClock) -> KnowledgeClient:
    settings.knowledge_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return KnowledgeClient(
        settings.knowledge_url,
        str(settings.knowledge_index),
        today=clock.today,
        now_us=clock.now_us,
        analyser=settings.knowledge.kiwi,
    )
