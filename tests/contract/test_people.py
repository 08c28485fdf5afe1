"""Accounts, tokens and leases, the same on every store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dasan.core.errors import Clash
from dasan.store.people import Account, Token
from tests.contract.world import NOON

KIM = Account(
    "k_1", "kim", 1, "김상담", "$argon2id$x", ("counselor", "supervisor"), ("ko", "en"), {"water": 4, "general": 5}
)


def test_an_account_comes_back_as_it_was_given(store: Any) -> None:
    assert store.people.add(KIM)
    assert store.people.named("kim") == store.people.account("k_1") == KIM
    assert store.people.named("lee") is None
    assert store.people.account("k_2") is None


def test_a_name_and_a_number_belong_to_one_account(store: Any) -> None:
    assert store.people.add(KIM)
    assert not store.people.add(replace(KIM, id="k_2", number=2))
    assert not store.people.add(replace(KIM, id="k_2", name="lee"))
    assert not store.people.add(replace(KIM, name="lee", number=2))
    assert store.people.add(replace(KIM, id="k_2", name="lee", number=2))
    assert not store.people.change(replace(KIM, id="k_2", name="kim", number=2))
    assert [account.name for account in store.people.accounts()] == ["kim", "lee"]


def test_an_account_changes_as_a_whole_and_keeps_its_tries(store: Any) -> None:
    store.people.add(KIM)
    changed = replace(KIM, skills={"water": 5}, disabled=True, password="other")
    assert store.people.change(changed)
    store.people.tried("k_1", 3, NOON)
    assert store.people.account("k_1") == replace(changed, failed=3, locked_until_us=NOON)
    assert not store.people.change(replace(KIM, id="k_9", name="x", number=9))


def test_an_account_keeps_the_telephone_that_rings_for_it(store: Any) -> None:
    store.people.add(replace(KIM, phone="sip:101@pbx"))
    assert store.people.account("k_1").phone == "sip:101@pbx"
    assert store.people.phoned("k_1", "+82212345678")
    assert store.people.named("kim") == replace(KIM, phone="+82212345678")
    assert store.people.phoned("k_1", "")
    assert store.people.account("k_1") == KIM
    assert not store.people.phoned("k_9", "client:x")


def test_a_token_is_found_until_it_expires_or_is_revoked(store: Any) -> None:
    people = store.people
    tokens = [Token(f"{n:064x}", "k_1", {"epoch": n}, NOON + n) for n in (1, 2, 3)]
    for token in tokens:
        people.issue(token)
    assert people.find(tokens[0].sha256, NOON) == tokens[0]
    assert people.find(tokens[0].sha256, NOON + 1) is None
    assert people.find("f" * 64, NOON) is None
    assert people.revoke(tokens[1].sha256, NOON)
    assert not people.revoke(tokens[1].sha256, NOON)
    assert people.find(tokens[1].sha256, NOON) is None
    assert people.tokens_of("k_1", NOON) == [tokens[0], tokens[2]]
    assert people.revoke_all("k_1", NOON) == 2
    assert people.tokens_of("k_1", NOON) == []
    assert people.prune_tokens(NOON + 1) == 3


def test_a_token_is_issued_once(store: Any) -> None:
    token = Token("a" * 64, "k_1", {}, NOON)
    store.people.issue(token)
    with pytest.raises(Clash):
        store.people.issue(replace(token, principal="k_2"))


def test_a_lease_has_one_holder_until_it_runs_out(store: Any) -> None:
    leases = store.leases
    assert leases.take("dispatch", "a", NOON, NOON + 10) == 1
    assert leases.take("dispatch", "b", NOON + 9, NOON + 20) is None
    assert leases.take("dispatch", "a", NOON + 9, NOON + 20) == 1
    assert leases.take("outbox", "b", NOON, NOON + 10) == 1
    assert leases.take("dispatch", "b", NOON + 20, NOON + 30) == 2
    assert leases.take("dispatch", "a", NOON + 21, NOON + 40) is None


def test_a_lease_given_up_is_free_and_its_fence_goes_on(store: Any) -> None:
    leases = store.leases
    assert leases.take("dispatch", "a", NOON, NOON + 10) == 1
    leases.release("dispatch", "b")
    assert leases.take("dispatch", "b", NOON, NOON + 10) is None
    leases.release("dispatch", "a")
    assert leases.take("dispatch", "b", NOON, NOON + 10) == 2
