"""Short messages as promises: wished by the menu, owed to a caller whose ticket moves, sent instead of a callback.

The words and the number lie sealed with the session. A message has a stream of its own, because the network speaks of
it long after the session has closed. Facts of the network only move it up; an attempt is claimed before it is made,
and once it may have been heard the network is asked before it is sent again. What can never arrive (a landline, a
citizen who wants none) is not tried twice, and what was owed by it is done by ticket.
"""

from __future__ import annotations

import re
from typing import Any

from dasan.core import call as calls
from dasan.core import commands as c
from dasan.core import message as messages
from dasan.core.address import e164
from dasan.core.errors import Refused
from dasan.core.events import Event
from dasan.core.ids import TEXT, kind_of
from dasan.core.message import Message
from dasan.core.message_events import (
    TextClaimed,
    TextDelivered,
    TextFailed,
    TextPostponed,
    TextQueued,
    TextRead,
    TextSent,
    TextUndelivered,
)
from dasan.core.session import Session
from dasan.core.text import as_code, clean
from dasan.core.time import SECOND
from dasan.core.work import Work

Reply = dict[str, Any]
ENDPOINT = "text"
CHARS_MAX = 900  # about ten parts of a long message
# Outcomes of their own: nothing is wrong with us or the network, and nobody need look at them.
CITIZENS_OWN = frozenset({"opted_out", "bad_number"})
# Numbers of the network that mean one of those: she has opted out, and a landline (said at once or only later).
NETWORK = {"21610": "opted_out", "21614": "bad_number", "30006": "bad_number"}
MISSED, LATE = "callback_missed", "callback_late"  # she did not answer; nobody could call her in time
# What a caller is told of her ticket (DOMAIN §4), once each; in Korean, or in English for whoever chose another tongue:
# Korean networks carry no other letters.
NOTICES: dict[str, tuple[str, str]] = {
    "ticket_acknowledged": (
        "[120다산콜] 상담하신 민원이 접수되었습니다. 접수번호 {number}",
        "[120 Dasan] Your case was filed. Number {number}",
    ),
    "ticket_answered": (
        "[120다산콜] 접수번호 {number} 민원의 답변이 나왔습니다. 내용은 120으로 문의해 주십시오.",
        "[120 Dasan] There is an answer to your case {number}. Please call 120 for it.",
    ),
    MISSED: (
        "[120다산콜] 요청하신 회신 전화를 드렸으나 연결되지 않았습니다. 120으로 다시 전화해 주십시오.",
        "[120 Dasan] We called you back as you asked and could not reach you. Please call 120 again.",
    ),
    LATE: (
        "[120다산콜] 요청하신 회신 전화를 제때 드리지 못해 죄송합니다. 120으로 다시 전화해 주십시오.",
        "[120 Dasan] We are sorry that we could not call you back in time. Please call 120 again.",
    ),
}
_OWED = {"handoff.acknowledged": "ticket_acknowledged", "handoff.answered": "ticket_answered"}
# Korean mobile numbers begin with 010, or one of the old 011, 016 to 019; to a landline no message goes.
_MOBILE = re.compile(r"\+8210\d{7,8}|\+821[16789]\d{7,8}|\+(?!82)[1-9]\d{6,14}")


def wish_text(w: Work, s: Session, wish: c.WishText) -> Reply:
    """The menu sends her something. Reply: text ("" where no message can go: no number, a landline, no network)."""
    return {"text": send(w, s, "menu", wish.text, wish.number)}


def send(w: Work, s: Session, purpose: str, text: str, number: str = "", *, content: str = "") -> str:
    """Promise a message to ``number`` (or the number in ``content``, or the session's own); its id, or "" where none
    can go."""
    if not w.policy.texts or s.erased:
        return ""
    to = e164(number) if number else e164(w.words(content or s.number_content))
    body = in_korean_letters(clean(text, limit=CHARS_MAX))
    if not body or not _MOBILE.fullmatch(to):
        return ""
    kept = w.seal(s.id, "number", to) if number else content or s.number_content
    words, stream = w.seal(s.id, "sms", body), w.ids.new(TEXT)
    give_up = w.now_us + w.policy.timing.text_give_up_s * SECOND
    w.emit(stream, TextQueued(s.id, s.citizen, purpose, words, kept, give_up))
    w.deliveries.append({"id": stream, "stream": s.id, "endpoint": ENDPOINT, "kind": "text", "due_us": w.now_us})
    if not s.closed_at_us:
        w.say(s.id, "text_queued", {"purpose": purpose}, content=words)
    return stream


def notify(w: Work, s: Session, purpose: str, *, content: str = "", **args: str) -> str:
    """Send one of NOTICES in the citizen's language; as :func:`send`."""
    korean, english = NOTICES[purpose]
    return send(w, s, purpose, (korean if s.language == "ko" else english).format(**args), content=content)


def in_korean_letters(text: str) -> str:
    """``text`` with what Korean networks cannot carry (anything outside EUC-KR) left out."""
    return text.encode("euc-kr", "ignore").decode("euc-kr").strip()


def follow(w: Work) -> None:
    """What a caller is owed by what has just happened to her ticket."""
    owed = [(r.stream, _OWED[r.event.type]) for r in w.events if r.event.type in _OWED]
    for handoff, purpose in owed:
        h = w.handoff(handoff)
        s = w.session(h.session)
        if calls.has_call(s):
            notify(w, s, purpose, number=h.ticket_no)


# -- the outbox


def claim(w: Work, command: c.ClaimText) -> Reply:
    """An attempt starts. Reply: ask_first (an earlier one may have been heard), since_us (of the first claim)."""
    m = _message(w, command.text)
    if m.state != messages.QUEUED or command.attempt != m.attempts + 1:
        raise Refused("not_now", state=m.state)
    ask_first = m.ask_first or m.claimed
    m = w.emit(m.id, TextClaimed(command.attempt))
    return {"ask_first": ask_first, "since_us": m.claimed_us}


def result(w: Work, command: c.TextResult) -> Reply:
    """How the attempt ended; a late result of an older attempt has no effect."""
    m = _message(w, command.text)
    if m.state != messages.QUEUED or not m.claimed or m.attempts != command.attempt:
        return {"late": True}
    if command.outcome == "sent":
        w.emit(m.id, TextSent(_network_id(command.message)))
        _settled(w, m, "done")
    elif command.outcome == "refused":
        _failed(w, m, as_code(command.code))
    else:
        _later(w, m, command)
    return {}


def _later(w: Work, m: Message, r: c.TextResult) -> None:
    timing = w.policy.timing
    step = min(timing.text_retry_first_s * 2 ** min(m.attempts - 1, 20), timing.text_retry_max_s)
    next_at = w.now_us + round(max(r.after_s, step * (1 + w.ids.jitter() / 4)) * SECOND)
    if next_at >= m.give_up_at_us:
        _failed(w, m, "expired")
        return
    w.emit(m.id, TextPostponed(as_code(r.code), next_at, r.outcome == "unclear"))
    w.delivery_changes.append(_row(m, due_us=next_at))


def fact(w: Work, command: c.TextFact) -> Reply:
    """The network's word; what it would not move up changes nothing. Raises Refused("no_such_text")."""
    m = _message(w, command.text)
    event = _event(command)
    if event is None or messages.MACHINE.next(m.state, event.type) is None:
        return {"late": True}
    promised = m.state == messages.QUEUED
    after = w.emit(m.id, event)
    if promised:
        _settled(w, m, "done")
    if after.state in messages.LOST:
        _lost(w, m)
    return {}


def _event(f: c.TextFact) -> Event | None:
    code = NETWORK.get(f.code) or (f"network_{f.code}"[:32] if f.code.isdecimal() else as_code(f.code))
    made: dict[str, Event] = {
        "sent": TextSent(_network_id(f.message)),
        "delivered": TextDelivered(),
        "read": TextRead(),
        "undelivered": TextUndelivered(code),
        "failed": TextFailed(code),
    }
    return made.get(f.fact)


def _failed(w: Work, m: Message, code: str) -> None:
    w.emit(m.id, TextFailed(code))
    _settled(w, m, "done" if code in CITIZENS_OWN else "dead")
    _lost(w, m)


def _lost(w: Work, m: Message) -> None:
    """It did not arrive and never will. The counselor reads it while the talk is open."""
    s = w.session(m.session)
    if not s.closed_at_us:
        w.say(s.id, "text_lost", {"purpose": m.purpose})


def _settled(w: Work, m: Message, state: str) -> None:
    w.delivery_changes.append(_row(m, state=state))


def _row(m: Message, **more: Any) -> Reply:
    row = {"id": m.id, "stream": m.session, "endpoint": ENDPOINT, "kind": "text", "attempts": m.attempts}
    return {**row, **more}


def _network_id(value: str) -> str:
    return value[:64] if value.isalnum() else ""


def _message(w: Work, stream: str) -> Message:
    found = w.state(stream) if kind_of(stream) == TEXT else None
    if found is None:
        raise Refused("no_such_text")
    assert isinstance(found, Message)
    return found


HANDLERS: dict[type[c.Command], Any] = {c.ClaimText: claim, c.TextResult: result, c.TextFact: fact}
