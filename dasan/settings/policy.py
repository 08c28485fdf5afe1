"""[policy]: what the centre promises, with the defaults of the core and the ranges of DOMAIN §5 and §6.

The core takes any policy; ranges are held here, where values come in. :meth:`PolicySection.build` is the only way out.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Literal, Self

from pydantic import field_validator, model_validator

from dasan.core.hours import HOLIDAYS, day_number
from dasan.core.policy import (
    Category,
    ChannelCost,
    Disposition,
    Line,
    Policy,
    Queue,
    RoutingStep,
    SkillNeed,
    Timing,
)
from dasan.settings.fields import Section, option
from dasan.settings.hours import read_hours, read_quiet
from dasan.settings.lists import (
    CODE,
    CategorySection,
    CostSection,
    DispositionSection,
    LineSection,
    NeedSection,
    QueueSection,
    SkillSection,
    StepSection,
)
from dasan.settings.timings import HOUR_S, TIMINGS, TimingSection

__all__ = ["TIMINGS", "PolicySection", "QueueSection", "TimingSection"]
DEFAULTS = Policy()


def _queues() -> tuple[QueueSection, ...]:
    return tuple(
        QueueSection(
            code=q.code,
            name_ko=q.name_ko,
            name_en=q.name_en,
            channel=q.channel,  # type: ignore[arg-type]  # the model checks the word
            steps=tuple(
                StepSection(
                    needs=tuple(NeedSection(skill=n.skill, level_min=n.level_min) for n in s.needs), lasts_s=s.lasts_s
                )
                for s in q.steps
            ),
            answer_target_s=q.answer_target_s,
            waiting_max_s=q.waiting_max_s,
            priority_credit_s=q.priority_credit_s,
            emergency=q.emergency,
            fallback=q.fallback,  # type: ignore[arg-type]  # the model checks the word
            category=q.category,
            queue_len_max=q.queue_len_max,
        )
        for q in DEFAULTS.queues.values()
    )


def _plain(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


class PolicySection(Section):
    """[policy]: everything the core may be told."""

    default_queue: str = option(DEFAULTS.default_queue, "기본 대기열", "Queue of those who chose none", pattern=CODE)
    text_while_live: bool = option(
        DEFAULTS.text_while_live, "통화 중에도 글 상담을 제안합니다", "Offer text sessions during a call"
    )
    credit_max_s: int = option(
        DEFAULTS.credit_max_s, "순서를 앞당기는 한도", "Bound of every head start", unit="s", ge=0, le=HOUR_S
    )
    transfer_keeps_rank: bool = option(
        DEFAULTS.transfer_keeps_rank, "이관해도 기다린 시간을 지킵니다", "A transfer keeps the time already waited"
    )
    auto_away_misses: int = option(
        DEFAULTS.auto_away_misses, "자리 비움으로 바꾸는 놓친 제안 수", "Missed offers until away", ge=1, le=20
    )
    entries_per_session_max: int = option(
        DEFAULTS.entries_per_session_max, "상담 하나의 글 수", "Entries of one session", ge=100, le=100_000
    )
    citizen_told_from: Literal["MONITOR", "WHISPER", "BARGE", "TAKEOVER"] = option(
        DEFAULTS.citizen_told_from,
        "감독이 상담에 들어올 때 민원인에게 알리기 시작하는 단계(맡아 가면 언제나 알립니다)",
        "The step of a supervision from which the citizen is told (a take-over is always told)",
    )
    hours: tuple[str, ...] = option(
        (),
        '대기열의 기본 운영 시간(서울 시각). 비우면 항상. 예: ["mon-fri 09:00-18:00", "sat 09:00-13:00"]',
        'Opening hours of queues, Seoul time; empty: always. E.g. ["mon-fri 09:00-18:00", "holiday 10:00-12:00"]',
        max_length=32,
    )
    holidays_added: tuple[date, ...] = option(
        (),
        "내장 공휴일 표에 더하는 날(임시공휴일, 표가 끝난 뒤의 해)",
        "Days off besides the built-in table: those decided at short notice, and years after the table",
        max_length=1_000,
    )
    holidays_worked: tuple[date, ...] = option(
        (), "공휴일이지만 평소처럼 여는 날", "Public holidays with the hours of an ordinary day", max_length=1_000
    )
    timing: TimingSection = option(TimingSection, "시간", "Timers")  # type: ignore[valid-type]
    channels: dict[str, CostSection] = option(
        lambda: {k: CostSection(**_plain(v, "pool", "units", "at_once_max")) for k, v in DEFAULTS.channels.items()},
        "통로마다 쓰는 처리량",
        "What a session of each channel takes",
    )
    skills: dict[str, SkillSection] = option(
        lambda: {code: SkillSection(ko=ko, en=en) for code, (ko, en) in DEFAULTS.skills.items()},
        "업무 능력",
        "Skills",
    )
    queues: tuple[QueueSection, ...] = option(_queues, "대기열", "Waiting lines", min_length=1, max_length=100)
    categories: tuple[CategorySection, ...] = option(
        lambda: tuple(
            CategorySection(**_plain(c, "code", "name_ko", "name_en", "service_code")) for c in DEFAULTS.categories
        ),
        "민원 분류",
        "Categories",
        min_length=1,
    )
    dispositions: tuple[DispositionSection, ...] = option(
        lambda: tuple(
            DispositionSection(**_plain(d, "code", "name_ko", "name_en", "resolved", "needs_handoff"))
            for d in DEFAULTS.dispositions
        ),
        "처리 결과",
        "Results of a session",
        min_length=1,
    )

    callback_mode: Literal["COUNSELOR_FIRST", "CITIZEN_FIRST"] = option(
        DEFAULTS.callback_mode, "회신 전화에서 먼저 부르는 쪽", "Who is called first in a callback"
    )
    callback_attempts_max: int = option(
        DEFAULTS.callback_attempts_max, "회신 전화를 거는 횟수", "Attempts of a callback", ge=1, le=10
    )
    quiet: str = option(
        "21:00-08:00",
        "시민에게 전화하지 않는 시간(서울 시각). 비우면 없음",
        "Hours in which no citizen is called, Seoul time; empty: none",
    )
    strikes: dict[str, int] = option(
        lambda: dict(DEFAULTS.strikes),
        "종류마다 특별 관리로 보내는 횟수(0은 그것만으로는 보내지 않음)",
        "After how many strikes of a kind a caller goes to the special queue; 0: by that kind alone never",
    )
    strike_days: int = option(
        DEFAULTS.strike_days, "경고 기록이 남는 날수", "Days for which a strike counts", unit="d", ge=1, le=3_650
    )
    care_silent_days: int = option(
        DEFAULTS.care_silent_days,
        "안부 전화를 받지 않으면 알리는 날수(계획에 없을 때)",
        "Days without an answer to a care call until somebody is told, where the plan does not say",
        unit="d",
        ge=1,
        le=60,
    )

    lines: tuple[LineSection, ...] = option(
        lambda: tuple(LineSection(**asdict(line)) for line in DEFAULTS.lines),
        "긴급·협력 전화",
        "Emergency and partner lines",
    )

    @field_validator("hours")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        read_hours(value)
        return value

    @field_validator("quiet")
    @classmethod
    def _quiet(cls, value: str) -> str:
        read_quiet(value)
        return value

    @field_validator("strikes")
    @classmethod
    def _strikes(cls, value: dict[str, int]) -> dict[str, int]:
        if value.keys() != DEFAULTS.strikes.keys() or any(not 0 <= n <= 100 for n in value.values()):
            kinds = ", ".join(DEFAULTS.strikes)
            raise ValueError(f"{kinds}마다 0~100으로 씁니다 / give each of {kinds} a number from 0 to 100")
        return value

    @property
    def holidays(self) -> frozenset[date]:
        """The days off: the built-in table with what the operator added and took away."""
        return HOLIDAYS.union(self.holidays_added).difference(self.holidays_worked)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        wrong = [sentence for holds, sentence in self._rules() if not holds]
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def _rules(self) -> list[tuple[bool, str]]:
        """Each rule between settings, and the sentence for when it does not hold."""
        t: Any = self.timing
        codes = [q.code for q in self.queues]
        needed = {n.skill for q in self.queues for s in q.steps for n in s.needs}
        unknown = ", ".join(sorted(needed - self.skills.keys()))
        lists = (
            ("queues", codes),
            ("categories", [c.code for c in self.categories]),
            ("dispositions", [d.code for d in self.dispositions]),
            ("lines", [line.code for line in self.lines]),
        )
        filed = {q.category for q in self.queues if q.category}
        unfiled = ", ".join(sorted(filed.difference(lists[1][1])))
        return [
            (t.beat_s < t.suspect_s < t.lost_s, _order("beat_s < suspect_s < lost_s")),
            (
                t.idle_warning_s < t.idle_pause_s < t.idle_close_s,
                _order("idle_warning_s < idle_pause_s < idle_close_s"),
            ),
            (
                t.handoff_retry_first_s <= t.handoff_retry_max_s < t.handoff_dead_letter_s,
                _order("handoff_retry_first_s <= handoff_retry_max_s < handoff_dead_letter_s"),
            ),
            (
                self.default_queue in codes,
                f"default_queue: 없는 대기열 {self.default_queue} / {self.default_queue} is none of the queues",
            ),
            (
                filed <= set(lists[1][1]),
                f"queues: 없는 분류 {unfiled} / category of a queue that does not exist: {unfiled}",
            ),
            (needed <= self.skills.keys(), f"queues: 없는 능력 {unknown} / steps need unknown skills {unknown}"),
            *(
                (len(set(names)) == len(names), f"{what}: 같은 코드가 두 번 있습니다 / a code stands twice")
                for what, names in lists
            ),
        ]

    def build(self) -> Policy:
        """The core's policy."""
        return Policy(
            timing=Timing(**self.timing.model_dump()),  # type: ignore[attr-defined]
            channels={name: ChannelCost(c.pool, c.units, c.at_once_max) for name, c in self.channels.items()},
            text_while_live=self.text_while_live,
            queues={q.code: _queue(q, self.hours) for q in self.queues},
            default_queue=self.default_queue,
            skills={code: (s.ko, s.en) for code, s in self.skills.items()},
            categories=tuple(Category(**c.model_dump()) for c in self.categories),
            dispositions=tuple(Disposition(**d.model_dump()) for d in self.dispositions),
            lines=tuple(Line(**line.model_dump()) for line in self.lines),
            credit_max_s=self.credit_max_s,
            transfer_keeps_rank=self.transfer_keeps_rank,
            auto_away_misses=self.auto_away_misses,
            entries_per_session_max=self.entries_per_session_max,
            holidays=frozenset(map(day_number, self.holidays)),
            citizen_told_from=self.citizen_told_from,
            callback_mode=self.callback_mode,
            callback_attempts_max=self.callback_attempts_max,
            quiet=read_quiet(self.quiet),
            strikes=dict(self.strikes),
            strike_days=self.strike_days,
            care_silent_days=self.care_silent_days,
        )


def _order(rule: str) -> str:
    return f"timing: {rule} 순서여야 합니다 / timing: {rule} must hold"


def _queue(section: QueueSection, usual: tuple[str, ...]) -> Queue:
    steps = tuple(
        RoutingStep(tuple(SkillNeed(n.skill, n.level_min) for n in step.needs), step.lasts_s) for step in section.steps
    )
    hours = read_hours(section.hours or usual)
    return Queue(**{**section.model_dump(), "steps": steps, "hours": hours})
