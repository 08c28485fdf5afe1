"""The same state machine with two servers on one real PostgreSQL: every second command is the other server's, and two
routers decide on the same picture in interleaved transactions. Bounded, because each step is several real commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from hypothesis import settings

from dasan.core.fold import STATES, evolve
from dasan.store.opening import open_store
from dasan.store.sealing import Keyring
from tests.contract.postgres import Cluster, cluster, why_not
from tests.properties.machine import Centre

DEEP = settings.default is not None and settings.default.max_examples > 500
pytestmark = pytest.mark.postgres


class OnPostgres(Centre):
    replay = ".venv/bin/pytest tests/properties/test_two_servers.py"
    server: ClassVar[Cluster]
    races: ClassVar[int] = 0

    def make_store(self) -> Any:
        self.url = self.server.fresh()
        self.kept = [open_store(self.url, Keyring(b"k" * 32), STATES, evolve)]
        return self.kept[0]

    def make_rival(self) -> Any:
        self.kept.append(open_store(self.url, Keyring(b"k" * 32), STATES, evolve))
        return self.kept[1]

    def teardown(self) -> None:
        type(self).races += self.raced
        try:
            super().teardown()
        finally:
            for store in self.kept:
                store.close()


@pytest.fixture(scope="module", autouse=True)
def postgres() -> Iterator[None]:
    if reason := why_not():
        pytest.skip(reason)
    with ExitStack() as stack:
        OnPostgres.server = stack.enter_context(cluster())
        yield


TestOnPostgres = OnPostgres.TestCase
TestOnPostgres.settings = settings(max_examples=60 if DEEP else 6, stateful_step_count=60 if DEEP else 30)


def test_two_servers_that_plan_from_one_picture_make_each_offer_once() -> None:
    """Said out loud, in case no example comes to it: the same plan and different ones, and who clashes."""
    centre = OnPostgres()
    try:
        centre.morning(7, 0)
        for n in range(3):
            assert centre.house.race(n)
            centre.promises_hold()
        offered = [i for s, i in centre.sessions("OFFERED")]
        assert len(offered) >= 4
        assert all(len(i.offers) == 1 for i in offered)
    finally:
        centre.teardown()
