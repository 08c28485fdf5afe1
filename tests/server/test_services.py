"""What a service asks is known without waiting for it, and answers travel with the case."""

import asyncio

from dasan.core.errors import ProviderFailed
from dasan.core.handoff import Handoff
from dasan.core.policy import Policy
from dasan.core.time import MINUTE
from dasan.outbox import Outbox, Promises
from dasan.ports import Question
from dasan.server.services import AGAIN_US, KEPT_US, Services
from tests.server.test_runners import NoPhotos, Peer
from tests.server.world import World

PLATE = Question("PLATE", "차량 번호", required=True)


class Clock:
    us = 1_000 * MINUTE

    def now_us(self) -> int:
        return self.us


class Definitions:
    """Answers for parking, or is down, or never answers."""

    def __init__(self) -> None:
        self.calls = 0
        self.state = "up"

    async def questions(self, service_code: str) -> list[Question]:
        self.calls += 1
        if self.state == "down":
            raise ProviderFailed("eungdapso_down", retryable=True)
        if self.state == "silent":
            await asyncio.Event().wait()
        return [PLATE] if service_code == "PARK" else []


async def test_definitions_are_asked_for_once_in_a_while_and_kept_when_the_peer_is_down():
    desk, clock = Definitions(), Clock()
    services = Services(desk, clock)
    first = await services.asked(Policy())
    assert [(category, [q["code"] for q in asked]) for category, asked in first.items()] == [("traffic", ["PLATE"])]
    calls = desk.calls
    assert await services.asked(Policy()) == first
    assert desk.calls == calls
    desk.state, clock.us = "down", clock.us + KEPT_US
    assert await services.asked(Policy()) == first
    assert desk.calls == 2 * calls
    assert await services.asked(Policy()) == first  # a failure is not repeated at once
    assert desk.calls == 2 * calls
    clock.us += AGAIN_US
    await services.asked(Policy())
    assert desk.calls == 3 * calls


async def test_a_silent_peer_holds_up_no_form(monkeypatch):
    monkeypatch.setattr("dasan.server.services.WITHIN_S", 0.01)
    desk = Definitions()
    desk.state = "silent"
    assert await Services(desk, Clock()).asked(Policy()) == {}


async def test_answers_are_sealed_with_the_case_shown_again_and_sent(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk, "골목에 차가 한 달째 서 있어요")
    form = (await desk.done("ticket_prefill", session=session, item=item)).data["form"]
    assert form["attributes"] == []
    form |= {"attributes": [["PLATE", " 12가 3456 "], ["COUNT", " "]]}
    handoff = (await desk.done("ticket_file", session=session, item=item, form=form)).data["handoff"]
    state = world.store.reads.load(handoff).state
    assert isinstance(state, Handoff)
    assert "3456" not in repr(list(world.store.reads.events(handoff, 0, 100)))
    outbox = Outbox(world.gate, Peer(), world.store.reads, NoPhotos(), world.policy, Promises())
    case = await outbox._case(state)
    assert case.attributes == (("PLATE", "12가 3456"),)
    world.ticket(handoff, "rejected", fields=("attribute.plate",))
    await world.settle()
    again = (await desk.done("ticket_prefill", session=session, item=item)).data["form"]
    assert again["attributes"] == [["PLATE", "12가 3456"]]
