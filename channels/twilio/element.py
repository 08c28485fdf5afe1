"""One element of TwiML, valid by construction: the constructor holds it against the table (verbs.py).

:func:`make` builds one from Python values and frees text of what XML cannot carry; :func:`render` writes it, escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from channels.twilio.verbs import TABLE

Value = str | int | bool | None

_UNWRITABLE = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


class Malformed(ValueError):
    """What was to be built is not TwiML."""


@dataclass(frozen=True, slots=True)
class Element:
    """A verb or noun. ``key`` is its row in the table where that differs from its name. Children are elements, or text.

    Raises Malformed."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Element | str, ...] = ()
    key: str = ""

    def __post_init__(self) -> None:
        fault = _fault(self)
        if fault:
            raise Malformed(f"{self.name}: {fault}")

    def get(self, attribute: str, default: str = "") -> str:
        """The attribute's value as written, or ``default``."""
        return next((value for name, value in self.attributes if name == attribute), default)

    @property
    def elements(self) -> tuple[Element, ...]:
        """The children that are elements."""
        return tuple(child for child in self.children if isinstance(child, Element))

    @property
    def text(self) -> str:
        """All text below, in order, without the ends' blanks."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children).strip()

    def walk(self) -> Iterator[Element]:
        """This element and all below, in the order of the document."""
        yield self
        for child in self.elements:
            yield from child.walk()


def _fault(element: Element) -> str:
    """What is wrong with this one element, its children being right; "" when nothing is."""
    row = TABLE.get(element.key or element.name)
    if row is None:
        return "no such verb"
    names = [name for name, _ in element.attributes]
    if len(set(names)) != len(names):
        return "an attribute twice"
    missing = row.needs.difference(names)
    if missing:
        return f"{sorted(missing)[0]} is missing"
    for name, value in element.attributes:
        check = row.attributes.get(name)
        wrong = "no such attribute" if check is None else check(value)
        if wrong:
            return f"{name}: {wrong}"
    return row.together(dict(element.attributes)) or _content_fault(element)


def _content_fault(element: Element) -> str:
    row = TABLE[element.key or element.name]
    elements = element.elements
    for child in elements:
        if row.children.get(child.name) != (child.key or child.name):
            return f"{child.name} cannot stand here"
    if not row.at_least <= len(elements) <= row.at_most:
        return f"needs {row.at_least} to {row.at_most} elements"
    own = "".join(child for child in element.children if isinstance(child, str)).strip()
    if row.text is not None and row.mixed:
        return f"its text is {wrong}" if (wrong := row.text(element.text)) else ""
    if row.text is None:
        return "text cannot stand here" if own else ""
    if elements and own:
        return "text beside elements"
    wrong = row.text(own)
    return f"its text is {wrong}" if wrong and not elements else ""


# -- writing


def written(text: str) -> str:
    """``text`` without the characters that XML cannot carry."""
    return _UNWRITABLE.sub("", text)


def make(name: str, attributes: Mapping[str, Value] | None = None, *children: Element | str, key: str = "") -> Element:
    """``None`` leaves an attribute out; booleans and numbers are written as Twilio writes them."""
    kept = tuple((n, _value(v)) for n, v in (attributes or {}).items() if v is not None)
    return Element(name, kept, tuple(written(c) if isinstance(c, str) else c for c in children if c != ""), key)


def _value(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return written(str(value))


def render(element: Element) -> str:
    """The element as XML, escaped."""
    pieces: list[str] = []
    _write(element, pieces)
    return "".join(pieces)


def _write(element: Element, pieces: list[str]) -> None:
    pieces.append(f"<{element.name}")
    for name, value in element.attributes:
        pieces.append(f' {name}="{value.translate(_QUOTED) if _SPECIAL(value) else value}"')
    if not element.children:
        pieces.append("/>")
        return
    pieces.append(">")
    for child in element.children:
        if isinstance(child, str):
            pieces.append(child.translate(_ESCAPED) if _SPECIAL(child) else child)
        else:
            _write(child, pieces)
    pieces.append(f"</{element.name}>")


_SPECIAL = re.compile(r"""[&<>"\r\n\t]""").search  # most text has none, and to look is cheap
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
# In an attribute a parser would turn these into blanks, or end it.
_QUOTED = _ESCAPED | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
