"""Reading TwiML as Twilio would: a document becomes an element, or a fault with Twilio's error number.

Bounded in bytes and depth; document types (and with them entities) are refused. Addresses are left as written:
resolving a relative one needs to know where the document came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from channels.twilio.element import Element, Malformed
from channels.twilio.verbs import DEPTH_MAX, DOCUMENT_BYTES_MAX, PLACES, ROOT, TABLE, Place

PARSE_FAILED: Final = 12100
SCHEMA: Final = 12200
TOO_LARGE: Final = 11750


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a document cannot be obeyed: Twilio's error number, the words, and where (1-based line, 0 unknown)."""

    code: int
    detail: str
    line: int = 0


class _Wrong(Exception):
    """Ends the parse with a fault."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.fault = (code, detail)


class _Reader:
    """Collects elements from expat's events, bounded in depth; the innermost open element is last."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[tuple[str, str, tuple[tuple[str, str], ...], list[Element | str]]] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, body: bytes) -> Element | Fault:
        try:
            self._parser.Parse(body, True)
        except expat.ExpatError as wrong:
            return Fault(PARSE_FAILED, expat.ErrorString(wrong.code), wrong.lineno)
        except _Wrong as wrong:
            return Fault(*wrong.fault, self._parser.CurrentLineNumber)
        except Malformed as wrong:
            return Fault(SCHEMA, str(wrong), self._parser.CurrentLineNumber)
        except (LookupError, ValueError):  # how expat says that it cannot read the declared encoding
            return Fault(PARSE_FAILED, "an unknown encoding", 1)
        assert self.root is not None  # expat refuses a document without an element
        return self.root

    def _doctype(self, *_: object) -> None:
        raise _Wrong(PARSE_FAILED, "a document type is not read")

    def _start(self, name: str, attributes: list[str]) -> None:
        if len(self._open) >= DEPTH_MAX:
            raise _Wrong(PARSE_FAILED, "nested too deep")
        if not self._open and name != ROOT:
            raise _Wrong(SCHEMA, f"{name} instead of {ROOT}")
        parent = TABLE.get(self._open[-1][1]) if self._open else None
        key = parent.children.get(name, name) if parent else name
        self._open.append((name, key, tuple(zip(attributes[::2], attributes[1::2], strict=True)), []))

    def _characters(self, text: str) -> None:
        self._open[-1][3].append(text)

    def _end(self, _name: str) -> None:
        name, key, attributes, children = self._open.pop()
        if not any(isinstance(child, str) and child.strip() for child in children):
            children = [child for child in children if isinstance(child, Element)]
        element = Element(name, attributes, tuple(children), key if key != name else "")
        if self._open:
            self._open[-1][3].append(element)
        else:
            self.root = element


def parse(body: bytes, place: Place = "call") -> Element | Fault:
    """The ``Response`` element of a document that may stand at that place, or why it cannot be obeyed. Never raises."""
    if len(body) > DOCUMENT_BYTES_MAX:
        return Fault(TOO_LARGE, f"{len(body)} bytes exceed {DOCUMENT_BYTES_MAX}")
    root = _Reader().read(body)
    if isinstance(root, Fault):
        return root
    for verb in root.elements:
        if verb.name not in PLACES[place]:
            return Fault(SCHEMA, f"{verb.name} cannot stand in a document for {place}")
    return root
