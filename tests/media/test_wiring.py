"""A recogniser of the operator's own is found by its name, and what it understands reaches the transcripts."""

from __future__ import annotations

import pytest

from channels.twilio.signature import Keys, Verifier
from channels.twilio.webhook import Form, Gatekeeper
from channels.voice.links import Hop, Links
from dasan.app.ears import PATH, ears_of, engine, sockets
from dasan.core.errors import ConfigWrong
from dasan.settings import Settings
from tests.media.recogniser import Scripted

SESSION, LEG = "s_" + "0" * 26, "l_" + "0" * 26


def korean(language: str) -> Scripted:
    assert language == "ko-KR"
    return Scripted()


def settings(**voice: object) -> Settings:
    base = Settings()
    given = {"account_sid": "AC" + "0" * 32, "accept": ("streams",), "local_engine": f"{__name__}:korean", **voice}
    server = base.server.model_copy(update={"public_url": "https://120.example"})
    return base.model_copy(update={"voice": base.voice.model_copy(update=given), "server": server})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch):
    import sys
    from types import ModuleType

    plug = ModuleType("engine_of_a_test")
    plug.korean = korean  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "engine_of_a_test", plug)
    heard: list[tuple[Form, Hop]] = []
    ears = ears_of(settings(local_engine="engine_of_a_test:korean"), lambda form, hop: heard.append((form, hop)))
    assert ears is not None
    return ears, heard


def test_without_an_engine_there_is_no_socket() -> None:
    assert ears_of(settings(local_engine=""), lambda form, hop: None) is None
    gatekeeper = Gatekeeper("AC1", Verifier("https://120.example", Keys(("t",))))
    assert sockets("AC1", gatekeeper, None) == {}


def test_with_one_the_network_is_told_our_socket_and_may_open_many(made) -> None:
    ears, _ = made
    assert ears.url == "wss://120.example" + PATH
    gatekeeper = Gatekeeper("AC1", Verifier("https://120.example", Keys(("t",))))
    (route,) = sockets("AC1", gatekeeper, ears).values()
    assert route.many


def test_what_is_understood_is_told_for_the_leg_that_was_asked_for(made) -> None:
    ears, heard = made
    callback = Links("https://120.example").to("voice/transcript", Hop(SESSION, LEG))
    ears._tell(callback, {"TranscriptionEvent": "transcription-started"})
    ((form, hop),) = heard
    assert form.get("TranscriptionEvent") == "transcription-started"
    assert (hop.session, hop.leg) == (SESSION, LEG)


@pytest.mark.parametrize("name", ["no.such.module:engine", "channels.media.mulaw:missing"])
def test_an_engine_that_cannot_be_loaded_is_named_at_the_start(name: str) -> None:
    with pytest.raises(ConfigWrong) as wrong:
        engine(name)
    assert wrong.value.problems[0].key == "voice.local_engine"
