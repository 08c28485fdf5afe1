"""Rate limits on a virtual clock."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from dasan.core.time import SECOND
from dasan.net.limits import Buckets, Places, Rate, TokenBucket


@dataclass
class Hand:
    """A clock moved by hand."""

    us: int = 0

    def now_us(self) -> int:
        return self.us


def test_a_burst_passes_and_the_next_is_told_how_long_to_wait() -> None:
    bucket = TokenBucket(Rate(per_s=2, burst=3), 0)
    assert [bucket.take(0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(0) == 0.5
    assert bucket.take(SECOND // 2) == 0.0


@given(st.lists(st.integers(0, 3 * SECOND), max_size=200))
def test_no_pattern_of_asking_gets_more_than_burst_and_rate_allow(gaps: list[int]) -> None:
    bucket, now, taken = TokenBucket(Rate(per_s=1, burst=5), 0), 0, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now) == 0.0
    assert taken <= 5 + now / SECOND + 1e-6


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    bucket = TokenBucket(Rate(per_s=1, burst=1), 10 * SECOND)
    assert bucket.take(10 * SECOND) == 0.0
    assert bucket.take(0) > 0
    assert bucket.take(10 * SECOND) > 0


def test_keys_do_not_share_and_are_bounded_in_number() -> None:
    clock = Hand()
    buckets = Buckets(Rate(per_s=1, burst=1), clock, keys_max=100)
    for n in range(1000):
        assert buckets.take(f"10.0.0.{n}") == 0.0
    assert len(buckets) == 100
    assert buckets.take("10.0.0.999") > 0
    clock.us += SECOND
    assert buckets.take("10.0.0.999") == 0.0


def test_places_come_back_and_leave_nothing_behind() -> None:
    places = Places(2)
    assert [places.enter("a"), places.enter("a"), places.enter("a"), places.enter("b")] == [True, True, False, True]
    places.leave("a")
    assert places.enter("a")
    for key in ("a", "a", "b"):
        places.leave(key)
    assert len(places) == 0
