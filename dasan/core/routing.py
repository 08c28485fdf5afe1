"""Who is offered what (DOMAIN §2): the order of the line, the choice among counselors, and the reasons behind it.

Items go by ``(class, rank_at, id)``; a counselor is chosen by step eligibility, then a wish for the one who knows the
case, then proficiency in the scarcest needed skill, then load, then longest idle, then id. :func:`passed_over` gives
the one reason why a counselor may not be offered an item, or "" when she may; deciding an offer, planning it and
explaining it (``dasan why``) all ask the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dasan.core import counselor as counselors
from dasan.core.counselor import Counselor
from dasan.core.policy import Policy, SkillNeed
from dasan.core.workitem import WorkItem

# reason -> sentence (Korean, English), for people who ask why.
REASONS: Mapping[str, tuple[str, str]] = {
    "absent": ("콘솔이 연결되어 있지 않음", "no console attached"),
    "suspect": ("콘솔 신호가 끊김", "console silent"),
    "offline": ("근무 중 아님", "off duty"),
    "away": ("자리 비움", "away"),
    "draining": ("마무리 중", "finishing up"),
    "excluded": ("방금 거절했거나 응답하지 않음", "declined or let it go just now"),
    "reserved": ("이 단계에서는 지정 상담사만", "reserved for one counselor at this step"),
    "skill": ("필요한 기술이나 숙련도가 모자람", "lacks a skill or its level at this step"),
    "no_room": ("처리량이 가득 참", "no capacity left"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued item and where it stands."""

    session: str
    item: WorkItem


@dataclass(frozen=True, slots=True)
class Plan:
    """Offer ``item`` of ``session`` to ``counselor``."""

    session: str
    item: str
    counselor: str


def order(item: WorkItem) -> tuple[int, int, str]:
    """The place in the line: class 0 for emergency, then rank, then id."""
    return (0 if item.emergency else 1, item.rank_at_us, item.id)


def meets(item: WorkItem, k: Counselor) -> bool:
    """Whether her skills meet the item's present step."""
    return has(k, item.needs.needs)


def has(k: Counselor, needs: tuple[SkillNeed, ...]) -> bool:
    """Whether she has every one of these skills at its level."""
    skills = k.skills
    for need in needs:  # noqa: SIM110 - asked a thousand times a round: a plain loop costs a third of all()
        if skills.get(need.skill, 0) < need.level_min:
            return False
    return True


def passed_over(item: WorkItem, k: Counselor, policy: Policy, now_us: int) -> str:
    """Why ``k`` may not be offered ``item`` now: a key of REASONS, or ""."""
    if k.lease != counselors.LIVE:
        return "absent" if k.lease == counselors.ABSENT else "suspect"
    if k.presence != counselors.AVAILABLE:
        return k.presence.lower()
    if item.excludes(k.id, now_us):
        return "excluded"
    if item.needs.only and item.needs.only != k.id:
        return "reserved"
    if not meets(item, k):
        return "skill"
    return "" if counselors.has_room(k, item.channel, policy.cost(item.channel), policy) else "no_room"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One counselor's line in the answer to "why": eligible, or the reason she was passed over; and her place."""

    counselor: str
    number: int
    reason: str
    rank: int = 0


def why(item: WorkItem, crew: Iterable[Counselor], policy: Policy, now_us: int) -> list[Verdict]:
    """Everybody, the eligible ones first in the order in which they would be chosen."""
    people = list(crew)
    reasons = {k.id: passed_over(item, k, policy, now_us) for k in people}
    present = [k for k in people if k.lease == counselors.LIVE and k.presence == counselors.AVAILABLE]
    wanted = scarcest(item.needs.needs, rarity(present))
    pool = policy.cost(item.channel).pool
    eligible = sorted(
        (k for k in people if not reasons[k.id]),
        key=lambda k: (k.id != item.sticky, preference(k, wanted, k.units(pool))),
    )
    ranked = [Verdict(k.id, k.number, "", n) for n, k in enumerate(eligible, 1)]
    return ranked + [Verdict(k.id, k.number, reasons[k.id]) for k in people if reasons[k.id]]


def preference(k: Counselor, wanted: str, units: int) -> tuple[int, int, int, str]:
    """Who is chosen first: proficiency in the scarcest needed skill, then load, then longest idle, then id."""
    return (-k.skills.get(wanted, 0) if wanted else 0, units, k.idle_since_us, k.id)


def rarity(present: Iterable[Counselor]) -> dict[str, int]:
    """How many of the present counselors have each skill."""
    have: dict[str, int] = {}
    for k in present:
        for skill, level in k.skills.items():
            have[skill] = have.get(skill, 0) + (level > 0)
    return have


def scarcest(needs: tuple[SkillNeed, ...], have: Mapping[str, int]) -> str:
    """The needed skill that the fewest of the present have ("" when none is needed)."""
    return min((n.skill for n in needs), key=lambda skill: (have.get(skill, 0), skill)) if needs else ""
