"""Twilio's own OpenAPI file, held against every REST request of ours and every answer of the stand-in carrier.

The file comes from the npm package ``@twilio/cli-core`` and is no part of this project; ``.ci/run`` fetches it into the
user's cache. Checked of a request: path, method, path parameters, every form or query parameter by name and schema,
what is required. Of an answer: its body against the schema of that status; errors (which the file does not describe)
against the form that Twilio documents. Known gaps of the file are filled here: repeated form fields are arrays,
``nullable`` is JSON Schema's null, form values are text that stands for booleans and numbers, and an id that is not set
may be "" (the file's own examples say so).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator

from channels.twilio.wire import Answer, RestAnswer, RestRequest

VERSION = "8.3.2"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dasan120"
FILE = CACHE / f"twilio-cli-core-{VERSION}" / "package/src/services/twilio-api/twilio_api_v2010.json"
HOW = f"npm pack @twilio/cli-core@{VERSION}, unpacked at {CACHE}/twilio-cli-core-{VERSION} (.ci/run does it)"

Fields = Iterable[tuple[str, str]]


class Violation(AssertionError):
    """What Twilio's own description does not allow."""


@dataclass(frozen=True)
class Operation:
    """One path and method, with what it takes and gives."""

    path: str
    method: str
    about: Mapping[str, Any]
    found: Mapping[str, str]


class Spec:
    """The file, ready to be asked."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        self._document = document
        self._paths = [(path, _pattern(path), methods) for path, methods in document["paths"].items()]
        self._validators: dict[tuple[int, bool], Draft202012Validator] = {}
        self.seen: dict[tuple[str, str], int] = {}

    def operation(self, request: RestRequest) -> Operation:
        """Whose request that is. Raises Violation for a path or a method that Twilio does not have."""
        for path, pattern, methods in self._paths:
            match = pattern.fullmatch(request.path)
            if match and request.method.lower() in methods:
                values = {name: unquote(value) for name, value in match.groupdict().items()}
                return Operation(path, request.method.lower(), methods[request.method.lower()], values)
        raise Violation(f"no such operation: {request.method} {request.path}")

    def request(self, request: RestRequest) -> Operation:
        """The operation of a request that is right in every part."""
        operation = self.operation(request)
        self.seen[operation.path, operation.method] = self.seen.get((operation.path, operation.method), 0) + 1
        parameters = operation.about.get("parameters", [])
        for parameter in parameters:
            if parameter["in"] == "path":
                self._value(parameter["name"], operation.found[parameter["name"]], parameter["schema"])
        queries = {p["name"]: p["schema"] for p in parameters if p["in"] == "query"}
        needed = {p["name"] for p in parameters if p["in"] == "query" and p.get("required")}
        form = self._form(operation)
        self._fields(request.fields, queries | form.get("properties", {}), needed | set(form.get("required", ())))
        return operation

    def answer(self, operation: Operation, answer: RestAnswer) -> None:
        """The answer is one that Twilio would give."""
        if answer.status >= 400:
            self._error(answer)
            return
        described = operation.about["responses"].get(str(answer.status))
        if described is None:
            raise Violation(f"{operation.method} {operation.path} never answers {answer.status}")
        content = described.get("content", {}).get("application/json")
        if content is None:
            if answer.body is not None:
                raise Violation(f"{answer.status} has no body")
            return
        self._hold(f"{operation.method} {operation.path}", answer.body, content["schema"], strict=True)

    def example(self, operation: Operation) -> RestAnswer:
        """The first answer that the file itself shows."""
        status, described = next((int(s), r) for s, r in operation.about["responses"].items() if s.startswith("2"))
        content = described.get("content", {}).get("application/json")
        if content is None:
            return RestAnswer(status)
        return RestAnswer(status, next(iter(content["examples"].values()))["value"])

    def network(self, answer: Callable[[RestRequest], RestAnswer | None] = lambda _: None) -> Answer:
        """A network that holds every request and every answer against the file; ``answer`` None means the example."""

        def answered(request: RestRequest) -> RestAnswer:
            if request.path == "/v1/ByocTrunks":  # of voice.twilio.com, which has a file of its own
                return answer(request) or RestAnswer(404)
            operation = self.request(request)
            given = answer(request) or self.example(operation)
            self.answer(operation, given)
            return given

        return answered

    # -- parts

    def _form(self, operation: Operation) -> Mapping[str, Any]:
        content = operation.about.get("requestBody", {}).get("content", {})
        schema: Mapping[str, Any] = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
        return schema

    def _fields(self, fields: Fields, known: Mapping[str, Any], needed: set[str]) -> None:
        values: dict[str, list[str]] = {}
        for name, value in fields:
            values.setdefault(name, []).append(value)
        missing = needed - values.keys()
        if missing:
            raise Violation(f"missing: {', '.join(sorted(missing))}")
        for name, said in values.items():
            schema = self._resolved(known.get(name) or _unknown(name))
            if schema.get("type") == "array":
                for each in said:
                    self._value(name, each, schema["items"])
            elif len(said) > 1:
                raise Violation(f"{name} repeated")
            else:
                if not said[0] and name in needed:
                    raise Violation(f"{name} is empty")
                self._value(name, said[0], schema)

    def _value(self, name: str, value: str, schema: Mapping[str, Any]) -> None:
        resolved = self._resolved(schema)
        kind = resolved.get("type")
        read: Any = value
        if kind == "boolean":
            read = {"true": True, "false": False}.get(value.lower(), value)
        elif kind in {"integer", "number"}:
            read = int(value) if re.fullmatch(r"-?\d+", value) else value
        if resolved.get("format") == "uri" and value and urlsplit(value).scheme not in {"http", "https", "wss"}:
            raise Violation(f"{name} is not an absolute address: {value}")
        self._hold(name, read, schema)

    def _hold(self, what: str, value: Any, schema: Mapping[str, Any], *, strict: bool = False) -> None:
        key = id(schema), strict  # the document lives as long as this does, so its parts keep their ids
        validator = self._validators.get(key)
        if validator is None:
            validator = self._validators[key] = Draft202012Validator(self._plain(schema, strict))
        wrong = next(iter(validator.iter_errors(value)), None)
        if wrong is not None:
            where = "/".join(str(part) for part in wrong.absolute_path)
            raise Violation(f"{what}: {where}: {wrong.message[:300]}")

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def _plain(self, schema: Any, strict: bool) -> Any:
        """The schema without references, ``nullable`` said in JSON Schema's way; ``strict`` closes objects whose
        properties are told."""
        if isinstance(schema, list):
            return [self._plain(part, strict) for part in schema]
        if not isinstance(schema, Mapping):
            return schema
        schema = self._resolved(schema)
        plain = {key: self._plain(value, strict) for key, value in schema.items() if key in _KEPT}
        if "properties" in plain:
            plain["properties"] = {k: self._plain(v, strict) for k, v in schema["properties"].items()}
            if strict:
                plain["additionalProperties"] = False
        if schema.get("nullable") or "will be `null`" in schema.get("description", ""):
            unset = [{"type": "null"}, *([{"const": ""}] if "pattern" in schema else [])]
            return {"anyOf": [plain, *unset]}
        return plain

    def _error(self, answer: RestAnswer) -> None:
        self._hold("error", answer.body, _ERROR)
        if answer.body["status"] != answer.status:
            raise Violation("an error that says another status than it has")


_KEPT = {
    *("type", "items", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "required", "properties"),
    *("oneOf", "anyOf", "allOf", "additionalProperties"),
}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer", "minimum": 10_000, "maximum": 99_999},
        "message": {"type": "string", "minLength": 1},
        "more_info": {"type": "string", "pattern": "^https://www.twilio.com/docs/errors/[0-9]+$"},
        "status": {"type": "integer"},
    },
}


def _unknown(name: str) -> Mapping[str, Any]:
    raise Violation(f"unknown parameter: {name}")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(path)))


@cache
def load() -> Spec | None:
    """The file in the user's cache, or None."""
    return Spec(json.loads(FILE.read_text("utf-8"))) if FILE.is_file() else None
