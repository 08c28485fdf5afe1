"""How things are said: numbers digit by digit, dates, times, money, counters, spans, in the languages of the menus.

Every function is total: what it cannot read it gives back as it came, because a spoken sentence with an odd word in it
is better than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from dasan.core.text import josa as attach

_SINO = dict(zip("0123456789", "공일이삼사오육칠팔구", strict=True))
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스무", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_WEEKDAYS = {
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "ja": ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"),
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "mn": ("Даваа", "Мягмар", "Лхагва", "Пүрэв", "Баасан", "Бямба", "Ням"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def digits(value: object, language: str) -> str:
    """``010-1234`` read one by one: "공 일 공, 일 이 삼 사"; elsewhere "0 1 0, 1 2 3 4"."""
    groups = re.findall(r"\d+", str(value))
    if not groups:
        return str(value)
    read = _SINO if language == "ko" else {}
    return ", ".join(" ".join(read.get(ch, ch) for ch in group) for group in groups)


def _as_date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def say_date(value: object, language: str) -> str:
    """``2026-11-21`` as "11월 21일 토요일", "Saturday, November 21" and so on."""
    day = _as_date(value)
    if day is None:
        return str(value)
    weekday = _WEEKDAYS.get(language, _WEEKDAYS["en"])[day.weekday()]
    forms = {
        "ko": f"{day.month}월 {day.day}일 {weekday}",
        "zh": f"{day.month}月{day.day}日{weekday}",
        "ja": f"{day.month}月{day.day}日{weekday}",
        "vi": f"{weekday}, ngày {day.day} tháng {day.month}",
        "mn": f"{day.month}-р сарын {day.day}, {weekday}",
    }
    return forms.get(language, f"{weekday}, {_MONTHS[day.month - 1]} {day.day}")


def say_time(value: object, language: str) -> str:
    """``15:05`` (or an ISO instant) as "오후 3시 5분", "3:05 p.m." and so on."""
    found = re.search(r"(?:^|T|\s)([01]?\d|2[0-3]):([0-5]\d)", str(value))
    if not found:
        return str(value)
    hour, minute = int(found[1]), int(found[2])
    twelve = hour % 12 or 12
    if language == "ko":
        return f"{'오전' if hour < 12 else '오후'} {twelve}시" + (f" {minute}분" if minute else "")
    if language in {"zh", "ja"}:
        half = ("上午", "下午") if language == "zh" else ("午前", "午後")
        return f"{half[hour >= 12]}{twelve}{'点' if language == 'zh' else '時'}" + (f"{minute}分" if minute else "")
    if language in {"vi", "mn"}:
        return f"{hour} giờ {minute:02d}" if language == "vi" else f"{hour} цаг {minute:02d} минут"
    return f"{twelve}:{minute:02d} {'a.m.' if hour < 12 else 'p.m.'}"


def won(value: object, language: str) -> str:
    """``3500`` as "3,500원", "3,500 won"."""
    amount = _whole(value)
    if amount is None:
        return str(value)
    unit = {"ko": "원", "zh": "韩元", "ja": "ウォン", "mn": " вон"}.get(language, " won")
    return f"{amount:,}{unit}"


def counter(value: object, unit: str, language: str) -> str:
    """``3|counter("명")`` as "세 명": native numbers up to 99 in Korean; elsewhere number and unit."""
    amount = _whole(value)
    if amount is None:
        return str(value)
    if language != "ko" or not 1 <= amount <= 99:
        return f"{amount} {unit}" if language != "ko" else f"{amount}{unit}"
    tens, ones = divmod(amount, 10)
    native = "스물" if tens == 2 and ones else _NATIVE_TENS[tens]
    return f"{native}{_NATIVE_ONES[ones]} {unit}"


def span(value: object, language: str) -> str:
    """Seconds, rounded up to half a minute below two minutes and to minutes above: "1분 30초", "about 5 minutes"."""
    total = _whole(value)
    if total is None:
        return str(value)
    if total < 120:
        half = max(30, -(-total // 30) * 30)
        minutes, seconds = divmod(half, 60)
    else:
        minutes, seconds = -(-total // 60), 0
    units = {
        "ko": ("분", "초"), "zh": ("分钟", "秒"), "ja": ("分", "秒"),
        "vi": (" phút", " giây"), "mn": (" минут", " секунд"),
    }.get(language, (" minutes" if minutes != 1 else " minute", " seconds"))  # fmt: skip
    parts = [f"{minutes}{units[0]}"] if minutes else []
    return " ".join([*parts, f"{seconds}{units[1]}"] if seconds else parts)


def josa(value: object, particle: str) -> str:
    """``"강남구"|josa("은/는")`` as "강남구는". An unknown particle is put there as it is."""
    word, first = str(value), particle.split("/", maxsplit=1)[0]
    try:
        return attach(word, first)
    except KeyError:
        return word + first


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return round(float(str(value).replace(",", "")))
    except (ValueError, OverflowError):
        return None


# Filter name -> (function of value, language and maybe one word; whether it takes that word).
FILTERS: dict[str, tuple[Callable[..., str], bool]] = {
    "digits": (digits, False),
    "date": (say_date, False),
    "time": (say_time, False),
    "won": (won, False),
    "span": (span, False),
    "counter": (counter, True),
    "josa": (lambda value, particle, _language: josa(value, particle), True),
}
