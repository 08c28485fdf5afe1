"""After hours the page tells the truth, takes a message for the opening, and shows the answer whenever its citizen
comes back; who waited in vain finds her ticket there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from channels.chat.house import HouseLine
from dasan.core import commands as c
from dasan.core import workitem as items
from dasan.core.hours import Hours
from dasan.core.policy import Policy
from dasan.core.time import DAY, HOUR, MINUTE, SECOND, seoul
from tests.chat.centre import START_US, Centre
from tests.chat.conftest import Open
from tests.chat.test_tickets import acknowledged

OFFICE = Hours((((540, 1080),),) * 5 + ((), ()))
OPENS_US = START_US - START_US % DAY + DAY  # 18 November 2026 was a Wednesday; nine in Seoul is midnight UTC


def office() -> Policy:
    """The tax queue keeps office hours; everything else is open day and night."""
    policy = Policy()
    return replace(policy, queues={**policy.queues, "tax": replace(policy.queues["tax"], hours=OFFICE)})


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    made = await Centre(policy=office()).start()
    yield made
    await made.stop()
    assert made.defects == []


def test_the_clock_of_these_tests_stands_after_hours() -> None:
    assert (seoul(START_US).hour, seoul(START_US).weekday()) == (20, 2)
    assert seoul(OPENS_US).strftime("%Y-%m-%d %H:%M") == "2026-11-19 09:00"


async def test_a_page_is_told_which_topics_are_open_and_when_the_others_open(page: Open) -> None:
    topics = {t["code"]: t for t in (await page().hello())["topics"]}
    assert (topics["tax"]["open"], topics["tax"]["opens"]) == (False, OPENS_US)
    assert topics["general"]["open"] is True
    assert "opens" not in topics["general"]
    assert [code for code, t in topics.items() if t.get("usual")] == ["general"]


async def test_a_page_that_did_not_know_is_told_and_nothing_is_opened(page: Open) -> None:
    tab = page()
    await tab.hello()
    asked = tab.say("start", text="재산세가 궁금해요", topic="tax")
    trouble = await tab.next("trouble")
    assert (trouble["id"], trouble["code"]) == (asked, "queue_closed")
    assert "글을 남겨 두시거나" in trouble["text"]
    kinds = [frame["t"] for frame in tab.got]
    assert kinds.index("topics") < kinds.index("trouble")
    again = await page(token=tab.token).hello()
    assert "state" not in again


async def test_a_message_left_is_taken_with_a_sentence_that_says_when_it_is_answered(page: Open) -> None:
    welcome = await page().started("재산세가 궁금해요", topic="tax", later=True)
    assert welcome["state"]["opens"] == OPENS_US
    assert "11월 19일(목) 오전 9시" in welcome["state"]["line"]
    assert "11월 19일(목) 오전 9시" in welcome["entries"][-1]["text"]
    english = await page(language="en").started("Property tax?", topic="tax", later=True)
    assert "Thursday, 19 November, at 9 am" in english["state"]["line"]


async def test_a_message_left_can_be_added_to_and_taken_back(page: Open) -> None:
    tab = page()
    await tab.started("재산세가 궁금해요", topic="tax", later=True)
    tab.say("say", text="강남구입니다")
    await tab.next("ack", where=lambda f: f.get("n") == 4)
    tab.say("leave")
    state = await tab.next("state", where=lambda f: f["phase"] == "closed")
    assert "opens" not in state
    assert state["can"] == ["start"]


async def test_at_the_opening_the_citizen_sees_it_open_and_go_on(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started("재산세가 궁금해요", topic="tax", later=True)
    await centre.advance((OPENS_US - START_US) / SECOND + 1)
    await tab.next("entry", where=lambda f: f.get("code") == "opened")
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "7월과 9월에 냅니다")
    await tab.next("entry", where=lambda f: f["text"] == "7월과 9월에 냅니다")
    assert tab.states()[-1]["phase"] == "engaged"


async def test_the_answer_is_there_when_the_citizen_comes_back_days_later(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started("재산세가 궁금해요", topic="tax", later=True)
    session = tab.states()[-1]["session"]
    tab.cut()
    await centre.until(lambda: centre.hub.index.session(session).live_leg.state == "SUSPENDED")  # type: ignore[union-attr]
    await centre.advance((OPENS_US - START_US) / SECOND + 1)
    counselor = await centre.counselor()
    await counselor.take()
    await counselor.reply(session, "7월과 9월에 냅니다")
    found = centre.store.reads.load(session).state
    await counselor.do(c.ReleaseItem(session, found.items[-1].id))
    await centre.advance(120)
    assert centre.store.reads.load(session).state.closed_at_us
    await centre.advance(3 * DAY / SECOND)
    back = page(token=tab.token)
    welcome = await back.hello()
    assert welcome["state"]["session"] == session
    assert back.texts("counselor") == ["7월과 9월에 냅니다"]
    await centre.advance(12 * DAY / SECOND)
    assert "state" not in await page(token=tab.token).hello()


async def test_open_pages_see_a_topic_open_and_close(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.hello()
    await asyncio.sleep(0.1)
    assert not [f for f in tab.got if f["t"] == "topics"]
    centre.clock.us = OPENS_US
    frame = await tab.next("topics")
    assert {t["code"] for t in frame["topics"] if not t["open"]} == set()
    centre.clock.us = OPENS_US + 9 * HOUR
    frame = await tab.next("topics")
    assert {t["code"]: t.get("opens") for t in frame["topics"] if not t["open"]} == {"tax": OPENS_US + DAY}


async def test_who_waited_in_vain_is_told_of_her_ticket_and_sees_its_number(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started("수도가 새요", topic="water")
    await centre.advance(1801)
    await tab.next("entry", where=lambda f: f.get("code") == "filed_instead")
    state = await tab.next("state", where=lambda f: f["phase"] == "closed")
    assert "접수번호" in state["line"]
    card = await tab.next("ticket")
    found = centre.store.reads.load(tab.states()[-1]["session"]).state
    assert found.items[-1].state == items.CANCELLED
    await acknowledged(centre, card["handoff"])
    told = await tab.next("ticket", where=lambda f: f["stage"] == "ACKNOWLEDGED")
    assert told["number"] == "2026-000123"
    last = await tab.next("state", where=lambda f: f["line"].startswith("남겨 주신 글을 응답소에"))
    assert last["can"] == ["start"]


def test_a_topic_that_never_opens_says_no_time() -> None:
    policy = Policy()
    never = replace(policy.queues["tax"], hours=Hours(((),) * 7))
    line = HouseLine(_NobodyWaits(), replace(policy, queues={"tax": never}), _At(START_US + MINUTE))  # type: ignore[arg-type]
    (topic,) = line.topics()
    assert (topic.open, topic.opens_us) == (False, 0)


class _NobodyWaits:
    """The part of a hub that topics ask."""

    def __init__(self) -> None:
        self.index = self

    def waiting(self, queue: str) -> int:
        return 0


class _At:
    def __init__(self, us: int) -> None:
        self.us = us

    def now_us(self) -> int:
        return self.us
