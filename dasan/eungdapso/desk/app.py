"""The desk as one ASGI application: Open311 (production and test), media, staff.

The test endpoint that discovery announces is a desk of its own in memory: what is sent there reaches nobody and is
forgotten at the next start.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from dasan.core.time import seconds
from dasan.eungdapso.desk.clerk import Clerk, keep_working
from dasan.eungdapso.desk.doors import Desk, blocking
from dasan.eungdapso.desk.media import MediaShelf
from dasan.eungdapso.desk.office import Office
from dasan.eungdapso.desk.open311 import routes
from dasan.eungdapso.desk.staff import Tries, api_routes
from dasan.eungdapso.desk.staff_page import page_routes
from dasan.eungdapso.desk.store import MEMORY, Store

V2, TEST_V2 = "/open311/v2", "/open311/test/v2"
_SERVED = {"cache-control": "private, max-age=86400", "x-content-type-options": "nosniff",
           "content-security-policy": "default-src 'none'; sandbox"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """What an operator chooses. Keys: secret -> name. ``base_url``: how others reach this desk, without last slash."""

    api_keys: Mapping[str, str]
    staff_keys: Mapping[str, str]
    base_url: str
    jurisdiction_id: str = "seoul.go.kr"
    contact: str = "120"
    holidays: frozenset[date] = frozenset()
    clerk_pace_s: float = 0.0  # 0: people do the work; else the demonstration clerk takes a step that often


class DeskApp:
    """The open desk: ``asgi`` to serve, ``desk`` for the clerk, ``close`` at the end."""

    def __init__(self, database: str | Path, media: Path, settings: DeskSettings, now: Callable[[], int]) -> None:
        self._store = Store(database)
        self._test_store = Store(MEMORY)
        shutil.rmtree(media / "test", ignore_errors=True)  # forgotten at every start
        self.desk = _desk(self._store, media, settings, now)
        self._test_desk = _desk(self._test_store, media / "test", settings, now)
        self.asgi = _asgi(self.desk, self._test_desk, settings.clerk_pace_s)

    def close(self) -> None:
        self._store.close()
        self._test_store.close()


def _desk(store: Store, media: Path, settings: DeskSettings, now: Callable[[], int]) -> Desk:
    return Desk(
        office=Office(store, now, holidays=settings.holidays),
        shelf=MediaShelf(media, store, now),
        api_keys=settings.api_keys,
        staff_keys=settings.staff_keys,
        jurisdiction_id=settings.jurisdiction_id,
        base_url=settings.base_url,
        contact=settings.contact,
        endpoints=((settings.base_url + V2, "production"), (settings.base_url + TEST_V2, "test")),
    )


def _asgi(desk: Desk, test_desk: Desk, clerk_pace_s: float) -> Starlette:
    tries = Tries(desk.office.now)
    discovery = [route for route in routes(desk) if isinstance(route, Route) and "discovery" in route.path]

    async def media(request: Request) -> Response:
        name = request.path_params["name"]
        found = await blocking(lambda: desk.shelf.get(name) or test_desk.shelf.get(name))
        if found is None:
            return PlainTextResponse("not found / 없습니다", 404)
        return Response(found[0], headers=_SERVED, media_type=found[1])

    async def home(_request: Request) -> Response:
        return RedirectResponse("/staff", 303)

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        working = asyncio.create_task(keep_working(Clerk(desk.office, seconds(clerk_pace_s)))) if clerk_pace_s else None
        try:
            yield
        finally:
            if working is not None:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    return Starlette(
        lifespan=life,
        routes=[
            Mount(V2, routes=routes(desk)),
            Mount(TEST_V2, routes=routes(test_desk)),
            Mount("/open311", routes=discovery),
            Route("/media/{name}", media, methods=["GET"]),
            Route("/healthz", alive, methods=["GET"]),
            *api_routes(desk, tries),
            *page_routes(desk, tries),
            Route("/", home, methods=["GET"]),
        ],
    )
