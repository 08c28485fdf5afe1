"""Words are sealed so that only the right key, under the right name, opens them."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from dasan.core.errors import ConfigWrong
from dasan.store.sealing import Keyring, seal, unseal

OLD, NEW = b"o" * 32, b"n" * 40


@given(st.binary(max_size=2_000), st.text(max_size=40))
def test_what_is_sealed_opens_to_itself(body: bytes, name: str) -> None:
    _, key = Keyring(OLD).fresh("s_1")
    assert unseal(key, name, seal(key, name, body)) == body


@given(st.binary(min_size=8, max_size=200))
def test_sealing_twice_gives_different_bytes_that_show_nothing(body: bytes) -> None:
    _, key = Keyring(OLD).fresh("s_1")
    first, second = seal(key, "c_1", body), seal(key, "c_1", body)
    assert first != second
    assert body not in first


@given(st.integers(min_value=0, max_value=40), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_noticed(at: int, flip: int) -> None:
    _, key = Keyring(OLD).fresh("s_1")
    sealed = bytearray(seal(key, "c_1", b"twelve bytes"))
    sealed[at % len(sealed)] ^= flip
    with pytest.raises(InvalidTag):
        unseal(key, "c_1", bytes(sealed))


def test_sealed_rows_cannot_be_exchanged() -> None:
    _, key = Keyring(OLD).fresh("s_1")
    with pytest.raises(InvalidTag):
        unseal(key, "c_2", seal(key, "c_1", b"words"))


def test_a_data_key_opens_only_under_its_own_id_and_master() -> None:
    ring = Keyring(OLD)
    wrapped, key = ring.fresh("s_1")
    sealed = seal(key, "c_1", b"words")
    assert unseal(ring.open("s_1", wrapped, ring.current), "c_1", sealed) == b"words"
    for other, key_id, master in ((ring, "s_2", ring.current), (Keyring(NEW), "s_1", ring.current), (ring, "s_1", "x")):
        with pytest.raises(ConfigWrong):
            other.open(key_id, wrapped, master)


def test_after_rotation_only_the_new_master_key_is_needed() -> None:
    before = Keyring(OLD)
    wrapped, key = before.fresh("s_1")
    sealed = seal(key, "c_1", b"words")
    both = Keyring(NEW, older=[OLD])
    moved = both.rewrap("s_1", wrapped, before.current)
    after = Keyring(NEW)
    assert unseal(after.open("s_1", moved, after.current), "c_1", sealed) == b"words"


def test_a_short_master_key_is_refused_with_both_languages() -> None:
    with pytest.raises(ConfigWrong) as wrong:
        Keyring(b"short")
    (problem,) = wrong.value.problems
    assert problem.key == "secrets.master_key"
    assert "32" in problem.message_ko
    assert "32" in problem.message_en


def test_correlation_outlives_the_master_key() -> None:
    pepper = b"p" * 32
    assert Keyring(OLD, correlation=pepper).keyed("010") == Keyring(NEW, correlation=pepper).keyed("010")
    assert Keyring(OLD).keyed("010") != Keyring(NEW).keyed("010")
