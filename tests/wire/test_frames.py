"""What every frame has in common: how large one may be, and how its sender is answered."""

import pytest

from dasan.core.errors import BadInput
from dasan.wire import chat
from dasan.wire.frames import id_of, parse


def say(text: str) -> str:
    return f'{{"t":"say","id":"line-000001","text":"{text}"}}'


@pytest.mark.parametrize("letter", ["a", "가", "\U0001f4a7"])
def test_the_limit_counts_bytes_and_is_met_exactly(letter: str) -> None:
    raw = say(letter * 100)
    size = len(raw.encode())
    assert parse(chat.from_page, raw, size)
    with pytest.raises(BadInput) as refused:
        parse(chat.from_page, raw, size - 1)
    assert refused.value.code == "frame_too_big"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (say("x"), "line-000001"),
        ('{"t":"say","id":7}', ""),
        ('{"id":"' + "x" * 65 + '"}', ""),
        ("[]", ""),
        ("{", ""),
        ("[" * 100_000, ""),
    ],
)
def test_a_frame_that_was_not_understood_is_answered_under_its_id_if_it_has_one(raw: str, found: str) -> None:
    assert id_of(raw) == found
