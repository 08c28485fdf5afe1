"""A centre with telephones, for the console's tests: calls with their parties, consults, lines, callbacks, and speech.

It follows the rules of dasan/wire for calls as fake_server does for the rest. What it leaves out is the network: a
party that is rung answers when the test says so (:meth:`CallCentre.answers`).

    python -m tests.agent_tui.call_centre 8765     a call and three chats to look at the desk with
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from dasan.wire import desk, desk_calls
from dasan.wire import desk_views as view
from dasan.wire.call_views import Call, Callback, Callbacks, Consulting, Line, Partial, Party
from tests.agent_tui.fake_server import SECOND, Centre, running

TALK = ("note", "transfer", "release", "ticket_prefill", "ticket_file", "unmask", "mute", "hand_over", "warn", "abuse",
        "recording", "callback_ask")  # fmt: skip
CAN = {
    "ACTIVE": ("hold", "consult", *TALK),
    "HELD": ("unhold", "consult", *TALK),
    "CONSULTING": ("consult_end", "drop", "mute", "note", "unmask", "warn"),
    "READY": ("consult_end", "consult_join", "consult_complete", "drop", "mute", "note", "unmask", "warn"),
}
CANNOT = {
    "say": "전화 상담에서는 글을 보낼 수 없습니다. 메모로 남기십시오.",
    "consult_complete": "협의 상대가 아직 받지 않았습니다.",
}
LINES = {
    "ko": (
        Line(code="119", name="119 소방·구급", emergency=True, needs_place=True),
        Line(code="112", name="112 경찰", emergency=True, needs_place=True),
        Line(code="1330", name="1330 관광통역안내"),
        Line(code="danuri", name="다누리콜센터"),
        Line(code="care", name="안심돌봄 협력기관", rings=False),
    ),
    "en": (
        Line(code="119", name="119 fire and ambulance", emergency=True, needs_place=True),
        Line(code="112", name="112 police", emergency=True, needs_place=True),
        Line(code="1330", name="1330 travel helpline"),
        Line(code="danuri", name="Danuri helpline"),
        Line(code="care", name="Care partner", rings=False),
    ),
}
CITIZEN = Party(leg="l_citizen", role="CITIZEN", state="CONNECTED", joined=True)
ME = Party(leg="l_kim", role="COUNSELOR", name="김상담", who="k_kim", state="CONNECTED", joined=True, mine=True)
NAMES = {"k_lee": "이상담"}


class Calls(Centre):
    """A mix-in over any centre of these tests."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.lines = LINES[self.language]
        self.callbacks: list[Callback] = []
        self.follows_callbacks = False
        self.quiet_until = 0

    async def ring(
        self, name: str, *, waited_s: int = 24, talked_s: int = 0, queue: str = "traffic", **call: Any
    ) -> str:
        """A call that the counselor has already taken, both in the room."""
        session = self._new(name, queue, waited_s + talked_s, "voice")
        since = self.now - talked_s * SECOND
        state = {"caller": "e164", "parties": (CITIZEN, ME), "talk_since": since, "waited_s": waited_s, **call}
        made = Call(**state)
        slot = view.Slot(item=f"w_{session}", session=session, kind="live", channel="voice", units=100)
        await self.turn(session, "ACTIVE", call=made, mine="live", phase="ENGAGED", active_at=since)
        await self._me(slots=(*self.me.slots, slot))
        return session

    async def turn(self, session: str, state: str, *, active_at: int = 0, **fields: Any) -> None:
        """The item of ``session`` is in ``state``; what can be done follows."""
        item = self._item(session, state, active_at=active_at or self._active(session))
        call = fields.get("call") or self.sessions[session].call
        ready = state == "CONSULTING" and call.consult is not None and call.consult.ready
        can = CAN["READY" if ready else state]
        await self._change(session, item=item, can=can, cannot=CANNOT, **fields)

    def _active(self, session: str) -> int:
        item = self.sessions[session].item
        return item.active_at if item is not None and item.active_at else self.now

    def call(self, session: str) -> Call:
        found = self.sessions[session].call
        assert found is not None
        return found

    async def alter(self, session: str, **fields: Any) -> None:
        """Something about the call changes, and nothing else."""
        await self._change(session, call=self.call(session).model_copy(update=fields))

    # -- the world moves

    async def speech(self, session: str, text: str, who: str = "citizen", **more: Any) -> view.Entry:
        """Something was said, finally."""
        entry = self._entry(session, who=who, kind="speech", text=text, **more)
        self.sessions[session] = self.sessions[session].model_copy(update={"waiting_since": 0})
        await self._send(entry)
        return entry

    async def saying(
        self, session: str, text: str, leg: str = "l_citizen", who: str = "citizen", name: str = "", **more: Any
    ) -> None:
        """Something is being said, or pressed."""
        await self._send(Partial(session=session, leg=leg, who=who, name=name, text=text, **more))

    async def answers(self, session: str) -> None:
        """Whoever is being rung picks up, and is in the room."""
        call = self.call(session)
        parties = tuple(p.model_copy(update={"state": "CONNECTED", "joined": True}) for p in call.parties)
        consult = call.consult.model_copy(update={"ready": True}) if call.consult else None
        call = call.model_copy(update={"parties": parties, "consult": consult})
        await self.turn(session, "CONSULTING" if consult else "ACTIVE", call=call)

    def _parties(self, session: str, *more: Party, without: str = "") -> tuple[Party, ...]:
        return (*(p for p in self.call(session).parties if p.leg != without), *more)

    # -- what is asked for

    async def _on_hold(self, c: desk_calls.Hold) -> None:
        call = self.call(c.session).model_copy(update={"held_since": self.now})
        await self.turn(c.session, "HELD", call=call)

    async def _on_unhold(self, c: desk_calls.Unhold) -> None:
        await self.turn(c.session, "ACTIVE", call=self.call(c.session).model_copy(update={"held_since": 0}))

    async def _on_mute(self, c: desk_calls.Mute) -> None:
        turned = tuple(
            p.model_copy(update={"muted": c.muted}) if p.leg == c.leg else p for p in self.call(c.session).parties
        )
        await self.alter(c.session, parties=turned)

    async def _on_consult(self, c: desk_calls.Consult) -> None:
        kind = "counselor" if c.counselor else "queue" if c.queue else "line"
        lines = {line.code: line.name for line in self.lines}
        name = NAMES.get(c.counselor) or self.queues.get(c.queue) or lines.get(c.line, "")
        role = "THIRD_PARTY" if c.line else "COUNSELOR"
        rung = (
            () if c.queue else (Party(leg="l_other", role=role, name=name, who=c.counselor or c.line, state="RINGING"),)
        )
        call = self.call(c.session).model_copy(
            update={
                "consult": Consulting(kind=kind, name=name, since=self.now),
                "held_since": self.now,
                "parties": self._parties(c.session, *rung),
            }
        )
        await self.turn(c.session, "CONSULTING", call=call)

    async def _on_consult_join(self, c: desk_calls.ConsultJoin) -> None:
        call = self.call(c.session)
        assert call.consult is not None
        consult = call.consult.model_copy(update={"joined": c.joined})
        held = 0 if c.joined else self.now
        await self.turn(c.session, "CONSULTING", call=call.model_copy(update={"consult": consult, "held_since": held}))

    async def _on_consult_end(self, c: desk_calls.ConsultEnd) -> None:
        fields = {"consult": None, "held_since": 0, "parties": self._parties(c.session, without="l_other")}
        await self.turn(c.session, "ACTIVE", call=self.call(c.session).model_copy(update=fields))

    async def _on_consult_complete(self, c: desk_calls.ConsultComplete) -> None:
        await self.wrapping(c.session)

    async def _on_hand_over(self, c: desk_calls.HandOver) -> None:
        if self.sessions[c.session].call is not None:
            name = next(line.name for line in self.lines if line.code == c.line)
            line = Party(leg="l_line", role="THIRD_PARTY", name=name, who=c.line, state="RINGING")
            await self.alter(c.session, parties=self._parties(c.session, line))

    async def _on_drop(self, c: desk_calls.Drop) -> None:
        await self.alter(c.session, parties=self._parties(c.session, without=c.leg))

    async def _on_recording(self, c: desk_calls.Recording) -> None:
        await self.alter(c.session, recording=c.state)

    async def _on_warn(self, c: desk_calls.Warn) -> None:
        await self.alter(c.session, warned=self.call(c.session).warned + 1)

    async def _on_abuse(self, c: desk_calls.Abuse) -> None:
        await self.wrapping(c.session, leg="ENDED")

    async def _on_phone(self, c: desk_calls.Phone) -> dict[str, Any]:
        phone = c.phone or "client:c7"
        await self._me(phone=phone)
        return {"phone": phone}

    async def _on_callbacks(self, c: desk_calls.Callbacks) -> None:
        self.follows_callbacks = c.on
        await self.tell_callbacks()

    def knows(self, session: str) -> bool:
        return super().knows(session) or any(row.session == session for row in self.callbacks)

    async def tell_callbacks(self, *rows: Callback) -> None:
        """The list as it is now, to whoever follows it; ``rows`` replace it first."""
        self.callbacks = list(rows) or self.callbacks
        if self.follows_callbacks:
            await self._send(Callbacks(now=self.now, rows=tuple(self.callbacks)))

    async def _on_callback_set(self, c: desk_calls.CallbackSet) -> dict[str, Any]:
        due = max(c.at, self.now, self.quiet_until)
        self.callbacks = [r.model_copy(update={"due": due}) if r.session == c.session else r for r in self.callbacks]
        await self.tell_callbacks()
        return {"due_us": due}

    async def _on_callback_drop(self, c: desk_calls.CallbackDrop) -> None:
        self.callbacks = [row for row in self.callbacks if row.session != c.session]
        await self.tell_callbacks()

    async def _on_callback_ask(self, c: desk_calls.CallbackAsk) -> dict[str, Any]:
        return {"due_us": max(c.at, self.now)}

    async def _on_ticket_prefill(self, c: desk.TicketPrefill) -> dict[str, Any]:
        said = [entry.text for entry in self.entries[c.session] if entry.who == "citizen"]
        return {
            "form": {
                "category": "traffic",
                "summary": (said or [""])[-1][:40],
                "description": "",
                "place": "역삼로 1길",
            }
        }

    async def _on_ear(self, c: desk_calls.Ear) -> dict[str, Any]:
        kept = self._parties(c.session, without="l_boss")
        mine = ME.model_copy(update={"leg": "l_boss", "role": "SUPERVISOR", "name": "정감독", "ear": c.ear})
        await self.alter(c.session, parties=(*kept, mine) if c.ear else kept)
        return {"leg": "l_boss" if c.ear else ""}


class CallCentre(Calls):
    """The counselor kim with a telephone."""


async def story(centre: CallCentre) -> None:
    """A call, three chats and some speech, for looking at the desk."""
    centre.me = centre.me.model_copy(update={"phone": "client:c7"})
    call = await centre.ring("박OO", talked_s=192, recording="on")
    await centre.speech(call, "여권을 잃어버렸는데 다시 만들려면 어디로 가야 하나요?")
    await centre.speech(call, "거주하시는 구가 어디신가요?", "counselor", name="김상담", mine=True)
    await centre.live("최OO", "분리수거 요일이 궁금합니다", waited_s=5)
    await centre.live("이OO", "주차 단속에 이의가 있어요.", waited_s=31)
    await centre.live("한OO", "상수도 요금이 이상해요", waited_s=12)
    await centre.suggest(call)
    await centre.offer("정OO", "집 앞에 불법 주차가 있습니다.", seconds=60)
    while True:
        for piece in ("강남구요.", "강남구요. 수수료도", "강남구요. 수수료도 알려주세요."):
            await centre.saying(call, piece)
            await asyncio.sleep(1)
        await centre.speech(call, "강남구요. 수수료도 알려주세요.")
        await asyncio.sleep(4)
        if centre.call(call).consult and not centre.call(call).consult.ready:
            await centre.answers(call)


async def _serve(port: int) -> None:
    centre = CallCentre()
    async with running(centre, port) as url:
        sys.stderr.write(url + "\n")
        while not centre.hellos:  # noqa: ASYNC110 - somebody looks at this by hand
            await asyncio.sleep(0.05)
        await story(centre)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8765))
