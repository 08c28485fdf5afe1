"""One of several classes in a field: told by name, read back as what it was."""

from __future__ import annotations

import pytest

from dasan.core import codec
from dasan.core import commands as c
from dasan.core.errors import BadInput

STEP = c.StepFlow("s_1", "l_1", 3, "120@f1", "queue", "{}", (c.WishLeave("callback"), c.WishCallback(at_us=5)))


def test_a_step_with_its_wishes_reads_back_as_it_was() -> None:
    data = codec.encode(STEP)
    assert [wish["kind"] for wish in data["wishes"]] == ["WishLeave", "WishCallback"]
    assert codec.decode(c.StepFlow, data) == STEP


def test_wishes_of_the_same_fields_are_told_apart() -> None:
    queue = c.StepFlow("s_1", "l_1", 1, "f@1", "n", "", (c.WishEnd("other"),))
    leave = c.StepFlow("s_1", "l_1", 1, "f@1", "n", "", (c.WishLeave("other"),))
    assert codec.canonical(queue) != codec.canonical(leave)


@pytest.mark.parametrize("wish", [{"kind": "WishNothing"}, {}, "queue"])
def test_a_wish_that_nobody_knows_is_malformed(wish: object) -> None:
    with pytest.raises(BadInput):
        codec.decode(c.StepFlow, {**codec.encode(STEP), "wishes": [wish]})
