"""Gather's rules: keys, time-outs, what cuts a prompt short, speech, and what nothing leads to."""

from __future__ import annotations

import pytest

from channels.carrier.model import SECOND
from tests.carrier.service import CITIZEN, LINE, Service, service

LONG = "가" * 100  # fourteen seconds


async def _asked(gather: str, after: str = "<Redirect>/nothing</Redirect>") -> Service:
    centre = service({"/voice": gather + after, "/nothing": '<Pause length="60"/>', "/keys": '<Pause length="60"/>'})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(0.5)
    return centre


async def test_the_default_key_that_ends_is_the_hash_and_it_is_not_told() -> None:
    centre = await _asked('<Gather action="/keys"/>')
    centre.carrier.press(CITIZEN, "12#")
    await centre.carrier.run_for(2)
    assert centre.said("/keys", "Digits") == ["12"]


async def test_without_an_ending_key_the_hash_is_a_key_like_any_other() -> None:
    centre = await _asked('<Gather action="/keys" finishOnKey="" numDigits="1"/>')
    centre.carrier.press(CITIZEN, "#")
    await centre.carrier.run_for(1)
    assert centre.said("/keys", "Digits") == ["#"]


async def test_the_hash_first_is_nothing_and_the_next_verb_follows() -> None:
    centre = await _asked('<Gather action="/keys"/>')
    centre.carrier.press(CITIZEN, "#")
    await centre.carrier.run_for(1)
    assert (centre.to("/keys"), len(centre.to("/nothing"))) == ([], 1)


async def test_as_many_keys_as_asked_for_end_at_once() -> None:
    centre = await _asked('<Gather action="/keys" numDigits="4"/>')
    began = centre.carrier.now_us
    centre.carrier.press(CITIZEN, "12345")
    await centre.carrier.run_for(3)
    assert centre.said("/keys", "Digits") == ["1234"]
    assert next(hit.at_us for hit in centre.hits if hit.path == "/keys") - began < SECOND


async def test_the_time_out_runs_from_the_last_key() -> None:
    centre = await _asked('<Gather action="/keys" timeout="3"/>')
    began = centre.carrier.now_us
    centre.carrier.press(CITIZEN, "1wwww2")  # two seconds between
    await centre.carrier.run_for(10)
    assert centre.said("/keys", "Digits") == ["12"]
    told = next(hit.at_us for hit in centre.hits if hit.path == "/keys")
    assert 5 * SECOND <= told - began < 5.5 * SECOND


async def test_nothing_falls_through_after_the_time_out_counted_from_the_prompts_end() -> None:
    centre = await _asked(f'<Gather action="/keys" timeout="4"><Say>{LONG}</Say></Gather>')
    await centre.carrier.run_for(17)
    assert centre.to("/nothing") == []
    await centre.carrier.run_for(2)
    assert len(centre.to("/nothing")) == 1
    assert centre.to("/keys") == []


async def test_nothing_is_told_where_the_document_asks_for_it() -> None:
    centre = await _asked('<Gather action="/keys" actionOnEmptyResult="true" timeout="2"/>')
    await centre.carrier.run_for(4)
    assert centre.said("/keys", "Digits") == [""]
    assert centre.to("/nothing") == []


async def test_the_first_key_cuts_the_prompt_short() -> None:
    centre = await _asked(f'<Gather action="/keys" numDigits="2"><Say>{LONG}</Say></Gather>')
    centre.carrier.press(CITIZEN, "1")
    await centre.carrier.run_for(0.1)
    heard = centre.carrier.phone(CITIZEN).heard[-1]
    assert (heard.text, heard.cut) == (LONG, True)
    assert centre.carrier.phone(CITIZEN).call.hearing.kind == "nothing"  # type: ignore[union-attr]


async def test_keys_pressed_where_nobody_gathers_are_lost() -> None:
    centre = await _asked("<Say>" + LONG + '</Say><Gather action="/keys" timeout="2"/>')
    centre.carrier.press(CITIZEN, "1")
    await centre.carrier.run_for(20)
    assert centre.to("/keys") == []


async def test_without_an_action_the_document_itself_is_asked() -> None:
    centre = service({"/voice": lambda form: "<Hangup/>" if "Digits" in form else '<Gather numDigits="1"/>'})
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(1)
    centre.carrier.press(CITIZEN, "7")
    await centre.carrier.run_for(1)
    assert centre.said("/voice", "Digits") == [None, "7"]


async def test_speech_is_told_with_its_confidence_after_the_speaker_rests() -> None:
    centre = await _asked('<Gather input="speech dtmf" action="/keys" language="ko-KR" speechTimeout="auto"/>')
    centre.carrier.say(CITIZEN, "불법 주차 신고", 0.91)
    await centre.carrier.run_for(4)
    [form] = centre.to("/keys")
    assert (form["SpeechResult"], float(form["Confidence"])) == ("불법 주차 신고", 0.91)
    assert "Digits" not in form


async def test_what_is_said_without_a_rest_is_one_text() -> None:
    centre = await _asked('<Gather input="speech" action="/keys" speechTimeout="2"/>')
    centre.carrier.say(CITIZEN, "집 앞에", 0.9)
    centre.carrier.say(CITIZEN, "차가 있어요", 0.7)
    await centre.carrier.run_for(8)
    assert centre.said("/keys", "SpeechResult") == ["집 앞에 차가 있어요"]
    assert centre.said("/keys", "Confidence") == ["0.7"]


async def test_stretches_of_speech_are_told_while_the_caller_goes_on() -> None:
    centre = await _asked('<Gather input="speech" action="/keys" partialResultCallback="/partial" speechTimeout="2"/>')
    centre.carrier.say(CITIZEN, "집 앞에")
    centre.carrier.say(CITIZEN, "차가 있어요")
    await centre.carrier.run_for(8)
    assert centre.said("/partial", "StableSpeechResult") == ["집 앞에", "집 앞에 차가 있어요"]
    assert centre.said("/partial", "SequenceNumber") == ["0", "1"]


async def test_speech_cuts_the_prompt_short_unless_it_may_not() -> None:
    for barge, cut in (("true", True), ("false", False)):
        centre = await _asked(
            f'<Gather input="speech" action="/keys" bargeIn="{barge}" speechTimeout="1"><Say>{LONG}</Say></Gather>'
        )
        centre.carrier.say(CITIZEN, "여보세요")
        await centre.carrier.run_for(0.1)
        assert centre.carrier.phone(CITIZEN).heard[-1].cut is cut


async def test_speech_is_not_heard_where_keys_alone_are_asked_for() -> None:
    centre = await _asked('<Gather action="/keys" timeout="2"/>')
    centre.carrier.say(CITIZEN, "여보세요")
    await centre.carrier.run_for(5)
    assert centre.to("/keys") == []


@pytest.mark.parametrize("refused", ['speechModel="phone_call"', 'speechModel="googlev2_short" speechTimeout="auto"'])
async def test_what_the_recogniser_refuses_is_a_fault_and_the_gather_fails(refused: str) -> None:
    centre = await _asked(f'<Gather input="speech" language="ko-KR" {refused} action="/keys"/>')
    assert [notice.code for notice in centre.carrier.net.notices] == [13335]
    assert len(centre.to("/nothing")) == 1


@pytest.mark.parametrize("kind", ["key", "speech"])
async def test_whichever_comes_first_counts(kind: str) -> None:
    centre = await _asked('<Gather input="dtmf speech" action="/keys" timeout="2" speechTimeout="1"/>')
    if kind == "key":
        centre.carrier.press(CITIZEN, "1")
        await centre.carrier.run_for(0.1)
        centre.carrier.say(CITIZEN, "여보세요")
    else:
        centre.carrier.say(CITIZEN, "여보세요")
        await centre.carrier.run_for(0.1)
        centre.carrier.press(CITIZEN, "1")
    await centre.carrier.run_for(6)
    [form] = centre.to("/keys")
    assert ("Digits" in form) == (kind == "key")
    assert ("SpeechResult" in form) == (kind == "speech")


async def test_who_hangs_up_in_the_middle_of_a_number_is_not_told_of() -> None:
    centre = await _asked('<Gather action="/keys"/>')
    centre.carrier.press(CITIZEN, "12")
    await centre.carrier.run_for(1)
    centre.carrier.hang_up(CITIZEN)
    await centre.carrier.run_until_idle()
    assert centre.to("/keys") == []
