"""Beside a call: recordings come home and are deleted there, speech is told in order by whom it was said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from channels.carrier.faults import RestFault
from channels.carrier.model import SECOND, Habit
from channels.twilio.webhook import Form
from channels.voice.links import Hop
from channels.voice.recording import RETRY_S, Keeper
from dasan.core.errors import DasanError, ProviderFailed, Refused, StorageFull
from dasan.core.workitem import ACTIVE
from tests.virtual import virtually
from tests.voice.asking import ask
from tests.voice.stage import CITIZEN, Centre, telephone
from tests.voice.test_control import talking, waiting
from tests.voice.test_first_call import accept

SID = "RE" + "1" * 32
DOWN = ProviderFailed("network_down", retryable=True)
NEVER = ProviderFailed("network_refused", retryable=False)


class Provider:
    """Recordings at the provider; the first ``failures`` are raised one after another."""

    def __init__(self, *failures: Exception, stays: int = 0) -> None:
        self.failures, self.there, self.fetched, self.stays = list(failures), {SID}, 0, stays

    async def fetch(self, sid: str) -> tuple[bytes, str]:
        self.fetched += 1
        if self.failures:
            raise self.failures.pop(0)
        assert sid in self.there
        return b"sound", "audio/x-wav"

    async def delete(self, sid: str) -> None:
        self.stays -= 1
        if self.stays >= 0:
            raise DOWN
        self.there.discard(sid)


class House:
    """What the keeper needs: blobs and a gate that remembers, and a way to carry out work."""

    def __init__(self, provider: Provider, *refusals: Exception, erased: bool = False) -> None:
        self.kept: list[tuple[str, bytes]] = []
        self.commands: list[Any] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._refusals, self._erased = list(refusals), erased
        ports = SimpleNamespace(recordings=provider, blobs=self, gate=self)
        self.keeper = Keeper(ports, self.run)  # type: ignore[arg-type]

    def put(self, session: str, body: bytes, media_type: str) -> str:
        if self._erased:
            raise Refused("erased")
        self.kept.append((session, body))
        return "b_1"

    async def submit(self, envelope: Any) -> dict[str, Any]:
        if self._refusals:
            raise self._refusals.pop(0)
        self.commands.append(envelope.command)
        return {}

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))


def complete(**more: str) -> Form:
    return Form({"RecordingSid": SID, "RecordingStatus": "completed", "RecordingDuration": "12", **more})


def heard(
    provider: Provider,
    *forms: Form,
    hop: Hop | None = None,
    refusals: Sequence[Exception] = (),
    erased: bool = False,
    later: bool = False,
) -> House:
    made: list[House] = []

    async def story() -> None:
        house = House(provider, *refusals, erased=erased)
        made.append(house)
        for form in forms:
            house.keeper.heard(form, hop or Hop("s_1", "l_1", what="recording"))
            if later:
                await asyncio.gather(*house.tasks)
        await asyncio.gather(*house.tasks)

    virtually(story())
    return made[0]


def test_a_recording_is_sealed_here_before_it_is_deleted_there() -> None:
    provider = Provider()
    house = heard(provider, complete())
    assert house.kept == [("s_1", b"sound")]
    assert (house.commands[0].blob, house.commands[0].seconds, house.commands[0].kind) == ("b_1", 12, "recording")
    assert provider.there == set()


def test_a_message_is_kept_as_what_it_is() -> None:
    house = heard(Provider(), complete(), hop=Hop("s_1", what="voicemail"))
    assert (house.commands[0].kind, house.commands[0].retention) == ("voicemail", "voicemail")


@pytest.mark.parametrize("later", [False, True])
def test_a_doubled_callback_fetches_once(later: bool) -> None:
    provider = Provider()
    house = heard(provider, complete(), complete(), later=later)
    assert (provider.fetched, len(house.kept), house.keeper.lost) == (1, 1, 0)


@pytest.mark.parametrize("times", [1, len(RETRY_S)])
def test_a_provider_that_is_down_is_asked_again(times: int) -> None:
    provider = Provider(*[DOWN] * times)
    assert len(heard(provider, complete()).kept) == 1
    assert provider.fetched == times + 1


@pytest.mark.parametrize("failures", [[NEVER], [DOWN] * (len(RETRY_S) + 1)])
def test_what_cannot_be_fetched_stays_there_and_is_counted(failures: list[Exception]) -> None:
    provider = Provider(*failures)
    house = heard(provider, complete())
    assert (house.kept, house.keeper.lost, house.keeper.waiting) == ([], 1, 0)
    assert provider.there == {SID}


@pytest.mark.parametrize("refusal", [StorageFull(), Refused("busy", after_s=1)])
def test_what_could_not_be_recorded_is_not_deleted_there(refusal: DasanError) -> None:
    provider = Provider()
    house = heard(provider, complete(), refusals=[refusal] * 20)
    assert provider.there == {SID}
    assert house.keeper.lost == 1


@pytest.mark.parametrize("refusal", [StorageFull(), Refused("busy", after_s=1)])
def test_what_the_broker_cannot_take_just_now_is_told_again_and_fetched_once(refusal: DasanError) -> None:
    provider = Provider()
    house = heard(provider, complete(), refusals=[refusal] * 2)
    assert (provider.fetched, len(house.kept), len(house.commands), house.keeper.lost) == (1, 1, 1, 0)
    assert provider.there == set()


def test_what_cannot_be_deleted_there_just_now_is_kept_once_and_deleted_later() -> None:
    provider = Provider(stays=2)
    house = heard(provider, complete())
    assert (provider.fetched, len(house.kept), len(house.commands), house.keeper.lost) == (1, 1, 1, 0)
    assert provider.there == set()


def test_the_recording_of_an_erased_citizen_is_deleted_there_unheard() -> None:
    provider = Provider()
    house = heard(provider, complete(), erased=True)
    assert (house.kept, house.commands, house.keeper.lost) == ([], [], 0)
    assert provider.there == set()


@pytest.mark.parametrize(
    "form", [complete(RecordingSid="../etc"), complete(RecordingStatus="in-progress"), complete(RecordingSid="")]
)
def test_a_strange_callback_fetches_nothing(form: Form) -> None:
    provider = Provider()
    assert heard(provider, form).kept == []
    assert provider.fetched == 0


def test_a_callback_of_no_session_fetches_nothing() -> None:
    provider = Provider()
    heard(provider, complete(), hop=Hop())
    assert provider.fetched == 0


# -- what she is told of it

RECORD = {"DASAN_VOICE__ACCEPT": '["recording"]'}
ACCEPT = {"DASAN_VOICE__ACCEPT": '["transcription"]'}
Story = Callable[[Centre], Awaitable[None]]


async def with_telephone(story: Story, environ: dict[str, str]) -> None:
    async with telephone(environ=environ) as c:
        await story(c)


def played(c: Centre) -> int:
    """How often the notice was asked for."""
    return sum("announce/recording" in str(act) and "ask" in str(act) for act in c.carrier.net.trace)


def test_who_is_called_back_is_told_in_that_call_too_that_it_is_recorded() -> None:
    async def story(c: Centre) -> None:
        await waiting(c)
        await c.later(40)
        c.carrier.press(CITIZEN, "1")
        await c.until(lambda: c.carrier.phone(CITIZEN).call is None, 60)
        c.carrier.phone(CITIZEN, Habit("answer", after_us=SECOND))
        await c.desk("kim")
        await accept(c, "kim")
        await c.until(lambda: c.session().recording == "on", 60)
        await c.later(5)
        assert played(c) == 1

    virtually(with_telephone(story, RECORD))


def test_who_heard_it_from_the_menu_is_not_told_again() -> None:
    async def story(c: Centre) -> None:
        await talking(c)
        await c.until(lambda: c.session().recording == "on", 20)
        await c.later(5)
        assert played(c) == 0

    virtually(with_telephone(story, RECORD))


@pytest.mark.parametrize("refusal", [RestFault(503, 20500, 1_000), RestFault(400, 20001, 1_000)])
def test_what_the_network_will_not_do_beside_a_call_holds_up_nothing_in_it(refusal: RestFault) -> None:
    async def story(c: Centre) -> None:
        refusal.method, refusal.path = "POST", "Transcriptions"
        c.carrier.net.faults.rest.append(refusal)
        await talking(c)
        item = c.session().live_item.id
        for _ in range(4):
            await c.desks["kim"].done("hold", session=c.session().id, item=item)
            await c.until(lambda: not c.carrier.hears(CITIZEN, c.phone("kim")), 5)
            await c.desks["kim"].done("unhold", session=c.session().id, item=item)
            await c.until(lambda: c.carrier.hears(CITIZEN, c.phone("kim")), 5)
        asked = [act for act in c.carrier.net.trace if "Transcriptions" in str(act)]
        assert len(asked) <= 4, "each telephone once: what runs is stopped, a new one begun"

    virtually(with_telephone(story, ACCEPT))


# -- what is said


def told(story: Story) -> None:
    async def talk(c: Centre) -> None:
        await talking(c)
        await story(c)

    virtually(with_telephone(talk, ACCEPT))


def piece(
    c: Centre, seq: int, text: str, *, final: bool = True, track: str = "inbound_track", gt: str = "A"
) -> dict[str, str]:
    data = {"transcript": text, **({"confidence": 0.9} if final else {})}
    return {
        "AccountSid": c.carrier.net.account.sid, "CallSid": "CA" + "0" * 32, "TranscriptionSid": f"GT{gt}",
        "TranscriptionEvent": "transcription-content", "Track": track, "SequenceId": str(seq),
        "Final": str(final).lower(), "TranscriptionData": json.dumps(data, ensure_ascii=False),
    }  # fmt: skip


def address(c: Centre, party: bool = False) -> str:
    s = c.session()
    leg = s.parties[-1] if party else s.legs[0]
    return f"voice/transcript?s={s.id}&l={leg.id}"


def words(c: Centre) -> list[tuple[str, str]]:
    found = c.app.parts.store.reads.entries(c.session().id)
    return [(e.recorded.event.role, e.body.decode()) for e in found if e.recorded.event.kind == "speech"]


def test_pieces_that_overtake_each_other_stand_in_order() -> None:
    async def story(c: Centre) -> None:
        assert c.session().live_item.state == ACTIVE
        url = address(c)
        for seq, text in ((4, "셋"), (2, "하나"), (3, "둘"), (3, "둘"), (4, "셋")):
            assert (await ask(c, url, piece(c, seq, text))).status == 204
        await c.later(2)
        assert words(c) == [("CITIZEN", "하나"), ("CITIZEN", "둘"), ("CITIZEN", "셋")]

    told(story)


def test_each_one_speaks_in_her_own_name_and_only_once() -> None:
    async def story(c: Centre) -> None:
        await ask(c, address(c), piece(c, 1, "여권을 잃어버렸어요"))
        await ask(c, address(c, party=True), piece(c, 1, "구청에서 재발급합니다", gt="B"))
        await ask(c, address(c), piece(c, 2, "구청에서 재발급합니다", track="outbound_track"))
        await ask(c, address(c, party=True), piece(c, 2, "여권을 잃어버렸어요", track="outbound_track", gt="B"))
        await c.later(2)
        assert sorted(words(c)) == [("CITIZEN", "여권을 잃어버렸어요"), ("COUNSELOR", "구청에서 재발급합니다")]

    told(story)


def test_what_is_not_final_is_shown_and_not_kept() -> None:
    async def story(c: Centre) -> None:
        seen: list[tuple[str, str]] = []
        s = c.session()
        end = c.app.house.partials.watch(s.id, lambda leg, text, *_: seen.append((leg, text)))
        await ask(c, address(c), piece(c, 1, "여권을 잃", final=False))
        await ask(c, address(c), piece(c, 2, "여권을 잃어버렸", final=False))
        end()
        assert seen == [(s.legs[0].id, "여권을 잃"), (s.legs[0].id, "여권을 잃어버렸")]
        assert words(c) == []

    told(story)


@pytest.mark.parametrize("data", ["", "not json", "[]", '{"transcript": 5}', '{"transcript": "\\u001b[2J"}'])
def test_strange_words_are_no_entry(data: str) -> None:
    async def story(c: Centre) -> None:
        fields = {**piece(c, 1, ""), "TranscriptionData": data}
        assert (await ask(c, address(c), fields)).status == 204
        await c.later(2)
        assert words(c) in ([], [("CITIZEN", "5")])

    told(story)


def test_words_for_nobody_are_refused() -> None:
    async def story(c: Centre) -> None:
        of_nothing = {**piece(c, 1, "누구"), "TranscriptionSid": ""}
        assert (await ask(c, address(c), of_nothing)).status == 400
        assert (await ask(c, "voice/transcript", piece(c, 1, "누구"))).status == 400
        assert words(c) == []

    told(story)
