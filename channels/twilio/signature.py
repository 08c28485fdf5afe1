"""X-Twilio-Signature: made by the network (and its stand-in), checked by us.

``base64(HMAC(secret, URL + every name and value, sorted))``. The URL is the public one, from our settings, with the
path and query exactly as they stood on the wire; never a Host header, which a proxy rewrites and anybody can forge.
SHA-1 with the account's token, or, when ``X-Twilio-Webhooks-Signature-Settings`` says so, SHA-256 with a shared key.
Blank parameters are signed; of a repeated one each different value once. A JSON body is signed through the URL's
``bodySHA256``. A stream's socket is signed over its wss URL alone. Twilio is inconsistent about a default port and,
for sockets, about a closing slash: both spellings are tried.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from dasan.core.errors import BadInput

HEADER: Final = "x-twilio-signature"
SETTINGS_HEADER: Final = "x-twilio-webhooks-signature-settings"
SHA1: Final = "HMAC_SHA1"
SHA256: Final = "HMAC_SHA256"

_DIGESTS: Mapping[str, str] = {SHA1: "sha1", SHA256: "sha256"}
_PORTS: Mapping[str, int] = {"https": 443, "http": 80, "wss": 443, "ws": 80}
_SIGNATURE_CHARS_MAX = 100

Fields = Iterable[tuple[str, str]]


def sign(secret: str, url: str, fields: Fields = (), algorithm: str = SHA1) -> str:
    """The signature of a request to ``url`` (without its fragment) with those form fields.

    Raises KeyError for an algorithm that Twilio does not have."""
    return b64encode(_digest(secret, _DIGESTS[algorithm], url + _sorted(fields))).decode()


def _sorted(fields: Fields) -> str:
    return "".join(name + value for name, value in sorted(set(fields)))


def _digest(secret: str, digest: str, text: str) -> bytes:
    mac = _keyed(secret, digest).copy()
    mac.update(text.encode("utf-8", "surrogatepass"))
    return mac.digest()


@lru_cache(maxsize=16)
def _keyed(secret: str, digest: str) -> hmac.HMAC:
    """Half of an HMAC's work is its key's, and the key is nearly always the same."""
    return hmac.new(secret.encode(), None, digest)


def settings_header(key: str, algorithm: str = SHA256) -> str:
    """What announces a signature with the shared key of that id."""
    return f"key={key},algorithm={algorithm}"


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets that may have signed: the account's tokens (the second while it is being changed), and shared keys by
    their id."""

    tokens: tuple[str, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict)

    def candidates(self, settings: str) -> tuple[tuple[str, ...], str]:
        """The secrets and the digest that this settings header ("" for none) leaves to be tried. Nothing is left for a
        key or an algorithm that we do not know."""
        told = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in settings.split(","))}
        digest = _DIGESTS.get((told.get("algorithm") or SHA1).upper(), "")
        key = told.get("key", "")
        if not digest:
            return (), ""
        if key:
            return ((self.shared[key],) if key in self.shared else ()), digest
        return self.tokens, digest


class Verifier:
    """Checks requests to ``public_url`` (``https://host[:port][/path]``, no closing slash)."""

    def __init__(self, public_url: str, keys: Keys) -> None:
        parts = urlsplit(public_url)
        self._keys = keys
        self._http = _spellings(parts.scheme, parts.netloc, parts.path)
        self._socket = _spellings({"https": "wss", "http": "ws"}[parts.scheme], parts.netloc, parts.path)

    def request(self, target: str, headers: Mapping[str, str], fields: Fields = ()) -> None:
        """``target`` is the raw path with its query; ``headers`` in lower case. Raises BadInput("bad_signature")."""
        self._check((base + target for base in self._http), headers, _sorted(fields))

    def socket(self, path: str, headers: Mapping[str, str]) -> None:
        """The opening request of a stream's socket. Raises BadInput("bad_signature")."""
        other = path.removesuffix("/") if path.endswith("/") else path + "/"
        self._check((base + spelt for base in self._socket for spelt in (path, other)), headers, "")

    def _check(self, urls: Iterable[str], headers: Mapping[str, str], rest: str) -> None:
        said = _raw(headers.get(HEADER, ""))
        secrets, digest = self._keys.candidates(headers.get(SETTINGS_HEADER, ""))
        if not said or not secrets:
            raise BadInput("bad_signature")
        for url in urls:
            for secret in filter(None, secrets):
                if hmac.compare_digest(_digest(secret, digest, url + rest), said):
                    return
        raise BadInput("bad_signature")


def _raw(signature: str) -> bytes:
    """The signature's bytes; b"" for what cannot be one."""
    if len(signature) > _SIGNATURE_CHARS_MAX:
        return b""
    try:
        return b64decode(signature, validate=True)
    except ValueError:
        return b""


def _spellings(scheme: str, netloc: str, path: str) -> tuple[str, ...]:
    """The public address as configured, and with its port added or left out."""
    parts = urlsplit(f"{scheme}://{netloc}")
    host = netloc.rpartition("@")[2]
    bare = netloc.removesuffix(f":{parts.port}") if parts.port else netloc
    other = bare if parts.port else f"{netloc}:{_PORTS[scheme]}"
    assert host
    return tuple(f"{scheme}://{spelt}{path}" for spelt in (netloc, other))
