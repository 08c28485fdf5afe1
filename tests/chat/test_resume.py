"""Resuming: after a lost network, a reload, a second tab and a restart every message is shown once, in order."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.chat.door import ChatDoor, ChatLimits
from channels.chat.house import House
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.ports import Committed
from tests.chat.centre import Centre
from tests.chat.conftest import Open, Page


async def test_a_lost_network_brings_what_was_missed_once_and_in_order(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started("1")
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "2")
    await tab.next("entry", where=lambda f: f["text"] == "2")
    seen = tab.seq()
    tab.cut()
    await counselor.reply(session.id, "3")
    await counselor.do(c.AddNote(session.id, "메모", "note-0001"))
    await counselor.reply(session.id, "4")
    back = page(token=tab.token, got=tab.got)
    welcome = await back.hello(after={"session": session.id, "seq": seen})
    assert welcome["resumed"] is True
    assert [e["text"] for e in welcome["entries"]] == ["3", "4"]
    assert welcome["entries"][0]["prev"] == seen
    assert [e["n"] for e in back.entries()] == list(range(1, len(back.entries()) + 1))


async def test_a_reload_shows_the_whole_conversation(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started("1")
    for n in range(2, 6):
        tab.say("say", text=str(n))
    await tab.next("entry", where=lambda f: f["text"] == "5")
    again = page(token=tab.token)
    welcome = await again.hello()
    assert welcome["resumed"] is False
    assert again.texts("citizen") == ["1", "2", "3", "4", "5"]


async def test_two_tabs_see_the_same(centre: Centre, page: Open) -> None:
    one = page()
    await one.hello()
    two = page(token=one.token)
    await two.hello()
    one.say("start", text="첫째 창에서")
    await two.next("welcome", where=lambda f: f.get("state") is not None)
    two.say("say", text="둘째 창에서")
    await one.next("entry", where=lambda f: f["text"] == "둘째 창에서")
    await two.next("entry", where=lambda f: f["text"] == "둘째 창에서")
    assert [(e["n"], e["text"]) for e in one.entries()] == [(e["n"], e["text"]) for e in two.entries()]


async def test_the_leg_is_suspended_when_the_last_tab_is_gone_and_resumed_when_one_comes_back(
    centre: Centre, page: Open
) -> None:
    one = page()
    await one.started()
    two = page(token=one.token)
    await two.hello()
    one.cut()
    await asyncio.sleep(0.15)
    state = next(centre.hub.index.sessions())
    assert state.live_leg is not None
    assert state.live_leg.state == legs.CONNECTED
    two.cut()
    await centre.until(lambda: next(centre.hub.index.sessions()).live_leg.state == legs.SUSPENDED)
    assert next(centre.hub.index.sessions()).live_item.parked
    back = page(token=one.token)
    await back.hello()
    await centre.until(lambda: next(centre.hub.index.sessions()).live_leg.state == legs.CONNECTED)
    assert not next(centre.hub.index.sessions()).live_item.parked


async def test_a_reload_costs_no_commit(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    before = centre.store.reads.last_position()
    tab.cut()
    back = page(token=tab.token)
    await back.hello()
    await asyncio.sleep(0.15)
    assert centre.store.reads.last_position() == before


async def test_after_a_restart_who_does_not_come_back_is_suspended(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    stays = page()
    await stays.started()
    tab.cut()
    stays.cut()
    await centre.door.close()  # what the server before had planned died with it
    centre.door = ChatDoor(centre.door.ports, ChatLimits(absent_after_start_s=0.05))
    centre.door.expect(list(centre.hub.index.sessions()))
    again = page(token=stays.token)
    await again.hello()
    lost = tab.states()[-1]["session"]
    await centre.until(lambda: centre.hub.index.session(lost).live_leg.state == legs.SUSPENDED)
    kept = centre.hub.index.session(stays.states()[-1]["session"])
    assert kept is not None
    assert kept.live_leg is not None
    assert kept.live_leg.state == legs.CONNECTED


async def test_a_page_that_claims_to_know_more_than_there_is_gets_everything(page: Open) -> None:
    tab = page()
    await tab.started("1")
    session = tab.states()[-1]["session"]
    again = page(token=tab.token)
    welcome = await again.hello(after={"session": session, "seq": 9_999_999})
    assert welcome["resumed"] is False
    assert again.texts("citizen") == ["1"]


async def test_an_unknown_token_begins_anew_with_another_token(page: Open) -> None:
    tab = page(token="x" * 32)
    welcome = await tab.hello()
    assert welcome["token"] != "x" * 32
    assert "state" not in welcome


class Unreliable:
    """A hub that loses and doubles commits as it is told: True passes, False loses, None doubles."""

    def __init__(self, hub: Any, fates: list[bool | None]) -> None:
        self._hub, self._fates = hub, fates

    def subscribe(self, stream: str, on_commit: Any, on_typing: Any = None) -> Any:
        def passed(commit: Committed) -> None:
            fate = self._fates.pop(0) if self._fates else True
            for _ in range({True: 1, False: 0, None: 2}[fate]):
                on_commit(commit)

        return self._hub.subscribe(stream, passed, on_typing)

    def typing(self, session: str, role: str, on: bool) -> None:
        self._hub.typing(session, role, on)


class Slow:
    """Reads that let everything else run before they answer, some more than others."""

    def __init__(self, reads: Any, pauses: list[int]) -> None:
        self._reads, self._pauses = reads, pauses

    def __getattr__(self, name: str) -> Any:
        async def ask(*args: Any) -> Any:
            answer = await getattr(self._reads, name)(*args)
            for _ in range(self._pauses.pop() if self._pauses else 0):
                await asyncio.sleep(0.001)
            return answer

        return ask


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from([True, False, None]), max_size=12),
    st.sets(st.integers(0, 5)),
    st.lists(st.integers(0, 4), max_size=40),
)
def test_a_hub_that_loses_and_doubles_commits_costs_no_entry(
    fates: list[bool | None], cuts: set[int], pauses: list[int]
) -> None:
    asyncio.run(_unreliable(list(fates), cuts, list(pauses)))


async def _unreliable(fates: list[bool | None], cuts: set[int], pauses: list[int]) -> None:
    centre = await Centre().start()
    object.__setattr__(centre.door.ports, "reads", Slow(centre.door.ports.reads, pauses))
    object.__setattr__(centre.door.ports, "hub", Unreliable(centre.hub, fates))
    tab = Page(centre)
    await tab.started("0")
    session = tab.states()[-1]["session"]
    counselor = await centre.counselor()
    await counselor.take()
    for n in range(1, 7):
        await counselor.reply(session, str(n))
        if n - 1 in cuts:
            seen, got, token = tab.seq(), tab.got, tab.token
            tab.cut()
            tab = Page(centre, token=token, got=got)
            await tab.hello(after={"session": session, "seq": seen})
    fates.clear()
    await counselor.reply(session, "end")
    await tab.next("entry", where=lambda f: f["text"] == "end")
    assert tab.texts("counselor") == ["1", "2", "3", "4", "5", "6", "end"]
    assert [e["n"] for e in tab.entries()] == list(range(1, len(tab.entries()) + 1))
    tab.close()
    await centre.stop()
    assert centre.defects == []


async def test_a_page_whose_leg_was_suspended_by_mistake_resumes_it(centre: Centre, page: Open) -> None:
    """Another server that was restarted cannot know that this citizen is connected here."""
    tab = page()
    await tab.started()
    state = next(centre.hub.index.sessions())
    assert state.live_leg is not None
    await centre.submit(c.Principal(c.CITIZEN, state.citizen), c.SuspendLeg(state.id, state.live_leg.id))
    await centre.until(lambda: next(centre.hub.index.sessions()).live_leg.state == legs.CONNECTED)
    assert not next(centre.hub.index.sessions()).live_item.parked


async def test_a_session_begun_in_one_tab_while_another_is_being_drawn_is_shown_in_both(
    centre: Centre, page: Open
) -> None:
    one = page()
    await one.hello()
    object.__setattr__(centre.door.ports, "reads", Slow(centre.door.ports.reads, [3] * 50))
    two = page(token=one.token).open()
    two.say("hello", v=1, token=one.token)
    one.say("start", text="함께")
    for tab in (one, two):
        await tab.next("welcome", where=lambda f: f.get("state") is not None)
        await centre.until(lambda tab=tab: tab.texts("citizen") == ["함께"])
    one.say("say", text="다음")
    await two.next("entry", where=lambda f: f["text"] == "다음")
    assert two.texts("citizen") == ["함께", "다음"]


async def test_reads_in_threads_give_the_same_talk(centre: Centre, page: Open) -> None:
    """As with a database over a network."""
    with ThreadPoolExecutor(2) as threads:
        house = House(
            centre.gate, centre.hub, centre.store.reads, centre.store.people, centre.blobs, centre.policy,
            centre.clock, centre.ids, centre.store.keyed, threads,
        )  # fmt: skip
        centre.door = ChatDoor(house.ports(), centre.limits)
        tab = page()
        await tab.started("1")
        for n in range(2, 6):
            tab.say("say", text=str(n))
        await tab.next("entry", where=lambda f: f["text"] == "5")
        seen, got = tab.seq(), tab.got
        tab.cut()
        back = page(token=tab.token, got=got)
        await back.hello(after={"session": tab.states()[-1]["session"], "seq": seen})
        assert back.texts("citizen") == ["1", "2", "3", "4", "5"]
        back.close()
        await centre.door.close()
