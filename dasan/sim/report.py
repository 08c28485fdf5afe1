"""What a run has shown, in sentences for people: Korean, or English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dasan.core.metrics import Report, Spread, measure
from dasan.core.resolution import Resolution
from dasan.core.time import SECOND, clock

if TYPE_CHECKING:
    from dasan.sim.world import World

OUTCOMES = {
    "accepted": ("수락", "accepted"),
    "declined": ("거절", "declined"),
    "expired": ("놓침", "let go"),
    "revoked": ("회수", "revoked"),
    "rescinded": ("철회", "rescinded"),
    "failed": ("실패", "failed"),
}
FAULTS = {
    "lost": ("잃은 요청·응답", "requests or replies lost"),
    "doubled": ("두 번 온 요청", "requests doubled"),
    "delayed": ("늦거나 뒤바뀐 요청", "requests delayed or reordered"),
    "race": ("배정기 경합", "dispatchers racing"),
    "restart": ("서버 재시작", "server restarts"),
    "died_while_sending": ("접수 중 서버 중단", "server ended while filing"),
    "console_crash": ("콘솔 중단", "consoles crashed"),
    "old_epoch": ("옛 콘솔의 명령", "commands of old consoles"),
    "storage_refused": ("저장 거부", "storage refusing"),
    "citizen_drop": ("민원인 연결 끊김", "citizens' connections lost"),
}


TICKET_FAULTS = {
    "refuse": ("연결 거부", "unreachable"),
    "lose_request": ("요청 유실", "request lost"),
    "lose_reply": ("응답 유실", "reply lost"),
    "double": ("이중 도착", "doubled"),
    "hold": ("늦은 도착", "held back"),
    "reject": ("반려", "rejected"),
    "token": ("번호 나중", "number later"),
}


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal, "-" when there is none."""
    return "-" if share is None else f"{share * 100:.1f}%"


def told(world: World, language: str) -> Iterator[str]:
    """The summary's lines, without the hash."""
    ko = language == "ko"
    report = measure(world.checker.log, world.policy, world.clock.at_us)
    yield from _what(world, ko)
    yield from _service(report, ko)
    yield from _fairness(world, ko)
    yield from _offers(report, ko)
    yield from _tickets(world, report, ko)
    yield from _resolution(report.resolution, ko)
    yield from _proofs(world, ko)


def _what(world: World, ko: bool) -> Iterator[str]:
    s = world.scenario
    span = f"{clock(s.start_us)[:5]}+{s.hours:g}h"
    if ko:
        yield f"모의 운영  씨앗 {s.seed}, {span}, 상담사 {s.counselors}명, 하루 {s.per_day:,}건 기준, 장애 {s.faults}"
        yield f"상담 {world.arrived:,}건, 명령 {world.commands:,}개, 사건 {world.store.reads.last_position():,}개"
    else:
        crew = f"{s.counselors} counselors, {s.per_day:,} contacts a day"
        yield f"Simulated: seed {s.seed}, {span}, {crew}, faults {s.faults}"
        yield f"{world.arrived:,} contacts, {world.commands:,} commands, {world.store.reads.last_position():,} events"


def _spread(spread: Spread) -> str:
    return f"p50 {spread.p50:.1f} s, p90 {spread.p90:.1f} s, p95 {spread.p95:.1f} s"


def _service(r: Report, ko: bool) -> Iterator[str]:
    wait, handle = f"{r.wait.mean:.1f} s, {_spread(r.wait)}", f"{r.handle.mean:.0f} s, {_spread(r.handle)}"
    adjusted = f"{r.adjusted.mean:.0f} s, {_spread(r.adjusted)}"
    levels = percent(r.service_level), percent(r.level_answered), percent(r.level_both)
    if ko:
        yield f"서비스 수준 {levels[0]} (응답 기준 {levels[1]}, SL2 {levels[2]})  포기율 {percent(r.abandonment)}"
        yield f"대기 평균 {wait}"
        yield f"처리 평균 {handle}"
        yield f"동시 상담으로 나눈 처리 평균 {adjusted}"
        yield f"점유율 {percent(r.occupancy)}, 만족 {percent(r.satisfied)} (응답 {percent(r.response_rate)})"
    else:
        left = percent(r.abandonment)
        yield f"Service level {levels[0]} (of answered {levels[1]}, SL2 {levels[2]}), abandonment {left}"
        yield f"Wait: mean {wait}"
        yield f"Handling: mean {handle}"
        yield f"Handling split over simultaneous sessions: mean {adjusted}"
        rated = percent(r.response_rate)
        yield f"Occupancy {percent(r.occupancy)}, satisfied {percent(r.satisfied)} (of {rated} who rated)"


def _fairness(world: World, ko: bool) -> Iterator[str]:
    longest = max((e.wait_us for i in world.checker.log.items.values() for e in i.entries), default=0) / SECOND
    times, most = world.checker.overtakes, world.checker.overtaken_most
    if ko:
        yield f"공정성  추월 {times:,}번(기술·우선순위에 따른 것, 한 건 최대 {most}번), 가장 긴 대기 {longest:.1f} s"
    else:
        by = f"by skill or priority; one item at most {most}"
        yield f"Fairness: {times:,} overtakes ({by}), longest wait {longest:.1f} s"


def _offers(r: Report, ko: bool) -> Iterator[str]:
    parts = ", ".join(f"{names[0 if ko else 1]} {r.offers[outcome]:,}" for outcome, names in OUTCOMES.items())
    head, rest = ("배정 제안", "놓침 비율") if ko else ("Offers", "miss rate")
    yield f"{head} {r.offers['offered']:,}: {parts}  {rest} {percent(r.miss_rate)}"
    yield from _consults(r, ko)


def _consults(r: Report, ko: bool) -> Iterator[str]:
    asked, reached, taken = (f"{r.consults.counts[stage]:,}" for stage in ("asked", "reached", "taken"))
    advice = _spread(r.advice)
    if ko:
        yield f"협의 {asked}건(연결 {reached}, 넘겨받음 {taken}), 조언 {advice}"
    else:
        yield f"Consults {asked} (reached {reached}, taken over {taken}), advice {advice}"


def _tickets(world: World, r: Report, ko: bool) -> Iterator[str]:
    made, sent, spread = len(world.desk.tickets), len(world.checker.log.handoffs), _spread(r.acknowledged)
    if ko:
        yield f"응답소 접수 {sent:,}건, 접수증 {r.acknowledged.count:,}건, 응답소 등록 {made:,}건  접수증까지 {spread}"
    else:
        yield f"Tickets {sent:,}, receipts {r.acknowledged.count:,}, at the peer {made:,}; to the receipt {spread}"


def _resolution(r: Resolution, ko: bool) -> Iterator[str]:
    share, left_out, unripe = percent(r.share), percent(r.anonymous_share), percent(r.unripe_share)
    if ko:
        yield (
            f"한 번에 해결(FCR) {share}: 해결 {r.followed:,}건 가운데 같은 사람이 같은 분류로 "
            f"{r.window_days}일 안에 다시 오지 않은 것 (익명이라 뺀 것 {left_out}, 기간이 아직 지나지 않은 것 {unripe})"
        )
    else:
        yield (
            f"First-contact resolution {share} of {r.followed:,} resolved: nobody back with the same within "
            f"{r.window_days} days (anonymous left out {left_out}, window not over for {unripe})"
        )


def _proofs(world: World, ko: bool) -> Iterator[str]:
    faults = {**world.faults, **{f"ticket {name}": n for name, n in world.desk.counts.items()}}
    named = ", ".join(f"{_fault(name, ko)} {n:,}" for name, n in sorted(faults.items()))
    checked = {name: n for name, n in world.checker.checked.items() if n}
    total, kinds = sum(checked.values()), len(checked)
    replay = world.checker.replay
    if ko:
        yield f"주입한 장애: {named or '없음'}"
        yield f"불변식 {kinds}가지를 {total:,}번 확인, 위반 0"
        yield f"저널에서 다시 읽은 사건 {replay.position:,}개, 처음부터 다시 접은 흐름 {replay.streams:,}개 (전부)"
    else:
        yield f"Faults injected: {named or 'none'}"
        yield f"{kinds} invariants checked {total:,} times, 0 broken"
        yield f"Read back from the journal: {replay.position:,} events; refolded: all {replay.streams:,} streams"
    yield "  " + "  ".join(f"{name} {n:,}" for name, n in checked.items())


def _fault(name: str, ko: bool) -> str:
    kind, _, what = name.rpartition(" ")
    if kind:
        return f"{'응답소' if ko else 'ticket side'} {TICKET_FAULTS[what][0 if ko else 1]}"
    return FAULTS[name][0 if ko else 1]
