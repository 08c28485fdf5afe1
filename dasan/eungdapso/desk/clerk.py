"""A clerk for the demonstration: moves tickets on by the clock and writes answers that say they are examples.

It uses the same rules as people (``Office.move``), one step a ticket each ``pace``, so that a demo shows the whole life
of a ticket in a minute or two. It never touches a ticket that a person has moved: a person's name in the history means
hands off. Not for service: ``DeskSettings.clerk_pace_s`` is 0 unless somebody asks for the demonstration.
"""

from __future__ import annotations

import asyncio
import logging

import dasan.eungdapso.desk.store_tickets as book
import dasan.eungdapso.desk.store_updates as log
from dasan.core.errors import Refused, StorageFull
from dasan.eungdapso.desk.doors import blocking
from dasan.eungdapso.desk.office import Office, Papers
from dasan.eungdapso.desk.states import OPEN, Move, State
from dasan.eungdapso.desk.store_tickets import Ticket

NAME = "시범 처리원 (demo clerk)"
STEPS_MAX = 100  # a tick

_logger = logging.getLogger(__name__)

# What the clerk does next in each state; a state without a line waits for a person or the citizen.
_NEXT = {
    State.RECEIVED: Move.ROUTE,
    State.COORDINATION: Move.ROUTE,
    State.ROUTED: Move.ASSIGN,
    State.REOPENED: Move.ASSIGN,
    State.ASSIGNED: Move.START,
    State.IN_PROGRESS: Move.ANSWER,
    State.ANSWERED: Move.CLOSE,
}
# Questions that an article answers are answered by the receiver, without a department.
_AT_ONCE = frozenset({"DOCUMENT", "CULTURE"})

# Where the receiver of reports without a department of their own sends them.
_DEPARTMENTS = {"GRIEVANCE": "감사담당관", "LAW": "법무담당관", "PROPOSAL": "시민소통과", "GENERAL": "민원여권과"}

_FOOT = "\n\n※ 시범 운영용 예시 답변입니다. 실제 처리 결과가 아닙니다. (Example answer of the demonstration.)"
_ANSWERS = {
    "POTHOLE": "알려 주신 곳을 확인하고 파손된 부분을 임시로 메웠습니다. 다시 포장하는 일정은 정비 계획에 넣었습니다.",
    "PARK": "현장을 확인하고 이동 안내와 단속을 하였습니다. 같은 시간대의 순찰을 늘리겠습니다.",
    "CAR": "방치 차량인지 확인하고 소유자에게 옮기도록 안내하였습니다. 옮기지 않으면 절차에 따라 견인합니다.",
    "SIGNAL": "신호등을 점검하고 고장 난 부품을 바꾸었습니다. 지금은 정상으로 움직입니다.",
    "LIGHT": "현장을 점검하고 등을 바꾸었습니다. 다시 꺼지면 등 기둥의 번호와 함께 알려 주십시오.",
    "WASTE": "쌓인 쓰레기를 치우고 안내문을 붙였습니다. 수거일과 배출 시간을 이웃에도 알리겠습니다.",
    "BULKY": "신고 내역을 확인하고 수거 차량을 다시 배정하였습니다.",
    "WATER": "현장에 나가 새는 곳을 막고 물이 정상으로 나오는 것을 확인하였습니다.",
    "DRAIN": "빗물받이를 청소하고 물이 잘 빠지는 것을 확인하였습니다.",
    "TREE": "부러진 가지와 시설을 정리하였습니다. 남은 보수는 이달 안에 마치겠습니다.",
    "NOISE": "현장에서 소음을 재고 작업 시간을 지키도록 안내하였습니다. 다시 확인하러 가겠습니다.",
    "HOUSING": "보내 주신 내용을 담당 부서가 확인하였습니다. 관리 주체에 자료를 요청하고 결과를 알려 드리겠습니다.",
    "WELFARE": "받으실 수 있는 지원을 살펴보았습니다. 동주민센터의 복지 담당자가 전화로 안내해 드립니다.",
    "TAX": "부과 내역을 확인하였습니다. 이의가 있으시면 기한 안에 이의신청서를 내실 수 있습니다.",
    "HEALTH": "해당 업소와 시설을 점검하였습니다. 고칠 점을 알리고 다시 확인하겠습니다.",
    "CULTURE": "이용 시간과 신청 방법은 해당 시설의 안내를 확인해 주십시오. 불편하신 점은 시설에 전하였습니다.",
    "DOCUMENT": "신청하실 곳과 준비물을 안내해 드립니다. 신분증을 지니고 가까운 주민센터에 들르시면 됩니다.",
    "GRIEVANCE": "처리가 늦어진 까닭을 확인하였습니다. 불편을 드려 죄송하며, 담당자가 직접 연락드리겠습니다.",
    "LAW": "질의하신 규정의 뜻을 담당 부서와 검토하였습니다. 개별 사정에 따라 다를 수 있어 자세한 상담을 권합니다.",
    "PROPOSAL": "좋은 제안 고맙습니다. 관련 부서가 검토하여 반영할 수 있는지 알려 드리겠습니다.",
}
_ANY = "보내 주신 내용을 확인하고 담당 부서와 함께 처리하였습니다. 더 궁금하신 점은 120으로 물어 주십시오."


def answer_for(service_code: str) -> str:
    """An example answer for a category, marked as one."""
    return _ANSWERS.get(service_code, _ANY) + _FOOT


class Clerk:
    """``tick`` takes every step that is due by the office's clock; ``pace_us`` is the time between two steps."""

    def __init__(self, office: Office, pace_us: int) -> None:
        self._office = office
        self._pace_us = pace_us

    def tick(self) -> int:
        """Moves what is due, at most 100 tickets; how many it moved."""
        now = self._office.now()
        with self._office.store.read() as conn:
            waiting = book.desk_page(conn, [*OPEN, State.ANSWERED], STEPS_MAX * 4, 0)
            due = [t for t in waiting if t.state in _NEXT and now - t.updated_us >= self._pace_us]
            mine = [t for t in due[:STEPS_MAX] if all(u.actor == NAME for u in log.of_ticket(conn, t.id))]
        return sum(self._step(ticket) for ticket in mine)

    def _step(self, ticket: Ticket) -> bool:
        move = _NEXT[ticket.state]
        if ticket.state is State.RECEIVED and ticket.service_code in _AT_ONCE:
            move = Move.ANSWER_AT_ONCE
        text = answer_for(ticket.service_code) if move in (Move.ANSWER, Move.ANSWER_AT_ONCE) else ""
        agency = _DEPARTMENTS.get(ticket.service_code, ticket.agency)
        try:
            self._office.move(ticket.id, move, Papers(text, agency, "시범 담당자"), NAME)
        except Refused:  # a person was quicker
            return False
        return True


async def keep_working(clerk: Clerk, every_s: float = 1.0) -> None:
    """Ticks until cancelled. A true edge: it waits on the real clock."""
    while True:
        await asyncio.sleep(every_s)  # noqa: TID251 - the demonstration's pace
        try:
            await blocking(clerk.tick)
        except StorageFull:
            _logger.warning("the demonstration clerk cannot write just now")
