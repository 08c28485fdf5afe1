"""Random walks: phones, REST and bad weather do what they like over a small service; what must hold, holds.

A failing walk prints its steps and the seed of the weather; ``HYPOTHESIS_PROFILE=deep`` looks further.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from channels.carrier.faults import Weather
from channels.carrier.model import LIVE, Call, Habit
from channels.carrier.network import Network
from tests.carrier.service import HOST, LINE, Service, service
from tests.virtual import virtually

CALLERS = ["+821000000001", "+821000000002", "sip:kim@pbx.example", "anonymous"]
DESKS = {"client:a": "answer", "client:b": "wait", "client:c": "busy", "+82119": "answer", "client:none": "absent"}
EVENTS = ["start", "end", "join", "leave", "mute", "hold", "modify", "announcement"]
ROOM = '<Conference endConferenceOnExit="{}" beep="false" waitUrl="/music">{}</Conference>'
APP = "AP" + "a" * 32
PAGES: dict[str, Any] = {
    "/voice": (
        '<Gather numDigits="1" finishOnKey="" input="dtmf speech" speechTimeout="1" action="/menu">'
        "<Say>120다산콜센터</Say></Gather><Redirect>/menu</Redirect>"
    ),
    "/menu": lambda form: MENU.get(form.get("Digits", ""), '<Enqueue waitUrl="/wait" action="/left">q</Enqueue>'),
    "/wait": '<Gather numDigits="1" finishOnKey="" action="/choice"><Say>기다려 주십시오</Say></Gather>',
    "/choice": lambda form: "<Leave/>" if form.get("Digits") == "9" else "<Redirect>/wait</Redirect>",
    "/left": "<Say>안녕히</Say>",
    "/music": "<Say>음악</Say><Redirect/>".replace("<Redirect/>", "<Redirect>/music</Redirect>"),
    "/join": f'<Dial action="/left">{ROOM.format("true", "r1")}</Dial>',
    "/announce": "<Say>녹음됩니다</Say>",
    "/app": '<Say>응용</Say><Pause length="2"/>',
    "/broken": "<Gather><Dial/></Gather>",
}
MENU = {
    "1": '<Enqueue waitUrl="/wait">q</Enqueue><Say>다음</Say>',
    "2": f'<Dial action="/left">{ROOM.format("true", "r1")}</Dial>',
    "3": f'<Dial>{ROOM.format("false", "r2")}</Dial><Record action="/left" timeout="2"/>',
    "4": '<Dial action="/left" timeout="8"><Client>a</Client><Client>b</Client><Client>none</Client></Dial>',
    "5": '<Record action="/left" timeout="3" maxLength="20"/>',
    "6": "<Reject/>",
    "7": '<Start><Transcription statusCallbackUrl="https://120.example/words"/></Start><Pause length="3"/>',
    "8": '<Connect><Stream url="wss://120.example/s"/></Connect>',
    "0": "<Redirect>/broken</Redirect>",
    "*": '<Dial timeout="5" action="/left"><Queue>q</Queue></Dial>',
    "#": f"<Dial><Application>{APP}</Application></Dial>",
}

callers = st.sampled_from(CALLERS)
anybody = st.sampled_from([*CALLERS, *DESKS])
seconds = st.sampled_from([0.05, 0.5, 1.0, 3.0, 10.0])
steps = st.one_of(
    st.tuples(st.just("dial"), callers),
    st.tuples(st.just("press"), callers, st.sampled_from("0123456789*#")),
    st.tuples(st.just("say"), anybody),
    st.tuples(st.just("hang_up"), anybody),
    st.tuples(st.just("pick_up"), st.sampled_from(list(DESKS))),
    st.tuples(st.just("ring"), st.sampled_from(["r1", "r2"]), st.sampled_from([*DESKS, f"app:{APP}"]), st.booleans()),
    st.tuples(st.just("set"), st.sampled_from(["Hold", "Muted", "Coaching", "AnnounceUrl"]), st.integers(0, 5)),
    st.tuples(st.just("kick"), st.integers(0, 5)),
    st.tuples(st.just("close"), st.sampled_from(["r1", "r2"])),
    st.tuples(st.just("redirect"), st.integers(0, 5), st.sampled_from(["/join", "/menu", "/broken", "/left"])),
    st.tuples(st.just("end"), st.integers(0, 5)),
    st.tuples(st.just("wait"), seconds),
)


# A talk of two that a walk may begin with, so that holds, whispers and transfers have somebody to befall.
TALK: list[tuple[Any, ...]] = [
    ("dial", CALLERS[0]),
    ("wait", 0.5),
    ("press", CALLERS[0], "2"),
    ("ring", "r1", "client:a", True),
    ("wait", 3.0),
]


class Walk:
    """One walk over one network."""

    def __init__(self, seed: int, weather: Weather) -> None:
        self.centre: Service = service(dict(PAGES), seed=seed)
        self.carrier = self.centre.carrier
        self.net: Network = self.carrier.net
        self.net.faults.weather = weather
        self.carrier.application(f"{HOST}/app", APP)
        for address, habit in DESKS.items():
            self.carrier.phone(address, Habit(habit, 700_000))  # type: ignore[arg-type]

    def live(self, index: int) -> Call | None:
        calls = [call for call in self.net.calls.values() if call.live]
        return calls[index % len(calls)] if calls else None

    def participant(self, index: int) -> tuple[str, str] | None:
        within = [(room.sid, sid) for room in self.net.open_rooms.values() for sid in room.participants]
        return within[index % len(within)] if within else None

    async def step(self, what: str, *args: Any) -> None:
        await getattr(self, f"do_{what}")(*args)
        self.holds()

    async def do_dial(self, caller: str) -> None:
        if self.carrier.phone(caller).call is None:
            self.carrier.dial(caller, LINE)

    async def do_press(self, who: str, key: str) -> None:
        if self.carrier.phone(who).call is not None:
            self.carrier.press(who, key)

    async def do_say(self, who: str) -> None:
        if self.carrier.phone(who).call is not None:
            self.carrier.say(who, "가로등이 꺼졌어요")

    async def do_hang_up(self, who: str) -> None:
        if self.carrier.phone(who).call is not None:
            self.carrier.hang_up(who)

    async def do_pick_up(self, who: str) -> None:
        call = self.carrier.phone(who).call
        if call is not None and call.status == "ringing":
            self.carrier.pick_up(who)

    async def do_ring(self, room: str, to: str, labelled: bool) -> None:
        more = {"Label": to} if labelled else {}
        self.centre.try_rest(
            "POST", f"Conferences/{room}/Participants", From=LINE, To=to, Timeout=5, **more,
            ConferenceStatusCallback=f"{HOST}/room", ConferenceStatusCallbackEvent=EVENTS,
            StatusCallback=f"{HOST}/leg", StatusCallbackEvent=["initiated", "ringing", "answered", "completed"],
        )  # fmt: skip

    async def do_set(self, what: str, index: int) -> None:
        found = self.participant(index)
        if found is None:
            return
        room, sid = found
        one, first = self.net.rooms[room].participants[sid], next(iter(self.net.rooms[room].participants))
        more = {
            "Hold": {"Hold": str(not one.hold)},
            "Muted": {"Muted": str(not one.muted)},
            "Coaching": {"Coaching": str(not one.coaching), "CallSidToCoach": first},
            "AnnounceUrl": {"AnnounceUrl": f"{HOST}/announce"},
        }[what]
        self.centre.try_rest("POST", f"Conferences/{room}/Participants/{sid}", **more)

    async def do_kick(self, index: int) -> None:
        found = self.participant(index)
        if found is not None:
            self.centre.rest("DELETE", f"Conferences/{found[0]}/Participants/{found[1]}")

    async def do_close(self, name: str) -> None:
        room = self.net.open_rooms.get(name)
        if room is not None:
            self.centre.rest("POST", f"Conferences/{room.sid}", Status="completed")

    async def do_redirect(self, index: int, path: str) -> None:
        call = self.live(index)
        if call is not None:
            self.centre.try_rest("POST", f"Calls/{call.sid}", Url=f"{HOST}{path}")

    async def do_end(self, index: int) -> None:
        call = self.live(index)
        if call is not None:
            self.centre.rest("POST", f"Calls/{call.sid}", Status="completed")

    async def do_wait(self, seconds: float) -> None:
        await self.carrier.run_for(seconds)

    # -- what must hold

    def holds(self) -> None:
        net = self.net
        for room in net.rooms.values():
            over = room.status == "completed"
            assert over == (net.open_rooms.get(room.name) is not room)
            assert bool(room.participants) != over, (room.name, room.status)
            for sid, one in room.participants.items():
                assert one.call.live
                assert (one.status == "connected") == (one.call.room == room.sid), sid
        waiting = [member.call for queue in net.queues.values() for member in queue.members]
        for call in net.calls.values():
            places = [bool(call.room), bool(call.queue), call in net.bridges]
            assert sum(places) <= int(call.status == "in-progress"), call
            assert (call in waiting) == bool(call.queue)
            assert call.live or call.hearing.kind in {"nothing", "busy"}
        self.matrix_holds()

    def matrix_holds(self) -> None:
        net, matrix = self.net, self.net.matrix()
        for listener, heard in matrix.items():
            assert listener not in heard
            for speaker in heard:
                assert net.calls[speaker].status == "in-progress"
        for room in net.open_rooms.values():
            plain = [
                sid
                for sid, one in room.participants.items()
                if one.status == "connected" and not (one.muted or one.hold or one.coaching or one.announcing)
            ]
            if room.status == "in-progress":
                for one in plain:
                    assert matrix[one] >= set(plain) - {one}

    async def finish(self) -> None:
        """Everybody hangs up; then nothing is left over, and everything was told once."""
        for call in list(self.net.calls.values()):
            if call.live:
                self.centre.rest("POST", f"Calls/{call.sid}", Status="completed")
        await self.carrier.run_until_idle()
        self.holds()
        net = self.net
        assert not any(call.live for call in net.calls.values())
        assert [net.open_rooms, net.asked, [*net.outgoing], net.bridges] == [{}, {}, [], {}]
        assert net.due_us() is None
        ends = Counter(sid for _, what, sid, _ in net.trace if what == "ended")
        assert all(count == 1 for count in ends.values())
        assert set(ends) == set(net.calls)
        assert all(call.status not in LIVE and call.ended_us >= call.answered_us for call in net.calls.values())
        if net.faults.weather == Weather():
            inbound = [call for call in net.calls.values() if call.number is not None]
            assert len(self.centre.to("/status")) == len(inbound)
            by_room: dict[str, list[int]] = {}
            for form in self.centre.to("/room"):
                by_room.setdefault(form["ConferenceSid"], []).append(int(form["SequenceNumber"]))
            assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_room.values())


weathers = st.sampled_from([Weather(), Weather(), Weather(0.2, 0.2, 0.3, 2_000_000)])


tails = st.lists(steps, min_size=3, max_size=25)
walks = st.builds(lambda talk, more: [*talk, *more], st.sampled_from([TALK, []]), tails)


@given(walks, weathers, st.integers(0, 1_000))
def test_whatever_phones_and_rest_do_calls_end_once_and_nothing_is_left_over(
    walk: list[tuple[Any, ...]], weather: Weather, seed: int
) -> None:
    async def run() -> None:
        made = Walk(seed, weather)
        note(f"seed {seed}, {weather}")
        for step in walk:
            await made.step(*step)
            await made.step("wait", 0.3)
        await made.finish()

    virtually(run())


@given(walks, st.integers(0, 1_000))
def test_the_same_walk_leaves_the_same_trace(walk: list[tuple[Any, ...]], seed: int) -> None:
    async def run() -> list[Any]:
        made = Walk(seed, Weather(0.2, 0.2, 0.3, 2_000_000))
        for step in walk:
            await made.step(*step)
            await made.step("wait", 0.3)
        await made.finish()
        return [*made.net.trace]

    assert virtually(run()) == virtually(run())
