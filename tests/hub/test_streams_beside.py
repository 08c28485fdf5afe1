"""What stands in the index beside sessions and counselors: plans and ledgers while they matter, nothing for ever."""

from __future__ import annotations

from dasan.core import commands as c
from dasan.core.address import stream_of
from dasan.core.time import DAY, SECOND
from dasan.hub import Hub
from tests.broker.caller import Caller, keyed
from tests.broker.stage import BOSS, NOON
from tests.broker.test_care import Plan
from tests.broker.test_conduct import struck
from tests.server.sms import stage, wished


def test_a_plan_stands_in_the_index_with_its_alert_until_it_ends() -> None:
    plan = Plan()
    hub = Hub(plan.stage.policy)
    hub.load(plan.stage.store.reads.open_heads("r"), 0)  # a start of the server
    plan.stage.gate.listen(hub.committed)
    plan.waits_until(NOON + 3 * DAY + SECOND)
    assert [one.alert for one in hub.index.care()] == ["silent"]
    plan.stage.do(plan.stage.at_desk(BOSS), c.SettleCare(plan.id, "괜찮으심"))
    assert [one.alert for one in hub.index.care()] == [""]
    plan.stage.do(plan.stage.at_desk(BOSS), c.EndCare(plan.id, "asked"))
    assert list(hub.index.care()) == []
    assert hub.index.head(plan.id) is None


def test_a_ledger_stands_there_while_it_has_a_strike_and_a_preference_alone_does_not() -> None:
    s = stage()
    hub = Hub(s.policy)
    s.gate.listen(hub.committed)
    Caller(s, "+821000000000").rings().wishes(c.WishPrefer("en"))
    assert hub.index.head(stream_of(keyed("+821000000000"))) is None
    struck(s, "threat")
    known = stream_of(keyed("+821012345678"))
    assert hub.index.head(known) is not None
    s.do(s.at_desk(BOSS), c.AppealStrike(known, 1, "withdrawn", "잘못"))
    assert hub.index.head(known) is None


def test_a_text_that_is_sent_is_forgotten_and_a_late_word_of_it_changes_nothing_here() -> None:
    s = stage()
    hub = Hub(s.policy)
    s.gate.listen(hub.committed)
    (text,) = wished(Caller(s).rings(), "안내")
    assert hub.index.head(text) is not None
    s.do(c.PROVIDER, c.TextFact(text, "sent", "SM1"), "")
    assert hub.index.head(text) is None
    s.do(c.PROVIDER, c.TextFact(text, "delivered", "SM1"), "")
    assert hub.index.head(text) is None
    assert hub.failures == 0
