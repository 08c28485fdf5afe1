"""Waiting in a queue: places, keys while waiting, the ways out and what is told of them."""

from __future__ import annotations

from typing import Any

from channels.carrier.model import SECOND
from tests.carrier.service import CITIZEN, HOST, LINE, Page, Service, service

ENQUEUE = '<Enqueue waitUrl="/wait" action="/left">general</Enqueue><Say>다음</Say>'


async def _waiting(wait: Any = '<Say>잠시만 기다려 주십시오.</Say><Pause length="5"/>', **more: Any) -> Service:
    centre = service({"/voice": ENQUEUE, "/wait": wait, "/left": '<Pause length="30"/>', **more})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(2)
    return centre


async def test_the_waiting_document_is_asked_again_when_it_ends_with_the_time_waited() -> None:
    centre = await _waiting()
    await centre.carrier.run_for(20)
    times = [int(str(said)) for said in centre.said("/wait", "QueueTime")]
    assert len(times) >= 3
    assert times == sorted(times)
    assert times[0] == 0
    first = centre.to("/wait")[0]
    assert (first["QueuePosition"], first["CurrentQueueSize"], first["MaxQueueSize"]) == ("1", "1", "1000")
    assert {"QueueSid", "AvgQueueTime"} <= first.keys()


async def test_who_comes_later_stands_behind_and_moves_up() -> None:
    centre = await _waiting()
    centre.carrier.dial("+821099999999", LINE)
    await centre.carrier.run_for(3)
    second = [form for form in centre.to("/wait") if form["From"] == "+821099999999"]
    assert second[0]["QueuePosition"] == "2"
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_for(10)
    second = [form for form in centre.to("/wait") if form["From"] == "+821099999999"]
    assert second[-1]["QueuePosition"] == "1"


async def test_keys_work_while_waiting_and_leave_leads_to_the_action() -> None:
    wait = '<Gather numDigits="1" finishOnKey="" action="/choice"><Say>콜백은 1번</Say></Gather>'
    centre = await _waiting(wait, **{"/choice": "<Leave/>"})
    centre.carrier.press(CITIZEN, "1")
    await centre.carrier.run_for(2)
    [chosen] = centre.to("/choice")
    assert (chosen["Digits"], chosen["QueuePosition"]) == ("1", "1")
    assert centre.said("/left", "QueueResult") == ["leave"]
    assert centre.carrier.net.calls[chosen["CallSid"]].queue == ""


async def test_without_an_action_leaving_goes_on_with_the_next_verb() -> None:
    centre = service({"/voice": '<Enqueue waitUrl="/wait">q</Enqueue><Say>다음</Say>', "/wait": "<Leave/>"})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(2)
    assert centre.carrier.heard(CITIZEN) == ["다음"]


async def test_a_redirect_by_rest_tells_the_action_and_obeys_nothing_of_it() -> None:
    centre = await _waiting(**{"/left": "<Say>아무도 듣지 못합니다</Say>", "/join": '<Pause length="60"/>'})
    [call] = centre.carrier.net.calls.values()
    centre.rest("POST", f"Calls/{call.sid}", Url=f"{HOST}/join")
    await centre.carrier.run_for(5)
    assert centre.said("/left", "QueueResult") == ["redirected"]
    assert len(centre.to("/join")) == 1
    assert "아무도 듣지 못합니다" not in centre.carrier.heard(CITIZEN)


async def test_a_member_is_taken_out_of_the_queue_by_rest() -> None:
    centre = await _waiting(**{"/join": '<Pause length="60"/>'})
    queue = centre.rest("GET", "Queues")["queues"][0]["sid"]
    centre.rest("POST", f"Queues/{queue}/Members/Front", Url=f"{HOST}/join")
    await centre.carrier.run_for(1)
    assert len(centre.to("/join")) == 1
    assert centre.try_rest("GET", f"Queues/{queue}/Members/Front")[0] == 404


async def test_who_hangs_up_while_waiting_is_told_of_as_that() -> None:
    centre = await _waiting()
    await centre.carrier.run_for(5)
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_until_idle()
    [left] = centre.to("/left")
    assert (left["QueueResult"], left["CallStatus"]) == ("hangup", "completed")
    assert int(left["QueueTime"]) >= 6


async def test_a_hangup_in_the_waiting_document_ends_the_call() -> None:
    centre = await _waiting("<Hangup/>")
    await centre.carrier.run_for(2)
    assert centre.said("/left", "QueueResult") == ["hangup"]
    assert centre.said("/status", "CallStatus") == ["completed"]


async def test_a_full_queue_is_a_result_like_another() -> None:
    centre = service({"/voice": '<Enqueue maxQueueSize="1" waitUrl="" action="/left">small</Enqueue>'})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(1)
    centre.carrier.dial("+821099999999", LINE)
    await centre.carrier.run_for(1)
    assert centre.said("/left", "QueueResult") == ["queue-full"]


async def test_a_waiting_document_that_takes_no_time_is_not_asked_without_rest() -> None:
    centre = await _waiting("")
    await centre.carrier.run_for(10)
    assert 8 <= len(centre.to("/wait")) <= 14


async def test_redirect_within_the_waiting_document_stays_in_the_queue() -> None:
    centre = await _waiting("<Redirect>/more</Redirect>", **{"/more": '<Say>더</Say><Pause length="5"/>'})
    assert centre.said("/more", "QueuePosition") == ["1"]


async def test_a_waiting_document_that_fails_takes_the_call_out_with_an_error() -> None:
    centre = await _waiting(Page(status=500))
    assert centre.said("/left", "QueueResult") == ["error"]
    assert centre.carrier.net.notices[-1].at_us - centre.hits[0].at_us < 3 * SECOND


async def test_without_a_waiting_address_music_is_heard() -> None:
    centre = service({"/voice": "<Enqueue>q</Enqueue>"})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(2)
    assert centre.carrier.phone(CITIZEN).call.hearing.kind == "music"  # type: ignore[union-attr]
