"""What everybody hears alike is made once a minute, and differs in nothing from what would be made for her alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from channels.voice.links import Hop, Links
from channels.voice.ports import Said
from channels.voice.render import Scene, Style, render
from channels.voice.shared import TURNS_MAX, Shared
from channels.voice.turns import encode
from dasan.app.menus import Menus
from dasan.core.time import MINUTE
from ivr.events import Digits, Event, NoInput, Speech
from ivr.facts import CallbackFacts, Facts, QueueFacts
from ivr.state import State

NOON = 1_795_231_800_000_000
FACTS = Facts(NOON, "ko", dialled="120")
STYLE = Style(Links("https://120.example"), "https://120.example/music.wav")


@dataclass
class Counting:
    """The shipped menu, and how often it had to think."""

    ref: str = ""
    thought: int = 0
    _own: object = field(default_factory=lambda: Menus().current("120"))

    def __post_init__(self) -> None:
        self.ref = self._own.ref

    def start(self, facts: Facts) -> Said:
        self.thought += 1
        return self._own.start(facts)

    def step(self, state: State, event: Event, facts: Facts) -> Said:
        self.thought += 1
        return self._own.step(state, event, facts)


def later(seconds: float) -> Facts:
    return replace(FACTS, now_us=NOON + round(seconds * 1_000_000))


def test_two_callers_of_one_minute_hear_one_greeting_made_once() -> None:
    menu, shared = Counting(), Shared()
    assert shared.start(menu, FACTS) is shared.start(menu, later(1))
    assert menu.thought == 1


def test_the_next_minute_the_greeting_is_made_anew() -> None:
    menu, shared = Counting(), Shared()
    first = shared.start(menu, FACTS)
    assert shared.start(menu, later(MINUTE / 1_000_000)) is not first


@pytest.mark.parametrize("other", [{"language": "en"}, {"slow": True}, {"conduct": "warned"}, {"caller": "withheld"}])
def test_who_is_met_otherwise_hears_otherwise(other: Mapping[str, object]) -> None:
    menu, shared = Counting(), Shared()
    usual = shared.start(menu, FACTS)
    assert shared.start(menu, replace(FACTS, **other)) is not usual
    assert shared.start(menu, replace(FACTS, **other)) == Counting().start(replace(FACTS, **other))


def test_a_key_pressed_by_many_is_thought_about_once_and_words_each_time() -> None:
    menu, shared = Counting(), Shared()
    said = shared.start(menu, FACTS)
    for event, twice in ((Digits("1"), 1), (Digits("9"), 1), (Speech("수도요금"), 2), (Digits("12"), 2)):
        before = menu.thought
        assert shared.step(menu, said, event, FACTS) == shared.step(menu, said, event, FACTS)
        assert menu.thought - before == twice


def test_what_was_entered_or_said_is_not_kept_and_nothing_after_it() -> None:
    menu, shared = Counting(), Shared()
    own = shared.step(menu, shared.start(menu, FACTS), Speech("수도요금"), FACTS)
    before = menu.thought
    shared.step(menu, own, Digits("1"), FACTS)
    shared.step(menu, own, Digits("1"), FACTS)
    assert menu.thought - before == 2


def test_a_turn_that_asks_for_a_queue_is_made_for_each_caller() -> None:
    menu, shared = Counting(), Shared()
    said = shared.start(menu, FACTS)
    into_the_line = shared.step(menu, said, NoInput(), FACTS)
    full = replace(FACTS, queues={"general": QueueFacts(waiting=3, limit=3)})
    assert shared.step(menu, said, NoInput(), full) != into_the_line


def test_whom_we_owe_a_call_hears_a_turn_of_her_own() -> None:
    menu, shared = Counting(), Shared()
    owed = replace(FACTS, callback=CallbackFacts("general", NOON + 90_000_000))
    assert shared.start(menu, owed) == shared.start(menu, owed) != shared.start(menu, FACTS)
    assert menu.thought == 3


def test_a_form_letter_reads_as_one_written_for_her() -> None:
    menu, shared = Counting(), Shared()
    said = shared.start(menu, FACTS)
    for session, leg in (("s_1", "l_1"), ("s_2", "l_2")):
        scene = Scene(Hop(session, leg, 1), STYLE)
        assert shared.document(said, scene) == render(said.state, said.actions, scene)
        waiting = replace(scene, place="queue_wait")
        assert shared.document(said, waiting) == render(said.state, said.actions, waiting)
    assert shared.kept(said) == encode(said)


def test_it_never_holds_more_than_its_limit() -> None:
    menu, shared = Counting(), Shared()
    for n in range(TURNS_MAX + 10):
        shared.start(menu, replace(FACTS, dialled=str(n)))
    assert len(shared._turns) <= TURNS_MAX
