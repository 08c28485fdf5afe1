"""Audio end to end over real sockets: a tone for each party shows who hears whom.

What a call hears is measured where it arrives: at our own server, on the outbound track of that call's media stream,
after the network's mixer, mu-law, base64 and a signed WebSocket.
"""

from __future__ import annotations

from channels.carrier.media.room import MUSIC_HZ
from channels.media import tones
from channels.media.mulaw import encode
from channels.media.stream import Stream, payload_of
from dasan.telephony import Ring, Set
from tests.media.house import BOSS, CITIZEN, DESK, HZ, LINE, OTHER, THIRD, World, world

ROOM = "s_1"
INTO_ROOM = (
    '<Start><Stream url="{url}" track="both_tracks"/></Start>'
    f'<Dial><Conference participantLabel="citizen" endConferenceOnExit="true" beep="false">{ROOM}</Conference></Dial>'
)


async def talking(w: World) -> tuple[str, str]:
    """The citizen and a counselor in one room: their calls."""
    w.service.pages["/voice"] = INTO_ROOM.format(url=w.url)
    citizen = w.carrier.dial(CITIZEN, LINE).sid
    return citizen, await rung(w, DESK)


async def rung(w: World, address: str, **more: object) -> str:
    """Somebody is rung into the room and listened to; the call."""
    call = await w.voice.ring(Ring(ROOM, address, address, LINE, **more))  # type: ignore[arg-type]
    await w.until(lambda: w.carrier.net.calls[call].status == "in-progress")
    w.service.rest("POST", f"Calls/{call}/Streams", Url=w.url, Track="both_tracks")
    await w.until(lambda: any(ear.started.call == call and ear.last("outbound").size > 1_500 for ear in w.ears))
    return call


async def test_citizen_and_counselor_hear_each_other_and_hold_parts_them_with_music() -> None:
    async with world() as w:
        citizen, desk = await talking(w)
        await w.until_hears(citizen, {HZ[DESK]})
        await w.until_hears(desk, {HZ[CITIZEN]})
        await w.voice.set(ROOM, citizen, Set(hold=True))
        await w.until_hears(citizen, {MUSIC_HZ})
        await w.until_hears(desk, set())
        await w.voice.set(ROOM, citizen, Set(hold=False))
        await w.until_hears(citizen, {HZ[DESK]})
        await w.until_hears(desk, {HZ[CITIZEN]})


async def test_a_supervisor_listens_unheard_whispers_to_the_counselor_alone_and_barges_in() -> None:
    async with world() as w:
        citizen, desk = await talking(w)
        boss = await rung(w, BOSS, muted=True)
        await w.until_hears(boss, {HZ[CITIZEN], HZ[DESK]})
        await w.until_hears(citizen, {HZ[DESK]})
        await w.until_hears(desk, {HZ[CITIZEN]})
        await w.voice.set(ROOM, boss, Set(muted=False, coach=desk))
        await w.until_hears(desk, {HZ[CITIZEN], HZ[BOSS]})
        await w.until_hears(citizen, {HZ[DESK]})
        await w.voice.set(ROOM, boss, Set(coach=""))
        await w.until_hears(citizen, {HZ[DESK], HZ[BOSS]})


async def test_a_warm_transfer_speaks_behind_the_citizens_back_and_then_changes_the_counselor() -> None:
    async with world() as w:
        citizen, desk = await talking(w)
        await w.voice.set(ROOM, citizen, Set(hold=True))
        other = await rung(w, OTHER)
        await w.until_hears(desk, {HZ[OTHER]})
        await w.until_hears(other, {HZ[DESK]})
        await w.until_hears(citizen, {MUSIC_HZ})
        await w.voice.set(ROOM, citizen, Set(hold=False))
        await w.until_hears(citizen, {HZ[DESK], HZ[OTHER]})
        await w.voice.remove(ROOM, desk)
        await w.until_hears(citizen, {HZ[OTHER]})
        await w.until_hears(other, {HZ[CITIZEN]})
        await w.until(lambda: w.ear(desk).over)


async def test_a_third_party_is_heard_by_all_and_a_muted_counselor_by_nobody() -> None:
    async with world() as w:
        citizen, desk = await talking(w)
        third = await rung(w, THIRD)
        await w.until_hears(citizen, {HZ[DESK], HZ[THIRD]})
        await w.until_hears(desk, {HZ[CITIZEN], HZ[THIRD]})
        await w.voice.set(ROOM, desk, Set(muted=True))
        await w.until_hears(citizen, {HZ[THIRD]})
        await w.until_hears(third, {HZ[CITIZEN]})
        w.carrier.hang_up(CITIZEN)
        await w.until(lambda: not w.carrier.net.open_rooms)
        await w.until(lambda: all(ear.over for ear in w.ears))


async def bridged(w: World, label: str, hz: float) -> tuple[str, Stream]:
    """A counselor on our own server, rung as ``app:``: the leg, and the stream over which she speaks with that tone."""
    named = f'<Parameter name="who" value="{label}"/>'
    w.service.pages["/bridge"] = f'<Connect><Stream url="{w.url}">{named}</Stream></Connect>'
    address = f"app:{w.carrier.application('https://120.example/bridge')}"
    leg = await rung(w, address)
    await w.until(lambda: any(ear.started.parameters.get("who") == label for ear in w.ears))
    stream = next(ear.stream for ear in w.ears if ear.started.parameters.get("who") == label)
    stream.play(payload_of(encode(tones.tone(hz, 20.0))))
    return leg, stream


async def test_a_counselor_on_our_own_server_is_held_coached_and_passed_on_as_any_telephone_is() -> None:
    """Two ``app:`` legs: each one's far end is a call whose document gives its sound to our server, both ways."""
    async with world() as w:
        w.service.pages["/voice"] = INTO_ROOM.format(url=w.url)
        citizen = w.carrier.dial(CITIZEN, LINE).sid
        desk, stream = await bridged(w, "desk", HZ[DESK])
        far = next(ear for ear in w.ears if ear.stream is stream)

        async def far_hears(*wanted: float) -> None:
            await w.until(lambda: tones.heard(far.last("inbound"), HZ.values(), 2_000) == set(wanted))

        await w.until_hears(citizen, {HZ[DESK]})
        await far_hears(HZ[CITIZEN])
        await w.voice.set(ROOM, citizen, Set(hold=True))
        await w.until_hears(citizen, {MUSIC_HZ})
        await far_hears()
        await w.voice.set(ROOM, citizen, Set(hold=False))
        await w.until_hears(citizen, {HZ[DESK]})
        await rung(w, BOSS, muted=False, coach=desk)
        await far_hears(HZ[CITIZEN], HZ[BOSS])
        await w.until_hears(citizen, {HZ[DESK]})
        await bridged(w, "other", HZ[OTHER])
        await w.until_hears(citizen, {HZ[DESK], HZ[OTHER]})
        await far_hears(HZ[CITIZEN], HZ[BOSS], HZ[OTHER])
        await w.voice.remove(ROOM, desk)
        await w.until_hears(citizen, {HZ[OTHER]})  # who whispered to her whispers to nobody now
        await w.until(lambda: far.over)
