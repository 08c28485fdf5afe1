"""What a simulated run is: its seed, its length, its people, its weather; and the shape of a day at 120.

The day curve follows what is known of the centre: quiet nights of about a tenth of the day, busy from 8 to 18 with
peaks before noon and after lunch. Topics are those of the centre's own counts (districts and general matters a good
half, traffic 17 %, water 8 %). Shifts cover the curve. Everything is drawn from the world's one seeded source.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from dasan.core.hours import Hours
from dasan.core.policy import Policy
from dasan.core.time import HOUR, SECOND

_BUT_NOON = ((0, 12 * 60), (13 * 60, 24 * 60))
NOON_CLOSED = Hours((_BUT_NOON,) * 7, _BUT_NOON)
MIDNIGHT_US = 1_772_377_200_000_000  # Monday, 2 March 2026, 00:00 in Seoul
CURVE = (12, 8, 6, 5, 6, 10, 20, 45, 78, 88, 80, 82, 80, 84, 82, 74, 68, 70, 66, 52, 40, 32, 24, 16)
TOPICS = {"general": 52, "traffic": 17, "water": 8, "welfare": 10, "tax": 9, "english": 4}
# Which part of the roster is on duty when (hours of the day; a night shift has two stretches).
SHIFTS: tuple[tuple[float, tuple[tuple[float, float], ...]], ...] = (
    (0.16, ((7, 16),)),
    (0.42, ((8, 17),)),
    (0.22, ((11, 20),)),
    (0.12, ((14, 23),)),
    (0.08, ((0, 7), (22, 24))),
)


@dataclass(frozen=True, slots=True)
class Weather:
    """How often things go wrong: shares of commands, or times an hour."""

    lost: float = 0.0  # a command or its reply never arrives; the sender sends it again
    doubled: float = 0.0
    delayed: float = 0.0  # by up to 8 s, so that later ones overtake it
    old_epoch: float = 0.0  # what a crashed console had still on its way
    citizen_drops: float = 0.0  # share of citizens whose network fails once
    console_crashes: float = 0.0  # an hour and counselor
    restarts: float = 0.0  # an hour
    storage_refuses: float = 0.0  # times an hour, some seconds each
    races: float = 0.0  # share of dispatch rounds in which a second dispatcher plans from the same picture
    ticket_faults: float = 0.0  # share of requests to the ticket side


WEATHERS = {
    "none": Weather(),
    "some": Weather(0.002, 0.004, 0.01, 0.3, 0.03, 0.03, 0.5, 0.25, 0.05, 0.15),
    "many": Weather(0.03, 0.05, 0.08, 0.6, 0.15, 0.4, 6.0, 4.0, 0.5, 0.5),
}


@dataclass(frozen=True, slots=True)
class Habits:
    """How simulated people behave: means in seconds, shares of 1."""

    patience_s: float = 420.0
    citizen_types_s: float = 14.0
    first_answer_s: float = 16.0
    answer_s: float = 12.0
    accept_s: float = 2.5
    wrap_up_s: float = 9.0
    lines_more: float = 0.45  # after each answer: the chance that the citizen writes again
    declines: float = 0.01
    ignores: float = 0.01
    marks: float = 1.0  # share of citizens whose page marks what it shows as delivered or read
    photos: float = 0.04  # share of further lines that are photos
    returns: float = 0.02  # citizens who come again some time later
    tickets: float = 0.03
    transfers: float = 0.02
    silent: float = 0.01  # citizens who stop writing in the middle
    wrap_forgotten: float = 0.01
    slips: float = 0.01  # wrap-ups that first say "ticket filed" although there is none
    breaks: bool = True
    fixed_service_s: float = 0.0  # for oracles: the talk lasts exponentially so long, without lines or wrap-up
    rates: float = 0.25
    stays: float = 0.02  # citizens who never lose patience
    talk_s: float = 140.0  # a talk on the telephone
    holds: float = 0.08
    consults: float = 0.02
    hangs_up_first: float = 0.3  # callers who end the talk themselves
    unreached: float = 0.02  # telephones that are busy, not answered or gone when they ring
    silent_in_menu: float = 0.1  # callers who press nothing
    calls_back: float = 0.05  # callers in line who ask to be called back
    redials: float = 0.3  # of those who hang up in line
    leaves_message: float = 0.7  # share of those who come to a closed queue; the others choose another


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run. ``per_day`` contacts are spread over the day curve; ``hours`` of it are lived from ``start_hour``."""

    seed: int = 120
    hours: float = 24.0
    start_hour: float = 0.0
    counselors: int = 120
    per_day: int = 43_000
    faults: str = "some"
    grid_us: int = SECOND
    habits: Habits = field(default_factory=Habits)
    flat: bool = False  # arrivals at one rate and everybody on duty: for oracles
    sweep_us: int = HOUR // 4
    calls: float = 0.0  # share of contacts that come by telephone

    @property
    def weather(self) -> Weather:
        """The faults by name."""
        return WEATHERS[self.faults]

    @property
    def start_us(self) -> int:
        """When the run begins."""
        return MIDNIGHT_US + round(self.start_hour * HOUR)

    @property
    def end_us(self) -> int:
        """When the last citizen may arrive."""
        return self.start_us + round(self.hours * HOUR)

    def command(self) -> str:
        """The command line that runs it again."""
        return (
            f"dasan simulate --seed {self.seed} --hours {self.hours:g} --from {self.start_hour:g} "
            f"--counselors {self.counselors} --arrivals {self.per_day} --calls {self.calls:g} --faults {self.faults}"
        )

    def per_second(self, at_us: int) -> float:
        """The arrival rate at an instant."""
        if self.flat:
            return self.per_day / 86_400
        hour = (at_us - MIDNIGHT_US) // HOUR % 24
        return self.per_day * CURVE[hour] / sum(CURVE) / 3600


def usual_policy() -> Policy:
    """The default policy, but one queue closes over noon: every day has messages that are left for an opening."""
    policy = Policy()
    return replace(policy, queues={**policy.queues, "english": replace(policy.queues["english"], hours=NOON_CLOSED)})


def next_arrival(scenario: Scenario, after_us: int, luck: Random) -> int:
    """The next arrival after an instant: a Poisson process whose rate follows the curve, hour by hour."""
    at = after_us
    need = luck.expovariate(1.0)
    while True:
        rate = scenario.per_second(at)
        left_us = HOUR - (at - MIDNIGHT_US) % HOUR
        if rate * left_us / SECOND >= need:
            return at + round(need / rate * SECOND)
        need -= rate * left_us / SECOND
        at += left_us


def shift_of(n: int, of: int) -> tuple[tuple[float, float], ...]:
    """The stretches of duty of counselor ``n`` of ``of``, in hours of the day."""
    place, reached = (n + 0.5) / of, 0.0
    for share, stretches in SHIFTS:
        reached += share
        if place < reached:
            return stretches
    return SHIFTS[-1][1]


def skills_of(n: int, luck: Random) -> dict[str, int]:
    """Everybody knows general matters; the rest varies, and one in five speaks English well."""
    skills = {"general": luck.choice((3, 4, 5))}
    for skill in ("traffic", "water", "welfare", "tax"):
        level = luck.choice((0, 1, 2, 3, 3, 4, 5))
        if level:
            skills[skill] = level
    if n % 5 == 0:
        skills["english"] = luck.choice((3, 4, 5))
    return skills
