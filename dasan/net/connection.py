"""A socket as its handler sees it.

A handler is called on the event loop's thread and must return at once: it starts tasks for what takes time.
``send_text`` never waits either; a client that does not read is disconnected (1013) once too much lies unsent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

# RFC 6455 §7.4.1 and the registry it opened.
NORMAL, GOING_AWAY, UNSUPPORTED, NOT_TEXT, POLICY, TOO_BIG, FAILED = 1000, 1001, 1003, 1007, 1008, 1009, 1011
RESTARTING, TRY_LATER = 1012, 1013


class Connection(Protocol):
    """One open WebSocket."""

    @property
    def path(self) -> str:
        """The path without a query; tokens never travel here."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the opening request, in lower case; a repeated one is joined with commas."""
        ...

    @property
    def peer(self) -> str:
        """The client's network address (through trusted proxies), for limits; personal data in a log."""
        ...

    @property
    def origin(self) -> str | None:
        """The page's origin; None from a client that is not a browser."""
        ...

    @property
    def secure(self) -> bool:
        """Whether the client's side is encrypted."""
        ...

    def send_text(self, text: bytes) -> None:
        """Hand a message, in UTF-8, to the transport. Does nothing once the connection is closing."""
        ...

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say goodbye; ``on_close`` follows. The reason is cut at 123 bytes. Repeating it is harmless."""
        ...

    def pause_reading(self) -> None:
        """Let the kernel hold what the client sends, until :meth:`resume_reading`."""
        ...

    def resume_reading(self) -> None:
        """Read again."""
        ...


class Handler(Protocol):
    """What a route does with a connection."""

    def on_text(self, connection: Connection, text: str) -> None:
        """A whole text message has arrived."""
        ...

    def on_close(self, connection: Connection) -> None:
        """The connection is gone; called exactly once for each handler that was made."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """What answers at a path. ``message_bytes_max`` bounds a message before it is assembled. ``many``: one address may
    open as many as it likes, because few addresses open them all (a telephone network) and each shows a signature."""

    handler: Callable[[Connection], Handler]
    message_bytes_max: int = 64 * 1024
    many: bool = False
