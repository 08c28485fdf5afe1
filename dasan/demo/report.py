"""The demonstration's summary: what happened, as counted by its own people, and whether every promise held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dasan.demo.caller import Caller
from dasan.demo.citizen import Citizen
from dasan.demo.colleague import Colleague
from dasan.demo.ledger import Ledger

LINES = {
    "ko": {
        "title": "시범 운영 요약",
        "sessions": "상담 {sessions}건 (끝까지 마침 {finished}건), 시민의 글 {lines}개, 답변 {answers}개",
        "calls": "전화 {dialled}통, 통화 {talked}통, 시민의 말 {lines}마디, 상담사의 말 {spoken}마디",
        "articles": "답변에 쓴 지식 자료:",
        "none": "  (없음)",
        "tickets": "응답소 접수 {filed}건, 접수 번호 {numbers}건, 답변까지 받음 {answered}건: {list}",
        "kills": "서버 강제 종료(kill -9) {kills}번, 다시 시작 {restarts}번",
        "counted": "약속한 글 {promised}개를 시민 화면에서 센 결과: 잃음 {lost}, 겹침 {doubled}",
        "journal": "기록 검증: {journal}",
        "broken": "지키지 못한 것: {broken}",
        "good": "모든 약속을 지켰습니다.",
    },
    "en": {
        "title": "Demonstration summary",
        "sessions": "{sessions} sessions ({finished} to the end), {lines} lines by citizens, {answers} answers",
        "calls": "{dialled} calls, {talked} talks, {lines} sentences by callers, {spoken} by counselors",
        "articles": "Answers came from these articles:",
        "none": "  (none)",
        "tickets": "{filed} tickets filed, {numbers} with a number, {answered} answered: {list}",
        "kills": "Server killed with -9 {kills} time(s), started again {restarts} time(s)",
        "counted": "{promised} promised lines, counted on the citizens' pages: lost {lost}, doubled {doubled}",
        "journal": "Journal verified: {journal}",
        "broken": "Broken: {broken}",
        "good": "Every promise was kept.",
    },
}


@dataclass(slots=True)
class Report:
    """``sound`` and ``journal`` are what reading the journal again found. ``broken`` names each promise that did not
    hold; empty means exit status 0.
    """

    citizens: Sequence[Citizen]
    colleagues: Sequence[Colleague]
    ledger: Ledger
    kills: int
    starts: int
    sound: bool = False
    journal: str = ""
    callers: Sequence[Caller] = ()
    broken: list[str] = field(default_factory=list)

    def judge(self, *, tickets_wanted: bool) -> None:
        """Find what did not hold."""
        checks = {
            "lost": self.ledger.lost == 0,
            "doubled": self.ledger.doubled == 0,
            "unfinished": bool(self.citizens) and all(c.told.done for c in self.citizens),
            "no_kill": self.kills > 0,
            "no_restart": self.starts > self.kills,
            "no_answers": sum(c.done.answers for c in self.colleagues) > 0,
            "no_article": bool(self._articles()),
            "no_receipt": not tickets_wanted or bool(self._tickets()),
            "journal": self.sound,
            "no_call": not self.callers or any(c.told.talked for c in self.callers),
            "call_lost": all(c.told.done for c in self.callers),
        }
        self.broken += [name for name, held in checks.items() if not held]

    def _articles(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for colleague in self.colleagues:
            for article, times in colleague.done.articles.items():
                total[colleague.titles.get(article, article)] += times
        return total

    def _tickets(self) -> dict[str, str]:
        return {number: stage for c in self.citizens for number, stage in c.told.tickets.items() if number}

    def lines(self, language: str) -> Iterable[str]:
        """The summary, a line each."""
        say = LINES["ko" if language == "ko" else "en"]
        told = [c.told for c in self.citizens]
        tickets = self._tickets()
        yield f"── {say['title']} " + "─" * 40
        yield say["sessions"].format(
            sessions=len({t.session for t in told if t.session}),
            finished=sum(t.done for t in told),
            lines=sum(t.lines for t in told),
            answers=sum(t.answers for t in told),
        )
        if self.callers:
            calls = [c.told for c in self.callers]
            yield say["calls"].format(
                dialled=sum(t.dialled for t in calls),
                talked=sum(t.talked for t in calls),
                lines=sum(t.lines for t in calls),
                spoken=sum(c.done.spoken for c in self.colleagues),
            )
        yield say["articles"]
        yield from [f"  {times} × {title}" for title, times in self._articles().most_common()] or [say["none"]]
        yield say["tickets"].format(
            filed=sum(c.done.tickets for c in self.colleagues),
            numbers=len(tickets),
            answered=sum(stage.upper() in {"ANSWERED", "CLOSED"} for stage in tickets.values()),
            list=", ".join(sorted(tickets)) or "-",
        )
        yield say["kills"].format(kills=self.kills, restarts=self.starts - 1)
        yield say["counted"].format(
            promised=len(self.ledger.promised), lost=self.ledger.lost, doubled=self.ledger.doubled
        )
        yield say["journal"].format(journal=self.journal)
        yield say["broken"].format(broken=", ".join(self.broken)) if self.broken else say["good"]
