"""Scenarios with both sides: a telephone network's people and the counselors at their desks, at one centre.

The files that ship are in scenarios/; each says for itself what it shows. Played on the centre of the tests (virtual
time) and on one of real processes (play.py) by the same code.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from channels.carrier import scenario as scenarios
from channels.carrier import scenario_forms, scenario_steps
from channels.carrier.carrier import Carrier
from channels.carrier.scenario import Scenario
from dasan.demo import desk_steps
from dasan.demo.desk_steps import Centre, Floor

FOLDER = Path(__file__).parent / "scenarios"


def shipped() -> list[Path]:
    """The scenarios that come with the program."""
    return sorted(FOLDER.glob("*.yaml"))


def found(name: str) -> Path:
    """The file of that path, or the one that ships under that name. Raises FileNotFoundError."""
    for path in (Path(name), FOLDER / f"{name}.yaml"):
        if path.is_file():
            return path
    raise FileNotFoundError(name)


def read(path: Path) -> tuple[Scenario, ...]:
    """The file's scenarios, every step of them known. Raises ScenarioWrong."""
    all_of_it = scenarios.read_all(path.read_text("utf-8"))
    for one in all_of_it:
        scenarios.check(one, {*scenario_steps.STEPS, *desk_steps.DESK}, {**scenario_steps.FORMS, **desk_steps.FORMS})
    return all_of_it


async def play(scenario: Scenario, carrier: Carrier, centre: Centre, tell: Callable[[str], None]) -> None:
    """One scenario, from signing in to going home. Raises StepFailed."""
    floor = Floor(centre, scenario.counselors)
    arriving = scenarios.Stage(carrier, scenario, tell, floor.names)
    try:
        for name, (_, asked) in scenario.counselors.items():
            if asked.get("signed_in", True):
                await desk_steps.sign_in(floor, arriving, {"by": name})
        steps = desk_steps.acts(floor)
        await scenarios.play(scenario, carrier, steps, tell, names=floor.names, forms=desk_steps.FORMS)
    finally:
        for seat in floor.seats.values():
            await seat.close()


def schema() -> scenario_forms.Schema:
    """The published schema of the format (docs/schema/scenario.json)."""
    steps, forms = {**scenario_steps.STEPS, **desk_steps.DESK}, {**scenario_steps.FORMS, **desk_steps.FORMS}
    abouts = {name: (" ".join((step.__doc__ or "").split()), forms[name]) for name, step in steps.items()}
    return scenario_forms.schema(abouts, scenarios.STEPS_MAX)


def text() -> str:
    """The schema's file."""
    return json.dumps(schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
