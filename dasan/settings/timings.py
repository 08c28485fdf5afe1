"""[policy.timing]: every timer of the core with its range (DOMAIN §6) and what it means."""

from __future__ import annotations

from typing import Any

from pydantic import create_model

from dasan.core.policy import Timing
from dasan.settings.fields import Section, option

HOUR_S, DAY_S = 3_600, 86_400

# Name, least, most, Korean, English. The defaults are the core's (DOMAIN §6); all in seconds.
TIMINGS: tuple[tuple[str, int, int, str, str], ...] = (
    ("offer_live_s", 5, 120, "음성·영상 배정 제안이 기다리는 시간", "How long an offer of a call waits"),
    ("offer_text_s", 10, 600, "글 상담 배정 제안이 기다리는 시간", "How long an offer of a text session waits"),
    ("connecting_s", 3, 30, "수락 뒤 연결까지의 한도", "Limit from acceptance to connection"),
    ("first_reply_s", 15, 600, "맡은 뒤 첫 답까지의 한도", "Limit to the first reply after assignment"),
    ("wrap_live_s", 0, 600, "음성·영상 후처리 시간", "Wrap-up after a call"),
    ("wrap_text_s", 0, 600, "글 상담 후처리 시간", "Wrap-up after a text session"),
    ("wrap_extension_s", 0, 600, "후처리 연장(한 번)", "Extension of wrap-up, once"),
    ("exclude_s", 0, 600, "거절·만료 뒤 다시 제안하지 않는 시간", "No second offer of an item after a decline"),
    ("idle_warning_s", 30, HOUR_S, "시민이 조용할 때 먼저 알리는 시간", "Silence of a citizen until the first notice"),
    ("idle_pause_s", 60, HOUR_S, "조용한 상담을 잠시 멈추는 시간", "Silence until the session is paused"),
    ("idle_close_s", 120, DAY_S, "조용한 상담을 끝내는 시간", "Silence until the session is closed"),
    ("leg_grace_s", 1, 120, "끊긴 연결을 자리에 두는 시간", "How long a lost connection keeps its place unparked"),
    ("resume_chat_s", 60, HOUR_S, "다시 온 대화가 자리를 지키는 시간", "How long a returning chat keeps its place"),
    ("resume_voice_s", 10, 600, "다시 건 전화가 자리를 지키는 시간", "How long a redial keeps its place"),
    ("beat_s", 1, 30, "상담석이 살아 있음을 알리는 간격", "Interval of a console's heartbeat"),
    ("suspect_s", 3, 120, "소식 없는 상담석에 새 배정을 멈추는 시간", "Silence until a console gets no new offers"),
    ("lost_s", 10, 600, "소식 없는 상담석의 상담을 되돌리는 시간", "Silence until a console's sessions go back"),
    ("sticky_s", 0, 600, "같은 상담사를 기다려 주는 시간", "How long the same counselor is preferred"),
    ("connecting_voice_s", 5, 120, "전화 수락 뒤 연결까지의 한도", "Limit from acceptance to a bridged call"),
    ("ring_s", 5, 120, "상담사 전화를 울리는 시간", "How long a counselor's phone rings"),
    ("line_ring_s", 5, 300, "협력 전화를 울리는 시간", "How long a line of the directory rings"),
    ("rejoin_s", 0, 300, "끊긴 상담사 전화를 기다리는 시간", "How long a lost counselor's leg is rung again"),
    ("hold_reminder_s", 0, 600, "보류를 알리는 간격(0은 알리지 않음)", "How often a hold is brought to mind; 0: never"),
    ("session_idle_max_s", HOUR_S, 14 * DAY_S, "움직임 없는 상담의 한도", "Limit of a session without activity"),
    ("handoff_retry_first_s", 1, 60, "접수 재시도의 첫 간격(이후 두 배씩)", "First retry of a ticket; doubles after"),
    ("handoff_retry_max_s", 10, HOUR_S, "접수 재시도의 가장 긴 간격", "Longest gap between retries"),
    ("handoff_dead_letter_s", 600, 7 * DAY_S, "접수를 사람에게 넘기는 시간", "Time until a person takes a ticket over"),
    ("handoff_poll_s", 5, HOUR_S, "접수의 진행을 묻는 간격", "Interval of asking how a ticket goes"),
    ("callback_ring_s", 10, 120, "회신 전화를 울리는 시간", "How long a citizen who is called back is rung"),
    ("callback_ttl_s", HOUR_S, 7 * DAY_S, "회신 전화를 포기하는 시간", "Time after which a callback is of no use"),
    ("callback_gap_first_s", 30, HOUR_S, "회신 전화 첫 재시도까지", "Until the second attempt of a callback"),
    ("callback_gap_second_s", 60, 4 * HOUR_S, "회신 전화 둘째 재시도까지", "Until the third attempt"),
    ("callback_gap_later_s", 60, DAY_S, "회신 전화 그 뒤 재시도까지", "Until any later attempt"),
    ("text_retry_first_s", 1, 60, "문자 재시도의 첫 간격(이후 두 배씩)", "First retry of a text; doubles after"),
    ("text_retry_max_s", 10, HOUR_S, "문자 재시도의 가장 긴 간격", "Longest gap between retries of a text"),
    ("text_give_up_s", 60, DAY_S, "문자를 포기하는 시간", "Time after which a text is not sent any more"),
)


def _timing_fields() -> dict[str, Any]:
    usual = Timing()
    return {
        name: (int, option(getattr(usual, name), ko, en, unit="s", ge=least, le=most))
        for name, least, most, ko, en in TIMINGS
    }


TimingSection = create_model("TimingSection", __base__=Section, **_timing_fields())
