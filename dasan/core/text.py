"""Text that people send, made safe and kept readable.

``clean`` is applied at every inbound edge: what passes it can be stored, logged under a ``pii`` key, and drawn in a
terminal or a page without moving the cursor, ringing the bell, turning the line round or hiding letters. It does not
escape markup: that belongs to whoever draws. ``mask`` hides what identifies a person; ``josa`` picks the Korean
particle that fits a word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MESSAGE_CHARS_MAX = 4_000
COMBINING_RUN_MAX = 4

# C0 but tab and newline, DEL, C1 (U+009B is a one-character escape), bidi marks and overrides, BOM, line separators,
# interlinear annotation, tag characters: each of them can drive a terminal or show a reader something else than is
# there.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010ffff\ud800-\udfff]"
)
_ESCAPES = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_].*?(?:\x1b\\\\|\x07|\x9c|$)|.)", re.DOTALL)
_C1_STRINGS = re.compile("[\x9d\x90\x98\x9e\x9f].*?(?:\x9c|\x07|\x1b\\\\|$)|\x9b[0-?]*[ -/]*[@-~]", re.DOTALL)
_NATIONWIDE = re.compile(r"1[5-8]\d{6}")  # 1577-1366 and its like have no area code, and no 0 before it
_BLANK_LINES = re.compile(r"\n{4,}")
# One line of printable ASCII, Hangul syllables and the signs that Korean is written with: nothing to take out, and
# every character is its own NFC.
_PLAIN = re.compile("[ -~\u00b7\u2018\u2019\u201c\u201d\u2026\u3001\u3002\u300c-\u300f\uac00-\ud7a3]*")


def clean(text: str, *, limit: int = MESSAGE_CHARS_MAX) -> str:
    """``text`` in NFC without control, bidi, private-use and surrogate characters, at most ``limit`` characters.

    Escape sequences go as a whole, so that no visible litter is left; CRLF becomes LF; runs of combining marks longer
    than four are cut; leading and trailing white space goes. Idempotent. A longer text is cut, never refused: an edge
    that wants to refuse measures first.
    """
    if _PLAIN.fullmatch(text):  # most lines; the general way costs five times as much
        return text[:limit].strip()
    text = text[: limit * 8].replace("\r\n", "\n").replace("\r", "\n")
    text = _C1_STRINGS.sub("", _ESCAPES.sub("", text))
    text = unicodedata.normalize("NFC", _FORBIDDEN.sub("", text))
    text = _BLANK_LINES.sub("\n\n\n", _limit_combining(text))[:limit].strip()
    return unicodedata.normalize("NFC", text)


# Ranges without combining marks that nearly all text is made of; looking at each letter costs twenty times as much.
_NO_MARKS = re.compile(
    "[\x00-\u02ff\u1100-\u11ff\u2000-\u20cf\u2100-\u2c00\u3000-\u3029\u3030-\u3098\u309b-\u9fff"
    "\uac00-\ud7a3\uff00-\uffef\U0001f000-\U0001faff]*"
)


def _limit_combining(text: str) -> str:
    if _NO_MARKS.fullmatch(text):
        return text
    kept: list[str] = []
    run = 0
    for ch in text:
        run = run + 1 if unicodedata.combining(ch) else 0
        if run <= COMBINING_RUN_MAX:
            kept.append(ch)
    return "".join(kept)


def clean_line(text: str, *, limit: int = 200) -> str:
    """As :func:`clean`, and on one line: for names, titles and subjects."""
    return " ".join(clean(text, limit=limit).split())


_PHONE = re.compile(r"(?<!\d)(\+?\d{2,4})[-. ]?(\d{3,4})[-. ]?(\d{4})(?!\d)")
_RESIDENT = re.compile(r"(?<!\d)(\d{6})[- ]?([1-8]\d{6})(?!\d)")


_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,31}")


def as_code(value: str, otherwise: str = "other") -> str:
    """``value`` when it is a code; events carry codes, never somebody's words."""
    return value if _CODE.fullmatch(value) else otherwise


_DIGIT = re.compile(r"\d")


def has_digit(text: str) -> bool:
    """Whether there is a digit of any script in ``text``: without one there is no number to find or to hide."""
    return _DIGIT.search(text) is not None


def national(number: str) -> str:
    """A number in E.164 as people here write it: +821012345678 is 01012345678; one of another country as it is."""
    rest = number.removeprefix("+82")
    return rest if rest == number or _NATIONWIDE.fullmatch(rest) else f"0{rest}"


def mask_phone(number: str) -> str:
    """``010-1234-5678`` as ``010-****-5678``, ``02-731-2120`` as ``0-****-2120``: four digits or more are hidden. Of a
    number shorter than eight nothing is left."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < 8:
        return "*" * len(digits)
    return "-".join(part for part in (digits[:-8][:3], "****", digits[-4:]) if part)


def mask_name(name: str) -> str:
    """``김민수`` as ``김OO``, ``Jane Roe`` as ``J… R…``: the first letter stays, so that it can be told apart."""
    name = clean_line(name, limit=40)
    if not name:
        return ""
    if _is_hangul(name[0]):
        return name[0] + "O" * max(1, min(len(name) - 1, 3))
    return " ".join(part[0] + "…" for part in name.split())


def mask(text: str) -> str:
    """``text`` with resident registration numbers and telephone numbers hidden."""
    if not has_digit(text):  # most lines
        return text
    text = _RESIDENT.sub(lambda m: f"{m.group(1)}-*******", text)
    return _PHONE.sub(lambda m: f"{m.group(1)}-****-{m.group(3)}", text)


def _is_hangul(ch: str) -> bool:
    return "가" <= ch <= "힣"


_PARTICLES = {
    "은": "은는",
    "는": "은는",
    "이": "이가",
    "가": "이가",
    "을": "을를",
    "를": "을를",
    "과": "과와",
    "와": "과와",
}


@lru_cache(maxsize=4096)
def josa(word: str, particle: str) -> str:
    """``word`` with the form of ``particle`` (one of 은 는 이 가 을 를 과 와 으로 로) that its last sound asks for."""
    last = next((ch for ch in reversed(word) if ch.isalnum()), "")
    if particle in {"으로", "로"}:
        return word + ("으로" if _final(last) not in {0, 8} else "로")
    pair = _PARTICLES[particle]
    return word + (pair[0] if _final(last) else pair[1])


def _final(ch: str) -> int:
    """The index of the final consonant of ``ch`` (0: none, 8: ㄹ); digits are read in Sino-Korean, letters by name."""
    if _is_hangul(ch):
        return (ord(ch) - 0xAC00) % 28
    if ch in set("178lrLR"):  # 일 칠 팔 엘 알 end in ㄹ
        return 8
    return 1 if ch in set("036mnMN") else 0
