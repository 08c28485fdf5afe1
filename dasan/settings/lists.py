"""The rows of [policy]'s lists: what a channel costs, queues and their steps, skills, subjects, results, lines."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from dasan.core.policy import POOL_UNITS
from dasan.settings.fields import Section, option
from dasan.settings.hours import read_hours
from dasan.settings.timings import DAY_S, HOUR_S

CODE = r"^[a-z][a-z0-9_]{0,31}$"


class CostSection(Section):
    """[policy.channels.NAME]"""

    pool: Literal["live", "text"] = option("text", "처리량의 갈래", "Pool it draws on")
    units: int = option(
        POOL_UNITS, "한 건이 쓰는 처리량(100이 가득)", "Units one session takes of 100", ge=1, le=POOL_UNITS
    )
    at_once_max: int = option(1, "동시에 맡는 최대 건수", "Sessions at once at most", ge=1, le=20)


class NeedSection(Section):
    """One skill of a step."""

    skill: str = option("", "업무 능력 코드", "Code of the skill", pattern=CODE)
    level_min: int = option(1, "필요한 숙련도", "Least proficiency", ge=1, le=5)


class StepSection(Section):
    """One routing step; the last should last for ever (0)."""

    needs: tuple[NeedSection, ...] = option((), "필요한 능력", "Skills needed", max_length=5)
    lasts_s: int = option(0, "이 단계의 시간(0은 끝까지)", "How long it lasts; 0: for ever", unit="s", ge=0, le=HOUR_S)


class QueueSection(Section):
    """[[policy.queues]]"""

    code: str = option("", "대기열 코드", "Code of the queue", pattern=CODE)
    name_ko: str = option("", "한국어 이름", "Name in Korean", min_length=1, max_length=40)
    name_en: str = option("", "영어 이름", "Name in English", min_length=1, max_length=40)
    channel: Literal["chat", "sms", "voice", "video"] = option("chat", "통로", "Channel")
    steps: tuple[StepSection, ...] = option((), "배정 단계", "Routing steps", min_length=1, max_length=8)
    answer_target_s: int = option(30, "응대 목표", "Target to answer", unit="s", ge=1, le=HOUR_S)
    waiting_max_s: int = option(1_800, "기다림의 한도", "Longest wait", unit="s", ge=60, le=DAY_S)
    priority_credit_s: int = option(0, "앞당겨 주는 시간", "Head start", unit="s", ge=0, le=HOUR_S)
    emergency: bool = option(False, "긴급 대기열", "Emergency class")
    hours: tuple[str, ...] = option(
        (), "운영 시간. 비우면 policy.hours", "Opening hours; empty: policy.hours", max_length=32
    )
    fallback: Literal["ticket", "message"] = option(
        "ticket",
        "기다림이 끝나면: 남긴 글을 응답소에 접수하거나(ticket) 안내만 합니다(message)",
        "When nobody could take it: file what was written (ticket), or say where to go (message)",
    )
    category: str = option(
        "",
        "위 접수의 분류. 비우면 대기열과 같은 코드, 없으면 general",
        "Category of that ticket; empty: the one called like the queue, else general",
        pattern=r"^([a-z][a-z0-9_]{0,31})?$",
    )
    queue_len_max: int = option(
        0,
        "이 수가 기다리면 전화에 가득 찼다고 알립니다(0은 한도 없음)",
        "With so many waiting a caller is told that it is full; 0: no limit",
        ge=0,
        le=100_000,
    )

    @field_validator("hours")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        read_hours(value)
        return value


class SkillSection(Section):
    """One skill's names."""

    ko: str = option("", "한국어 이름", "Name in Korean", min_length=1, max_length=40)
    en: str = option("", "영어 이름", "Name in English", min_length=1, max_length=40)


class CategorySection(Section):
    """[[policy.categories]]"""

    code: str = option("", "분류 코드", "Code of the category", pattern=CODE)
    name_ko: str = option("", "한국어 이름", "Name in Korean", min_length=1, max_length=40)
    name_en: str = option("", "영어 이름", "Name in English", min_length=1, max_length=40)
    service_code: str = option("", "응답소의 서비스 코드", "Service code at Eung-Dap-So", max_length=40)


class DispositionSection(Section):
    """[[policy.dispositions]]"""

    code: str = option("", "처리 결과 코드", "Code of the result", pattern=CODE)
    name_ko: str = option("", "한국어 이름", "Name in Korean", min_length=1, max_length=40)
    name_en: str = option("", "영어 이름", "Name in English", min_length=1, max_length=40)
    resolved: bool = option(False, "해결로 셉니다", "Counts as resolved")
    needs_handoff: bool = option(False, "접수가 있어야 합니다", "Needs a ticket")


class LineSection(Section):
    """[[policy.lines]]"""

    code: str = option("", "긴급·협력 전화 코드", "Code of the line", pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")
    name_ko: str = option("", "한국어 이름", "Name in Korean", min_length=1, max_length=40)
    name_en: str = option("", "영어 이름", "Name in English", min_length=1, max_length=40)
    number: str = option(
        "",
        "거는 번호나 sip: 주소(비면 걸지 않음). 119와 112는 통신사 회선의 sip: 주소로 적습니다",
        "Number or sip: address to dial; empty: never. 119 and 112 need a trunk's sip: address",
        pattern=r"^(\+?[0-9]{0,15}|sips?:[A-Za-z0-9_.+@:;=-]{3,200})$",
    )
    emergency: bool = option(False, "긴급 전화", "An emergency line")
    needs_place: bool = option(False, "위치를 함께 알립니다", "The citizen's place goes along")
    languages: tuple[str, ...] = option(("ko",), "통하는 언어", "Languages spoken there")
