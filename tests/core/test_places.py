"""Where everybody shall be in a call, situation by situation: the one picture that call control makes true."""

from __future__ import annotations

from typing import Any

import pytest

from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.call import FLOW, GONE, RING, ROOM, places
from dasan.core.change import changed
from dasan.core.leg import Leg
from dasan.core.policy import CHAT, VOICE
from dasan.core.session import Session
from dasan.core.workitem import WorkItem

CITIZEN = Leg("l_1", VOICE, "a", legs.CONNECTED, call="CA1")
HER = Leg("l_2", VOICE, "", legs.CONNECTED, role=legs.OF_COUNSELOR, who="k_1", item="w_1", call="CA2")
PEER = changed(HER, id="l_3", who="k_2", item="w_2", call="CA3")
LINE = changed(HER, id="l_4", role=legs.OF_LINE, who="119", call="CA4")
BOSS = changed(HER, id="l_5", role=legs.OF_SUPERVISOR, who="k_boss", item="", call="CA5")


def there(leg: Leg) -> Leg:
    return changed(leg, joined=True)


def item(state: str, **more: Any) -> WorkItem:
    counselor = "" if state in items.BEFORE else "k_1"
    return WorkItem("w_1", "general", VOICE, state, counselor=counselor, **more)


def session(*parties: Leg, citizen: Leg = CITIZEN, talk: WorkItem | None = None, **more: Any) -> Session:
    talks = (talk,) if talk else ()
    return Session("s_1", 1, "120", "ko", "p_1", VOICE, 0, legs=(citizen,), items=talks, parties=parties, **more)


def shown(s: Session) -> dict[str, str]:
    """who -> where, with what is true of it: "ROOM hold", "ROOM muted", "ROOM>l_2" for a whisper."""
    said = {}
    for p in places(s):
        marks = (" hold" * p.hold) + (" muted" * p.muted) + (f">{p.coach}" if p.coach else "")
        said[p.who or "citizen"] = p.at + marks
    return said


CONSULT = WorkItem("w_2", "tax", VOICE, items.ACTIVE, counselor="k_2", consult_of="w_1")
SITUATIONS: dict[str, tuple[Session, dict[str, str]]] = {
    "in the menu": (session(), {"citizen": FLOW}),
    "waiting": (session(talk=item(items.QUEUED)), {"citizen": FLOW}),
    "hung up while waiting": (
        session(citizen=changed(CITIZEN, state=legs.SUSPENDED), talk=item(items.QUEUED)),
        {"citizen": GONE},
    ),
    "her counselor's telephone rings": (
        session(changed(HER, state=legs.RINGING), talk=item(items.CONNECTING)),
        {"citizen": FLOW, "k_1": RING},
    ),
    "her counselor has answered and is not in the room yet": (
        session(HER, talk=item(items.CONNECTING)),
        {"citizen": FLOW, "k_1": ROOM},
    ),
    "her counselor is in the room": (
        session(there(HER), talk=item(items.CONNECTING)),
        {"citizen": ROOM, "k_1": ROOM},
    ),
    "in talk": (session(there(HER), citizen=there(CITIZEN), talk=item(items.ACTIVE)), {"citizen": ROOM, "k_1": ROOM}),
    "on hold": (session(there(HER), talk=item(items.HELD)), {"citizen": ROOM + " hold", "k_1": ROOM}),
    "her counselor has muted herself": (
        session(changed(there(HER), muted=True), talk=item(items.ACTIVE)),
        {"citizen": ROOM, "k_1": ROOM + " muted"},
    ),
    "her counselor's telephone has dropped and rings again": (
        session(changed(HER, state=legs.ENDED), changed(HER, id="l_9", state=legs.NEW), talk=item(items.ACTIVE)),
        {"citizen": ROOM + " hold", "k_1": RING},
    ),
    "consulting": (
        session(there(HER), there(PEER), talk=item(items.CONSULTING)),
        {"citizen": ROOM + " hold", "k_1": ROOM, "k_2": ROOM},
    ),
    "all three": (
        session(there(HER), there(PEER), talk=item(items.CONSULTING, joined=True)),
        {"citizen": ROOM, "k_1": ROOM, "k_2": ROOM},
    ),
    "all three, and both colleagues have dropped": (
        session(HER, PEER, talk=item(items.CONSULTING, joined=True)),
        {"citizen": ROOM + " hold", "k_1": ROOM, "k_2": ROOM},
    ),
    "passed on to a colleague": (
        session(changed(HER, state=legs.ENDED), there(PEER), talk=changed(CONSULT, consult_of="")),
        {"citizen": ROOM, "k_1": GONE, "k_2": ROOM},
    ),
    "with a line, her counselor in wrap-up": (
        session(changed(HER, state=legs.ENDED), there(LINE), talk=item(items.WRAPPING)),
        {"citizen": ROOM, "k_1": GONE, "119": ROOM},
    ),
    "a line rings while they talk": (
        session(there(HER), changed(LINE, state=legs.DIALING), talk=item(items.ACTIVE)),
        {"citizen": ROOM, "k_1": ROOM, "119": RING},
    ),
    "back in the queue after a transfer, her line of sight gone": (
        session(changed(HER, state=legs.ENDED), citizen=there(CITIZEN), talk=item(items.QUEUED)),
        {"citizen": FLOW, "k_1": GONE},
    ),
    "back in the queue while a line is with her": (
        session(there(LINE), talk=item(items.QUEUED)),
        {"citizen": ROOM, "119": ROOM},
    ),
    "listened to": (
        session(there(HER), changed(there(BOSS), ear=legs.LISTEN), talk=item(items.ACTIVE)),
        {"citizen": ROOM, "k_1": ROOM, "k_boss": ROOM + " muted"},
    ),
    "whispered to": (
        session(there(HER), changed(there(BOSS), ear=legs.WHISPER), talk=item(items.ACTIVE)),
        {"citizen": ROOM, "k_1": ROOM, "k_boss": ROOM + ">l_2"},
    ),
    "a whisper with nobody to hear it": (
        session(HER, changed(there(BOSS), ear=legs.WHISPER), talk=item(items.ACTIVE)),
        {"citizen": ROOM + " hold", "k_1": ROOM, "k_boss": ROOM + " muted"},
    ),
    "barged in on": (
        session(there(HER), changed(there(BOSS), ear=legs.BARGE), talk=item(items.ACTIVE)),
        {"citizen": ROOM, "k_1": ROOM, "k_boss": ROOM},
    ),
    "a supervisor alone is no company": (
        session(changed(there(BOSS), ear=legs.BARGE), talk=item(items.ACTIVE)),
        {"citizen": ROOM + " hold", "k_boss": ROOM},
    ),
    "being called back": (
        session(there(HER), citizen=changed(CITIZEN, state=legs.DIALING), talk=item(items.CONNECTING)),
        {"citizen": RING, "k_1": ROOM},
    ),
    "over": (
        session(changed(HER, state=legs.ENDED), citizen=changed(CITIZEN, state=legs.ENDED), talk=item(items.WRAPPING)),
        {"citizen": GONE, "k_1": GONE},
    ),
    "closed": (session(there(HER), closed_at_us=1), {"citizen": GONE, "k_1": GONE}),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_everybody_is_where_the_situation_says(situation: str) -> None:
    s, expected = SITUATIONS[situation]
    assert shown(s) == expected


def test_a_session_without_a_telephone_has_no_places() -> None:
    chat = Session("s_1", 1, "120", "ko", "p_1", CHAT, 0, legs=(Leg("l_1", CHAT, "a", legs.CONNECTED),))
    assert places(chat) == ()


def test_an_earlier_leg_of_hers_is_gone_and_the_newest_comes_first() -> None:
    s = session(citizen=changed(CITIZEN, state=legs.ENDED))
    s = changed(s, legs=(*s.legs, changed(CITIZEN, id="l_7", call="CA7")))
    assert [(p.leg, p.at) for p in places(s)] == [("l_7", FLOW), ("l_1", GONE)]
