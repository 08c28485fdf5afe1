"""Figures for a monitoring system, in the form Prometheus reads; documented in docs/operations.md.

Read from what is there at the moment of asking: nothing is counted twice, and a scrape costs a few milliseconds. Names
begin with ``dasan_``; no label ever holds a person, a session or a text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dasan.core import counselor as counselors
from dasan.core import session as sessions
from dasan.core.care import HELP as HELP_WANTED
from dasan.core.care import SILENT
from dasan.core.policy import Policy
from dasan.hub import Hub
from dasan.ports import Clock
from dasan.server.alarms import ALARMS, Alarms
from dasan.text_outbox import TextPromises

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Count = Callable[[], Mapping[str, float]]

# name -> what it says. The tests hold docs/operations.md and this table together.
HELP: Mapping[str, str] = {
    "dasan_sessions": "Open sessions by phase",
    "dasan_waiting": "Waiting work items by queue",
    "dasan_longest_wait_seconds": "How long the first in line has waited, by queue",
    "dasan_wait_estimate_error_seconds": "Median error of past wait estimates, by queue",
    "dasan_counselors": "Counselors by lease and presence",
    "dasan_service_level_ratio": "Answered within the target over the last hour (primary formula)",
    "dasan_answered_last_hour": "Items answered in the last hour",
    "dasan_abandoned_last_hour": "Items abandoned in the last hour, short ones included",
    "dasan_calls_total": "Calls that reached each stage since the start: attempted, left_menu, entered, answered, …",
    "dasan_consults_total": "Colleagues asked during calls since the start: asked, reached, joined, taken, unreached",
    "dasan_texts_waiting": "Short messages to be sent",
    "dasan_texts_dead_total": "Short messages given up since the start, by no doing of the citizen's",
    "dasan_care_alerts": "People called regularly whom somebody must look after, by reason",
    "dasan_sockets": "Open sockets by kind",
    "dasan_gate_waiting": "Commands waiting for the writer",
    "dasan_loop_lag_seconds": "How late the event loop answers",
    "dasan_outbox_oldest_seconds": "Age of the oldest ticket without a receipt",
    "dasan_dead_letters": "Tickets that need a supervisor",
    "dasan_disk_free_bytes": "Free space where the data lies",
    "dasan_journal_position": "Position of the newest commit heard of",
    "dasan_alarm": "1 while the alarm stands",
    "dasan_menu_asked_total": "Questions of the menu since the start, by name and outcome",
    "dasan_refused_total": "Refused connections and sign-ins by reason",
    "dasan_faults_total": "Faults of the program itself by place",
}


class Figures(Collector):
    """Collects at the moment of the scrape."""

    def __init__(
        self,
        hub: Hub,
        policy: Policy,
        clock: Clock,
        alarms: Alarms,
        *,
        texts: TextPromises | None = None,
        sockets: Count,
        refused: Count,
        faults: Count,
        asked: Count = dict,
    ) -> None:
        self._hub, self._policy, self._clock, self._alarms = hub, policy, clock, alarms
        self._texts = texts or TextPromises()
        self._sockets, self._refused, self._faults, self._asked = sockets, refused, faults, asked

    def describe(self) -> Iterator[Metric]:
        """Nothing ahead of the scrape."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        yield from self._service()
        yield from self._machine()

    def _service(self) -> Iterator[Metric]:
        hub, now = self._hub, self._clock.now_us()
        phases = dict.fromkeys(sessions.PHASES[:-1], 0.0)
        for s in hub.index.sessions():
            phases[sessions.phase(s)] = phases.get(sessions.phase(s), 0.0) + 1
        yield _gauge("dasan_sessions", "phase", phases)
        queues = list(self._policy.queues)
        since = hub.index.waiting_since()
        yield _gauge("dasan_waiting", "queue", {q: hub.index.waiting(q) for q in queues})
        waited = {q: (now - since[q]) / 1e6 if q in since else 0.0 for q in queues}
        yield _gauge("dasan_longest_wait_seconds", "queue", waited)
        errors = {q: float(error) for q in queues if (error := hub.waits.error_s(q)) is not None}
        yield _gauge("dasan_wait_estimate_error_seconds", "queue", errors)
        yield self._counselors()
        level = hub.level.now(now)
        if level.percent is not None:
            base = level.answered + level.abandoned - level.short
            yield _one("dasan_service_level_ratio", level.within / base)
        yield _one("dasan_answered_last_hour", level.answered)
        yield _one("dasan_abandoned_last_hour", level.abandoned)
        yield _counter("dasan_calls_total", "stage", hub.calls.totals)
        yield _counter("dasan_consults_total", "stage", hub.consults.totals)
        yield _one("dasan_texts_waiting", self._texts.waiting())
        yield CounterMetricFamily("dasan_texts_dead_total", HELP["dasan_texts_dead_total"], value=self._texts.dead)
        alerts = Counter(plan.alert for plan in hub.index.care() if plan.alert)
        yield _gauge("dasan_care_alerts", "reason", {reason: float(alerts[reason]) for reason in (HELP_WANTED, SILENT)})

    def _counselors(self) -> Metric:
        family = GaugeMetricFamily("dasan_counselors", HELP["dasan_counselors"], labels=["lease", "presence"])
        counts = {
            (lease, presence): 0
            for lease in (counselors.ABSENT, counselors.LIVE, counselors.SUSPECT)
            for presence in counselors.PRESENCES
        }
        for k in self._hub.index.counselors():
            counts[k.lease, k.presence] += 1
        for labels, count in counts.items():
            family.add_metric(list(labels), count)
        return family

    def _machine(self) -> Iterator[Metric]:
        seen = self._alarms.readings
        yield _gauge("dasan_sockets", "kind", self._sockets())
        yield _one("dasan_gate_waiting", seen.gate_waiting)
        yield _one("dasan_loop_lag_seconds", seen.loop_lag_ms / 1000)
        yield _one("dasan_outbox_oldest_seconds", seen.outbox_oldest_s)
        yield _one("dasan_dead_letters", seen.dead_letters)
        yield _one("dasan_disk_free_bytes", seen.disk_free_bytes)
        yield _one("dasan_journal_position", self._hub.position)
        yield _gauge("dasan_alarm", "code", {a.code: float(a.code in self._alarms.raised) for a in ALARMS})
        yield _counter("dasan_menu_asked_total", "answer", self._asked())
        yield _counter("dasan_refused_total", "reason", self._refused())
        yield _counter("dasan_faults_total", "place", self._faults())


def _gauge(name: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, HELP[name], labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _counter(name: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, HELP[name], labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _one(name: str, value: float) -> Metric:
    return GaugeMetricFamily(name, HELP[name], value=value)


def rendered(figures: Figures) -> bytes:
    """The page that a scrape gets."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures)
    return generate_latest(registry)
