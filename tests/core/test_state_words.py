"""A refusal names the state it is about in the reader's own words."""

from __future__ import annotations

import pytest

from dasan.core import callback as callbacks
from dasan.core import handoff as handoffs
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.errors import sentence
from dasan.core.state_words import STATES, spoken

SHOWN = sorted({*items.MACHINE.states, *callbacks.MACHINE.states, *handoffs.MACHINE.states, *sessions.PHASES})


@pytest.mark.parametrize("state", SHOWN)
def test_every_state_that_a_refusal_can_name_has_words_in_both_languages(state: str) -> None:
    assert all(STATES[state])
    assert state not in sentence("not_now", "ko", {"state": state})


def test_a_refusal_says_it_in_words_and_shows_a_code_it_does_not_know() -> None:
    assert sentence("not_now", "ko", {"state": "CONNECTING"}) == "지금 상태(연결 중)에서는 할 수 없습니다."
    assert sentence("not_now", "en", {"state": "CONNECTING"}) == "Not possible in the present state (connecting)."
    assert spoken("SOMETHING_NEW", "ko") == "SOMETHING_NEW"
