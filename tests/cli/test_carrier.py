"""The carrier as a command: the network runs, a call is made from another terminal, a scenario is played."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

DASAN = [sys.executable, "-m", "dasan"]
ENV = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}


def _free() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class _Voice(BaseHTTPRequestHandler):
    """A service that says one thing and hangs up."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b"<Response><Say>120</Say><Hangup/></Response>"
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def _service() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Voice)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/voice"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the carrier did not start")


def test_a_call_is_made_from_one_terminal_to_the_network_in_another() -> None:
    port = _free()
    with _service() as voice:
        carrier = subprocess.Popen(
            [*DASAN, "carrier", "serve", "--voice", voice, "--port", str(port)], env=ENV, stdout=subprocess.DEVNULL
        )
        try:
            _wait(port)
            terminal, keyboard = os.pipe()  # a keyboard that nobody touches
            dial = subprocess.run(
                [*DASAN, "carrier", "dial", "+8225550120", "--url", f"http://127.0.0.1:{port}"],
                env=ENV, stdin=terminal, capture_output=True, text=True, timeout=30, check=False,
            )  # fmt: skip
            os.close(terminal)
            os.close(keyboard)
        finally:
            carrier.send_signal(signal.SIGTERM)
            assert carrier.wait(10) in {0, -signal.SIGTERM}
    assert dial.returncode == 0, dial.stderr
    assert "[안내] 120" in dial.stdout
    assert "끝났습니다" in dial.stdout


@pytest.mark.parametrize(("heard", "status"), [("120", 0), ("119", 1)])
def test_a_scenario_is_played_and_its_outcome_is_the_exit_status(tmp_path: Path, heard: str, status: int) -> None:
    scenario = tmp_path / "hello.yaml"
    scenario.write_text(
        f'name: hello\nphones: {{me: "+821012345678"}}\nsteps:\n  - dial: {{from: me, to: "+8225550120"}}\n'
        f'  - expect_say: {{match: "{heard}", within: 2s}}\n',
        "utf-8",
    )
    with _service() as voice:
        play = subprocess.run(
            [*DASAN, "carrier", "play", str(scenario), "--voice", voice, "--port", str(_free())],
            env=ENV, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert play.returncode == status, play.stderr
    assert ("line 5" in play.stderr) == bool(status)


def test_without_a_network_and_with_a_wrong_file_the_commands_say_so(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{_free()}"
    dial = subprocess.run(
        [*DASAN, "carrier", "dial", "120", "--url", url], env=ENV, capture_output=True, text=True, check=False
    )
    assert (dial.returncode, "carrier serve" in dial.stderr) == (1, True)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("steps:\n  - expect_sya: x\n", "utf-8")
    play = subprocess.run(
        [*DASAN, "carrier", "play", str(wrong), "--port", str(_free())],
        env=ENV, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (play.returncode, "wrong.yaml:2:" in play.stderr) == (2, True)


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    scenario = tmp_path / "wait.yaml"
    scenario.write_text("steps:\n  - wait: 1s\n", "utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in (["serve"], ["play", str(scenario)]):
            ended = subprocess.run(
                [*DASAN, "carrier", *command, "--port", port], env=ENV, capture_output=True, text=True,
                timeout=30, check=False,
            )  # fmt: skip
            assert (ended.returncode, "choose another --port" in ended.stderr) == (1, True), ended.stderr
            assert ended.stdout == ""


@pytest.mark.parametrize(("name", "said"), [("hold", "add --demo or --config"), ("hlod", "These ship: ")])
def test_a_scenario_with_counselors_needs_a_centre_and_one_that_nobody_knows_is_told(name: str, said: str) -> None:
    play = subprocess.run(
        [*DASAN, "carrier", "play", name, "--port", str(_free())],
        env=ENV, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert (play.returncode, said in play.stderr) == (2, True), play.stderr


@pytest.mark.slow
def test_a_scenario_that_ships_is_lived_by_real_processes_over_a_kill() -> None:
    play = subprocess.run(
        [*DASAN, "carrier", "play", "server-killed-in-line", "--demo"],
        env=ENV, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert play.returncode == 0, play.stdout + play.stderr
    assert "Everything came true" in play.stdout
