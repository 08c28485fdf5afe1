"""Whose files an index is made of: whoosh unpickles what it opens, so a stranger's file must never be opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class UntrustedIndexError(Exception):
    """The index directory could have been written by somebody else; it is not opened but built anew."""


def ensure_ours(directory: Path) -> None:
    """Raises UntrustedIndexError unless ``directory`` belongs to this user and only this user may write there."""
    found = directory.stat()
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UntrustedIndexError(str(directory))
