"""Every action of the desk in one table: its keys, where it works, and when it is possible.

The bindings, the hint line, the palette, the help and docs/keys.md are all made from ``ACTIONS``; labels and help texts
stand in the catalogues under ``keys.ID`` and ``keys_help.ID``. Whoever wants other keys names them by action id. Two
actions on one key in one place are an error. No primary action needs a letter, which a Korean input method swallows, or
a key that GTK terminals keep (F1, F10, F11). Ctrl with a sign (] and \\) comes from every layout, also in Korean mode;
what letters are left belong to terminals and text fields (C, S, V, Z). A disabled action is never hidden: it says why
(``Action.when``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from agent_tui import calls, merges
from agent_tui.state import DeskState, LinkState, Talk
from agent_tui.words import Words
from dasan.core.errors import sentence
from dasan.wire.desk_views import FloorSession


@dataclass(frozen=True, slots=True)
class Where:
    """What decides whether an action is possible: the read model, the session on the screen, and what is typed."""

    state: DeskState
    talk: Talk | None
    say: Words
    composed: str = ""
    demo: bool = False
    held: str = ""
    """"held": a message waits out its hold-back; "on": hold-back is set; "": it is not."""
    row: FloorSession | None = None
    """The session under the cursor of the floor."""


When = Callable[[Where], str]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done. ``when`` gives "" when it is possible now, else the sentence that says why not.

    ``screen``: app (everywhere), desk, floor (both of a supervisor's screens) or list (the first of them). ``shown``:
    how early it gets a place in the hint line (0: it has none); what is there stands in the order of the table.
    """

    id: str
    keys: tuple[str, ...]
    screen: str
    when: When
    shown: int = 0

    @property
    def label(self) -> str:
        """The catalogue key of its short name."""
        return f"keys.{self.id}"

    @property
    def help(self) -> str:
        """The catalogue key of its explanation."""
        return f"keys_help.{self.id}"


# -- when


def always(where: Where) -> str:
    return ""


def linked(where: Where) -> str:
    return "" if where.state.link.state is LinkState.UP else where.say("why.not_linked")


def in_talk(where: Where) -> str:
    return "" if where.talk else where.say("why.no_talk")


def can(*commands: str) -> When:
    """Possible when the server says that one of ``commands`` is; otherwise in the server's own words."""

    def when(where: Where) -> str:
        talk = where.talk
        if talk is None:
            return where.say("why.no_talk")
        if any(talk.can(command) for command in commands):
            return linked(where)
        why = next((talk.session.cannot[c] for c in commands if c in talk.session.cannot), "")
        return sentence(why, where.say.language) if why else where.say("why.not_now")

    return when


def has_offer(where: Where) -> str:
    if not where.state.offers():
        return where.say("why.no_offer")
    return linked(where)


def can_accept(where: Where) -> str:
    return has_offer(where) or (where.say("why.composing") if where.composed else "")


def suggested(place: int) -> When:
    """Possible when the session has a suggestion at ``place`` (0 is the first)."""

    def when(where: Where) -> str:
        if where.talk is None:
            return where.say("why.no_talk")
        hits = where.talk.suggest.hits if where.talk.suggest else ()
        return "" if len(hits) > place else where.say("why.no_suggestion")

    return when


def merged(where: Where) -> str:
    """Some link of hers stands that may be taken back from here."""
    if where.talk is not None and not merges.to_take_back(where.state, where.talk):
        return where.say("why.not_merged")
    return can("unmerge")(where)


def finishing(where: Where) -> str:
    if where.talk is None:
        return where.say("why.no_talk")
    return can("wrap", "release")(where)


def in_call(*commands: str) -> When:
    """As :func:`can`, in a session that has a call."""

    def when(where: Where) -> str:
        if where.talk is not None and where.talk.session.call is None:
            return where.say("why.calls_only")
        return can(*commands)(where)

    return when


def with_call(where: Where) -> str:
    return "" if calls.the_call(where.state) else where.say("why.no_call")


def recorded(where: Where) -> str:
    """As :func:`can`, of the call, whichever session is on the screen."""
    return with_call(where) or can("recording")(replace(where, talk=calls.the_call(where.state)))


def hears(where: Where) -> str:
    """There is a call under the cursor of the floor that can be heard."""
    return on_row(where) or ("" if where.row and where.row.call else where.say("why.calls_only"))


def supervises(where: Where) -> str:
    return linked(where) if where.state.supervises() else where.say("why.supervisors_only")


def supervising(where: Where) -> str:
    return in_talk(where) or supervises(where)


def on_row(where: Where) -> str:
    """There is a session under the cursor of the floor."""
    return linked(where) if where.row else where.say("why.no_row")


def with_counselor(where: Where) -> str:
    return on_row(where) or ("" if where.row and where.row.item else where.say("why.no_counselor"))


def with_trouble_ticket(where: Where) -> str:
    return on_row(where) or ("" if where.row and where.row.handoff else where.say("why.no_ticket"))


def waits(where: Where) -> str:
    return on_row(where) or ("" if where.row and where.row.phase == "WAITING" else where.say("why.not_waiting"))


def holding(where: Where) -> str:
    return {"held": "", "on": where.say("why.nothing_held")}.get(where.held, where.say("why.no_hold_back"))


def in_demo(where: Where) -> str:
    return "" if where.demo else where.say("why.demo_only")


# -- the table

ACTIONS: tuple[Action, ...] = (
    Action("suggest_1", ("f2",), "desk", suggested(0), 1),
    Action("suggest_2", ("f3",), "desk", suggested(1)),
    Action("suggest_3", ("f4",), "desk", suggested(2)),
    Action("next_urgent", ("f5",), "desk", always, 2),
    Action("hold", ("f6",), "desk", can("hold", "unhold", "consult_end", "pause", "unpause"), 5),
    Action("transfer", ("f7",), "desk", can("transfer", "consult_complete", "hand_over"), 6),
    Action("conference", ("f8",), "desk", in_call("consult", "consult_join"), 13),
    Action("ticket", ("f9",), "desk", can("ticket_file", "ticket_prefill", "ticket_amend"), 7),
    Action("finish", ("ctrl+e",), "desk", finishing, 8),
    Action("line", ("ctrl+d",), "desk", can("hand_over"), 15),
    Action("mute", ("ctrl+u",), "desk", in_call("mute")),
    Action("warn", ("ctrl+y",), "desk", in_call("warn")),
    Action("abuse", ("ctrl+w",), "desk", in_call("abuse")),
    Action("party", (), "desk", in_call("drop", "mute")),
    Action("to_call", ("ctrl+a",), "desk", with_call),
    Action("callbacks", ("ctrl+backslash",), "desk", linked),
    Action("callback_ask", (), "desk", can("callback_ask")),
    Action("phone", (), "desk", linked),
    Action("switch", ("ctrl+g",), "desk", always, 10),
    Action("knowledge", ("ctrl+k",), "desk", linked, 9),
    Action("jump", ("ctrl+o",), "desk", always, 14),
    Action("next_talk", ("ctrl+n",), "desk", always),
    Action("previous_talk", ("ctrl+p",), "desk", always),
    Action("presence", ("ctrl+r",), "desk", linked, 11),
    Action("note", ("ctrl+b",), "desk", can("note")),
    Action("side", ("ctrl+l",), "desk", always),
    Action("preview", (), "desk", suggested(0)),
    Action("accept", (), "desk", can_accept),
    Action("decline", (), "desk", has_offer),
    Action("scroll_up", ("pageup",), "desk", in_talk),
    Action("scroll_down", ("pagedown",), "desk", in_talk),
    Action("scroll_end", ("ctrl+end",), "desk", in_talk),
    Action("unmask", (), "desk", in_talk),
    Action("merge", (), "desk", can("merge")),
    Action("unmerge", (), "desk", merged),
    Action("photo", (), "desk", in_talk),
    Action("extend_wrap", (), "desk", can("extend_wrap")),
    Action("withdraw_ticket", (), "desk", can("ticket_withdraw")),
    Action("retry_ticket", (), "desk", can("ticket_retry")),
    Action("release_ticket", (), "desk", can("ticket_release")),
    Action("why", (), "desk", supervising),
    Action("take_over", (), "desk", can("take_over")),
    Action("floor", ("ctrl+f",), "desk", supervises),
    Action("hear_number", (), "desk", supervises),
    Action("look", ("enter",), "list", on_row, 1),
    Action("listen", ("f2",), "floor", hears, 6),
    Action("whisper_in", ("f3",), "floor", hears, 7),
    Action("barge_in", ("f4",), "floor", hears, 8),
    Action("hear", ("f5",), "floor", on_row),
    Action("floor_why", ("f6",), "floor", waits, 5),
    Action("take", ("f7",), "floor", with_counselor, 2),
    Action("barge", ("f8",), "floor", can("barge"), 3),
    Action("decide", ("f9",), "floor", with_trouble_ticket, 4),
    Action("theme", (), "desk", always),
    Action("sign_out", (), "desk", linked),
    Action("unsend", (), "desk", holding),
    Action("demo_kill", ("ctrl+x",), "desk", in_demo, 12),
    Action("palette", ("ctrl+t",), "desk", always, 4),
    Action("recording", ("ctrl+right_square_bracket",), "app", recorded),
    Action("help", ("f12",), "app", always, 3),
    Action("quit", ("ctrl+q",), "app", always),
)
# Their keys edit the text where there is no call: Ctrl+U, Ctrl+W, Ctrl+Y and Ctrl+A mean something in every text field.
IN_CALLS = frozenset({"mute", "warn", "abuse", "to_call"})
# Where somebody can be, and whose actions work there.
PLACES: Mapping[str, frozenset[str]] = {
    "desk": frozenset({"desk", "app"}),
    "list": frozenset({"list", "floor", "app"}),
    "looking": frozenset({"floor", "app"}),
}
BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

# What Textual and people call them, in docs and on the hint line.
_NAMES = {
    **{"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc", "enter": "Enter", "tab": "Tab"},
    **{"right_square_bracket": "]", "backslash": "\\"},
}


class KeysWrong(ValueError):
    """The keys a person asked for cannot be: an unknown action, or one key for two actions."""


def keymap(overrides: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The keys of every action, with ``overrides`` (action id to keys, separated by commas) in place.

    Raises KeysWrong for an unknown action and for a key that two actions of one place share.
    """
    unknown = sorted(set(overrides) - set(BY_ID))
    if unknown:
        raise KeysWrong(f"no such action: {', '.join(unknown)}")
    chosen = {
        action.id: tuple(key.strip() for key in overrides[action.id].split(",") if key.strip())
        if action.id in overrides
        else action.keys
        for action in ACTIONS
    }
    duplicates = list(_duplicates(chosen))
    if duplicates:
        raise KeysWrong("; ".join(duplicates))
    return chosen


def _duplicates(chosen: Mapping[str, Iterable[str]]) -> Iterable[str]:
    """What is on a key twice in one place; what works everywhere is in every place."""
    for place in PLACES:
        taken: dict[str, str] = {}
        for action in place_of(place):
            action_id = action.id
            for key in chosen[action_id]:
                if key in taken:
                    yield f"{key} is both {taken[key]} and {action_id}"
                taken[key] = action_id


def place_of(place: str) -> tuple[Action, ...]:
    """What works in ``place``, in the order of the table."""
    return tuple(action for action in ACTIONS if action.screen in PLACES[place])


def key_name(key: str) -> str:
    """``ctrl+g`` as ``Ctrl+G``."""
    return "+".join(_NAMES.get(part, part.upper() if len(part) == 1 else part.capitalize()) for part in key.split("+"))


def document() -> str:
    """docs/keys.md: the whole table in Korean and English, made from the table and the catalogues."""
    ko, en = Words("ko"), Words("en")
    rows = [
        f"| {' '.join(key_name(key) for key in action.keys) or '-'} | `{action.id}` | {ko(action.label)} | "
        f"{ko(action.help)} | {en(action.label)} | {en(action.help)} |"
        for action in ACTIONS
    ]
    fixed = [f"| {key} | {ko(f'fixed.{name}')} | {en(f'fixed.{name}')} |" for key, name in FIXED]
    return "\n".join(
        (
            "# 상담 화면의 키 / The desk's keys",
            "",
            "`agent_tui/keys.py`에서 만든 문서입니다. 키는 이름으로 바꿀 수 있고, 모든 기능은 Ctrl+T에도 있습니다.",
            "",
            "Made from `agent_tui/keys.py`. Keys can be changed by action name; every action is also in the palette",
            "(Ctrl+T). `-`: no key by default.",
            "",
            "| 키 Key | 이름 Name | 기능 | 설명 | Action | What it does |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "## 정해진 키 / Fixed keys",
            "",
            "| 키 Key | 하는 일 | What it does |",
            "|---|---|---|",
            *fixed,
            "",
        )
    )


FIXED: tuple[tuple[str, str], ...] = (
    ("Enter", "enter"),
    ("Alt+Enter, Ctrl+J", "newline"),
    ("Ctrl+Z", "undo"),
    ("Esc", "escape"),
    ("Tab, Shift+Tab", "tab"),
    ("/", "slash"),
    ("L, W, B", "ears"),
)
