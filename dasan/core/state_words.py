"""What a state is called in a sentence for people: refusals name the state they are about by its code (DOMAIN §3, §4).

A code that is not here is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

# code -> (Korean, English); of several machines, for they share the codes that mean the same.
STATES: Mapping[str, tuple[str, str]] = {
    # work items, and the phases of a session
    "CREATED": ("만드는 중", "being made"),
    "SCHEDULED": ("시각을 기다리는 중", "waiting for its time"),
    "QUEUED": ("대기 중", "waiting in line"),
    "OFFERED": ("상담사를 찾는 중", "being offered"),
    "CONNECTING": ("연결 중", "connecting"),
    "ACTIVE": ("상담 중", "in talk"),
    "HELD": ("보류 중", "on hold"),
    "CONSULTING": ("협의 중", "consulting"),
    "PAUSED": ("미룸", "set aside"),
    "WRAPPING": ("후처리 중", "in wrap-up"),
    "COMPLETED": ("끝남", "over"),
    "CANCELLED": ("취소됨", "cancelled"),
    "GREETING": ("메뉴를 듣는 중", "in the menu"),
    "WAITING": ("대기 중", "waiting"),
    "ENGAGED": ("상담 중", "in talk"),
    "AWAITING_CITIZEN": ("민원인을 기다리는 중", "waiting for the citizen"),
    "AWAITING_CALLBACK": ("회신을 기다리는 중", "waiting for a callback"),
    "AWAITING_AGENCY": ("기관을 기다리는 중", "waiting for the agency"),
    "CLOSED": ("끝남", "closed"),
    # offers, callbacks, hand-offs, looks
    "ENDED": ("끝남", "over"),
    "EXPIRED": ("시간이 지남", "out of time"),
    "REQUESTED": ("접수", "asked for"),
    "DUE": ("차례를 기다리는 중", "waiting for its turn"),
    "DIALING": ("거는 중", "dialling"),
    "CONNECTED": ("통화 중", "connected"),
    "RETRY_WAIT": ("다시 할 때를 기다리는 중", "waiting to be tried again"),
    "DONE": ("마침", "done"),
    "EXHAUSTED": ("닿지 않음", "not reached"),
    "DRAFTED": ("작성 중", "being written"),
    "COMMITTED": ("보낼 차례", "to be sent"),
    "SUBMITTING": ("보내는 중", "being sent"),
    "SUBMITTED": ("번호를 기다리는 중", "waiting for its number"),
    "ACKNOWLEDGED": ("접수됨", "acknowledged"),
    "IN_PROGRESS": ("처리 중", "in progress"),
    "ANSWERED": ("답변이 옴", "answered"),
    "REJECTED": ("되돌아옴", "come back"),
    "DEAD_LETTER": ("보내지 못함", "could not be sent"),
    "WITHDRAWN": ("거둠", "withdrawn"),
    "MONITOR": ("살펴보는 중", "looking"),
    "WHISPER": ("귓속말하는 중", "whispering"),
    "BARGE": ("끼어든 중", "barged in"),
    # what is no state but stands in its place
    "yours": ("내 상담", "already yours"),
    "target": ("넘길 곳이 맞지 않음", "no such target"),
    "-": ("해당 없음", "none"),
}


def spoken(code: str, language: str) -> str:
    """``code`` in ``language`` ("ko", else English)."""
    pair = STATES.get(code)
    return code if pair is None else pair[0] if language == "ko" else pair[1]
