"""The rules by id: how severe, and what each wants in one line. docs/ivr-lint.md has a section for every id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class Rule:
    """``wants_ko``, ``wants_en``: what a good flow does. ``severity``: what breaking it is, unless the finding says
    otherwise."""

    id: str
    severity: Literal["error", "warn"]
    wants_ko: str
    wants_en: str


_TABLE = (
    # -- the flow cannot be read or run (ivr/flow.py, ivr/check.py)
    Rule("S01", "error", "파일이 흐름의 꼴이다", "the file has the shape of a flow"),
    Rule("S02", "error", "식을 읽을 수 있다", "expressions can be read"),
    Rule("S03", "error", "문구를 읽을 수 있다", "prompts can be read"),
    Rule("S04", "error", "가리키는 이름이 있다", "every name that is used is there"),
    Rule("S05", "error", "운영 시간을 읽을 수 있다", "opening hours can be read"),
    Rule("S06", "error", "값이 서로 맞다", "values fit each other"),
    Rule("S07", "error", "센터에 있는 것만 쓴다", "what is used of the centre is there"),
    # -- structure
    Rule("L01", "error", "가리키는 곳이 있다", "every target is there"),
    Rule("L02", "error", "모든 곳에 이를 수 있다", "every node can be reached"),
    Rule("L03", "error", "막다른 곳이 없다", "no node leads nowhere"),
    Rule("L04", "error", "입력 없이 도는 고리가 없다", "no loop without input"),
    Rule("L05", "error", "출구가 모두 적혀 있다", "every exit is written"),
    Rule("L06", "error", "번호와 말이 겹치지 않는다", "keys and phrases do not clash"),
    Rule("L07", "error", "말한 번호가 그 번호다", "the key that is told is the key that is bound"),
    Rule("L08", "error", "값이 정해진 변수만 쓴다", "a variable is set before it is used"),
    Rule("L09", "error", "모든 언어로 적혀 있다", "every sentence is in every language"),
    Rule("L10", "error", "하위 흐름이 서로 맴돌지 않는다", "subflows do not call each other in a ring"),
    Rule("L11", "error", "밖에 묻는 일에 시간 제한과 출구가 있다", "asking outside has a time-out and exits"),
    Rule("L12", "error", "개인정보를 말하거나 남기지 않는다", "personal data is neither spoken nor passed on"),
    Rule("L13", "error", "어느 길에서나 사람에게 갈 수 있다", "every path offers a person"),
    # -- the ARS guideline
    Rule("A01", "error", "모든 단계에 상담사 연결이 있다", "a person can be asked for at every level"),
    Rule("A02", "error", "상담사 연결은 0번이다", "the operator is on 0"),
    Rule("A03", "error", "이전 단계는 우물 정자(#)다", "# goes back"),
    Rule("A04", "error", "다시 듣기는 별표(*)다", "* says it again"),
    Rule("A05", "warn", "세 단계까지, 많아도 다섯 단계", "three levels, five at most"),
    Rule("A06", "error", "30초를 넘기면 전화 돌려받기를 권한다", "a call back is offered after 30 seconds"),
    Rule("A07", "warn", "첫 메뉴 앞의 안내는 10초까지", "no long notices before the first menu"),
    Rule("A08", "error", "요금이 들면 미리 말한다", "what costs money is told before"),
    Rule("A09", "warn", "서비스 구성도를 알리고 최신으로 둔다", "the service map is published and fresh"),
    Rule("A10", "warn", "많이 쓰는 번호를 먼저 말한다", "what is used most comes first"),
    # -- usability
    Rule("U01", "warn", "한 메뉴에 다섯 가지까지", "five options in a menu"),
    Rule("U02", "warn", "무엇인지 말한 뒤에 번호를 말한다", "the thing is named before its key"),
    Rule("U03", "warn", "메뉴는 20초 안에 말한다", "a menu is told within 20 seconds"),
    Rule("U04", "warn", "기다리는 시간이 알맞다", "time-outs are humane"),
    Rule("U05", "error", "잘못해도 끊지 않고 사람에게", "after failures a person, never the end"),
    Rule("U06", "warn", "알아들은 말은 되묻는다", "free speech is asked back when unsure"),
    Rule("U07", "warn", "말하는 중에도 누를 수 있다", "keys work while it speaks"),
    Rule("U08", "error", "말로 되는 것은 번호로도 된다", "what can be said can be keyed"),
    Rule("U09", "warn", "기다리는 사람에게 30초에서 60초마다 알린다", "who waits is told every 30 to 60 seconds"),
    Rule("U10", "error", "닫힌 시간에도 길이 있다", "closed hours offer a way on"),
    # -- the network
    Rule("T01", "error", "메뉴 번호는 한 자리다", "a menu's key is one press"),
    Rule("T02", "error", "길이가 변하는 입력은 별표로 끝내고 그렇게 말한다", "open-ended input ends with a told key"),
    Rule("T03", "error", "녹음은 틀 수 있는 것이다", "recordings can be played"),
    Rule("T04", "error", "한 번에 말하는 양이 64KB 안이다", "what is said at once stays under 64 KB"),
    Rule("T05", "error", "말하고 알아들을 수 있는 언어다", "the language can be spoken and recognised"),
    Rule("T06", "error", "대기열 이름은 짧은 부호다", "a queue's name is a short code"),
    Rule("T07", "error", "기다리는 동안에는 말과 번호만", "who waits hears speech and presses keys, no more"),
)
RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _TABLE})
# The forty of the lint; S rules are the reader's own.
LINTED = tuple(rule.id for rule in _TABLE if not rule.id.startswith("S"))
