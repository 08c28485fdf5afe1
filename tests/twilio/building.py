"""A client of Twilio's REST interface on a network of the test's own."""

from __future__ import annotations

from collections.abc import Callable

from channels.twilio.client import Addresses, AtOnce, Exchange, TwilioVoice, connect
from channels.twilio.pace import Pace
from channels.twilio.wire import Answer, InProcess, RestAnswer, RestRequest
from dasan.net.limits import Rate

ACCOUNT = "AC" + "0" * 31 + "1"
CALL = "CA" + "1" * 32
OTHER = "CA" + "2" * 32
ROOM = "s_0190f0"
PUBLIC = "https://120.example"
HERE = Addresses(
    leg=lambda room, label: f"{PUBLIC}/leg?s={room}&l={label}",
    room=lambda room: f"{PUBLIC}/room?s={room}",
    call=lambda key: f"{PUBLIC}/call?l={key}",
)
EVERYTHING = ("recording", "transcription", "streams")


class StillClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.us = 1_000_000

    def now_us(self) -> int:
        return self.us


def exchange(answer: Answer, clock: StillClock | None = None, rate: Rate | None = None) -> Exchange:
    pace = Pace(clock or StillClock(), rate or Rate(1_000, 1_000))
    return Exchange(connect(ACCOUNT, "token", InProcess(answer, pace.busy)), AtOnce(), pace)


def voice(answer: Answer, clock: StillClock | None = None, rate: Rate | None = None) -> TwilioVoice:
    return TwilioVoice(exchange(answer, clock, rate), HERE, accepted=EVERYTHING)


class Script:
    """Answers in turn by (method, end of the path); everything asked is kept."""

    def __init__(self, *answers: tuple[str, str, RestAnswer | Exception]) -> None:
        self.left = list(answers)
        self.asked: list[RestRequest] = []

    def __call__(self, request: RestRequest) -> RestAnswer:
        self.asked.append(request)
        method, end, answer = self.left.pop(0)
        assert (request.method, request.path.endswith(end)) == (method, True), f"{request.method} {request.path}"
        if isinstance(answer, Exception):
            raise answer
        return answer


def error(status: int, code: int, **headers: str) -> RestAnswer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": "about +821012345678", "more_info": more, "status": status}
    return RestAnswer(status, body, headers)


def rooms(*rows: dict[str, object]) -> RestAnswer:
    return page("conferences", *rows)


def page(name: str, *rows: dict[str, object]) -> RestAnswer:
    return RestAnswer(200, {name: list(rows), "next_page_uri": None, "page": 0, "page_size": 50})


def participant(call: str = CALL, label: str = "l_1", status: str = "connected", **more: object) -> dict[str, object]:
    sid = "CF" + "1" * 32
    row = {"call_sid": call, "label": label, "status": status, "conference_sid": sid, "hold": False, "muted": False}
    return {**row, "coaching": False, "call_sid_to_coach": None, **more}


Make = Callable[[Answer], TwilioVoice]
