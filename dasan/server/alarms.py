"""What an operator is called for: one table of alarms, judged from readings, each with its page of the runbook.

An alarm stands while its condition holds; judging is pure. Every alarm is a metric (``dasan_alarm``), a reason in
``/health/ready`` and a section of docs/operations.md (tested). ``stops``: while it stands the
service is not ready for new citizens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dasan.core.time import SECOND

DISK_LOW_BYTES = 1 << 30
GATE_LONG = 2_000
LAG_MS = 250
OUTBOX_OLD_S = 300
TEXTS_OLD_S = 300
DESK_DOWN_S = 120
KNOWLEDGE_DOWN_S = 30
TIMERS_LATE_S = 10
RELAY_LATE_S = 5


@dataclass(frozen=True, slots=True)
class Readings:
    """What is looked at once a second. Ages in seconds; 0 where there is nothing to be late."""

    disk_free_bytes: int = 1 << 40
    storage_full: bool = False
    database_unreachable: bool = False
    queues_overdue: int = 0
    consoles_lost: int = 0
    gate_waiting: int = 0
    loop_lag_ms: float = 0.0
    outbox_oldest_s: float = 0.0
    dead_letters: int = 0
    texts_oldest_s: float = 0.0
    care_alerts: int = 0
    eungdapso_down_s: float = 0.0
    knowledge_down_s: float = 0.0
    timers_late_s: float = 0.0
    relay_late_s: float = 0.0
    defects: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """A condition that a person must act on."""

    code: str
    ko: str
    en: str
    holds: Callable[[Readings], bool]
    stops: bool = False

    @property
    def page(self) -> str:
        """Where the runbook speaks of it."""
        return f"docs/operations.md#{self.code}"


ALARMS: tuple[Alarm, ...] = (
    Alarm(
        "storage_full",
        "저장할 수 없어 새 글을 받지 못합니다.",
        "Nothing can be stored: new messages are refused.",
        lambda r: r.storage_full,
        stops=True,
    ),
    Alarm(
        "database_unreachable",
        "자료 저장소가 답하지 않습니다.",
        "The database does not answer.",
        lambda r: r.database_unreachable,
        stops=True,
    ),
    Alarm(
        "queue_overdue",
        "대기열이 목표보다 훨씬 오래 기다립니다.",
        "A queue waits far longer than its target.",
        lambda r: r.queues_overdue > 0,
    ),
    Alarm(
        "console_lost",
        "상담석이 끊겨 맡은 상담을 되돌렸습니다.",
        "A console was lost and its sessions went back to their queue.",
        lambda r: r.consoles_lost > 0,
    ),
    Alarm(
        "disk_low",
        "남은 저장 공간이 적습니다.",
        "The disk is nearly full.",
        lambda r: r.disk_free_bytes < DISK_LOW_BYTES,
    ),
    Alarm(
        "gate_long",
        "처리 대기 줄이 깁니다.",
        "Commands wait in a long line for the writer.",
        lambda r: r.gate_waiting > GATE_LONG,
    ),
    Alarm("loop_lag", "서버가 제때 답하지 못합니다.", "The event loop answers late.", lambda r: r.loop_lag_ms > LAG_MS),
    Alarm(
        "timers_late",
        "시간제한 처리가 늦습니다.",
        "Deadlines are handled late.",
        lambda r: r.timers_late_s > TIMERS_LATE_S,
    ),
    Alarm(
        "relay_late",
        "다른 서버의 소식이 늦게 옵니다.",
        "News from the other servers comes late.",
        lambda r: r.relay_late_s > RELAY_LATE_S,
    ),
    Alarm(
        "outbox_old",
        "응답소 접수가 오래 기다립니다.",
        "A ticket has waited long to be filed.",
        lambda r: r.outbox_oldest_s > OUTBOX_OLD_S,
    ),
    Alarm(
        "dead_letter",
        "응답소에 보내지 못한 접수가 있습니다. 감독이 정해야 합니다.",
        "A ticket could not be filed; a supervisor must decide.",
        lambda r: r.dead_letters > 0,
    ),
    Alarm(
        "care_alert",
        "안부 전화를 받지 않거나 도움을 청한 분이 있습니다. 찾아보아야 합니다.",
        "Somebody who is called regularly does not answer, or asked for help: she must be looked after.",
        lambda r: r.care_alerts > 0,
    ),
    Alarm(
        "texts_old",
        "문자가 오래 나가지 못하고 있습니다.",
        "A text message has waited long to be sent.",
        lambda r: r.texts_oldest_s > TEXTS_OLD_S,
    ),
    Alarm(
        "eungdapso_down",
        "응답소에 닿지 않습니다.",
        "Eung-Dap-So is out of reach.",
        lambda r: r.eungdapso_down_s > DESK_DOWN_S,
    ),
    Alarm(
        "knowledge_child_down",
        "지식 추천이 멈췄습니다.",
        "Suggestions have stopped: the knowledge process does not answer.",
        lambda r: r.knowledge_down_s > KNOWLEDGE_DOWN_S,
    ),
    Alarm(
        "defects",
        "프로그램 오류가 있었습니다.",
        "There were faults of the program itself in the last hour.",
        lambda r: r.defects > 0,
    ),
)


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that stands."""

    alarm: Alarm
    since_us: int

    def told(self, now_us: int) -> dict[str, object]:
        """As ``/health/ready`` and the supervisor's tools show it."""
        return {
            "code": self.alarm.code,
            "ko": self.alarm.ko,
            "en": self.alarm.en,
            "for_s": (now_us - self.since_us) // SECOND,
            "page": self.alarm.page,
        }


class Alarms:
    """Which alarms stand, and since when. ``changed`` is told of each that comes or goes."""

    def __init__(self, changed: Callable[[Alarm, bool], None]) -> None:
        self._raised: dict[str, Raised] = {}
        self._changed = changed
        self.readings = Readings()

    def judge(self, readings: Readings, now_us: int) -> None:
        """Raise and clear by the present readings."""
        self.readings = readings
        for alarm in ALARMS:
            holds, stands = alarm.holds(readings), alarm.code in self._raised
            if holds and not stands:
                self._raised[alarm.code] = Raised(alarm, now_us)
            elif stands and not holds:
                del self._raised[alarm.code]
            if holds != stands:
                self._changed(alarm, holds)

    @property
    def raised(self) -> Mapping[str, Raised]:
        """Those that stand, by code."""
        return self._raised

    @property
    def ready(self) -> bool:
        """Whether new citizens can be served."""
        return not any(raised.alarm.stops for raised in self._raised.values())
