"""The published schemas are the protocols: fresh, valid, and agreeing with the models about what passes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dasan.core.errors import BadInput
from dasan.wire import chat, schema
from dasan.wire.frames import parse

FOLDER = Path("docs/schema")
DOCUMENTS = schema.documents()


def validator(name: str, direction: str) -> Draft202012Validator:
    return Draft202012Validator({**DOCUMENTS[name], "$ref": f"#/{direction}"})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_published_schema_is_fresh(name: str) -> None:
    again = f"run: python -m dasan.wire.schema {FOLDER}"
    assert (FOLDER / name).read_text("utf-8") == schema.text(DOCUMENTS[name]), again


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_published_schema_is_a_valid_schema(name: str) -> None:
    for direction in ("from_client", "to_client"):
        Draft202012Validator.check_schema(DOCUMENTS[name][direction])


FRAMES: list[tuple[dict[str, Any], bool]] = [
    ({"t": "hello", "v": 1}, True),
    ({"t": "hello", "v": 1, "language": "ko", "token": "x" * 32, "after": {"session": "s_1", "seq": 7}}, True),
    ({"t": "hello"}, False),
    ({"t": "hello", "v": 1, "language": "korean"}, False),
    ({"t": "say", "id": "12345678", "text": "안녕하세요"}, True),
    ({"t": "say", "id": "short", "text": "안녕하세요"}, False),
    ({"t": "say", "id": "with space 1"}, False),
    ({"t": "say", "id": "12345678", "txt": "misspelt"}, False),
    ({"t": "rate", "id": "12345678", "session": "s_1", "score": 5}, True),
    ({"t": "rate", "id": "12345678", "session": "s_1", "score": 6}, False),
    ({"t": "mark", "n": -1}, False),
    ({"t": "welcome"}, False),
    ({}, False),
]


@pytest.mark.parametrize(("frame", "passes"), FRAMES)
def test_schema_and_server_agree_about_a_pages_frame(frame: dict[str, Any], passes: bool) -> None:
    assert validator("chat.json", "from_client").is_valid(frame) is passes
    if passes:
        parse(chat.from_page, json.dumps(frame))
    else:
        with pytest.raises(BadInput):
            parse(chat.from_page, json.dumps(frame))


def test_the_document_names_every_frame_and_every_field_it_must() -> None:
    text = Path("docs/chat-protocol.md").read_text("utf-8")
    for direction in ("from_client", "to_client"):
        kinds = DOCUMENTS["chat.json"][direction]["discriminator"]["mapping"]
        assert not [kind for kind in kinds if f"| `{kind}` |" not in text]
