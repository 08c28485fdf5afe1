"""What each action does: one function over the desk for every desk action of ``keys.ACTIONS``; a test holds that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent_tui.screens import (
    acts,
    acts_call,
    acts_callback,
    acts_hearing,
    acts_merge,
    acts_person,
    acts_record,
    finding,
)
from dasan.wire import desk

if TYPE_CHECKING:
    from agent_tui.screens.desk import Desk

ACTS: dict[str, Callable[[Desk], None]] = {
    "suggest_1": acts.suggest(0),
    "suggest_2": acts.suggest(1),
    "suggest_3": acts.suggest(2),
    "next_urgent": acts.go_next_urgent,
    "hold": acts.hold,
    "transfer": acts.transfer,
    "conference": acts_call.conference,
    "ticket": acts_record.ticket,
    "finish": acts_record.finish,
    "line": acts_call.line,
    "mute": acts_call.mute,
    "warn": acts_call.warn,
    "abuse": acts_call.abuse,
    "party": acts_call.party,
    "to_call": acts_call.to_call,
    "callbacks": acts_callback.callbacks,
    "callback_ask": acts_callback.callback_ask,
    "phone": acts_call.phone,
    "switch": finding.switch,
    "knowledge": acts.knowledge,
    "next_talk": acts.step(1),
    "previous_talk": acts.step(-1),
    "presence": acts_person.presence,
    "note": acts.note,
    "jump": finding.jump,
    "side": acts.side,
    "preview": acts.preview,
    "accept": acts.accept,
    "decline": acts.decline,
    "scroll_up": acts.scroll("up"),
    "scroll_down": acts.scroll("down"),
    "scroll_end": acts.scroll("end"),
    "unmask": acts_person.unmask,
    "merge": acts_merge.merge,
    "unmerge": acts_merge.unmerge,
    "photo": acts_person.photo,
    "extend_wrap": acts_record.extend_wrap,
    "withdraw_ticket": acts_record.with_reason(desk.TicketWithdraw, "ticket.withdraw"),
    "retry_ticket": acts_record.retry_ticket,
    "release_ticket": acts_record.with_reason(desk.TicketRelease, "ticket.release"),
    "why": acts_person.why,
    "take_over": acts_person.take_over,
    "floor": acts_person.floor,
    "hear_number": acts_hearing.hear_number,
    "theme": acts_person.theme,
    "sign_out": acts_person.sign_out,
    "palette": finding.palette,
    "unsend": acts.unsend,
    "demo_kill": acts_person.demo_kill,
}
