"""How a caller has treated counselors is kept by her address, met at her next call, expires, and can be appealed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core import address as addresses
from dasan.core import commands as c
from dasan.core.address import Address, Strike, conduct, e164, stream_of
from dasan.core.handlers.privacy import REASONS
from dasan.core.policy import Policy
from dasan.core.time import DAY, SECOND
from tests.broker.caller import Caller, keyed
from tests.broker.stage import BOSS, K1, NOON, Stage

AT = NOON


def struck(stage: Stage, kind: str, number: str = "+821012345678") -> Caller:
    """A call that a counselor ended for it."""
    caller = Caller(stage, number).queues().taken()
    stage.do(stage.at_desk(K1), c.EndForAbuse(caller.session, caller.item.id, kind))
    caller.settle()
    command = c.CompleteWrapUp(caller.session, caller.state.items[-1].id, "abuse", "general")
    stage.do(stage.at_desk(K1), command)
    return caller


def ledger(stage: Stage, number: str = "+821012345678") -> Any:
    return stage.state(stream_of(keyed(number)))


def test_one_harassment_leads_to_the_special_queue_at_the_next_call() -> None:
    s = Stage()
    struck(s, "harassment")
    assert Caller(s).rings().reply["conduct"] == "special"
    assert Caller(s, "+821000000000").rings().reply["conduct"] == ""


@pytest.mark.parametrize("kinds", [["threat"] * 3, ["verbal"] * 3, ["threat", "verbal", "threat"]])
def test_threats_and_abuse_warn_twice_and_lead_there_at_the_third(kinds: list[str]) -> None:
    s = Stage()
    met = []
    for kind in kinds:
        met.append(Caller(s).rings().hangs_up().reply["conduct"])
        struck(s, kind)
    assert met == ["", "warned", "warned"]
    assert Caller(s).rings().reply["conduct"] == "special"


def test_a_strike_counts_for_half_a_year_and_no_longer() -> None:
    s = Stage()
    struck(s, "harassment")
    s.clock.at_us += 180 * DAY - 60 * SECOND
    assert Caller(s).rings().hangs_up().reply["conduct"] == "special"
    s.clock.at_us += 120 * SECOND
    assert Caller(s).rings().reply["conduct"] == ""


def test_a_supervisor_withdraws_a_strike_and_says_why_or_upholds_it() -> None:
    s = Stage()
    caller = struck(s, "harassment")
    known = ledger(s)
    withdraw = c.AppealStrike(known.id, 1, "withdrawn", "다른 사람의 목소리였음")
    assert s.refused(s.at_desk(K1), withdraw) == "not_supervisor"
    assert s.refused(s.at_desk(BOSS), replace(withdraw, reason=" ")) == "reason_needed"
    assert s.refused(s.at_desk(BOSS), replace(withdraw, strike=2)) == "no_such_strike"
    assert s.refused(s.at_desk(BOSS), replace(withdraw, address="a_none")) == "no_such_strike"
    upheld = replace(withdraw, outcome="upheld", reason="녹음을 들었음")
    assert s.do(s.at_desk(BOSS), upheld) == {"conduct": "special"}
    assert s.refused(s.at_desk(BOSS), upheld) == "not_now"
    assert s.do(s.at_desk(BOSS), withdraw) == {"conduct": ""}
    assert ledger(s).strikes[0].state == addresses.WITHDRAWN
    actors = [(r.event.type, r.actor) for r in s.store.reads.events(known.id)]
    boss = f"supervisor:{BOSS}"
    assert actors == [("strike.recorded", f"counselor:{K1}"), ("strike.upheld", boss), ("strike.withdrawn", boss)]
    content = s.store.reads.events(known.id)[-1].event.content
    assert s.store.reads.contents([content])[content].decode() == "다른 사람의 목소리였음"
    assert caller.session == ledger(s).strikes[0].session


def test_a_caller_without_a_number_is_ended_and_has_no_ledger() -> None:
    s = Stage()
    caller = struck(s, "threat", "")
    assert caller.state.closed_at_us
    assert [r for r in s.journal() if r.stream.startswith("a_")] == []


def test_the_same_ledger_meets_who_writes_from_that_address() -> None:
    s = Stage()
    opening = c.OpenSession("p_1", keyed("+821012345678"), "sms", text="야", client_id="1")
    session = s.do(c.Principal(c.CITIZEN, "p_1"), opening)["session"]
    item = s.state(session).live_item.id
    offer = s.do(c.DISPATCHER, c.MakeOffer(session, item, K1), "")["offer"]
    s.do(s.at_desk(K1), c.AcceptOffer(offer, session))
    s.do(s.at_desk(K1), c.ConfirmMedia(session, item))
    s.do(s.at_desk(K1), c.EndForAbuse(session, item, "threat"))
    assert ledger(s).strikes[0].kind == "threat"
    s.do(s.at_desk(K1), c.CompleteWrapUp(session, item, "abuse", "general"))
    assert Caller(s).rings().reply["conduct"] == "warned"


def test_what_the_menu_is_to_remember_is_known_at_the_next_call() -> None:
    s = Stage()
    first = Caller(s).rings()
    first.wishes(c.WishPrefer("vi"), c.WishPrefer(slow=True))
    first.wishes(c.WishPrefer())
    assert first.state.language == "vi", "and in this call at once"
    first.hangs_up()
    reply = Caller(s).rings().reply
    assert (reply["language"], reply["slow"]) == ("vi", True)
    kinds = [r.event.type for r in s.store.reads.events(stream_of(keyed("+821012345678")))]
    assert kinds == ["address.preferred", "address.preferred"]


def test_the_warning_the_menu_plays_is_recorded() -> None:
    s = Stage()
    struck(s, "threat")
    caller = Caller(s).rings()
    caller.wishes(c.WishWarned())
    assert ledger(s).warned_us == s.clock.at_us


def test_erasing_a_citizen_forgets_what_she_preferred_and_keeps_the_strikes_as_codes() -> None:
    s = Stage()
    struck(s, "threat")
    caller = Caller(s).rings()
    caller.wishes(c.WishPrefer("zh", True))
    caller.hangs_up()
    sessions = tuple(x.stream for x in s.store.reads.sessions_of(caller.state.citizen))
    s.do(c.Principal(c.ADMIN, BOSS), c.EraseCitizen(caller.state.citizen, sessions, REASONS[0]))
    known = ledger(s)
    assert (known.language, known.slow, len(known.strikes)) == ("", False, 1)
    withdraw = c.AppealStrike(known.id, 1, "withdrawn", "이의 있음")
    assert s.do(s.at_desk(BOSS), withdraw) == {"conduct": ""}
    assert s.store.reads.events(known.id)[-1].event.content == "", "nothing can be sealed with what is erased"


def test_an_address_with_nothing_to_remember_has_no_stream() -> None:
    s = Stage()
    Caller(s).rings().wishes(c.WishPrefer())
    assert [r for r in s.journal() if r.stream.startswith("a_")] == []


# -- the arithmetic of the ledger

kinds = st.sampled_from(addresses.KINDS)
strikes = st.lists(st.tuples(kinds, st.integers(0, 400), st.sampled_from(["STANDING", "UPHELD", "WITHDRAWN"])))


def of(rows: list[tuple[str, int, str]]) -> Address:
    made = (Strike(n, kind, AT - days * DAY - 1, "s_1", K1, state) for n, (kind, days, state) in enumerate(rows, 1))
    return Address("a_1", strikes=tuple(made), struck=len(rows))


@given(strikes)
def test_conduct_is_the_sum_of_what_counts(rows: list[tuple[str, int, str]]) -> None:
    policy = Policy()
    counting = [kind for kind, days, state in rows if state != "WITHDRAWN" and days < policy.strike_days]
    weight = sum((Fraction(1, policy.strikes[kind]) for kind in counting), Fraction())
    expected = "special" if weight >= 1 else "warned" if counting else ""
    assert conduct(of(rows), policy, AT) == expected


@given(strikes, st.integers(0, 500))
def test_time_alone_never_makes_it_worse(rows: list[tuple[str, int, str]], days: int) -> None:
    order = ["", "warned", "special"]
    now, later = (conduct(of(rows), Policy(), AT + n * DAY) for n in (0, days))
    assert order.index(later) <= order.index(now)


@given(strikes, kinds)
def test_one_more_strike_never_makes_it_better_and_withdrawing_all_clears_it(
    rows: list[tuple[str, int, str]], kind: str
) -> None:
    order = ["", "warned", "special"]
    before, after = (conduct(of(some), Policy(), AT) for some in (rows, [*rows, (kind, 0, "STANDING")]))
    assert order.index(after) >= max(1, order.index(before))
    assert conduct(of([(k, d, "WITHDRAWN") for k, d, _ in rows]), Policy(), AT) == ""


def test_the_ledger_is_bounded_and_counts_on() -> None:
    a: Any = None
    for n in range(1, 100):
        event = addresses_event(n)
        a = addresses.met("a_1", event, AT) if a is None else addresses.evolve(a, event, AT)
    assert (len(a.strikes), a.struck, a.strikes[-1].n) == (addresses.STRIKES_KEPT_MAX, 99, 99)


def addresses_event(n: int) -> Any:
    from dasan.core.address_events import StrikeRecorded

    return StrikeRecorded(n, "prank", "s_1", K1)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("010-1234-5678", "+821012345678"),
        ("02) 731 2120", "+8227312120"),
        ("+82 10 1234 5678", "+821012345678"),
        ("0082-10-1234-5678", "+821012345678"),
        ("+15551234567", "+15551234567"),
        ("120", ""),
        ("", ""),
        ("client:web", ""),
        ("+0123456789", ""),
        ("010123456789012345", ""),
        ("０１０12345678", ""),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, number: str) -> None:
    assert e164(written) == number
