"""The published JSON schema of a flow file, made from the models that check it (docs/schema/ivr.json, `make docs`).

An editor that reads it completes keys and marks what has no place. What a schema cannot say (every target is there,
every exit is written) the checks say.
"""

from __future__ import annotations

import json
from typing import Any

from ivr.model import LANGUAGE_VERSION, Document

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of one flow file."""
    made = Document.model_json_schema(mode="validation", by_alias=True)
    return {"$schema": DIALECT, "title": "A flow of the spoken menu", "version": LANGUAGE_VERSION, **_untitled(made)}


def _untitled(made: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if key != "title"}


def text() -> str:
    """The file's text."""
    return json.dumps(schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
