"""Short messages: what becomes of them, who has opted out, those that come in, and how many parts they take."""

from __future__ import annotations

from typing import Any

import pytest

from channels.carrier.messages import segments
from channels.carrier.model import Habit
from tests.carrier.service import CITIZEN, HOST, LINE, Page, Service, service


def _send(centre: Service, **more: Any) -> Any:
    asked = {"To": CITIZEN, "From": LINE, "Body": "접수되었습니다", "StatusCallback": f"{HOST}/sms"} | more
    return centre.rest("POST", "Messages", **asked)


@pytest.mark.parametrize(
    ("habit", "statuses", "error"),
    [
        (Habit(), ["queued", "sent", "delivered"], None),
        (Habit(sms="undelivered", sms_error=30005), ["queued", "sent", "undelivered"], "30005"),
        (Habit(sms="failed", sms_error=30007), ["queued", "failed"], "30007"),
        (Habit(sms="silent"), ["queued", "sent"], None),
    ],
)
async def test_what_becomes_of_a_message_is_told_step_by_step(habit: Habit, statuses: list[str], error: Any) -> None:
    centre = service()
    centre.carrier.phone(CITIZEN, habit)
    made = _send(centre)
    await centre.carrier.run_until_idle()
    assert centre.said("/sms", "MessageStatus") == statuses
    assert centre.to("/sms")[-1].get("ErrorCode") == error
    assert centre.rest("GET", f"Messages/{made['sid']}")["status"] == statuses[-1]
    assert [*centre.carrier.phone(CITIZEN).texts] == ([(LINE, "접수되었습니다")] if statuses[-1] == "delivered" else [])


async def test_a_message_to_come_waits_and_can_be_cancelled() -> None:
    centre = service()
    service_sid = "MG" + "0" * 32
    at = "2026-03-02T01:00:00Z"  # an hour from the start
    for cancelled in (False, True):
        made = _send(centre, MessagingServiceSid=service_sid, ScheduleType="fixed", SendAt=at)
        assert made["status"] == "scheduled"
        if cancelled:
            assert centre.rest("POST", f"Messages/{made['sid']}", Status="canceled")["status"] == "canceled"
    await centre.carrier.run_until_idle()
    assert centre.said("/sms", "MessageStatus") == ["queued", "sent", "delivered"]
    status, body = centre.try_rest("POST", "Messages", To=CITIZEN, From=LINE, Body="x", ScheduleType="fixed", SendAt=at)
    assert (status, body["code"]) == (400, 35118)


async def test_who_says_stop_is_answered_by_the_network_and_written_to_no_more() -> None:
    centre = service()
    centre.carrier.text(CITIZEN, LINE, "STOP")
    await centre.carrier.run_until_idle()
    assert "unsubscribed" in centre.carrier.phone(CITIZEN).texts[0][1]
    assert centre.try_rest("POST", "Messages", To=CITIZEN, From=LINE, Body="x")[1]["code"] == 21610
    centre.carrier.text(CITIZEN, LINE, "start")
    assert centre.try_rest("POST", "Messages", To=CITIZEN, From=LINE, Body="x")[0] == 201


async def test_a_message_that_comes_in_says_all_and_its_answer_is_sent() -> None:
    answer = "<Response><Message><Body>고맙습니다 &amp; 안녕히</Body></Message><Message>둘째</Message></Response>"
    centre = service({"/sms-in": Page(answer)})
    centre.carrier.number("+8225550199", sms=f"{HOST}/sms-in")
    centre.carrier.text(CITIZEN, "+8225550199", "가로등", (("https://media.example/1.jpg", "image/jpeg"),))
    await centre.carrier.run_until_idle()
    [form] = centre.to("/sms-in")
    assert (form["Body"], form["NumMedia"], form["MediaContentType0"]) == ("가로등", "1", "image/jpeg")
    assert (form["SmsStatus"], form["MessageSid"][:2], form["FromCity"]) == ("received", "MM", "")
    assert [body for _, body in centre.carrier.phone(CITIZEN).texts] == ["고맙습니다 & 안녕히", "둘째"]


async def test_an_answer_that_cannot_be_read_is_a_line_in_the_debugger() -> None:
    centre = service({"/sms-in": Page("<!DOCTYPE x><Response/>")})
    centre.carrier.number("+8225550199", sms=f"{HOST}/sms-in")
    centre.carrier.text(CITIZEN, "+8225550199", "가로등")
    await centre.carrier.run_until_idle()
    assert [notice.code for notice in centre.carrier.net.notices] == [12100]


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("{" * 80, 1),
        ("{" * 81, 2),
        ("가" * 70, 1),
        ("가" * 71, 2),
        ("가" * 134, 2),
        ("가" * 135, 3),
        ("😀" * 35, 1),
        ("가" * 66 + "😀" * 3, 2),
    ],
)
def test_parts_are_counted_as_networks_count_them(body: str, parts: int) -> None:
    assert segments(body) == parts
