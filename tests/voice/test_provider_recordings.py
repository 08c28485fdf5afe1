"""The sound of a recording over real HTTP: with our credentials, bounded, from nowhere else."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from channels.carrier.rest.router import AnswerLost
from channels.twilio.client import AtOnce, Exchange, connect
from channels.twilio.pace import Pace
from channels.twilio.wire import InProcess, answering
from channels.voice import provider_recordings as at_provider
from channels.voice.provider_recordings import TwilioRecordings, over_http
from dasan.core.errors import ProviderFailed
from dasan.core.time import DAY
from dasan.net.limits import Rate
from tests.carrier.service import CITIZEN, LINE, service
from tests.twilio.building import StillClock
from tests.virtual import virtually

ACCOUNT, TOKEN, SID = "AC" + "1" * 32, "token", "RE" + "2" * 32
asked: list[tuple[str, str]] = []


class Provider(BaseHTTPRequestHandler):
    """Answers by the last figure of the recording's id."""

    def do_GET(self) -> None:
        asked.append((self.path, self.headers.get("authorization", "")))
        kind = self.path[-5]
        if kind == "4":
            self.send_error(404)
        elif kind == "5":
            self.send_error(503)
        elif kind == "3":
            self.send_response(302)
            self.send_header("location", "http://169.254.169.254/latest")
            self.end_headers()
        else:
            body = b"RIFF" + b"\0" * 2_000
            self.send_response(200)
            self.send_header("content-type", "audio/x-wav; charset=binary")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_is_asked_for_with_our_credentials(base: str) -> None:
    body, media_type = over_http(ACCOUNT, TOKEN, base)(SID)
    assert (body[:4], len(body), media_type) == (b"RIFF", 2_004, "audio/x-wav")
    path, authorization = asked[-1]
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{SID}.wav"
    assert base64.b64decode(authorization.split()[1]).decode() == f"{ACCOUNT}:{TOKEN}"


@pytest.mark.parametrize(("figure", "retryable"), [("4", False), ("5", True), ("3", False)])
def test_what_is_not_there_or_leads_elsewhere_is_a_failure(base: str, figure: str, retryable: bool) -> None:
    before = len(asked)
    with pytest.raises(ProviderFailed) as failed:
        over_http(ACCOUNT, TOKEN, base)(SID[:-1] + figure)
    assert failed.value.retryable == retryable
    assert len(asked) == before + 1, "no redirect is followed"


def test_more_than_can_be_is_not_taken(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_provider, "BYTES_MAX", 1_000)
    with pytest.raises(ProviderFailed) as failed:
        over_http(ACCOUNT, TOKEN, base)(SID)
    assert not failed.value.retryable


def test_nobody_there_is_a_failure_to_be_tried_again() -> None:
    with pytest.raises(ProviderFailed) as failed:
        over_http(ACCOUNT, TOKEN, "http://127.0.0.1:1", (0.5, 0.5))(SID)
    assert failed.value.retryable


def test_an_id_that_is_none_is_not_asked_for() -> None:
    async def story() -> None:
        with pytest.raises(ProviderFailed):
            await TwilioRecordings(None, lambda sid: (b"", "")).fetch("../Calls")  # type: ignore[arg-type]

    virtually(story())


def test_what_the_account_holds_is_listed_page_by_page_and_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_provider, "PAGE", 2)

    async def story() -> None:
        centre = service({"/voice": '<Say>네</Say><Record action="/after" timeout="3"/><Pause length="60"/>'})
        centre.carrier.dial(CITIZEN, LINE)
        await centre.carrier.run_for(2)
        call = next(iter(centre.carrier.net.calls))
        for _ in range(3):
            centre.rest("POST", f"Calls/{call}/Recordings")
            centre.rest("POST", f"Calls/{call}/Recordings/Twilio.CURRENT", Status="stopped")
        centre.carrier.say(CITIZEN, "가로등이 꺼졌어요")
        await centre.carrier.run_for(9)
        account, pace = centre.carrier.net.account, Pace(StillClock(), Rate(1_000, 1_000))
        http = InProcess(answering(centre.carrier.request, AnswerLost), pace.busy)
        there = TwilioRecordings(
            Exchange(connect(account.sid, account.token, http), AtOnce(), pace), lambda sid: (b"", "")
        )
        found = await there.listed(centre.carrier.now_us)
        assert len(found) == 4
        assert {(one.call, one.complete) for one in found} == {(call, True)}
        assert [one.message for one in found].count(True) == 1
        assert max(one.seconds for one in found) >= 3
        assert await there.listed(centre.carrier.now_us + 2 * DAY) == []
        await there.delete(found[0].sid)
        await there.delete(found[0].sid)
        assert len(await there.listed(centre.carrier.now_us)) == 3

    virtually(story())
