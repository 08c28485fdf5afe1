"""The published JSON schemas of the two protocols, made from the models that check them.

``python -m dasan.wire.schema FOLDER`` writes ``chat.json`` and ``desk.json``; a test holds the files in docs/schema
against what this makes. Each file has the version, the path, and a schema for each direction.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dasan.wire import chat, desk, desk_views

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _direction(adapter: TypeAdapter[Any], key: str, title: str) -> dict[str, Any]:
    """One direction, self-contained under ``key``: both directions have a ``Say`` or ``Entry`` of their own."""
    mode: Any = "validation" if key == "from_client" else "serialization"
    made = adapter.json_schema(mode=mode, ref_template="#/" + key + "/$defs/{model}")
    for part in made["$defs"].values():
        if "const" in part.get("properties", {}).get("t", {}):  # it has a default, and is always there
            part["required"] = sorted({"t", *part.get("required", ())})
    return {"title": title, **made}


def _document(
    name: str, version: int, path: str, from_client: TypeAdapter[Any], to_client: TypeAdapter[Any]
) -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "title": f"{name} protocol",
        "version": version,
        "path": path,
        "from_client": _direction(from_client, "from_client", f"what the {name} client sends"),
        "to_client": _direction(to_client, "to_client", f"what the server sends to the {name} client"),
    }


def documents() -> dict[str, dict[str, Any]]:
    """File name to schema document."""
    return {
        "chat.json": _document("chat", chat.VERSION, chat.PATH, chat.from_page, chat.to_page),
        "desk.json": _document("desk", desk.VERSION, desk.PATH, desk.from_desk, desk_views.to_desk),
    }


def text(document: dict[str, Any]) -> str:
    """The file's text."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(folder: Path) -> None:
    """Write every document into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        (folder / name).write_text(text(document), "utf-8")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m dasan.wire.schema", description="Write the protocols' schemas.")
    asked.add_argument("folder", nargs="?", type=Path, default=Path("docs/schema"))
    main(asked.parse_args().folder)
