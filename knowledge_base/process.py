"""The child process that owns index and analyser: ``python -m knowledge_base.process``.

It reads requests from its standard input, one at a time, and answers on its standard output; between requests, and
at least twice a second, it takes over what changed in the database. When a new picture of the articles is due it
starts ``knowledge_base.build`` as a process of its own and goes on answering meanwhile. It ends when its input ends,
so it never outlives the service. Whatever libraries print goes to standard error.
"""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

from knowledge_base.analysis.morphemes import open_reader
from knowledge_base.desk import Desk
from knowledge_base.frames import Message, hello, pack, read_frame
from knowledge_base.store import NotOpenedError, open_database

FOLLOW_S = 0.4  # how often the database is asked for changes: a new article is found within a second
NICENESS = 5  # suggestions come after acknowledgements, on the machine's cores too
CATCH_UP_S = 30.0
BUILD_AGAIN_S = 60.0  # between two builds, and after one that failed

log = logging.getLogger(__name__)


def main() -> int:
    """Serve until the input ends; the exit status."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    os.nice(NICENESS)
    requests, answers = _pipes()
    first = read_frame(requests)
    if first is None or first.get("op") != "hello":
        return 2
    reader = open_reader(wanted=bool(first.get("analyser")))
    try:
        database = open_database(first["database_url"])
    except NotOpenedError as error:  # the service starts another child in a while
        log.error("the knowledge database cannot be opened: %s", error)
        return 1
    try:
        desk = Desk(database, Path(first["index_dir"]), reader)
        _catch_up(desk)
        _send(answers, {"op": "ready", "pid": os.getpid(), "analyser": reader is not None})
        _Server(first, desk, requests, answers).run()
    except BrokenPipeError:
        return 0
    finally:
        database.close()
    return 0


def _catch_up(desk: Desk) -> None:
    """With the analyser on board a light child is answering: do not take over with less than it knows."""
    until = time.monotonic() + CATCH_UP_S
    while desk.index.reader is not None and time.monotonic() < until and desk.index.follow():
        pass


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Input and output for frames only; descriptor 1 becomes standard error, for whatever prints."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb", buffering=0), answers


def _send(answers: BinaryIO, message: Message) -> None:
    data = memoryview(pack(message))
    while data:
        data = data[os.write(answers.fileno(), data) :]


class _Server:
    """The loop: a request if there is one, else a slice of what changed, else wait."""

    def __init__(self, first: Message, desk: Desk, requests: BinaryIO, answers: BinaryIO) -> None:
        self._first, self._desk, self._requests, self._answers = first, desk, requests, answers
        self._builder: subprocess.Popen[bytes] | None = None
        self._followed_at = 0.0
        self._build_after = 0.0
        self._more = True
        self._lost = False

    def run(self) -> None:
        """Until the input ends."""
        try:
            while True:
                ready, _, _ = select.select([self._requests], [], [], 0.0 if self._more else FOLLOW_S)
                if ready:
                    message = read_frame(self._requests)
                    if message is None:
                        return
                    self._answer(message)
                if self._more or time.monotonic() - self._followed_at >= FOLLOW_S:
                    self._follow()
        finally:
            if self._builder and self._builder.poll() is None:
                self._builder.kill()
                self._builder.wait()

    def _answer(self, message: Message) -> None:
        try:
            reply: Message = {"id": message["id"], "ok": self._result(message)}
        except Exception as error:  # the edge of one request: it fails, the process lives
            log.exception("request failed", extra={"op": message.get("op")})
            reply = {"id": message.get("id"), "error": f"{type(error).__name__}: {error}"[:500]}
        _send(self._answers, reply)
        try:
            self._desk.finish()
        except Exception:  # the database may be busy or away; the answer is out and the count is lost
            log.warning("cannot count a gap", exc_info=True)

    def _result(self, message: Message) -> object:
        if message["op"] == "reindex":
            self._build_after = 0.0
            return self._start_build()
        if message["op"] == "status":
            building = self._builder is not None and self._builder.poll() is None
            return self._desk.answer(message) | {"building": building, "pid": os.getpid()}
        return self._desk.answer(message)

    def _follow(self) -> None:
        try:
            self._more = self._desk.index.follow()
            self._lost = False
        except Exception:  # the database may be away for a while: answers go on from what is in memory
            if not self._lost:  # once for each time it goes, not twice a second
                log.exception("cannot follow the database")
            self._more, self._lost = False, True
        self._followed_at = time.monotonic()
        due = self._first.get("builds", True) and self._followed_at >= self._build_after
        if due and not self._more and self._desk.index.wants_build():
            self._start_build()

    def _start_build(self) -> bool:
        """Start the builder unless one runs; whether one was started."""
        if self._builder and self._builder.poll() is None:
            return False
        if self._builder and self._builder.returncode:
            log.warning("the last build failed", extra={"status": self._builder.returncode})
        self._build_after = time.monotonic() + BUILD_AGAIN_S
        command = [sys.executable, "-m", "knowledge_base.build"]
        self._builder = subprocess.Popen(  # noqa: S603 - our own module, no outside word in it
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        settings = {key: self._first[key] for key in ("database_url", "index_dir", "analyser")}
        assert self._builder.stdin is not None
        with self._builder.stdin as pipe:
            pipe.write(pack(hello(**settings)))
        return True


if __name__ == "__main__":
    sys.exit(main())
