"""The catalogues: the same keys in every language, and none that is missing."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from agent_tui.words import LANGUAGES, Words, catalogue
from dasan.core import handoff, leg, session, workitem
from dasan.wire.desk_views import Named

HERE = Path(__file__).parents[2] / "agent_tui"
SAYS = re.compile(r"""(?:\bsay|\btell)\(\s*["']([a-z_]+\.[a-z_0-9]+)["']""")
TABLES = re.compile(r"""\bname\(\s*["']([a-z_]+)["']""")


def sources() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(HERE.rglob("*.py")))


def test_every_language_has_the_same_keys() -> None:
    korean = catalogue("ko")
    assert all(set(catalogue(language)) == set(korean) for language in LANGUAGES)


def test_every_sentence_has_the_same_gaps_in_every_language() -> None:
    def gaps(text: str) -> set[str | None]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    for key, text in catalogue("ko").items():
        assert gaps(text) == gaps(catalogue("en")[key]), key


def test_every_key_that_the_code_names_exists() -> None:
    used = set(SAYS.findall(sources()))
    assert len(used) > 60
    assert used <= set(catalogue("ko"))


def test_no_sentence_is_left_that_nothing_says() -> None:
    code = sources()
    tables = set(TABLES.findall(code)) | {
        "keys",
        "keys_help",
        "fixed",
        "plain_help",
        "system",
        "item",
        "phase",
        "away",
        "help",
    }
    tables |= {"side", "unmask", "ticket", "wrap", "status", "offer", "gone", "hand"}
    named = set(re.findall(r"""["']([a-z_]+\.[a-z_0-9]+)["']""", code))
    left = {key for key in catalogue("ko") if key.split(".")[0] not in tables and key not in named}
    assert left == set()


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("item", workitem.MACHINE.states),
        ("phase", session.PHASES),
        ("leg", leg.MACHINE.states),
        ("stage", handoff.MACHINE.states),
    ],
)
def test_every_state_of_the_core_has_a_name(table: str, codes: tuple[str, ...]) -> None:
    for language in LANGUAGES:
        missing = [code for code in codes if f"{table}.{code.lower()}" not in catalogue(language)]
        assert not missing


def test_a_gap_filled_from_outside_is_made_harmless() -> None:
    assert "\x1b" not in Words("ko")("plain.gone", number="\x1b[2J1")


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert Words("ko").name("presence", "DANCING") == "DANCING"
    assert Words("ko").spoken("no_such_line", {}) == "no_such_line"


def test_a_system_line_with_missing_arguments_is_still_drawn() -> None:
    assert Words("en").spoken("joined", {}) == "Counselor - has joined."


def test_every_system_line_of_the_core_is_spoken_and_queues_by_their_names() -> None:
    handlers = (HERE.parent / "dasan" / "core" / "handlers").glob("*.py")
    codes = {code for path in handlers for code in re.findall(r"\.say\([^,]+, \"([a-z_]+)\"", path.read_text("utf-8"))}
    assert len(codes) > 10
    assert not [code for code in codes if f"system.{code}" not in catalogue("ko")]
    words = Words("en")
    words.learn([Named(code="tax", name="Taxes")])
    assert words.spoken("transferred", {"queue": "tax"}) == "Passed to Taxes."
