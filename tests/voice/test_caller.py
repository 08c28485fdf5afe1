"""Who is calling, in every way a network writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice.caller import E164, Client, Sip, Withheld, caller, dialled, e164, key_of, line_of, written


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("+821012345678", E164("+821012345678")),
        ("01012345678", E164("+821012345678")),
        ("+82 10-1234-5678", E164("+821012345678")),
        ("+14155550100", E164("+14155550100")),
        ("client:kiosk-3", Client("kiosk-3")),
        ("sip:hong@office.example", Sip("sip:hong@office.example")),
        ("SIPS:hong@office.example", Sip("sips:hong@office.example")),
        ("sip:+821012345678@carrier.example;user=phone", E164("+821012345678")),
        ("sip:anonymous@anonymous.invalid", Withheld("sip:anonymous@anonymous.invalid")),
        ("anonymous", Withheld("anonymous")),
        ("Unknown", Withheld("Unknown")),
        ("", Withheld("")),
        ("+266696687", Withheld("+266696687")),
        ("+7378742833", Withheld("+7378742833")),
        ("+8566696", Withheld("+8566696")),
        ("+86282452253", Withheld("+86282452253")),
        ("client:", Withheld("client:")),
        ("what is this", Withheld("what is this")),
    ],
)
def test_the_network_says_who_it_is_in_its_own_way(said: str, kind: object) -> None:
    assert caller(said) == kind


@pytest.mark.parametrize(
    ("number", "as_dialled"),
    [
        ("119", "+82119"),
        ("112", "+82112"),
        ("1330", "+821330"),
        ("1577-1366", "+8215771366"),
        ("02-120", ""),
        ("02-2133-5678", "+82221335678"),
        ("sip:119@psap.example", "sip:119@psap.example"),
        ("no number", ""),
        ("", ""),
    ],
)
def test_special_numbers_are_dialled_through_the_network(number: str, as_dialled: str) -> None:
    assert dialled(number) == as_dialled


@given(st.text(max_size=400))
def test_nothing_that_a_network_writes_breaks_us(said: str) -> None:
    who = caller(said)
    assert key_of(who, "CA1")
    assert len(written(who)) <= 300
    assert isinstance(who, Withheld) == (who.kind == "withheld")


def test_who_withholds_the_number_is_somebody_new_in_every_call() -> None:
    who = caller("anonymous")
    assert key_of(who, "CA1") != key_of(who, "CA2")
    assert key_of(caller("+821012345678"), "CA1") == key_of(caller("010-1234-5678"), "CA2")


def test_the_number_that_was_dialled_is_found_behind_a_forwarding() -> None:
    lines = {"+8225550120": "120", "+8225550121": "water"}
    assert line_of("+8225550121", "", lines, "120") == "water"
    assert line_of("+8210999999", "+8225550121", lines, "120") == "water"
    assert line_of("+8210999999", "", lines, "usual") == "usual"
    assert line_of("+8210999999", "120", {}, "usual") == "120"


def test_short_numbers_are_not_mistaken_for_subscribers() -> None:
    assert e164("119") == ""
    assert e164("010") == ""
