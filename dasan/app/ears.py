"""A recogniser of the operator's own, put together: its engine by name, its socket, its words to the transcripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from channels.media.ears import Engine, LocalEars
from channels.media.stream import MESSAGE_BYTES_MAX, StreamDoor
from channels.twilio.webhook import Form, Gatekeeper
from channels.voice.links import Hop, Links, read
from dasan.core.errors import ConfigWrong, Problem
from dasan.net.connection import Route

if TYPE_CHECKING:
    from dasan.settings import Settings

PATH = "/twilio/stream"
Heard = Callable[[Form, Hop], None]


def ears_of(settings: Settings, heard: Heard) -> LocalEars | None:
    """The engine of these settings, None where there is none; ``heard`` takes what it understands as it takes what the
    network's own recogniser tells. Raises ConfigWrong for an engine that cannot be loaded."""
    chosen = settings.voice
    if not chosen.local_engine:
        return None

    def tell(url: str, form: Mapping[str, str]) -> None:
        query = dict(parse_qsl(urlsplit(url).query))
        heard(Form(form, query), read(query))

    url = Links(settings.public_url.rstrip("/")).socket(PATH.rpartition("/")[2])
    return LocalEars(chosen.account_sid, url, engine(chosen.local_engine), tell)


def engine(name: str) -> Engine:
    """``package.module:function``, a function of a language (``ko-KR``) that makes a recogniser."""
    module, _, function = name.partition(":")
    try:
        found: Any = getattr(import_module(module), function)
    except (ImportError, AttributeError) as wrong:
        problem = Problem(
            "voice.local_engine", f"받아쓰기 엔진을 찾을 수 없습니다: {name}", f"cannot be loaded: {wrong}"
        )
        raise ConfigWrong((problem,)) from wrong
    made: Engine = found
    return made


def sockets(account: str, gatekeeper: Gatekeeper, ears: LocalEars | None) -> dict[str, Route]:
    """The streams' socket; none where nobody listens."""
    if ears is None:
        return {}
    door = StreamDoor(account, gatekeeper.socket, ears.welcome)
    return {PATH: Route(door.open, MESSAGE_BYTES_MAX, many=True)}
