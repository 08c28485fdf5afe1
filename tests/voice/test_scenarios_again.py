"""Who calls again: what is remembered of her, the place that is kept for her, and others of the same number."""

from __future__ import annotations

from dasan.core.address import stream_of
from tests.voice.acts import People, play
from tests.voice.stage import CITIZEN


def test_the_warning_that_the_menu_plays_is_recorded_once() -> None:
    async def story(p: People) -> None:
        s = await p.talk("kim")
        await p.do("kim", "abuse", kind="threat")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        assert not p.c.events("address.warned")
        before = p.c.clock.now_us()
        await p.dial()
        await p.hears("법적 조치")
        await p.press("*10")
        await p.waits(2)
        assert [e.session for e in p.c.events("address.warned")] == [p.s(2).id]
        reads = p.c.app.parts.store.reads
        assert reads.load(stream_of(s.legs[0].address)).state.warned_us >= before

    play(story)
