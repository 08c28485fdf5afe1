"""A centre with a floor, for a supervisor's console: seven sessions, most in some trouble, three counselors, looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.wire import desk, desk_calls
from dasan.wire import desk_views as view
from dasan.wire.call_views import Recording
from tests.agent_tui.fake_server import SECOND, Centre

ROWS = (
    # number, queue, phase, counselor, began s ago, last s ago, trouble, since s ago
    (1002, "traffic", "AWAITING_AGENCY", "", 5400, 3600, "dead_letter", 3000),
    (1007, "general", "ENGAGED", "이상담", 131, 131, "first_reply", 71),
    (1009, "welfare", "WAITING", "", 95, 95, "waiting", 65),
    (1005, "traffic", "ENGAGED", "박상담", 840, 48, "reply", 18),
    (1001, "general", "WRAPPING", "이상담", 1260, 62, "", 0),
    (1006, "general", "ENGAGED", "박상담", 312, 9, "", 0),
    (1011, "welfare", "WAITING", "", 4, 4, "", 0),
)
CAN_LOOK = ("look_away", "whisper", "barge", "take_over", "unmask")


class FloorCentre(Centre):
    """The counselor kim is a supervisor here."""

    def __init__(self, clock: Callable[[], int] | None = None, language: str = "ko") -> None:
        super().__init__(clock, language)
        roles = ("supervisor",)
        self.me = self.me.model_copy(update={"roles": roles, "name": "정감독"})
        self.rows = [self._row(*row) for row in ROWS]
        self.following = False
        for row in self.rows:
            if row.counselor_name or row.trouble == "dead_letter":
                self._seat(row)

    def _row(
        self, number: int, queue: str, phase: str, who: str, began: int, last: int, trouble: str, since: int
    ) -> Any:
        now = self.now
        return view.FloorSession(
            session=f"s_{number}", number=number, channel="chat", queue_name=self.queues[queue], phase=phase,
            item=f"w_s_{number}" if who and phase == "ENGAGED" else "", counselor=f"k_{who}" if who else "",
            counselor_name=who, since=now - began * SECOND, last_at=now - last * SECOND, trouble=trouble,
            trouble_since=now - since * SECOND if trouble else 0,
            handoff=f"h_{number}" if trouble == "dead_letter" else "",
        )  # fmt: skip

    def _seat(self, row: view.FloorSession) -> None:
        """The session behind a row, with a few words in it; not on anybody's screen yet."""
        self._number = row.number - 1
        session = self._new("박OO", "traffic", 60)
        held = {"counselor": row.counselor, "counselor_name": row.counselor_name}
        item = self.sessions[session].item.model_copy(update={"state": "ACTIVE", **held})
        self.sessions[session] = self.sessions[session].model_copy(update={"mine": "offered", "item": item})
        self._entry(session, who="citizen", text="주차 단속에 이의가 있어요. 어디에 말해야 하나요?")
        self._entry(session, who="counselor", name=row.counselor_name, text="차량 번호를 알려 주시겠어요?")

    async def _on_recordings(self, c: desk_calls.Recordings) -> dict[str, Any]:
        at = self.now - 3_600 * SECOND
        rows = (
            Recording(recording="b_old", kind="recording", at=at, seconds=61, gone="retention"),
            Recording(recording="b_new", kind="recording", at=at, seconds=75),
        )
        there = not c.number or c.number == 1001
        kept = [row.model_dump() for row in rows] if there else []
        return {"session": c.session or f"s_{c.number}", "recordings": kept}

    async def _on_play(self, c: desk_calls.Play) -> dict[str, Any]:
        return {"url": "http://127.0.0.1:8120/desk/photos/k"}

    async def floor(self) -> None:
        """Tell the floor as it is now."""
        crew = (
            view.FloorCounselor(
                counselor="k_1", number=4, name="최상담", presence="AVAILABLE", lease="SUSPECT", sessions=1, text=30
            ),
            view.FloorCounselor(
                counselor="k_2", number=2, name="박상담", presence="AVAILABLE", lease="LIVE", sessions=2, text=60
            ),
            view.FloorCounselor(
                counselor="k_3", number=3, name="이상담", presence="AWAY", presence_reason="lunch", lease="LIVE",
                sessions=2, text=60,
            ),
        )  # fmt: skip
        await self._send(view.Floor(now=self.now, sessions=tuple(self.rows), counselors=crew))

    async def change(self, number: int, **values: Any) -> None:
        """A row changes; the worst stand first again."""
        self.rows = [r.model_copy(update=values) if r.number == number else r for r in self.rows]
        self.rows.sort(key=lambda r: (not r.trouble, r.trouble_since))
        await self.floor()

    async def _on_floor(self, c: desk.Floor) -> None:
        self.following = c.on
        if c.on:
            await self.floor()

    async def _on_look(self, c: desk.Look) -> dict[str, Any]:
        await self._change(c.session, quiet=True, mine="", look="MONITOR", can=CAN_LOOK, phase="ENGAGED")
        await self._send(self.sessions[c.session])
        for entry in self.entries[c.session]:
            await self._send(entry.model_copy(update={"prev": 0}))
        return {"step": "MONITOR"}

    async def _on_look_away(self, c: desk.LookAway) -> None:
        await self.gone(c.session, "look_over")

    async def gone(self, session: str, why: str = "done") -> None:
        await self._send(view.Gone(session=session, why=why))
        self.sessions[session] = self.sessions[session].model_copy(update={"mine": "offered", "look": ""})

    async def _line(self, c: Any, kind: str) -> None:
        entry = self._entry(c.session, who="supervisor", kind=kind, name="정감독", text=c.text, id=c.id, mine=True)
        await self._send(entry)

    async def _on_whisper(self, c: desk.Whisper) -> None:
        await self._line(c, "whisper")
        await self._change(c.session, look="WHISPER")

    async def _on_barge(self, c: desk.Barge) -> None:
        await self._line(c, "text")
        await self._change(c.session, look="BARGE")

    async def _on_take_over(self, c: desk.TakeOver) -> None:
        await self._change(c.session, quiet=True, mine="live", look="", can=("say", "note", "release"))
        await self._send(self.sessions[c.session])

    async def _do(self, c: Any) -> view.Reply:
        if c.t == "why":
            return view.Reply(id=c.id, ok=True, data={"lines": ["최상담: 받을 수 있음", "이상담: 자리 비움"]})
        return await super()._do(c)
