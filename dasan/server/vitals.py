"""Once a second: silent consoles, the board, sign-ins that were ended, and the readings that alarms are judged by."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dasan.core.policy import Policy
from dasan.core.time import HOUR, MINUTE, SECOND
from dasan.hub import Hub
from dasan.hub.hub import EVERYTHING
from dasan.outbox import Promises
from dasan.ports import Clock, Committed
from dasan.server.alarms import Alarm, Alarms, Readings
from dasan.server.boards import board, differs
from dasan.server.desk.console import Console
from dasan.server.floor import floor
from dasan.server.leases import Leases
from dasan.server.rights import stuck
from dasan.timers import Timers
from dasan.wire import desk_views as view

_log = logging.getLogger("dasan.vitals")
SIGNED_EVERY = 5  # rounds
DISK_EVERY = 10
OVERDUE_TARGETS, OVERDUE_S_MIN = 4, 120
LOST_WINDOW_US = 10 * MINUTE
FULL_WINDOW_US = 30 * SECOND
KEPT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Sources:
    """Where readings come from; each a plain question."""

    gate_waiting: Callable[[], int]
    knowledge_down: Callable[[], bool]
    tickets_down_since_us: Callable[[], int]
    relay_late_s: Callable[[], float]
    data_dir: Path
    remote: bool  # the database is a server of its own
    texts_oldest_us: Callable[[], int | None] = lambda: None


class Vitals:
    """``consoles`` is the live set of the desk's connections."""

    def __init__(
        self,
        hub: Hub,
        policy: Policy,
        clock: Clock,
        leases: Leases,
        *,
        consoles: set[Console],
        timers: Timers,
        promises: Promises,
        sources: Sources,
    ) -> None:
        self._hub, self._policy, self._clock, self._leases = hub, policy, clock, leases
        self._consoles, self._timers, self._promises, self._sources = consoles, timers, promises, sources
        self.alarms = Alarms(_tell_alarm)
        self._boards: dict[str, view.Board] = {}
        self._round = 0
        self._lag_ms = 0.0
        self._lag_from = 0.0
        self._disk_free = 1 << 40
        self._knowledge_down_us = 0
        self._full_us = 0
        self._lost: deque[int] = deque(maxlen=KEPT_MAX)
        self._defects: deque[int] = deque(maxlen=KEPT_MAX)
        hub.subscribe(EVERYTHING, self._committed)

    # -- told by others

    def defect(self, what: str, error: BaseException) -> None:
        """A fault of our own: logged whole, counted for an hour. From any thread."""
        _log.error("a fault of the program", extra={"place": what}, exc_info=error)
        self._defects.append(self._clock.now_us())

    def storage_full(self) -> None:
        """A write was refused by the disk or the database."""
        self._full_us = self._clock.now_us()

    @property
    def defects(self) -> int:
        """How many in the last hour."""
        since = self._clock.now_us() - HOUR
        return sum(at > since for at in self._defects)

    def _committed(self, commit: Committed) -> None:
        if any(recorded.event.type == "lease.lost" for recorded in commit.events):
            self._lost.append(self._clock.now_us())

    def told(self) -> Mapping[str, object]:
        """How it goes, for whoever looks from this machine."""
        now = self._clock.now_us()
        return {
            "ready": self.alarms.ready,
            "alarms": [raised.told(now) for raised in self.alarms.raised.values()],
            "consoles": len(self._consoles),
            "position": self._hub.position,
        }

    # -- once a second

    async def step(self) -> float:
        """One round."""
        self._round += 1
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self._lag_from:
            late_ms = max(0.0, began - self._lag_from - 1.0) * 1000
            self._lag_ms = late_ms if late_ms > self._lag_ms else self._lag_ms * 0.7 + late_ms * 0.3
        self._leases.tick()
        self._tell_boards()
        self._tell_floors()
        for console in list(self._consoles):
            console.tell_callbacks()
        if self._round % SIGNED_EVERY == 0:
            for console in list(self._consoles):
                console.check_sign_in()
        if self._round % DISK_EVERY == 1:
            self._disk_free = await asyncio.to_thread(_free, self._sources.data_dir)
        self.alarms.judge(self.readings(), self._clock.now_us())
        self._lag_from = loop.time()
        return 1.0

    def _tell_boards(self) -> None:
        now = self._clock.now_us()
        languages = {console.language for console in self._consoles}
        for language in languages:
            fresh = board(self._hub, self._policy, now, language)
            if differs(self._boards.get(language), fresh):
                self._boards[language] = fresh
                for console in list(self._consoles):
                    if console.language == language:
                        console.send(fresh)

    def _tell_floors(self) -> None:
        """To supervisors who have the list on their screens: made once a language, and only for them."""
        following = [console for console in self._consoles if console.follows_floor]
        fresh: dict[str, view.Floor] = {}
        for console in following:
            if console.language not in fresh:
                names, now = console.house.names, self._clock.now_us()
                fresh[console.language] = floor(self._hub, self._policy, names, now, console.language)
            console.tell_floor(fresh[console.language])

    def readings(self) -> Readings:
        """What there is to judge now."""
        now, asked = self._clock.now_us(), self._sources
        oldest, due = self._promises.oldest_us(), self._timers.next_us()
        full = bool(self._full_us) and now - self._full_us < FULL_WINDOW_US
        down_since = asked.tickets_down_since_us()
        if asked.knowledge_down():
            self._knowledge_down_us = self._knowledge_down_us or now
        else:
            self._knowledge_down_us = 0
        return Readings(
            disk_free_bytes=self._disk_free,
            storage_full=full and not asked.remote,
            database_unreachable=full and asked.remote,
            queues_overdue=self._overdue(now),
            consoles_lost=sum(now - at < LOST_WINDOW_US for at in self._lost),
            gate_waiting=asked.gate_waiting(),
            loop_lag_ms=self._lag_ms,
            outbox_oldest_s=_age_s(now, oldest),
            dead_letters=sum(stuck(h) for h in self._hub.index.stranded()),
            texts_oldest_s=_age_s(now, asked.texts_oldest_us()),
            care_alerts=sum(bool(plan.alert) for plan in self._hub.index.care()),
            eungdapso_down_s=_age_s(now, down_since),
            knowledge_down_s=_age_s(now, self._knowledge_down_us),
            timers_late_s=_age_s(now, due),
            relay_late_s=asked.relay_late_s(),
            defects=self.defects,
        )

    def _overdue(self, now: int) -> int:
        late = 0
        for code, since in self._hub.index.waiting_since().items():
            queue = self._policy.queue(code)
            target_s = queue.answer_target_s if queue else 0
            late += now - since > max(OVERDUE_TARGETS * target_s, OVERDUE_S_MIN) * SECOND
        return late


def _age_s(now: int, since: int | None) -> float:
    return max(0, now - since) / SECOND if since else 0.0


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _tell_alarm(alarm: Alarm, stands: bool) -> None:
    if stands:
        _log.warning("an alarm was raised", extra={"alarm": alarm.code, "page": alarm.page})
    else:
        _log.info("an alarm is over", extra={"alarm": alarm.code})
