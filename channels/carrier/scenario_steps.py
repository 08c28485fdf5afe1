"""The steps that every scenario knows: phones act, something is heard, time passes, the network misbehaves.

A step that names no phone is about the one that dialled last. ``within`` is how long an expectation may take to come
true (10 s unless said otherwise), in the network's own time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from channels.carrier import queues, transcripts
from channels.carrier.faults import RestFault, Weather
from channels.carrier.model import SECOND, Call, Heard
from channels.carrier.scenario import Act, Stage, span

WITHIN_S = 10.0


def _of(value: Any, main: str) -> dict[str, Any]:
    """A step's value as a table: a bare value is its main part."""
    return dict(value) if isinstance(value, Mapping) else {main: value}


def _within(value: Mapping[str, Any]) -> float:
    return span(value["within"]) if "within" in value else WITHIN_S


def _call(stage: Stage, name: str) -> Call:
    phone = stage.carrier.phone(stage.at(name))
    assert phone.calls, f"{name or stage.talker} has no call"
    return phone.calls[-1]


# -- phones act


async def dial(stage: Stage, value: Any) -> None:
    """``{from, to}`` and whatever the network shall say of the call (``forwarded_from``, ``caller_name``)."""
    names = {"forwarded_from": "ForwardedFrom", "caller_name": "CallerName"}
    stage.talker = str(value["from"])
    extra = {names[key]: str(value[key]) for key in value if key in names}
    stage.carrier.dial(stage.at(stage.talker), stage.at(str(value["to"])), **extra)


async def press(stage: Stage, value: Any) -> None:
    """Keys: ``"1"`` or ``{phone, digits}``."""
    given = _of(value, "digits")
    stage.carrier.press(stage.at(str(given.get("phone", ""))), str(given["digits"]))


async def say(stage: Stage, value: Any) -> None:
    """Words: text, or ``{phone, text, confidence}``."""
    given = _of(value, "text")
    address = stage.at(str(given.get("phone", "")))
    stage.carrier.say(address, str(given["text"]), float(given.get("confidence", 0.9)))


async def hang_up(stage: Stage, value: Any) -> None:
    """That phone, or the one that dialled."""
    stage.carrier.hang_up(stage.at(str(value or "")))


async def pick_up(stage: Stage, value: Any) -> None:
    """A phone that rings is answered, as soon as it rings."""
    given = _of(value, "phone")
    address = stage.at(str(given["phone"]))
    rings = await stage.carrier.until(lambda: _ringing(stage, address), _within(given))
    assert rings, f"{given['phone']} does not ring"
    stage.carrier.pick_up(address)


def _ringing(stage: Stage, address: str) -> bool:
    call = stage.carrier.phone(address).call
    return call is not None and call.status == "ringing"


async def text(stage: Stage, value: Any) -> None:
    """A short message: ``{from, to, body}``."""
    stage.carrier.text(stage.at(str(value["from"])), stage.at(str(value["to"])), str(value["body"]))


async def wait(stage: Stage, value: Any) -> None:
    """Time passes."""
    await stage.carrier.run_for(span(value))


# -- what must come true


async def expect_say(stage: Stage, value: Any) -> None:
    """A pattern in what the phone hears and was not looked at yet: text, or ``{phone, match, within, kind}``."""
    given = _of(value, "match")
    address = stage.at(str(given.get("phone", "")))
    phone, pattern = stage.carrier.phone(address), re.compile(str(given["match"]))
    kinds = {str(given["kind"])} if "kind" in given else {"say", "voice", "play"}
    found: list[Heard] = []

    def heard() -> bool:
        for one in phone.since(stage.looked.get(address, 0)):
            stage.looked[address] = stage.looked.get(address, 0) + 1
            if one.kind in kinds and pattern.search(one.text):
                found.append(one)
                return True
        return False

    stage.looked[address] = max(stage.looked.get(address, 0), phone.noted - len(phone.heard))
    came = await stage.carrier.until(heard, _within(given))
    last = [one.text for one in list(phone.heard)[-5:]]
    assert came, f"«{pattern.pattern}» was not heard; the last: {last}"
    stage.tell(f"  ♪ {found[0].text}")


async def expect_silence(stage: Stage, value: Any) -> None:
    """Nothing new is said to the phone for so long: a time, or ``{phone, lasts}``."""
    given = _of(value, "lasts")
    address = stage.at(str(given.get("phone", "")))
    phone = stage.carrier.phone(address)
    began = phone.noted
    await stage.carrier.run_for(span(given["lasts"]))
    said = [one.text for one in phone.since(began) if one.kind in {"say", "voice", "play"}]
    assert not said, f"heard {said}"


async def expect_queue(stage: Stage, value: Any) -> None:
    """The phone's call waits: ``{phone, name, position, within}``, or just the name."""
    given = _of(value, "name")
    call = _call(stage, str(given.get("phone", "")))
    assert await stage.carrier.until(lambda: bool(call.queue), _within(given)), "it waits in no queue"
    found = queues.member_of(stage.carrier.net, call)
    assert found is not None
    queue, member = found
    name, position = given.get("name"), given.get("position")
    assert name in {None, queue.name}, f"it waits in {queue.name}"
    stands = queues.position(queue, member)
    assert position in {None, stands}, f"it stands at {stands}"


async def expect_call(stage: Stage, value: Any) -> None:
    """How the phone's newest call stands: ``{phone, status, within}``, or just the status."""
    given = _of(value, "status")
    phone = stage.carrier.phone(stage.at(str(given.get("phone", ""))))
    wanted = str(given["status"])
    came = await stage.carrier.until(lambda: bool(phone.calls) and phone.calls[-1].status == wanted, _within(given))
    assert came, f"it is {phone.calls[-1].status if phone.calls else 'without a call'}"


async def expect_text(stage: Stage, value: Any) -> None:
    """A short message reached the phone: a pattern, or ``{phone, match, within}``."""
    given = _of(value, "match")
    phone = stage.carrier.phone(stage.at(str(given.get("phone", ""))))
    pattern = re.compile(str(given["match"]))
    came = await stage.carrier.until(lambda: any(pattern.search(body) for _, body in phone.texts), _within(given))
    assert came, f"«{pattern.pattern}» did not come; {[body for _, body in phone.texts]}"


async def hear(stage: Stage, value: Any) -> None:
    """Who hears whom, exactly: ``{citizen: [desk], desk: [citizen, boss], within: 3s}``."""
    given = dict(value)
    within = span(given.pop("within", WITHIN_S))
    wanted = {listener: {str(one) for one in heard or []} for listener, heard in given.items()}

    def true() -> bool:
        return all(_hears(stage, str(listener)) == heard for listener, heard in wanted.items())

    came = await stage.carrier.until(true, within)
    assert came, f"it is { ({listener: sorted(_hears(stage, str(listener))) for listener in wanted}) }"


def _hears(stage: Stage, listener: str) -> set[str]:
    call = stage.carrier.phone(stage.at(listener)).call
    heard = stage.carrier.matrix().get(call.sid, frozenset()) if call else frozenset()
    names = {address: name for name, (address, _) in stage.scenario.phones.items()}
    addresses = [stage.carrier.net.calls[sid].address for sid in heard]
    return {names.get(address, address) for address in addresses}


# -- the network misbehaves


async def transcription_error(stage: Stage, value: Any) -> None:
    """The recogniser of the phone's call fails: ``{phone, code}``, or just the code."""
    given = _of(value, "code")
    call = _call(stage, str(given.get("phone", "")))
    assert call.transcriptions, "nobody transcribes that call"
    transcripts.fail(stage.carrier.net, call.transcriptions[-1], int(given["code"]), "the recogniser failed")


async def chaos(stage: Stage, value: Any) -> None:
    """From here on: ``{drop, duplicate, reorder, delay}``; ``off`` ends it."""
    if not isinstance(value, Mapping):
        stage.carrier.net.faults.weather = Weather()
        return
    given = {str(key): value[key] for key in value}
    delay = int(span(given.pop("delay", 0)) * SECOND)
    drop, duplicate, reorder = (float(given.pop(key, 0)) for key in ("drop", "duplicate", "reorder"))
    if given:
        raise ValueError(f"no such weather: {', '.join(given)}")
    stage.carrier.net.faults.weather = Weather(drop, duplicate, reorder, delay)


async def rest_fault(stage: Stage, value: Any) -> None:
    """The next REST requests fail: ``{status, code, count, method, path, lost}``."""
    stage.carrier.net.faults.rest.append(RestFault(**{str(key): value[key] for key in value}))


async def outage(stage: Stage, value: Any) -> None:
    """The network answers nobody and asks nobody for so long."""
    net = stage.carrier.net
    net.faults.outage_until_us = net.now_us + int(span(value) * SECOND)


STEPS: dict[str, Act] = {
    "chaos": chaos,
    "dial": dial,
    "expect_call": expect_call,
    "expect_queue": expect_queue,
    "expect_say": expect_say,
    "expect_silence": expect_silence,
    "expect_text": expect_text,
    "hang_up": hang_up,
    "hear": hear,
    "outage": outage,
    "pick_up": pick_up,
    "press": press,
    "rest_fault": rest_fault,
    "say": say,
    "text": text,
    "transcription_error": transcription_error,
    "wait": wait,
}
