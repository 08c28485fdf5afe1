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
from channels.carrier.model import SECOND, Call, Habit, Heard
from channels.carrier.scenario import Act, Stage
from channels.carrier.scenario_forms import CHAOS, COUNT, FLAG, HABIT, NAMES, NUMBER, SPAN, TEXT, Form, choice, span

WITHIN_S = 10.0


def _of(value: Any, main: str) -> dict[str, Any]:
    """A step's value as a table: a bare value is its main part."""
    return dict(value) if isinstance(value, Mapping) else {main: value}


def _within(value: Mapping[str, Any]) -> float:
    return span(value["within"]) if "within" in value else WITHIN_S


def _call(stage: Stage, name: str) -> Call:
    phone = stage.carrier.phone(stage.at(name))
    assert phone.calls, f"{name or stage.talker} has no call"
    return phone.call or phone.calls[-1]


# -- phones act


async def dial(stage: Stage, value: Any) -> None:
    """``{from, to}`` and whatever the network shall say of the call (``forwarded_from``, ``caller_name``)."""
    names = {"forwarded_from": "ForwardedFrom", "caller_name": "CallerName"}
    stage.talker = str(value["from"])
    extra = {names[key]: str(value[key]) for key in value if key in names}
    stage.carrier.dial(stage.at(stage.talker), stage.at(str(value["to"])), **extra)


async def press(stage: Stage, value: Any) -> None:
    """Keys: ``"1"`` or ``{phone, digits, every}``; with ``every`` one after another, each that long after the last."""
    given = _of(value, "digits")
    address, digits = stage.at(str(given.get("phone", ""))), str(given["digits"])
    if "every" not in given:
        stage.carrier.press(address, digits)
        return
    for digit in digits:
        await stage.carrier.run_for(span(given["every"]))
        stage.carrier.press(address, digit)


async def say(stage: Stage, value: Any) -> None:
    """Words: text, or ``{phone, text, confidence}``."""
    given = _of(value, "text")
    address = stage.at(str(given.get("phone", "")))
    stage.carrier.say(address, str(given["text"]), float(given.get("confidence", 0.9)))


async def hang_up(stage: Stage, value: Any) -> None:
    """That phone, or the one that dialled."""
    stage.carrier.hang_up(stage.at(str(_of(value or "", "phone").get("phone", ""))))


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


async def phone(stage: Stage, value: Any) -> None:
    """What a phone does from now on when it rings: ``{phone, on_ring, after, machine, sms}``."""
    given = {"phone": "", "on_ring": "answer", "after": 2, "machine": False, "sms": "delivered", **value}
    habit = Habit(given["on_ring"], int(span(given["after"]) * SECOND), given["machine"], given["sms"])
    stage.carrier.phone(stage.at(str(given["phone"])), habit)


async def text(stage: Stage, value: Any) -> None:
    """A short message: ``{from, to, body}``."""
    stage.carrier.text(stage.at(str(value["from"])), stage.at(str(value["to"])), str(value["body"]))


async def wait(stage: Stage, value: Any) -> None:
    """Time passes: ``35s``."""
    await stage.carrier.run_for(span(_of(value, "lasts")["lasts"]))


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


async def expect_rings(stage: Stage, value: Any) -> None:
    """How many calls the phone has had in all, its own too: a count, or ``{phone, times, within}``."""
    given = _of(value, "times")
    rung = stage.carrier.phone(stage.at(str(given.get("phone", ""))))
    came = await stage.carrier.until(lambda: len(rung.calls) == given["times"], _within(given))
    assert came, f"it had {len(rung.calls)}"


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
    names = {address: name for name, address in stage.names.items()}
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
    given = {str(key): value[key] for key in _of(value, "off") if key != "off"}
    delay = int(span(given.pop("delay", 0)) * SECOND)
    drop, duplicate, reorder = (float(given.pop(key, 0)) for key in ("drop", "duplicate", "reorder"))
    stage.carrier.net.faults.weather = Weather(drop, duplicate, reorder, delay)


async def rest_fault(stage: Stage, value: Any) -> None:
    """The next REST requests fail: ``{status, code, count, method, path, lost}``."""
    stage.carrier.net.faults.rest.append(RestFault(**{str(key): value[key] for key in value}))


async def outage(stage: Stage, value: Any) -> None:
    """The network answers nobody and asks nobody for so long."""
    net = stage.carrier.net
    net.faults.outage_until_us = net.now_us + int(span(_of(value, "lasts")["lasts"]) * SECOND)


STEPS: dict[str, Act] = {
    step.__name__: step
    for step in (
        chaos, dial, expect_call, expect_queue, expect_rings, expect_say, expect_silence, expect_text, hang_up, hear,
        outage, phone, pick_up, press, rest_fault, say, text, transcription_error, wait,
    )
}  # fmt: skip
_ABOUT = {"phone": TEXT, "within": SPAN}
FORMS: dict[str, Form] = {
    "chaos": Form("off", {"off": choice("off"), **CHAOS.fields}),
    "dial": Form("", {"from": TEXT, "to": TEXT, "forwarded_from": TEXT, "caller_name": TEXT}, ("from", "to")),
    "expect_call": Form("status", {"status": TEXT, **_ABOUT}, ("status",)),
    "expect_queue": Form("name", {"name": TEXT, "position": COUNT, **_ABOUT}, bare=True),
    "expect_rings": Form("times", {"times": COUNT, **_ABOUT}, ("times",)),
    "expect_say": Form("match", {"match": TEXT, "kind": choice("say", "play", "voice", "beep"), **_ABOUT}, ("match",)),
    "expect_silence": Form("lasts", {"lasts": SPAN, "phone": TEXT}, ("lasts",)),
    "expect_text": Form("match", {"match": TEXT, **_ABOUT}, ("match",)),
    "hang_up": Form("phone", {"phone": TEXT}, bare=True),
    "hear": Form("", {"within": SPAN}, rest=NAMES),
    "outage": Form("lasts", {"lasts": SPAN}, ("lasts",)),
    "phone": Form("", {"phone": TEXT, **HABIT}, ("phone",)),
    "pick_up": Form("phone", _ABOUT, ("phone",)),
    "press": Form("digits", {"digits": TEXT, "phone": TEXT, "every": SPAN}, ("digits",)),
    "rest_fault": Form(
        "", {"status": COUNT, "code": COUNT, "count": COUNT, "method": TEXT, "path": TEXT, "lost": FLAG,
             "retry_after_s": COUNT}
    ),
    "say": Form("text", {"text": TEXT, "phone": TEXT, "confidence": NUMBER}, ("text",)),
    "text": Form("", {"from": TEXT, "to": TEXT, "body": TEXT}, ("from", "to", "body")),
    "transcription_error": Form("code", {"code": COUNT, "phone": TEXT}, ("code",)),
    "wait": Form("lasts", {"lasts": SPAN}, ("lasts",)),
}  # fmt: skip
