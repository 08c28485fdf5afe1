"""What may happen to a small centre, as rules; after every step all invariants of DOMAIN §7 that a store can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import handoff as handoffs
from dasan.core import identity
from dasan.core import workitem as items
from dasan.core.counselor import routable
from dasan.sim import checks
from tests.properties.calls import Calls
from tests.properties.house import BOSS, CREW, SYSTEM, House

CASE = c.CaseForm("road", "가로등", "꺼졌습니다 010-4242-4242", "중구")
pick = st.integers(0, 40)
people = st.sampled_from(CREW)
queues = st.sampled_from(["general", "tax", "english", "office", "office"])
citizens_do = st.sampled_from(["gone", "gone", "back", "back", "leave", "mark", "rate"])
work_is = st.sampled_from(["reply", "reply", "note", "pause", "unpause", "release", "queue", "peer", "ticket", "draft"])
outcomes = st.sampled_from(["acknowledged", "acknowledged", "submitted", "retry", "unclear", "rejected", "refused"])


class Centre(Calls, RuleBasedStateMachine):
    """Three counselors, a supervisor, citizens, one ticket side; ``racing`` where two units may be open at once."""

    racing = True
    replay = ".venv/bin/pytest tests/properties -x"

    make_store: Callable[[], Any]  # given by the class that says where things are kept

    def make_rival(self) -> Any:
        """A second server's store on the same truth; None where the first one can be opened twice."""
        return None

    def __init__(self) -> None:
        super().__init__()
        self.house = House(self.make_store(), self.replay, self.make_rival())
        self.old: list[c.Principal] = []
        self.raced = 0

    # -- choosing among what is there

    def sessions(self, *states: str) -> list[tuple[Any, Any]]:
        """(session, item) of open sessions whose newest item is in one of the states."""
        found = [(s, s.items[-1]) for s in self.house.open("s") if s.items]
        return [(s, i) for s, i in found if not states or i.state in states]

    def one(self, n: int, *states: str) -> tuple[Any, Any] | None:
        found = self.sessions(*states)
        return found[n % len(found)] if found else None

    def citizen(self, s: Any) -> c.Principal:
        return c.Principal(c.CITIZEN, s.citizen)

    @initialize(n=st.integers(2, 7), active=st.integers(0, 7))
    def morning(self, n: int, active: int) -> None:
        """Some have come, some are talking already."""
        for one in range(n):
            self.come(one, ("general", "tax", "office")[one % 3], 0)
            if one < active:
                self.serve()

    # -- citizens

    @rule(n=st.integers(0, 6), queue=queues, credit=st.sampled_from([0, 0, 0, 90]))
    def come(self, n: int, queue: str, credit: int) -> None:
        me, text, line = c.Principal(c.CITIZEN, f"p_{n}"), "여쭤봅니다", self.house.line_id()
        opening = c.OpenSession(me.id, f"at {n}", "chat", queue=queue, text=text, client_id=line, credit_s=credit)
        reply = self.house.ask(me, opening)
        if reply is None:  # only a closed queue refuses, and whoever is told so leaves a message
            reply = self.house.ask(me, replace(opening, later=True))
            assert queue == "office"
        assert reply is not None

    @rule(n=pick)
    def write(self, n: int) -> None:
        found = self.one(n)
        if found:
            s, _ = found
            leg = s.legs[-1]
            reply = self.house.ask(
                self.citizen(s), c.ReceiveText(s.id, leg.id, "저기요 010-4242-4242", self.house.line_id())
            )
            assert (reply is None) == (leg.state == "ENDED")  # over the telephone, or by a page of hers

    @rule(n=pick, what=citizens_do, upto=st.integers(0, 9))
    def citizen_does(self, n: int, what: str, upto: int) -> None:
        found = self.one(n)
        if found:
            s, _ = found
            leg = s.legs[-1].id
            command: c.Command = {
                "gone": c.SuspendLeg(s.id, leg),
                "back": c.ResumeLeg(s.id, leg),
                "leave": c.LeaveSession(s.id, leg),
                "mark": c.MarkEntries(s.id, upto, read=bool(n % 2)),
                "rate": c.RateSession(s.id, upto),
            }[what]
            self.house.ask(SYSTEM if what == "gone" else self.citizen(s), command)

    # -- routing

    @rule()
    def dispatch(self) -> None:
        self.house.dispatch()

    @rule()
    def serve(self) -> None:
        """Everybody takes what she is offered and begins."""
        self.house.dispatch()
        for s, item in self.sessions(items.OFFERED):
            me = self.house.me(item.offers[0].counselor)
            if self.house.ask(me, c.AcceptOffer(item.offers[0].id, s.id)) is not None:
                self.house.ask(me, c.ConfirmMedia(s.id, item.id))

    @precondition(lambda self: self.racing)
    @rule(n=pick)
    def race(self, n: int) -> None:
        self.raced += self.house.race(n)

    @rule(n=pick, what=st.sampled_from(["accept", "accept", "accept", "decline", "fail"]))
    def answer_offer(self, n: int, what: str) -> None:
        found = self.one(n, items.OFFERED)
        if found:
            s, item = found
            pending = item.offers[n % len(item.offers)]
            me = self.house.me(pending.counselor)
            command: c.Command = {
                "accept": c.AcceptOffer(pending.id, s.id),
                "decline": c.DeclineOffer(pending.id, s.id, "busy"),
                "fail": c.FailOffer(pending.id, s.id, "endpoint"),
            }[what]
            assert self.house.ask(me, command) is not None
            if what == "accept":
                failed = n % 4 == 0
                begin: c.Command = c.FailConnect(s.id, item.id, "media") if failed else c.ConfirmMedia(s.id, item.id)
                self.house.ask(SYSTEM if failed else me, begin)

    @rule(n=pick, who=people)
    def ring_another(self, n: int, who: str) -> None:
        """One item rings at two desks; whoever is first has it, and the other offer ends in the same commit."""
        found = self.one(n, items.OFFERED)
        if found:
            s, item = found
            k = self.house.state(who)
            if all(o.counselor != who for o in item.offers) and routable(k, item.channel, self.house.policy):
                self.house.ring_another(s.id, item.id, who)

    @rule(n=pick, who=people, move=st.booleans())
    def out_of_turn(self, n: int, who: str, move: bool) -> None:
        """A plan of a stale picture, done only when it is possible now; or a supervisor moves an item."""
        found = self.one(n, *items.BEFORE) or self.one(n)
        if found:
            s, item = found
            if move:
                self.house.ask(self.house.me(BOSS), c.MoveItem(s.id, item.id, ("general", "tax")[n % 2]))
            else:
                self.house.ask(SYSTEM, c.MakeOffer(s.id, item.id, who), remembered=False)

    # -- the counselor's work

    @rule(n=pick, what=work_is)
    def work(self, n: int, what: str) -> None:
        found = self.one(n, *items.ASSIGNED)
        if found is None:
            return
        s, item = found
        me = self.house.me(item.counselor)
        peer = CREW[n % len(CREW)]
        command: c.Command = {
            "reply": c.SendReply(s.id, "네", self.house.line_id(), "A-1"),
            "note": c.AddNote(s.id, "메모", self.house.line_id()),
            "pause": c.PauseItem(s.id, item.id),
            "unpause": c.UnpauseItem(s.id, item.id),
            "release": c.ReleaseItem(s.id, item.id),
            "queue": c.TransferItem(s.id, item.id, queue="tax"),
            "peer": c.TransferItem(s.id, item.id, counselor=peer, note="부탁합니다"),
            "ticket": c.FileTicket(s.id, item.id, CASE),
            "draft": c.DraftHandoff(s.id, item.id, CASE),
        }[what]
        self.house.ask(me, command)

    @rule(n=pick, what=st.sampled_from(["complete", "complete", "ticket", "extend"]))
    def wrap_up(self, n: int, what: str) -> None:
        wrapping = [(s, i) for s in self.house.open("s") for i in s.items if i.state == items.WRAPPING]
        if wrapping:
            s, item = wrapping[n % len(wrapping)]
            command: c.Command = (
                c.ExtendWrapUp(s.id, item.id)
                if what == "extend"
                else c.CompleteWrapUp(s.id, item.id, "ticket" if what == "ticket" else "answered", "road", "요약")
            )
            self.house.ask(self.house.me(item.counselor), command)

    @rule(n=pick, what=st.sampled_from(["abort", "take over", "look", "look", "away", "whisper", "barge"]))
    def supervise(self, n: int, what: str) -> None:
        found = self.one(n, *items.LIVE)
        if found:
            s, item = found
            command: c.Command = {
                "abort": c.AbortSession(s.id, "abuse") if n > 30 else c.LookAway(s.id),
                "take over": c.TakeOver(s.id, item.id),
                "look": c.Look(s.id),
                "away": c.LookAway(s.id),
                "whisper": c.Whisper(s.id, "귓속말", f"w{n}"),
                "barge": c.Barge(s.id, "감독입니다", f"b{n}"),
            }[what]
            self.house.ask(self.house.me(BOSS), command)

    # -- who a citizen is

    @rule(n=pick, m=pick, back=st.sampled_from([False, False, True]))
    def person(self, n: int, m: int, back: bool) -> None:
        """A counselor is told that two whom she serves are one; or it is taken back, and all is as before (I26)."""
        house, links = self.house, {link.no: link for c in self.house.open("p") for link in c.links}
        if back and links:
            link = list(links.values())[n % len(links)]
            who = link.by if n % 2 else BOSS
            done = house.ask(house.me(who), c.UnmergeCitizens(link.session, link.no, "다른 사람임"))
            assert done is not None or house.state(who).lease == counselors.ABSENT
            return
        pairs = [
            (s, i, o)
            for s, i in self.sessions(*items.ASSIGNED, items.WRAPPING)
            for o, held in self.sessions(*items.ASSIGNED, items.WRAPPING)
            if held.counselor == i.counselor and o.citizen != s.citizen
        ]
        for at in range(m, m + min(len(pairs), 3)):
            self.merge(*pairs[at % len(pairs)], keep=bool(n % 3))

    def merge(self, s: Any, item: Any, other: Any, *, keep: bool) -> None:
        """Done where they were two and she has a console; then both are all that either was. Taken back at once,
        everybody is who she was."""
        house, before, require = self.house, self.everybody(), self.house.checker.require
        reply = house.ask(house.me(item.counselor), c.MergeCitizens(s.id, item.id, other.id))
        one = before[s.citizen] == before[other.citizen]
        there = house.state(item.counselor).lease != counselors.ABSENT
        require("I26", s.citizen, (reply is not None) == (there and not one), (before, reply))
        if reply is None:
            return
        both = tuple(sorted({*before[s.citizen], *before[other.citizen]}))
        require("I26", s.citizen, self.everybody() == {**before, **dict.fromkeys(both, both)}, before)
        if not keep and house.ask(house.me(BOSS), c.UnmergeCitizens(s.id, reply["link"], "잘못 들음")) is not None:
            require("I26", s.citizen, self.everybody() == before, before)

    def everybody(self) -> dict[str, tuple[str, ...]]:
        """Who is who, of everybody who was ever here."""
        reads = self.house.store.reads

        def find(citizen: str) -> Any:
            kept = reads.load(citizen)
            return kept.state if kept is not None else None

        known = {f"p_{n}" for n in range(7)} | {s.citizen for s in self.house.open("s")}
        return {one: identity.person(one, find).citizens for one in known}

    # -- consoles

    @rule(
        who=people,
        what=st.sampled_from(["available", "available", "away", "drain", "attach", "detach", "miss", "heard", "lost"]),
        then=st.sampled_from(["", "AWAY", "AVAILABLE"]),
    )
    def console(self, who: str, what: str, then: str) -> None:
        house, me, epoch = self.house, self.house.me(who), self.house.epochs[who]
        if what == "attach":
            self.old.append(me)
            house.attach(who)
        elif what == "lost":
            house.ask(SYSTEM, c.MissBeat(who, epoch, 33), remembered=False)
            house.wait(34)
            house.attach(who)
        elif what in {"miss", "heard"}:
            beat: c.Command = c.RestoreBeat(who, epoch) if what == "heard" else c.MissBeat(who, epoch, 33)
            house.ask(SYSTEM, beat, remembered=False)
        elif what == "detach":
            house.ask(me, c.DetachConsole(who))
        else:
            word = {"available": counselors.AVAILABLE, "away": counselors.AWAY, "drain": counselors.DRAINING}[what]
            house.ask(me, c.SetPresence(who, word, "break", then))

    @precondition(lambda self: self.old)
    @rule(n=pick, m=pick)
    def old_console(self, n: int, m: int) -> None:
        """Whatever a replaced console asks for is refused and writes nothing (I17)."""
        me = self.old[n % len(self.old)]
        found = self.one(m)
        commands: list[c.Command] = [c.SetPresence(me.id, counselors.AWAY)]
        if found:
            s, item = found
            commands += [c.SendReply(s.id, "네", "x"), c.ReleaseItem(s.id, item.id), c.TakeOver(s.id, item.id)]
            commands += [c.Look(s.id), c.Barge(s.id, "네", "x")]
            commands += [c.AbortSession(s.id, "abuse")] * (me.role == c.SUPERVISOR)
        before = self.house.store.reads.last_position()
        for command in commands:
            self.house.checker.require("I17", me.id, self.house.ask(me, command) is None, command)
        assert self.house.store.reads.last_position() == before

    # -- tickets

    def handoff(self, n: int, *states: str) -> Any:
        found = [h for h in self.house.open("h") if not states or h.state in states]
        return found[n % len(found)] if found else None

    @rule(n=pick, outcome=outcomes)
    def attempt(self, n: int, outcome: str) -> None:
        h = self.handoff(n, handoffs.COMMITTED, handoffs.RETRY_WAIT, handoffs.SUBMITTED, handoffs.SUBMITTING)
        if h is None:
            return
        house, attempt = self.house, h.attempts + 1
        begun = house.ask(c.OUTBOX, c.BeginSubmission(h.id, attempt), remembered=False)
        assert begun is not None
        assert begun["ask_first"] or h.state == handoffs.COMMITTED or not h.ask_first
        if outcome in {"acknowledged", "submitted", "unclear"}:
            house.desk.tickets.setdefault(h.id, f"SM-{len(house.desk.tickets)}")
        ticket = house.desk.tickets.get(h.id, "") if outcome == "acknowledged" else ""
        sent = "0" * 64
        result = c.SubmissionResult(h.id, attempt, outcome, ticket_no=ticket, token="t-1", sent_sha256=sent, code="x")
        if n % 5:  # or the process dies between sending and hearing
            for _ in range(1 + n % 2):  # a result that comes twice counts once
                house.ask(c.OUTBOX, result, remembered=False)
        else:
            house.promises.again(h.id, house.clock.at_us)

    @rule(n=pick, status=st.sampled_from(["in_progress", "answered", "closed", "mystery"]), update=st.integers(0, 5))
    def progress(self, n: int, status: str, update: int) -> None:
        h = self.handoff(n)
        if h is not None:
            command = c.TicketProgress(h.id, f"u{update}", status, self.house.clock.at_us - update, "답변")
            self.house.ask(c.OUTBOX, command, remembered=False)
            self.house.ask(c.OUTBOX, command, remembered=False)
            told = c.HearTicket(h.id, h.state, "chat")
            self.house.ask(c.Principal(c.CITIZEN, h.citizen), told)
            self.house.ask(c.Principal(c.CITIZEN, h.citizen), told)

    @rule(n=pick, what=st.sampled_from(["amend", "commit", "withdraw", "release", "retry"]))
    def mend(self, n: int, what: str) -> None:
        h = self.handoff(n)
        if h is not None:
            command: c.Command = {
                "amend": c.AmendHandoff(h.id, CASE),
                "commit": c.CommitHandoff(h.id),
                "withdraw": c.WithdrawHandoff(h.id, "이유"),
                "release": c.ReleaseHandoff(h.id, "이유"),
                "retry": c.RetryHandoff(h.id),
            }[what]
            self.house.ask(self.house.me(BOSS), command)

    # -- time and the server

    @rule(seconds=st.sampled_from([1, 5, 15, 31, 31, 65, 130, 400]))
    def wait(self, seconds: int) -> None:
        self.house.wait(seconds)

    @rule(n=pick)
    def server(self, n: int) -> None:
        """It crashes, or a client that heard no reply asks again."""
        if n % 3 == 0:
            self.house.crash()
        elif self.house.asked:
            for one in range(n, n + 5):
                self.house.again(one * 7)

    @invariant()
    def promises_hold(self) -> None:
        house = self.house
        heads = {kind: list(house.store.reads.open_heads(kind)) for kind in ("s", "k", "h", "p")}
        promised, touched = house.promises.standing(), house.checker.touched
        for name, stream, what in checks.together(heads, house.clock.at_us, promised, touched):
            house.checker.broken(name, stream, what)
        for head in heads["s"]:  # whom nobody could take is not let go empty-handed (DOMAIN §3)
            left = [item for item in head.state.items if item.outcome in {"expired", "no_route"}]
            unserved = [item.id for item in left if item.channel == "chat"]  # a caller's menu tells her
            house.checker.require(
                "I13", head.stream, not unserved or bool(head.state.handoffs), f"{unserved} not filed"
            )

    def teardown(self) -> None:
        """At the end every deadline passes; then nothing is stuck (I18), and the figures and folds agree."""
        house = self.house
        if house.checker.failed or not house.store.reads.last_position():
            return
        house.wait(3 * 86_400)
        for s in house.open("s"):
            unsettled = [house.state(h) for h, stage in s.handoffs if stage not in checks.SETTLED]
            # a draft that was never our duty must not keep a session open; what was sent once waits for a person
            waits_for_people = bool(unsettled) and all(h.state != handoffs.DRAFTED or h.attempts for h in unsettled)
            house.checker.require("I18", s.id, waits_for_people, f"stuck: {s}")
        for s in house.open("s"):
            assert all(i.state in items.TERMINAL for i in s.items), s
        house.checker.everything(final=True)
