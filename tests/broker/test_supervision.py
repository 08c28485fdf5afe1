"""A supervisor in somebody else's session: every (step x command) pair, what is on record, and when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dasan.core import commands as c
from dasan.core import supervision
from dasan.core.errors import sentence
from dasan.core.policy import Policy
from dasan.core.session import may_read
from tests.broker.stage import BOSS, K1, K2, Stage, Talk

OFF, MONITOR, WHISPER, BARGE = supervision.OFF, supervision.MONITOR, supervision.WHISPER, supervision.BARGE

STEPS: dict[str, tuple[Callable[[Talk], c.Command], ...]] = {
    OFF: (),
    MONITOR: (lambda t: c.Look(t.session),),
    WHISPER: (lambda t: c.Look(t.session), lambda t: c.Whisper(t.session, "요금부터 물어보세요", "w1")),
    BARGE: (lambda t: c.Look(t.session), lambda t: c.Barge(t.session, "팀장 정감독입니다", "b1")),
}
# command -> step -> the step afterwards. A step that is missing refuses.
COMMANDS: dict[str, tuple[Callable[[Talk], c.Command], dict[str, str]]] = {
    "Look": (lambda t: c.Look(t.session), {OFF: MONITOR, MONITOR: MONITOR, WHISPER: WHISPER, BARGE: BARGE}),
    "LookAway": (lambda t: c.LookAway(t.session), dict.fromkeys(STEPS, OFF)),
    "Whisper": (
        lambda t: c.Whisper(t.session, "한 줄", "w2"),
        {MONITOR: WHISPER, WHISPER: WHISPER, BARGE: BARGE},
    ),
    "Barge": (lambda t: c.Barge(t.session, "한 줄", "b2"), {MONITOR: BARGE, WHISPER: BARGE, BARGE: BARGE}),
    "TakeOver": (lambda t: c.TakeOver(t.session, t.first), dict.fromkeys(STEPS, OFF)),
    "Unmask": (
        lambda t: c.Unmask(t.session, "contact", "확인"),
        {MONITOR: MONITOR, WHISPER: WHISPER, BARGE: BARGE},
    ),
    # What a supervisor may not do from where she looks: that is the counselor's.
    "SendReply": (lambda t: c.SendReply(t.session, "한 줄", "x"), {}),
    "AddNote": (lambda t: c.AddNote(t.session, "한 줄", "x"), {}),
    "ReleaseItem": (lambda t: c.ReleaseItem(t.session, t.first), {}),
    "PauseItem": (lambda t: c.PauseItem(t.session, t.first), {}),
    "TransferItem": (lambda t: c.TransferItem(t.session, t.first, queue="tax"), {}),
    "MarkEntries": (lambda t: c.MarkEntries(t.session, 9, read=True), {}),
}


def at_step(step: str, stage: Stage | None = None) -> Talk:
    talk = Talk(stage or Stage()).active(K1)
    for make in STEPS[step]:
        talk.stage.do(talk.stage.at_desk(BOSS), make(talk))
    assert step_of(talk) == step
    return talk


def step_of(talk: Talk) -> str:
    look = supervision.of(talk.state.supervisions, BOSS)
    assert (look is not None) == (talk.session in talk.stage.state(BOSS).looks)
    return look.step if look else OFF


def lines(talk: Talk) -> list[tuple[str, str, int, str]]:
    """Who wrote what kind of entry, its number in the citizen's eyes, and a system line's code."""
    events = [r.event for r in talk.stage.store.reads.events(talk.session) if r.event.type == "entry.added"]
    return [(e.role, e.kind, e.shown, e.code) for e in events]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_supervision_takes_a_command_as_its_table_says_or_nothing_changes(name: str, step: str) -> None:
    talk = at_step(step)
    make, outcomes = COMMANDS[name]
    before = talk.stage.store.reads.last_position()
    if step in outcomes:
        talk.stage.do(talk.stage.at_desk(BOSS), make(talk))
        assert step_of(talk) == outcomes[step]
    else:
        code = talk.stage.refused(talk.stage.at_desk(BOSS), make(talk))
        assert code in {"not_looking", "not_yours"}
        assert talk.stage.store.reads.last_position() == before


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", ["Look", "LookAway", "Whisper", "Barge", "TakeOver"])
def test_a_counselor_without_the_role_is_refused_with_a_sentence(name: str, step: str) -> None:
    talk = at_step(step)
    code = talk.stage.refused(talk.stage.at_desk(K2), COMMANDS[name][0](talk))
    assert code == "not_supervisor"
    assert sentence(code, "ko") == "감독 권한이 필요합니다."
    assert step_of(talk) == step


def test_every_step_is_on_record_with_ids_and_codes_only() -> None:
    talk = at_step(BARGE)
    talk.stage.do(talk.stage.at_desk(BOSS), c.LookAway(talk.session))
    steps = [r for r in talk.stage.store.reads.events(talk.session) if r.event.type.startswith("supervision.")]
    assert [(r.event.type, r.actor) for r in steps] == [
        ("supervision.began", f"supervisor:{BOSS}"),
        ("supervision.barged", f"supervisor:{BOSS}"),
        ("supervision.ended", f"supervisor:{BOSS}"),
    ]
    assert {name for r in steps for name in type(r.event).__slots__} == {"supervisor", "told", "reason"}
    assert talk.stage.types(BOSS)[-2:] == ["look.opened", "look.closed"]


def test_a_whisper_is_for_the_counselor_only_and_names_who_whispered() -> None:
    talk = at_step(WHISPER)
    assert lines(talk)[-1] == ("SUPERVISOR", "whisper", 0, "")
    assert talk.state.shown_n == talk.state.entry_n - 1
    assert talk.state.owed_since_us, "the citizen has had no answer"


def test_a_barge_answers_the_citizen_and_is_not_what_the_counselor_has_read() -> None:
    talk = Talk(Stage()).active(K1)
    read = talk.state.counselor_read
    talk.stage.do(talk.stage.at_desk(BOSS), c.Look(talk.session))
    talk.stage.do(talk.stage.at_desk(BOSS), c.Barge(talk.session, "팀장입니다", "b1"))
    assert [line[:2] for line in lines(talk)[-2:]] == [("SYSTEM", "system"), ("SUPERVISOR", "text")]
    assert talk.state.owed_since_us == 0
    assert talk.item.reply_by_us == 0
    assert talk.state.counselor_read == read


@pytest.mark.parametrize(
    ("told_from", "told"),
    [
        ("MONITOR", ["supervisor_looking", "supervisor_joined", "supervisor_left"]),
        ("WHISPER", ["supervisor_looking", "supervisor_joined", "supervisor_left"]),
        ("BARGE", ["supervisor_joined", "supervisor_left"]),
        ("TAKEOVER", []),
    ],
)
def test_the_citizen_is_told_from_the_step_that_the_policy_names(told_from: str, told: list[str]) -> None:
    stage = Stage(policy=replace(Policy(), citizen_told_from=told_from))
    talk = Talk(stage).active(K1)
    boss = stage.at_desk(BOSS)
    for command in (
        c.Look(talk.session),
        c.Whisper(talk.session, "귓속말", "w1"),
        c.Barge(talk.session, "한 줄", "b1"),
        c.Whisper(talk.session, "또 귓속말", "w2"),
        c.LookAway(talk.session),
    ):
        stage.do(boss, command)
    assert [code for _, _, shown, code in lines(talk) if code.startswith("supervisor_") and shown] == told


def test_nobody_is_told_of_a_silent_look_by_default() -> None:
    talk = Talk(Stage()).active(K1)
    before = lines(talk)
    talk.stage.do(talk.stage.at_desk(BOSS), c.Look(talk.session))
    talk.stage.do(talk.stage.at_desk(BOSS), c.LookAway(talk.session))
    assert lines(talk) == before


@pytest.mark.parametrize("step", [MONITOR, WHISPER, BARGE])
def test_a_look_ends_when_the_console_is_lost(step: str) -> None:
    talk = at_step(step)
    stage = talk.stage
    stage.do(c.BROKER, c.MissBeat(BOSS, stage.epochs[BOSS], 33))
    assert step_of(talk) == step, "a console that is only suspect may come back"
    stage.wait(40)
    assert step_of(talk) == OFF
    ended = next(r for r in stage.store.reads.events(talk.session) if r.event.type == "supervision.ended")
    assert ended.event.reason == "console_lost"


@pytest.mark.parametrize("step", [MONITOR, WHISPER, BARGE])
def test_a_look_ends_with_the_sign_out_and_with_the_session(step: str) -> None:
    talk = at_step(step)
    talk.stage.do(talk.stage.at_desk(BOSS), c.DetachConsole(BOSS))
    assert step_of(talk) == OFF
    talk = at_step(step)
    talk.stage.do(talk.stage.at_desk(K1), c.ReleaseItem(talk.session, talk.first))
    talk.stage.do(talk.stage.at_desk(K1), c.CompleteWrapUp(talk.session, talk.first, "answered", "general"))
    assert talk.state.closed_at_us
    assert step_of(talk) == OFF
    assert talk.stage.types(talk.session)[-2:] == ["supervision.ended", "session.closed"]


def test_a_look_goes_on_when_the_supervisor_moves_to_another_console() -> None:
    talk = at_step(MONITOR)
    talk.stage.attach(BOSS)
    assert step_of(talk) == MONITOR


def test_a_look_ends_when_the_supervisor_accepts_the_session_herself() -> None:
    talk = Talk(Stage())
    stage = talk.stage
    stage.do(stage.at_desk(BOSS), c.SetPresence(BOSS, "AVAILABLE"))
    stage.do(stage.at_desk(BOSS), c.Look(talk.session))
    talk.accepted(BOSS)
    assert step_of(talk) == OFF
    assert may_read(talk.state, BOSS)


def test_a_takeover_is_a_new_assignment_and_the_end_of_the_old_one() -> None:
    talk = at_step(MONITOR)
    stage = talk.stage
    stage.do(stage.at_desk(BOSS), c.TakeOver(talk.session, talk.first))
    assert (talk.item.state, talk.item.counselor) == ("ACTIVE", BOSS)
    assert stage.state(K1).slots == ()
    freed = [r.event for r in stage.store.reads.events(K1) if r.event.type == "slot.freed"]
    assert freed[-1].reason == "taken_over"
    assert stage.refused(stage.at_desk(K1), c.SendReply(talk.session, "네", "x")) == "not_yours"
    assert not may_read(talk.state, K1)


def test_a_takeover_without_a_look_is_on_record_as_all_its_steps() -> None:
    talk = at_step(OFF)
    talk.stage.do(talk.stage.at_desk(BOSS), c.TakeOver(talk.session, talk.first))
    kinds = [kind for kind in talk.stage.types(talk.session) if kind.startswith("supervision.")]
    assert kinds == ["supervision.began", "supervision.taken_over", "supervision.ended"]


def test_looks_are_bounded_on_both_sides() -> None:
    stage = Stage()
    talks = [Talk(stage, f"p_{n}") for n in range(supervision.LOOKS_MAX + 1)]
    boss = stage.at_desk(BOSS)
    for talk in talks[:-1]:
        stage.do(boss, c.Look(talk.session))
    assert stage.refused(boss, c.Look(talks[-1].session)) == "looks_full"
    for n in range(supervision.LOOKERS_MAX):
        other = c.Principal(c.SUPERVISOR, f"k_boss{n}")
        stage.do(c.BROKER, c.RegisterCounselor(other.id, {}))
        epoch = stage.do(other, c.AttachConsole(other.id))["epoch"]
        asked = (replace(other, epoch=epoch), c.Look(talks[0].session))
        if n < supervision.LOOKERS_MAX - 1:
            stage.do(*asked)
        else:
            assert stage.refused(*asked) == "looked_at"


def test_what_is_hers_already_needs_no_look() -> None:
    talk = at_step(OFF)
    talk.stage.do(talk.stage.at_desk(BOSS), c.TakeOver(talk.session, talk.first))
    assert talk.stage.refused(talk.stage.at_desk(BOSS), c.Look(talk.session)) == "not_now"


def test_nothing_is_whispered_where_nobody_listens_and_nothing_is_empty() -> None:
    talk = Talk(Stage())
    boss = talk.stage.at_desk(BOSS)
    talk.stage.do(boss, c.Look(talk.session))
    assert talk.stage.refused(boss, c.Whisper(talk.session, "거기 누구", "w1")) == "not_now"
    assert talk.stage.refused(boss, c.Barge(talk.session, "안녕하세요", "b1")) == "not_now"
    talk.active()
    assert talk.stage.refused(boss, c.Whisper(talk.session, "", "w1")) == "empty"


def test_a_look_ends_when_she_comes_back_without_the_role() -> None:
    talk = at_step(BARGE)
    talk.stage.do(c.Principal(c.COUNSELOR, BOSS), c.AttachConsole(BOSS))
    assert step_of(talk) == OFF
    assert lines(talk)[-1][3] == "supervisor_left"
