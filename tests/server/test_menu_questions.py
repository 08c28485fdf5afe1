"""What a menu may ask of the centre: a ticket by its number, and a queue; nothing of others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from dasan.core.errors import FieldFault, ProviderFailed, Rejected
from dasan.ports import TicketStanding
from dasan.server.breaker import FAILURES_MAX
from dasan.server.menu_questions import NAMES, MenuQuestions
from ivr.facts import QueueFacts
from tests.virtual import START_US

NUMBER = "26-1121-00042-7"


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


def answered(name: str, args: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    queues = {"water": QueueFacts(False, 3, 0, START_US, 120)}
    outcome, values = asyncio.run(MenuQuestions(Desk(), lambda: queues, Clock()).ask(name, args))  # type: ignore[arg-type]
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
        made = MenuQuestions(desk, dict, Clock())  # type: ignore[arg-type]
        for _ in range(FAILURES_MAX + 3):
            assert await made.ask("ticket", {"number": NUMBER}) == ("error", {})
        assert len(desk.asked) == FAILURES_MAX

    asyncio.run(story())


def test_wrong_numbers_never_make_a_desk_look_broken() -> None:
    async def story() -> None:
        desk = Desk()
        desk.picky = True
        made = MenuQuestions(desk, dict, Clock())  # type: ignore[arg-type]
        for _ in range(FAILURES_MAX + 3):
            assert await made.ask("ticket", {"number": "12345"}) == ("unknown", {})
        desk.picky = False
        assert (await made.ask("ticket", {"number": NUMBER}))[0] == "ok"

    asyncio.run(story())


def test_a_queue_tells_its_figures() -> None:
    told = {"open": False, "waiting": 3, "eta": 120, "opens.date": "2026-09-21", "opens.time": "10:00"}
    assert answered("queue", {"queue": "water"}) == ("ok", told)
    assert answered("queue", {"queue": "gas"}) == ("unknown", {})


def test_a_question_that_nobody_answers_is_an_error() -> None:
    assert answered("everything", {}) == ("error", {})
    assert frozenset({"ticket", "queue"}) == NAMES
