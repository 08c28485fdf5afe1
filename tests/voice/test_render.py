"""A recorded turn as TwiML: golden documents, what may stand where, and the same bytes for the same turn."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.twilio.element import Element
from channels.twilio.reading import Fault, parse
from channels.twilio.verbs import Place
from channels.voice import documents as d
from channels.voice.links import Hop, Links, read
from channels.voice.ports import Said
from channels.voice.render import Scene, Style, render
from channels.voice.turns import BYTES_MAX, decode, encode
from channels.voice.words import SENTENCES, VOICES, say, standing
from dasan.core.errors import ConfigWrong
from ivr import actions as a
from ivr.actions import Utterance
from ivr.state import Line, State

SESSION, LEG = "s_01m30qm6q420kw71nvrk6p2fhg", "l_01m30qm6q4fva1wbzbh50mrd1w"
LINKS = Links("https://120.example")
DIAL = {"danuri": "+8215771366", "119": "sip:119@psap.example", "desk": "client:front"}
STYLE = Style(
    LINKS, "https://120.example/music.wav", caller_id="+8225550120", speech=True, dial=lambda c: DIAL.get(c, "")
)
STATE = State("f@sha256:0", 3, "ask", language="ko", line=Line("general"))
HELLO = Utterance("120다산콜센터입니다.", "ko")
HOP = Hop(SESSION, LEG, 3)


def said(*actions: Any, place: Place = "call", style: Style = STYLE) -> Element:
    """The document of these actions, as Twilio reads it."""
    body = render(STATE, actions, Scene(HOP, style, place))
    found = parse(body, place)
    assert not isinstance(found, Fault), (found, body)
    return found


def xml(*actions: Any, place: Place = "call", style: Style = STYLE) -> str:
    return render(STATE, actions, Scene(HOP, style, place)).decode().partition("?>")[2]


TO = f"https://120.example/twilio/voice/{{}}?s={SESSION}&amp;l={LEG}&amp;t=3"
VOICE = 'voice="Google.ko-KR-Neural2-A" language="ko-KR"'


def test_a_menu_hears_one_key_and_none_ends_it() -> None:
    ask = a.Ask((Utterance("교통은 1번.", "ko"),), "ko", timeout_s=6)
    assert xml(a.Say((HELLO,)), ask) == (
        f'<Response><Gather input="dtmf" action="{TO.format("step")}" timeout="6" finishOnKey="" numDigits="1" '
        f'actionOnEmptyResult="true"><Say {VOICE}>120다산콜센터입니다.</Say><Say {VOICE}>교통은 1번.</Say></Gather>'
        f"<Redirect>{TO.format('step')}</Redirect></Response>"
    )


def test_a_notice_that_must_be_heard_stands_before_the_question() -> None:
    root = said(a.Say((HELLO,), barge_in=False), a.Ask((Utterance("번호를 누르세요.", "ko"),), "ko"))
    assert [verb.name for verb in root.elements] == ["Say", "Gather", "Redirect"]


def test_speech_always_has_keys_beside_it_and_only_where_it_was_accepted() -> None:
    ask = a.Ask((HELLO,), "ko", speech=True, hints=("교통", "수도"))
    gather = said(ask).elements[0]
    assert (gather.get("input"), gather.get("language"), gather.get("speechTimeout")) == (
        "dtmf speech",
        "ko-KR",
        "2",
    )
    assert (gather.get("hints"), gather.get("speechModel")) == ("교통, 수도", "googlev2_telephony")
    silent = Style(LINKS, STYLE.music)
    assert said(ask, style=silent).elements[0].get("input") == "dtmf"


def test_many_digits_end_at_their_number_or_their_key() -> None:
    gather = said(a.Ask((HELLO,), "ko", num_digits=0, max_digits=11, terminator="#", timeout_s=7.5)).elements[0]
    assert (gather.get("numDigits"), gather.get("finishOnKey"), gather.get("timeout")) == ("11", "#", "8")


def test_who_likes_it_slow_hears_it_slowly() -> None:
    assert '<prosody rate="80%">120다산콜센터입니다.</prosody>' in xml(
        a.Ask((Utterance("120다산콜센터입니다.", "ko", slow=True),), "ko")
    )


@pytest.mark.parametrize("language", sorted(VOICES))
def test_every_language_has_its_voice(language: str) -> None:
    spoken = said(a.Ask((Utterance("120", language),), language)).elements[0].elements[0]
    assert spoken.get("language") == VOICES[language].say
    assert spoken.get("voice") == VOICES[language].voice


def test_a_recording_is_played_instead_of_a_voice() -> None:
    root = said(a.Ask((Utterance("안녕하세요", "ko", audio="https://a.example/hello.wav"),), "ko"))
    assert root.elements[0].elements[0].text == "https://a.example/hello.wav"


def test_the_caller_is_parked_with_the_step_in_both_addresses() -> None:
    assert xml(a.Say((HELLO,)), a.Queue("general", "ko")) == (
        f'<Response><Say {VOICE}>120다산콜센터입니다.</Say><Enqueue action="{TO.format("left")}" '
        f'waitUrl="{TO.format("wait")}">general</Enqueue><Redirect>{TO.format("left")}</Redirect></Response>'
    )


def test_on_the_wait_page_keys_are_heard_over_the_music() -> None:
    root = said(a.Hold((HELLO,), "ko", 30.0, "120#*"), place="queue_wait")
    gather = root.elements[0]
    assert [one.name for one in gather.elements] == ["Say", "Play"]
    assert gather.elements[1].get("loop") == "4"
    assert (gather.get("numDigits"), gather.get("finishOnKey")) == ("1", "")
    assert "/voice/wait?" in gather.get("action")


def test_a_wait_without_keys_asks_again_by_itself() -> None:
    root = said(a.Hold((HELLO,), "ko", 3.0), place="queue_wait")
    assert [one.name for one in root.elements] == ["Say", "Play", "Redirect"]


@pytest.mark.parametrize(
    "last",
    [
        a.Ask((HELLO,), "ko"),
        a.Voicemail("general", 120, "ko"),
        a.Transfer("danuri", "ko"),
        a.Queue("water", "ko"),
        a.Callback("general", "", 0, True, "ko"),
        a.End("bye"),
    ],
)
def test_who_leaves_the_line_hears_the_rest_where_the_call_goes_on(last: a.Action) -> None:
    turn = (a.Leave("zero", "general"), a.Say((HELLO,)), last)
    assert [one.name for one in said(*turn, place="queue_wait").elements] == ["Leave"]
    assert "120다산콜센터입니다." in xml(*turn)


@pytest.mark.parametrize("last", [a.Fetch("x", {}, 3.0), a.Lookup("x", {}, 3.0)])
@pytest.mark.parametrize("place", ["call", "queue_wait"])
def test_a_lookup_never_keeps_a_hop_waiting(last: a.Action, place: Place) -> None:
    root = said(a.Say((HELLO,)), last, place=place)
    assert [one.name for one in root.elements] == ["Say", "Pause", "Redirect"]
    assert root.elements[-1].text.endswith("t=3&r=1")


@pytest.mark.parametrize(("line", "noun"), [("danuri", "Number"), ("119", "Sip"), ("desk", "Client")])
def test_a_line_is_dialled_and_its_answerer_told_first(line: str, noun: str) -> None:
    dial = said(a.Transfer(line, "ko")).elements[0]
    assert dial.get("callerId") == "+8225550120"
    assert dial.get("timeout") == "40"
    assert f"n={line}" in dial.get("action")
    assert dial.elements[0].name == noun
    assert "/voice/whisper?" in dial.elements[0].get("url")


def test_a_line_without_a_number_is_not_dialled() -> None:
    assert [one.name for one in said(a.Transfer("lonely", "ko")).elements] == ["Redirect"]


def test_a_message_is_recorded_after_a_word_and_a_tone() -> None:
    root = said(a.Voicemail("general", 120, "ko"))
    record = root.elements[1]
    assert [one.name for one in root.elements] == ["Say", "Record", "Redirect"]
    assert (record.get("maxLength"), record.get("playBeep"), record.get("finishOnKey")) == ("120", "true", "#")
    assert "w=voicemail" in record.get("recordingStatusCallback")
    assert [one.name for one in said(a.Say((HELLO,)), a.Voicemail("general", 60, "ko")).elements] == [
        *("Say", "Record", "Redirect"),
    ]


def test_the_last_words_are_heard_before_the_call_ends() -> None:
    root = said(a.Say((HELLO,)), a.End("done"))
    assert [one.name for one in root.elements] == ["Say", "Hangup"]
    assert "/voice/join?" in said(a.End("answered", hang_up=False)).elements[-1].text


# -- whatever a turn says

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
UTTERANCES = st.lists(st.builds(Utterance, TEXT, st.sampled_from([*VOICES, "xx"]), slow=st.booleans()), max_size=3).map(
    tuple
)
LAST = st.one_of(
    st.builds(a.Ask, UTTERANCES, st.sampled_from([*VOICES]), speech=st.booleans(), num_digits=st.integers(0, 12),
              max_digits=st.integers(1, 20), timeout_s=st.floats(0.1, 60), hints=st.lists(TEXT, max_size=4).map(tuple)),
    st.builds(a.Hold, UTTERANCES, st.just("ko"), st.floats(0, 120), st.sampled_from(["", "0", "120#*"])),
    st.builds(a.Queue, st.text("abcdefgh-", min_size=1, max_size=80), st.just("ko")),
    st.builds(a.Transfer, st.sampled_from([*DIAL, "none"]), st.just("ko")),
    st.builds(a.Voicemail, st.just("general"), st.integers(0, 600), st.just("ko")),
    st.builds(a.Callback, st.just("general"), st.just(""), st.just(0), st.booleans(), st.just("ko")),
    st.builds(a.Sms, TEXT, st.just(""), st.just("ko")),
    st.builds(a.Lookup, st.just("x"), st.just({}), st.just(2.0)),
    st.builds(a.End, st.just("done"), st.booleans()),
)  # fmt: skip
TURNS = st.tuples(
    st.lists(st.one_of(st.builds(a.Say, UTTERANCES, st.booleans()), st.builds(a.Leave, st.just("zero"))), max_size=3),
    LAST,
).map(lambda pair: (*pair[0], pair[1]))


@given(TURNS, st.sampled_from(["call", "queue_wait"]))
def test_every_turn_is_a_document_that_twilio_obeys_and_always_the_same(turn: tuple[Any, ...], place: Place) -> None:
    first = render(STATE, turn, Scene(HOP, STYLE, place))
    assert not isinstance(parse(first, place), Fault)
    kept = decode(encode(Said(STATE, turn)))
    assert kept == Said(STATE, turn)
    assert render(kept.state, kept.actions, Scene(HOP, STYLE, place)) == first


def test_a_turn_of_another_version_of_ours_is_read_by_what_both_know() -> None:
    turn = json.loads(zlib.decompress(encode(Said(STATE, (a.Ask((HELLO,), "ko"),)))))
    turn["actions"][0][1]["of_another_version"] = 2.0
    assert decode(json.dumps(turn)).actions == (a.Ask((HELLO,), "ko"),)


@pytest.mark.parametrize(
    "kept",
    ["", "[]", "x", b"", b"x\x9c", encode(Said(STATE, ()))[:-5], zlib.compress(b" " * (BYTES_MAX + 1)), b"\xff" * 99],
)
def test_a_turn_that_cannot_be_read_is_told_as_such(kept: str | bytes) -> None:
    with pytest.raises(ConfigWrong):
        decode(kept)


@given(TURNS)
def test_no_document_of_a_turn_just_ends_while_somebody_listens(turn: tuple[Any, ...]) -> None:
    root = parse(render(STATE, turn, Scene(HOP, STYLE)), "call")
    assert not isinstance(root, Fault)
    assert root.elements[-1].name in {"Redirect", "Hangup"}


# -- the documents that no flow says


def test_the_citizen_ends_the_room_and_is_named_by_her_leg() -> None:
    root = parse(d.room(STYLE, SESSION, LEG))
    assert isinstance(root, Element)
    room = root.elements[0].elements[0]
    assert (room.text, room.get("participantLabel"), room.get("endConferenceOnExit")) == (SESSION, LEG, "true")
    assert "join" in room.get("statusCallbackEvent")
    assert "/voice/join?" in root.elements[0].get("action"), "let out of the room, she is asked where she shall be"


@pytest.mark.parametrize("what", ["hold", "connecting", "alone", "nonsense"])
def test_music_in_a_room_goes_on_for_ever(what: str) -> None:
    root = parse(d.hold(STYLE, HOP, "en", what), "room_wait")
    assert isinstance(root, Element)
    assert root.elements[-1].name == "Redirect"
    assert (root.elements[0].name == "Play") == (what == "alone")


@pytest.mark.parametrize("people", [(), ("+82221335000",), ("+82221335000", "sip:hunt@city.example", "client:desk")])
def test_the_fallback_reaches_people_without_asking_us(people: tuple[str, ...]) -> None:
    body = d.fallback(people, "+8225550120")
    root = parse(body)
    assert isinstance(root, Element)
    assert [one.name for one in root.elements] == ["Say", "Say", *["Dial"] * len(people), "Say", "Say", "Hangup"]
    assert b"http" not in body.partition(b"?>")[2], "no address of ours stands in it"


def test_the_fallback_that_knows_the_way_home_lets_nobody_go() -> None:
    root = parse(d.fallback(["+82221335000"], "+8225550120", home="https://120.example/twilio/voice"))
    assert isinstance(root, Element)
    assert [one.name for one in root.elements] == ["Say", "Say", "Dial", "Say", "Say", "Pause", "Redirect"]
    assert root.elements[-1].text == "https://120.example/twilio/voice"


def test_a_line_is_told_place_and_summary_and_nothing_that_breaks_a_document() -> None:
    body = d.whispered({"place": "세종대로 110 <b>&", "summary": "쓰러진 사람" * 2_000})
    root = parse(body, "announce")
    assert isinstance(root, Element)
    assert "세종대로 110 <b>&" in root.elements[0].text
    assert len(d.whispered({})) < 400


@pytest.mark.parametrize(("wait_s", "told"), [(30, "약 30초"), (90, "약 1분 30초"), (150, "약 3분"), (600, "약 10분")])
def test_a_wait_that_is_told_is_never_shorter_than_it_is(wait_s: int, told: str) -> None:
    assert standing("ko", 3, wait_s) == ("앞에 두 명이 기다리고 계십니다.", f"예상 대기 시간은 {told}입니다.")


def test_of_a_wait_only_what_is_known_is_told() -> None:
    assert standing("en", 1, None) == ("You are next.",)
    assert standing("en", 2, None) == ("Callers ahead of you: 1.",)
    assert standing("ko", None, 60) == ()


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_sentence_is_there_in_korean_and_english(code: str) -> None:
    values = {"ahead": 3, "minutes": 4, "place": "p", "summary": "s"}
    assert say(code, "ko", **values)
    assert say(code, "en", **values) != say(code, "ko", **values)
    assert say(code, "xx", **values) == say(code, "ko", **values)


@given(st.builds(Hop, st.sampled_from(["", SESSION]), st.sampled_from(["", LEG]), st.integers(0, 99_999),
                 st.integers(0, 40), st.text("abc-", max_size=40), st.text("abc19", max_size=40)))  # fmt: skip
def test_what_an_address_says_is_read_back(hop: Hop) -> None:
    from urllib.parse import parse_qsl, urlsplit

    url = LINKS.to("voice/step", hop)
    assert read(dict(parse_qsl(urlsplit(url).query))) == hop
