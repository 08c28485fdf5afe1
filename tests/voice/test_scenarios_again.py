"""Who calls again: what is remembered of her, the place that is kept for her, and others of the same number."""

from __future__ import annotations

from dasan.core import callback as callbacks
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.address import stream_of
from dasan.core.callback import Callback
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


def test_who_is_called_first_and_waits_in_vain_is_told_that_we_call_again_and_we_do() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("0")
        await p.waits()
        await p.c.later(40)
        await p.press("1")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        p.installs(CITIZEN)
        await p.c.until(lambda: p.s().callback.state == callbacks.CONNECTED, 120)
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 2_000)
        assert p.c.said().endswith("상담사가 준비되면 저희가 다시 전화드리겠습니다.")
        assert p.s().callback.state == callbacks.RETRY_WAIT
        await p.c.desk("kim")
        await p.accept("kim", 200)
        await p.talking()
        assert p.hear_each_other(CITIZEN, p.c.phone("kim"))

    play(story, DASAN_POLICY__CALLBACK_MODE="CITIZEN_FIRST")


# -- several of one number

DESKS = ("+82222220001", "+82222220002", "+82222220003")  # of an office that shows one number to the world
KIM = "client:c101"


async def office(p: People) -> None:
    """Everybody of an office calls, each about something else."""
    for n, desk in enumerate(DESKS, 1):
        await p.dial(desk, From=CITIZEN)
        await p.press("0", desk)
        await p.waits(n)


def test_calls_of_one_number_are_each_their_own() -> None:
    async def story(p: People) -> None:
        await office(p)
        ranks = [p.s(n).items[0].rank_at_us for n in (1, 2, 3)]
        assert ranks == sorted(ranks)
        await p.c.desk("kim")
        await p.accept("kim")
        await p.talking(1)
        await p.hearing(DESKS[0], KIM)
        assert [p.state(n) for n in (2, 3)] == [items.QUEUED] * 2
        assert not p.c.carrier.hears(DESKS[1], KIM)

    play(story)


def test_who_of_an_office_calls_again_has_her_own_place_and_no_live_call_is_touched() -> None:
    async def story(p: People) -> None:
        await office(p)
        ranks = [p.s(n).items[0].rank_at_us for n in (1, 2, 3)]
        p.c.carrier.hang_up(DESKS[0])
        await p.c.later(20)
        await p.dial(DESKS[0], From=CITIZEN)
        await p.c.until(lambda: p.state(1) == items.QUEUED and not p.s(1).items[0].parked, 30)
        assert [p.s(n).items[0].rank_at_us for n in (1, 2, 3)] == ranks
        assert len(p.c.events("session.opened")) == 3
        assert [leg.state for n in (2, 3) for leg in p.s(n).legs] == [legs.CONNECTED] * 2
        await p.c.desk("kim")
        await p.accept("kim")
        await p.hearing(DESKS[0], KIM)

    play(story)


def test_an_office_whose_line_breaks_comes_back_to_its_places_and_a_fourth_is_somebody_else() -> None:
    async def story(p: People) -> None:
        await office(p)
        ranks = sorted(p.s(n).items[0].rank_at_us for n in (1, 2, 3))
        for desk in DESKS:
            p.c.carrier.hang_up(desk)
        await p.c.later(5)
        for desk in DESKS:
            await p.dial(desk, From=CITIZEN)
        await p.c.until(lambda: all(not p.s(n).items[0].parked for n in (1, 2, 3)), 30)
        assert sorted(p.s(n).items[0].rank_at_us for n in (1, 2, 3)) == ranks
        assert len(p.c.events("session.opened")) == 3
        await p.dial("+82222220004", From=CITIZEN)
        assert p.s(4).number == 4
        assert not p.s(4).items

    play(story)


def test_the_older_call_is_found_again_after_the_newer_one_has_ended() -> None:
    async def story(p: People) -> None:
        await p.dial(DESKS[0], From=CITIZEN)
        await p.press("0", DESKS[0])
        await p.waits(1)
        await p.dial(DESKS[1], From=CITIZEN)
        p.c.carrier.hang_up(DESKS[1])
        await p.c.until(lambda: p.s(2).closed_at_us)
        p.c.carrier.hang_up(DESKS[0])
        await p.c.later(10)
        await p.dial(DESKS[0], From=CITIZEN)
        await p.c.until(lambda: p.state(1) == items.QUEUED and not p.s(1).items[0].parked, 30)
        assert len(p.c.events("session.opened")) == 2

    play(story)


# -- who is to be called back calls in herself


async def owed(p: People, keys: str = "0", said: str = "상담사에게 연결") -> None:
    """Somebody waits; our citizen behind her has asked to be called back, and has hung up; two more have come since."""
    await p.dial(DESKS[0])
    await p.press("0", DESKS[0])
    await p.waits(1)
    await p.dial()
    await p.press(keys)
    await p.hears(said)
    await p.c.later(40)
    await p.press("1")
    await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
    for n, desk in enumerate(DESKS[1:], 3):
        await p.dial(desk)
        await p.press("0", desk)
        await p.waits(n)


def callback(p: People) -> Callback:
    """Hers."""
    found = p.s(2).callback
    assert found is not None
    return found


def test_who_is_to_be_called_back_is_told_her_place_and_may_wait_at_it() -> None:
    async def story(p: People) -> None:
        await owed(p)
        rank = callback(p).rank_at_us
        await p.dial()
        await p.hears("전화드리기로 했습니다. 앞에 한 명 있습니다")
        await p.press("1")
        await p.c.until(lambda: callback(p).state == callbacks.CANCELLED)
        item = p.s(2).live_item
        assert item is not None
        assert (item.channel, item.rank_at_us) == ("voice", rank)
        assert p.c.app.hub.index.position(item.id) == 2, "before who came after her"
        assert len(p.c.events("session.opened")) == 4
        await p.c.desk("kim")
        await p.accept("kim")
        await p.talking(1)
        await p.do("kim", "release", 1)
        await p.wrap("kim", 1)
        await p.accept("kim")
        await p.hearing(CITIZEN, KIM)

    play(story)


def test_silence_there_means_that_she_waits_on_the_line() -> None:
    async def story(p: People) -> None:
        await owed(p)
        await p.dial()
        await p.c.until(lambda: callback(p).state == callbacks.CANCELLED, 60)
        assert p.state(2) == items.QUEUED

    play(story)


def test_who_keeps_her_callback_hangs_up_and_is_called() -> None:
    async def story(p: People) -> None:
        p.installs(CITIZEN, after_s=2)
        await owed(p)
        rank = callback(p).rank_at_us
        await p.dial()
        await p.hears("전화드리기로")
        await p.press("2")
        await p.hears("그대로 전화드리겠습니다")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 30)
        assert callback(p).open
        assert callback(p).rank_at_us == rank
        rung = p.rings(CITIZEN)
        p.c.carrier.hang_up(DESKS[0])
        await p.c.later(70)
        await p.c.desk("kim")
        await p.accept("kim")
        await p.hearing(CITIZEN, KIM, 60)
        assert p.rings(CITIZEN) == rung + 1

    play(story)


def test_who_cancels_her_callback_is_in_the_menu_and_nobody_calls() -> None:
    async def story(p: People) -> None:
        await owed(p)
        await p.dial()
        await p.hears("전화드리기로")
        await p.press("3")
        await p.hears("전화드리지 않겠습니다")
        assert callback(p).state == callbacks.CANCELLED
        assert p.s(2).live_item is None
        rung = p.rings(CITIZEN)
        await p.c.later(3)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.s(2).closed_at_us)
        await p.c.desk("kim")
        await p.c.later(300)
        assert p.rings(CITIZEN) == rung

    play(story)


def test_a_caller_of_another_language_is_told_in_hers() -> None:
    async def story(p: People) -> None:
        await owed(p, "910", "an English speaker")
        await p.dial()
        await p.hears("We call you")
        assert callback(p).queue == "english"
        await p.press("1")
        await p.c.until(lambda: p.state(2) == items.QUEUED, 30)
        assert p.s(2).items[-1].queue == "english"

    play(story)


def test_when_she_was_not_reached_she_is_told_when_we_try_again_also_after_a_restart() -> None:
    async def story(p: People) -> None:
        p.installs(CITIZEN, "busy")
        await p.dial()
        await p.press("0")
        await p.waits(1)
        await p.c.later(40)
        await p.press("1")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        await p.c.desk("kim")
        await p.accept("kim", 90)
        await p.c.until(lambda: p.c.events("callback.retry_wait"), 200)
        await p.dial()
        await p.hears(r"전화드리기로 했습니다. (오전|오후) \S+시")
        await p.c.die(2)
        await p.press("2")
        await p.hears("그대로 전화드리겠습니다")
        found = p.s(1).callback
        assert found is not None
        assert found.state == callbacks.RETRY_WAIT

    play(story)
