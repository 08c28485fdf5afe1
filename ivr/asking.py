"""Questions: menus and inputs. How they are put, and what an answer leads to.

Silence and misunderstanding are counted apart, each with its own prompts and its own exit. Keys first: what a menu
binds is the menu's, then the commands (0 a person, # back, * again), then nothing. Words that were heard with too
little confidence are asked back, and with far too little not believed at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core.text import clean_line
from ivr import nodes
from ivr.actions import Ask, Choice, Say, Utterance, Value
from ivr.events import Digits, Event, NoInput, Speech
from ivr.hearing import KEYS, SPEECH_MAX, choose, command, free, spoken_key, yes_or_no
from ivr.run import ASKED_MAX, TRAIL_MAX, Run
from ivr.slots import SLOTS

Question = nodes.Menu | nodes.Input
REPLAYS_MAX = 8
UNBELIEVABLE = 0.5  # of the confidence that is asked for


def enter(run: Run, node: Question) -> str | None:
    """Put the question for the first time."""
    run.change(no_input=0, no_match=0, replays=0, pending=None)
    return ask(run, node, question(run, node))


def ask(run: Run, node: Question, prompts: tuple[Utterance, ...]) -> str | None:
    """Put the question with these words; a caller who was asked far too often gets a person, then an end."""
    run.change(phase="ask", pending=None)
    return _put(run, node, prompts, choices(run, node, hidden=False), SLOTS[_type(node)].expects(node))


def _put(
    run: Run, node: Question, prompts: tuple[Utterance, ...], listed: tuple[Choice, ...], expects: tuple[int, int]
) -> str | None:
    asked = run.state.asked + 1
    run.change(asked=asked)
    if asked >= 2 * ASKED_MAX:
        run.finish("limit")
        return None
    if asked == ASKED_MAX:
        return _to_person(run)
    defaults = run.flow.main.defaults
    timeout = (node.timeout or defaults.timeout) * (defaults.slow.timeout if run.state.slow else 1)
    run.do(
        Ask(
            prompts, run.language, speech=node.speech, num_digits=expects[0], max_digits=expects[1],
            terminator=getattr(node, "terminator", "") if run.state.phase == "ask" else "", timeout_s=timeout,
            hints=_hints(listed, node), barge_in=node.barge_in, choices=listed, node=run.state.node,
        )
    )  # fmt: skip
    return None


def _hints(listed: tuple[Choice, ...], node: Question) -> tuple[str, ...]:
    if not node.speech:
        return ()
    return tuple(dict.fromkeys(word for choice in listed for word in (choice.label, *choice.phrases)))


def _to_person(run: Run) -> str:
    run.do(Say(run.shared("trouble", "error")))
    return run.operator()


def _type(node: Question) -> str:
    return "menu" if node.kind == "menu" else str(node.type)


def question(run: Run, node: Question) -> tuple[Utterance, ...]:
    """All of a question: its words, its options, the help."""
    return run.speak(node.say, "ask") + _options(run, node)


def _options(run: Run, node: Question) -> tuple[Utterance, ...]:
    made: list[Utterance] = []
    for option in _offered(run, node):
        if getattr(option, "hidden", False):
            continue
        language = getattr(option, "in_", None) or run.language
        if getattr(option, "say", ()):
            made += run.speak(option.say, "option")
        else:
            label = _label(run, option, language)
            made += run.shared("option", "option", {"label": label, "key": option.key}, language)
    if node.kind == "input" and node.skip is not None:
        made += run.shared("skip", "option", {"key": node.skip.key})
    return (*made, *_help(run, node))


def _offered(run: Run, node: Question) -> tuple[Any, ...]:
    if node.kind == "menu":
        return tuple(option for option in node.options if run.holds(option.when))
    return tuple(node.choices) or SLOTS[node.type].offers(run)


def _label(run: Run, option: Any, language: str) -> str:
    texts = option.label
    return str(texts.get(language) or texts.get(run.flow.main.languages[0]) or next(iter(texts.values())))


def choices(run: Run, node: Question, *, hidden: bool = True) -> tuple[Choice, ...]:
    """The keys that answer; a screen lists those that are not hidden."""
    made = []
    for option in _offered(run, node):
        if not hidden and getattr(option, "hidden", False):
            continue
        language = getattr(option, "in_", None) or run.language
        made.append(Choice(option.key, _label(run, option, language), tuple(option.phrases.get(language, ()))))
    return tuple(made)


def _help(run: Run, node: Question) -> tuple[Utterance, ...]:
    wanted = node.help or run.document.defaults.help
    keys = run.flow.main.globals
    told = {"none": (), "operator": ("operator",), "full": ("operator", "back", "replay")}[wanted]
    usual = {"operator": "0", "back": "#", "replay": "*"}
    made: tuple[Utterance, ...] = ()
    taken = {option.key for option in _offered(run, node)} if told else set()
    for name in told:
        bound = keys.get(usual[name]) == name and usual[name] not in taken
        if bound and (name != "back" or run.state.history):
            made += run.shared(f"help_{name}", "help")
    return made


# -- answers


def answer(run: Run, node: Question, event: Event) -> str | None:
    """Where an answer leads: a node, or None when the question stands (again)."""
    if isinstance(event, Digits):
        return pressed(run, node, "".join(event.digits.split())[:64])
    if isinstance(event, Speech):
        return spoken(run, node, clean_line(event.text, limit=SPEECH_MAX), event.confidence)
    assert isinstance(event, NoInput)
    return silence(run, node)


def pressed(run: Run, node: Question, keys: str) -> str | None:
    """Keys came."""
    if not keys:
        return silence(run, node)
    if not KEYS.issuperset(keys):
        return not_understood(run, node)
    bound = {option.key for option in _offered(run, node)}
    if keys not in bound and (going := _command_key(run, node, keys)) is not None:
        return _command(run, node, going)
    if node.kind == "input" and node.skip is not None and keys == node.skip.key:
        return _go(run, node.skip.to)
    if run.state.phase == "confirm":
        return _confirmed(run, node, {"1": "yes", "2": "no"}.get(keys, ""))
    if node.kind == "input" and node.terminator:
        keys = keys.removesuffix(node.terminator)
    return _take(run, node, SLOTS[_type(node)].keys(run, node, keys), node.kind == "input" and node.confirm == "always")


def _command_key(run: Run, node: Question, keys: str) -> str | None:
    """The command in these keys. After digits a # or * is one too: she gave up entering."""
    commands = run.flow.main.globals
    if keys in commands and keys not in getattr(node, "values", ()):
        terminates = run.state.phase != "confirm" and keys == getattr(node, "terminator", "")
        return None if terminates and len(keys) > 1 else commands[keys]
    last = keys[-1]
    return commands.get(last) if last in "#*" and last != getattr(node, "terminator", "") else None


def _command(run: Run, node: Question, name: str) -> str | None:
    if name == "operator":
        run.leave_question()
        return run.operator()
    if name == "back":
        if run.state.phase == "confirm":
            return ask(run, node, question(run, node))
        target = run.back()
        return target if target is not None else replay(run, node)
    return replay(run, node)


def replay(run: Run, node: Question) -> str | None:
    """Say it again, what led to the question included; somebody who only ever wants that is not understood."""
    run.change(replays=run.state.replays + 1)
    if run.state.replays > REPLAYS_MAX:
        return not_understood(run, node)
    if run.state.phase == "confirm":
        return _ask_back(run, node, run.state.pending)
    before: tuple[Utterance, ...] = ()
    for place in run.state.trail:
        unit, _, name = place.partition("/")
        if unit == run.state.unit:  # what was said before a subflow began belongs to the question before it
            before += run.speak(getattr(run.document.nodes[name], "say", ()))
    return ask(run, node, before + question(run, node))


def remember(run: Run) -> None:
    """What this node says is said on the way to the next question."""
    run.change(trail=(*run.state.trail, f"{run.state.unit}/{run.state.node}")[-TRAIL_MAX:])


def spoken(run: Run, node: Question, text: str, confidence: float | None) -> str | None:
    """Words came."""
    if not text.strip():
        return silence(run, node)
    wanted = run.flow.main.defaults.confidence if node.confidence is None else node.confidence
    if confidence is not None and confidence < wanted * UNBELIEVABLE:
        return not_understood(run, node)
    confirming = run.state.phase == "confirm"
    key = "" if confirming else choose(text, choices(run, node))
    said = "" if key else command(text, run.language, within=not _free_slot(node))
    if said in {"operator", "back", "replay"}:
        return _command(run, node, said)
    if confirming:
        number = {"1": "yes", "2": "no"}.get(spoken_key(text, run.language), "")
        return _confirmed(run, node, yes_or_no(text, run.language) or number)
    unsure = confidence is not None and confidence < wanted
    found = _spoken_value(run, node, text, key)
    mode = "unsure" if node.kind == "menu" else node.confirm
    return _take(run, node, found, mode == "always" or (mode == "unsure" and unsure))


def _free_slot(node: Question) -> bool:
    """Whether any words are an answer: "사람이 쓰러졌어요" tells something and does not ask for a person."""
    return node.kind == "input" and node.type == "speech" and not node.choices


def _spoken_value(run: Run, node: Question, text: str, key: str) -> Value:
    slot = SLOTS[_type(node)]
    if key:
        return slot.keys(run, node, key)
    number = spoken_key(text, run.language)
    if number and number in {choice.key for choice in choices(run, node)}:
        return slot.keys(run, node, number)
    return slot.words(run, node, free(text))


def _take(run: Run, node: Question, value: Value, unsure: bool) -> str | None:
    if value is None:
        return not_understood(run, node)
    return _ask_back(run, node, value) if unsure else _accept(run, node, value)


def _accept(run: Run, node: Question, value: Value) -> str | None:
    if node.kind == "menu":
        target = next((o.to for o in _offered(run, node) if o.key == value), None)
        return _go(run, target) if target is not None else not_understood(run, node)
    run.assign({node.slot: value})
    return _go(run, node.to)


def _go(run: Run, target: str | None) -> str:
    assert target is not None  # a checked flow has every exit
    run.leave_question()
    return target


# -- asking back


def _ask_back(run: Run, node: Question, value: Value) -> str | None:
    heard = {"heard": SLOTS[_type(node)].heard(run, node, value)}
    own = getattr(node, "confirm_say", ())
    prompts = run.speak(own, "ask", heard) if own else run.shared("confirm", "ask", heard)
    run.change(phase="confirm", pending=value)
    listed = tuple(Choice(key, run.shared(word, "say")[0].text) for key, word in (("1", "yes"), ("2", "no")))
    return _put(run, node, prompts, listed, (1, 1))


def _confirmed(run: Run, node: Question, said: str) -> str | None:
    if said == "yes":
        return _accept(run, node, run.state.pending)
    return not_understood(run, node)


# -- silence and misunderstanding


def silence(run: Run, node: Question) -> str | None:
    """Nothing was heard."""
    count = run.state.no_input + 1
    run.change(no_input=count)
    return _retry(run, node, node.no_input, count, run.flow.main.defaults.max_no_input, "nothing")


def not_understood(run: Run, node: Question) -> str | None:
    """Something was heard that means nothing here."""
    count = run.state.no_match + 1
    run.change(no_match=count)
    return _retry(run, node, node.no_match, count, run.flow.main.defaults.max_no_match, "not_understood")


def _retry(run: Run, node: Question, retry: nodes.Retry | None, count: int, usual: int, shared: str) -> str | None:
    assert retry is not None
    if count >= (retry.max or usual):
        return _go(run, retry.to)
    if retry.say:
        prompts = run.speak(retry.say[min(count, len(retry.say)) - 1], "error")
    else:
        prompts = run.shared(shared, "error")
    return ask(run, node, prompts + _REPEAT[retry.repeat](run, node))


def _options_again(run: Run, node: Question) -> tuple[Utterance, ...]:
    """The options; a question that lists none is asked again itself."""
    return _options(run, node) if _offered(run, node) else question(run, node)


_REPEAT: dict[str, Callable[[Run, Any], tuple[Utterance, ...]]] = {
    "all": question,
    "options": _options_again,
    "none": lambda _run, _node: (),
}
