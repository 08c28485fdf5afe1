"""I26: a merge is a link between what stands; taking it back gives both histories as they were, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core import identity
from dasan.core.errors import Refused
from dasan.core.identity import IDENTITIES_MAX, Citizen, IdentityLink
from dasan.core.identity_events import IdentityLinked, IdentityUnlinked

AT = 1_800_000_000_000_000
MANY = 12
CITIZENS = [f"p_{n:02}" for n in range(MANY)]
# What is kept of each of them, under her own id and nowhere else.
SESSIONS = {one: tuple(f"s_{one}_{n}" for n in range(1 + int(one[2:]) % 3)) for one in CITIZENS}
ADDRESSES = {one: f"address of {one}" for one in CITIZENS}
History = tuple[frozenset[str], tuple[str, ...]]


class World:
    """Citizens' states, made by the events alone, beside the plainest model there is: a set of standing pairs."""

    def __init__(self) -> None:
        self.states: dict[str, Citizen] = {}
        self.pairs: dict[int, tuple[str, str]] = {}
        self.made = 0

    def take(self, stream: str, event: IdentityLinked | IdentityUnlinked) -> None:
        at, known = AT + self.made, self.states.get(stream)
        self.states[stream] = identity.evolve(known, event, at) if known else identity.known(stream, event, at)

    def merge(self, a: str, b: str) -> int:
        heard = identity.hearing(a, b, self.states.get)
        self.made += 1
        for stream in heard:
            self.take(stream, IdentityLinked(self.made, a, b, "word", "s_1", "s_2", "k_1"))
        self.pairs[self.made] = (a, b)
        return self.made

    def unmerge(self, no: int) -> None:
        for stream in self.pairs.pop(no):
            self.take(stream, IdentityUnlinked(no, "mistake", "k_1"))

    def history(self, citizen: str) -> History:
        """What a desk finds of her: every address she is known by, and every session under one of them."""
        found = identity.person(citizen, self.states.get).citizens
        return frozenset(ADDRESSES[one] for one in found), tuple(s for one in found for s in SESSIONS[one])

    def histories(self) -> dict[str, History]:
        return {one: self.history(one) for one in CITIZENS}

    def group(self, citizen: str) -> set[str]:
        """By the model: everybody a chain of pairs leads to."""
        found = {citizen}
        for _ in CITIZENS:
            found |= {x for pair in self.pairs.values() if found & set(pair) for x in pair}
        return found


def told(world: World, acts: list[tuple[bool, int, int]]) -> Iterator[None]:
    """Each act in turn: a merge of two, done or refused as the model says, or one that stands is taken back."""
    for joins, n, m in acts:
        if not joins and world.pairs:
            world.unmerge(sorted(world.pairs)[n % len(world.pairs)])
        else:
            merged_or_refused(world, CITIZENS[n], CITIZENS[m])
        yield


def merged_or_refused(world: World, a: str, b: str) -> int:
    """The link's number, 0 when it was refused; a refusal changes nothing."""
    one, other, before = world.group(a), world.group(b), dict(world.states)
    code = "one_already" if b in one else "merged_full" if len(one | other) > IDENTITIES_MAX else ""
    if not code:
        return world.merge(a, b)
    with pytest.raises(Refused) as refused:
        world.merge(a, b)
    assert refused.value.code == code
    assert world.states == before
    return 0


whom = st.integers(0, MANY - 1)
acts = st.lists(st.tuples(st.sampled_from([True, True, False]), whom, whom), max_size=30)


@given(acts)
def test_after_any_merges_and_unmerges_everybody_is_who_the_standing_links_say_and_no_address_is_lost(
    asked: list[tuple[bool, int, int]],
) -> None:
    world = World()
    for _ in told(world, asked):
        for one in CITIZENS:
            person = identity.person(one, world.states.get)
            assert set(person.citizens) == world.group(one)
            assert len(person.links) == len(person.citizens) - 1, "a ring"
        shown = world.histories()
        assert set().union(*(addresses for addresses, _ in shown.values())) == set(ADDRESSES.values())
        for one in CITIZENS:
            assert ADDRESSES[one] in shown[one][0]
            assert set(SESSIONS[one]) <= set(shown[one][1])


@given(acts, whom, whom)
def test_unmerging_a_merge_restores_all_histories_exactly(asked: list[tuple[bool, int, int]], n: int, m: int) -> None:
    world = World()
    for _ in told(world, asked):
        pass
    before, standing = world.histories(), {s: c.links for s, c in world.states.items() if c.links}
    link = merged_or_refused(world, CITIZENS[n], CITIZENS[m])
    if link:
        assert world.history(CITIZENS[n]) == world.history(CITIZENS[m])
        world.unmerge(link)
    assert world.histories() == before
    assert {s: c.links for s, c in world.states.items() if c.links} == standing


@given(acts, st.data())
def test_a_merge_taken_back_later_leaves_what_would_be_there_without_it(
    asked: list[tuple[bool, int, int]], data: st.DataObject
) -> None:
    world = World()
    for _ in told(world, asked):
        pass
    if world.pairs:
        world.unmerge(data.draw(st.sampled_from(sorted(world.pairs))))
        without = World()
        for a, b in world.pairs.values():
            without.merge(a, b)
        assert world.histories() == without.histories()


@given(acts)
def test_two_merges_that_would_close_a_ring_share_a_stream(asked: list[tuple[bool, int, int]]) -> None:
    """Decided at the same instant on two servers, one of them clashes and is refused when it is decided again."""
    world = World()
    for _ in told(world, asked):
        pass
    heard = {}
    for a, b in combinations(CITIZENS, 2):
        one, other = frozenset(world.group(a)), frozenset(world.group(b))
        if one != other and len(one | other) <= IDENTITIES_MAX:
            heard.setdefault(frozenset({one, other}), []).append(set(identity.hearing(a, b, world.states.get)))
    for each in heard.values():
        assert set.intersection(*each)


def test_a_link_counts_from_the_instant_it_was_made() -> None:
    link = IdentityLink(1, "p_1", "p_2", "receipt", "s_1", "h_1", "k_1", AT)
    states = {"p_1": Citizen("p_1", (link,)), "p_2": Citizen("p_2", (link,))}
    assert identity.person("p_1", states.get, AT).citizens == ("p_1",)
    assert identity.person("p_1", states.get, AT + 1).citizens == ("p_1", "p_2")
    assert identity.person("p_2", states.get).link(1) == link
    assert identity.person("p_2", states.get).link(2) is None


def test_a_link_that_does_not_stand_is_not_taken_back_and_one_that_stands_is_not_made_again() -> None:
    made = IdentityLinked(1, "p_1", "p_2", "word", "s_1", "s_2", "k_1")
    c = identity.known("p_1", made, AT)
    with pytest.raises(Refused):
        identity.evolve(c, made, AT)
    after = identity.evolve(c, IdentityUnlinked(1, "mistake", "k_1"), AT)
    assert after == Citizen("p_1")
    for known in (after, Citizen("p_3")):
        with pytest.raises(Refused):
            identity.evolve(known, IdentityUnlinked(1, "mistake", "k_1"), AT)


def test_who_only_hears_of_a_link_is_not_linked_by_it() -> None:
    heard = identity.known("p_0", IdentityLinked(1, "p_1", "p_2", "word", "s_1", "s_2", "k_1"), AT)
    assert heard == Citizen("p_0")
