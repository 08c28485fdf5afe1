"""The texts in a messaging document: ``<Response><Message>…</Message></Response>``, with or without ``<Body>``."""

from __future__ import annotations

from xml.parsers import expat

TEXT_BYTES_MAX = 64 * 1024


class _Refused(Exception):
    """A document type, which nobody has any need of here."""


def replies(text: str, content_type: str) -> list[str] | None:
    """The texts to be sent; plain text is one; None for what cannot be read."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return [text] if text.strip() else []
    if not text.strip():
        return []
    found: list[str] = []
    path: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name)
        if path == ["Response", "Message"]:
            found.append("")

    def words(said: str) -> None:
        if path[:2] == ["Response", "Message"] and path[2:] in ([], ["Body"]):
            found[-1] += said

    def refuse(*_: object) -> None:
        raise _Refused

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: path.pop()
    parser.CharacterDataHandler = words
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.encode()[:TEXT_BYTES_MAX], True)
    except (expat.ExpatError, _Refused):
        return None
    return [said.strip() for said in found if said.strip()]
