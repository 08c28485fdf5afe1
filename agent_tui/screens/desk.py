"""The desk: sessions, one conversation, the composer, the citizen's card and suggestions.

The screen arranges and paints; ``acts`` holds what each action does. Everything shown is pulled from the read model in
:meth:`Desk.paint`, which the app calls at most ten times a second and once each second for the clocks. An event from
the server never moves the focus, never scrolls and never touches what is being written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import TextArea

from agent_tui import calls, safe
from agent_tui.keys import ACTIONS, BY_ID, IN_CALLS, Where, key_name
from agent_tui.names import gone
from agent_tui.screens import acts, acts_record, finding, painting, table
from agent_tui.screens.composing import Composing
from agent_tui.state import Change, Changes, Talk, Topic
from agent_tui.urgency import by_urgency, need
from agent_tui.widgets.bars import HintBar, hint, offer_line
from agent_tui.widgets.callbar import CallBar
from agent_tui.widgets.card import card, talk_line
from agent_tui.widgets.choice import Choice
from agent_tui.widgets.composer import Composer
from agent_tui.widgets.offer import OfferBar
from agent_tui.widgets.pane import Pane
from agent_tui.widgets.sessions import SessionList, queue_rows
from agent_tui.widgets.status import status_line
from agent_tui.widgets.suggestions import Suggestions, suggestions
from agent_tui.widgets.tabs import Tabs
from agent_tui.widgets.transcript import Transcript
from agent_tui.widgets.wrap import WrapPanel
from dasan.wire import desk
from dasan.wire.desk_views import Hit

if TYPE_CHECKING:
    from agent_tui.app import DeskApp

EVERYTHING: Changes = frozenset(Change(topic) for topic in Topic)
BELL_US = 3_000_000
TOLD_US = 3_000_000  # each of several things that left her is told for so long
HER_OWN = frozenset({"offer_in_call", "offer_presence"})  # it follows from what she did


class Desk(Screen[None]):
    """One counselor's desk. ``current`` is the session on the screen ("" for none)."""

    CSS_PATH = "desk.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-medium"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "#composer"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"do({a.id!r})", a.id, id=a.id, show=False, priority=True)
        for a in ACTIONS
        if a.screen == "desk" and a.keys
    ]

    def __init__(self) -> None:
        super().__init__()
        self.current = ""
        self.side = acts.SIDES[0]
        self.opened_hit = 0
        self.composing = Composing(self)
        self.wrap: WrapPanel | None = None  # while it is open; its widget may outlive that by a moment
        self._rung: set[str] = set()
        self._rung_at = 0
        self._met: set[str] = set()
        self._told_until = 0

    @property
    def desk_app(self) -> DeskApp:
        return cast("DeskApp", self.app)

    # -- layout

    def compose(self) -> ComposeResult:
        say = self.desk_app.say
        yield Pane(id="notice", classes="" if self.desk_app.options.notice else "-hidden")
        yield Pane(id="status")
        yield CallBar(id="call")
        with Container(id="columns"):
            with Vertical(id="left"):
                yield SessionList(id="sessions")
                yield Pane(id="queues")
            with Vertical(id="middle"):
                yield Pane(id="talk-line")
                yield Transcript(say, id="transcript")
            with Vertical(id="right"):
                yield Tabs(acts.SIDES, id="tabs")
                yield Pane(id="card")
                yield Pane(id="side-queues")
                yield Suggestions(id="suggest")
            with Vertical(id="bottom"):
                yield OfferBar(id="offer")
                yield Composer(id="composer", placeholder=say("composer.placeholder"))
        yield HintBar(id="hints")

    def on_mount(self) -> None:
        if self.desk_app.options.notice:
            line = safe.plain_piece((" " + self.desk_app.options.notice, "$accent"))
            self.query_one("#notice", Pane).show(line)
        self.set_interval(1.0, lambda: self.paint(frozenset()))
        self.paint(EVERYTHING)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(126 <= event.size.width < 160, "-roomy")
        self.set_class(event.size.width >= 160, "-huge")
        self.call_after_refresh(self.paint, EVERYTHING)

    # -- what is here

    @property
    def talk(self) -> Talk | None:
        return self.desk_app.state.talk(self.current)

    @property
    def composer(self) -> Composer:
        return self.query_one("#composer", Composer)

    def where(self) -> Where:
        """What decides which actions are possible now."""
        app = self.desk_app
        written, held = self.composer.text.strip(), self.composing.holds()
        return Where(app.state, self.talk, app.say, written, bool(app.options.on_key), held)

    def hits(self) -> tuple[Hit, ...]:
        """What F2 to F4 mean now: what was searched for, else the suggestions."""
        if self.composing.searching:
            return self.composing.found
        talk = self.talk
        return talk.suggest.hits if talk and talk.suggest else ()

    # -- choosing a session

    def select(self, session: str) -> None:
        """Put ``session`` on the screen, with its own draft, and go to the composer (or to its wrap-up)."""
        if session != self.current:
            self.composing.leave()
            self.close_wrap()
            self.current = session
            self.opened_hit = 0
            self.composing.enter()
        talk = self.talk
        if talk and talk.mine == "wrapping":
            self.open_wrap()
        else:
            self.composer.focus()
        self.paint(EVERYTHING)

    def open_wrap(self) -> None:
        """Show the wrap-up of the current session and go there."""
        talk, centre = self.talk, self.desk_app.state.centre
        if talk is None or centre is None:
            return
        if self.wrap is None:
            self.wrap = WrapPanel(self.desk_app.say, centre, talk)
            self.query_one("#bottom").mount(self.wrap)
            self.composer.display = False
        self.wrap.call_after_refresh(self._focus_wrap)  # by its own queue, which begins when it stands

    def _focus_wrap(self) -> None:
        panel = self.wrap
        if panel is not None and self.talk is not None:
            panel.draw(self.talk)
            panel.take_focus()
            self.paint(frozenset())

    def close_wrap(self) -> None:
        """Back to the composer."""
        if self.wrap is not None:
            self.composer.display = True
            self.wrap.remove()
            self.wrap = None
            self.composer.focus()

    # -- painting

    def paint(self, changes: Changes) -> None:
        """Bring everything up to date. Cheap: what has not changed is not drawn."""
        if self.is_mounted:
            self.desk_app.shielded(self._paint)

    def _paint(self) -> None:
        app = self.desk_app
        now, say, state = app.client.now(), app.say, app.state
        self._settle(now)
        width = self.size.width
        self.query_one("#status", Pane).show(status_line(state, now, say, width))
        sessions = self.query_one("#sessions", SessionList)
        sessions.draw(state, now, say, self.current, self.has_class("-narrow"), self.key("presence"))
        self._paint_queues(now)
        middle = self.query_one("#talk-line", Pane)
        middle.show(talk_line(self.talk, now, say, max(20, middle.size.width)))
        painting.paint_call(self, now)
        held = self.composing.waiting(now, say, self.key("palette"))
        self.query_one("#transcript", Transcript).draw(self.talk, state.sending(self.current), now, held)
        self._paint_side()
        self._paint_bottom(now)
        hints = self.query_one("#hints", HintBar)
        if app.passing.until > now:
            word = safe.short(f"! {app.passing.text}" if app.passing.warning else app.passing.text, width - 2)
            hints.show(safe.plain_piece((" " + word, "bold $warn" if app.passing.warning else "bold $good")))
        else:
            hints.draw(self.where(), app.keymap, width, elsewhere=self.query_one("#call", CallBar).actions)

    def _settle(self, now: int) -> None:
        """What follows from the state without any key: a gone session leaves the screen, an accepted one is opened."""
        state = self.desk_app.state
        if self.current and self.current not in state.talks:
            self.composing.drop()
            self.close_wrap()
            self.current = ""
        if state.left and now >= self._told_until:
            number, why = state.left.pop(0)
            self._told_until = now + TOLD_US
            severity = "information" if why in HER_OWN else "warning"
            self.desk_app.say_notice(gone(number, why, self.desk_app.say), severity)
        talks = by_urgency(state, now)
        if not self.current and talks and not self._met:
            self._met.add(talks[0].id)
            self.current = talks[0].id
            self.composing.enter()
        acts.confirm_opened(self)
        if self.talk and not self.talk.entries and self.talk.last_n:
            acts.older(self)
        acts.mark_read(self)
        self._ring(now)
        self.query_one("#transcript", Transcript).forget(set(state.talks))

    def _ring(self, now: int) -> None:
        """The bell: only for a new offer or a promise just broken, at most once in three seconds."""
        state = self.desk_app.state
        alarms = {offer.offer for offer in state.offers()}
        self.desk_app.notify_of(len(alarms - self._rung), now)
        alarms |= {talk.id for talk in state.talks.values() if talk.mine == "live" and need(talk, now).sign == "!!"}
        if alarms - self._rung and now - self._rung_at >= BELL_US:
            self._rung_at = now
            self.app.bell()
        self._rung = alarms

    def _paint_queues(self, now: int) -> None:
        state, say = self.desk_app.state, self.desk_app.say
        for name in ("#queues", "#side-queues"):
            pane = self.query_one(name, Pane)
            if pane.display:
                pane.show(queue_rows(state, now, say, max(20, pane.size.width)))

    def _paint_side(self) -> None:
        app = self.desk_app
        say, talk = app.say, self.talk
        chosen = "bold $mark-ink on $mark"
        tabs = [(f" {say(f'side.{side}')} ", chosen if side == self.side else "$muted") for side in acts.SIDES]
        self.query_one("#tabs", Tabs).draw(tabs, self.key("side"))
        for side in acts.SIDES:
            self.query_one("#right").set_class(side == self.side, f"-{side}")
        pane = self.query_one("#card", Pane)
        pane.show(card(talk, say, max(16, pane.size.width)))
        suggest = self.query_one("#suggest", Suggestions)
        title, empty = painting.suggest_words(self)
        keys = [self.key(f"suggest_{i}") for i in (1, 2, 3)]
        size = suggest.size
        tabbed = not self.has_class("-wide") and not self.composing.searching  # the tab is its title
        content, starts = suggestions(
            self.hits(), say, title="" if tabbed else title, empty=empty, width=max(16, size.width), height=max(2,
            size.height), keys=keys, opened=self.opened_hit,
        )  # fmt: skip
        suggest.draw(content, starts)

    def show_side(self, side: str) -> None:
        """Show one of the side column's tabs, where there is room for one only."""
        self.side = side
        self.call_after_refresh(self.paint, frozenset())

    def _paint_bottom(self, now: int) -> None:
        app = self.desk_app
        bar = self.query_one("#offer", OfferBar)
        composed = bool(self.composer.text.strip()) or self.wrap is not None
        width, height = max(20, bar.size.width), bar.size.height
        offer = offer_line(app.state, now, app.say, composed and not bar.has_focus, width, height)
        bar.show(
            offer
            if offer is not None
            else hint(painting.hints(self), width, "bold $warn" if app.state.sent_away() else "$muted")
        )
        panel = self.wrap
        if panel is not None and self.talk is not None:
            panel.draw(self.talk)

    def key(self, action: str) -> str:
        """What the key of ``action`` is called, "-" when it has none."""
        keys = self.desk_app.keymap.get(action, ())
        return key_name(keys[0]) if keys else "-"

    # -- what is pressed

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a call the keys that belong to calls edit what is written, as they do in every text field."""
        asked = str(parameters[0]) if action == "do" and parameters else ""
        editing = self.composer.has_focus if self.is_mounted else False
        if not editing or asked not in IN_CALLS:
            return True
        return bool(calls.the_call(self.desk_app.state)) if asked == "to_call" else calls.is_voice(self.talk)

    def action_do(self, action_id: str) -> None:
        """Do an action, or say why it is not possible now."""
        app = self.desk_app
        why = BY_ID[action_id].when(self.where())
        if self.composing.searching and action_id.startswith("suggest_"):
            why = ""
        if why:
            app.say_notice(why, "warning")
            return
        self.composing.flush_before(action_id)
        table.ACTS[action_id](self)

    def on_composer_entered(self) -> None:
        self.composing.entered()

    def on_composer_escaped(self) -> None:
        self.composing.escaped()

    def on_composer_tabbed(self) -> None:
        if self.hits():
            acts.preview(self)
        else:
            self.focus_next()

    def on_composer_ended(self) -> None:
        self.query_one("#transcript", Transcript).to_end()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        if event.text_area is self.composer:
            self.composing.changed()

    def on_offer_bar_accepted(self) -> None:
        if not self.desk_app.state.offers():  # the line may be telling of new words below
            self.query_one("#transcript", Transcript).to_end()
        acts.accept(self)

    def on_offer_bar_declined(self) -> None:
        acts.decline(self)

    def on_offer_bar_typed(self, event: OfferBar.Typed) -> None:
        self.composer.focus()
        self.composer.insert(event.letter)

    def on_session_list_chosen(self, event: SessionList.Chosen) -> None:
        self.select(event.session)

    def on_tabs_chosen(self, event: Tabs.Chosen) -> None:
        self.show_side(event.side)

    def on_suggestions_chosen(self, event: Suggestions.Chosen) -> None:
        self.action_do(f"suggest_{event.place + 1}")

    def on_hint_bar_pressed(self, event: HintBar.Pressed) -> None:
        self.run_worker(self.desk_app.guarded(finding.do(self, event.action)))

    def on_call_bar_pressed(self, event: CallBar.Pressed) -> None:
        self.run_worker(self.desk_app.guarded(finding.do(self, event.action or "to_call")))

    def on_transcript_moved(self) -> None:
        self._paint_bottom(self.desk_app.client.now())
        acts.mark_read(self)

    def on_transcript_top(self) -> None:
        acts.older(self)

    def on_wrap_panel_filed(self) -> None:
        acts_record.file_wrap(self)

    def on_wrap_panel_left(self) -> None:
        self.close_wrap()
        self.paint(frozenset())

    def on_choice_changed(self, event: Choice.Changed) -> None:
        event.stop()

    def ask_typing(self, on: bool) -> None:
        """Tell the citizen's page that somebody is writing."""
        if self.current:
            self.desk_app.client.tell(desk.Typing, session=self.current, on=on)
