"""The knowledge process as the service uses it: real child processes, killed and wedged, and never an exception."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge_base import frames
from knowledge_base.analysis.morphemes import kiwi_version
from knowledge_base.client import WAITING_MAX, KnowledgeClient
from knowledge_base.model import Filters, Wording, hit_from_wire, hit_to_wire
from knowledge_base.starter import load_starter
from knowledge_base.store import Database, article_counts, gaps, put_articles, stored_by_external_id
from tests.knowledge_base.conftest import TODAY, an_article

# A child that greets and then misbehaves as its argument says: the client must bear it.
BAD_CHILD = """
import sys, time
from knowledge_base.frames import pack, read_frame
read_frame(sys.stdin.buffer)
sys.stdout.buffer.write(pack({"op": "ready"})); sys.stdout.buffer.flush()
kind = sys.argv[1]
while (message := read_frame(sys.stdin.buffer)) is not None:
    if kind == "silent":
        time.sleep(60)
    elif kind == "dies":
        sys.exit(3)
    elif kind == "babbles":
        sys.stdout.buffer.write(b"\\xff" * 64)
    elif kind == "refuses":
        sys.stdout.buffer.write(pack({"id": message["id"], "error": "no"}))
    elif kind == "slow":
        time.sleep(0.15)
        sys.stdout.buffer.write(pack({"id": message["id"], "ok": {"hits": []}}))
    sys.stdout.buffer.flush()
"""


class Clients:
    """Makes clients and closes them."""

    def __init__(self, url: str, index: Path) -> None:
        self._url, self._index = url, index
        self._made: list[KnowledgeClient] = []

    async def __call__(self, bad: str = "", **more: Any) -> KnowledgeClient:
        command = (sys.executable, "-c", BAD_CHILD, bad) if bad else more.pop("command", None)
        values = {"analyser": False} | more
        client = KnowledgeClient(
            self._url, str(self._index), today=lambda: TODAY, now_us=lambda: 77, command=command, **values
        )
        self._made.append(client)
        await client.start()
        return client

    async def close(self) -> None:
        for client in self._made:
            await client.close()


@pytest.fixture
async def clients(database: Database, url: str, tmp_path: Path) -> AsyncIterator[Clients]:
    load_starter(database, at_us=1)
    made = Clients(url, tmp_path / "index")
    yield made
    await made.close()


async def until(met: Callable[[], Awaitable[object]], within_s: float = 90) -> None:
    """Ask again and again until ``met`` says yes; a busy machine may take its time."""
    async with asyncio.timeout(within_s):
        while True:
            if await met():
                return
            await asyncio.sleep(0.02)


async def settled(client: KnowledgeClient) -> dict[str, Any]:
    """The child's account once it has taken over every article."""
    async with asyncio.timeout(60):
        while True:
            details = await client.details()
            if details and details["waiting"] == 0 and details["documents"]:
                return details
            await asyncio.sleep(0.05)


async def test_the_client_suggests_searches_and_shows_articles(clients: Clients) -> None:
    client = await clients()
    assert await client.wait_for("full", 60)
    await settled(client)
    hits = await client.suggest("s1", ["안녕하세요", "여권을 잃어버렸어요"], language="ko")
    assert hits.state == "ok"
    assert hits[0].question == "여권을 잃어버렸는데 재발급은 어떻게 받나요"
    assert hit_from_wire(hit_to_wire(hits[0])) == hits[0]
    found = await client.search("passport", language="en", filters=Filters(category="civil"), limit=2)
    assert [hit.language for hit in found] == ["en", "en"]
    view = await client.article(hits[0].article_id, "en")
    assert view is not None
    assert (view.language, view.languages, view.stale, view.example) == ("en", ("en", "ko"), True, True)
    assert await client.article("a_none", "ko") is None
    assert (await client.suggest("s1", ["네 감사합니다"], language="ko")).state == "nothing"


async def test_a_new_article_is_found_within_a_second(clients: Clients, database: Database) -> None:
    client = await clients(timeout_s=10.0)
    await settled(client)
    loop = asyncio.get_running_loop()
    took = []
    for word in (
        "분수대",
        "벼룩시장",
        "텃밭",
    ):  # the best of three: the promise is ours, a busy machine's pauses are not
        put_articles(database, [an_article(word, f"{word} 무지개색으로 칠해 주세요")], at_us=2)
        began = loop.time()

        async def found(word: str = word) -> bool:
            return any(hit.question.startswith(word) for hit in await client.search(f"{word} 무지개색"))

        await until(found)
        took.append(loop.time() - began)
    assert min(took) < 1.0


async def test_an_index_is_built_in_the_background_and_used(clients: Clients) -> None:
    client = await clients()

    async def built() -> bool:
        return str((await client.details()).get("generation", "")).startswith("g-")

    await until(built)
    assert (await client.suggest("s", ["포트홀 신고"], language="ko"))[0].category == "roads"


async def test_where_the_analyser_cannot_be_imported_everything_else_works(clients: Clients) -> None:
    blocked = "import sys; sys.modules['kiwipiepy'] = None; from knowledge_base.process import main; sys.exit(main())"
    client = await clients(analyser=True, command=(sys.executable, "-c", blocked))
    assert await client.wait_for("full", 60)
    details = await settled(client)
    assert (details["analyser"], client.status().restarts) == (False, 0)
    hits = await client.suggest("s1", ["여권을 잃어버렸는데 재발굽 되나요"], language="ko")
    assert hits[0].question == "여권을 잃어버렸는데 재발급은 어떻게 받나요"
    assert (await client.search("가로둥 고장"))[0].question == "가로등이나 보안등이 꺼졌어요"


@pytest.mark.skipif(not kiwi_version(), reason="the morphological analyser (kiwipiepy) is not installed")
async def test_a_light_child_answers_until_the_analyser_is_ready(clients: Clients) -> None:
    client = await clients(analyser=True)
    assert await client.wait_for("light", 60)
    assert client.status().state == "light"
    first = await client.suggest("s", ["포트홀 신고"], language="ko")
    assert first.state == "ok"
    assert await client.wait_for("full", 60)
    details = await settled(client)
    assert details["analyser"]
    assert (await client.suggest("s", ["포트홀 신고"], language="ko"))[0].category == "roads"
    assert client.status().restarts == 0


async def test_a_killed_child_is_replaced_and_callers_see_no_exception(clients: Clients) -> None:
    client = await clients(timeout_s=8.0)
    pid = (await settled(client))["pid"]
    os.kill(pid, signal.SIGKILL)
    hits = await client.suggest("s", ["포트홀 신고"], language="ko")
    assert hits.state == "ok"
    assert (await client.details())["pid"] != pid
    assert client.status().restarts == 1


async def test_the_newest_turn_of_a_session_replaces_the_one_that_waits(clients: Clients) -> None:
    client = await clients("slow")
    assert await client.wait_for("full", 60)
    busy = asyncio.create_task(client.search("먼저 온 검색"))
    await asyncio.sleep(0.02)
    older = [asyncio.create_task(client.suggest("s", [f"질문 {i}"], language="ko")) for i in range(5)]
    other = asyncio.create_task(client.suggest("t", ["다른 상담"], language="ko"))
    states = [hits.state for hits in await asyncio.gather(*older)]
    assert states == ["superseded"] * 4 + ["ok"]
    assert ((await other).state, (await busy).state) == ("ok", "ok")
    assert (client.status().superseded, client.status().answered) == (4, 3)


async def test_a_full_queue_refuses_at_once(clients: Clients) -> None:
    client = await clients("silent", timeout_s=5.0)
    waiting = [
        asyncio.create_task(client.suggest(f"s{i}", ["질문이요"], language="ko")) for i in range(WAITING_MAX + 5)
    ]
    await asyncio.sleep(0.05)
    refused = [task for task in waiting if task.done()]
    assert len(refused) >= 4
    assert {(await task).state for task in refused} == {"busy"}
    assert client.status().refused == len(refused)
    await client.close()
    assert {(await task).state for task in waiting} <= {"busy", "down"}


@pytest.mark.parametrize("kind", ["silent", "dies", "babbles"])
async def test_a_child_that_misbehaves_costs_only_the_suggestion(clients: Clients, kind: str) -> None:
    client = await clients(kind, timeout_s=0.6)
    assert await client.wait_for("full", 60)
    hits = await client.suggest("s", ["포트홀 신고"], language="ko")
    assert hits == []
    assert hits.state in {"down", "late"}
    assert client.status().last_error


async def test_a_request_the_child_cannot_do_fails_alone(clients: Clients) -> None:
    client = await clients("refuses")
    assert await client.wait_for("full", 60)
    assert (await client.suggest("s", ["포트홀 신고"], language="ko")).state == "failed"
    assert client.status().state == "full"


async def test_without_any_child_every_answer_is_empty_and_says_so(clients: Clients) -> None:
    client = await clients(command=("/nonexistent/python",), timeout_s=0.3)
    hits = await client.suggest("s", ["포트홀 신고"], language="ko")
    assert (list(hits), hits.state) == ([], "down")
    assert (await client.search("포트홀")).state == "down"
    assert await client.article("a", "ko") is None
    assert not await client.reindex()
    assert await client.details() == {}
    assert client.status().state == "down"
    assert "FileNotFoundError" in client.status().last_error


async def test_before_the_start_and_after_the_end_the_answer_is_down(clients: Clients, url: str) -> None:
    client = KnowledgeClient(url, "/nowhere", today=lambda: TODAY, now_us=lambda: 0)
    assert (await client.search("포트홀")).state == "down"
    started = await clients()
    await started.close()
    assert (await started.search("포트홀")).state == "down"
    await started.close()


async def test_outcomes_asked_to_be_counted_twice_are_counted_once(clients: Clients, database: Database) -> None:
    client = await clients()
    await settled(client)
    article = stored_by_external_id(database, "example-roads-pothole")
    assert article is not None
    for _ in range(3):
        assert await client.count(0, 40, {article.id: [2, 1, 1]}) == 40
    (counts,) = article_counts(database)
    assert (counts.accepted, counts.edited, counts.ignored, counts.last_at_us) == (2, 1, 1, 77)


async def test_where_nobody_counts_nobody_says_that_it_was_done(clients: Clients) -> None:
    client = await clients(command=("/nonexistent/python",), timeout_s=0.2)
    assert await client.count(0, 40, {"a": [1, 0, 0]}) is None


async def test_a_committed_search_in_vain_is_a_gap(clients: Clients, database: Database) -> None:
    client = await clients()
    await settled(client)
    await client.search("드론 비행 허가", committed=True)
    await client.details()  # the count follows the answer; the next answer follows the count
    assert [gap.query for gap in gaps(database)] == ["드론 비행 허가"]


async def test_a_child_ends_with_its_service(clients: Clients) -> None:
    client = await clients()
    pid = (await settled(client))["pid"]
    await client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_hostile_text_goes_through_the_pipe_unharmed(clients: Clients, database: Database) -> None:
    english = Wording("\U0001f6b2 \\ \" \n ' </script>", "x" * 5_000)
    put_articles(database, [an_article("odd", "", wordings={"en": english}, checked_on=date(2026, 1, 1))], at_us=3)
    client = await clients()
    await settled(client)
    hits = await client.search("script")
    assert hits[0].question == english.question
    assert (await client.suggest("s", ["\ud800" + "가" * 100_000], language="ko")).state in {"ok", "nothing"}


def test_a_frame_that_is_too_large_is_refused() -> None:
    with pytest.raises(frames.FrameError):
        frames.pack({"x": "가" * frames.FRAME_BYTES_MAX})
