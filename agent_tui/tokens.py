"""The sign-in token on disk: one file, readable by its owner alone, so that a console comes back unasked."""

from __future__ import annotations

import os
from pathlib import Path

TOKEN_CHARS_MAX = 128


def read(path: Path | None) -> str:
    """The token in ``path``, or "" when there is none. A file that others can read is not trusted and not used."""
    if path is None:
        return ""
    try:
        if path.stat().st_mode & 0o077:
            return ""
        return path.read_text("ascii").strip()[:TOKEN_CHARS_MAX]
    except (OSError, UnicodeDecodeError):
        return ""


def write(path: Path | None, token: str) -> None:
    """Put ``token`` in ``path`` with mode 0600, whole or not at all. Raises OSError when the folder cannot be
    written."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token + "\n")
    beside.replace(path)


def forget(path: Path | None) -> None:
    """Remove the token."""
    if path is not None:
        path.unlink(missing_ok=True)
