"""The figures of DOMAIN §8 against logs worked out by hand."""

from __future__ import annotations

import pytest

from dasan.core import counselor_events as k
from dasan.core import handoff_events as h
from dasan.core import session_events as s
from dasan.core import work_events as w
from dasan.core.events import Event, Recorded
from dasan.core.log import FATES, OUTCOMES, Log
from dasan.core.metrics import measure, percentile, spread
from dasan.core.policy import Policy
from dasan.core.time import SECOND

POLICY = Policy()  # every queue answers within 30 s


class Writer:
    """A journal by hand: at second, in stream, event."""

    def __init__(self) -> None:
        self.rows: list[Recorded] = []

    def at(self, second: float, stream: str, *events: Event) -> None:
        for event in events:
            seq = sum(r.stream == stream for r in self.rows) + 1
            self.rows.append(Recorded(stream, seq, round(second * SECOND), "system:t", "", event))

    def item(self, name: str, at: float, queue: str = "general", previous: str = "") -> None:
        self.at(at, f"s_{name[0]}", w.WorkCreated(name, queue, "chat", previous=previous))
        self.at(at, f"s_{name[0]}", w.WorkRouted(name, round(at * SECOND), round(at * SECOND), (), 10**12))

    def offer(self, name: str, at: float, who: str = "k_1") -> None:
        self.at(at, f"s_{name[0]}", w.WorkOffered(name, f"o_{name}{at}", who, 0))
        self.last = f"o_{name}{at}"

    def begin(self, name: str, offered: float, active: float) -> None:
        stream = f"s_{name[0]}"
        self.offer(name, offered)
        self.at(active - 1, stream, w.OfferAccepted(self.last, name), w.WorkAccepted(name, self.last, "k_1", 0))
        self.at(active, stream, w.WorkActive(name))

    def end(self, name: str, wrap: float, done: float) -> None:
        self.at(wrap, f"s_{name[0]}", w.WorkWrapping(name, "released", 0))
        self.at(done, f"s_{name[0]}", w.WorkCompleted(name, "answered"))

    def sorted(self) -> list[Recorded]:
        return sorted(self.rows, key=lambda r: r.at_us)


def by_hand() -> list[Recorded]:
    j = Writer()
    j.item("a", 0)  # answered after 10 s, talked 60, wrapped 20
    j.begin("a", 5, 10)
    j.end("a", 70, 90)
    j.item("b", 100)  # let go once, answered after 50 s
    j.offer("b", 102)
    j.at(122, "s_b", w.OfferExpired(j.last, "b"), w.WorkRequeued("b", "expired"))
    j.begin("b", 140, 150)
    j.end("b", 180, 190)
    j.item("c", 200)  # left after 3 s: short
    j.at(203, "s_c", w.WorkAbandoned("c"))
    j.item("d", 210)  # left after 20 s
    j.offer("d", 215)
    j.at(230, "s_d", w.OfferRevoked(j.last, "d", "citizen_left"), w.WorkAbandoned("d"))
    j.item("e", 240)  # moved to tax, expired there
    j.at(250, "s_e", w.WorkMoved("e", "tax", ()))
    j.at(900, "s_e", w.WorkExpired("e"))
    j.item("f", 300)  # answered after 20 s, passed on to tax while talking
    j.begin("f", 310, 320)
    j.at(350, "s_f", w.WorkTransferred("f", "f2", "queue", 0))
    j.item("f2", 350, "tax", "f")
    j.at(360, "s_f", w.WorkCompleted("f", "guided"))
    j.begin("f2", 355, 365)
    j.end("f2", 400, 410)
    j.item("g", 500)  # accepted, and the citizen left before the talk began
    j.offer("g", 501)
    j.at(502, "s_g", w.OfferAccepted(j.last, "g"), w.WorkAccepted("g", j.last, "k_1", 0))
    j.at(505, "s_g", w.WorkWrapping("g", "citizen_left", 0))
    j.at(510, "s_g", w.WrapExpired("g"))
    j.item("h", 950)  # still waiting, with an offer
    j.offer("h", 960)
    return j.sorted()


def test_every_figure_of_a_small_hour_is_as_worked_out_by_hand() -> None:
    r = measure(Log().see_all(by_hand()), POLICY, 1000 * SECOND)
    assert r.entered == 10
    assert dict(r.fates) == {
        "answered": 4,
        "abandoned": 3,
        "converted": 0,
        "moved_out": 1,
        "expired": 1,
        "cancelled": 0,
        "waiting": 1,
    }
    assert (r.short, r.within, r.abandoned_within) == (1, 3, 3)
    assert r.wait.count == 4
    assert r.wait.mean == pytest.approx((10 + 50 + 20 + 15) / 4)
    assert (r.wait.p50, r.wait.p90, r.wait.most) == (15, 50, 50)
    assert r.service_level == pytest.approx(3 / (4 + 3 - 1))
    assert r.level_answered == pytest.approx(3 / 4)
    assert r.level_both == pytest.approx(6 / 7)
    assert r.abandonment == pytest.approx(2 / 9)
    # talk + wrap: a 60+20, b 30+10, f 30+10, f2 35+10
    assert r.handle.mean == pytest.approx((80 + 40 + 40 + 45) / 4)
    assert dict(r.offers) == {
        "offered": 8,
        "accepted": 5,
        "declined": 0,
        "expired": 1,
        "revoked": 1,
        "rescinded": 0,
        "failed": 0,
    }
    assert r.pending == 1
    assert r.miss_rate == pytest.approx(1 / 8)
    assert r.transfer_rate == pytest.approx(1 / 4)


def test_a_queue_and_an_interval_have_their_own_figures() -> None:
    log = Log().see_all(by_hand())
    tax = measure(log, POLICY, 1000 * SECOND, queue="tax")
    assert tax.entered == 2
    assert (tax.fates["answered"], tax.fates["expired"]) == (1, 1)
    early = measure(log, POLICY, 1000 * SECOND, until_us=200 * SECOND)
    assert (early.entered, early.fates["answered"], early.within) == (2, 2, 1)
    late = measure(log, POLICY, 1000 * SECOND, since_us=200 * SECOND)
    assert early.entered + late.entered == 10


@pytest.mark.parametrize("queue", ["", *POLICY.queues])
def test_what_entered_and_what_was_offered_adds_up(queue: str) -> None:
    r = measure(Log().see_all(by_hand()), POLICY, 1000 * SECOND, queue=queue)
    assert r.entered == sum(r.fates[fate] for fate in FATES)
    assert r.offers["offered"] == sum(r.offers[outcome] for outcome in OUTCOMES) + r.pending


def test_one_at_a_time_or_all_at_once_is_the_same_log() -> None:
    log = Log()
    for recorded in by_hand():
        log.see(recorded)
    assert measure(log, POLICY, 10**9) == measure(Log().see_all(by_hand()), POLICY, 10**9)


def test_the_times_of_an_item_add_up_to_its_span() -> None:
    log = Log().see_all(by_hand())
    for item in log.items.values():
        if item.ended_us:
            assert sum(item.spent.values()) == item.ended_us - item.created_us
    b = log.items["b"].spent
    assert {part: us / SECOND for part, us in b.items() if us} == {"queue": 20, "ring": 30, "talk": 30, "wrap": 10}


def test_occupancy_counts_handling_and_idle_time_and_not_absence() -> None:
    j = Writer()
    j.at(0, "k_1", k.CounselorRegistered(1, {}), k.LeaseAttached(1), k.PresenceSet("AVAILABLE"))
    j.at(100, "k_1", k.SlotHeld("a", "s_a", "o", "chat", "text", 30))
    j.at(110, "k_1", k.SlotLive("a"))
    j.at(150, "k_1", k.SlotHeld("b", "s_b", "o", "chat", "text", 30), k.SlotLive("b"))  # two at once count once
    j.at(170, "k_1", k.SlotWrapping("a", 30))
    j.at(180, "k_1", k.SlotFreed("a", "completed"))
    j.at(200, "k_1", k.SlotFreed("b", "completed"))
    j.at(210, "k_1", k.PresenceSet("AWAY"))
    j.at(300, "k_1", k.LeaseDetached(1))
    r = measure(Log().see_all(j.rows), POLICY, 5000 * SECOND)
    assert r.occupancy == pytest.approx(90 / (90 + 120))  # handling 110-200; idle 0-110 and 200-210
    assert r.utilisation == pytest.approx(90 / 300)


def test_handoff_latency_satisfaction_and_suggestion_use() -> None:
    j = Writer()
    j.at(0, "h_1", h.HandoffCommitted("x", 0))
    j.at(4, "h_1", h.HandoffAcknowledged("SM-1", "y"))
    j.at(64, "h_1", h.HandoffAnswered("u", 0, ""))
    j.at(0, "h_2", h.HandoffCommitted("x", 0))
    for score in (5, 4, 2):
        j.at(70, "s_a", s.SessionRated(score))
    for _ in range(4):
        j.at(80, "s_a", s.SessionClosed("answered"))
    j.at(80, "s_a", s.SuggestionsShown(1, "k_1", ("A-1",)), s.SuggestionsShown(2, "k_1", ("A-2",)))
    j.at(80, "s_a", s.EntryAdded(1, "text", "COUNSELOR", "k_1", article="A-1", edited=True))
    r = measure(Log().see_all(j.rows), POLICY, 10**12)
    assert (r.acknowledged.count, r.acknowledged.mean) == (1, 4)
    assert r.answered_tickets.mean == 60
    assert r.satisfied == pytest.approx(2 / 3)
    assert r.response_rate == pytest.approx(3 / 4)
    assert r.suggestion_use == pytest.approx(1 / 2)


def test_nothing_happened_is_no_figure_and_no_error() -> None:
    r = measure(Log(), POLICY, 0)
    shares = (r.service_level, r.level_answered, r.level_both, r.abandonment, r.occupancy, r.miss_rate, r.satisfied)
    assert shares == (None,) * len(shares)
    assert r.wait.count == 0


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert [percentile(list(range(1, 11)), p) for p in (1, 50, 90, 95, 100)] == [1, 5, 9, 10, 10]
    assert percentile([7], 50) == 7
    assert spread([]).count == 0


def test_a_bounded_log_forgets_what_is_over_and_keeps_what_is_open() -> None:
    log = Log().see_all(by_hand())
    log.forget(1000 * SECOND)
    assert list(log.items) == ["h"]


def test_handle_time_is_split_over_what_a_counselor_has_in_hand_at_once() -> None:
    j = Writer()
    j.at(0, "k_1", k.CounselorRegistered(1, {}), k.LeaseAttached(1), k.PresenceSet("AVAILABLE"))
    for name in ("a", "b", "c"):
        j.item(name, 0)
        j.at(0, "k_1", k.SlotHeld(name, f"s_{name}", "o", "chat", "text", 30))

    def live(second: float, name: str) -> None:
        j.at(second, f"s_{name}", w.WorkOffered(name, f"o_{name}", "k_1", 0), w.OfferAccepted(f"o_{name}", name))
        j.at(second, f"s_{name}", w.WorkAccepted(name, f"o_{name}", "k_1", 0), w.WorkActive(name))
        j.at(second, "k_1", k.SlotLive(name))

    def wrap(second: float, name: str, done: float) -> None:
        j.at(second, f"s_{name}", w.WorkWrapping(name, "released", 0))
        j.at(second, "k_1", k.SlotWrapping(name, 30))
        j.at(done, f"s_{name}", w.WorkCompleted(name, "answered"))
        j.at(done, "k_1", k.SlotFreed(name, "completed"))

    live(10, "a")  # alone 10-20, with b 20-30, three 30-60, with c 60-80
    live(20, "b")
    live(30, "c")
    wrap(50, "b", 60)
    wrap(70, "a", 80)  # c is alone 80-90, pauses, and is alone again 100-110
    j.at(90, "s_c", w.WorkPaused("c", "idle"))
    j.at(90, "k_1", k.SlotPaused("c"))
    j.at(100, "s_c", w.WorkUnpaused("c"))
    j.at(100, "k_1", k.SlotUnpaused("c", 30))
    wrap(105, "c", 110)
    log = Log().see_all(j.sorted())
    assert {name: i.share_us / SECOND for name, i in log.items.items()} == {
        "a": pytest.approx(10 + 10 / 2 + 30 / 3 + 20 / 2),  # 35
        "b": pytest.approx(10 / 2 + 30 / 3),  # 15
        "c": pytest.approx(30 / 3 + 20 / 2 + 10 + 10),  # 40
    }
    r = measure(log, POLICY, 200 * SECOND)
    assert r.adjusted.mean == pytest.approx((35 + 15 + 40) / 3)
    assert r.handle.mean == pytest.approx((70 + 40 + 70) / 3)  # each chat counted in full
    busy_s = log.counselors["k_1"].upto(200 * SECOND)[1] / SECOND
    assert busy_s == pytest.approx(90) == sum(i.share_us for i in log.items.values()) / SECOND


class Visits(Writer):
    """Sessions of citizens: who, when, which result and category."""

    def visit(self, name: str, day: float, citizen: str, result: str = "answered", category: str = "water") -> None:
        at = day * 86_400
        self.at(at, f"s_{name}", s.SessionOpened(ord(name), "120", "ko", citizen, "chat"))
        self.item(name, at)
        self.begin(name, at + 5, at + 10)
        self.at(at + 60, f"s_{name}", w.WorkWrapping(name, "released", 0))
        done = w.WorkCompleted(name, result, category) if result else w.WrapExpired(name)
        self.at(at + 70, f"s_{name}", done)


def test_first_contact_resolution_by_hand() -> None:
    j = Visits()
    j.visit("a", 0, "p_1")  # came again within the week with the same: not resolved at first contact
    j.visit("b", 3, "p_1")  # nothing after it within its week: kept
    j.visit("c", 0, "p_2")  # came again with something else: both kept
    j.visit("d", 1, "p_2", category="tax")
    j.visit("e", 0, "p_3")  # came again, but only after eight days: both kept
    j.visit("f", 8, "p_3")
    j.visit("g", 2, "p_4", result="ticket")  # not resolved in the talk: not counted
    j.visit("h", 2, "p_5")  # came again, and nobody wrote down what for: not counted in our favour
    j.visit("i", 3, "p_5", result="", category="")
    j.visit("j", 2, "")  # nobody known: left out
    j.visit("k", 2, "p_6")
    j.at(5 * 86_400, "s_k", s.SessionErased("requested"))  # forgotten by law: cannot be followed either
    log = Log().see_all(j.sorted())
    r = measure(log, POLICY, 12 * 86_400 * SECOND).resolution
    assert (r.followed, r.kept, r.anonymous, r.window_days) == (7, 5, 2, 7)
    assert r.share == pytest.approx(5 / 7)
    assert r.anonymous_share == pytest.approx(2 / 9)
    assert r.unripe == 1  # f, of four days ago
    assert measure(log, POLICY, 12 * 86_400 * SECOND, queue="tax").resolution.share is None


def test_a_session_passed_on_is_resolved_by_its_last_item() -> None:
    j = Visits()
    j.at(0, "s_a", s.SessionOpened(1, "120", "ko", "p_1", "chat"))
    j.item("a", 0)
    j.begin("a", 5, 10)
    j.at(50, "s_a", w.WorkTransferred("a", "a2", "queue", 0))
    j.item("a2", 50, "tax", "a")
    j.at(55, "s_a", w.WorkCompleted("a", "answered", "water"))  # her wrap-up says so, but the talk goes on elsewhere
    log = Log().see_all(j.sorted())
    assert measure(log, POLICY, 60 * SECOND).resolution.followed == 0
    j.begin("a2", 60, 70)
    j.at(90, "s_a", w.WorkWrapping("a2", "released", 0), w.WorkCompleted("a2", "answered", "tax"))
    after = measure(Log().see_all(j.sorted()), POLICY, 100 * SECOND, queue="tax").resolution
    assert (after.followed, after.kept) == (1, 1)
