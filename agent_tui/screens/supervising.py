"""What the two screens of a supervisor have in common: the keys of "floor", the hint line, painting.

Both show sessions that are not hers; what can be done with one is in ``acts_floor``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen

from agent_tui import safe
from agent_tui.keys import ACTIONS, BY_ID, Where
from agent_tui.screens import acts_floor
from agent_tui.state import Changes, Talk
from agent_tui.widgets.bars import HintBar
from dasan.wire.desk_views import FloorSession

if TYPE_CHECKING:
    from agent_tui.app import DeskApp


class Supervising(Screen[None]):
    """What both of the supervisor's screens have: the table's keys of "floor", the hint line, and painting."""

    DEFAULT_CSS = """
    Supervising { background: $ground; color: $ink; layout: vertical; }
    Supervising #title, Supervising #hints { height: 1; background: $panel; }
    """
    PLACE: ClassVar[str] = "list"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(",".join(a.keys), f"do({a.id!r})", a.id, id=a.id, show=False, priority=a.keys != ("enter",))
            for a in ACTIONS
            if a.screen in {"floor", "list"} and a.keys
        ),
        Binding("escape", "leave", show=False),
    ]

    @property
    def desk_app(self) -> DeskApp:
        return cast("DeskApp", self.app)

    @property
    def row(self) -> FloorSession | None:
        """The session that is meant; each screen has its own."""
        return None

    @property
    def talk(self) -> Talk | None:
        """That session, as far as it is hers to see."""
        row = self.row
        return self.desk_app.state.talk(row.session) if row else None

    def where(self) -> Where:
        """What decides which actions are possible now."""
        return Where(self.desk_app.state, self.talk, self.desk_app.say, row=self.row)

    def on_mount(self) -> None:
        self.set_interval(1.0, lambda: self.paint(frozenset()))
        self.call_after_refresh(self.paint, frozenset())

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint, frozenset())

    def paint(self, changes: Changes) -> None:
        """Bring everything up to date."""
        if not self.is_mounted or not self.query("#hints"):
            return
        app = self.desk_app
        now, width = app.client.now(), self.size.width
        self.draw(now)
        hints = self.query_one("#hints", HintBar)
        if app.passing.until > now:
            word = safe.short(f"! {app.passing.text}" if app.passing.warning else app.passing.text, width - 2)
            hints.show(safe.plain_piece((" " + word, "bold $warn" if app.passing.warning else "bold $good")))
        else:
            hints.draw(self.where(), app.keymap, width, self.PLACE)

    def draw(self, now: int) -> None:
        """Everything but the hint line, at ``now``; each screen has its own."""

    def action_do(self, action_id: str) -> None:
        """Do an action, or say why it is not possible now."""
        why = BY_ID[action_id].when(self.where())
        if why:
            self.desk_app.say_notice(why, "warning")
        else:
            acts_floor.ACTS[action_id](self)

    def looks_at(self, row: FloorSession) -> None:
        """The look at ``row`` has begun."""

    def hangs_up(self) -> None:
        """She no longer wants to hear the call."""

    def turn(self) -> None:
        """Whom the next line is for; where nothing can be written, say where that is."""
        self.desk_app.say_notice(self.desk_app.say("why.look_first"), "warning")

    def on_hint_bar_pressed(self, event: HintBar.Pressed) -> None:
        if BY_ID[event.action].screen == "app":
            self.app.call_later(self.app.run_action, f"desk_{event.action}")
        else:
            self.action_do(event.action)
