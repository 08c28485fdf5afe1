"""T rules: what a telephone network with Twilio's verbs can carry, and S07: what the centre has.

Menus need one press each (T01, in keys.py): they are gathered with ``numDigits="1" finishOnKey=""``, because # goes
back and must not end the entry. A number of open length therefore ends with * (which a caller is told), never with #.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from dasan.core.errors import Problem
from ivr.check import prompts
from ivr.flow import is_address
from ivr.lint.finding import Context, Finding, at
from ivr.lint.places import ASKING, Places
from ivr.lint.reading import nodes_of, said_of
from ivr.source import Path
from ivr.words import Prompt

# How the star is called when a caller is told to end with it.
STAR: Mapping[str, re.Pattern[str]] = {
    "ko": re.compile("별표|[*]"),
    "en": re.compile(r"\bstar\b|[*]", re.I),
    "zh": re.compile("星号|[*]"),
    "ja": re.compile("米印|アスタリスク|スター|[*]"),
    "vi": re.compile("phím sao|[*]", re.I),
    "mn": re.compile("од тэмдэг|одтой|[*]", re.I),
}
# Languages that the network's recogniser is known to hear with its default model; for Mongolian nothing was found.
HEARD = frozenset({"ko", "en", "zh", "ja", "vi"})
# How a voice of a language is called, whoever makes it: Google.ko-KR-…, Polly.Seoyeon.
LOCALES: Mapping[str, tuple[str, ...]] = {
    "ko": ("ko-KR", "Polly.Seoyeon"),
    "en": ("en-", "Polly."),
    "zh": ("cmn-", "zh-", "Polly.Zhiyu"),
    "ja": ("ja-JP", "Polly.Mizuki", "Polly.Takumi", "Polly.Kazuha", "Polly.Tomoko"),
    "vi": ("vi-VN",),
    "mn": ("mn-MN",),
}
_OPEN_TYPES = frozenset({"phone", "date"})
# How a recording of ours is called; it becomes part of no address (that is its bytes' hash).
RECORDING = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\.(wav|mp3)")
_HTTPS = re.compile(r"https://[^\s/]+/\S+")


def open_ended(flow: Places) -> Iterator[Finding]:
    """T02."""
    for unit, name, node in nodes_of(flow, "input"):
        if not _is_open(node):
            continue
        path: Path = ("nodes", name, "terminator")
        if node.terminator != "*":
            ko, en = "길이가 정해지지 않았습니다. 별표(*)로 끝내십시오.", "Its length is open: let it end with *."
            yield at(unit, "T02", path, ko, en)
        elif not _tells_star(said_of(unit, node.say)):
            ko, en = "별표로 끝낸다고 모든 언어로 말하지 않습니다.", "Not every language says that it ends with star."
            yield at(unit, "T02", path, ko, en)


def _tells_star(said: Mapping[str, str]) -> bool:
    return bool(said) and all(STAR[language].search(text) for language, text in said.items() if language in STAR)


def _is_open(node: Any) -> bool:
    return node.type in _OPEN_TYPES or (node.type == "digits" and node.min != node.max)


def recordings(flow: Places, context: Context) -> Iterator[Finding]:
    """T03: a recording is a file of ours that the network can play, or a whole https address, which nobody can change
    on the way; and it says what its prompt says."""
    for unit in flow.units.values():
        for path, prompt in prompts(unit.document):
            for language, audio in prompt.audio.items():
                wrong = _of_prompt(prompt, language) or _of_audio(audio, context.recordings)
                if wrong:
                    near = get_close_matches(audio, context.recordings or (), 1)
                    found = at(unit, "T03", (*path, "audio", language), *wrong)
                    yield replace(found, nearest=near[0]) if near and near[0] != audio else found


def _of_prompt(prompt: Prompt, language: str) -> tuple[str, str] | None:
    text = prompt.texts.get(language)
    if text is None:
        return f"{language} 문구가 없어 녹음이 쓰이지 않습니다.", f"Without a text in {language} nobody hears it."
    if "{{" in text or "{%" in text:
        return "값이 들어가는 문구는 녹음할 수 없습니다.", "A prompt with values in it cannot be a recording."
    return None


def _of_audio(audio: str, known: Mapping[str, tuple[str, str] | None] | None) -> tuple[str, str] | None:
    if is_address(audio):
        whole = _HTTPS.fullmatch(audio) is not None
        return None if whole else (f"온전한 https 주소가 아닙니다: {audio}", f"No whole https address: {audio}")
    if not RECORDING.fullmatch(audio):
        ko = f"녹음 이름은 소문자와 숫자에 .wav나 .mp3입니다: {audio}"
        return ko, f"A recording is named in small letters and digits, .wav or .mp3, or by its https address: {audio}"
    if known is None:
        return None
    if audio not in known:
        return f"녹음 폴더에 {audio}이(가) 없습니다.", f"There is no {audio} in the folder of recordings."
    why = known[audio]
    return (f"{audio}: {why[0]}", f"{audio}: {why[1]}") if why is not None else None


def unspoken(flow: Places) -> Iterator[Finding]:
    """T05: a voice speaks its own language, and speech is asked for only where every language is recognised."""
    main = flow.units[flow.main]
    for language, voice in main.document.defaults.voice.items():
        if not any(part in voice for part in LOCALES.get(language, (voice,))):
            ko, en = f"{voice}은(는) {language} 목소리가 아닙니다.", f"{voice} is no voice of {language}."
            yield at(main, "T05", ("defaults", "voice", language), ko, en)
    deaf = [language for language in main.document.languages if language not in HEARD]
    for unit, name, node in nodes_of(flow, *sorted(ASKING)):
        if node.speech and deaf:
            words = ", ".join(deaf)
            ko, en = f"알아듣는지 모르는 언어입니다: {words}", f"Recognition of these languages is not known: {words}"
            yield at(unit, "T05", ("nodes", name, "speech"), ko, en)


def not_ours(flow: Places, context: Context) -> Iterator[Finding]:
    """S07: what the centre does not have (a queue, a line, a question, a service) fails when a caller is on it."""
    for known, field, kinds, ko_what, en_what in (
        (context.queues, "queue", ("queue", "callback", "voicemail", "hours"), "대기열", "queue"),
        (context.lines, "line", ("transfer",), "기관", "line"),
        (context.lookups, "name", ("lookup",), "물음", "question"),
        (context.services, "service", ("http",), "바깥 서비스", "outside service"),
    ):
        for unit, name, node in nodes_of(flow, *kinds):
            code = getattr(node, field, None)
            if known is not None and code is not None and code not in known:
                ko, en = f"센터에 {code}(이)라는 {ko_what}이(가) 없습니다.", f"The centre has no {en_what} {code}."
                yield at(unit, "S07", ("nodes", name, field), ko, en)


_AS_RULE = (
    (
        re.compile(r"nodes\.\w+\.queue"),
        "T06",
        "대기열 이름은 32자 안의 소문자, 숫자, 밑줄입니다.",
        "A queue's name is a code of at most 32 small letters, digits and _.",
    ),
    (
        re.compile(r"nodes\.\w+\.announce\..+"),
        "T07",
        "기다리는 동안에는 말(say)만 할 수 있습니다.",
        "Who waits can be told something (say), no more.",
    ),
)


def misshapen(problem: Problem) -> Finding:
    """A problem of the file's shape: T06 and T07 by where it stands, else S01."""
    for pattern, rule, ko, en in _AS_RULE:
        if pattern.fullmatch(problem.key):
            return Finding(rule, "error", "", "", problem.file, problem.line, ko, en, problem.nearest)
    key = f"{problem.key}: " if problem.key else ""
    ko, en = key + problem.message_ko, key + problem.message_en
    return Finding("S01", "error", "", "", problem.file, problem.line, ko, en, problem.nearest)
