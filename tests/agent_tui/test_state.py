"""The read model: snapshot and frames, gaps, duplicates, bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_tui.entries import ENTRIES_MAX
from agent_tui.state import PENDING_MAX, Change, DeskState, Gap, Pending, Topic
from agent_tui.urgency import by_urgency, need, next_urgent
from dasan.wire import desk_views as view

NOW = 1_000_000_000


def session(name: str = "s_1", seq: int = 1, prev: int = 0, **fields: object) -> view.Session:
    values: dict[str, object] = {
        "session": name,
        "seq": seq,
        "prev": prev,
        "number": 1,
        "phase": "ENGAGED",
        "channel": "chat",
        "language": "ko",
        "opened_at": 0,
        "mine": "live",
        "leg": "CONNECTED",
        "citizen": view.Citizen(citizen="p_1"),
        "last_n": 0,
    }
    return view.Session.model_validate({**values, **fields})


def entry(n: int, seq: int | None = None, prev: int | None = None, **fields: object) -> view.Entry:
    seq = n + 1 if seq is None else seq
    values: dict[str, object] = {
        "session": "s_1",
        "seq": seq,
        "prev": seq - 1 if prev is None else prev,
        "n": n,
        "at": NOW,
        "who": "citizen",
        "kind": "text",
        "text": f"line {n}",
    }
    return view.Entry.model_validate({**values, **fields})


def me(**fields: object) -> view.Me:
    values: dict[str, object] = {
        "seq": 1,
        "prev": 0,
        "counselor": "k_1",
        "number": 1,
        "name": "Kim",
        "roles": ("counselor",),
        "presence": "AVAILABLE",
        "lease": "LIVE",
        "epoch": 1,
    }
    return view.Me.model_validate({**values, **fields})


def welcome(*sessions: view.Session, entries: tuple[view.Entry, ...] = (), **fields: object) -> view.Welcome:
    centre = view.Centre(name="120", queues=(), categories=(), dispositions=(), beat_s=5, suspect_s=12)
    return view.Welcome(
        v=1,
        token="t",
        now=NOW,
        language="ko",
        centre=centre,
        me=me(),
        sessions=sessions,
        entries=entries,
        board=view.Board(now=NOW),
        **fields,  # type: ignore[arg-type]
    )


def joined(*entries: view.Entry) -> DeskState:
    state = DeskState()
    state.apply(welcome(session()), NOW)
    for e in entries:
        state.apply(e, NOW)
    return state


def test_entries_come_once_and_in_order() -> None:
    state = joined(entry(1), entry(2), entry(2), entry(1))
    assert [e.n for e in state.talks["s_1"].entries] == [1, 2]


def test_a_frame_that_follows_something_unseen_is_a_gap() -> None:
    state = joined(entry(1))
    with pytest.raises(Gap):
        state.apply(entry(3, seq=4, prev=3), NOW)
    assert [e.n for e in state.talks["s_1"].entries] == [1]


def test_unread_is_the_newest_less_how_far_was_read() -> None:
    state = joined(entry(1), entry(2), entry(3))
    talk = state.talks["s_1"]
    assert talk.unread == 3
    state.mark_read("s_1", 2)
    assert talk.unread == 1
    state.apply(session(seq=5, prev=4, last_n=3, read_n=3), NOW)
    assert talk.unread == 0


def test_only_the_last_two_thousand_lines_are_kept() -> None:
    state = joined(*(entry(n) for n in range(1, ENTRIES_MAX + 50)))
    entries = state.talks["s_1"].entries
    assert (len(entries), entries[0].n, entries[-1].n) == (ENTRIES_MAX, 50, ENTRIES_MAX + 49)


def test_an_entry_before_its_session_waits_for_it() -> None:
    state = DeskState()
    state.apply(welcome(), NOW)
    state.apply(entry(1), NOW)
    assert state.talks == {}
    state.apply(session(), NOW)
    assert [e.n for e in state.talks["s_1"].entries] == [1]


def test_orphans_are_bounded() -> None:
    state = DeskState()
    state.apply(welcome(), NOW)
    for n in range(1, 2_000):
        state.apply(entry(1, session=f"s_{n}"), NOW)
    assert sum(map(len, state.orphans.values())) <= 500


def test_a_message_is_under_way_until_its_own_entry_comes_back() -> None:
    state = joined()
    state.begin(Pending("abcdefgh", "say", "s_1", "hello", NOW))
    state.apply(view.Reply(id="abcdefgh", ok=True), NOW)
    assert state.sending("s_1")
    state.apply(entry(1, id="abcdefgh", who="counselor"), NOW)
    assert not state.sending("s_1")


def test_a_refusal_ends_what_was_under_way() -> None:
    state = joined()
    state.begin(Pending("abcdefgh", "say", "s_1", "hello", NOW))
    state.apply(view.Reply(id="abcdefgh", ok=False, code="leg_over"), NOW)
    assert not state.sending("s_1")


def test_no_more_than_sixty_four_commands_wait_for_an_answer() -> None:
    state = joined()
    for n in range(PENDING_MAX):
        state.begin(Pending(f"id-{n:06}", "draft", "s_1", "", NOW))
    with pytest.raises(OverflowError):
        state.begin(Pending("one-more", "draft", "s_1", "", NOW))


def test_a_resumed_session_keeps_its_lines_and_another_brings_its_own() -> None:
    state = joined(entry(1), entry(2))
    state.apply(welcome(session(seq=4), entries=(entry(3),), resumed=("s_1",)), NOW)
    assert [e.n for e in state.talks["s_1"].entries] == [1, 2, 3]
    state.apply(welcome(session(seq=4), entries=(entry(3),)), NOW)
    assert [e.n for e in state.talks["s_1"].entries] == [3]


def test_what_is_being_written_outlives_a_new_picture() -> None:
    state = joined()
    state.set_draft("s_1", "half")
    state.apply(welcome(session(), drafts={"s_1": "old"}), NOW)
    assert state.talks["s_1"].draft == "half"


def test_a_new_console_finds_the_draft_of_the_old_one() -> None:
    state = DeskState()
    state.apply(welcome(session(), drafts={"s_1": "kept"}), NOW)
    assert state.talks["s_1"].draft == "kept"


def test_a_session_that_is_gone_is_forgotten_with_its_commands() -> None:
    state = joined(entry(1))
    state.begin(Pending("abcdefgh", "say", "s_1", "x", NOW))
    state.apply(view.Gone(session="s_1", why="transferred"), NOW)
    assert not state.talks
    assert not state.pending


def test_an_older_suggestion_never_replaces_a_newer_one() -> None:
    state = joined(entry(1))
    state.apply(view.Suggest(session="s_1", n=2), NOW)
    assert state.apply(view.Suggest(session="s_1", n=1), NOW) == frozenset()
    assert state.talks["s_1"].suggest == view.Suggest(session="s_1", n=2)


def test_an_erased_entry_replaces_its_words() -> None:
    state = joined(entry(1), entry(2))
    changes = state.apply(entry(1, seq=4, prev=3, text="", erased=True), NOW)
    assert state.talks["s_1"].entries[0].erased
    assert Change(Topic.TALK, "s_1") in changes


@given(st.permutations(range(1, 9)), st.data())
def test_older_lines_asked_for_in_any_order_give_one_transcript(order: list[int], data: st.DataObject) -> None:
    state = joined()
    state.talks["s_1"].entries.clear()
    for n in order:
        extra = data.draw(st.lists(st.integers(1, 8), max_size=3))
        state.prepend("s_1", [entry(k) for k in (n, *extra)])
    assert [e.n for e in state.talks["s_1"].entries] == list(range(1, 9))


@given(st.integers(0, 12), st.integers(0, 12))
def test_a_snapshot_and_the_frames_after_it_equal_a_fresh_snapshot(cut: int, total: int) -> None:
    cut, entries = min(cut, total), tuple(entry(n) for n in range(1, total + 1))
    by_frames, fresh = DeskState(), DeskState()
    by_frames.apply(welcome(session(), entries=entries[:cut]), NOW)
    for e in entries[cut:]:
        by_frames.apply(e, NOW)
    fresh.apply(welcome(session(), entries=entries), NOW)
    assert by_frames.talks["s_1"].entries == fresh.talks["s_1"].entries
    assert by_frames.have() == fresh.have()


# -- urgency


def urgent(name: str, *, waiting: int = 0, reply_by: int = 0, last_n: int = 0, **more: object) -> view.Session:
    item = view.Item(item="w", state="ACTIVE", queue="q", queue_name="Q", channel="chat", reply_by=reply_by)
    since = NOW - waiting if waiting else 0
    return session(name, item=item, waiting_since=since, last_n=last_n, **more)


def test_the_most_urgent_stands_first() -> None:
    state = DeskState()
    state.apply(
        welcome(
            urgent("quiet"),
            urgent("unread", last_n=2),
            urgent("waiting", waiting=50_000_000),
            urgent("warned", waiting=8_000_000, reply_by=NOW + 2_000_000),
            urgent("broken", waiting=1_000_000, reply_by=NOW - 1),
            urgent("wrapping", mine="wrapping"),
            urgent("call", channel="voice"),
        ),
        NOW,
    )
    order = [talk.id for talk in by_urgency(state, NOW)]
    assert order == ["call", "broken", "warned", "waiting", "unread", "quiet", "wrapping"]
    assert [need(state.talks[name], NOW).sign for name in ("broken", "warned", "waiting")] == ["!!", "!", ""]


def test_an_offer_comes_before_everything() -> None:
    state = DeskState()
    state.apply(welcome(urgent("broken", waiting=1_000_000, reply_by=NOW - 1)), NOW)
    offer = view.Offer(
        offer="o",
        session="x",
        item="w",
        number=1,
        channel="chat",
        queue="q",
        queue_name="Q",
        waiting_since=0,
        deadline=9,
    )
    state.apply(me(seq=2, prev=1, offers=(offer,)), NOW)
    assert next_urgent(state, NOW, "broken") == offer


def test_who_has_had_an_answer_is_owed_none() -> None:
    state = DeskState()
    state.apply(welcome(urgent("answered", reply_by=NOW - 1)), NOW)
    assert need(state.talks["answered"], NOW).sign == ""
