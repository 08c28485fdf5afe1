"""What a centre may choose: time-outs, capacity, queues, skills and promises, as values with DOMAIN's defaults.

Units stand in the names. Nothing here reads a file: the settings build a :class:`Policy`, tests and the simulator make
their own. Ranges are checked where values come in (dasan/settings.py); the core takes a policy as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dasan.core.hours import ALWAYS, HOLIDAYS, Hours, day_number, is_open, opening_us

# Channels, the pool of capacity each draws on (DOMAIN §5), and what a Leg of it can do.
CHAT, SMS, VOICE, VIDEO = "chat", "sms", "voice", "video"
TEXT_CHANNELS = frozenset({CHAT, SMS})
POOL_LIVE, POOL_TEXT = "live", "text"
POOL_UNITS = 100
UNSET = "unset"  # the disposition of a wrap-up that nobody finished
# What is done for a citizen whom nobody could take (DOMAIN §3): her words are filed, or she is told where to go.
BY_TICKET, BY_MESSAGE = "ticket", "message"


@dataclass(frozen=True, slots=True)
class ChannelCost:
    """What one session on a channel takes of a counselor: units of its pool, and how many at once at most."""

    pool: str
    units: int
    at_once_max: int


@dataclass(frozen=True, slots=True)
class SkillNeed:
    """A skill and the least proficiency (1 to 5) that will do."""

    skill: str
    level_min: int = 1


@dataclass(frozen=True, slots=True)
class RoutingStep:
    """Who may be offered an item for ``lasts_s`` seconds (0: for ever). ``only`` limits the step to one counselor."""

    needs: tuple[SkillNeed, ...] = ()
    lasts_s: int = 0
    only: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """A waiting line: its names for people, its steps, its target, when it is open, and what happens to who waits too
    long (``fallback``; ``category`` is what her words are filed under, "" for the one that is called like the queue).
    With ``queue_len_max`` waiting (0: no limit) a caller is told that it is full instead of entering it.
    """

    code: str
    name_ko: str
    name_en: str
    steps: tuple[RoutingStep, ...]
    channel: str = CHAT
    answer_target_s: int = 30
    waiting_max_s: int = 1800
    priority_credit_s: int = 0
    emergency: bool = False
    hours: Hours = ALWAYS
    fallback: str = BY_TICKET
    category: str = ""
    queue_len_max: int = 0


@dataclass(frozen=True, slots=True)
class Category:
    """A subject for wrap-up and tickets; ``service_code`` names it on Eung-Dap-So's side."""

    code: str
    name_ko: str
    name_en: str
    service_code: str = ""


@dataclass(frozen=True, slots=True)
class Disposition:
    """How a session ended, for the record; ``resolved`` counts towards first-contact resolution."""

    code: str
    name_ko: str
    name_en: str
    resolved: bool
    needs_handoff: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An emergency or partner line to which a citizen may be handed. ``number`` as it is dialled from here;
    ``needs_place``: it asks where she is, so her place goes along. ``languages`` that are spoken there."""

    code: str
    name_ko: str
    name_en: str
    number: str
    emergency: bool = False
    needs_place: bool = False
    languages: tuple[str, ...] = ("ko",)


# 119 and 112 are the national emergency numbers, which a network abroad cannot dial: a centre gives the address of a
# trunk (sip:119@…). 1330 is the Korea Travel Helpline, 1577-1366 the Danuri helpline.
# The numbers behind "care", "lonely" and "district" are the operator's to give: until then these lines are not rung.
DEFAULT_LINES = (
    Line("119", "119 소방·구급", "119 fire and ambulance", "119", emergency=True, needs_place=True),
    Line("112", "112 경찰", "112 police", "112", emergency=True, needs_place=True),
    Line("1330", "1330 관광통역안내", "1330 travel helpline", "1330", languages=("ko", "en", "ja", "zh")),
    Line("danuri", "다누리콜센터", "Danuri helpline", "15771366", languages=("ko", "en", "zh", "vi", "mn", "ja")),
    Line("care", "안심돌봄 협력기관", "Care partner", ""),
    Line("lonely", "외로움안녕 협력기관", "Loneliness partner", ""),
    Line("district", "구청 대표전화", "District office", ""),
)


def _rings(skill: str, *levels: tuple[int, int]) -> tuple[RoutingStep, ...]:
    return tuple(RoutingStep((SkillNeed(skill, level),) if level else (), lasts) for level, lasts in levels)


# Steps relax after 15, 30 and 60 s (DOMAIN §6), and the last one stands until the item's time is over.
DEFAULT_QUEUES = (
    Queue("general", "일반 상담", "General", _rings("general", (2, 15), (1, 30), (0, 0))),
    Queue("traffic", "교통·주차", "Traffic and parking", _rings("traffic", (3, 15), (2, 30), (1, 60), (0, 0))),
    Queue("water", "수도", "Water", _rings("water", (3, 15), (2, 30), (1, 60), (0, 0))),
    Queue("welfare", "복지·돌봄", "Welfare and care", _rings("welfare", (3, 15), (2, 30), (1, 60), (0, 0))),
    Queue("tax", "세금", "Taxes", _rings("tax", (3, 15), (2, 30), (1, 60), (0, 0))),
    Queue("english", "영어 상담", "English", _rings("english", (3, 30), (2, 0))),
    Queue("chinese", "중국어 상담", "Chinese", _rings("chinese", (3, 30), (2, 0)), VOICE),
    Queue("japanese", "일본어 상담", "Japanese", _rings("japanese", (3, 30), (2, 0)), VOICE),
    Queue("vietnamese", "베트남어 상담", "Vietnamese", _rings("vietnamese", (3, 30), (2, 0)), VOICE),
    Queue("mongolian", "몽골어 상담", "Mongolian", _rings("mongolian", (3, 30), (2, 0)), VOICE),
    Queue("care", "안심돌봄", "Care", _rings("care", (3, 15), (2, 30), (0, 0)), VOICE),
    Queue("special", "특별 관리", "Special handling", _rings("special", (1, 0)), VOICE),
)
DEFAULT_SKILLS = {
    "general": ("일반", "General"),
    "traffic": ("교통", "Traffic"),
    "water": ("수도", "Water"),
    "welfare": ("복지", "Welfare"),
    "tax": ("세금", "Taxes"),
    "english": ("영어", "English"),
    "chinese": ("중국어", "Chinese"),
    "japanese": ("일본어", "Japanese"),
    "vietnamese": ("베트남어", "Vietnamese"),
    "mongolian": ("몽골어", "Mongolian"),
    "care": ("돌봄", "Care"),
    "special": ("특별 관리", "Special handling"),
}
DEFAULT_CATEGORIES = (
    Category("traffic", "교통·주차", "Traffic and parking", "PARK"),
    Category("water", "수도", "Water", "WATER"),
    Category("waste", "청소·폐기물", "Waste", "WASTE"),
    Category("housing", "주택·건축", "Housing", "HOUSING"),
    Category("welfare", "복지", "Welfare", "WELFARE"),
    Category("tax", "세금", "Taxes", "TAX"),
    Category("civil", "여권·민원서류", "Civil documents", "DOCUMENT"),
    Category("culture", "문화·관광", "Culture", "CULTURE"),
    Category("health", "보건", "Health", "HEALTH"),
    Category("road", "도로·시설물", "Roads", "POTHOLE"),
    Category("environment", "환경", "Environment", "NOISE"),
    Category("general", "일반", "General", "GENERAL"),
)
DEFAULT_DISPOSITIONS = (
    Disposition("answered", "답변 완료", "Answered", True),
    Disposition("guided", "담당 기관 안내", "Referred", True),
    Disposition("ticket", "응답소 접수", "Ticket filed", False, needs_handoff=True),
    Disposition("no_reply", "민원인 응답 없음", "Citizen did not reply", False),
    Disposition("abuse", "악성 민원", "Abuse", False),
    Disposition("wrong", "잘못 들어온 상담", "Wrong number", False),
)

# Civic practice since 2014: harassment at once, threats and abuse at the third time; the others are ours.
DEFAULT_STRIKES = {"harassment": 1, "threat": 3, "verbal": 3, "prank": 5, "drunk": 5, "repeat": 10}


@dataclass(frozen=True, slots=True)
class Timing:
    """DOMAIN §6, in seconds."""

    offer_live_s: int = 20
    offer_text_s: int = 45
    connecting_s: int = 10
    first_reply_s: int = 60
    wrap_live_s: int = 45
    wrap_text_s: int = 30
    wrap_extension_s: int = 60
    exclude_s: int = 60
    idle_warning_s: int = 120
    idle_pause_s: int = 300
    idle_close_s: int = 1800
    leg_grace_s: int = 5
    resume_chat_s: int = 600
    resume_voice_s: int = 60
    beat_s: int = 5
    suspect_s: int = 12
    lost_s: int = 45
    sticky_s: int = 30
    connecting_voice_s: int = 30
    ring_s: int = 20
    line_ring_s: int = 40
    rejoin_s: int = 20
    hold_reminder_s: int = 60  # 0: nobody is reminded
    session_idle_max_s: int = 86_400
    handoff_retry_first_s: int = 1
    handoff_retry_max_s: int = 900
    handoff_dead_letter_s: int = 86_400
    handoff_poll_s: int = 30
    callback_ring_s: int = 30
    callback_ttl_s: int = 86_400
    callback_gap_first_s: int = 120
    callback_gap_second_s: int = 600
    callback_gap_later_s: int = 1800
    text_retry_first_s: int = 2
    text_retry_max_s: int = 300
    text_give_up_s: int = 14_400


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything the core may be told. ``credit_max_s`` bounds overtaking (I9)."""

    timing: Timing = field(default_factory=Timing)
    channels: Mapping[str, ChannelCost] = field(
        default_factory=lambda: {
            VOICE: ChannelCost(POOL_LIVE, 100, 1),
            VIDEO: ChannelCost(POOL_LIVE, 100, 1),
            "callback": ChannelCost(POOL_LIVE, 50, 1),
            CHAT: ChannelCost(POOL_TEXT, 30, 3),
            SMS: ChannelCost(POOL_TEXT, 20, 5),
        }
    )
    text_while_live: bool = False
    queues: Mapping[str, Queue] = field(default_factory=lambda: {q.code: q for q in DEFAULT_QUEUES})
    default_queue: str = "general"
    skills: Mapping[str, tuple[str, str]] = field(default_factory=lambda: dict(DEFAULT_SKILLS))
    categories: tuple[Category, ...] = DEFAULT_CATEGORIES
    dispositions: tuple[Disposition, ...] = DEFAULT_DISPOSITIONS
    lines: tuple[Line, ...] = DEFAULT_LINES
    credit_max_s: int = 600
    transfer_keeps_rank: bool = True
    auto_away_misses: int = 3
    entries_per_session_max: int = 20_000
    holidays: frozenset[int] = field(default_factory=lambda: frozenset(map(day_number, HOLIDAYS)))  # day numbers
    citizen_told_from: str = "BARGE"  # the first step of a supervision of which the citizen is told
    callback_mode: str = "COUNSELOR_FIRST"
    callback_attempts_max: int = 3
    quiet: tuple[int, int] = (21 * 60, 8 * 60)  # minutes of Seoul's day in which nobody is called; equal: none
    # After how many strikes of a kind a caller goes to the special queue (0: by that kind alone never).
    strikes: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_STRIKES))
    strike_days: int = 180
    care_silent_days: int = 3
    texts: bool = False  # whether short messages can be sent at all

    def queue(self, code: str) -> Queue | None:
        """The queue of that code, or None."""
        return self.queues.get(code)

    def is_open(self, queue: Queue, at_us: int) -> bool:
        """Whether people may enter that queue at that instant."""
        return is_open(queue.hours, self.holidays, at_us)

    def opening_us(self, queue: Queue, at_us: int) -> int | None:
        """When it is open next, from that instant on; None when never."""
        return opening_us(queue.hours, self.holidays, at_us)

    def filed_under(self, queue: str) -> Category:
        """What a ticket is filed under that nobody has classified: as the queue says, else as a general matter."""
        found = self.queues.get(queue)
        named = found.category if found else ""
        return self.category(named) or self.category(queue) or self.category("general") or self.categories[0]

    def cost(self, channel: str) -> ChannelCost:
        """What one session on ``channel`` takes; an unknown channel takes a whole live pool (never too little)."""
        return self.channels.get(channel) or ChannelCost(POOL_LIVE, POOL_UNITS, 1)

    def disposition(self, code: str) -> Disposition | None:
        """The disposition of that code, or None."""
        return next((d for d in self.dispositions if d.code == code), None)

    def line(self, code: str) -> Line | None:
        """The line of that code in the directory, or None."""
        return next((one for one in self.lines if one.code == code), None)

    def category(self, code: str) -> Category | None:
        """The category of that code, or None."""
        return next((c for c in self.categories if c.code == code), None)
