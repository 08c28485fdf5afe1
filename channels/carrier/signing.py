"""X-Twilio-Signature, computed here on its own: an independent reading of the rule, held to the published vectors.

``base64(HMAC(secret, url + sorted(name + value)))``, a name's repeated values once each and sorted; the address is
signed as it is asked, with its query and without its fragment. SHA-256 with a SharedKey is announced by a header.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

SIGNATURE = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


def signature(secret: str, url: str, params: Iterable[tuple[str, str]] = (), algorithm: str = "sha1") -> str:
    """The signature of a form request; of a GET or a handshake, whose parameters are in its address, without any."""
    told = "".join(name + value for name, value in sorted(set(params)))
    return base64.b64encode(hmac.digest(secret.encode(), (url + told).encode(), algorithm)).decode()


def headers(token: str, key_id: str, key: str, url: str, params: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """The headers that sign a request: with the account's token, or with its SharedKey where there is one."""
    if not key:
        return {SIGNATURE: signature(token, url, params)}
    return {
        SIGNATURE: signature(key, url, params, "sha256"),
        SETTINGS: f"key={key_id},algorithm=HMAC_SHA256",
    }


def body_hash(body: bytes) -> str:
    """What ``bodySHA256`` in the address of a JSON webhook says."""
    return hashlib.sha256(body).hexdigest()
