"""The one way to start the desk: ``main`` is called by ``dasan desk`` and by the demo.

It decides between the screen, the line-by-line desk and the ruler, and says what is wrong in one sentence.
"""

from __future__ import annotations

import os
import shutil
import ssl
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from websockets.exceptions import InvalidURI

from agent_tui.client import socket_url
from agent_tui.keys import KeysWrong, keymap
from agent_tui.words import Words


def main(
    *,
    url: str,
    name: str = "",
    password: str = "",
    token_file: Path | None = None,
    language: str = "ko",
    theme: str = "dark",
    glyphs: str = "unicode",
    plain: bool = False,
    doctor: bool = False,
    keys: Mapping[str, str] | None = None,
    keys_file: Path | None = None,
    again_sends: bool = False,
    hold_back_s: int = 0,
    notify: str = "auto",
    log_file: Path | None = None,
    available: bool = False,
    notice: str = "",
    on_key: Mapping[str, Callable[[], object]] | None = None,
    tls: ssl.SSLContext | None = None,
    source: TextIO | None = None,
    out: TextIO | None = None,
) -> int:
    """Run a desk against the centre at ``url`` until it is closed; the exit status is 0, 1 (over) or 2 (bad input).

    ``keys`` (action id to keys, comma separated) goes over ``keys_file`` (TOML, table ``[desk]``). ``again_sends``: a
    suggestion key pressed twice sends. ``hold_back_s``: how long a message can be taken back. ``notify``: auto, off,
    osc777 or osc9. ``log_file``: where faults and delays are kept. ``available``: the first presence
    after signing in is available. ``notice``: a line on top. ``on_key``: the demo's hooks by action id ("demo_kill"),
    called on the desk's own loop. ``source`` and ``out`` are for the line-by-line desk.
    """
    say = Words(language)
    if doctor:
        print_doctor(say, out or sys.stdout)
        return 0
    try:
        chosen = {**keys_of(keys_file), **(keys or {})}
        keymap(chosen)
        socket_url(url)
    except (KeysWrong, InvalidURI, OSError, tomllib.TOMLDecodeError) as error:
        print(str(error), file=sys.stderr)  # noqa: T201
        return 2
    if plain:
        from agent_tui.plain import run_plain  # noqa: PLC0415 - the line desk must not load a screen library

        return run_plain(
            url=url, name=name, password=password, token_file=token_file, language=language, tls=tls,
            source=source or sys.stdin, out=out or sys.stdout,
        )  # fmt: skip
    from agent_tui.app import DeskApp, Options  # noqa: PLC0415 - textual is loaded only for a screen
    from agent_tui.watchdog import log_to  # noqa: PLC0415

    log_to(log_file)
    options = Options(
        url=url, name=name, password=password, token_file=token_file, language=language, theme=theme, glyphs=glyphs,
        notice=notice, again_sends=again_sends, hold_back_s=hold_back_s, notify=notify,
        available=available, keys=chosen, on_key=dict(on_key or {}), tls=tls,
    )  # fmt: skip
    return DeskApp(options).run() or 0


def keys_of(path: Path | None) -> dict[str, str]:
    """The key overrides in a TOML file's ``[desk]`` table. Raises OSError, TOMLDecodeError, and KeysWrong for a bad
    value."""
    if path is None:
        return {}
    table = tomllib.loads(path.read_text("utf-8")).get("desk", {})
    wrong = [key for key, value in table.items() if not isinstance(value, str)]
    if wrong:
        raise KeysWrong(f"keys must be text: {', '.join(wrong)}")
    return dict(table)


RULERS = (("가나다라마바사아자차", 20), ("…·→★※①—│┌─", 10))


def print_doctor(say: Words, out: TextIO) -> None:
    """Lines that look straight in a terminal that measures characters as the desk does."""
    size = shutil.get_terminal_size()
    facts = {"term": os.environ.get("TERM", "-"), "color": os.environ.get("COLORTERM", "-")}
    lines = [
        say("doctor.terminal", columns=size.columns, rows=size.lines, encoding=out.encoding or "-", **facts),
        say("doctor.ruler"),
        *(f"{text}{' ' * (22 - cells)}|" for text, cells in RULERS),
        say("doctor.ascii"),
        say("doctor.kitty"),
    ]
    out.write("\n".join(lines) + "\n")
