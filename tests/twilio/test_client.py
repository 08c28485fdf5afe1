"""Twilio as call control sees it: wishes that Twilio understands, failures that say what to do next."""

from __future__ import annotations

import asyncio
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from channels.twilio.client import Exchange, Threads, TwilioVoice, connect
from channels.twilio.errors import MEANINGS
from channels.twilio.messages import TwilioTexts
from channels.twilio.pace import Pace
from channels.twilio.wire import RestAnswer, Wire
from dasan.core.errors import SENTENCES, ProviderFailed
from dasan.net.limits import Rate
from dasan.telephony import MessageChannel, Outgoing, Ring, Set, Text, VoiceProvider
from tests.twilio.building import (
    ACCOUNT,
    CALL,
    HERE,
    OTHER,
    ROOM,
    Script,
    StillClock,
    error,
    exchange,
    page,
    participant,
    rooms,
    voice,
)
from tests.twilio.spec import Spec, Violation

RING = Ring(ROOM, "l_1", "client:c12", "+8225550120", coach=OTHER, muted=True, ring_s=20)
OPEN_ROOM = {"sid": "CF" + "1" * 32, "friendly_name": ROOM, "status": "in-progress"}


async def everything(net: VoiceProvider, texts: MessageChannel) -> None:
    """Each wish of the ports once."""
    await net.redirect(CALL, "https://120.example/join?s=1")
    await net.find(ROOM, "l_1")
    await net.ring(RING)
    await net.dial(Outgoing("l_2", "+821012345678", "+8225550120", "https://120.example/cb", detect_machine=True))
    await net.dialled("+821012345678", 0)
    await net.set(ROOM, CALL, Set(hold=True, hold_url="https://120.example/music", muted=False, coach=""))
    await net.set(ROOM, CALL, Set(coach=OTHER))
    await net.announce(ROOM, CALL, "https://120.example/say")
    await net.remove(ROOM, CALL)
    await net.hang_up(CALL)
    await net.call(CALL)
    await net.rooms()
    await net.calls()
    for wish in ("start", "pause", "resume", "stop"):
        await net.record(CALL, wish, "https://120.example/rec")
    await net.transcribe(CALL, "start", "https://120.example/heard")
    await net.transcribe(CALL, "stop")
    await net.account()
    await texts.send(Text("d_1", "+821012345678", "+8225550120", "안내 드립니다", "https://120.example/sent"))
    await texts.send(Text("d_2", "+821012345678", "MG" + "0" * 32, "안내 드립니다"))


# -- Twilio's own description of its interface


async def test_every_request_of_ours_is_one_that_twilio_describes(spec: Spec) -> None:
    network = spec.network()
    await everything(voice(network), TwilioTexts(exchange(network)))
    asked = {f"{method} {path.removeprefix('/2010-04-01/Accounts/{AccountSid}')}" for path, method in spec.seen}
    assert {
        "post /Calls.json",
        "post /Calls/{Sid}.json",
        "post /Conferences/{ConferenceSid}/Participants.json",
        "post /Conferences/{ConferenceSid}/Participants/{CallSid}.json",
        "delete /Conferences/{ConferenceSid}/Participants/{CallSid}.json",
        "post /Calls/{CallSid}/Recordings.json",
        "post /Calls/{CallSid}/Transcriptions.json",
        "get /IncomingPhoneNumbers.json",
        "post /Messages.json",
    } <= asked


async def test_the_description_refuses_what_is_wrong(spec: Spec) -> None:
    net = voice(spec.network())
    wrong = [
        net.redirect("CA12", "https://120.example/x"),
        net.redirect(CALL, "/relative"),
        net.dial(Outgoing("l", "", "+8225550120", "https://120.example/x")),
        net.dial(Outgoing("l", "+82", "+8225550120", "https://120.example/x", ring_s="soon")),  # type: ignore[arg-type]
    ]
    for wish in wrong:
        with pytest.raises(Violation):
            await wish
    for answer in (RestAnswer(200, {"sid": "CA1"}), RestAnswer(200, {"surprise": 1}), RestAnswer(299, {})):
        with pytest.raises(Violation):
            await voice(spec.network(lambda _, a=answer: a)).hang_up(CALL)
    with pytest.raises(Violation):
        await voice(spec.network(lambda _: RestAnswer(400, {"code": 1}))).hang_up(CALL)


# -- outcomes


async def test_ending_what_is_over_is_no_error() -> None:
    for gone in (error(400, 21220), error(404, 20404)):
        await voice(Script(("POST", f"/Calls/{CALL}.json", gone))).hang_up(CALL)
    script = Script(
        ("GET", "/Conferences.json", rooms(OPEN_ROOM)),
        ("DELETE", f"/{CALL}.json", error(404, 20404)),
        ("GET", "/Conferences.json", rooms()),
    )
    await voice(script).remove(ROOM, CALL)
    await voice(Script(("GET", "/Conferences.json", rooms()))).remove(ROOM, CALL)


async def test_redirecting_a_call_whose_caller_hung_up_is_told_apart() -> None:
    with pytest.raises(ProviderFailed) as failed:
        await voice(Script(("POST", f"/Calls/{CALL}.json", error(400, 21220)))).redirect(CALL, "https://120.example/x")
    assert (failed.value.code, failed.value.retryable, failed.value.unknown_outcome) == ("call_gone", False, False)


async def test_holding_who_has_left_is_told_apart() -> None:
    script = Script(("GET", "/Conferences.json", rooms()))
    with pytest.raises(ProviderFailed) as failed:
        await voice(script).set(ROOM, CALL, Set(hold=True))
    assert failed.value.code == "call_gone"


async def test_a_label_that_rings_already_answers_with_its_call() -> None:
    script = Script(
        ("POST", f"/Conferences/{ROOM}/Participants.json", error(400, 16025)),
        ("GET", "/Conferences.json", rooms({**OPEN_ROOM, "status": "completed", "sid": "CF" + "0" * 32}, OPEN_ROOM)),
        ("GET", "/Participants.json", page("participants", participant(OTHER, "l_0"), participant(status="ringing"))),
    )
    assert await voice(script).ring(RING) == CALL
    assert script.asked[2].path.endswith(f"/Conferences/{OPEN_ROOM['sid']}/Participants.json")


async def test_a_leg_that_has_ended_is_not_found_under_its_label() -> None:
    script = Script(
        ("GET", "/Conferences.json", rooms(OPEN_ROOM)),
        ("GET", "/Participants.json", page("participants", participant(status="complete"))),
    )
    assert await voice(script).find(ROOM, "l_1") is None


async def test_a_room_that_was_opened_anew_is_found_under_its_new_sid() -> None:
    fresh = {**OPEN_ROOM, "sid": "CF" + "9" * 32}
    over = {**OPEN_ROOM, "status": "completed"}
    script = Script(
        ("GET", "/Conferences.json", rooms(OPEN_ROOM)),
        ("POST", f"{OPEN_ROOM['sid']}/Participants/{CALL}.json", RestAnswer(200, participant())),
        ("GET", "/Conferences.json", rooms(fresh, over)),
        ("GET", f"{fresh['sid']}/Participants.json", page("participants", participant(OTHER))),
        ("POST", f"{fresh['sid']}/Participants/{OTHER}.json", RestAnswer(200, participant(OTHER))),
    )
    net = voice(script)
    await net.set(ROOM, CALL, Set(muted=True))
    assert await net.find(ROOM, "l_1") == OTHER
    await net.set(ROOM, OTHER, Set(muted=True))


async def test_a_remembered_room_that_is_gone_is_looked_up_once_more() -> None:
    fresh = {**OPEN_ROOM, "sid": "CF" + "9" * 32}
    script = Script(
        ("GET", "/Conferences.json", rooms(OPEN_ROOM)),
        ("POST", f"{OPEN_ROOM['sid']}/Participants/{CALL}.json", RestAnswer(200, participant())),
        ("POST", f"{OPEN_ROOM['sid']}/Participants/{CALL}.json", error(404, 20404)),
        ("GET", "/Conferences.json", rooms(fresh)),
        ("POST", f"{fresh['sid']}/Participants/{CALL}.json", RestAnswer(200, participant())),
    )
    net = voice(script)
    await net.set(ROOM, CALL, Set(muted=True))
    await net.set(ROOM, CALL, Set(muted=False))


async def test_rooms_are_seen_with_who_rings_and_who_talks_in_them() -> None:
    people = [
        participant(),
        participant(OTHER, "l_2", "ringing", coaching=True, call_sid_to_coach=CALL),
        participant("CA" + "3" * 32, "l_3", "complete"),
    ]
    script = Script(
        ("GET", "/Conferences.json", rooms(OPEN_ROOM)),
        ("GET", "/Conferences.json", rooms()),
        ("GET", "/Participants.json", page("participants", *people)),
    )
    (room,) = await voice(script).rooms()
    assert room.room == ROOM
    assert [(p.call, p.label, p.status, p.coach) for p in room.participants] == [
        (CALL, "l_1", "connected", ""),
        (OTHER, "l_2", "ringing", CALL),
    ]


async def test_only_calls_since_that_instant_are_remembered_as_dialled() -> None:
    rows = [
        {"sid": CALL, "status": "queued", "to": "+82", "from": "+8225550120", "direction": "outbound-api",
         "date_created": "Sat, 21 Nov 2026 09:00:01 +0000"},
        {"sid": OTHER, "status": "completed", "to": "+82", "date_created": "Sat, 21 Nov 2026 08:59:59 +0000"},
    ]  # fmt: skip
    since = 1_795_251_600 * 1_000_000
    found = await voice(Script(("GET", "/Calls.json", page("calls", *rows)))).dialled("+82", since)
    assert [(seen.call, seen.from_, seen.direction) for seen in found] == [(CALL, "+8225550120", "outbound-api")]


async def test_a_call_that_nobody_knows_is_none() -> None:
    assert await voice(Script(("GET", ".json", error(404, 20404)))).call(CALL) is None


@pytest.mark.parametrize("number", MEANINGS)
async def test_every_known_error_has_its_own_outcome_and_sentence(number: int) -> None:
    with pytest.raises(ProviderFailed) as failed:
        await voice(Script(("POST", "/Calls.json", error(400, number)))).dial(
            Outgoing("l", "+82", "+82", "https://120.example/x")
        )
    assert failed.value.code == MEANINGS[number].code
    assert failed.value.code in SENTENCES
    assert not failed.value.unknown_outcome
    assert "+8210" not in failed.value.detail + str(failed.value)


@pytest.mark.parametrize(
    ("answer", "code", "retryable", "unknown"),
    [
        (RestAnswer(500, {}), "network_unclear", True, True),
        (RestAnswer(503, None), "network_unclear", True, True),
        (RestAnswer(200, {"no": "sid"}), "network_unclear", True, True),
        (RestAnswer(400, {"code": 12345, "message": "?"}), "network_refused", False, False),
        (RestAnswer(401, {"code": 20003, "message": "?"}), "network_auth", False, False),
        (RestAnswer(403, None), "network_auth", False, False),
        (RestAnswer(422, {"type": "t", "title": "t", "status": 422, "code": 21211}), "bad_number", False, False),
    ],
)
async def test_an_answer_that_is_no_answer_is_asked_about_before_it_is_repeated(
    answer, code, retryable, unknown
) -> None:
    with pytest.raises(ProviderFailed) as failed:
        await voice(Script(("POST", "/Calls.json", answer))).dial(Outgoing("l", "+82", "+82", "https://x.example/"))
    assert (failed.value.code, failed.value.retryable, failed.value.unknown_outcome) == (code, retryable, unknown)


async def test_asking_has_no_unknown_outcome() -> None:
    with pytest.raises(ProviderFailed) as failed:
        await voice(Script(("GET", ".json", RestAnswer(502, None)))).call(CALL)
    assert (failed.value.code, failed.value.unknown_outcome) == ("network_down", False)


async def test_who_has_opted_out_is_never_written_to_again() -> None:
    texts = TwilioTexts(exchange(Script(("POST", "/Messages.json", error(400, 21610)))))
    with pytest.raises(ProviderFailed) as failed:
        await texts.send(Text("d", "+82", "+82", "글"))
    assert (failed.value.code, failed.value.retryable) == ("opted_out", False)


async def test_a_text_of_unknown_outcome_can_be_asked_for() -> None:
    rows = [{"sid": "SM1", "body": "다른 글", "status": "sent"}, {"sid": "SM2", "body": "글", "status": "queued"}]
    texts = TwilioTexts(exchange(Script(("GET", "/Messages.json", page("messages", *rows)))))
    assert await texts.sent(Text("d", "+82", "+82", "글"), 0) == "SM2"


# -- pace


async def test_after_a_429_nothing_is_asked_until_the_network_wants_to_hear_us() -> None:
    clock = StillClock()
    script = Script(("GET", ".json", error(429, 20429, **{"Retry-After": "7"})), ("GET", ".json", error(404, 20404)))
    net = voice(script, clock)
    for wait in (7.0, 7.0):
        with pytest.raises(ProviderFailed) as failed:
            await net.call(CALL)
        assert (failed.value.code, failed.value.retryable, failed.value.unknown_outcome) == (
            "network_busy",
            True,
            False,
        )
        assert failed.value.after_s in {1.0, wait}
    assert len(script.asked) == 1
    clock.us += 7_000_000
    assert await net.call(CALL) is None


async def test_new_calls_keep_to_the_accounts_rate_and_the_rest_does_not_wait_for_them() -> None:
    clock = StillClock()
    made = RestAnswer(201, {"sid": CALL, "conference_sid": "CF1", "call_sid": CALL})
    script = Script(
        *[("POST", "Participants.json", made)] * 2, ("POST", f"{CALL}.json", made), ("POST", "Participants.json", made)
    )
    net = voice(script, clock, Rate(1, 2))
    await net.ring(RING)
    await net.ring(RING)
    with pytest.raises(ProviderFailed) as failed:
        await net.ring(RING)
    assert (failed.value.code, failed.value.after_s) == ("network_busy", 1.0)
    await net.hang_up(CALL)
    clock.us += 1_000_000
    await net.ring(RING)


async def test_what_was_not_accepted_by_name_is_never_asked_of_the_network() -> None:
    script = Script()
    net = TwilioVoice(exchange(script), HERE, accepted=("recording",))
    with pytest.raises(ProviderFailed) as failed:
        await net.transcribe(CALL, "start", "https://120.example/heard")
    assert failed.value.code == "not_accepted"
    with pytest.raises(ProviderFailed):
        await TwilioVoice(exchange(script), HERE).record(CALL, "start")
    assert script.asked == []


# -- over real sockets


class _Peer(BaseHTTPRequestHandler):
    """``/Calls/…`` never answers in time; everything else is busy."""

    release = threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.release.wait(5)

    def do_GET(self) -> None:
        self.send_response(429)
        self.send_header("retry-after", "3")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def peer():
    _Peer.release.clear()
    server = HTTPServer(("127.0.0.1", 0), _Peer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    _Peer.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


def wired(url: str, run: Threads, read_s: float) -> tuple[Exchange, Pace]:
    pace = Pace(StillClock(), Rate(10, 10))
    wire = Wire(1.0, read_s, pace.busy)
    return Exchange(connect(ACCOUNT, "token", wire, url), run, pace), pace


@pytest.mark.parametrize(("read_s", "within_s"), [(0.1, 5.0), (5.0, 0.1)])
async def test_a_network_that_does_not_answer_is_given_up(peer: str, read_s: float, within_s: float) -> None:
    run = Threads(within_s)
    over_http, _ = wired(peer, run, read_s)
    with pytest.raises(ProviderFailed) as failed:
        await TwilioVoice(over_http, HERE).hang_up(CALL)
    assert (failed.value.code, failed.value.unknown_outcome) == ("network_unclear", True)
    _Peer.release.set()
    run.close()


async def test_a_network_that_is_not_there_was_surely_not_asked() -> None:
    run = Threads()
    over_http, _ = wired("http://127.0.0.1:9", run, 1.0)
    with pytest.raises(ProviderFailed) as failed:
        await TwilioVoice(over_http, HERE).hang_up(CALL)
    assert (failed.value.code, failed.value.unknown_outcome) == ("network_down", False)
    run.close()


async def test_the_networks_wish_to_wait_is_heard_and_no_number_is_logged(peer: str, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    run = Threads()
    over_http, pace = wired(peer, run, 2.0)
    with pytest.raises(ProviderFailed) as failed:
        await TwilioVoice(over_http, HERE).dialled("+821012345678", 0)
    assert failed.value.code == "network_busy"
    with pytest.raises(ProviderFailed) as paced:
        pace.ask()
    assert paced.value.after_s == pytest.approx(3.0)
    assert "821012345678" not in "".join(record.getMessage() for record in caplog.records)
    run.close()


async def test_more_requests_than_the_pool_can_hold_are_told_to_wait(peer: str) -> None:
    run = Threads(5.0, threads=1, waiting_max=2)
    over_http, _ = wired(peer, run, 5.0)
    net = TwilioVoice(over_http, HERE)
    under_way = [asyncio.create_task(net.redirect(CALL, "https://120.example/x")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ProviderFailed) as failed:
        await net.redirect(CALL, "https://120.example/x")
    assert (failed.value.code, failed.value.unknown_outcome) == ("network_busy", False)
    _Peer.release.set()
    assert all(isinstance(done, ProviderFailed) for done in await asyncio.gather(*under_way, return_exceptions=True))
    run.close()


async def test_a_request_that_no_thread_came_to_was_surely_not_made(peer: str) -> None:
    run = Threads(0.2, threads=1)
    over_http, _ = wired(peer, run, 5.0)
    net = TwilioVoice(over_http, HERE)
    told = await asyncio.gather(
        *(net.redirect(CALL, "https://120.example/x") for _ in range(2)), return_exceptions=True
    )
    assert [(one.code, one.unknown_outcome) for one in told if isinstance(one, ProviderFailed)] == [
        ("network_unclear", True),
        ("network_down", False),
    ]
    run.close()


async def test_what_brings_calls_is_read_whatever_its_kind() -> None:
    asks = {"voice_url": "https://120.example/twilio/voice", "voice_method": "POST", "voice_fallback_method": "GET"}
    net = Script(
        ("GET", f"/Accounts/{ACCOUNT}.json", RestAnswer(200, {"status": "active", "type": "Full"})),
        *(
            ("GET", end, RestAnswer(200, {name: [row | asks], "meta": {"key": name}}))
            for end, name, row in (
                ("/IncomingPhoneNumbers.json", "incoming_phone_numbers", {"phone_number": "+82255"}),
                ("/SIP/Domains.json", "domains", {"domain_name": "120.sip.twilio.com", "secure": True}),
                ("/v1/ByocTrunks", "byoc_trunks", {"friendly_name": "seoul", "status_callback_url": "https://x/y"}),
            )
        ),
    )
    told = await voice(net).account()
    assert [(row["kind"], row["name"], row["voice_url"]) for row in told.numbers] == [
        (kind, name, asks["voice_url"])
        for kind, name in (("number", "+82255"), ("sip_domain", "120.sip.twilio.com"), ("byoc_trunk", "seoul"))
    ]
    assert [row.get("status_callback") for row in told.numbers] == ["", "", "https://x/y"]


async def test_an_account_without_domains_or_trunks_has_numbers_alone() -> None:
    net = Script(
        ("GET", f"/Accounts/{ACCOUNT}.json", RestAnswer(200, {"status": "active", "type": "Full"})),
        ("GET", "/IncomingPhoneNumbers.json", page("incoming_phone_numbers")),
        ("GET", "/SIP/Domains.json", error(404, 20404)),
        ("GET", "/v1/ByocTrunks", error(404, 20404)),
    )
    assert (await voice(net).account()).numbers == ()
