"""A counselor whose telephone is a TwiML application (``app:``): her sound is a stream of ours, and the room's members
hear her as they hear any telephone; so it is through a hold, a supervisor's whisper and a transfer."""

from __future__ import annotations

from typing import Any

from dasan.core import workitem as items
from tests.voice.acts import People, play
from tests.voice.stage import CITIZEN, PUBLIC

KIM, LEE, BOSS = "client:c101", "client:c102", "client:c103"
STREAMS = '["streams"]'


async def bridged(p: People, name: str = "kim") -> str:
    """She signs in, and her telephone is an application from now on; its address."""
    address = f"app:{p.c.carrier.application(f'{PUBLIC}/twilio/voice/stream')}"
    desk = await p.c.desk(name)
    await desk.done("phone", phone=address)
    assert p.c.phone(name) == address
    return address


def streams(p: People) -> list[Any]:
    """The streams that are open now."""
    return [one for one in p.c.carrier.net.streams.values() if one.status == "in-progress"]


async def hears_only(p: People, listener: str, *speakers: str) -> None:
    """Until that telephone hears those, and nobody else."""

    def heard() -> set[str]:
        call = p.c.carrier.phone(listener).call
        sids = p.c.carrier.matrix().get(call.sid, frozenset()) if call is not None else frozenset()
        return {p.c.carrier.net.calls[sid].address for sid in sids}

    await p.c.until(lambda: heard() == set(speakers), 20)


def test_her_document_has_the_leg_and_its_sound_both_ways() -> None:
    async def story(p: People) -> None:
        app = await bridged(p)
        await p.talk("kim")
        [stream] = streams(p)
        assert stream.both_ways
        assert stream.url == f"{PUBLIC.replace('http', 'ws')}/twilio/stream"
        assert stream.parameters["call"] == stream.call.sid
        assert stream.call.sid != p.c.carrier.phone(app).call.sid, "the far end is a call of its own"
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: not streams(p) and not p.on_the_phone(app), 30)
        await p.wrap()
        await p.c.until(lambda: p.s().closed_at_us, 60)

    play(story, DASAN_VOICE__ACCEPT=STREAMS)


def test_hold_parts_her_and_the_talk_goes_on_after_it() -> None:
    async def story(p: People) -> None:
        app = await bridged(p)
        await p.talk("kim")
        await p.do("kim", "hold")
        await hears_only(p, CITIZEN)
        await hears_only(p, app)
        await p.do("kim", "unhold")
        await hears_only(p, CITIZEN, app)
        await hears_only(p, app, CITIZEN)

    play(story, DASAN_VOICE__ACCEPT=STREAMS)


def test_a_supervisor_whispers_to_her_alone() -> None:
    async def story(p: People) -> None:
        app = await bridged(p)
        await p.talk("kim")
        await p.c.desk("boss", presence="AWAY")
        await p.do("boss", "look")
        await p.do("boss", "ear", ear="WHISPER")
        await hears_only(p, app, CITIZEN, BOSS)
        await hears_only(p, CITIZEN, app)
        await p.do("boss", "ear", ear="BARGE")
        await hears_only(p, CITIZEN, app, BOSS)

    play(story, DASAN_VOICE__ACCEPT=STREAMS)


def test_a_citizen_is_passed_from_a_telephone_to_her_and_the_former_hears_nobody() -> None:
    async def story(p: People) -> None:
        app = await bridged(p, "lee")
        await p.c.desks["lee"].done("presence", presence="AWAY", reason="meal")
        await p.talk("kim")
        await p.c.desks["lee"].done("presence", presence="AVAILABLE")
        await p.do("kim", "consult", counselor=p.id("lee"))
        await p.accept("lee")
        await hears_only(p, app, KIM)
        await hears_only(p, KIM, app)
        await hears_only(p, CITIZEN)
        await p.do("kim", "consult_complete")
        await hears_only(p, app, CITIZEN)
        await hears_only(p, CITIZEN, app)
        assert not p.on_the_phone(KIM)

    play(story, DASAN_VOICE__ACCEPT=STREAMS)


def test_a_stream_that_breaks_ends_her_leg_and_she_is_rung_again() -> None:
    async def story(p: People) -> None:
        from channels.carrier import streams as network

        app = await bridged(p)
        await p.talk("kim")
        [stream] = streams(p)
        network.closed(p.c.carrier.net, stream.sid, 31921, "closed in mid-stream")
        await p.c.until(lambda: p.rings(app) == 2, 30)
        await p.hearing(CITIZEN, app, 30)
        assert p.state() == items.ACTIVE
        assert len(streams(p)) == 1

    play(story, DASAN_VOICE__ACCEPT=STREAMS)


def test_where_streams_are_not_accepted_her_telephone_cannot_be_rung_and_the_citizen_keeps_her_place() -> None:
    async def story(p: People) -> None:
        await bridged(p)
        await p.dial()
        await p.press("0")
        item = await p.waits()
        await p.accept("kim")
        await p.c.until(lambda: p.state() == items.QUEUED, 90)
        live = p.s().live_item
        assert live is not None
        assert live.rank_at_us == item.rank_at_us
        assert p.on_the_phone(CITIZEN)
        assert not streams(p)

    play(story)
