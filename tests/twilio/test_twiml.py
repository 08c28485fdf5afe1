"""Documents that this service says, and documents as Twilio would read them."""

from __future__ import annotations

import inspect
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml import TwiML, lower_camel, voice_response

from channels.twilio import twiml, verbs
from channels.twilio.element import make
from channels.twilio.spoken import fits
from channels.twilio.twiml import Element, Fault, Malformed, document, parse

# -- the table against the twilio package

# What the package's classes take and the table leaves out, because this service has no use for it.
UNUSED_CHILDREN = {
    "Response": {"Echo", "Queue", "Sms", "Pay", "Prompt"},
    "Dial": {"Sim", "WhatsApp"},
    "Sip": {"Uri", "Headers"},
    "Enqueue": {"Task"},
    "Connect": {
        *("Room", "Autopilot", "VirtualAgent", "Conversation", "ConversationRelay", "AiSession"),
        "ConversationRelaySession",
    },
    "Start": {"Siprec"},
    "Stop": {"Siprec"},
    "Transcription": {"Config", "Parameter"},
    "Hangup": {"Parameter"},
    "Reject": {"Parameter"},
}
CLASSES = {
    name: cls
    for name, cls in inspect.getmembers(voice_response, inspect.isclass)
    if issubclass(cls, TwiML) and cls is not TwiML
}


def element_name(cls: type[TwiML]) -> str:
    needed = [p.name for p in inspect.signature(cls.__init__).parameters.values() if p.default is p.empty]
    return cls(**{name: "x" for name in needed if name not in {"self", "kwargs"}}).name


def class_of(key: str) -> type[TwiML]:
    if key in {"Response", "ReferSip"}:
        return CLASSES["VoiceResponse" if key == "Response" else key]
    if key in verbs.SPOKEN:
        return next(cls for name, cls in CLASSES.items() if name.startswith("Ssml") and element_name(cls) == key)
    return CLASSES[key]


def methods() -> dict[str, list[inspect.Signature]]:
    """Every way the package makes an element of a class: the attributes stand in these signatures."""
    found: dict[str, list[inspect.Signature]] = {}
    for cls in CLASSES.values():
        for name, method in vars(cls).items():
            if name.startswith("_"):
                continue
            for target in CLASSES:
                if f"{target}(" in inspect.getsource(method):
                    found.setdefault(target, []).append(inspect.signature(method))
    return found


MADE_BY = methods()


def attributes_in_package(cls: type[TwiML]) -> set[str]:
    signatures = MADE_BY.get(cls.__name__, [])
    return {TwiML.MAP.get(p, lower_camel(p)) for signature in signatures for p in signature.parameters}


def children_in_package(cls: type[TwiML]) -> set[str]:
    made = {source for name, source in ((n, inspect.getsource(m)) for n, m in vars(cls).items() if n[0] != "_")}
    return {element_name(c) for n, c in CLASSES.items() if any(f"{n}(" in source for source in made)}


@pytest.mark.parametrize("key", verbs.TABLE)
def test_every_attribute_of_the_table_is_one_that_the_package_knows(key: str) -> None:
    assert set(verbs.TABLE[key].attributes) <= attributes_in_package(class_of(key))


@pytest.mark.parametrize("key", verbs.TABLE)
def test_what_may_stand_in_what_is_what_the_package_says_save_for_what_is_left_out(key: str) -> None:
    ours = set(verbs.TABLE[key].children)
    assert children_in_package(class_of(key)) - ours == UNUSED_CHILDREN.get(key, set())
    assert ours - children_in_package(class_of(key)) == set()


def test_every_child_has_a_row_and_every_place_says_known_verbs() -> None:
    assert {key for row in verbs.TABLE.values() for key in row.children.values()} <= set(verbs.TABLE)
    assert all(place <= set(verbs.VERBS) for place in verbs.PLACES.values())


# -- building

READ = make("say-as", {"interpret-as": "digits"}, "120")
BUILT = [
    twiml.say("말씀 드립니다", make("break", {"time": "300ms"}), READ, language="ko-KR"),
    twiml.say(twiml.slower(80, "천천히 "), voice="Google.ko-KR-Neural2-A"),
    twiml.play("https://120.example/music.wav", loop=0),
    make("Play", {"digits": "1w2"}),
    twiml.pause(2),
    twiml.gather(
        twiml.say("1번"),
        action="/step?s=1&k=2",
        input="dtmf speech",
        digits=1,
        timeout=6,
        speech_timeout=2,
        language="ko-KR",
        model="googlev2_telephony",
        hints="주차, 여권",
        barge_in=True,
    ),
    twiml.record(action="/voicemail", max_length=120, timeout=5, finish_on="#", beep=True, callback="/recorded"),
    twiml.enqueue("traffic", wait_url="/wait", action="/left"),
    twiml.redirect("/next"),
    make("Reject", {"reason": "busy"}),
    twiml.dial(
        twiml.conference(
            "s_1",
            label="l_1",
            ends=True,
            wait_url="",
            jitter="small",
            status="https://120.example/room",
            status_events=("start", "end", "join", "leave"),
            muted=False,
        ),
        action="/after",
    ),
    twiml.dial(
        twiml.phone("+82221330120", status="/leg", events=("answered", "completed"), url="/whisper"),
        caller_id="+8225550120",
        timeout=20,
        answer_on_bridge=True,
    ),
    twiml.dial(twiml.phone("sip:c12@pbx.example")),
    twiml.dial(twiml.phone("client:c12")),
    twiml.connect(twiml.stream("wss://120.example/media", parameters={"session": "s_1"})),
    make(
        "Start",
        {},
        make("Transcription", {"name": "t", "languageCode": "ko-KR", "track": "both_tracks", "partialResults": True}),
        make("Recording", {"channels": "dual"}),
    ),
    make("Stop", {}, make("Transcription", {"name": "t"}), make("Stream", {"name": "tap"})),
    make("Refer", {"action": "/after"}, make("Sip", {}, "sip:desk@pbx.example", key="ReferSip")),
    twiml.leave(),
    twiml.hangup(),
]


def test_what_is_built_is_read_back_as_it_was() -> None:
    body = document(*[verb for verb in BUILT if verb.name != "Leave"])
    read = parse(body)
    assert isinstance(read, Element)
    assert document(*read.elements) == body


def test_every_verb_is_shown_here() -> None:
    shown = {e.name for verb in BUILT for e in verb.walk()}
    assert set(verbs.VERBS) <= shown


@given(st.text(max_size=200), st.text(max_size=80))
def test_any_text_makes_a_document_that_says_that_text(words: str, name: str) -> None:
    verb = twiml.connect(twiml.stream("wss://h/p", parameters={"name": "n" + name}))
    body = document(twiml.say(words), verb)
    root = ET.fromstring(body)
    kept = "".join(
        c
        for c in words
        if c in "\t\n\r" or ((c >= " " and not "\ud800" <= c <= "\udfff" and c < "\ufffe") or c >= "\U00010000")
    )
    assert (root[0].text or "") == kept
    read = parse(body)
    assert isinstance(read, Element)
    assert read.elements[1] == verb


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: twiml.enqueue("q" * 65, wait_url="/w", action="/a"),
        lambda: twiml.enqueue("", wait_url="/w", action="/a"),
        lambda: twiml.gather(action="/a", digits=0),
        lambda: twiml.gather(action="/a", finish_on="##"),
        lambda: twiml.gather(twiml.hangup(), action="/a"),
        lambda: twiml.gather(action="/a", model="phonecall"),
        lambda: twiml.gather(action="/a", model="googlev2_telephony", speech_timeout="auto"),
        lambda: twiml.gather(action="/a", model="phone_call", language="ko-KR"),
        lambda: twiml.redirect(""),
        lambda: twiml.redirect("ftp://example/x"),
        lambda: twiml.redirect("/a b"),
        lambda: twiml.say("x" * 3_001),
        lambda: twiml.say("가" * 501),
        lambda: twiml.say(twiml.slower(80, "가" * 300), "가" * 300),
        lambda: twiml.say("x", language="Korean"),
        lambda: twiml.stream("https://h/p"),
        lambda: twiml.stream("ws://120.example/media"),
        lambda: twiml.stream("wss://h/p?session=1"),
        lambda: twiml.stream("wss://h/p", parameters={"n": "v" * 500}),
        lambda: twiml.dial(twiml.hangup()),
        lambda: make("Conference", {"coach": "CAx"}, "s"),
        lambda: twiml.conference("s", label="l" * 129),
        lambda: twiml.conference("s", label="a/b"),
        lambda: twiml.conference("s", label="CA" + "0" * 32),
        lambda: twiml.conference("s", status="/x", status_events=("began",)),
        lambda: twiml.phone("c12"),
        lambda: twiml.phone("sip:c12"),
        lambda: twiml.connect(make("Transcription")),
        lambda: make("Say", {"loud": True}, "x"),
        lambda: make("Shout"),
        lambda: Element("Say", (("loop", "1"), ("loop", "2"))),
    ],
)
def test_a_malformed_verb_cannot_be_built(wrong) -> None:
    with pytest.raises(Malformed):
        wrong()


@pytest.mark.parametrize(
    ("verb", "place"),
    [
        (twiml.enqueue("q", wait_url="/w", action="/a"), "queue_wait"),
        (twiml.gather(action="/a"), "room_wait"),
        (twiml.leave(), "room_wait"),
        (twiml.hangup(), "announce"),
    ],
)
def test_a_waiting_place_says_only_what_may_be_said_there(verb, place) -> None:
    with pytest.raises(Malformed):
        document(verb, place=place)
    assert isinstance(parse(document(verb), place), Fault)


def test_a_document_is_at_most_64_kilobytes() -> None:
    words = twiml.say("가" * 500)
    document(*[words] * 43)
    with pytest.raises(Malformed):
        document(*[words] * 44)


@given(st.text(alphabet=st.sampled_from("가나다 .\n!abc漢😀 "), max_size=3_000))
def test_a_long_text_is_said_in_parts_that_each_fit_and_nothing_is_lost(text: str) -> None:
    parts = twiml.portions(text)
    assert all(fits(part) for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_long_text_is_cut_where_a_sentence_ends() -> None:
    sentence = "불법 주정차는 안전신문고로 신고하실 수 있습니다. "
    parts = twiml.portions(sentence * 60)
    assert len(parts) > 2
    assert all(part.endswith("있습니다.") for part in parts)
    assert twiml.portions(" ") == []


# -- reading


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 12100),
        (b"not xml", 12100),
        (b"<Response><Say>half", 12100),
        (b"<?xml version='1.0' encoding='no-such'?><Response/>", 12100),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', 12100),
        (b"<Response>" + b"<Gather>" * 20 + b"</Gather>" * 20 + b"</Response>", 12100),
        (b"<response/>", 12200),
        (b"<Response><Shout/></Response>", 12200),
        (b"<Response>loose</Response>", 12200),
        (b"<Response><Say loud='yes'>a</Say></Response>", 12200),
        (b"<Response><Gather numDigits='one'/></Response>", 12200),
        (b"<Response><Gather><Hangup/></Gather></Response>", 12200),
        (b"<Response><Redirect/></Response>", 12200),
        (b"<Response><Refer><Sip username='a'>sip:a@b</Sip></Refer></Response>", 12200),
        (b"<Response>" + b" " * 65_536 + b"</Response>", 11750),
    ],
)
def test_what_cannot_be_obeyed_has_twilios_number(body: bytes, code: int) -> None:
    fault = parse(body)
    assert isinstance(fault, Fault)
    assert fault.code == code


def test_a_fault_says_where() -> None:
    fault = parse(b"<Response>\n  <Say>a</Say>\n  <Shout/>\n</Response>")
    assert fault == Fault(12200, "Shout: no such verb", 3)


def test_a_number_may_stand_in_dial_itself() -> None:
    read = parse(b"<Response><Dial timeout='20'>\n +8225550120\n</Dial></Response>")
    assert isinstance(read, Element)
    assert read.elements[0].text == "+8225550120"


@given(st.binary(max_size=300))
def test_reading_never_raises(body: bytes) -> None:
    assert isinstance(parse(body), Element | Fault)
    assert isinstance(parse(b"<Response>" + body + b"</Response>"), Element | Fault)
