"""What an operator is called for: judged from readings, shown in metrics and health, explained in the runbook."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from dasan.server.alarms import ALARMS, Alarm, Alarms, Readings
from dasan.server.metrics import HELP

RUNBOOK = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
# For each alarm the reading that raises it.
BAD: dict[str, dict[str, object]] = {
    "storage_full": {"storage_full": True},
    "database_unreachable": {"database_unreachable": True},
    "queue_overdue": {"queues_overdue": 1},
    "console_lost": {"consoles_lost": 1},
    "disk_low": {"disk_free_bytes": 1 << 29},
    "gate_long": {"gate_waiting": 2_001},
    "loop_lag": {"loop_lag_ms": 251.0},
    "timers_late": {"timers_late_s": 10.5},
    "relay_late": {"relay_late_s": 5.5},
    "outbox_old": {"outbox_oldest_s": 301.0},
    "dead_letter": {"dead_letters": 1},
    "care_alert": {"care_alerts": 1},
    "texts_old": {"texts_oldest_s": 301.0},
    "eungdapso_down": {"eungdapso_down_s": 121.0},
    "knowledge_child_down": {"knowledge_down_s": 31.0},
    "defects": {"defects": 1},
}


def test_nothing_is_raised_when_all_is_well():
    assert not [alarm.code for alarm in ALARMS if alarm.holds(Readings())]


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda a: a.code)
def test_each_alarm_is_raised_by_its_reading_and_by_no_other(alarm: Alarm):
    bad = replace(Readings(), **BAD[alarm.code])
    assert [one.code for one in ALARMS if one.holds(bad)] == [alarm.code]


def test_every_reading_can_raise_an_alarm():
    used = {name for values in BAD.values() for name in values}
    assert used == {field.name for field in fields(Readings)}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda a: a.code)
def test_each_alarm_has_a_page_that_says_what_to_do(alarm: Alarm):
    section = re.search(rf"^### `{alarm.code}`\n(.*?)(?=^#|\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert section, f"docs/operations.md has no section for {alarm.code}"
    for part in ("**Citizens:**", "**Look:**", "**Do:**"):
        assert part in section[1], (alarm.code, part)
    assert alarm.page.endswith(f"#{alarm.code}")


def test_the_runbook_speaks_of_no_alarm_that_does_not_exist():
    part = RUNBOOK.split("## 경보 / Alarms")[1].split("\n## ")[0]
    assert set(re.findall(r"^### `(\w+)`", part, re.MULTILINE)) == {alarm.code for alarm in ALARMS}


def test_the_documents_name_every_metric_and_no_other():
    assert set(re.findall(r"`(dasan_[a-z_]+)`", RUNBOOK)) == set(HELP)


def test_alarms_come_and_go_and_say_so_once():
    told: list[tuple[str, bool]] = []
    alarms = Alarms(lambda alarm, stands: told.append((alarm.code, stands)))
    bad = replace(Readings(), storage_full=True)
    for readings, now in [(Readings(), 0), (bad, 1_000_000), (bad, 9_000_000), (Readings(), 10_000_000)]:
        alarms.judge(readings, now)
        if now == 9_000_000:
            assert not alarms.ready
            assert alarms.raised["storage_full"].told(now)["for_s"] == 8
    assert told == [("storage_full", True), ("storage_full", False)]
    assert alarms.ready
