"""What may happen to calls, as rules beside those of the centre: the network says anything, twice and in any order.

The rules know nothing of what should follow; dasan/sim/calls.py says after each step what must hold.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from dasan.core import call
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from tests.properties.house import BOSS, CREW, House

pick = st.integers(0, 40)
FACTS = ("ringing", "connected", "joined", "joined", "left", "held", "unheld", "muted", "ended", "ended")
CAUSES = ("normal", "citizen_left", "busy", "no_answer", "network", "nonsense")
WISHES: dict[str, tuple[Any, ...]] = {
    "nothing": (),
    "general": (c.WishQueue("general"),),
    "tax": (c.WishQueue("tax", credit_s=60),),
    "office": (c.WishQueue("office"),),
    "leave": (c.WishLeave(),),
    "voicemail": (c.WishLeave("voicemail"),),
    "callback": (c.WishLeave("callback"), c.WishCallback()),
    "cancel": (c.WishCancelCallback(),),
    "line": (c.WishLine("112"),),
    "line answered": (c.WishLine("112", "answered"),),
    "slow": (c.WishPrefer("en", True),),
    "warned": (c.WishWarned(),),
    "end": (c.WishEnd("after_hours"),),
}
DESK = (
    *("hold", "unhold", "mute", "consult peer", "consult peer", "consult queue", "consult line", "join", "apart"),
    *("complete", "complete", "end", "line", "drop", "record", "pause", "warn", "abuse", "hear"),
)
THEN = ("asked", "joined", "apart", "completed", "completed", "completed")
EARS = (legs.LISTEN, legs.WHISPER, legs.WHISPER, legs.BARGE, "", "take over", "take over")


class Calls:
    """Mixed into the machine of the centre."""

    house: House

    def calls(self, *states: str) -> list[Any]:
        """Open sessions with a call, those with an item in one of ``states``."""
        found = [s for s in self.house.open("s") if call.has_call(s)]
        return [s for s in found if not states or any(i.state in states for i in s.items)]

    def a_call(self, n: int, *states: str) -> Any:
        found = self.calls(*states)
        return found[n % len(found)] if found else None

    def call_id(self) -> str:
        return f"CA{self.house.requests}"

    @rule(n=st.integers(0, 4), wish=st.sampled_from(["general", "general", "general", "tax", "nothing"]))
    def ring_us(self, n: int, wish: str) -> None:
        """A call of one of five numbers (the last withholds its own), and its way through the menu."""
        number = "" if n == 4 else f"number {n}"
        kind = "e164" if number else "withheld"
        begin = c.BeginCall(self.call_id(), f"p_{n}", number, kind, f"+8210{n:08}")
        reply = self.house.ask(c.PROVIDER, begin)
        assert reply is not None
        step = c.StepFlow(reply["session"], reply["leg"], reply["step"] + 1, "120@f1", "menu", "{}", WISHES[wish])
        assert self.house.ask(c.PROVIDER, step, remembered=False) is not None

    @rule(n=pick, what=st.sampled_from(sorted(WISHES)), late=st.sampled_from([0, 0, 0, 0, -1, 1]))
    def menu(self, n: int, what: str, late: int) -> None:
        """The next step, one taken before, or one too far."""
        s = self.a_call(n)
        if s is None:
            return
        steps = s.flow.step if s.flow else 0
        leg = s.legs[-1].id
        step = c.StepFlow(s.id, leg, steps + 1 + late, "120@f1", "menu", "{}", WISHES[what])
        reply = self.house.ask(c.PROVIDER, step, remembered=False)
        if reply is not None and late <= 0:
            before = self.house.store.reads.last_position()
            again = self.house.ask(c.PROVIDER, step, remembered=False)
            assert again is None or again["content"] == self.house.state(s.id).flow.content
            assert self.house.store.reads.last_position() == before, "a step taken twice is recorded once"

    @rule(n=pick, m=pick, twice=st.booleans())
    def dial(self, n: int, m: int, twice: bool) -> None:
        """Call control claims a ring; its answer may be lost."""
        s = self.a_call(n)
        rung = [leg for leg in (*s.parties, *s.legs) if leg.state in legs.CALLED] if s else []
        if rung:
            leg = rung[m % len(rung)]
            for _ in range(1 + twice):
                self.house.ask(c.SWITCHBOARD, c.DialLeg(s.id, leg.id), remembered=False)
            if m % 3:
                self.house.ask(c.SWITCHBOARD, c.LegDialled(s.id, leg.id, f"CA of {leg.id}"), remembered=False)

    @rule(n=pick, m=pick, fact=st.sampled_from(FACTS), cause=st.sampled_from(CAUSES))
    def hear(self, n: int, m: int, fact: str, cause: str) -> None:
        """A word about any leg, told twice; the second time it is no news (I15)."""
        s = self.a_call(n)
        found = [leg for leg in (*s.parties, *s.legs) if leg.channel == "voice"] if s else []
        if found:
            leg = found[m % len(found)]
            named = (leg.call, leg.call or f"CA of {leg.id}", "")[m % 3]
            told = c.LegFact(s.id, leg.id, fact, named, cause)
            assert self.house.ask(c.PROVIDER, told, remembered=False) is not None
            before = self.house.store.reads.last_position()
            assert self.house.ask(c.PROVIDER, told, remembered=False) is not None
            assert self.house.store.reads.last_position() == before, f"{fact} was news twice"

    @rule()
    def telephones_are_answered(self) -> None:
        """Everybody who is rung comes into the room, and every citizen who shall be there."""
        for s in self.calls():
            for place in call.places(s):
                if place.at == call.RING:
                    self.house.ask(c.SWITCHBOARD, c.DialLeg(s.id, place.leg), remembered=False)
                    joined = c.LegFact(s.id, place.leg, "joined")
                    assert self.house.ask(c.PROVIDER, joined, remembered=False) is not None
        for s in self.calls():
            for place in call.places(s):
                if place.at == call.ROOM and place.role == legs.OF_CITIZEN:
                    joined = c.LegFact(s.id, place.leg, "joined")
                    assert self.house.ask(c.PROVIDER, joined, remembered=False) is not None

    @rule()
    def calls_are_served(self) -> None:
        """Whoever is offered a call or a consult takes it, and the telephones are answered."""
        self.house.dispatch()
        for s in self.calls(items.OFFERED):
            for item in s.items:
                for offer in item.offers[:1]:
                    self.house.ask(self.house.me(offer.counselor), c.AcceptOffer(offer.id, s.id))
        self.telephones_are_answered()

    @rule(n=pick, how=st.sampled_from(["peer", "peer", "queue", "line"]), then=st.sampled_from(THEN))
    def consult(self, n: int, how: str, then: str) -> None:
        """A consult that goes as people mean it to, up to some point."""
        s = self.a_call(n, items.ACTIVE, items.HELD)
        item = s.live_item if s else None
        if item is None or item.state not in {items.ACTIVE, items.HELD}:
            return
        me = self.house.me(item.counselor)
        others = [who for who in CREW if who != item.counselor]
        target = {
            "peer": {"counselor": others[n % len(others)]},
            "queue": {"queue": "general"},
            "line": {"line": "1330"},
        }
        if self.house.ask(me, c.Consult(s.id, item.id, **target[how])) is None:
            return
        self.calls_are_served()
        if then == "asked":
            return
        self.house.ask(me, c.JoinConsult(s.id, item.id, joined=then != "apart"))
        if then == "completed":
            self.house.ask(me, c.CompleteConsult(s.id, item.id))

    @rule(n=pick, what=st.sampled_from(DESK))
    def desk_of_a_call(self, n: int, what: str) -> None:
        s = self.a_call(n, *items.ASSIGNED)
        held = [i for i in s.items if i.state in items.ASSIGNED] if s else []
        if not held:
            return
        item = held[n % len(held)]
        legs_there = [leg.id for leg in (*s.parties, *s.legs)]
        leg, peer = legs_there[n % len(legs_there)], CREW[n % len(CREW)]
        command: c.Command = {
            "hold": c.HoldItem(s.id, item.id),
            "unhold": c.UnholdItem(s.id, item.id),
            "mute": c.MuteLeg(s.id, leg, bool(n % 2)),
            "consult peer": c.Consult(s.id, item.id, counselor=peer, note="여쭤봅니다"),
            "consult queue": c.Consult(s.id, item.id, queue="tax"),
            "consult line": c.Consult(s.id, item.id, line="1330"),
            "join": c.JoinConsult(s.id, item.id),
            "apart": c.JoinConsult(s.id, item.id, joined=False),
            "complete": c.CompleteConsult(s.id, item.id),
            "end": c.EndConsult(s.id, item.id),
            "line": c.HandToLine(s.id, item.id, "119", "시청 앞"),
            "drop": c.DropParty(s.id, leg),
            "record": c.RecordingFact(s.id, "on"),
            "pause": c.SetRecording(s.id, "paused"),
            "warn": c.WarnCaller(s.id, item.id),
            "abuse": c.EndForAbuse(s.id, item.id, "threat") if n > 20 else c.WarnCaller(s.id, item.id),
            "hear": c.HearSpeech(s.id, leg, "수도가 안 나와요"),
        }[what]
        network = what in {"record", "hear"}
        self.house.ask(c.PROVIDER if network else self.house.me(item.counselor), command)

    @rule(n=pick, what=st.sampled_from(EARS))
    def ears(self, n: int, what: str) -> None:
        s = self.a_call(n, items.ACTIVE, items.HELD, items.CONSULTING)
        if s is None or s.live_item is None:
            return
        me = self.house.me(BOSS)
        self.house.ask(me, c.Look(s.id))
        wish: c.Command = c.TakeOver(s.id, s.live_item.id) if what == "take over" else c.SetEar(s.id, what)
        self.house.ask(me, wish)

    @rule(n=pick)
    def a_console_dies_in_a_call(self, n: int) -> None:
        """Her console is gone for good; her telephone as the dice say."""
        s = self.a_call(n, items.ACTIVE, items.HELD, items.CONSULTING)
        item = s.live_item if s else None
        if item is None or not item.counselor:
            return
        house, who = self.house, item.counselor
        house.ask(c.BROKER, c.MissBeat(who, house.epochs[who], 33), remembered=False)
        house.wait(34)
        if n % 2:
            for leg in house.state(s.id).parties:
                if leg.who == who and leg.state in legs.LIVE:
                    house.ask(c.PROVIDER, c.LegFact(s.id, leg.id, "ended", cause="network"), remembered=False)
        if n % 3:
            house.attach(who)
