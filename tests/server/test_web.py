"""The HTTP side: headers on every answer, limits on every body, figures for those inside only."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dasan.core.policy import Policy
from dasan.core.time import SECOND
from dasan.hub import Hub
from dasan.net.front import front
from dasan.server import metrics, web
from dasan.server.alarms import Alarms, Readings
from dasan.server.photos import VALID_S, PhotoLinks
from tests.server.world import TestClock, World


class NoPhotos:
    def put(self, session: str, body: bytes, media_type: str) -> str:
        raise AssertionError

    def get(self, blob: str) -> tuple[bytes, str] | None:
        return {"b_1": (b"picture", "image/jpeg"), "b_2": (b"sound", "audio/x-wav")}.get(blob)


class House:
    """The application around nothing."""

    def __init__(self, public_url: str = "http://127.0.0.1:8120", proxies: tuple[str, ...] = ()) -> None:
        self.clock = TestClock()
        self.alarms = Alarms(lambda alarm, stands: None)
        self.photos = PhotoLinks(self.clock, public_url)
        self.started = True
        figures = metrics.Figures(
            Hub(Policy()),
            Policy(),
            self.clock,
            self.alarms,
            sockets=lambda: {"desk": 2},
            refused=lambda: {"bad_origin": 3},
            faults=lambda: {"offers": 1},
        )
        parts = web.Parts(
            alarms=self.alarms,
            clock=self.clock,
            figures=figures,
            photos=self.photos,
            blobs=NoPhotos(),
            front=front(public_url, ("127.0.0.1", 8120), (), proxies),
            version="1.2.3",
            started=lambda: self.started,
        )
        self.app = web.application(parts, [Route("/take", take, methods=["POST"])])

    def client(self, peer: str = "127.0.0.1") -> TestClient:
        return TestClient(self.app, client=(peer, 50_000))


async def take(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def test_every_answer_carries_the_security_headers():
    client = House().client()
    for path in ("/health/live", "/health/ready", "/metrics", "/nowhere", "/desk/photos/unknown"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "strict-transport-security" not in headers, path


def test_a_secure_address_is_kept_secure():
    headers = House("https://120.example").client().get("/health/live").headers
    assert headers["strict-transport-security"].startswith("max-age=")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(web, "BODY_BYTES_MAX", 1000)
    client = House().client()
    assert client.post("/take", content=b"x" * 1000).text == "1000"
    assert client.post("/take", content=b"x" * 1001).status_code == 413


def test_ready_says_why_not():
    house = House()
    house.alarms.judge(Readings(storage_full=True, dead_letters=1), 0)
    house.clock.us = 5_000_000
    reply = house.client().get("/health/ready")
    assert reply.status_code == 503
    assert [(a["code"], a["for_s"]) for a in reply.json()["alarms"]] == [("storage_full", 5), ("dead_letter", 5)]
    house.alarms.judge(Readings(dead_letters=1), 0)
    assert house.client().get("/health/ready").status_code == 200


def test_a_server_that_still_recovers_is_not_ready():
    house = House()
    house.started = False
    reply = house.client().get("/health/ready")
    assert (reply.status_code, reply.json()["starting"]) == (503, True)


def test_the_world_outside_sees_neither_figures_nor_alarms():
    house = House("https://120.example", proxies=("127.0.0.1",))
    house.alarms.judge(Readings(dead_letters=1), 0)
    client = house.client()
    outside = {"X-Forwarded-For": "211.110.10.1"}
    assert client.get("/metrics", headers=outside).status_code == 404
    assert set(client.get("/health/ready", headers=outside).json()) == {"ready", "version"}
    assert client.get("/metrics").status_code == 200


def test_metrics_are_what_prometheus_reads():
    text = House().client().get("/metrics").text
    assert 'dasan_alarm{code="storage_full"} 0.0' in text
    assert 'dasan_sockets{kind="desk"} 2.0' in text
    assert 'dasan_refused_total{reason="bad_origin"} 3.0' in text
    assert 'dasan_faults_total{place="offers"} 1.0' in text
    families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert families <= set(metrics.HELP)


async def test_figures_are_those_of_the_centre(world: World):
    desk = await world.on_duty()
    await world.serving(desk, citizen="p_a")
    for n in range(3):
        world.say("기다립니다", f"p_{n}")
    alarms = Alarms(lambda alarm, stands: None)
    figures = metrics.Figures(world.hub, world.policy, world.clock, alarms, sockets=dict, refused=dict, faults=dict)
    world.clock.us += 7_000_000
    text = metrics.rendered(figures).decode()
    assert 'dasan_sessions{phase="ENGAGED"} 1.0' in text
    assert 'dasan_waiting{queue="general"} 3.0' in text
    assert 'dasan_longest_wait_seconds{queue="general"} 7.0' in text
    assert 'dasan_counselors{lease="LIVE",presence="AVAILABLE"} 1.0' in text
    assert "dasan_service_level_ratio 1.0" in text


def test_a_photo_link_opens_once_and_only_for_two_minutes():
    house = House()
    path = house.photos.mint("b_1", "k_1").removeprefix("http://127.0.0.1:8120")
    shown = house.client().get(path)
    assert (shown.status_code, shown.content, shown.headers["cache-control"]) == (200, b"picture", "no-store")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert house.client().get(path).status_code == 404
    late = house.photos.mint("b_1", "k_1").removeprefix("http://127.0.0.1:8120")
    house.clock.us += 121_000_000
    assert house.client().get(late).status_code == 404


def test_links_are_bounded_and_cannot_be_guessed():
    house = House()
    links = {house.photos.mint("b_1", "k_1") for _ in range(5_000)}
    assert len(links) == 5_000
    assert len(house.photos._grants) == 4_096
    assert all(len(link.rsplit("/", 1)[1]) >= 43 for link in links)


def test_an_unknown_address_is_answered_in_two_languages():
    reply = House().client().get("/wp-admin")
    assert reply.status_code == 404
    assert len(reply.text.splitlines()) == 2


def test_a_voice_message_is_heard_for_as_long_as_its_link_holds_and_runs_nothing() -> None:
    house = House()
    path = house.photos.mint("b_2", "k_1").removeprefix("http://127.0.0.1:8120")
    for _ in range(3):  # a player asks for it more than once
        answer = house.client().get(path)
        assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "audio/x-wav", b"sound")
        assert answer.headers["content-security-policy"] == "default-src 'none'; media-src 'self'"
        assert answer.headers["cache-control"] == "no-store"
    house.clock.us += VALID_S * SECOND
    assert house.client().get(path).status_code == 404
