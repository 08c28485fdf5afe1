"""`dasan check --network`: every address that this server itself asks, and whether somebody is there.

A connection is opened and closed again (with TLS where the address has it, so a bad certificate is seen); nothing is
asked, for a question may cost money or change something. What an outside service must answer stands in docs/ivr.md.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from dasan.commands.finding import Finding, Findings
from dasan.settings import Settings

WAIT_S = 2.0
TWILIO = "https://api.twilio.com"


def findings(settings: Settings) -> Findings:
    """One finding an address."""
    asked = list(addresses(settings))
    if not asked:
        yield Finding("good", "이 서버가 부르는 바깥 주소가 없습니다.", "This server asks no address outside.")
    for ko, en, url in asked:
        where = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        if why := unreachable(url):
            said = f"{en} ({where}) cannot be reached ({why})."
            yield Finding("warn", f"{ko}({where})에 닿지 않습니다({why}).", said)
        else:
            yield Finding("good", f"{ko}({where})에 닿습니다.", f"{en} ({where}) can be reached.")
    for service in settings.ivr.services:
        if service.url.startswith("https") and not settings.ivr.keys.get(service.code):
            yield Finding(
                "good",
                f"{service.code}은(는) 비밀 값 없이 묻습니다(ivr.service_keys_file).",
                f"{service.code} is asked without a secret (ivr.service_keys_file).",
            )


def addresses(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """(Korean, English, address) of everything outside that this program sends requests to."""
    if settings.voice.enabled:
        yield "통신사", "the telephone network", settings.voice.api_base or TWILIO
    if not settings.eungdapso.embedded:
        yield "응답소", "Eung-Dap-So", settings.eungdapso_url
    for one in settings.ivr.services:
        yield f"메뉴의 {one.name_ko}", f"the menu's {one.name_en}", one.url


def unreachable(url: str) -> str:
    """Why nobody can be reached there; "" when somebody can."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((host, port), timeout=WAIT_S) as plain:
            if parts.scheme == "https":
                with ssl.create_default_context().wrap_socket(plain, server_hostname=host):
                    pass
    except (OSError, ValueError) as error:
        return getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    return ""
