"""Two servers on one PostgreSQL: a citizen at one, her counselor at the other, and either may die."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dasan.core.ids import COUNSELOR, make
from dasan.settings import Settings, load
from dasan.store.engine import backend
from dasan.store.people import Account, SqlPeople
from tests.contract.postgres import Cluster, cluster, why_not
from tests.server.test_centre import KEY, Client, citizen, close, desk, free_port, serving
from tests.server.world import HASHED

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    if reason := why_not():
        pytest.skip(reason)
    with cluster() as made:
        yield made


@pytest.fixture
def two(postgres: Cluster, tmp_path: Path) -> tuple[Settings, Settings]:
    url = postgres.fresh()
    opened = backend(url)
    SqlPeople(opened).add(Account(make(COUNSELOR, 1_000, 1), "kim", 101, "김상담", HASHED, skills={"general": 3}))
    opened.close()

    def one(name: str) -> Settings:
        (tmp_path / name).mkdir()
        environ = {
            "DASAN_SECRETS__MASTER_KEY": KEY,
            "DASAN_SECRETS__TOKEN_PEPPER": KEY[::-1] + "x",
            "DASAN_SERVER__DATA_DIR": str(tmp_path / name),
            "DASAN_SERVER__PORT": str(free_port()),
            "DASAN_DATABASE__URL": url,
            "DASAN_EUNGDAPSO__EMBEDDED": "false",
            "DASAN_EUNGDAPSO__URL": "http://127.0.0.1:1",
        }
        return load(None, environ=environ)

    return one("a"), one("b")


async def talk(here: Settings, there: Settings) -> tuple[Client, Client, str]:
    """A counselor ``here`` serves a citizen ``there``: (desk, page, session)."""
    counselor = await desk(here)
    await counselor.done("presence", presence="AVAILABLE")
    page = await citizen(there)
    await page.send("start", id="start-000001", text="여권을 잃어버렸어요")
    me = await counselor.until("me", lambda f: bool(f["offers"]))
    offer = me["offers"][0]
    assert offer["preview"] == "여권을 잃어버렸어요"
    await counselor.done("accept", offer=offer["offer"], session=offer["session"])
    await counselor.done("opened", session=offer["session"], item=offer["item"])
    return counselor, page, offer["session"]


async def test_a_citizen_at_one_server_talks_with_a_counselor_at_the_other(two: tuple[Settings, Settings]):
    first, second = two
    async with serving(first), serving(second):
        counselor, page, session = await talk(first, second)
        for n in range(6):
            await page.send("say", id=f"line-{n:06d}", text=f"시민 {n}")
            await counselor.until("entry", lambda f, n=n: f["text"] == f"시민 {n}")
            await counselor.done("say", session=session, text=f"상담 {n}")
            await page.until("entry", lambda f, n=n: f["text"] == f"상담 {n}")
        ns = [f["n"] for f in counselor.seen if f["t"] == "entry"]
        assert ns == sorted(set(ns))
        for before, after in zip(page.seen, page.seen[1:], strict=False):
            if before["t"] == after["t"] == "entry":
                assert after["n"] == before["n"] + 1
        await close(counselor, page)


async def test_when_a_server_stops_its_people_go_on_at_the_other(two: tuple[Settings, Settings]):
    first, second = two
    async with serving(second):
        async with serving(first):
            counselor, page, session = await talk(first, second)
            token = counselor.seen[0]["token"]
        back = await desk(second, token=token)
        assert [s["session"] for s in back.seen[0]["sessions"]] == [session]
        await back.done("say", session=session, text="여기서 이어 갑니다.")
        await page.until("entry", lambda f: f["text"] == "여기서 이어 갑니다.")
        await page.send("say", id="line-000001", text="네")
        await back.until("entry", lambda f: f["text"] == "네")
        await close(back, page)
