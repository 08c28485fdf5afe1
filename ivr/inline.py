"""Waiting in line: what is said when, which keys mean something, and how a caller leaves it.

The edge tells how long she has waited, her place and the estimate; here it is decided what to say: place and estimate
at once and then at intervals (no figure when the broker gives none), the callback when it is due, and that is all. A
caller who must not wait longer is told by the exit's own words, never dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ivr import nodes
from ivr.actions import Hold, Leave, Queue, Say, Utterance
from ivr.events import Digits, Event, Result, Waiting
from ivr.run import Run
from ivr.state import Line
from ivr.timing import said_s

HOLD_MIN_S = 3.0
SLACK_S = 0.5  # a loop of music never ends to the millisecond


def enter(run: Run, node: nodes.Queue) -> str | None:
    """Join the line, unless the queue is closed or full: those have exits of their own."""
    known = run.facts.queue(node.queue)
    if not known.open:
        return str(node.on["closed"])
    stayed = run.state.stayed.get(node.queue, 0.0)
    callback = run.facts.callback
    hers = callback is not None and callback.queue == node.queue  # she has a place there already
    if known.limit and known.waiting >= known.limit and not stayed and not hers:
        return str(node.on["full"])
    prompts = run.speak(node.say)
    if prompts:
        run.do(Say(prompts, barge_in=False))
    run.change(phase="queue", line=Line(node.queue), left_line="")
    run.do(
        Queue(
            node.queue, run.language, credit_s=node.priority + round(stayed), emergency=node.emergency,
            skills=node.skills, announce_every_s=node.announce.every, offer_callback_after_s=node.offer_callback_after,
            max_wait_s=node.max_wait, keys=_keys(run, node), details=run.details(node.details), node=run.state.node,
        )
    )  # fmt: skip
    return None


def _keys(run: Run, node: nodes.Queue) -> str:
    """Every key that is heard while waiting; what a flow does not bind is a command."""
    single = [key for key in (*node.keys, *run.flow.main.globals) if len(key) == 1]
    return "".join(dict.fromkeys(single))


def hear(run: Run, node: nodes.Queue, event: Event) -> str | None:
    """What a caller in line meets: time passing, a key, the end of the wait."""
    if isinstance(event, Waiting):
        return _waited(run, node, event)
    if isinstance(event, Digits):
        return _pressed(run, node, event.digits.strip()[:1])
    assert isinstance(event, Result)
    return _ended(run, node, event.outcome)


def _waited(run: Run, node: nodes.Queue, event: Waiting) -> str | None:
    line = run.state.line or Line(node.queue)
    run.change(line=replace(line, waited_s=event.waited_s, position=event.position, eta_s=event.eta_s))
    if node.max_wait and event.waited_s + SLACK_S >= node.max_wait:
        return _leave(run, node, "max_wait")
    _hold(run, node, _announcement(run, node))
    return None


def _announcement(run: Run, node: nodes.Queue, *, now: bool = False) -> tuple[Utterance, ...]:
    line = run.state.line
    assert line is not None
    made: tuple[Utterance, ...] = ()
    due = line.announced_s is None or line.waited_s - line.announced_s + SLACK_S >= node.announce.every
    offer = bool(node.offer_callback_after) and line.waited_s + SLACK_S >= node.offer_callback_after
    if due or now:
        made += _place(run, node, line) + run.speak(node.announce.say, "say", _figures(line))
        run.change(line=replace(line, announced_s=line.waited_s))
    if offer and (due or now or not line.offered):
        made += _offers(run, node)
        assert run.state.line is not None
        run.change(line=replace(run.state.line, offered=True))
    return made


def _figures(line: Line) -> dict[str, Any]:
    ahead = None if line.position is None else max(0, line.position - 1)
    return {"position": line.position, "ahead": ahead, "eta": line.eta_s, "waited": line.waited_s}


def _place(run: Run, node: nodes.Queue, line: Line) -> tuple[Utterance, ...]:
    figures = _figures(line)
    made: tuple[Utterance, ...] = ()
    if node.announce.position and line.position is not None:
        made += run.shared("position" if figures["ahead"] else "next", "say", figures)
    if node.announce.eta and line.eta_s is not None:
        made += run.shared("eta", "say", figures)
    return made or run.shared("waiting", "say")


def _offers(run: Run, node: nodes.Queue) -> tuple[Utterance, ...]:
    made: tuple[Utterance, ...] = ()
    for key, name in node.keys.items():
        if name in {"callback", "voicemail"}:
            made += run.shared(name, "help", {"key": key})
    return made


def _hold(run: Run, node: nodes.Queue, prompts: tuple[Utterance, ...]) -> None:
    line = run.state.line
    assert line is not None
    spans = [float(node.announce.every)]
    if line.announced_s is not None:
        spans.append(line.announced_s + node.announce.every - line.waited_s)
    if node.offer_callback_after and not line.offered:
        spans.append(node.offer_callback_after - line.waited_s)
    if node.max_wait:
        spans.append(node.max_wait - line.waited_s)
    music = min(spans) - said_s(
        prompts
    )  # a callback that is due at 30 s is offered then, not after the sentences before
    run.do(Hold(prompts, run.language, max(HOLD_MIN_S, round(music, 1)), _keys(run, node), run.state.node))


def _pressed(run: Run, node: nodes.Queue, key: str) -> str | None:
    bound = node.keys.get(key)
    if bound is not None:
        return _leave(run, node, bound)
    name = run.flow.main.globals.get(key, "")
    if name == "operator":
        if "zero" in node.on:
            return _leave(run, node, "zero")
        _hold(run, node, run.shared("in_line", "say"))
        return None
    if name == "back" and (target := run.back()) is not None:
        run.do(Leave("back", node.queue))
        run.change(line=None)
        return target
    _hold(run, node, _announcement(run, node, now=name == "replay"))
    return None


def _leave(run: Run, node: nodes.Queue, name: str) -> str | None:
    run.do(Leave(name, node.queue))
    _stays(run, node, name)
    run.change(line=None, left_line=node.queue if name == "callback" else "")
    return str(node.on[name])


def _stays(run: Run, node: nodes.Queue, name: str) -> None:
    """The limit was told to her; should she wait on, what she waited counts."""
    if name == "max_wait" and run.state.line is not None:
        before = run.state.stayed.get(node.queue, 0.0)
        run.change(stayed={**run.state.stayed, node.queue: before + run.state.line.waited_s})


def _ended(run: Run, node: nodes.Queue, outcome: str) -> str | None:
    """The wait is over without the caller's doing."""
    _stays(run, node, outcome)
    run.change(line=None)
    if outcome == "answered" and "answered" not in node.on:
        run.finish("answered", hang_up=False)
        return None
    if outcome == "left":
        run.finish("left", hang_up=False)
        return None
    return str(node.on.get(outcome) or node.on["error"])
