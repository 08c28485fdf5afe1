"""What some of the desk's lines say now: the call's bar, the hints under the conversation, the suggestions' title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_tui import calls
from agent_tui.announce import away_text
from agent_tui.widgets.callbar import CallBar
from agent_tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk


def paint_call(d: Desk, now: int) -> None:
    """The call's bar, and what the composer is for: in a call what is written is a note."""
    say, talk = d.desk_app.say, calls.the_call(d.desk_app.state)
    d.query_one("#call", CallBar).draw(talk, talk is d.talk, now, say, max(20, d.size.width), d.key)
    wanted = say("composer.call" if calls.is_voice(d.talk) else "composer.placeholder")
    if d.composer.placeholder != wanted:
        d.composer.placeholder = wanted


def suggest_words(d: Desk) -> tuple[str, str]:
    """The title of the suggestions, and what stands there when there are none."""
    say, talk = d.desk_app.say, d.talk
    if d.composing.searching:
        return say("suggest.found"), say("suggest.none_found")
    if talk is None or talk.suggest is None:
        return say("suggest.title"), say("suggest.none")
    if talk.suggest.state == "off":
        return say("suggest.title"), say("suggest.off")
    late = f" ({say('suggest.slow')})" if talk.suggest.state == "slow" else ""
    return say("suggest.title") + late, say("suggest.none")


def hints(d: Desk) -> list[str]:
    """What the line over the composer says when there is no offer: the first that is true."""
    say, talk = d.desk_app.say, d.talk
    transcript = d.query_one("#transcript", Transcript)
    finish, urgent = d.key("finish"), d.key("next_urgent")
    written = [say("composer.newline"), say("composer.slash")]
    cases = (
        (bool(d.desk_app.state.sent_away()), [away_text(d.desk_app.state, say, d.key("presence"))]),
        (transcript.unseen > 0, [say("talk.unseen", count=transcript.unseen)]),
        (d.wrap is not None, say("wrap.hint", finish=finish).split(" | ")),
        (talk is None, [say("talk.choose", key=urgent)]),
        (talk is not None and talk.mine == "wrapping", [say("talk.over", key=finish)]),
        (bool(d.composing.too_long()), [d.composing.too_long()]),
        (d.composing.note, [say("composer.note")]),
        (d.composing.searching, [say("composer.searching")]),
        (calls.is_voice(talk), [say("composer.voice"), *written]),
    )
    return next((texts for true, texts in cases if true), [say("composer.enter"), *written])
