"""What a supervisor looks at: the transcript, live and not hers to answer, and a line to whisper or to barge in with.

Enter whispers to the counselor; F8 turns the line to the citizen and back, and says so in its own row before anything
is written. Leaving the screen ends the look; when the look ends by itself (the session is over, the connection was
gone too long, she took over) the screen closes and says why.
"""

from __future__ import annotations

from textual.app import ComposeResult

from agent_tui import calls, safe
from agent_tui.screens.asking import done, start
from agent_tui.screens.supervising import Supervising
from agent_tui.state import LinkState, Talk
from agent_tui.widgets.bars import HintBar
from agent_tui.widgets.callbar import looked_at
from agent_tui.widgets.card import talk_line
from agent_tui.widgets.composer import Composer
from agent_tui.widgets.pane import Pane
from agent_tui.widgets.transcript import Transcript
from dasan.wire import desk
from dasan.wire.desk_views import Entry, FloorSession


class Looking(Supervising):
    """``row`` is the session as the floor showed it when the look began."""

    DEFAULT_CSS = """
    Looking #call { height: 1; background: $panel; }
    Looking #talk-line { height: 1; background: $field; }
    Looking #transcript { height: 1fr; padding: 0 1; background: $ground; }
    Looking #to { height: 1; background: $panel; }
    Looking #advice { height: 3; }
    """
    PLACE = "looking"
    AUTO_FOCUS = "#advice"

    def __init__(self, row: FloorSession) -> None:
        super().__init__()
        self._row = row
        self.to_citizen = False
        self._ringing = False  # her own telephone, for this call

    def compose(self) -> ComposeResult:
        say = self.desk_app.say
        yield Pane(id="call")
        yield Pane(id="talk-line")
        yield Transcript(say, id="transcript")
        yield Pane(id="to")
        yield Composer(id="advice", placeholder=say("looking.placeholder"))
        yield HintBar(id="hints")

    @property
    def row(self) -> FloorSession | None:
        """The session as the floor shows it now, else as it last did."""
        floor = self.desk_app.state.floor
        shown = (row for row in (floor.sessions if floor else ()) if row.session == self._row.session)
        self._row = next(shown, self._row)
        return self._row

    @property
    def talk(self) -> Talk | None:
        """What is looked at, while it is."""
        talk = self.desk_app.state.talk(self._row.session)
        return talk if talk is not None and talk.session.look else None

    @property
    def _composer(self) -> Composer:
        return self.query_one("#advice", Composer)

    def draw(self, now: int) -> None:
        app, talk = self.desk_app, self.talk
        if talk is None:
            if app.state.link.state is LinkState.UP:
                self._over()
            return
        say, line = app.say, self.query_one("#talk-line", Pane)
        line.show(talk_line(talk, now, say, max(20, self.size.width)))
        self.query_one("#transcript", Transcript).draw(talk, app.state.sending(talk.id), now)
        if self.to_citizen and not talk.can("barge"):
            self.to_citizen = False
        name = safe.flat(talk.item.counselor_name, 20) if talk.item else ""
        whom = say("looking.to_citizen") if self.to_citizen else say("looking.to_counselor", name=name or "-")
        step = say.name("step", talk.session.look)
        style = "bold $mark-ink on $alarm" if self.to_citizen else "$muted"
        mine = calls.own(talk)
        rang, self._ringing = self._ringing, mine is not None and mine.state in calls.CALLED
        if rang and mine is None and talk.session.call is not None:  # a notice draws this screen again
            phone = app.state.me.phone if app.state.me else ""
            app.say_notice(say("looking.no_phone", phone=phone or "-"), "warning")
        ear = f"{say('looking.ear', ear=say.name('ear', mine.ear))} | " if mine is not None and mine.ear else ""
        row = safe.fit(f"{step} | {ear}{whom}", max(20, self.size.width - 1))
        bar = self.query_one("#call", Pane)
        bar.display = talk.session.call is not None
        if bar.display:
            bar.show(looked_at(talk, now, say, max(20, self.size.width)))
        self.query_one("#to", Pane).show(safe.plain_piece((" " + row, style)))
        self._composer.placeholder = say("looking.citizen_placeholder" if self.to_citizen else "looking.placeholder")

    def _over(self) -> None:
        """The look has ended without her: taken over, closed, or lost with the connection."""
        app, talk = self.desk_app, self.desk_app.state.talk(self._row.session)
        taken = talk is not None and talk.mine == "live"
        if self.is_current:
            self.dismiss(None)
            app.say_notice(app.say("looking.yours" if taken else "looking.over", number=self._row.number))

    # -- what is pressed

    def hangs_up(self) -> None:
        self._ringing = False

    def turn(self) -> None:
        self.to_citizen = not self.to_citizen
        self._composer.focus()
        self.paint(frozenset())

    def on_composer_entered(self) -> None:
        composer, talk, app = self._composer, self.talk, self.desk_app
        text = composer.text.strip()
        kind = desk.Barge if self.to_citizen else desk.Whisper
        if not text or talk is None:
            return
        if not talk.can("barge" if self.to_citizen else "whisper"):
            why = talk.session.cannot.get("barge" if self.to_citizen else "whisper", "")
            app.say_notice(why or app.say("why.not_now"), "warning")
            return
        if (answer := app.ask(kind, session=talk.id, text=text)) is None:
            return
        composer.put("")

        async def work() -> None:
            reply = await answer
            if not reply.ok:
                app.refused(reply)
                composer.put("\n".join(filter(None, (text, composer.text))))  # what was refused is not lost

        start(self, work())

    def on_composer_escaped(self) -> None:
        self.action_leave()

    def action_leave(self) -> None:
        """One step out: from the citizen back to the counselor, then out of the look."""
        if self.to_citizen:
            self.turn()
            return
        self.desk_app.send(desk.LookAway, session=self._row.session)
        self.dismiss(None)

    def on_transcript_top(self) -> None:
        """Older lines, when the reader stands at the first that is kept."""
        talk = self.talk
        before = talk.entries[0].n if talk and talk.entries else 0
        if talk is None or before <= 1 or self.desk_app.state.busy_with("older", talk.id):
            return

        async def work(session: str) -> None:
            reply = await done(self, desk.Older, session=session, before=before)
            if reply:
                entries = [Entry.model_validate(raw) for raw in reply.data.get("entries", ())]
                self.desk_app.took(self.desk_app.state.prepend(session, entries))

        start(self, work(talk.id))
