"""One value, two spellings: what is written in XML or JSON is read back as the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.eungdapso.spark import AnswerError, read, rows, text_of, write

words = (
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=30)
    .map(str.strip)
    .filter(bool)
)
records = st.lists(
    st.fixed_dictionaries({"service_request_id": words, "description": st.none() | words, "lat": st.none() | words}),
    max_size=4,
)


@given(records)
def test_what_is_written_in_either_format_is_read_back(found: list[Any]) -> None:
    for fmt in ("json", "xml"):
        body = write("service_requests", found, fmt)
        assert [{k: text_of(row, k) for k in row} for row in rows(read(body))] == [
            {k: v or "" for k, v in row.items()} for row in found
        ]


@given(st.text(max_size=200))
def test_any_text_makes_well_formed_xml(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    read(write("errors", [{"code": 400, "description": text}], "xml"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else_is_raised(body: bytes) -> None:
    for text in (body, b"<" + body, b"[" + body, b'<?xml version="1.0"?><service_requests>' + body):
        try:
            rows(read(text))
        except AnswerError:
            continue


def test_an_array_of_one_is_still_an_array() -> None:
    assert read(b"<services><service><service_code>1</service_code></service></services>") == [{"service_code": "1"}]
    assert read(b"<services/>") == []


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><service_requests>&b;</service_requests>',
        b'<?xml version="1.0"?><!DOCTYPE service_requests SYSTEM "file:///etc/passwd"><service_requests/>',
        b"<html><body/></html>",
        b'{"a": NaN}',
        b"<a>" * 50_000,
    ],
)
def test_pages_and_attacks_are_refused(body: bytes) -> None:
    with pytest.raises(AnswerError):
        read(body)
