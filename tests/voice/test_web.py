"""What the network asks of us, and what anybody else gets: every route's bad input, repeats, and a broker that is slow,
full or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from channels.voice.facts import TELLS
from channels.voice.hops import DOCUMENTS
from channels.voice.links import AGAIN_MAX
from dasan.core.errors import StorageFull
from tests.virtual import virtually
from tests.voice.asking import CALL, FORM, Answer, ask, call_fields
from tests.voice.stage import CITIZEN, Centre, telephone

PEOPLE = {"DASAN_VOICE__FALLBACK_NUMBER": "+82221335000"}
PATHS = [*DOCUMENTS, *TELLS, "voice/announce/warning"]
Story = Callable[[Centre], Awaitable[None]]


def told(story: Story) -> None:
    """Run it in a centre whose carrier does nothing by itself."""

    async def run() -> None:
        async with telephone(environ=PEOPLE) as c:
            await story(c)

    virtually(run())


def door(c: Centre) -> Any:
    return c.app.telephone.door


async def called(c: Centre) -> Answer:
    answer = await ask(c, "voice", call_fields(c))
    assert answer.status == 200
    return answer


def action(answer: Answer, verb: str = "Gather") -> str:
    return answer.verb(verb).get("action")


def is_a_person(answer: Answer) -> bool:
    """Whether the caller is handed to the hunt group."""
    dial = next((one for one in answer.document().elements if one.name == "Dial"), None)
    return dial is not None and dial.text == "+82221335000"


# -- who may speak


def test_a_request_that_nobody_signed_is_refused_without_a_word_on_every_route() -> None:
    async def story(c: Centre) -> None:
        for path in PATHS:
            for token in ("", "another token"):
                answer = await ask(c, path, call_fields(c, Digits="secret-4711"), token=token)
                assert (answer.status, answer.body) == (403, b""), path
        assert door(c).ports.gatekeeper.refused["bad_signature"] == 2 * len(PATHS)
        assert c.session().id == ""

    told(story)


def test_requests_for_another_account_are_refused() -> None:
    async def story(c: Centre) -> None:
        answer = await ask(c, "voice", call_fields(c, AccountSid="AC" + "9" * 32))
        assert (answer.status, answer.body) == (403, b"")
        assert door(c).ports.gatekeeper.refused["wrong_account"] == 1

    told(story)


def test_an_oversized_form_is_refused_before_it_is_read_to_its_end() -> None:
    async def story(c: Centre) -> None:
        answer = await ask(c, "voice", call_fields(c, Padding="x" * 70_000))
        assert (answer.status, answer.body) == (413, b"")
        assert (await ask(c, "voice", [(f"p{n}", "") for n in range(300)])).status == 413

    told(story)


MALFORMED = [(b"\xff\xfe=1", FORM), (b"a=%ff%fe", FORM), (b"{}", "text/plain"), (b"<xml/>", "application/xml")]


def test_a_malformed_body_is_refused() -> None:
    async def story(c: Centre) -> None:
        for body, kind in MALFORMED:
            answer = await ask(c, "voice", body=body, headers={"content-type": kind})
            assert (answer.status, answer.body) == (400, b""), body

    told(story)


STRANGE = ["s=../../etc", "s=s_1&l=l_1", "t=-1", "t=abc", "t=99999999", "r=x", "w=" + "a" * 50, "n=" + "b" * 50]


def test_an_address_that_is_not_ours_is_refused() -> None:
    async def story(c: Centre) -> None:
        for query in STRANGE:
            answer = await ask(c, f"voice/step?{query}", call_fields(c))
            assert (answer.status, answer.body) == (400, b""), query

    told(story)


def test_parameters_that_nobody_knows_change_nothing() -> None:
    async def story(c: Centre) -> None:
        answer = await ask(c, "voice", call_fields(c, StirVerstat="A", Nonsense="", FromCity=""))
        assert answer.verbs() == ["Gather", "Redirect"] or "Gather" in answer.verbs()
        assert c.session().number == 1

    told(story)


def test_the_answer_is_never_kept_by_anybody() -> None:
    async def story(c: Centre) -> None:
        answer = await called(c)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("text/xml")

    told(story)


# -- repeats


def test_a_call_that_is_asked_about_twice_is_one_session_and_the_same_document() -> None:
    async def story(c: Centre) -> None:
        first = await called(c)
        again = await ask(c, "voice", call_fields(c), headers={"i-twilio-idempotency-token": "one"})
        assert first.body == again.body
        assert len(c.events("session.opened")) == 1
        assert len(c.events("flow.stepped")) == 1

    told(story)


def test_two_attempts_at_once_are_one_step() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        both = await asyncio.gather(*(ask(c, url, call_fields(c, Digits="1")) for _ in range(2)))
        assert both[0].body == both[1].body
        assert len(c.events("flow.stepped")) == 2

    told(story)


def test_an_old_token_answers_from_the_record() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        first = await ask(c, url, call_fields(c, Digits="1"))
        await ask(c, action(first), call_fields(c, Digits="1"))
        late = await ask(c, url, call_fields(c, Digits="3"))
        assert late.body == first.body, "whatever it says now"
        steps = len(c.events("flow.stepped"))
        door(c).menu.memory._turns.clear()
        assert (await ask(c, url, call_fields(c, Digits="1"))).body == first.body, "from the journal"
        assert len(c.events("flow.stepped")) == steps

    told(story)


def test_a_token_that_was_never_given_leads_to_a_person() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c)).replace("t=1", "t=77")
        assert is_a_person(await ask(c, url, call_fields(c, Digits="1")))
        assert len(c.events("flow.stepped")) == 1

    told(story)


def test_another_call_cannot_step_this_ones_menu() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        assert is_a_person(await ask(c, url, call_fields(c, call="CA" + "2" * 32, Digits="1")))
        assert len(c.events("flow.stepped")) == 1

    told(story)


def test_a_call_without_its_id_gets_a_person_and_no_session() -> None:
    async def story(c: Centre) -> None:
        assert is_a_person(await ask(c, "voice", call_fields(c, call="CA1")))
        assert c.session().id == ""

    told(story)


def test_a_hop_after_the_call_is_over_says_goodbye() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        done = await ask(c, "voice/status", call_fields(c, CallStatus="completed"))
        assert (done.status, done.body) == (204, b"")
        assert (await ask(c, url, call_fields(c, Digits="1"))).verbs()[-1] == "Hangup"

    told(story)


# -- callers


FROM = ["anonymous", "+266696687", "client:kiosk", "sip:a@b.example", "", "??"]


def test_whoever_calls_is_met_by_the_menu() -> None:
    async def story(c: Centre) -> None:
        for n, from_ in enumerate(FROM, 1):
            fields = call_fields(c, call=f"CA{n:032x}", from_=from_)
            answer = await ask(c, "voice", fields)
            assert "Gather" in answer.verbs(), from_
            assert (await ask(c, "voice", fields)).body == answer.body
            assert len(c.events("call.began")) == n

    told(story)


# -- a broker that is slow, full or gone


class Slow:
    """The gate keeps what it is given until it is told; with ``error`` it refuses everything."""

    def __init__(self, c: Centre, error: Exception | None = None) -> None:
        self._gate, self._real, self._error = c.app.gate, c.app.gate.submit, error
        self.kept: list[tuple[Any, asyncio.Future[Any]]] = []
        self._gate.submit = self._keep

    def _keep(self, envelope: Any) -> asyncio.Future[Any]:
        future = asyncio.get_running_loop().create_future()
        if self._error is not None:
            future.set_exception(self._error)
        else:
            self.kept.append((envelope, future))
        return future

    async def release(self) -> None:
        self._gate.submit = self._real
        for envelope, future in self.kept:
            future.set_result(await self._real(envelope))
        self.kept.clear()


async def timed(asking: Awaitable[Answer]) -> tuple[Answer, float]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await asking
    return answer, loop.time() - began


def test_a_slow_broker_costs_a_second_of_quiet_and_no_key() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        slow = Slow(c)
        answer, took_s = await timed(ask(c, url, call_fields(c, Digits="1")))
        assert took_s <= 0.3
        assert answer.verbs() == ["Pause", "Redirect"]
        back = answer.verb("Redirect").text
        assert "Digits" not in back
        assert "r=1" in back
        await slow.release()
        await c.settle()
        answer = await ask(c, back, call_fields(c))
        assert "Gather" in answer.verbs()
        assert c.session().flow.step == 2
        assert answer.body == (await ask(c, url, call_fields(c, Digits="1"))).body

    told(story)


def test_a_broker_that_never_answers_leads_to_a_person() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        Slow(c)
        for _ in range(AGAIN_MAX + 1):
            answer, took_s = await timed(ask(c, url, call_fields(c, Digits="1")))
            assert took_s <= 0.3
            if is_a_person(answer):
                return
            url = answer.verb("Redirect").text
        assert is_a_person(await ask(c, url, call_fields(c)))

    told(story)


def test_a_new_call_when_the_broker_is_gone_reaches_a_person() -> None:
    async def story(c: Centre) -> None:
        Slow(c)
        answer, took_s = await timed(ask(c, "voice", call_fields(c)))
        assert took_s <= 0.3
        while not is_a_person(answer):
            answer = await ask(c, answer.verb("Redirect").text, call_fields(c))

    told(story)


def test_full_storage_leads_to_a_person_at_once() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        Slow(c, StorageFull())
        assert is_a_person(await ask(c, url, call_fields(c, Digits="1")))
        assert is_a_person(await ask(c, "voice", call_fields(c, call="CA" + "3" * 32)))

    told(story)


def test_who_waits_in_line_hears_music_while_storage_is_full_and_reaches_a_person_in_the_end() -> None:
    async def story(c: Centre) -> None:
        url = action(await called(c))
        answer = await ask(c, url, call_fields(c, Digits="0"))
        wait, left = answer.verb("Enqueue").get("waitUrl"), action(answer, "Enqueue")
        first = await ask(c, wait, call_fields(c, QueueTime="0"))
        assert "Gather" in first.verbs("queue_wait")
        Slow(c, StorageFull())
        url = first.verb("Gather", "queue_wait").get("action")
        for _ in range(AGAIN_MAX + 2):
            answer = await ask(c, url, call_fields(c))
            if answer.verbs("queue_wait") == ["Leave"]:
                break
            assert answer.verbs("queue_wait") == ["Play", "Redirect"]
            url = answer.verb("Redirect", "queue_wait").text
        assert is_a_person(await ask(c, left, call_fields(c, QueueResult="leave")))

    told(story)


def test_the_networks_own_fallback_reaches_a_person() -> None:
    async def story(c: Centre) -> None:
        assert is_a_person(await ask(c, "voice/fallback", call_fields(c, ErrorCode="11200")))
        assert door(c).counts["fallback"] == 1

    told(story)


# -- facts


def test_a_fact_that_cannot_be_recorded_is_asked_for_again() -> None:
    async def story(c: Centre) -> None:
        await called(c)
        Slow(c, StorageFull())
        assert (await ask(c, "voice/status", call_fields(c, CallStatus="completed"))).status == 503

    told(story)


def test_a_status_of_a_call_that_nobody_knows_is_counted_and_forgotten() -> None:
    async def story(c: Centre) -> None:
        answer = await ask(c, "voice/status", call_fields(c, CallStatus="completed"))
        assert (answer.status, answer.body) == (204, b"")
        assert door(c).counts["unknown_call"] == 1

    told(story)


def test_a_doubled_status_ends_a_call_once() -> None:
    async def story(c: Centre) -> None:
        await called(c)
        for _ in range(3):
            assert (await ask(c, "voice/status", call_fields(c, CallStatus="completed"))).status == 204
        assert [e.cause for e in c.events("leg.ended")] == ["citizen_left"]

    told(story)


def room_fields(c: Centre, event: str, number: int, **more: str) -> dict[str, str]:
    s = c.session()
    return {
        "ConferenceSid": "CF" + "1" * 32, "FriendlyName": s.id, "AccountSid": c.carrier.net.account.sid,
        "CallSid": CALL, "ParticipantLabel": s.legs[0].id, "StatusCallbackEvent": event, "SequenceNumber": str(number),
        **more,
    }  # fmt: skip


def test_words_of_a_room_that_overtake_each_other_end_as_they_were_numbered() -> None:
    async def story(c: Centre) -> None:
        await called(c)
        await door(c).switchboard.stop()  # which would ask the network about a call that it does not have
        for event, number in (("participant-join", 2), ("participant-leave", 3), ("participant-join", 2)):
            assert (await ask(c, "voice/room", room_fields(c, event, number))).status == 204
        assert not c.session().legs[0].joined
        await ask(c, "voice/room", room_fields(c, "participant-join", 4))
        await ask(c, "voice/room", room_fields(c, "participant-leave", 3))
        assert c.session().legs[0].joined

    told(story)


ODD = [{"ConferenceSid": "CF1"}, {"CallSid": "x"}, {"FriendlyName": "room", "ParticipantLabel": ""}]


def test_a_strange_word_of_a_room_moves_nobody() -> None:
    async def story(c: Centre) -> None:
        await called(c)
        for fields in ODD:
            answer = await ask(c, "voice/room", room_fields(c, "participant-join", 2, **fields))
            assert answer.status in {204, 400}
            assert not c.session().legs[0].joined

    told(story)


def test_music_is_sound_for_everybody() -> None:
    async def story(c: Centre) -> None:
        answer = await ask(c, "voice/music", method="GET", token="")
        assert (answer.status, answer.headers["content-type"], answer.body[:4]) == (200, "audio/wav", b"RIFF")
        assert 60_000 < len(answer.body) < 70_000

    told(story)


def test_the_caller_is_never_named_in_an_address() -> None:
    async def story(c: Centre) -> None:
        answer = await called(c)
        assert CITIZEN.lstrip("+") not in answer.body.decode()

    told(story)


def test_words_about_a_message_that_is_not_ours_change_nothing() -> None:
    async def story(c: Centre) -> None:
        for n, status in (("x", "sent"), ("m_01m30qm6q420kw71nvrk6p2fhg", "delivered"), ("", "nonsense")):
            fields = {"MessageSid": "SM" + "1" * 32, "MessageStatus": status}
            assert (await ask(c, f"sms/status?n={n}", fields)).status == 204
        assert door(c).counts["faults"] == 0

    told(story)


def test_a_bridged_telephone_is_not_answered_until_streams_are_accepted() -> None:
    async def story(c: Centre) -> None:
        answer = await ask(c, "voice/stream", call_fields(c, session="s", counselor="k"))
        assert answer.verbs() == ["Reject"]

    told(story)


def test_what_is_asked_of_a_room_is_answered_whatever_is_broken() -> None:
    """Music and a word to one participant never become a fallback: somebody is in the middle of a talk."""

    async def story(c: Centre) -> None:
        assert (await ask(c, "voice/hold", call_fields(c))).verbs("room_wait")[-1] == "Redirect"
        assert (await ask(c, "voice/whisper?s=s_01m30qm6q420kw71nvrk6p2fhg", call_fields(c))).verbs("announce") == [
            "Say"
        ]
        for what in ("warning", "recording", "abuse_ended"):
            assert (await ask(c, f"voice/announce/{what}", call_fields(c))).verbs("announce") == ["Say"]
        assert (await ask(c, "voice/announce/anything", call_fields(c))).status == 400

    told(story)
