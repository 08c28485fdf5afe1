"""Play as Twilio does it: the recording is fetched by GET, lasts as long as it is, and is kept as its server allows."""

from __future__ import annotations

from typing import Any

import pytest

from channels.carrier.model import SECOND
from channels.carrier.sounds import BAD_CONTENT
from channels.voice import music
from tests.carrier.service import CITIZEN, HOST, LINE, Page, Service, service
from tests.media.test_sound import mp3, wav

KEPT = (("Cache-Control", "public, max-age=60"),)
PLAY = f"<Play>{HOST}/hello</Play><Say>끝</Say>"


async def called(pages: dict[str, Any], seconds: float = 8) -> Service:
    centre = service(pages)
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(seconds)
    return centre


def lasted(centre: Service, kind: str = "play") -> list[float]:
    heard = centre.carrier.phone(CITIZEN).heard
    return [round((one.ended_us - one.at_us) / SECOND, 2) for one in heard if one.kind == kind]


@pytest.mark.parametrize(
    ("body", "kind", "seconds"),
    [(wav(), "audio/wav", 1.0), (wav(b"\xff" * 20_000), "audio/x-wav", 2.5), (mp3(50), "audio/mpeg", 1.8)],
)
async def test_a_recording_is_fetched_and_lasts_as_long_as_it_is(body: bytes, kind: str, seconds: float) -> None:
    centre = await called({"/voice": PLAY, "/hello": Page(body, kind=kind)})
    assert lasted(centre) == [seconds]
    assert centre.carrier.heard(CITIZEN) == [f"{HOST}/hello", "끝"]
    (hit,) = [hit for hit in centre.hits if hit.path == "/hello"]
    assert (hit.method, hit.params) == ("GET", ()), "a web server of recordings is told nothing about the call"


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page("", status=404), 11200),
        (Page("<html>", kind="text/html"), BAD_CONTENT),
        (Page("RIFF", kind="audio/wav"), BAD_CONTENT),
        (Page(mp3()[:-1], kind="audio/mpeg"), BAD_CONTENT),
        (Page(failure="ct"), 11205),
    ],
)
async def test_what_cannot_be_played_is_an_error_and_the_next_verb_follows(page: Page, code: int) -> None:
    centre = await called({"/voice": PLAY, "/hello": page}, 15)
    assert centre.carrier.heard(CITIZEN) == ["끝"]
    assert code in [notice.code for notice in centre.carrier.net.notices]


async def test_another_kind_of_sound_is_believed_and_its_length_guessed() -> None:
    centre = await called({"/voice": PLAY, "/hello": Page("FORM", kind="audio/aiff")}, 12)
    assert lasted(centre) == [8.0]


@pytest.mark.parametrize(("headers", "asked"), [(KEPT, 1), ((), 3), ((("Cache-Control", "no-store"),), 3)])
async def test_it_is_kept_as_long_as_its_server_says(headers: Any, asked: int) -> None:
    pages = {"/voice": PLAY * 3, "/hello": Page(wav(), kind="audio/wav", headers=headers)}
    centre = await called(pages)
    assert lasted(centre)[:3] == [1.0] * 3
    assert len(centre.to("/hello")) == asked


async def test_once_for_every_round_of_a_loop() -> None:
    pages = {"/voice": f'<Play loop="3">{HOST}/hello</Play>', "/hello": Page(wav(), kind="audio/wav")}
    centre = await called(pages)
    assert (lasted(centre), len(centre.to("/hello"))) == ([1.0, 1.0, 1.0], 1)


@pytest.mark.parametrize("early", [True, False])
async def test_a_key_is_heard_while_a_recording_comes_and_while_it_plays(early: bool) -> None:
    slow = Page(music.wav(), kind="audio/wav", took_us=2 * SECOND)
    document = f'<Gather action="{HOST}/key" numDigits="1"><Play>{HOST}/hello</Play></Gather>'
    centre = service({"/voice": document, "/hello": slow, "/key": "<Pause length='9'/>"})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(1 if early else 4)
    centre.carrier.press(CITIZEN, "7")
    await centre.carrier.run_for(1)
    assert centre.said("/key", "Digits") == ["7"]
