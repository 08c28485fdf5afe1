"""Every (state x command) pair of a call's work item: the documented outcome, or a refusal that changes nothing.

The tables are the documentation, as in test_every_command_in_every_state.py; a pair that is not in one is refused.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dasan.core import commands as c
from dasan.core import workitem as items
from tests.broker.callers import CALL_STATES, Call
from tests.broker.stage import BOSS, CASE, K1, K2, Stage, Talk
from tests.broker.test_every_command_in_every_state import ITEM_COMMANDS, everything

Q, F, C, A, H, X, W = (
    items.QUEUED,
    items.OFFERED,
    items.CONNECTING,
    items.ACTIVE,
    items.HELD,
    items.CONSULTING,
    items.WRAPPING,
)
DONE, GONE = items.COMPLETED, items.CANCELLED
ALL = (Q, F, C, A, H, X, W, DONE, GONE)
OPEN = (Q, F, C, A, H, X, W)
LINE_UP = (Q, F, C, A, H, X)  # the citizen's telephone is up
TALK = (A, H, X)

Asked = Callable[[Call], tuple[c.Principal, c.Command]]


def desk(make: Callable[[Call], c.Command], who: str = K1) -> Asked:
    return lambda t: (t.stage.at_desk(who), make(t))


def network(make: Callable[[Call], c.Command]) -> Asked:
    return lambda t: (c.PROVIDER, make(t))


def citizen(make: Callable[[Call], c.Command]) -> Asked:
    return lambda t: (c.Principal(c.CITIZEN, "p_1"), make(t))


def looking(make: Callable[[Call], c.Command]) -> Asked:
    def asked(t: Call) -> tuple[c.Principal, c.Command]:
        if not t.state.closed_at_us:
            t.ask(BOSS, c.Look(t.session))
        return t.stage.at_desk(BOSS), make(t)

    return asked


def same(*states: str) -> dict[str, str]:
    return {state: state for state in states}


def fact(word: str, **more: str) -> Asked:
    return network(lambda t: c.LegFact(t.session, t.leg, word, **more))


def by_receipt(t: Call) -> c.Command:
    """The caller names the receipt that she was given on another day, on her page."""
    talk = Talk(t.stage, "p_9").active(K2)
    filed = t.stage.do(t.stage.at_desk(K2), c.FileTicket(talk.session, talk.first, CASE))["handoff"]
    t.stage.do(c.OUTBOX, c.BeginSubmission(filed, 1), "")
    result = c.SubmissionResult(filed, 1, "acknowledged", ticket_no="26-1121-00042-7", sent_sha256="0" * 64)
    t.stage.do(c.OUTBOX, result, "")
    return c.MergeCitizens(t.session, t.first, "", filed, "261121 00042 7")


def next_step(t: Call) -> int:
    return t.state.flow.step + 1 if t.state.flow else 1


COMMANDS: dict[str, tuple[Asked, dict[str, str]]] = {
    # -- the network: nothing it says is refused, and what is no news changes nothing
    "ringing": (fact("ringing"), same(*ALL)),
    "connected": (fact("connected"), same(*ALL)),
    "joined": (fact("joined"), same(*ALL)),
    "left": (fact("left"), same(*ALL)),
    "held": (fact("held"), same(*ALL)),
    "unheld": (fact("unheld"), same(*ALL)),
    "muted": (fact("muted"), same(*ALL)),
    "a word that we do not know": (fact("levitating"), same(*ALL)),
    "ended": (fact("ended", cause="citizen_left"), {**same(*ALL), F: Q, C: W, A: W, H: W, X: W}),
    "the end of another call": (fact("ended", call="CA of somebody else"), same(*ALL)),
    "DialLeg": (network(lambda t: c.DialLeg(t.session, t.leg)), {}),
    "LegDialled": (network(lambda t: c.LegDialled(t.session, t.leg, "CA1")), same(*ALL)),
    "HearSpeech": (network(lambda t: c.HearSpeech(t.session, t.leg, "여보세요")), same(*ALL)),
    "RecordingFact": (network(lambda t: c.RecordingFact(t.session, "on")), same(*ALL)),
    "a recording": (
        network(lambda t: c.RecordingFact(t.session, "off", "b_1", 60, "call")),
        same(*ALL),
    ),
    "PlayRecording": (looking(lambda t: c.PlayRecording(t.session, "b_1", "민원 확인")), {}),
    "ForgetRecording": (network(lambda t: c.ForgetRecording(t.session, "b_1")), {}),
    # -- the menu
    "StepFlow": (
        network(lambda t: c.StepFlow(t.session, t.leg, next_step(t), "120@f1", "wait", "{}")),
        same(*LINE_UP),
    ),
    "StepFlow of a step taken before": (
        network(lambda t: c.StepFlow(t.session, t.leg, 1, "120@f1", "wait", "{}", (c.WishEnd("gone"),))),
        same(*LINE_UP),
    ),
    "StepFlow of a step not yet due": (network(lambda t: c.StepFlow(t.session, t.leg, 9, "120@f1", "wait", "{}")), {}),
    "a wish for another queue": (
        network(lambda t: c.StepFlow(t.session, t.leg, next_step(t), "f@1", "q", "", (c.WishQueue("traffic"),))),
        same(*LINE_UP),
    ),
    "a wish to leave the queue": (
        network(lambda t: c.StepFlow(t.session, t.leg, next_step(t), "f@1", "m", "", (c.WishLeave(),))),
        {**same(*LINE_UP), Q: GONE, F: GONE},
    ),
    "a wish to end": (
        network(lambda t: c.StepFlow(t.session, t.leg, next_step(t), "f@1", "m", "", (c.WishEnd("full"),))),
        {**same(*LINE_UP), Q: GONE, F: GONE},
    ),
    # -- counselors
    "MakeOffer": (network(lambda t: c.MakeOffer(t.session, t.first, K2)), {Q: F}),
    "AcceptOffer": (desk(lambda t: c.AcceptOffer(t.offer, t.session)), {F: C}),
    "DeclineOffer": (desk(lambda t: c.DeclineOffer(t.offer, t.session)), {F: Q}),
    "FailOffer": (network(lambda t: c.FailOffer(t.offer, t.session, "endpoint")), {F: Q}),
    "ConfirmMedia": (desk(lambda t: c.ConfirmMedia(t.session, t.first)), same(C, A, H, X)),
    "FailConnect": (network(lambda t: c.FailConnect(t.session, t.first, "media")), {C: Q}),
    "MoveItem": (desk(lambda t: c.MoveItem(t.session, t.first, "traffic"), BOSS), {Q: Q}),
    "SendReply": (desk(lambda t: c.SendReply(t.session, "네", "k9")), {}),
    "AddNote": (desk(lambda t: c.AddNote(t.session, "메모", "k9")), same(C, A, H, X, W)),
    "ShowSuggestions": (network(lambda t: c.ShowSuggestions(t.session, 1, ("a-1",))), same(*ALL)),
    "HoldItem": (desk(lambda t: c.HoldItem(t.session, t.first)), {A: H}),
    "UnholdItem": (desk(lambda t: c.UnholdItem(t.session, t.first)), {H: A}),
    "PauseItem": (desk(lambda t: c.PauseItem(t.session, t.first)), {}),
    "UnpauseItem": (desk(lambda t: c.UnpauseItem(t.session, t.first)), {}),
    "TransferItem": (
        desk(lambda t: c.TransferItem(t.session, t.first, queue="traffic")),
        {C: W, A: W, H: W, X: W},
    ),
    "ReleaseItem": (desk(lambda t: c.ReleaseItem(t.session, t.first)), {A: W, H: W, X: W}),
    "CompleteWrapUp": (desk(lambda t: c.CompleteWrapUp(t.session, t.first, "answered", "general")), {W: DONE}),
    "ExtendWrapUp": (desk(lambda t: c.ExtendWrapUp(t.session, t.first)), {W: W}),
    "MuteLeg": (desk(lambda t: c.MuteLeg(t.session, t.party(K1), True)), same(C, A, H, X)),
    "Consult": (desk(lambda t: c.Consult(t.session, t.first, queue="traffic")), {A: X, H: X}),
    "JoinConsult": (desk(lambda t: c.JoinConsult(t.session, t.first)), {}),
    "CompleteConsult": (desk(lambda t: c.CompleteConsult(t.session, t.first)), {}),
    "EndConsult": (desk(lambda t: c.EndConsult(t.session, t.first)), {X: A}),
    "HandToLine": (desk(lambda t: c.HandToLine(t.session, t.first, "119", "시청 앞")), same(A, H)),
    "DropParty of herself": (desk(lambda t: c.DropParty(t.session, t.party(K1))), {}),
    "DropParty of the citizen": (desk(lambda t: c.DropParty(t.session, t.leg)), {}),
    "SetRecording": (desk(lambda t: c.SetRecording(t.session, "paused")), {}),
    "WarnCaller": (desk(lambda t: c.WarnCaller(t.session, t.first)), same(A, H, X)),
    "EndForAbuse": (desk(lambda t: c.EndForAbuse(t.session, t.first, "harassment")), {A: W, H: W, X: W}),
    "FileTicket": (desk(lambda t: c.FileTicket(t.session, t.first, CASE)), same(C, A, H, X, W)),
    "DraftHandoff": (desk(lambda t: c.DraftHandoff(t.session, t.first, CASE)), same(C, A, H, X, W)),
    "Unmask": (desk(lambda t: c.Unmask(t.session, "phone", "확인")), same(C, A, H, X, W)),
    "SaveDraft": (desk(lambda t: c.SaveDraft(t.session, "쓰다 만 글")), same(*ALL)),
    "MergeCitizens": (desk(by_receipt), same(C, A, H, X, W)),
    # -- supervisors
    "Look": (desk(lambda t: c.Look(t.session), BOSS), same(*OPEN)),
    "LookAway": (desk(lambda t: c.LookAway(t.session), BOSS), same(*ALL)),
    "Whisper": (looking(lambda t: c.Whisper(t.session, "요금부터", "b1")), same(C, A, H, X, W)),
    "Barge": (looking(lambda t: c.Barge(t.session, "감독입니다", "b1")), {}),
    "SetEar": (looking(lambda t: c.SetEar(t.session, "LISTEN")), same(*TALK)),
    "SetEar to nothing": (looking(lambda t: c.SetEar(t.session, "")), same(*OPEN)),
    "TakeOver": (desk(lambda t: c.TakeOver(t.session, t.first), BOSS), same(*TALK)),
    "AbortSession": (desk(lambda t: c.AbortSession(t.session, "abuse"), BOSS), dict.fromkeys(OPEN, GONE)),
    "EraseSession": (
        lambda t: (c.Principal(c.ADMIN, "root"), c.EraseSession(t.session, "requested")),
        {DONE: DONE, GONE: GONE},
    ),
    # -- the citizen, if she had a page as well
    "ReceiveText": (citizen(lambda t: c.ReceiveText(t.session, t.leg, "저기요", "2")), same(*LINE_UP)),
    "ReceivePhoto": (citizen(lambda t: c.ReceivePhoto(t.session, t.leg, "b_1", "2")), same(*LINE_UP)),
    "MarkEntries": (citizen(lambda t: c.MarkEntries(t.session, 1, read=True)), same(*ALL)),
    "SuspendLeg": (network(lambda t: c.SuspendLeg(t.session, t.leg)), {**same(*ALL), F: Q}),
    "ResumeLeg": (citizen(lambda t: c.ResumeLeg(t.session, t.leg)), same(*LINE_UP)),
    "LeaveSession": (
        citizen(lambda t: c.LeaveSession(t.session, t.leg)),
        {Q: GONE, F: GONE, C: W, A: W, H: W, X: W},
    ),
    "RateSession": (citizen(lambda t: c.RateSession(t.session, 5)), {W: W, DONE: DONE, GONE: GONE}),
    "Tick": (network(lambda t: c.Tick(t.session, 0)), same(*ALL)),
}


@pytest.mark.parametrize("state", ALL)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_call_takes_a_command_as_its_table_says_or_nothing_changes(name: str, state: str) -> None:
    asked, outcomes = COMMANDS[name]
    call = CALL_STATES[state](Call(Stage()))
    assert call.item.state == state
    if state not in outcomes and name in {"MuteLeg", "DropParty of herself"} and not call.state.parties:
        return  # nobody is there who could be meant
    principal, command = asked(call)
    before = everything(call.stage)
    if state in outcomes:
        call.stage.do(principal, command)
        assert call.item.state == outcomes[state]
    else:
        assert call.stage.refused(principal, command) not in {"internal", "clash"}
        assert everything(call.stage) == before


def test_every_command_about_a_session_is_asked_in_a_call_too() -> None:
    asked = {name.split()[0] for name in COMMANDS} | {"LegFact"}
    assert set(ITEM_COMMANDS) <= asked
