"""Requests out: signatures, retries as the address asks, one token for all attempts, and a bad day for callbacks."""

from __future__ import annotations

from typing import Any

import pytest

from channels.carrier.faults import Weather
from channels.carrier.model import SECOND
from channels.carrier.network import Account
from channels.carrier.webhooks import Policy, override
from tests.carrier.service import CITIZEN, DESK, HOST, LINE, Page, Service, service


async def test_with_a_shared_key_requests_are_signed_by_sha256_and_say_so() -> None:
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    account = Account(key_id="SK1", key="shared-secret")
    centre = service({"/voice": "<Hangup/>"}, account=account)
    centre._check = lambda ask: None  # type: ignore[method-assign]
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(1)
    [hit] = [hit for hit in centre.hits if hit.path == "/voice"]
    said = hit.headers["X-Twilio-Webhooks-Signature-Settings"]
    assert said == "key=SK1,algorithm=HMAC_SHA256"
    validator = RequestValidator("shared-secret")
    algorithm = get_signature_algorithm(said)
    assert validator.validate(f"{HOST}/voice", hit.form, hit.headers["X-Twilio-Signature"], algorithm)


@pytest.mark.parametrize(
    ("fragment", "policy"),
    [
        ("", Policy()),
        ("rc=2&rp=ct,rt,5xx", Policy(retries=2, on=frozenset({"ct", "rt", "5xx"}))),
        ("ct=1000&rt=2000&tt=3000&rc=0", Policy(1000, 2000, 3000, 0)),
        ("e=tokyo&sni=y", Policy()),
        ("rc=6", None),
        ("ct=50", None),
        ("rp=3xx", None),
        ("rt=abc", None),
    ],
)
def test_overrides_are_read_within_their_bounds(fragment: str, policy: Policy | None) -> None:
    assert override(fragment) == policy


async def _asked(url: str, pages: object, seconds: float = 60) -> Service:
    centre = service({"/v": pages, "/fallback": "<Hangup/>"})
    centre.carrier.number("+8225550123", url, fallback=f"{HOST}/fallback")
    centre.carrier.dial(CITIZEN, "+8225550123")
    await centre.carrier.run_for(seconds)
    return centre


async def test_a_server_that_cannot_be_reached_is_tried_once_more_by_default() -> None:
    centre = await _asked(f"{HOST}/v", [Page(failure="ct"), "<Say>네</Say>"])
    assert centre.carrier.heard(CITIZEN) == ["네"]
    first, second = (hit for hit in centre.hits if hit.path == "/v")
    assert second.at_us - first.at_us == pytest.approx(5 * SECOND, abs=1000)
    token = "I-Twilio-Idempotency-Token"
    assert first.headers[token] == second.headers[token]


async def test_an_error_of_the_server_is_tried_again_only_where_the_address_says_so() -> None:
    centre = await _asked(f"{HOST}/v", [Page(status=500), "<Say>네</Say>"])
    assert (len(centre.to("/v")), len(centre.to("/fallback"))) == (1, 1)
    centre = await _asked(f"{HOST}/v#rc=2&rp=5xx", [Page(status=500), Page(status=503), "<Say>네</Say>"])
    assert (len(centre.to("/v")), len(centre.to("/fallback"))) == (3, 0)
    centre = await _asked(f"{HOST}/v#rc=1&rp=4xx", Page(status=404))
    assert (len(centre.to("/v")), len(centre.to("/fallback"))) == (2, 1)


async def test_time_outs_are_those_of_the_address() -> None:
    centre = await _asked(f"{HOST}/v#rt=1000&rc=1&rp=rt&tt=15000", [Page(took_us=2 * SECOND), "<Say>네</Say>"])
    first, second = (hit for hit in centre.hits if hit.path == "/v")
    assert second.at_us - first.at_us == pytest.approx(SECOND, abs=1000)


async def test_the_total_bounds_all_attempts() -> None:
    centre = await _asked(f"{HOST}/v#rt=2000&tt=3000&rc=5&rp=rt", Page(took_us=9 * SECOND))
    assert len(centre.to("/v")) == 2


async def test_the_total_bounds_one_attempt_too() -> None:
    centre = service({"/voice": Page(took_us=5 * SECOND), "/fallback": "<Hangup/>"})
    centre.carrier.number(LINE, f"{HOST}/voice#tt=1000", fallback=f"{HOST}/fallback")
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(1.5)
    assert centre.said("/fallback", "ErrorCode") == ["11200"]


async def test_the_total_counts_from_the_first_attempt_and_not_from_an_outage() -> None:
    centre = service({"/voice": Page("<Response><Say>네</Say></Response>", took_us=SECOND)})
    centre.carrier.net.faults.outage_until_us = centre.carrier.now_us + 30 * SECOND
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(35)
    assert centre.carrier.heard(CITIZEN) == ["네"]


async def test_an_override_that_cannot_be_read_is_told_and_the_defaults_hold() -> None:
    centre = await _asked(f"{HOST}/v#rp=never", "<Say>네</Say>")
    assert centre.carrier.net.notices[0].code == 11243
    assert centre.carrier.heard(CITIZEN) == ["네"]


async def test_the_fragment_is_neither_sent_nor_signed() -> None:
    centre = await _asked(f"{HOST}/v?a=1#rc=2", "<Hangup/>")  # the service checks every signature
    assert centre.to("/v")


async def test_a_get_carries_its_parameters_in_the_address() -> None:
    centre = service({"/v": "<Hangup/>"})
    centre.carrier.number("+8225550123", f"{HOST}/v?k=1", method="GET")
    centre.carrier.dial(CITIZEN, "+8225550123")
    await centre.carrier.run_for(1)
    [hit] = [hit for hit in centre.hits if hit.path == "/v"]
    assert (hit.method, hit.form["k"], hit.form["From"]) == ("GET", "1", CITIZEN)


async def _events(weather: Weather, seed: int) -> tuple[list[int], Service]:
    centre = service({"/voice": '<Dial><Conference endConferenceOnExit="true">r</Conference></Dial>'}, seed=seed)
    centre.carrier.net.faults.weather = weather
    events = ["start", "end", "join", "leave", "mute", "hold"]
    centre.rest(
        "POST", "Conferences/r/Participants", From=LINE, To=DESK, Label="desk",
        ConferenceStatusCallback=f"{HOST}/room", ConferenceStatusCallbackEvent=events,
    )  # fmt: skip
    await centre.carrier.run_for(4)
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(2)
    room = centre.carrier.net.open_rooms["r"].sid
    for number in range(20):
        centre.rest("POST", f"Conferences/{room}/Participants/desk", Muted="true" if number % 2 == 0 else "false")
        await centre.carrier.run_for(1)
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_until_idle()
    return [int(form["SequenceNumber"]) for form in centre.to("/room")], centre


async def test_what_breaks_the_network_is_logged_and_raised_by_who_waits_for_it(caplog: Any) -> None:
    def broken(form: dict[str, str]) -> str:
        raise RuntimeError("no such page")

    centre = service({"/voice": broken})
    centre.carrier.dial(CITIZEN, LINE)
    with pytest.raises(RuntimeError, match="no such page"):
        await centre.carrier.run_for(1)
    with pytest.raises(RuntimeError, match="no such page"):
        await centre.carrier.until(lambda: False)
    assert "the carrier has broken" in caplog.text


async def test_in_fair_weather_callbacks_come_once_and_in_order() -> None:
    numbers, _ = await _events(Weather(), 1)
    assert numbers == list(range(1, 27))


async def test_lost_doubled_and_reordered_callbacks_are_what_was_ordered() -> None:
    numbers, _ = await _events(Weather(drop=0.3), 1)
    assert 10 < len(numbers) < 24
    numbers, centre = await _events(Weather(duplicate=0.5), 1)
    assert len(numbers) > 30
    tokens = [hit.headers["I-Twilio-Idempotency-Token"] for hit in centre.hits if hit.path == "/room"]
    assert len(set(tokens)) == 26
    numbers, _ = await _events(Weather(reorder=0.5), 1)
    assert sorted(numbers) == list(range(1, 27))
    assert numbers != sorted(numbers)


async def test_documents_are_never_lost_by_the_weather() -> None:
    _, centre = await _events(Weather(drop=1.0), 1)
    assert centre.to("/room") == []
    assert len(centre.to("/voice")) == 1


async def test_the_same_seed_gives_the_same_trace_and_another_seed_another() -> None:
    weather = Weather(drop=0.2, duplicate=0.2, reorder=0.3, delay_us=SECOND)
    traces = [(await _events(weather, seed))[1].carrier.net.trace for seed in (7, 7, 8)]
    assert traces[0] == traces[1]
    assert traces[0] != traces[2]
