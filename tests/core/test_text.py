"""Text from citizens: cleaned once and for all, hidden where it identifies, spoken with the right particle."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dasan.core.text import as_code, clean, clean_line, josa, mask, mask_name, mask_phone, national

BIDI_AND_HIDDEN = "\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
hostile = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b[]m;0\x07\x9b\x9d\x9c\x90\\\r\n\t\u202e\u2066\ufeff\u0301\u1100\u1161가é\ue000\U000e0041"),
    ),
    max_size=80,
)


@given(hostile)
@example("\x1b]0;title\x07hello")
@example("\x1b\x1b[[2J")
@example("e" + "\u0301" * 40)
@example("\x9d\x1b")
@example("\ud800")
def test_clean_is_done_once_and_leaves_nothing_that_can_drive_a_terminal(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    for ch in once:
        assert ch in "\n\t" or unicodedata.category(ch) not in {"Cc", "Cs", "Co"}, repr(ch)
        assert ch not in BIDI_AND_HIDDEN
    assert once == once.strip()
    once.encode()


@given(hostile, st.integers(0, 30))
def test_clean_keeps_its_limit_and_a_line_is_one_line(text: str, limit: int) -> None:
    assert len(clean(text, limit=limit)) <= limit
    line = clean_line(text, limit=limit)
    assert not set(line) & set("\r\n\t")
    assert len(line) <= limit


@given(st.text(st.sampled_from("가힣ㄱ az~\n\t·…、。「」'\u2019\u0301\u1100\u1161é"), max_size=40), st.integers(0, 30))
def test_the_short_way_for_plain_lines_says_what_the_long_way_says(text: str, limit: int) -> None:
    assert clean(text, limit=limit) == clean("\u200b" + text, limit=limit)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("안녕하세요", "안녕하세요"),
        ("  가로등이\r\n꺼졌어요  ", "가로등이\n꺼졌어요"),
        ("\x1b[31m빨강\x1b[0m", "빨강"),
        ("\x1b]8;;http://x\x1b\\눌러\x1b]8;;\x1b\\", "눌러"),
        ("ab\u202ecd", "abcd"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("a\n\n\n\n\n\n\nb", "a\n\n\nb"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
    ],
)
def test_what_people_write_stays_readable(given_: str, kept: str) -> None:
    assert clean(given_) == kept


@given(hostile)
def test_a_masked_text_shows_no_whole_number(text: str) -> None:
    for number in ("010-1234-5678", "900101-1234567"):
        assert number not in mask(f"{clean(text)} {number} 입니다")


def test_masks_keep_what_tells_people_apart() -> None:
    assert mask_phone("010-1234-5678") == "010-****-5678"
    assert mask_phone("123") == "***"


@given(st.from_regex(r"\+?[0-9]{1,15}", fullmatch=True))
@example("7312120")
@example("15771366")
@example("027312120")
def test_four_digits_of_a_number_at_least_are_hidden(number: str) -> None:
    digits = number.removeprefix("+")
    assert len(digits) - sum(ch.isdigit() for ch in mask_phone(number)) >= min(4, len(digits))
    assert mask_name("김민수") == "김OO"
    assert mask_name("Jane Roe") == "J… R…"
    assert mask_name("") == ""
    assert mask("제 번호는 010-1234-5678입니다") == "제 번호는 010-****-5678입니다"
    assert mask("주민번호 900101-1234567") == "주민번호 900101-*******"


@pytest.mark.parametrize(
    ("word", "particle", "said"),
    [
        ("상담사", "은", "상담사는"),
        ("민원", "은", "민원은"),
        ("서울", "으로", "서울로"),
        ("중구청", "로", "중구청으로"),
        ("접수번호 3", "이", "접수번호 3이"),
        ("접수번호 2", "이", "접수번호 2가"),
        ("120", "과", "120과"),
        ("SM-1", "으로", "SM-1로"),
        ("다산(120)", "을", "다산(120)을"),
        ("서울!", "은", "서울!은"),
        ("“민원”", "은", "“민원”은"),
        ("URL", "으로", "URL로"),
        ("VR", "은", "VR은"),
        ("SKT", "은", "SKT는"),
        ("", "은", "는"),
    ],
)
def test_a_particle_follows_the_last_sound(word: str, particle: str, said: str) -> None:
    assert josa(word, particle) == said


@given(st.text(max_size=40))
def test_an_event_gets_a_code_and_never_somebodys_words(text: str) -> None:
    code = as_code(text)
    assert code == "other" or (code == text and code.isascii() and " " not in code and len(code) <= 32)


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+821012345678", "01012345678"),
        ("+8221231234", "021231234"),
        ("+8215771366", "15771366"),
        ("+82161234567", "0161234567"),
        ("+14155550100", "+14155550100"),
        ("", ""),
    ],
)
def test_numbers_are_written_as_people_here_do(number: str, written: str) -> None:
    assert national(number) == written
