"""An engine of the operator's own: a call's stream is understood here and told as the network tells its own."""

from __future__ import annotations

import json

import pytest

from channels.media.ears import WANTED_MAX, LocalEars
from channels.twilio.client import TwilioVoice
from dasan.core.errors import ProviderFailed
from tests.media.house import CITIZEN, LINE, world
from tests.media.recogniser import Line, Scripted
from tests.twilio.building import CALL, HERE, Script, exchange


async def test_a_call_is_understood_here_and_told_in_the_networks_own_form() -> None:
    told: list[tuple[str, dict[str, str]]] = []
    languages: list[str] = []

    def engine(language: str) -> Scripted:
        languages.append(language)
        return Scripted(Line(0.2, "불법", False, 40), Line(0.4, "불법 주차요", True, 92))

    async with world() as w:
        ears = LocalEars("AC1", w.url, engine, lambda url, form: told.append((url, dict(form))))
        w.welcome = ears.welcome
        w.service.pages["/voice"] = '<Say>네</Say><Pause length="60"/>'
        call = w.carrier.dial(CITIZEN, LINE).sid
        await w.until(lambda: w.carrier.net.calls[call].status == "in-progress")
        voice = TwilioVoice(w.voice._exchange, HERE, accepted=("streams",), ears=ears)
        await voice.transcribe(call, "start", "https://120.example/heard?l=l_1", "ko-KR")
        await w.until(lambda: len(told) == 3)
        await voice.transcribe(call, "stop")
        await w.until(lambda: not w.door.streams and len(told) == 4)
    assert {url for url, _ in told} == {"https://120.example/heard?l=l_1"}
    forms = [form for _, form in told]
    assert [form["SequenceId"] for form in forms] == ["1", "2", "3", "4"]
    assert [form["TranscriptionEvent"].removeprefix("transcription-") for form in forms] == [
        "started", "content", "content", "stopped",
    ]  # fmt: skip
    assert {(form["CallSid"], form["TranscriptionSid"][:2]) for form in forms} == {(call, "GT")}
    assert [(form["Track"], form["Final"]) for form in forms[1:3]] == [
        ("inbound_track", "false"),
        ("inbound_track", "true"),
    ]
    assert json.loads(forms[2]["TranscriptionData"]) == {"transcript": "불법 주차요", "confidence": 0.92}
    assert languages == ["ko-KR"]


async def test_an_engine_that_fails_is_told_as_the_network_tells_that_its_own_has_failed() -> None:
    def engine(language: str) -> Scripted:
        raise RuntimeError("no model")

    told: list[dict[str, str]] = []
    async with world() as w:
        ears = LocalEars("AC1", w.url, engine, lambda url, form: told.append(dict(form)))
        w.welcome = ears.welcome
        w.service.pages["/voice"] = f'<Start><Stream url="{w.url}"/></Start><Pause length="60"/>'
        ears.expect(w.carrier.dial(CITIZEN, LINE).sid, "https://120.example/heard", "ko-KR")
        await w.until(lambda: len(told) == 2)
    assert [form["TranscriptionEvent"] for form in told] == ["transcription-started", "transcription-error"]


async def test_a_stream_that_nobody_asked_for_is_not_listened_to() -> None:
    async with world() as w:
        ears = LocalEars("AC1", w.url, lambda language: Scripted(), lambda url, form: None)
        w.welcome = ears.welcome
        w.service.pages["/voice"] = f'<Connect><Stream url="{w.url}"/></Connect>'
        w.carrier.dial(CITIZEN, LINE)
        await w.until(lambda: w.door.refused == {"unwanted": 1})


async def test_sound_is_not_sent_here_unless_streams_are_accepted() -> None:
    script = Script()
    ears = LocalEars("AC1", "wss://120.example/s", lambda language: Scripted(), lambda url, form: None)
    voice = TwilioVoice(exchange(script), HERE, accepted=("transcription",), ears=ears)
    with pytest.raises(ProviderFailed) as failed:
        await voice.transcribe(CALL, "start", "https://120.example/heard")
    assert failed.value.code == "not_accepted"
    assert script.asked == []


def test_what_is_expected_is_bounded() -> None:
    ears = LocalEars("AC1", "wss://120.example/s", lambda language: Scripted(), lambda url, form: None)
    for n in range(WANTED_MAX + 10):
        ears.expect(f"CA{n}", "https://120.example/heard", "ko-KR")
    assert len(ears._wanted) == WANTED_MAX
