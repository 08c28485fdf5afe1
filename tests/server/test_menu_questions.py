"""What a menu may ask of the centre: a ticket by its number, a queue, the caller's own callback; nothing of others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dasan.core.callback import CANCELLED, DIALING, DUE, SCHEDULED, Callback
from dasan.core.errors import FieldFault, ProviderFailed, Rejected
from dasan.core.leg import Leg
from dasan.core.session import Session
from dasan.ports import TicketStanding
from dasan.server.breaker import FAILURES_MAX
from dasan.server.menu_questions import NAMES, MenuQuestions
from ivr.facts import QueueFacts
from tests.virtual import START_US

NUMBER = "26-1121-00042-7"
HERS, OTHERS = "a" * 64, "b" * 64
CALLBACK = Callback("cb", "water", "COUNSELOR_FIRST", "", START_US, 0, START_US, due_us=START_US)


class Clock:
    def now_us(self) -> int:
        return START_US


class Desk:
    """Knows one ticket; ``down`` fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = self.picky = False

    async def standing(self, ticket_no: str) -> TicketStanding | None:
        self.asked.append(ticket_no)
        if self.picky:
            raise Rejected((FieldFault("", "no such request"),))
        if self.down:
            raise ProviderFailed("eungdapso_down", retryable=True)
        if ticket_no.replace("-", "") != NUMBER.replace("-", ""):
            return None
        return TicketStanding(NUMBER, "in_progress", "assigned", "도로과\u202e\n", START_US, 0)


def session(callback: Callback | None, address: str = HERS) -> Session:
    leg = Leg("l", "voice", address)
    return Session("s", 1, "120", "ko", "z", "voice", START_US, legs=(leg,), callback=callback)


def answered(
    name: str, args: Mapping[str, Any], address: str = HERS, *, desk: Desk | None = None, sessions: Any = ()
) -> tuple[str, dict[str, Any]]:
    queues = {"water": QueueFacts(False, 3, 0, START_US, 120)}
    made = MenuQuestions(desk or Desk(), lambda: sessions, lambda: queues, Clock())  # type: ignore[arg-type]
    outcome, values = asyncio.run(made.ask(name, args, address))
    return outcome, dict(values)


@pytest.mark.parametrize("keyed", [NUMBER, "261121000427", 261121000427])
def test_a_ticket_is_told_by_its_number_and_nothing_that_was_written(keyed: Any) -> None:
    assert answered("ticket", {"number": keyed}) == (
        "ok",
        {
            "number": NUMBER, "state": "in_progress", "detail": "assigned", "agency": "도로과",
            "updated.date": "2026-09-21", "updated.time": "10:00", "due.date": None, "due.time": None,
        },
    )  # fmt: skip


@pytest.mark.parametrize("number", ["", None, "1,2", "../x", "9" * 41, "26-1121-00042-8", "도로"])
def test_a_number_that_is_no_ticket_is_unknown(number: Any) -> None:
    assert answered("ticket", {"number": number}) == ("unknown", {})


def test_a_ticket_desk_that_is_down_is_an_error_and_is_left_alone() -> None:
    async def story() -> None:
        desk = Desk()
        desk.down = True
        made = MenuQuestions(desk, lambda: (), dict, Clock())  # type: ignore[arg-type]
        for _ in range(FAILURES_MAX + 3):
            assert await made.ask("ticket", {"number": NUMBER}, "") == ("error", {})
        assert len(desk.asked) == FAILURES_MAX

    asyncio.run(story())


def test_wrong_numbers_never_make_a_desk_look_broken() -> None:
    async def story() -> None:
        desk = Desk()
        desk.picky = True
        made = MenuQuestions(desk, lambda: (), dict, Clock())  # type: ignore[arg-type]
        for _ in range(FAILURES_MAX + 3):
            assert await made.ask("ticket", {"number": "12345"}, "") == ("unknown", {})
        desk.picky = False
        assert (await made.ask("ticket", {"number": NUMBER}, ""))[0] == "ok"

    asyncio.run(story())


def test_a_queue_tells_its_figures() -> None:
    told = {"open": False, "waiting": 3, "eta": 120, "opens.date": "2026-09-21", "opens.time": "10:00"}
    assert answered("queue", {"queue": "water"}) == ("ok", told)
    assert answered("queue", {"queue": "gas"}) == ("unknown", {})


def test_a_callback_is_told_to_whom_it_is_for_and_to_nobody_else() -> None:
    waiting = replace(CALLBACK, state=SCHEDULED)
    sessions = [session(None), session(replace(CALLBACK, state=CANCELLED)), session(waiting)]
    told = {"queue": "water", "attempts": 0, "at.date": "2026-09-21", "at.time": "10:00"}
    assert answered("callback", {}, sessions=sessions) == ("ok", told)
    assert answered("callback", {}, OTHERS, sessions=sessions) == ("none", {})
    assert answered("callback", {}, "", sessions=[session(waiting, "")]) == ("none", {})


@pytest.mark.parametrize("state", [DUE, DIALING])
def test_a_callback_that_is_due_has_no_time_any_more(state: str) -> None:
    _, values = answered("callback", {}, sessions=[session(replace(CALLBACK, state=state, attempts=1))])
    assert values == {"queue": "water", "attempts": 1, "at.date": None, "at.time": None}


def test_a_question_that_nobody_answers_is_an_error() -> None:
    assert answered("everything", {}) == ("error", {})
    assert frozenset({"ticket", "queue", "callback"}) == NAMES
