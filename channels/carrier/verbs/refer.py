"""Refer: the caller's own exchange is asked to call somebody else; only a SIP call can be."""

from __future__ import annotations

from channels.carrier.loading import END, Leap, Outcome, Run, follow
from channels.carrier.process import Steps, Wait
from channels.twilio.element import Element

ANSWER_US = 500_000
NOT_SIP = 13222


def obey(run: Run, verb: Element) -> Steps[Outcome]:
    """The exchange accepts, and takes its call away once the action is done; a call that is not SIP's stays."""
    if not run.call.address.startswith("sip"):
        run.net.warn(NOT_SIP, "Refer on a call that is not SIP's", run.call.sid, run.document.url)
        return follow(run, verb, ("ReferCallStatus", "failed"), ("ReferSipResponseCode", "400"))
    until = run.net.now_us + ANSWER_US
    while run.net.now_us < until:
        yield Wait(until)
    run.net.note("refer", run.call.sid, verb.elements[0].text)
    told: Leap | None = follow(
        run,
        verb,
        ("ReferCallStatus", "completed"),
        ("ReferSipResponseCode", "202"),
        ("NotifySipResponseCode", "200"),
    )
    return told or END
