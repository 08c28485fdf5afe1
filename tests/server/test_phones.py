"""Which telephone rings for a counselor, and what nobody could ring."""

from __future__ import annotations

import pytest

from dasan.core.errors import BadInput
from dasan.server.phones import Phones, checked


@pytest.mark.parametrize(
    "phone",
    ["", "client:c101", "client:kim.lee@desk", "sip:101@pbx.seoul.go.kr", "sip:101@10.0.0.5:5061;transport=tls",
     "sips:k@pbx", "app:c101", "app:", "+82212345678", "+821012345678"],
)  # fmt: skip
def test_what_a_network_can_ring_is_taken(phone: str) -> None:
    assert checked(phone) == phone


@pytest.mark.parametrize(
    "phone",
    ["120", "02-120", "client:", "client:a b", "client:<Say>", "sip:101", "sip:1@a@b", "+0123456789", "+82 10 1234",
     "tel:+82", "client:\x1b[31m", "+1" + "2" * 20],
)  # fmt: skip
def test_what_nobody_could_ring_is_refused_with_what_would_do(phone: str) -> None:
    with pytest.raises(BadInput) as bad:
        checked(phone)
    assert bad.value.code == "bad_phone"


def test_who_names_no_telephone_is_rung_the_centres_own_way() -> None:
    phones = Phones("client:c{number}")
    phones.put("k_1", 101, "")
    phones.put("k_2", 102, "sip:102@pbx")
    assert (phones.endpoint("k_1"), phones.endpoint("k_2"), phones.endpoint("k_3")) == (
        "client:c101",
        "sip:102@pbx",
        "",
    )


def test_a_template_that_nobody_could_ring_is_refused_at_once() -> None:
    with pytest.raises(BadInput):
        Phones("desk {number}")
