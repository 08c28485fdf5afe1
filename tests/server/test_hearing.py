"""A recording is heard by a supervisor, for a reason that is kept, and by nobody else (I28)."""

from __future__ import annotations

import pytest

from dasan.core import commands as c
from dasan.core.errors import StorageFull
from dasan.wire import desk_views as view
from tests.server.phoning import talking, tell
from tests.server.test_supervision import boss_at
from tests.server.world import Desk, World

WHY = "민원인이 안내 내용을 다투어 확인"
BLOB = "b_01mcc5rm00jhw259g8qxyj31pk"


async def recorded(world: World, kim: Desk) -> tuple[str, str]:
    session, item = await talking(world, kim)
    tell(world, c.RecordingFact(session, blob=BLOB, seconds=75, retention="recording"))
    await world.settle()
    return session, item


async def over(world: World, kim: Desk, session: str, item: str) -> int:
    """The talk ends and is wrapped up; its number."""
    number = next(f.number for f in reversed(kim.all(view.Session)) if f.session == session)
    await kim.done("release", session=session, item=item)
    await kim.done("wrap", session=session, item=item, disposition="answered", category="general")
    leg = next(leg.id for leg in world.store.reads.load(session).state.legs)
    tell(world, c.LegFact(session, leg, "ended", cause="normal"))
    await world.settle()
    assert world.store.reads.load(session).state.closed_at_us
    return number


def heard(world: World, session: str) -> list[tuple[str, str]]:
    found = (r.event for r in world.store.reads.events(session) if r.event.type == "recording.played")
    return [(event.blob, event.supervisor) for event in found]


async def test_a_supervisor_hears_the_call_she_looks_at_and_why_is_kept_sealed(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await recorded(world, kim)
    await boss.done("look", session=session)
    found = (await boss.done("recordings", session=session)).data
    assert found["session"] == session
    assert [(r["recording"], r["kind"], r["seconds"], r["gone"]) for r in found["recordings"]] == [
        (BLOB, "recording", 75, "")
    ]
    url = (await boss.done("play", session=session, recording=BLOB, reason=WHY)).data["url"]
    assert world.house.photos.spend(url.rpartition("/")[2]).blob == BLOB
    assert heard(world, session) == [(BLOB, boss.welcome.me.counselor)]
    assert WHY not in "".join(str(r.event) for r in world.store.reads.events(session))
    content = [r.event.content for r in world.store.reads.events(session) if r.event.type == "recording.played"]
    assert [body.decode() for body in world.store.reads.contents(content).values()] == [WHY]


async def test_a_call_that_is_over_is_found_by_its_number(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, item = await recorded(world, kim)
    number = await over(world, kim, session, item)
    found = (await boss.done("recordings", number=number)).data
    assert (found["session"], len(found["recordings"])) == (session, 1)
    assert "/desk/photos/" in (await boss.done("play", session=session, recording=BLOB, reason=WHY)).data["url"]
    assert (await boss.ask("recordings", number=99_999)).code == "no_such_session"
    assert (await boss.ask("recordings")).code == "no_such_session"


async def test_a_live_call_is_heard_only_by_who_looks_at_it(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await recorded(world, kim)
    assert (await boss.ask("play", session=session, recording=BLOB, reason=WHY)).code == "not_yours"
    assert not heard(world, session)


async def test_a_counselor_hears_none_not_even_of_her_own_talk(world: World) -> None:
    kim = await world.on_duty()
    session, item = await recorded(world, kim)
    assert (await kim.ask("recordings", session=session)).code == "not_supervisor"
    assert (await kim.ask("play", session=session, recording=BLOB, reason=WHY)).code == "not_supervisor"
    assert (await kim.ask("photo", session=session, photo=BLOB)).code == "no_such_entry"
    number = await over(world, kim, session, item)
    assert (await kim.ask("recordings", number=number)).code == "not_supervisor"
    assert not heard(world, session)


async def test_without_a_reason_nothing_is_heard(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await recorded(world, kim)
    await boss.done("look", session=session)
    assert (await boss.ask("play", session=session, recording=BLOB, reason="  ")).code == "reason_needed"
    unknown = await boss.ask("play", session=session, recording="b_01mcc5rm00jhw259g8qxyj31p0", reason=WHY)
    assert unknown.code == "no_such_recording"
    assert not heard(world, session)


async def test_what_was_purged_or_erased_is_told_as_that(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, item = await recorded(world, kim)
    number = await over(world, kim, session, item)
    tell(world, c.ForgetRecording(session, BLOB), c.RETENTION)
    (row,) = (await boss.done("recordings", number=number)).data["recordings"]
    assert row["gone"] == "retention"
    assert (await boss.ask("play", session=session, recording=BLOB, reason=WHY)).code == "recording_gone"
    tell(world, c.EraseSession(session, "requested"), c.Principal(c.ADMIN, "root"))
    (row,) = (await boss.done("recordings", number=number)).data["recordings"]
    assert row["gone"] == "retention"
    assert (await boss.ask("play", session=session, recording=BLOB, reason=WHY)).code == "erased"


async def test_no_link_is_made_of_what_could_not_be_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await recorded(world, kim)
    await boss.done("look", session=session)
    before = dict(world.house.photos._grants)

    def full(*_: object) -> None:
        raise StorageFull

    with monkeypatch.context() as broken:
        broken.setattr(world.gate, "handle", full)
        assert not (await boss.ask("play", session=session, recording=BLOB, reason=WHY)).ok
    assert world.house.photos._grants == before
