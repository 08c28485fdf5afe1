"""The simulated centre: the same seed gives the same journal, faults of every kind are lived through, promises hold."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dasan.core import commands as c
from dasan.core.metrics import measure
from dasan.core.time import SECOND
from dasan.sim import run
from dasan.sim.faults import pictures
from dasan.sim.promises import SENTENCES, Violation
from dasan.sim.scenario import CURVE, MIDNIGHT_US, Habits, Scenario, next_arrival, shift_of
from dasan.sim.world import World
from dasan.store.memory import MemoryStore

ROOT = Path(__file__).resolve().parents[2]
SMALL = Scenario(seed=7, hours=0.2, start_hour=10, counselors=12, per_day=6_000, faults="many")


def lived(scenario: Scenario, store: Any = None) -> World:
    world = World(scenario, store or MemoryStore())
    world.run()
    return world


def last_line(*args: str, **env: str) -> str:
    command = [sys.executable, "-m", "dasan", "simulate", *args, "--quiet"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


FLAGS = ("--hours", "0.1", "--counselors", "10", "--arrivals", "6000", "--faults", "many")


def test_the_same_seed_gives_the_same_journal_in_any_process() -> None:
    lines = {last_line(*FLAGS, PYTHONHASHSEED=seed) for seed in ("0", "1", "4242")}
    assert len(lines) == 1
    assert lines.pop().startswith("SHA-256 ")


def test_another_seed_gives_another_journal() -> None:
    assert last_line(*FLAGS, "--seed", "1") != last_line(*FLAGS, "--seed", "2")


def test_memory_and_sqlite_write_the_same_journal() -> None:
    scenario = replace(SMALL, hours=0.05)
    with run.opened("sqlite") as store:
        on_disk = lived(scenario, store)
        assert store.reads.last_position() == on_disk.checker.replay.position
        assert on_disk.checker.replay.hash.hexdigest() == lived(scenario).checker.replay.hash.hexdigest()


@pytest.mark.parametrize("seed", range(6))
def test_a_bad_hour_is_lived_through_with_every_promise_kept(seed: int) -> None:
    world = lived(replace(SMALL, seed=seed, hours=0.3))
    assert world.faults["lost"]
    assert world.faults["doubled"]
    assert world.faults["delayed"]
    assert not list(world.store.reads.open_heads("s"))
    assert sum(world.checker.checked.values()) > 10_000


def happened(world: World) -> Counter[str]:
    """Events by type, system lines by code."""
    journal = (recorded.event for _, recorded in world.store.reads.journal())
    return Counter(getattr(event, "code", "") or event.type for event in journal)


def test_messages_left_over_noon_are_answered_at_the_opening_with_or_without_their_citizens() -> None:
    world = lived(Scenario(seed=3, hours=1.4, start_hour=11.7, counselors=20, per_day=9_000, faults="some"))
    events = happened(world)
    assert events["work.scheduled"] > 5
    assert events["work.due"] == events["work.scheduled"] - sum(  # the rest were taken back before
        item.outcome == "abandoned" and not item.enqueued_at_us and item.open_at_us > 0
        for stream in world.checker.touched
        if stream.startswith("s_")
        for item in world.state(stream).items
    )
    assert not list(world.store.reads.open_heads("s"))


def test_whoever_waits_in_vain_has_her_words_filed() -> None:
    patient = Habits(stays=0.6, breaks=False)
    world = lived(Scenario(seed=5, hours=0.7, start_hour=10, counselors=2, per_day=9_000, habits=patient))
    events = happened(world)
    assert events["work.expired"] > 10
    assert events["filed_instead"] == events["work.expired"] - events["wait_over"]
    assert events["wait_over"] < events["work.expired"] / 4  # only where a case was on its way already
    assert not list(world.store.reads.open_heads("s"))


def test_over_some_seeds_every_fault_was_injected_and_every_invariant_checked() -> None:
    faults: set[str] = set()
    checked: set[str] = set()
    tickets: set[str] = set()
    for seed in range(4):
        world = lived(replace(SMALL, seed=seed, hours=0.4, counselors=20, per_day=9_000))
        faults |= set(world.faults)
        tickets |= set(world.desk.counts)
        checked |= {name for name, count in world.checker.checked.items() if count}
    assert faults >= {
        *("lost", "doubled", "delayed", "race", "restart"),
        *("console_crash", "storage_refused", "citizen_drop", "old_epoch"),
    }
    assert tickets == {"refuse", "lose_request", "lose_reply", "double", "hold", "reject", "token"}
    assert set(SENTENCES) - checked == {"I29", "I30", "defect"}  # shown by comparing runs, and by their absence


def test_at_every_commit_boundary_a_restart_would_find_the_same_pictures() -> None:
    """I19: dispatcher, deadlines and promises made from the store, after each commit of a bad quarter of an hour."""
    world = World(replace(SMALL, hours=0.1, habits=Habits(tickets=0.2)), MemoryStore())
    boundaries = 0

    def compare(_: Any) -> None:
        nonlocal boundaries
        boundaries += 1
        world.checker.same_pictures((world.dispatcher, world.timers, world.promises), pictures(world))

    world.gate.listen(compare)
    world.run()
    assert boundaries > 200


def test_every_promised_case_has_its_one_ticket_in_the_end() -> None:
    world = lived(replace(SMALL, hours=0.5, habits=Habits(tickets=0.5)))
    log = world.checker.log
    assert len(log.handoffs) > 20
    assert {h for h in log.handoffs} == set(world.desk.tickets)
    assert all(h.acknowledged_us for h in log.handoffs.values())
    assert len(set(world.desk.tickets.values())) == len(world.desk.tickets)


def test_pages_mark_what_they_show_and_photos_go_with_the_ticket() -> None:
    world = lived(replace(SMALL, hours=0.3, habits=Habits(tickets=0.3, photos=0.6)))
    shown: dict[str, int] = {}
    for _, recorded in world.store.reads.journal(types=["entry.added"]):
        shown[recorded.stream] = shown.get(recorded.stream, 0) + 1
    reads = world.store.reads
    marked = [reads.load(stream).state.citizen_delivered for stream in shown]
    assert sum(mark > 2 for mark in marked) > 0.9 * len(marked)
    cases = {h: reads.load(h).state for h in world.desk.tickets}
    assert world.desk.photos == {h: len(case.blobs) for h, case in cases.items()}
    assert sum(world.desk.photos.values()) > 5


def test_without_faults_a_well_staffed_hour_answers_nearly_everybody_at_once() -> None:
    world = lived(Scenario(seed=3, hours=0.3, start_hour=10, counselors=60, per_day=12_000, faults="none"))
    report = measure(world.checker.log, world.policy, world.clock.at_us)
    assert world.faults == {}
    assert report.service_level is not None
    assert report.service_level > 0.97
    assert report.fates["answered"] + report.fates["abandoned"] + report.fates["moved_out"] == report.entered


def test_a_broken_promise_prints_where_when_and_how_to_see_it_again() -> None:
    world = World(SMALL, MemoryStore())
    with pytest.raises(Violation) as caught:
        world.checker.require("I4", "k_0001", False, "130 units of pool text")
    text = str(caught.value)
    assert SENTENCES["I4"] in text
    assert "stream k_0001" in text
    assert "seed 7" in text
    assert f"replay: {SMALL.command()}" in text
    flags = "--seed 7 --hours 0.2 --from 10 --counselors 12 --arrivals 6000 --calls 0 --faults many"
    assert f"dasan simulate {flags}" in text


def test_a_broker_that_breaks_a_promise_is_caught_in_the_same_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of the proof: priority without its bound."""
    from dasan.core.handlers import routing

    real = routing._credit_us
    monkeypatch.setattr(routing, "_credit_us", lambda w, item, queue: real(w, item, queue) + 3600 * SECOND)
    with pytest.raises(Violation) as caught:
        lived(SMALL)
    assert caught.value.name == "I9"


def test_forgotten_capacity_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from dasan.core import board, counselor
    from dasan.core.handlers import routing as handler

    monkeypatch.setattr(board.Room, "fits", lambda self, channel, cost, policy: True)
    monkeypatch.setattr(counselor, "has_room", lambda *args: True)
    monkeypatch.setattr(handler.counselors, "has_room", lambda *args: True)
    with pytest.raises(Violation) as caught:
        lived(replace(SMALL, counselors=2, per_day=20_000, faults="none"))
    assert caught.value.name == "I4"


def test_words_in_an_event_are_caught() -> None:
    world = World(SMALL, MemoryStore())
    world.begin()
    citizen = c.Principal(c.CITIZEN, "p_9")
    command = c.OpenSession("p_9", "010-4242-4242", "chat")  # an edge that forgot to hash the address
    world.gate.handle(c.Envelope(citizen, "1", command))
    with pytest.raises(Violation) as caught:
        world.checker.everything()
    assert caught.value.name == "I27"


def test_arrivals_follow_the_curve_of_the_day() -> None:
    from random import Random

    scenario, luck = Scenario(per_day=20_000), Random(5)
    by_hour = [0] * 24
    at = scenario.start_us
    while (at := next_arrival(scenario, at, luck)) < scenario.end_us:
        by_hour[(at - MIDNIGHT_US) // (3600 * SECOND)] += 1
    assert abs(sum(by_hour) - 20_000) < 500
    for hour, weight in enumerate(CURVE):
        expected = 20_000 * weight / sum(CURVE)
        assert abs(by_hour[hour] - expected) < 5 * expected**0.5


def test_somebody_is_on_duty_at_every_hour() -> None:
    for crew in (12, 40, 120):
        for hour in range(24):
            assert any(begin <= hour < end for n in range(crew) for begin, end in shift_of(n, crew)), (crew, hour)


def test_the_summary_speaks_korean_and_english(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--hours", "0.05", "--arrivals", "5000", "--counselors", "12", "--quiet"]
    assert run.main(flags) == 0
    korean = capsys.readouterr().out
    assert run.main([*flags, "--lang", "en"]) == 0
    english = capsys.readouterr().out
    for word in ("서비스 수준", "대기", "포기율", "공정성", "배정 제안", "접수증", "불변식", "장애"):
        assert word in korean
    for word in ("Service level", "Wait", "abandonment", "Fairness", "Offers", "receipts", "invariants", "Faults"):
        assert word in english
    assert korean.splitlines()[-1] == english.splitlines()[-1]


@pytest.mark.parametrize(
    "flags", [["--hours", "0"], ["--arrivals", "none"], ["--faults", "awful"], ["--counselors", "0"]]
)
def test_a_wrong_flag_is_told_and_nothing_runs(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run.main(flags)
    assert caught.value.code == 2
    assert flags[0] in capsys.readouterr().err


@pytest.mark.parametrize("seed", [3, 4])
def test_a_centre_of_calls_keeps_every_promise_in_the_worst_weather(seed: int) -> None:
    scenario = Scenario(
        seed=seed, hours=0.25, start_hour=10, counselors=40, per_day=16_000, faults="many", calls=0.7
    )
    world = lived(scenario)
    counts = world.checker.checked
    assert counts["I31"] > 100
    assert counts["I33"] > 100
    asked = [r.event for _, r in world.store.reads.journal(types=["work.active", "leg.dialing", "callback.requested"])]
    kinds = {e.type for e in asked}
    assert {"work.active", "leg.dialing"} <= kinds
    claims = [e for e in asked if e.type == "leg.dialing"]
    assert len({(e.leg, e.attempt) for e in claims}) == len(claims), "no claim is made twice"
