"""The stage of the demonstration: what it chooses differently from a new installation."""

from pathlib import Path

from dasan.core.hours import ALWAYS
from dasan.core.policy import DEFAULT_QUEUES, Policy
from dasan.demo.stage import PASSPORTS, _queue
from dasan.settings import load


def test_the_usual_queues_stand_as_they_are_and_one_keeps_office_hours(tmp_path: Path) -> None:
    file = tmp_path / "dasan.toml"
    file.write_text("".join(map(_queue, DEFAULT_QUEUES)) + PASSPORTS, encoding="utf-8")
    queues = dict(load(file, environ={}).build_policy().queues)
    passports = queues.pop("passport")
    assert queues == dict(Policy().queues)
    assert passports.hours != ALWAYS
    assert passports.hours.week[6] == ()
