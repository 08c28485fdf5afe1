"""GeoReport v2 on the wire: one value, written as XML or as JSON, and read from either.

The JSON is the "Spark" reading of the XML: the outer wrapper falls away, a container whose children repeat is an array
even with one child, an empty element is null. Reading is wider than writing, because peers differ: a wrapper that was
kept is dropped, a number where a string belongs becomes a string, and a leading byte-order mark is ignored.

What is not well formed, or is a web page instead of an answer, raises :class:`AnswerError`, and nothing else is raised.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias
from xml.etree import ElementTree

from dasan.core.errors import DasanError

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
Row: TypeAlias = dict[str, Value]

CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}

# container element -> the element that repeats in it
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "service_request_updates": "request_update",
    "notes": "note",
    "media_urls": "media_url",
    "media": "item",
}
# The mySociety servers write the plural twice; the reader takes both.
_ALIASES = {"service_requests_updates": "service_request_updates"}
_WRAPPERS = frozenset(ITEMS) | frozenset(_ALIASES) | {"discovery", "service_definition"}
_HOSTILE_XML = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
# What XML 1.0 cannot carry at all, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class AnswerError(DasanError):
    """The answer is not GeoReport v2: a web page, a cut document, or a shape the specification does not know."""

    def __init__(self, why: str) -> None:
        super().__init__("eungdapso_unclear")
        self.why = why


def write(root: str, value: Value, fmt: str) -> bytes:
    """``value`` as the body of an answer whose XML root is ``root``; ``fmt`` is ``xml`` or ``json``."""
    if fmt == "json":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    element = _element(root, value)
    text: str = ElementTree.tostring(element, encoding="unicode")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode()


def _element(name: str, value: Value) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, dict):
        for key, child in value.items():
            element.append(_element(key, child))
    elif isinstance(value, list):
        for child in value:
            element.append(_element(ITEMS.get(name, "item"), child))
    elif value is not None:
        element.text = _NOT_XML.sub("", _text(value))
    return element


def _text(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def read(body: bytes) -> Value:
    """The value of a body in either format, told apart by its first character. Raises :class:`AnswerError`."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise AnswerError("empty body")
    if text[:1] == b"<":
        return _read_xml(text)
    try:
        value: Value = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as wrong:
        raise AnswerError("broken JSON") from wrong
    return _unwrapped(value)


def _refuse_constant(name: str) -> Value:
    raise ValueError(name)


def _unwrapped(value: Value) -> Value:
    """Without the outer wrapper that some servers keep; ``{"service_requests": {"request": [..]}}`` loses both."""
    if isinstance(value, dict) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if name in _WRAPPERS:
            return _unwrapped_items(_ALIASES.get(name, name), inner)
    return value


def _unwrapped_items(name: str, inner: Value) -> Value:
    item = ITEMS.get(name)
    if item is None:
        return inner
    if isinstance(inner, dict) and set(inner) == {item}:
        inner = inner[item]
    if inner is None:
        return []
    return inner if isinstance(inner, list) else [inner]


def _read_xml(text: bytes) -> Value:
    if _HOSTILE_XML.search(text):
        raise AnswerError("a document type or entity declaration (a web page, or an attack)")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - see above
    except (ElementTree.ParseError, RecursionError) as wrong:
        raise AnswerError("broken XML") from wrong
    name = _local(root)
    if name not in _WRAPPERS:
        raise AnswerError(f"unknown root element {name[:40]!r}")
    return _from_element(root)


def _local(element: ElementTree.Element) -> str:
    name = element.tag.rpartition("}")[2]
    return _ALIASES.get(name, name)


def _from_element(element: ElementTree.Element) -> Value:
    if _local(element) in ITEMS:
        return [_from_element(child) for child in element]
    if len(element):
        return {_local(child): _from_element(child) for child in element}
    return (element.text or "").strip() or None


def rows(value: Value) -> list[Row]:
    """``value`` as a list of records. Raises :class:`AnswerError` when it is anything else."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise AnswerError("not a list of records")
    return [row for row in value if isinstance(row, dict)]


def text_of(row: Row, name: str) -> str:
    """The field as text, "" when absent or null. Numbers are written out: some servers send ids without quotes."""
    value = row.get(name)
    if value is None or isinstance(value, list | dict):
        return ""
    return _text(value).strip()
