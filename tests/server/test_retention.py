"""Recordings are deleted when the days of their class are over, once, in the open, and after a restart too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dasan.core import commands as c
from dasan.core.errors import StorageFull
from dasan.core.ids import make
from dasan.core.time import DAY
from dasan.server.retention import AT_ONCE, EVERY_S, PACE_S, Retention
from dasan.store.blobs import FileBlobs, MemoryBlobs
from tests.broker.caller import Caller
from tests.broker.stage import K1, Stage
from tests.contract.conftest import opened
from tests.virtual import virtually

DAYS = {"recording": 60, "voicemail": 30}


class Times:
    """Ids by the stage's clock, as the server's are."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.made = stage, 0

    def new(self, kind: str) -> str:
        self.made += 1
        return make(kind, self.stage.clock.at_us, self.made)


class House:
    """A stage with one talk that is over, and what keeps its sound."""

    def __init__(self, store: Any = None, folder: Path | None = None) -> None:
        self.stage = Stage(store)
        self.blobs: Any = (
            MemoryBlobs(self.stage.store, Times(self.stage))
            if folder is None
            else FileBlobs(self.stage.store, folder, Times(self.stage))
        )
        self.caller = Caller(self.stage).queues().taken(K1)
        self.duty, self.full = True, False
        self.starts()

    def starts(self) -> None:
        s = self.stage
        self.retention = Retention(self.blobs, s.store.reads, self.submit, s.clock, DAYS, lambda: self.duty)

    async def submit(self, envelope: c.Envelope) -> object:
        if self.full:
            raise StorageFull
        return self.stage.do(envelope.principal, envelope.command, envelope.request_id)

    def keeps(self, kind: str = "recording", retention: str = "") -> str:
        blob = str(self.blobs.put(self.caller.session, b"RIFF", "audio/x-wav"))
        fact = c.RecordingFact(self.caller.session, blob=blob, seconds=60, retention=retention or kind, kind=kind)
        self.stage.do(c.PROVIDER, fact)
        return blob

    def after(self, days: float) -> float:
        """A round that many days later; the seconds until the next."""
        self.stage.clock.at_us += round(days * DAY)
        wait_s: float = 0.0

        async def lived() -> None:
            nonlocal wait_s
            wait_s = await self.retention.step()

        virtually(lived())
        return wait_s

    def gone(self) -> list[str]:
        return [r.event.blob for r in self.stage.store.reads.events(self.caller.session) if r.event.type == GONE]


GONE = "recording.gone"


@pytest.fixture
def house() -> House:
    return House()


def test_a_recording_is_there_until_its_days_are_over(house: House) -> None:
    blob = house.keeps()
    assert house.after(59.9) == EVERY_S
    assert house.blobs.get(blob) == (b"RIFF", "audio/x-wav")
    house.after(0.2)
    assert house.blobs.get(blob) is None
    assert house.blobs.line(blob) is None
    assert house.gone() == [blob]
    (one,) = house.caller.state.kept
    assert (one.blob, one.gone) == (blob, "retention")


def test_who_deleted_it_and_when_is_in_the_journal(house: House) -> None:
    house.keeps()
    house.after(61)
    (entry,) = [r for r in house.stage.journal() if r.event.type == GONE]
    assert entry.actor == "system:retention"
    assert entry.at_us == house.stage.clock.at_us
    assert entry.event.reason == "retention"


def test_each_class_has_its_own_days_and_an_unknown_one_those_of_recordings(house: House) -> None:
    talk, message, odd = house.keeps(), house.keeps("voicemail"), house.keeps(retention="legal")
    house.after(31)
    assert house.gone() == [message]
    house.after(30)
    assert house.gone() == [message, talk, odd]


def test_a_photo_is_no_recording(house: House) -> None:
    photo = house.blobs.put(house.caller.session, b"\xff\xd8", "image/jpeg")
    house.after(4_000)
    assert house.blobs.get(photo) is not None


def test_sound_that_the_journal_never_heard_of_goes_too(house: House) -> None:
    blob = house.blobs.put(house.caller.session, b"RIFF", "audio/x-wav")
    house.after(61)
    assert house.blobs.line(blob) is None
    assert not house.gone()


def test_a_crash_between_the_word_and_the_deed_is_made_good_after_the_restart(house: House) -> None:
    blob = house.keeps()
    house.stage.clock.at_us += 61 * DAY
    house.stage.do(c.RETENTION, c.ForgetRecording(house.caller.session, blob))
    house.starts()
    house.after(0)
    assert house.blobs.line(blob) is None
    assert house.gone() == [blob], "told once"


def test_what_could_not_be_written_is_tried_again(house: House) -> None:
    blob = house.keeps()
    house.full = True
    house.after(61)
    assert house.blobs.get(blob) is not None, "nothing is deleted of which nothing is said"
    house.full = False
    house.after(0.01)
    assert house.gone() == [blob]


def test_a_server_without_the_duty_deletes_nothing(house: House) -> None:
    blob = house.keeps()
    house.duty = False
    assert house.after(61) == PACE_S
    assert house.blobs.get(blob) is not None


def test_many_are_done_by_and_by(house: House) -> None:
    for _ in range(AT_ONCE + 1):
        house.keeps()
    assert house.after(61) == PACE_S
    assert len(house.gone()) == AT_ONCE
    assert house.after(0) == EVERY_S
    assert len(house.gone()) == AT_ONCE + 1


def test_nobody_but_the_service_forgets_a_recording(house: House) -> None:
    blob = house.keeps()
    asked = c.ForgetRecording(house.caller.session, blob)
    assert house.stage.refused(house.stage.at_desk(K1), asked) == "not_admin"
    unknown = c.ForgetRecording(house.caller.session, "b_none")
    assert house.stage.refused(c.RETENTION, unknown) == "no_such_recording"


def test_on_disk_row_and_file_are_gone(tmp_path: Path) -> None:
    store = opened(f"sqlite:///{tmp_path / 'dasan.sqlite3'}")
    house = House(store, tmp_path / "b")
    blob = house.keeps()
    assert len([path for path in (tmp_path / "b").rglob("*") if path.is_file()]) == 1
    house.after(61)
    assert house.blobs.line(blob) is None
    assert not [path for path in (tmp_path / "b").rglob("*") if path.is_file()]
    house.blobs.drop(blob)
    assert house.caller.state.kept[0].gone
    store.close()
