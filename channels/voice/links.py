"""The addresses that are written into documents, and what is read back from them.

Every address is absolute (the network may ask it from a document that came by REST), names session, leg and step token,
and nothing personal. What comes back was signed by the network over exactly this address, so it is ours; its shape is
checked all the same. ``r`` counts how often a hop has asked the caller to wait for the broker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote_plus

from dasan.core.errors import BadInput
from dasan.core.ids import LEG, SESSION, is_id
from ivr.flow import is_address

ROOT, AUDIO = "/twilio", "voice/audio"
STEP_MAX = 100_000
AGAIN_MAX = 12
_WORD_CHARS_MAX = 40


@dataclass(frozen=True, slots=True)
class Hop:
    """What stands in the address of a hop. ``step`` is the turn that this is the answer to; ``again`` how often it has
    been asked for; ``what`` and ``line`` are words of ours (an announcement, a line of the directory)."""

    session: str = ""
    leg: str = ""
    step: int = 0
    again: int = 0
    what: str = ""
    line: str = ""


def read(query: Mapping[str, str]) -> Hop:
    """Raises BadInput("malformed") for an address that is not ours."""
    hop = Hop(
        query.get("s", ""),
        query.get("l", ""),
        _number(query, "t"),
        _number(query, "r"),
        query.get("w", ""),
        query.get("n", ""),
    )
    if (hop.session and not is_id(hop.session, SESSION)) or (hop.leg and not is_id(hop.leg, LEG)):
        raise BadInput("malformed", field="s, l")
    if len(hop.what) > _WORD_CHARS_MAX or len(hop.line) > _WORD_CHARS_MAX:
        raise BadInput("malformed", field="w, n")
    return hop


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= STEP_MAX):
        raise BadInput("malformed", field=name)
    return int(text)


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses below ``public_url`` (no closing slash)."""

    public_url: str

    def to(self, path: str, hop: Hop | None = None) -> str:
        """``path`` below /twilio, e.g. ``voice/step``."""
        hop = hop or Hop()
        pairs = (
            ("s", hop.session), ("l", hop.leg), ("t", hop.step), ("r", hop.again),
            ("w", quote_plus(hop.what)), ("n", quote_plus(hop.line)),
        )  # fmt: skip
        query = "&".join([f"{name}={value}" for name, value in pairs if value])  # ids need no quoting
        return f"{self.public_url}{ROOT}/{path}" + (f"?{query}" if query else "")

    def again(self, path: str, hop: Hop) -> str:
        """The same hop once more."""
        return self.to(path, replace(hop, again=hop.again + 1))

    def audio(self, name: str) -> str:
        """A recording of the flow's by the name of its bytes, or the address that the flow gives itself."""
        return name if is_address(name) else f"{self.public_url}{ROOT}/{AUDIO}/{name}"

    def socket(self, path: str) -> str:
        """A stream's address."""
        scheme, _, rest = self.public_url.partition("://")
        return f"{'wss' if scheme == 'https' else 'ws'}://{rest}{ROOT}/{path}"
