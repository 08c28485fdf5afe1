"""What call control may rely on of a telephone network (dasan/telephony.py), on each road to one.

The adapter is Twilio's, with Twilio's own package; the network is the stand-in: once in this process on a virtual
clock, every request and answer held against Twilio's description where it is at hand, and once over HTTP on the real
clock. A further network joins by a further entry in ``ROADS``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from channels.carrier.app import app
from channels.carrier.carrier import Carrier
from channels.carrier.drive import real_us
from channels.carrier.faults import RestFault
from channels.carrier.model import Call, Habit
from channels.carrier.network import Pace as NetworkPace
from channels.carrier.rest.router import AnswerLost
from channels.twilio.client import Addresses, AtOnce, Exchange, Threads, TwilioVoice, connect
from channels.twilio.messages import TwilioTexts
from channels.twilio.pace import Pace
from channels.twilio.wire import InProcess, Wire, answering
from dasan.core.errors import ProviderFailed
from dasan.net.limits import Rate
from dasan.telephony import MessageChannel, Outgoing, Ring, Set, Text, VoiceProvider
from tests.carrier.service import CITIZEN, DESK, HOST, LINE, Service
from tests.twilio import spec
from tests.virtual import VirtualLoop

ROOM, BOSS, SILENT = "s_0190f0", "client:boss", "client:away"
HERE = Addresses(
    leg=lambda room, label: f"{HOST}/leg?s={room}&l={label}",
    room=lambda room: f"{HOST}/room?s={room}",
    call=lambda key: f"{HOST}/call?l={key}",
    wait=lambda room: f"{HOST}/wait",
)
PAGES = {
    "/voice": '<Enqueue waitUrl="/music">general</Enqueue>',
    "/music": '<Pause length="3000"/>',
    "/wait": '<Pause length="3000"/>',
    "/hold": '<Pause length="3000"/>',
    "/say": "<Say>잠시만요</Say>",
    "/join": f'<Dial><Conference participantLabel="citizen" endConferenceOnExit="true">{ROOM}</Conference></Dial>',
    "/other": '<Pause length="3000"/>',
}
QUICK = NetworkPace(dial_us=10_000, ring_us=10_000, key_us=10_000)


@dataclass
class Net:
    """A network with a citizen who waits on its line."""

    voice: VoiceProvider
    texts: MessageChannel
    carrier: Carrier
    service: Service
    exchange: Exchange
    citizen: Call

    async def until(self, condition: Callable[[], object]) -> None:
        assert await self.carrier.until(lambda: bool(condition()), 5.0)

    async def desk(self, label: str = "desk", to: str = DESK, **more: Any) -> str:
        call = await self.voice.ring(Ring(ROOM, label, to, LINE, **more))
        await self.until(lambda: self.carrier.net.calls[call].room)
        return call

    async def talk(self) -> str:
        """Citizen and counselor in the room; the counselor's call."""
        desk = await self.desk()
        await self.voice.redirect(self.citizen.sid, f"{HOST}/join")
        await self.until(lambda: self.carrier.hears(CITIZEN, DESK))
        return desk


def _peopled(service: Service) -> None:
    carrier = service.carrier
    carrier.number(LINE, f"{HOST}/voice")
    carrier.phone(CITIZEN)
    for address in (DESK, BOSS):
        carrier.phone(address, Habit("answer", 20_000))
    carrier.phone(SILENT, Habit("wait"))


class _Clock:
    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def now_us(self) -> int:
        return self._carrier.now_us


def _net(service: Service, http: Callable[[Pace], Any], run: Any, base: str = "") -> Net:
    carrier = service.carrier
    pace = Pace(_Clock(carrier), Rate(1_000, 1_000))
    account = carrier.net.account
    exchange = Exchange(connect(account.sid, account.token, http(pace), base), run, pace)
    voice = TwilioVoice(exchange, HERE, accepted=("recording", "transcription"))
    return Net(voice, TwilioTexts(exchange), carrier, service, exchange, carrier.dial(CITIZEN, LINE))


@contextlib.asynccontextmanager
async def in_process() -> AsyncIterator[Net]:
    service = Service(dict(PAGES))
    service.carrier = Carrier(service, seed=3, pace=QUICK)
    _peopled(service)
    answer = answering(service.carrier.request, AnswerLost)
    held = spec.load()
    network = held.network(answer) if held else answer
    yield _net(service, lambda pace: InProcess(network, pace.busy), AtOnce())


@contextlib.asynccontextmanager
async def over_http() -> AsyncIterator[Net]:
    service = Service(dict(PAGES))
    service.carrier = Carrier(service, seed=3, pace=QUICK, clock=real_us)
    _peopled(service)
    server = uvicorn.Server(uvicorn.Config(app(service.carrier), port=0, log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    run = Threads(within_s=2.0)
    try:
        yield _net(service, lambda pace: Wire(1.0, 0.5, pace.busy), run, base)
    finally:
        server.should_exit = True
        run.close()
        await serving


@pytest.fixture
async def net() -> AsyncIterator[Net]:
    """The same tests on both roads (conftest.py): in process nothing sleeps, over HTTP there are sockets."""
    virtual = isinstance(asyncio.get_running_loop(), VirtualLoop)
    async with in_process() if virtual else over_http() as made:
        await made.until(lambda: made.citizen.queue)
        yield made


async def refused(wish: Any) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as failed:
        await wish
    return failed.value


# -- rooms


async def test_a_parked_citizen_is_brought_to_the_counselor_who_has_answered(net: Net) -> None:
    desk = await net.talk()
    (room,) = await net.voice.rooms()
    assert room.room == ROOM
    assert {(p.label, p.call, p.status) for p in room.participants} == {
        ("desk", desk, "connected"),
        ("citizen", net.citizen.sid, "connected"),
    }


async def test_a_ring_for_a_label_that_rings_already_answers_with_that_call(net: Net) -> None:
    first = await net.voice.ring(Ring(ROOM, "away", SILENT, LINE))
    await net.until(lambda: net.carrier.net.calls[first].status == "ringing")
    assert await net.voice.ring(Ring(ROOM, "away", SILENT, LINE)) == first
    assert len(net.carrier.phone(SILENT).calls) == 1
    assert await net.voice.find(ROOM, "away") == first


async def test_who_is_not_there_or_no_longer_there_is_not_found(net: Net) -> None:
    assert await net.voice.find(ROOM, "desk") is None
    desk = await net.talk()
    assert await net.voice.find(ROOM, "desk") == desk
    assert await net.voice.find(ROOM, "nobody") is None
    await net.voice.remove(ROOM, desk)
    await net.until(lambda: net.carrier.net.calls[desk].status == "completed")
    assert await net.voice.find(ROOM, "desk") is None


async def test_hold_mute_and_coaching_are_as_they_were_wished(net: Net) -> None:
    desk = await net.talk()
    boss = await net.desk("boss", BOSS, muted=True)
    await net.voice.set(ROOM, net.citizen.sid, Set(hold=True, hold_url=f"{HOST}/hold"))
    await net.voice.set(ROOM, boss, Set(muted=False, coach=desk))
    seen = {p.label: p for room in await net.voice.rooms() for p in room.participants}
    assert (seen["citizen"].hold, seen["boss"].muted, seen["boss"].coach) == (True, False, desk)
    assert not net.carrier.hears(CITIZEN, DESK)
    assert net.carrier.hears(DESK, BOSS)
    await net.voice.set(ROOM, net.citizen.sid, Set(hold=False))
    await net.voice.set(ROOM, boss, Set(coach=""))
    assert net.carrier.hears(CITIZEN, DESK)
    assert net.carrier.hears(CITIZEN, BOSS)
    await net.voice.set(ROOM, boss, Set())


async def test_an_announcement_is_heard_by_one_participant(net: Net) -> None:
    desk = await net.talk()
    await net.voice.announce(ROOM, desk, f"{HOST}/say")
    await net.until(lambda: "잠시만요" in net.carrier.heard(DESK, "say"))
    assert "잠시만요" not in net.carrier.heard(CITIZEN, "say")


async def test_the_room_ends_with_the_leg_that_ends_it_and_with_no_other(net: Net) -> None:
    desk = await net.talk()
    boss = await net.desk("boss", BOSS)
    await net.voice.remove(ROOM, desk)
    await net.until(lambda: net.carrier.net.calls[desk].status == "completed")
    assert len(await net.voice.rooms()) == 1
    await net.voice.hang_up(net.citizen.sid)
    await net.until(lambda: net.carrier.net.calls[boss].status == "completed")
    assert list(await net.voice.rooms()) == []


# -- calls


async def test_wishes_about_a_call_that_is_over_have_their_own_outcome(net: Net) -> None:
    desk = await net.talk()
    net.carrier.hang_up(CITIZEN)
    await net.until(lambda: not net.citizen.live)
    call = net.citizen.sid
    assert (await refused(net.voice.redirect(call, f"{HOST}/other"))).code == "call_gone"
    assert (await refused(net.voice.set(ROOM, call, Set(hold=True)))).code == "call_gone"
    await net.voice.hang_up(call)
    await net.voice.hang_up(desk)
    await net.voice.hang_up(desk)
    await net.voice.remove(ROOM, desk)
    seen = await net.voice.call(call)
    assert seen is not None
    assert seen.status == "completed"


async def test_a_call_that_was_never_made_is_none_and_redirecting_it_is_refused(net: Net) -> None:
    nobody = "CA" + "f" * 32
    assert await net.voice.call(nobody) is None
    assert (await refused(net.voice.redirect(nobody, f"{HOST}/other"))).code == "call_gone"


async def test_a_ringing_leg_can_be_ended_before_it_answers(net: Net) -> None:
    call = await net.voice.ring(Ring(ROOM, "away", SILENT, LINE))
    await net.until(lambda: net.carrier.net.calls[call].status == "ringing")
    assert call in {seen.call for seen in await net.voice.calls()}
    await net.voice.hang_up(call)
    await net.until(lambda: not net.carrier.net.calls[call].live)
    assert {seen.call for seen in await net.voice.calls()} == {net.citizen.sid}


async def test_a_citizen_is_called_and_the_call_is_found_again_before_it_is_repeated(net: Net) -> None:
    before = net.carrier.now_us
    net.carrier.hang_up(CITIZEN)
    await net.until(lambda: not net.citizen.live)
    out = Outgoing("l_9", CITIZEN, LINE, f"{HOST}/other", ring_s=20)
    call = await net.voice.dial(out)
    assert [seen.call for seen in await net.voice.dialled(CITIZEN, before)] == [call]
    assert list(await net.voice.dialled("+821000000000", before)) == []
    assert list(await net.voice.dialled(CITIZEN, net.carrier.now_us + 60_000_000)) == []
    await net.until(lambda: net.carrier.net.calls[call].status == "in-progress")
    assert any(hit.path == "/call" for hit in net.service.hits)


# -- beside a call


async def test_a_recording_begins_pauses_goes_on_and_stops(net: Net) -> None:
    call = net.citizen.sid
    for wish, status in (("start", "in-progress"), ("pause", "paused"), ("resume", "in-progress")):
        await net.voice.record(call, wish, f"{HOST}/recorded")
        assert [r.status for r in net.carrier.net.recordings.values()] == [status]
    await net.voice.record(call, "stop")
    await net.until(lambda: next(iter(net.carrier.net.recordings.values())).status in {"stopped", "completed"})
    await net.voice.record(call, "stop")


async def test_a_transcription_begins_and_stops(net: Net) -> None:
    await net.voice.transcribe(net.citizen.sid, "start", f"{HOST}/heard")
    (one,) = net.carrier.net.transcriptions.values()
    assert one.status == "in-progress"
    await net.voice.transcribe(net.citizen.sid, "stop")
    assert one.status == "stopped"
    await net.voice.transcribe(net.citizen.sid, "stop")


async def test_the_account_tells_its_numbers_and_what_they_ask(net: Net) -> None:
    account = await net.voice.account()
    assert account.status == "active"
    assert [(row["name"], row["voice_url"], row["voice_method"]) for row in account.numbers] == [
        (LINE, f"{HOST}/voice", "POST")
    ]


# -- a bad day


async def test_an_answer_that_is_lost_is_asked_about_and_nobody_is_rung_twice(net: Net) -> None:
    net.carrier.net.faults.rest.append(RestFault(method="POST", path="Participants", lost=True))
    failed = await refused(net.voice.ring(Ring(ROOM, "desk", DESK, LINE)))
    assert (failed.code, failed.retryable, failed.unknown_outcome) == ("network_unclear", True, True)
    there = await net.voice.find(ROOM, "desk")
    await net.until(lambda: net.carrier.phone(DESK).calls)
    assert there == net.carrier.phone(DESK).calls[0].sid
    assert len(net.carrier.phone(DESK).calls) == 1


async def test_429_was_not_done_and_says_when_to_come_back(net: Net) -> None:
    net.carrier.net.faults.rest.append(RestFault(429, 20429, retry_after_s=1))
    failed = await refused(net.voice.ring(Ring(ROOM, "desk", DESK, LINE)))
    assert (failed.code, failed.retryable, failed.unknown_outcome) == ("network_busy", True, False)
    assert net.carrier.phone(DESK).calls == []
    again = await refused(net.voice.calls())
    assert again.after_s == pytest.approx(1.0, abs=0.6)
    await net.carrier.run_for(1.05)
    await net.voice.calls()


async def test_an_outage_is_told_as_one_and_passes(net: Net) -> None:
    net.carrier.net.faults.outage_until_us = net.carrier.now_us + 500_000
    for wish in (net.voice.rooms(), net.voice.hang_up(net.citizen.sid)):
        failed = await refused(wish)
        assert failed.code in {"network_down", "network_unclear"}
        assert failed.retryable
    assert net.citizen.live
    await net.carrier.run_for(0.6)
    assert list(await net.voice.rooms()) == []


async def test_a_wrong_token_is_the_operators_fault_and_not_worth_another_try(net: Net) -> None:
    net.exchange.client.auth = (net.exchange.client.username, "wrong")
    net.exchange.client.password = "wrong"
    failed = await refused(net.voice.calls())
    assert (failed.code, failed.retryable) == ("network_auth", False)


# -- texts


async def test_a_text_reaches_the_phone_and_what_became_of_it_is_told(net: Net) -> None:
    text = Text("d_1", CITIZEN, LINE, "접수되었습니다. 번호 120-0001", f"{HOST}/sent?d=d_1")
    sid = await net.texts.send(text)
    assert sid.startswith("SM")
    await net.until(lambda: any(form.get("MessageStatus") == "delivered" for form in net.service.to("/sent")))
    assert [body for _, body in net.carrier.phone(CITIZEN).texts] == [text.body]


async def test_who_has_opted_out_is_told_apart(net: Net) -> None:
    net.carrier.net.opted_out.add((CITIZEN, LINE))
    failed = await refused(net.texts.send(Text("d_1", CITIZEN, LINE, "안내")))
    assert (failed.code, failed.retryable) == ("opted_out", False)
