"""Every (state x command) pair of work items, handoffs, leases and presences: the documented outcome, or a refusal.

A refusal changes nothing: the journal, the states and the promises are what they were. The tables below are the
documentation; a pair that is not in one of them must be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import handoff as handoffs
from dasan.core import workitem as items
from dasan.core.errors import DasanError, Refused, sentence
from tests.broker.stage import BOSS, CASE, HANDOFF_STATES, ITEM_STATES, K1, K2, Stage, Talk

S, Q, F, C, A, P, W = (
    items.SCHEDULED,
    items.QUEUED,
    items.OFFERED,
    items.CONNECTING,
    items.ACTIVE,
    items.PAUSED,
    items.WRAPPING,
)
DONE, GONE = items.COMPLETED, items.CANCELLED
ALL = (S, Q, F, C, A, P, W, DONE, GONE)
OPEN_LEG = (S, Q, F, C, A, P)

Asked = Callable[[Talk], tuple[c.Principal, c.Command]]


def citizen(make: Callable[[Talk], c.Command]) -> Asked:
    return lambda t: (t.citizen, make(t))


def desk(make: Callable[[Talk], c.Command], who: str = K1) -> Asked:
    return lambda t: (t.stage.at_desk(who), make(t))


def system(make: Callable[[Talk], c.Command]) -> Asked:
    return lambda t: (c.BROKER, make(t))


def looking(make: Callable[[Talk], c.Command]) -> Asked:
    """The supervisor, who looks already where that can be."""

    def asked(t: Talk) -> tuple[c.Principal, c.Command]:
        if not t.state.closed_at_us:
            t.stage.do(t.stage.at_desk(BOSS), c.Look(t.session))
        return t.stage.at_desk(BOSS), make(t)

    return asked


def beside(t: Talk) -> str:
    """Another citizen's session that K1 has as well."""
    return Talk(t.stage, "p_9").active(K1).session


# command -> (who asks and what, state -> the state of the item afterwards). A state that is missing refuses.
ITEM_COMMANDS: dict[str, tuple[Asked, dict[str, str]]] = {
    "ReceiveText": (
        citizen(lambda t: c.ReceiveText(t.session, t.leg, "저기요", "2")),
        {**{s: s for s in OPEN_LEG}, P: A},
    ),
    "ReceivePhoto": (
        citizen(lambda t: c.ReceivePhoto(t.session, t.leg, "b_1", "2")),
        {**{s: s for s in OPEN_LEG}, P: A},
    ),
    "MarkEntries": (citizen(lambda t: c.MarkEntries(t.session, 1, read=True)), {s: s for s in ALL}),
    "SuspendLeg": (system(lambda t: c.SuspendLeg(t.session, t.leg)), {**{s: s for s in ALL}, F: Q}),
    "ResumeLeg": (citizen(lambda t: c.ResumeLeg(t.session, t.leg)), {s: s for s in OPEN_LEG}),
    "LeaveSession": (
        citizen(lambda t: c.LeaveSession(t.session, t.leg)),
        {S: GONE, Q: GONE, F: GONE, C: W, A: W, P: W},
    ),
    "RateSession": (citizen(lambda t: c.RateSession(t.session, 5)), {W: W, DONE: DONE, GONE: GONE}),
    "MakeOffer": (system(lambda t: c.MakeOffer(t.session, t.first, K2)), {Q: F}),
    "AcceptOffer": (desk(lambda t: c.AcceptOffer(t.offer, t.session)), {F: C}),
    "DeclineOffer": (desk(lambda t: c.DeclineOffer(t.offer, t.session)), {F: Q}),
    "FailOffer": (system(lambda t: c.FailOffer(t.offer, t.session, "endpoint")), {F: Q}),
    "ConfirmMedia": (desk(lambda t: c.ConfirmMedia(t.session, t.first)), {C: A, A: A}),
    "FailConnect": (system(lambda t: c.FailConnect(t.session, t.first, "media")), {C: Q}),
    "MoveItem": (desk(lambda t: c.MoveItem(t.session, t.first, "traffic"), BOSS), {Q: Q}),
    "SendReply": (desk(lambda t: c.SendReply(t.session, "네", "k9")), {A: A, P: A}),
    "AddNote": (desk(lambda t: c.AddNote(t.session, "메모", "k9")), {C: C, A: A, P: P, W: W}),
    "ShowSuggestions": (
        system(lambda t: c.ShowSuggestions(t.session, 1, ("a-1",))),
        {s: s for s in ALL},
    ),
    "HoldItem": (desk(lambda t: c.HoldItem(t.session, t.first)), {}),
    "UnholdItem": (desk(lambda t: c.UnholdItem(t.session, t.first)), {}),
    "PauseItem": (desk(lambda t: c.PauseItem(t.session, t.first)), {A: P}),
    "UnpauseItem": (desk(lambda t: c.UnpauseItem(t.session, t.first)), {P: A}),
    "TransferItem": (desk(lambda t: c.TransferItem(t.session, t.first, queue="traffic")), {C: W, A: W, P: W}),
    "ReleaseItem": (desk(lambda t: c.ReleaseItem(t.session, t.first)), {A: W, P: W}),
    "CompleteWrapUp": (desk(lambda t: c.CompleteWrapUp(t.session, t.first, "answered", "general")), {W: DONE}),
    "ExtendWrapUp": (desk(lambda t: c.ExtendWrapUp(t.session, t.first)), {W: W}),
    "TakeOver": (desk(lambda t: c.TakeOver(t.session, t.first), BOSS), {C: A, A: A, P: A}),
    "Look": (desk(lambda t: c.Look(t.session), BOSS), {s: s for s in (S, Q, F, C, A, P, W)}),
    "LookAway": (desk(lambda t: c.LookAway(t.session), BOSS), {s: s for s in ALL}),
    "Whisper": (looking(lambda t: c.Whisper(t.session, "요금부터", "b1")), {C: C, A: A, P: P, W: W}),
    "Barge": (looking(lambda t: c.Barge(t.session, "감독입니다", "b1")), {A: A, P: P}),
    "AbortSession": (
        desk(lambda t: c.AbortSession(t.session, "abuse"), BOSS),
        {S: GONE, Q: GONE, F: GONE, C: GONE, A: GONE, P: GONE, W: GONE},
    ),
    "Unmask": (desk(lambda t: c.Unmask(t.session, "phone", "확인")), {C: C, A: A, P: P, W: W}),
    "SaveDraft": (desk(lambda t: c.SaveDraft(t.session, "쓰다 만 글")), {s: s for s in ALL}),
    "MergeCitizens": (desk(lambda t: c.MergeCitizens(t.session, t.first, beside(t))), {C: C, A: A, P: P, W: W}),
    "DraftHandoff": (desk(lambda t: c.DraftHandoff(t.session, t.first, CASE)), {C: C, A: A, P: P, W: W}),
    "FileTicket": (desk(lambda t: c.FileTicket(t.session, t.first, CASE)), {C: C, A: A, P: P, W: W}),
    # What concerns a telephone: tests/broker/test_every_command_in_a_call.py has the same for calls.
    "LegFact": (system(lambda t: c.LegFact(t.session, t.leg, "ended")), {}),
    "DialLeg": (system(lambda t: c.DialLeg(t.session, t.leg)), {}),
    "LegDialled": (system(lambda t: c.LegDialled(t.session, t.leg, "CA1")), {}),
    "StepFlow": (system(lambda t: c.StepFlow(t.session, t.leg, 1, "f@1", "root", "{}")), {}),
    "HearSpeech": (system(lambda t: c.HearSpeech(t.session, t.leg, "여보세요")), {}),
    "RecordingFact": (system(lambda t: c.RecordingFact(t.session, "on")), {}),
    "ForgetRecording": (system(lambda t: c.ForgetRecording(t.session, "b_1")), {}),
    "PlayRecording": (looking(lambda t: c.PlayRecording(t.session, "b_1", "민원 확인")), {}),
    "MuteLeg": (desk(lambda t: c.MuteLeg(t.session, t.leg, muted=True)), {}),
    "Consult": (desk(lambda t: c.Consult(t.session, t.first, queue="traffic")), {}),
    "JoinConsult": (desk(lambda t: c.JoinConsult(t.session, t.first)), {}),
    "CompleteConsult": (desk(lambda t: c.CompleteConsult(t.session, t.first)), {}),
    "EndConsult": (desk(lambda t: c.EndConsult(t.session, t.first)), {}),
    "HandToLine": (desk(lambda t: c.HandToLine(t.session, t.first, "1330")), {A: A, P: P}),
    "DropParty": (desk(lambda t: c.DropParty(t.session, t.leg)), {}),
    "SetRecording": (desk(lambda t: c.SetRecording(t.session, "paused")), {}),
    "WarnCaller": (desk(lambda t: c.WarnCaller(t.session, t.first)), {A: A, P: P}),
    "EndForAbuse": (desk(lambda t: c.EndForAbuse(t.session, t.first, "threat")), {A: W, P: W}),
    "SetEar": (looking(lambda t: c.SetEar(t.session, "LISTEN")), {}),
    "Tick": (system(lambda t: c.Tick(t.session, 0)), {s: s for s in ALL}),
    "EraseSession": (
        lambda t: (c.Principal(c.ADMIN, "root"), c.EraseSession(t.session, "requested")),
        {DONE: DONE, GONE: GONE},
    ),
}


def everything(stage: Stage) -> tuple[Any, ...]:
    """What a refusal must leave as it was."""
    reads = stage.store.reads
    streams = sorted({r.stream for r in stage.journal()})
    return (
        len(stage.journal()),
        [reads.load(stream) for stream in streams],
        list(reads.deliveries("waiting")),
        list(reads.drafts(K1)),
        reads.next_due(),
    )


@pytest.mark.parametrize("state", ALL)
@pytest.mark.parametrize("name", ITEM_COMMANDS)
def test_a_work_item_takes_a_command_as_its_table_says_or_nothing_changes(name: str, state: str) -> None:
    asked, outcomes = ITEM_COMMANDS[name]
    talk = ITEM_STATES[state](Talk(Stage()))
    principal, command = asked(talk)
    before = everything(talk.stage)
    expected = outcomes.get(state)
    if expected is None:
        code = talk.stage.refused(principal, command)
        assert code not in {"internal", "clash"}
        assert everything(talk.stage) == before
    else:
        talk.stage.do(principal, command)
        assert talk.state.item(talk.first).state == expected


def test_every_command_about_a_session_has_its_table() -> None:
    about = {cls.__name__ for cls in c.Command.__subclasses__() if "session" in cls.__dataclass_fields__}
    # Callbacks and what is kept of a person have tests of their own.
    elsewhere = {"EraseCitizen", "RequestCallback", "ScheduleCallback", "CancelCallback", "UnmergeCitizens"}
    assert about - elsewhere <= set(ITEM_COMMANDS)


H = handoffs
SENDABLE = (H.COMMITTED, H.SUBMITTING, H.SUBMITTED, H.RETRY_WAIT)
HAS_RECEIPT = (H.ACKNOWLEDGED, H.IN_PROGRESS, H.ANSWERED, H.CLOSED)


def outbox(make: Callable[[Talk, handoffs.Handoff], c.Command]) -> Asked:
    return lambda t: (c.OUTBOX, make(t, t.stage.state(t.handoff)))


def ended(outcome: str, **more: Any) -> Asked:
    return outbox(lambda t, h: c.SubmissionResult(t.handoff, h.attempts, outcome, **more))


def step(status: str) -> Asked:
    return outbox(lambda t, h: c.TicketProgress(t.handoff, "u-new", status, t.stage.clock.at_us + 1))


LATE = {s: s for s in HANDOFF_STATES}
HANDOFF_COMMANDS: dict[str, tuple[Asked, dict[str, str]]] = {
    "AmendHandoff": (desk(lambda t: c.AmendHandoff(t.handoff, CASE)), {H.DRAFTED: H.DRAFTED, H.REJECTED: H.DRAFTED}),
    "CommitHandoff": (desk(lambda t: c.CommitHandoff(t.handoff)), {H.DRAFTED: H.COMMITTED}),
    "WithdrawHandoff": (
        desk(lambda t: c.WithdrawHandoff(t.handoff, "이유")),
        {H.DRAFTED: H.WITHDRAWN, H.REJECTED: H.WITHDRAWN, H.DEAD_LETTER: H.WITHDRAWN},
    ),
    "ReleaseHandoff": (
        desk(lambda t: c.ReleaseHandoff(t.handoff, "이유"), BOSS),
        {s: s for s in (H.DRAFTED, *SENDABLE, H.REJECTED, H.DEAD_LETTER)},
    ),
    "RetryHandoff": (desk(lambda t: c.RetryHandoff(t.handoff), BOSS), {H.DEAD_LETTER: H.RETRY_WAIT}),
    "BeginSubmission": (
        outbox(lambda t, h: c.BeginSubmission(t.handoff, h.attempts + 1)),
        dict.fromkeys(SENDABLE, H.SUBMITTING),
    ),
    "BeginSubmission of an attempt that has begun": (outbox(lambda t, h: c.BeginSubmission(t.handoff, h.attempts)), {}),
    "acknowledged": (ended("acknowledged", ticket_no="SM-1"), {**LATE, H.SUBMITTING: H.ACKNOWLEDGED}),
    "submitted": (ended("submitted", token="t-9"), {**LATE, H.SUBMITTING: H.SUBMITTED}),
    "retry": (ended("retry", code="down"), {**LATE, H.SUBMITTING: H.RETRY_WAIT}),
    "unclear": (ended("unclear", code="time_out"), {**LATE, H.SUBMITTING: H.RETRY_WAIT}),
    "rejected": (ended("rejected"), {**LATE, H.SUBMITTING: H.REJECTED}),
    "refused": (ended("refused", code="key"), {**LATE, H.SUBMITTING: H.DEAD_LETTER}),
    "progress": (step("in_progress"), {**LATE, H.ACKNOWLEDGED: H.IN_PROGRESS, H.ANSWERED: H.IN_PROGRESS}),
    "answer": (step("answered"), {**LATE, H.ACKNOWLEDGED: H.ANSWERED, H.IN_PROGRESS: H.ANSWERED}),
    "end": (step("closed"), {**LATE, H.ACKNOWLEDGED: H.CLOSED, H.IN_PROGRESS: H.CLOSED, H.ANSWERED: H.CLOSED}),
    "a word of the peer that we do not know": (step("mystery"), LATE),
    "HearTicket": (citizen(lambda t: c.HearTicket(t.handoff, H.ACKNOWLEDGED, "chat")), {s: s for s in HAS_RECEIPT}),
}


@pytest.mark.parametrize("state", HANDOFF_STATES)
@pytest.mark.parametrize("name", HANDOFF_COMMANDS)
def test_a_handoff_takes_a_command_as_its_table_says_or_nothing_changes(name: str, state: str) -> None:
    asked, outcomes = HANDOFF_COMMANDS[name]
    talk = HANDOFF_STATES[state](Talk(Stage()))
    assert talk.stage.state(talk.handoff).state == state
    principal, command = asked(talk)
    before = everything(talk.stage)
    if state in outcomes:
        talk.stage.do(principal, command, "")
        assert talk.stage.state(talk.handoff).state == outcomes[state]
    else:
        assert talk.stage.refused(principal, command) not in {"internal", "clash"}
        assert everything(talk.stage) == before


# -- leases and presences: (state, command) -> (lease, presence) afterwards


def suspect(stage: Stage) -> None:
    stage.do(c.BROKER, c.MissBeat(K1, stage.epochs[K1], 33))


def lost(stage: Stage) -> None:
    suspect(stage)
    stage.wait(40)


LEASES: dict[str, Callable[[Stage], None]] = {
    counselors.LIVE: lambda stage: None,
    counselors.SUSPECT: suspect,
    counselors.ABSENT: lost,
}
LEASE_COMMANDS: dict[str, tuple[Callable[[Stage], tuple[c.Principal, c.Command]], dict[str, str]]] = {
    "AttachConsole": (
        lambda s: (s.person(K1), c.AttachConsole(K1)),
        dict.fromkeys(LEASES, counselors.LIVE),
    ),
    "DetachConsole": (lambda s: (s.at_desk(K1), c.DetachConsole(K1)), dict.fromkeys(LEASES, counselors.ABSENT)),
    "MissBeat": (
        lambda s: (c.BROKER, c.MissBeat(K1, s.epochs[K1], 33)),
        {**{lease: lease for lease in LEASES}, counselors.LIVE: counselors.SUSPECT},
    ),
    "RestoreBeat": (
        lambda s: (c.BROKER, c.RestoreBeat(K1, s.epochs[K1])),
        {**{lease: lease for lease in LEASES}, counselors.SUSPECT: counselors.LIVE},
    ),
    "MissBeat of an older console": (
        lambda s: (c.BROKER, c.MissBeat(K1, s.epochs[K1] - 1, 33)),
        {lease: lease for lease in LEASES},
    ),
    "Tick": (lambda s: (c.TIMERS, c.Tick(K1, 0)), {lease: lease for lease in LEASES}),
    "RegisterCounselor": (lambda s: (c.BROKER, c.RegisterCounselor(K1, {"tax": 2})), {x: x for x in LEASES}),
    "ChangeSkills": (lambda s: (c.BROKER, c.ChangeSkills(K1, {"tax": 2})), {x: x for x in LEASES}),
}


@pytest.mark.parametrize("lease", LEASES)
@pytest.mark.parametrize("name", LEASE_COMMANDS)
def test_a_lease_takes_a_command_as_its_table_says(name: str, lease: str) -> None:
    stage = Stage()
    LEASES[lease](stage)
    assert stage.state(K1).lease == lease
    asked, outcomes = LEASE_COMMANDS[name]
    principal, command = asked(stage)
    stage.do(principal, command)
    assert stage.state(K1).lease == outcomes[lease]


@pytest.mark.parametrize("lease", LEASES)
@pytest.mark.parametrize("wanted", counselors.PRESENCES)
@pytest.mark.parametrize("present", counselors.PRESENCES)
def test_a_presence_follows_her_word_while_her_console_stands(present: str, wanted: str, lease: str) -> None:
    stage = Stage()
    stage.do(stage.at_desk(K1), c.SetPresence(K1, present))
    LEASES[lease](stage)
    before = everything(stage)
    command = c.SetPresence(K1, wanted)
    if lease == counselors.ABSENT or (wanted == counselors.AVAILABLE and lease != counselors.LIVE):
        assert stage.refused(stage.at_desk(K1), command) == "stale_console"
        assert everything(stage) == before
    else:
        stage.do(stage.at_desk(K1), command)
        # without load, finishing up is finished at once
        assert stage.state(K1).presence == (counselors.OFFLINE if wanted == counselors.DRAINING else wanted)


@pytest.mark.parametrize("word", ["", "busy", "LIVE", counselors.DRAINING])
def test_what_follows_finishing_up_must_be_a_presence(word: str) -> None:
    stage = Stage()
    Talk(stage).active()
    command = c.SetPresence(K1, counselors.DRAINING, then=word)
    if word:
        assert stage.refused(stage.at_desk(K1), command) == "not_now"
    else:
        stage.do(stage.at_desk(K1), command)
        assert stage.state(K1).presence == counselors.DRAINING


def test_an_unknown_session_item_counselor_or_handoff_is_refused_by_name() -> None:
    stage = Stage()
    talk = Talk(stage).active()
    k1 = stage.at_desk(K1)
    assert stage.refused(k1, c.SendReply("s_none", "네", "1")) == "no_such_session"
    assert stage.refused(k1, c.ReleaseItem(talk.session, "w_none")) == "no_such_item"
    waiting = Talk(stage, "p_2")
    assert stage.refused(c.DISPATCHER, c.MakeOffer(waiting.session, waiting.first, "k_none")) == "no_such_counselor"
    assert stage.refused(k1, c.CommitHandoff("h_none")) == "no_such_handoff"
    assert stage.refused(k1, c.TransferItem(talk.session, talk.first, queue="none")) == "no_such_queue"
    with pytest.raises(Refused):
        stage.do(talk.citizen, c.ReceiveText(K1, talk.leg, "저기요", "2"))


def test_nobody_touches_what_is_not_hers() -> None:
    stage = Stage()
    talk = Talk(stage).active(K1)
    other = stage.at_desk(K2)
    stranger = c.Principal(c.CITIZEN, "p_2")
    for command in (
        c.SendReply(talk.session, "네", "1"),
        c.AddNote(talk.session, "메모", "1"),
        c.ReleaseItem(talk.session, talk.first),
        c.TransferItem(talk.session, talk.first, queue="tax"),
        c.PauseItem(talk.session, talk.first),
        c.FileTicket(talk.session, talk.first, CASE),
        c.Unmask(talk.session, "phone", "궁금해서"),
        c.MergeCitizens(talk.session, talk.first, talk.session),
    ):
        assert stage.refused(other, command) == "not_yours"
    for command in (
        c.ReceiveText(talk.session, talk.leg, "저기요", "2"),
        c.LeaveSession(talk.session, talk.leg),
        c.ResumeLeg(talk.session, talk.leg),
        c.RateSession(talk.session, 1),
        c.MarkEntries(talk.session, 9),
    ):
        assert stage.refused(stranger, command) == "no_such_session"
    for command in (
        c.MoveItem(talk.session, talk.first, "tax"),
        c.AbortSession(talk.session, "abuse"),
        c.TakeOver(talk.session, talk.first),
        c.RetryHandoff("h_1"),
        c.ReleaseHandoff("h_1", "이유"),
        c.Look(talk.session),
        c.LookAway(talk.session),
        c.Whisper(talk.session, "저기", "1"),
        c.Barge(talk.session, "저기", "1"),
    ):
        assert stage.refused(other, command) == "not_supervisor"


@pytest.mark.parametrize(
    "command",
    [
        lambda t: c.SendReply(t.session, "네", "1"),
        lambda t: c.AddNote(t.session, "메모", "1"),
        lambda t: c.ReleaseItem(t.session, t.first),
        lambda t: c.TransferItem(t.session, t.first, queue="tax"),
        lambda t: c.PauseItem(t.session, t.first),
        lambda t: c.FileTicket(t.session, t.first, CASE),
        lambda t: c.Unmask(t.session, "phone", "확인"),
        lambda t: c.SaveDraft(t.session, "글"),
        lambda t: c.MergeCitizens(t.session, t.first, t.session),
        lambda t: c.SetPresence(K1, counselors.AWAY),
        lambda t: c.DetachConsole(K1),
        lambda t: c.ConfirmMedia(t.session, t.first),
        lambda t: c.MarkEntries(t.session, 2, read=True),
    ],
)
def test_a_replaced_console_has_no_effect(command: Callable[[Talk], c.Command]) -> None:
    stage = Stage()
    talk = Talk(stage).active(K1)
    old = stage.at_desk(K1)
    stage.attach(K1)
    before = everything(stage)
    assert stage.refused(old, command(talk)) == "stale_console"
    assert everything(stage) == before


@pytest.mark.parametrize(
    "command",
    [
        lambda t: c.AbortSession(t.session, "abuse"),
        lambda t: c.TakeOver(t.session, t.first),
        lambda t: c.Look(t.session),
        lambda t: c.LookAway(t.session),
        lambda t: c.Whisper(t.session, "저기", "1"),
        lambda t: c.Barge(t.session, "저기", "1"),
        lambda t: c.SetPresence(K1, counselors.AWAY),
        lambda t: c.Unmask(t.session, "phone", "확인"),
        lambda t: c.ReleaseHandoff(t.handoff, "이유"),
        lambda t: c.WithdrawHandoff(t.handoff, "이유"),
    ],
)
def test_a_supervisors_replaced_console_has_no_effect_either(command: Callable[[Talk], c.Command]) -> None:
    stage = Stage()
    talk = Talk(stage).drafted()
    old = stage.at_desk(BOSS)
    stage.attach(BOSS)
    assert stage.refused(old, command(talk)) == "stale_console"


def test_a_refusal_is_a_sentence_in_both_languages() -> None:
    stage = Stage()
    talk = Talk(stage)
    with pytest.raises(DasanError) as caught:
        stage.do(stage.at_desk(K1), c.SendReply(talk.session, "네", "1"))
    code, args = caught.value.code, caught.value.args_
    assert sentence(code, "ko", args) != sentence(code, "en", args)
