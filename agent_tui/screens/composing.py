"""What is being written, per session: a draft and its keeping, a note, a search with ``/``, an article's answer.

The draft is kept on the server a moment after the last key, so that a console that dies takes nothing with it. A
message that the server refused comes back into the composer; nothing written is ever lost in silence. Where hold-back
is set, a message waits some seconds in which it can be taken back; meanwhile it is kept as a draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

from agent_tui import calls, safe
from agent_tui.keys import can
from agent_tui.screens import acts
from agent_tui.screens.asking import Answer, start
from agent_tui.times import seconds_left
from agent_tui.words import Words
from dasan.wire import desk
from dasan.wire.desk_views import Hit, Reply

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk

DRAFT_S = 0.8
SEARCH_S = 0.2
TYPING_US = 3_000_000


@dataclass(frozen=True, slots=True)
class Used:
    """An article whose answer was put into the composer."""

    article: str
    answer: str


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits out its hold-back: the command's fields, the text, and until when (microseconds)."""

    text: str
    fields: dict[str, Any]
    until: int
    timer: Timer


ENDING = frozenset({"finish", "transfer", "ticket", "hold", "unmask", "sign_out", "line"})


class Composing:
    """The composer's mind; the widget itself knows nothing of sessions."""

    def __init__(self, desk_screen: Desk) -> None:
        self._desk = desk_screen
        self._kept: dict[str, str] = {}
        self._used: dict[str, Used] = {}
        self._timer: Timer | None = None
        self._search: Timer | None = None
        self._typed_at = 0
        self._held: dict[str, Held] = {}
        self.note = False
        self.found: tuple[Hit, ...] = ()

    @property
    def searching(self) -> bool:
        return self._desk.composer.text.startswith("/")

    @property
    def noting(self) -> bool:
        """Whether what is written is for colleagues only: it was asked for, or the citizen is on the telephone."""
        return self.note or calls.is_voice(self._desk.talk)

    # -- coming and going

    def enter(self) -> None:
        """Another session is on the screen: its own draft."""
        talk = self._desk.talk
        self.note = False
        self._desk.composer.put(talk.draft if talk else "")
        if talk:
            self._kept.setdefault(talk.id, talk.draft)

    def leave(self) -> None:
        """The session leaves the screen: keep what was written at once."""
        self._keep_now()

    def drop(self) -> None:
        """The session is gone; so does what was written for it, which Ctrl+Z brings back until another is opened."""
        if held := self._held.pop(self._desk.current, None):
            held.timer.stop()
        self._kept.pop(self._desk.current, None)
        self._used.pop(self._desk.current, None)
        self._desk.composer.rewrite("")

    # -- writing

    def changed(self) -> None:
        """The text has changed, by a key or by us."""
        desk_screen = self._desk
        text = desk_screen.composer.text
        if self.searching:
            self._search_soon()
        else:
            self.found = ()
            desk_screen.desk_app.state.set_draft(desk_screen.current, text)
            self._keep_soon()
            self._say_typing(text)
        desk_screen.paint(frozenset())

    def _say_typing(self, text: str) -> None:
        now = self._desk.desk_app.client.now()
        talk = self._desk.talk
        if talk is None or self.noting or text == self._kept.get(talk.id, "") or not talk.can("say"):
            return
        if now - self._typed_at >= TYPING_US and text:
            self._typed_at = now
            self._desk.ask_typing(True)

    def _keep_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._desk.set_timer(DRAFT_S, lambda: self._keep(self._desk.current))

    def _keep_now(self) -> None:
        """Keep what stands in the composer without waiting for the widget to tell of its last letter."""
        if not self.searching:
            self._desk.desk_app.state.set_draft(self._desk.current, self._desk.composer.text)
        self._keep(self._desk.current, at_once=True)

    def _keep(self, session: str, at_once: bool = False) -> None:
        app = self._desk.desk_app
        talk, held = app.state.talk(session), self._held.get(session)
        if talk is None:
            return
        text = "\n".join(filter(None, (held.text if held else "", talk.draft)))
        if self._kept.get(session, "") == text:
            return
        if app.state.busy_with("draft", session) and not at_once:
            self._keep_soon()  # one at a time, so that a lost connection does not fill the queue with drafts
        else:
            self._kept[session] = text
            app.send(desk.Draft, session=session, text=text[: desk.TEXT_CHARS_MAX])

    # -- searching in place

    def _search_soon(self) -> None:
        if self._search is not None:
            self._search.stop()
        self._search = self._desk.set_timer(SEARCH_S, self._look)

    def _look(self) -> None:
        query = self._desk.composer.text.removeprefix("/").strip()
        if not query or not self.searching:
            return
        app = self._desk.desk_app
        self._desk.run_worker(app.guarded(self._find(query)), group="search", exclusive=True)

    async def _find(self, query: str) -> None:
        self.found = await acts.search(self._desk.desk_app, query, limit=3)
        self._desk.paint(frozenset())

    # -- Enter, Esc and the suggestions

    def entered(self) -> None:
        """Enter: send what is written; with nothing written, accept the offer; with ``/`` take what was found."""
        text = self._desk.composer.text.strip()
        if not text:
            if self._desk.desk_app.state.offers():
                acts.accept(self._desk)
        elif self.searching:
            self.use(0)
        else:
            self._send(text)

    def escaped(self) -> None:
        """One step out: the search, the note, then the offer (when nothing is written)."""
        if self.searching:
            talk = self._desk.talk
            self._desk.composer.put(talk.draft if talk else "")
        elif self.note:
            self.note = False
        elif self._desk.desk_app.state.offers() and not self._desk.composer.text.strip():
            acts.decline(self._desk)
        self._desk.paint(frozenset())

    def use(self, place: int) -> None:
        """Put the answer of suggestion ``place`` into the composer; the same key again sends it, where that is set. In
        a call it is opened to be read aloud, and put into the note by the same key again."""
        desk_screen = self._desk
        hits, talk = desk_screen.hits(), desk_screen.talk
        if talk is None or place >= len(hits):
            desk_screen.desk_app.say_notice(desk_screen.desk_app.say("why.no_suggestion"), "warning")
            return
        hit = hits[place]
        if calls.is_voice(talk) and not self.searching and desk_screen.opened_hit != place:
            desk_screen.opened_hit = place
            desk_screen.paint(frozenset())
            return
        used = self._used.get(talk.id)
        again = used is not None and used.article == hit.article and desk_screen.composer.text == used.answer
        desk_screen.opened_hit = 0 if self.searching else place
        if again and desk_screen.desk_app.options.again_sends:
            self._send(desk_screen.composer.text.strip())
        elif not again:
            self.take(hit)

    def take(self, hit: Hit) -> None:
        """Put the answer of ``hit`` under what is written (a ``/`` search is replaced by it)."""
        desk_screen, talk = self._desk, self._desk.talk
        if talk is None:
            return
        composer = desk_screen.composer
        draft = (talk.draft if self.searching else composer.text).rstrip()
        answer = safe.text(hit.answer)
        composer.rewrite(f"{draft}\n{answer}" if draft else answer)
        self._used[talk.id] = Used(hit.article, composer.text)
        if desk_screen.wrap is None:
            composer.focus()
        desk_screen.paint(frozenset())

    def _send(self, text: str) -> None:
        desk_screen = self._desk
        app, talk = desk_screen.desk_app, desk_screen.talk
        if talk is None:
            app.say_notice(app.say("why.no_talk"), "warning")
            return
        noting = self.noting
        command = "note" if noting else "say"
        why = "" if talk.can(command) else can(command)(desk_screen.where())
        if why:
            app.say_notice(why, "warning")
            return
        if len(text) > desk.TEXT_CHARS_MAX:
            app.say_notice(self.too_long(), "warning")
            return
        used = self._used.pop(talk.id, None)
        article = {"article": used.article, "edited": used.answer.strip() != text} if used else {}
        self.flush(talk.id)
        if app.options.hold_back_s and not noting:
            self._hold_back(talk.id, text, article)
        elif not self._give(desk.Note if noting else desk.Say, talk.id, text, {} if noting else article):
            return
        self.note = False
        desk_screen.composer.put("")
        self._keep_now()  # at once: a console that dies now must not offer again what was sent
        if self._typed_at:
            self._typed_at = 0
            desk_screen.ask_typing(False)

    def too_long(self) -> str:
        """The sentence that says so when more is written than can be sent, else ""."""
        count = len(self._desk.composer.text.strip())
        over = count > desk.TEXT_CHARS_MAX and not self.searching
        return self._desk.desk_app.say("why.too_long", limit=desk.TEXT_CHARS_MAX, count=count) if over else ""

    def _give(self, kind: type[desk.Say | desk.Note], session: str, text: str, fields: dict[str, Any]) -> bool:
        done = self._desk.desk_app.ask(kind, session=session, text=text, **fields)
        if done is not None:
            start(self._desk, self._sent(session, text, done))
        return done is not None

    # -- hold-back

    def _hold_back(self, session: str, text: str, fields: dict[str, Any]) -> None:
        wait_s = self._desk.desk_app.options.hold_back_s
        timer = self._desk.set_timer(wait_s, lambda: self.flush(session))
        self._held[session] = Held(text, fields, self._desk.desk_app.client.now() + wait_s * 1_000_000, timer)

    def flush(self, session: str) -> None:
        """Send what is held back for ``session`` now."""
        held = self._held.pop(session, None)
        if held is None:
            return
        held.timer.stop()
        if not self._give(desk.Say, session, held.text, held.fields):
            self._back(session, held.text)
        self._keep(session, at_once=True)

    def flush_before(self, action: str) -> None:
        """What ends or passes on a talk comes after what was said in it."""
        if action in ENDING:
            self.flush(self._desk.current)

    def unsend(self) -> None:
        """Take back what is held for the session on the screen."""
        held = self._held.pop(self._desk.current, None)
        if held is not None:
            held.timer.stop()
            self._back(self._desk.current, held.text)
            self._desk.paint(frozenset())

    def holds(self) -> str:
        """As :attr:`Where.held`."""
        if self._desk.current in self._held:
            return "held"
        return "on" if self._desk.desk_app.options.hold_back_s else ""

    def waiting(self, now: int, say: Words, key: str) -> str:
        """What is held for the session on the screen, how long yet, and how to take it back."""
        held = self._held.get(self._desk.current)
        return f"{say('talk.held', seconds=seconds_left(held.until, now), key=key)} {held.text}" if held else ""

    # -- what came of it

    async def _sent(self, session: str, text: str, done: Answer) -> None:
        reply: Reply = await done
        if reply.ok:
            return
        self._desk.desk_app.refused(reply)
        self._back(session, text)

    def _back(self, session: str, text: str) -> None:
        """What did not go out is written again, above what has been written since."""
        if session == self._desk.current:
            rest = self._desk.composer.text
            self._desk.composer.put(f"{text}\n{rest}" if rest else text)
        elif talk := self._desk.desk_app.state.talk(session):
            talk.draft = f"{text}\n{talk.draft}" if talk.draft else text
