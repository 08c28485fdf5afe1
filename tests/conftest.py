"""What every test shares: Hypothesis profiles, and the rule that CI never skips.

Promises: the default profile is derandomised, so a run on one machine is the run on every machine; the `deep` profile
(`HYPOTHESIS_PROFILE=deep`) looks further with fresh seeds and prints the blob that replays a failure.
With `CI=true` a skipped test is a failed test, because `.ci/run` installs everything a test may need.
"""

import os
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "default",
    derandomize=True,
    deadline=None,
    max_examples=60,
    stateful_step_count=40,
    print_blob=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "deep",
    derandomize=False,
    deadline=None,
    max_examples=2_000,
    stateful_step_count=120,
    print_blob=True,
    phases=tuple(Phase),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def in_ci() -> bool:
    """True where a missing database or browser is a broken machine and not a reason to skip."""
    return os.environ.get("CI", "").lower() == "true"


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The sentence a skip gave, without pytest's file and line around it."""
    match report.longrepr:
        case (_, _, reason):
            return str(reason).removeprefix("Skipped: ")
        case other:
            return str(other)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI; an expected failure (xfail) stays what it is."""
    report = yield
    if in_ci() and report.skipped and not hasattr(report, "wasxfail"):
        report.longrepr = f"{item.nodeid} was skipped, and CI never skips: {skip_reason(report)}"
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself whole while it is collected is a failure in CI too."""
    report = yield
    if in_ci() and report.skipped:
        report.longrepr = f"{collector.nodeid} skipped itself, and CI never skips: {skip_reason(report)}"
        report.outcome = "failed"
    return report
