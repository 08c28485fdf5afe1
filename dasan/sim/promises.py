"""The invariants of DOMAIN §7 by name, each with its sentence; dasan/sim/invariants.py checks them."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "I1": "At most one live assignment per work item, and one live work item per session, with one consult beside it.",
    "I2": "Every assignment comes from exactly one accepted offer, or a supervisor's takeover.",
    "I3": "At most one accepted offer per offer round; all siblings end in the same commit.",
    "I4": "Per pool the slot costs stay within 100 and per channel the count within its maximum.",
    "I5": "A work item is in exactly one place: before the queue, queue, offers, assignment, wrap-up, or its end.",
    "I6": "Terminal states absorb.",
    "I7": "No pending offer to a counselor whose lease is not LIVE or whose presence is not AVAILABLE.",
    "I8": "Nobody is offered a later item while an earlier one that she may take waits.",
    "I9": "Overtaking is bounded by the largest credit, and nobody waits longer than the queue's time.",
    "I10": "A rank never grows over requeue, transfer with keep, or recovery.",
    "I11": "After the citizen has left with no live leg, no new offer is made.",
    "I12": "A session with a live leg, an unfinished work item or an unsettled handoff is not closed.",
    "I13": "Every closed session has a disposition, a receipt, or a reason of abandonment or expiry.",
    "I14": "The transcript is gapless from 1, for colleagues and for the citizen.",
    "I15": "An update of the peer has its effect once, however often it comes.",
    "I16": "The same request id gives the same result and no second effect.",
    "I17": "Commands of an old epoch have no effect.",
    "I18": "Every state with a timer has a stored deadline, and nothing is stuck past its deadlines.",
    "I19": "A restart makes the same pictures that were there before it, and the journal folds to the same states.",
    "I20": "Each handoff yields at most one ticket.",
    "I21": "What was promised is delivered or still promised.",
    "I22": "The times of an item add up to its span, without overlap.",
    "I23": "Every published figure equals the one recomputed from the journal.",
    "I24": "offered = accepted + declined + expired + revoked + rescinded + failed + pending.",
    "I25": "entered = answered + abandoned + converted + moved out + expired + cancelled + waiting, per queue.",
    "I26": "Who is one person follows from the links that stand; they make no ring, and both sides know of each.",
    "I27": "No words, numbers or addresses of a person stand in the journal.",
    "I28": "Who reads takes part or looks, and a look stands only while its supervisor's console does.",
    "I29": "The same seed gives the same journal, byte for byte.",
    "I30": "One skill, no abandonment, fixed service: one more counselor never lengthens a wait of the same seed.",
    "I31": "Nobody has two legs in a call, whoever has a talk is in it, and nobody stays when its citizen has gone.",
    "I32": "The citizen is never in the room with nobody, unless she hears music.",
    "I33": "A supervisor who listens is heard by nobody, and one who whispers by the counselor alone.",
    "defect": "The broker never fails with an error of its own.",
}


class Violation(AssertionError):
    """A broken promise: which, where, when, and the command that shows it again."""

    def __init__(self, name: str, stream: str, what: str, at: str, seed: int, replay: str) -> None:
        self.name, self.stream, self.what, self.seed, self.replay = name, stream, what, seed, replay
        super().__init__(
            f"{name}: {SENTENCES[name]}\n  {what}\n"
            f"  stream {stream}, virtual time {at}, seed {seed}\n  replay: {replay}"
        )
