"""A desk in this process, a clock in our hand, and a client through it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from dasan.eungdapso.client import Open311Client
from dasan.eungdapso.desk.app import DeskApp, DeskSettings
from dasan.eungdapso.receipt import Submission

START = 1_795_222_800_000_000  # 2026-11-21 10:00:00 in Seoul, a Saturday
KEY, STAFF = "key-of-the-call-centre", "key-of-a-person-at-the-desk"
BASE = "http://desk"
V2 = BASE + "/open311/v2"


class Clock:
    def __init__(self, at_us: int = START) -> None:
        self.at_us = at_us

    def __call__(self) -> int:
        return self.at_us

    def forward(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        self.at_us += round((seconds + 3600 * hours + 86400 * days) * 1_000_000)


SETTINGS = DeskSettings(
    api_keys={KEY: "120", "another-key-of-another-peer": "other"}, staff_keys={STAFF: "김주무"}, base_url=BASE
)


@contextmanager
def desk(tmp_path: Path, clock: Clock, *, database: str | Path = ":memory:") -> Iterator[DeskApp]:
    app = DeskApp(database, tmp_path / "media", SETTINGS, clock)
    try:
        yield app
    finally:
        app.close()


def transport(app: DeskApp) -> httpx2.AsyncBaseTransport:
    return httpx2.ASGITransport(app=app.asgi, raise_app_exceptions=False)


def browser(app: DeskApp, **options: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=transport(app), base_url=BASE, **options)


def client(app: DeskApp, **options: Any) -> Open311Client:
    return Open311Client(V2, KEY, "seoul.go.kr", transport=options.pop("transport", None) or transport(app), **options)


def case(key: str = "h_1", **changes: Any) -> Submission:
    values: dict[str, Any] = {
        "key": key,
        "service_code": "PARK",
        "summary": "학교 앞 불법 주차",
        "description": "아침마다 어린이보호구역에 차가 서 있습니다.",
        "address": "서울시 중구 세종대로 110",
        "lat": 37.5663,
        "long": 126.9779,
        "phone": "010-1234-5678",
        "attributes": (("PLATE", "12가 3456"),),
        "requested_at": START,
    }
    return Submission(**(values | changes))


def run(work: Any) -> Any:
    return asyncio.run(work)
