"""`dasan serve` that is killed with SIGKILL at a commit of its writer: ``python -m tests.e2e.fused before|after N …``.

``before``: nothing of the N-th commit is on disk. ``after``: it is, and nobody has been told. Everything else is the
program as it is.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

from dasan import cli
from dasan.store.link import Link


def fused(when: str, at: int) -> None:
    """Count the commits of the gate's thread, and die at the ``at``-th."""
    real = Link.commit
    count = 0

    def commit(link: Link) -> None:
        nonlocal count
        if threading.current_thread().name != "gate":
            real(link)
            return
        count += 1
        if count == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(link)
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    patched: Any = commit
    Link.commit = patched  # type: ignore[method-assign]


if __name__ == "__main__":
    fused(sys.argv[1], int(sys.argv[2]))
    sys.argv = [sys.argv[0], "serve", *sys.argv[3:]]
    cli.main()
