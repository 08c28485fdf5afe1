"""The supervisor's floor: live sessions with the oldest trouble on top, who is there, and what she may do about it.

Nothing of what people wrote is here. Enter begins to look into the session under the cursor (``screens.looking``);
taking over, a dead letter's acts and the reasons of the routing need no look. The list follows the server while this
screen is open and is asked for again after a lost connection.
"""

from __future__ import annotations

from textual.app import ComposeResult

from agent_tui import safe
from agent_tui.screens.asking import only, start
from agent_tui.screens.looking import Looking
from agent_tui.screens.supervising import Supervising
from agent_tui.state import LinkState
from agent_tui.times import clock
from agent_tui.widgets.bars import HintBar
from agent_tui.widgets.floor import FloorList, crew_rows
from agent_tui.widgets.pane import Pane
from dasan.wire import desk
from dasan.wire.desk_views import FloorSession


class Floor(Supervising):
    """The list."""

    DEFAULT_CSS = """
    Floor #list { height: 1fr; background: $ground; }
    Floor #crew { height: 2; background: $panel; }
    """
    AUTO_FOCUS = "#list"

    def compose(self) -> ComposeResult:
        yield Pane(id="title")
        yield FloorList(id="list")
        yield Pane(id="crew")
        yield HintBar(id="hints")

    @property
    def row(self) -> FloorSession | None:
        return self.query_one("#list", FloorList).row

    def draw(self, now: int) -> None:
        app = self.desk_app
        state, say, width = app.state, app.say, self.size.width
        up = state.link.state is LinkState.UP
        if up and state.floor is None and not state.busy_with("floor"):
            start(self, only(self, desk.Floor, on=True))
        looked = frozenset(talk.id for talk in state.talks.values() if talk.session.look)
        self.query_one("#list", FloorList).draw(state.floor, looked, now, say)
        crew = self.query_one("#crew", Pane)
        if state.floor:
            wanted = len(state.floor.counselors) + 1 + bool(state.floor.more_counselors)
            height = max(2, min(wanted, self.size.height // 3))
            crew.styles.height = height
            crew.show(crew_rows(state.floor, say, width, height))
        self.query_one("#title", Pane).show(safe.join(*self._title(now, width)))

    def _title(self, now: int, width: int) -> list[tuple[str, str]]:
        state, say = self.desk_app.state, self.desk_app.say
        floor = state.floor
        rows = floor.sessions if floor else ()
        facts = say("floor.title", count=len(rows) + (floor.more_sessions if floor else 0))
        trouble = sum(bool(row.trouble) for row in rows)
        parts = [(" " + facts, "bold $accent")]
        parts += [("  " + say("floor.troubles", count=trouble), "bold $warn" if trouble else "$muted")]
        if state.offers():
            parts += [("  " + say("floor.offered", count=len(state.offers())), "bold $warn")]
        if state.link.state is not LinkState.UP:
            parts += [("  " + say.name("link", state.link.state), "bold $warn")]
        used = safe.join(*parts).cell_length
        return [*parts, (f"{clock(now) if now else '':>{max(1, width - used - 1)}}", "bold")]

    def action_leave(self) -> None:
        self.desk_app.send(desk.Floor, on=False)
        self.desk_app.state.floor = None
        self.dismiss(None)

    def on_floor_list_moved(self) -> None:
        self.paint(frozenset())

    def on_floor_list_pressed(self) -> None:
        self.action_do("look")

    def on_floor_list_heard(self, event: FloorList.Heard) -> None:
        self.action_do(event.action)

    def looks_at(self, row: FloorSession) -> None:
        self.app.push_screen(Looking(row))
