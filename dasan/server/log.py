"""What the service says about itself: one line an event, a constant phrase and values in keys.

The phrase never holds a value, so lines can be counted and searched. Personal data may stand only under keys that begin
with ``pii``; they are dropped before a line is formed, unless an operator switches that off for a short look. The
standard library's loggers (ours and libraries') pass through the same gate, with their ``extra`` as keys.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

PII = "pii"
_QUIET = ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "httpx2", "httpcore2", "websockets")
Line = MutableMapping[str, Any]


def drop_personal(logger: Any, method: str, line: Line) -> Line:
    """A processor: no key that begins with ``pii`` leaves the process."""
    for key in [key for key in line if key.startswith(PII)]:
        del line[key]
    return line


def configure(level: str = "info", form: str = "text", stream: TextIO | None = None, *, personal: bool = False) -> None:
    """Send every line to ``stream`` (standard error) as text or JSON. Calling it again replaces what was set."""
    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not personal:
        shared.append(drop_personal)
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        last.append(structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
