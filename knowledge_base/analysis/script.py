"""Which letters a text is written in, and so how it is taken apart.

Text is made comparable first (NFC, lower case, full-width letters to plain ones). Then it falls into runs of one
script each; every analyser works on runs, so mixed texts ("T머니 카드") need no case of their own.
"""

from __future__ import annotations

import re
import unicodedata

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_HANGUL, _HAN, _KANA = "가-힣", "\u3400-\u9fff", "\u3041-\u30ff"
_RUN = re.compile(
    rf"(?P<hangul>[{_HANGUL}]+)|(?P<han>[{_HAN}]+)|(?P<kana>[{_KANA}]+)|(?P<number>\d+)"
    rf"|(?P<latin>(?:(?![{_HANGUL}{_HAN}{_KANA}])[^\W\d_])+)"
)
_VIETNAMESE = re.compile("[đơưăạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]")


def normalise(text: str) -> str:
    """``text`` in the form that queries and articles share."""
    return unicodedata.normalize("NFC", text.translate(_FULL_WIDTH)).lower()


def runs(text: str) -> list[tuple[str, str]]:
    """(script, letters) for each run of normalised ``text``; scripts: hangul, han, kana, number, latin."""
    return [(match.lastgroup or "latin", match.group()) for match in _RUN.finditer(text)]


def detect_language(text: str, default: str = "ko") -> str:
    """The language a person most likely writes: any Hangul word makes it Korean, kana Japanese, and so on.

    Told apart by letters alone; English is the guess for plain Latin and Mongolian for Cyrillic, since those are the
    languages this service answers in. ``default`` where there are no letters.
    """
    text = normalise(text)
    counts = dict.fromkeys(("hangul", "han", "kana", "latin"), 0)
    for script, letters in runs(text):
        if script in counts:
            counts[script] += len(letters)
    if counts["hangul"] and counts["hangul"] * 4 >= counts["latin"] + counts["han"] + counts["kana"]:
        return "ko"
    if counts["kana"]:
        return "ja"
    if counts["han"] > counts["latin"]:
        return "zh"
    if not counts["latin"]:
        return default
    if re.search("[а-яөүё]", text):
        return "mn"
    return "vi" if _VIETNAMESE.search(text) else "en"
