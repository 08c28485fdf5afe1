"""One person on the telephone and on her page: a counselor who was told so says it, and it can be taken back (I26)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dasan.core import commands as c
from dasan.core import identity
from dasan.core.identity import Citizen, Person
from tests.broker.caller import Caller, keyed
from tests.broker.stage import BOSS, CASE, K1, K2, Stage, Talk

ROOT = c.Principal(c.ADMIN, "root")
PHONE = f"p_{keyed('+821012345678')}"


def person(s: Stage, citizen: str) -> Person:
    def find(one: str) -> Citizen | None:
        kept = s.store.reads.load(one)
        return kept.state if kept is not None else None

    return identity.person(citizen, find)


def both(s: Stage) -> tuple[Talk, Caller]:
    """K1 writes with p_1, who calls in as well."""
    return Talk(s).active(K1), Caller(s).queues().taken()


def merge(talk: Talk, caller: Caller) -> c.MergeCitizens:
    return c.MergeCitizens(talk.session, talk.first, caller.session)


def merged(s: Stage) -> tuple[Talk, Caller, int]:
    talk, caller = both(s)
    return talk, caller, s.do(s.at_desk(K1), merge(talk, caller))["link"]


def filed(s: Stage, who: str, citizen: str, ticket_no: str) -> tuple[Talk, str]:
    """A ticket of that citizen's with its receipt."""
    talk = Talk(s, citizen).active(who)
    handoff = s.do(s.at_desk(who), c.FileTicket(talk.session, talk.first, CASE))["handoff"]
    s.do(c.OUTBOX, c.BeginSubmission(handoff, 1), "")
    s.do(c.OUTBOX, c.SubmissionResult(handoff, 1, "acknowledged", ticket_no=ticket_no, sent_sha256="0" * 64), "")
    return talk, handoff


def lines(s: Stage, session: str) -> list[tuple[str, int, dict[str, object]]]:
    """What colleagues read in the talk and its citizen does not."""
    entries = [r.event for r in s.store.reads.events(session) if r.event.type == "entry.added"]
    return [(e.code, e.shown, dict(e.args or {})) for e in entries if e.kind == "system" and not e.shown]


def test_who_serves_both_says_that_they_are_one_and_takes_it_back() -> None:
    s = Stage()
    talk, caller, link = merged(s)
    assert person(s, "p_1").citizens == person(s, PHONE).citizens == tuple(sorted(("p_1", PHONE)))
    made = person(s, "p_1").link(link)
    assert made is not None
    assert (made.evidence, made.session, made.proof, made.by) == ("word", talk.session, caller.session, K1)
    assert lines(s, talk.session) == [("merged", 0, {"number": caller.state.number, "link": link})]
    assert lines(s, caller.session) == [("merged", 0, {"number": talk.state.number, "link": link})]
    assert s.refused(s.at_desk(K1), merge(talk, caller)) == "one_already"
    s.do(s.at_desk(K1), c.UnmergeCitizens(talk.session, link, "동생의 전화였음"))
    assert [person(s, one) for one in ("p_1", PHONE)] == [Person(("p_1",)), Person((PHONE,))]
    assert s.types("p_1") == s.types(PHONE) == ["identity.linked", "identity.unlinked"]
    told = s.store.reads.events("p_1")[-1].event
    assert s.store.reads.contents([told.content])[told.content].decode() == "동생의 전화였음"
    assert lines(s, talk.session)[-1] == ("unmerged", 0, {"link": link})
    assert s.refused(s.at_desk(K1), c.UnmergeCitizens(talk.session, link, "또")) == "not_supervisor"
    assert s.refused(s.at_desk(BOSS), c.UnmergeCitizens(talk.session, link, "또")) == "no_such_merge"
    assert s.do(s.at_desk(K1), merge(talk, caller)) == {"link": link + 1}, "it may be said again"


def test_nothing_of_either_history_is_written_anew() -> None:
    s = Stage()
    talk, caller = both(s)
    before = [(s.store.reads.sessions_of(one), s.store.reads.handoffs_of(citizen=one)) for one in ("p_1", PHONE)]
    addresses = [s.store.reads.addresses_of(one.session) for one in (talk, caller)]
    link = s.do(s.at_desk(K1), merge(talk, caller))["link"]
    streams = {r.stream for r in s.journal()[-4:]}
    assert streams == {"p_1", PHONE, talk.session, caller.session}
    s.do(s.at_desk(K1), c.UnmergeCitizens(talk.session, link, "잘못"))
    after = [(s.store.reads.sessions_of(one), s.store.reads.handoffs_of(citizen=one)) for one in ("p_1", PHONE)]
    assert [[line.stream for line in held] for pair in after for held in pair] == [
        [line.stream for line in held] for pair in before for held in pair
    ]
    assert [s.store.reads.addresses_of(one.session) for one in (talk, caller)] == addresses


def test_a_merge_opens_neither_citizens_session_to_the_other() -> None:
    s = Stage()
    talk, caller, _ = merged(s)
    for command in (c.MarkEntries(caller.session, 1), c.LeaveSession(caller.session, caller.leg)):
        assert s.refused(talk.citizen, command) == "no_such_session"


def test_nobody_merges_with_a_session_that_she_may_not_read() -> None:
    s = Stage()
    mine, theirs = Talk(s, "p_1").active(K1), Talk(s, "p_2").active(K2)
    ask = c.MergeCitizens(mine.session, mine.first, theirs.session)
    assert s.refused(s.at_desk(K1), ask) == "not_yours"
    assert s.refused(s.at_desk(K2), ask) == "not_yours"
    assert s.refused(s.at_desk(K1), replace(ask, other="s_none")) == "no_such_session"
    assert s.refused(s.at_desk(K1), replace(ask, other=mine.session)) == "one_already"
    s.do(s.at_desk(K1), c.ReleaseItem(mine.session, mine.first))
    s.do(s.at_desk(K1), c.CompleteWrapUp(mine.session, mine.first, "answered", "general"))
    other = Talk(s, "p_3").active(K1)
    past = c.MergeCitizens(other.session, other.first, mine.session)
    assert s.refused(s.at_desk(K1), past) == "not_yours", "what she served once is not hers to look at for ever"


def test_who_is_only_asked_for_advice_says_nothing_about_the_citizen() -> None:
    s = Stage()
    caller = Caller(s).queues().taken()
    talk = Talk(s, "p_9").active(K2)
    s.do(s.at_desk(K1), c.Consult(caller.session, caller.item.id, counselor=K2))
    advice = next(i for i in caller.state.items if i.consult_of)
    offer = s.do(c.DISPATCHER, c.MakeOffer(caller.session, advice.id, K2), "")["offer"]
    s.do(s.at_desk(K2), c.AcceptOffer(offer, caller.session))
    ask = c.MergeCitizens(caller.session, advice.id, talk.session)
    assert s.refused(s.at_desk(K2), ask) == "consulted_only"


def test_a_receipt_that_the_citizen_names_is_evidence_and_nothing_else_about_the_ticket_is() -> None:
    s = Stage()
    before, handoff = filed(s, K2, "p_2", "26-1121-00042-7")
    talk = Talk(s, "p_1").active(K1)
    ask = c.MergeCitizens(talk.session, talk.first, "", handoff, "26 1121 00042 7")
    for wrong in ("26-1121-00042-8", "", "-"):
        assert s.refused(s.at_desk(K1), replace(ask, receipt=wrong)) == "no_such_receipt"
    link = s.do(s.at_desk(K1), ask)["link"]
    made = person(s, "p_2").link(link)
    assert made is not None
    assert (made.evidence, made.session, made.proof) == ("receipt", talk.session, handoff)
    assert lines(s, talk.session) == [("merged_receipt", 0, {"number": "26-1121-00042-7", "link": link})]
    assert not lines(s, before.session)
    assert [line.stream for line in s.store.reads.by_number("h", 261121000427)] == [handoff]


def test_a_case_without_a_receipt_proves_nothing() -> None:
    s = Stage()
    drafted = Talk(s, "p_2").drafted()
    talk = Talk(s, "p_1").active(K1)
    ask = c.MergeCitizens(talk.session, talk.first, "", drafted.handoff, "")
    assert s.refused(s.at_desk(K1), ask) == "no_such_receipt"
    assert s.refused(s.at_desk(K1), replace(ask, handoff="h_none")) == "no_such_handoff"


def test_a_merge_is_taken_back_by_who_made_it_or_a_supervisor_with_a_reason() -> None:
    s = Stage()
    talk, caller, link = merged(s)
    back = c.UnmergeCitizens(caller.session, link, "다른 사람임")
    assert s.refused(s.at_desk(K2), back) == "not_supervisor"
    assert s.refused(talk.citizen, back) == "not_supervisor"
    assert s.refused(s.at_desk(K1), replace(back, reason=" ")) == "reason_needed"
    old = s.at_desk(K1)
    s.attach(K1)
    assert s.refused(old, back) == "stale_console"
    s.do(s.at_desk(BOSS), back)
    assert person(s, "p_1") == Person(("p_1",))
    assert s.store.reads.events(PHONE)[-1].actor == f"supervisor:{BOSS}"


def test_an_operator_takes_it_back_when_nobody_is_there_any_more() -> None:
    s = Stage()
    talk, caller, link = merged(s)
    caller.hangs_up()
    s.do(talk.citizen, c.LeaveSession(talk.session, talk.leg))
    s.wait(600)
    assert talk.state.closed_at_us
    entries = talk.state.entry_n
    s.do(ROOT, c.UnmergeCitizens(talk.session, link, "다른 사람임"))
    assert person(s, PHONE) == Person((PHONE,))
    assert talk.state.entry_n == entries, "a closed talk is not written to"


def test_one_person_has_a_bounded_number_of_identities() -> None:
    s = Stage()
    talk = Talk(s, "p_0").active(K1)
    for n in range(1, identity.IDENTITIES_MAX + 1):
        _, handoff = filed(s, K2, f"p_{n}", f"26-{n}")
        s.do(s.at_desk(K2), c.ReleaseItem(s.state(handoff).session, s.state(handoff).item))
        done = c.CompleteWrapUp(s.state(handoff).session, s.state(handoff).item, "ticket", "road")
        s.do(s.at_desk(K2), done)
        ask = c.MergeCitizens(talk.session, talk.first, "", handoff, f"26-{n}")
        if n < identity.IDENTITIES_MAX:
            s.do(s.at_desk(K1), ask)
        else:
            assert s.refused(s.at_desk(K1), ask) == "merged_full"
    assert len(person(s, "p_3").citizens) == identity.IDENTITIES_MAX


@pytest.mark.parametrize("again", [False, True])
def test_erasing_one_citizen_forgets_who_she_was_besides_and_leaves_the_other_what_is_theirs(again: bool) -> None:
    s = Stage()
    talk, caller, _ = merged(s)
    caller.hangs_up()
    s.do(talk.citizen, c.LeaveSession(talk.session, talk.leg))
    s.wait(600)
    for _ in range(1 + again):  # asked again it has nothing more to do
        s.do(ROOT, c.EraseCitizen("p_1", (talk.session,), "requested"))
    assert [person(s, one) for one in ("p_1", PHONE)] == [Person(("p_1",)), Person((PHONE,))]
    assert (talk.state.erased, caller.state.erased) == (True, False)
    told = s.store.reads.events(PHONE)[-1].event
    assert (told.type, told.reason, told.content) == ("identity.unlinked", "erased", "")
    s.do(ROOT, c.EraseCitizen(PHONE, (caller.session,), "requested"))
    assert caller.state.erased


def test_a_reason_has_nowhere_to_be_kept_once_the_talk_of_the_merge_is_erased() -> None:
    s = Stage()
    talk, caller, link = merged(s)
    s.do(talk.citizen, c.LeaveSession(talk.session, talk.leg))
    s.do(s.at_desk(K1), c.CompleteWrapUp(talk.session, talk.first, "answered", "general"))
    s.do(ROOT, c.EraseSession(talk.session, "requested"))
    s.do(s.at_desk(K1), c.UnmergeCitizens(caller.session, link, "다른 사람임"))
    assert s.store.reads.events(PHONE)[-1].event.content == ""


def test_what_was_erased_is_merged_with_nobody() -> None:
    s = Stage()
    talk, handoff = filed(s, K1, "p_2", "26-1")
    s.do(s.at_desk(K1), c.ReleaseItem(talk.session, talk.first))
    s.do(s.at_desk(K1), c.CompleteWrapUp(talk.session, talk.first, "ticket", "road"))
    s.do(ROOT, c.EraseSession(talk.session, "requested"))
    mine = Talk(s, "p_1").active(K1)
    assert s.refused(s.at_desk(K1), c.MergeCitizens(mine.session, mine.first, "", handoff, "26-1")) == "erased"
