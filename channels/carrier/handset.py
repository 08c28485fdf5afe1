"""A telephone in a terminal: what is heard comes as lines, what is typed is pressed, said or done.

Keys as they are (``1``, ``0#``), words with a quote before them (``'불법 주차요``), ``h`` hangs up, ``a`` picks up,
``?`` shows this, ``q`` hangs up and leaves. It is a client of the control side of a carrier (app.py) in another
process.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx2

KEYS = frozenset("0123456789*#wW")
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
HELP = (
    "숫자·*·# 누르기   '말 하기   h 끊기   a 받기   q 나가기\n"
    "digits to press   'words to say   h hang up   a pick up   q leave"
)
SIGNS: Mapping[str, str] = {
    "say": "안내",
    "play": "녹음",
    "voice": "상대",
    "ringback": "따르릉",
    "music": "음악",
    "beep": "삐",
    "busy": "뚜뚜뚜",
    "silence": "(조용)",
}
STATUSES: Mapping[str, str] = {
    "ringing": "울립니다 / ringing",
    "in-progress": "연결되었습니다 / connected",
    "completed": "끝났습니다 / the call is over",
    "busy": "통화 중입니다 / busy",
    "failed": "연결할 수 없습니다 / could not be connected",
    "no-answer": "받지 않습니다 / no answer",
    "canceled": "취소되었습니다 / cancelled",
}
Say = Callable[[str], None]
Read = Callable[[], Awaitable[str | None]]


class Handset:
    """One phone at ``address``, over a carrier at ``base_url``. Raises httpx2.HTTPError when it cannot be reached."""

    def __init__(
        self,
        base_url: str,
        account: str,
        token: str,
        address: str,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._path = f"/carrier/phones/{quote(address, safe='')}"
        self._http = httpx2.AsyncClient(
            base_url=base_url, auth=(account, token), transport=transport, timeout=40, trust_env=False
        )
        self.status = ""

    async def close(self) -> None:
        await self._http.aclose()

    async def leave(self) -> None:
        """Put it down, also from the midst of a call that was broken off at the keyboard."""
        if self.status not in OVER:
            with contextlib.suppress(httpx2.HTTPError):
                await self.do("hang_up")
        await self.close()

    async def do(self, what: str, **more: Any) -> str:
        """One act; "" or what was wrong with it."""
        answer = await self._http.post(self._path, json={"do": what, **more})
        return "" if answer.status_code == 200 else str(answer.json().get("error", answer.status_code))

    async def listen(self, say: Say, until: Callable[[], bool] = lambda: False) -> None:
        """Tell what is heard, until the call is over or ``until`` holds."""
        noted, known = 0, ""
        while not until():
            asked = {"after": str(noted), "status": known, "patience_s": "20"}
            answer = await self._http.get(self._path, params=asked)
            if answer.status_code != 200:
                say(str(answer.json().get("error", answer.status_code)))
                return
            told = answer.json()
            for heard in told["heard"]:
                say(line(heard))
            noted = told["noted"]
            if told["status"] != known:
                known = self.status = told["status"]
                say(f"— {STATUSES.get(known, known)}")
            if known in OVER:
                return

    async def type(self, text: str, say: Say) -> bool:
        """Do what was typed; whether the phone is still in the hand."""
        text = text.strip()
        if text == "q":
            await self.do("hang_up")
            return False
        wrong = ""
        if text == "h":
            wrong = await self.do("hang_up")
        elif text == "a":
            wrong = await self.do("pick_up")
        elif text[:1] in {"'", '"'} and text[1:].strip():
            wrong = await self.do("say", text=text[1:].strip().rstrip("\"'"))
        elif text and set(text) <= KEYS:
            wrong = await self.do("press", digits=text)
        elif text:
            say(HELP)
        if wrong:
            say(wrong)
        return True


def line(heard: Mapping[str, Any]) -> str:
    """One thing heard, as a line."""
    sign = SIGNS.get(str(heard["kind"]), str(heard["kind"]))
    return f"[{sign}] {heard['text']}".rstrip()


async def hold(handset: Handset, read: Read, say: Say) -> None:
    """Listen and type until the call is over or the one who holds it leaves; ``read`` gives None at its end."""
    gone = False

    async def typing() -> None:
        nonlocal gone
        while (typed := await read()) is not None:
            if not await handset.type(typed, say):
                break
        gone = True

    listening = asyncio.create_task(handset.listen(say, lambda: gone))
    keyboard = asyncio.create_task(typing())
    try:
        await asyncio.wait({listening, keyboard}, return_when=asyncio.FIRST_COMPLETED)
        if keyboard.done() and not listening.done() and handset.status not in OVER:
            await handset.do("hang_up")
    finally:
        for task in (listening, keyboard):
            task.cancel()
        ended = await asyncio.gather(listening, keyboard, return_exceptions=True)
    for result in ended:
        if isinstance(result, Exception) and not isinstance(result, asyncio.CancelledError):
            raise result
