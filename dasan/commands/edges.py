"""The checks of `dasan check` on what the service meets outside: its ports, its certificate, its address, other clocks.

As those of installation.py: each yields findings and never raises for what it is there to find; what reaches the
network waits two seconds at most.
"""

from __future__ import annotations

import os
import socket
import ssl
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from cryptography import x509

from dasan.commands.finding import Finding, Findings
from dasan.core.errors import DasanError
from dasan.server import control
from dasan.settings import Settings

WAIT_S = 2
CLOCK_OFF_S_MAX = 5
CERTIFICATE_AHEAD = timedelta(days=21)
# No release of this program is older than this; a clock before it was never set.
CLOCK_FLOOR = datetime(2026, 1, 1, tzinfo=UTC)


def port(settings: Settings) -> Findings:
    """The port is free, or it is our server that has it."""
    host, number = settings.server.host, settings.server.port
    if reason := _taken(host, number):
        # The certificate names the public address, not this one; whether it is ours is asked, not whether to trust it.
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        if _answers(f"{_own_url(settings)}/health/ready", unchecked):
            yield Finding("good", f"서버가 {host}:{number}에서 답합니다.", f"The server answers on {host}:{number}.")
        else:
            yield Finding(
                "bad",
                f"{host}:{number}를 쓸 수 없습니다({reason}). 다른 프로그램이 쓰고 있는지 보십시오.",
                f"{host}:{number} cannot be used ({reason}), and it is not our server that has it.",
            )
        return
    yield Finding("good", f"{host}:{number}가 비어 있습니다(서버는 꺼짐).", f"{host}:{number} is free; no server runs.")


def _own_url(settings: Settings) -> str:
    scheme = "https" if settings.server.certificate else "http"
    host = f"[{settings.server.host}]" if ":" in settings.server.host else settings.server.host
    return f"{scheme}://{host}:{settings.server.port}"


def _opener(tls: ssl.SSLContext | None = None) -> urllib.request.OpenerDirector:
    """As the service itself connects: past any proxy that the environment names."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls))


def _answers(url: str, tls: ssl.SSLContext | None = None) -> bool:
    try:
        with _opener(tls).open(url, timeout=WAIT_S) as reply:
            return bool(reply.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500 or "/health/" in url  # not ready is an answer too
    except (OSError, ValueError):
        return False


def clock(settings: Settings) -> Findings:
    """The clock was set, and agrees with the database's or the ticket desk's where one answers."""
    now = datetime.now(UTC)  # noqa: TID251  # an edge: this looks at the machine's own clock
    if now < CLOCK_FLOOR:
        yield Finding("bad", f"시계가 맞지 않습니다: {now:%Y-%m-%d}", f"The clock is wrong: {now:%Y-%m-%d}")
        return
    others = (
        ("자료 저장소", "the database's", _time_of_database(settings.database_url)),
        ("응답소", "Eung-Dap-So's", _time_there(settings.eungdapso_url)),
    )
    off = [(ko, en, (other - now).total_seconds()) for ko, en, other in others if other]
    wrong = [(ko, en, seconds) for ko, en, seconds in off if abs(seconds) > CLOCK_OFF_S_MAX]
    for korean, english, seconds in wrong:
        yield Finding(
            "warn",
            f"{korean}의 시계와 {abs(seconds):.0f}초 다릅니다. 두 곳의 시각 맞추기(NTP)를 보십시오.",
            f"The clock differs from {english} by {abs(seconds):.0f} s; look at time synchronisation on both.",
        )
    if not wrong:
        yield Finding("good", "시계가 맞습니다.", "The clock is sane.")


def _time_of_database(url: str) -> datetime | None:
    from dasan.store import admin

    try:
        return datetime.fromtimestamp(at / 1_000_000, UTC) if (at := admin.now_us(url)) else None
    except DasanError:  # told by its own check
        return None


def _time_there(url: str) -> datetime | None:
    try:
        with _opener().open(url, timeout=WAIT_S) as reply:
            said = reply.headers.get("Date")
    except urllib.error.HTTPError as error:
        said = error.headers.get("Date")
    except (OSError, ValueError):
        return None
    return parsedate_to_datetime(said) if said else None


def ticket_desk(settings: Settings) -> Findings:
    """Eung-Dap-So answers, or is the embedded one that starts with the server on a port that is free."""
    url, embedded = settings.eungdapso_url, settings.eungdapso.embedded
    if not embedded or control.ask(settings.server.data_dir, "status") is not None:
        if _answers(url):
            yield Finding("good", f"응답소가 {url}에서 답합니다.", f"Eung-Dap-So answers at {url}.")
            return
        yield Finding(
            "bad",
            f"응답소({url})에 닿지 않습니다. 접수는 쌓였다가 다시 보냅니다.",
            f"Eung-Dap-So ({url}) does not answer; tickets wait and are sent again.",
        )
    elif why := _taken(settings.eungdapso.host, settings.eungdapso.port):
        yield Finding(
            "bad",
            f"응답소가 쓸 {settings.eungdapso.port} 포트를 쓸 수 없습니다({why}). eungdapso.port를 바꾸십시오.",
            f"The embedded Eung-Dap-So cannot use port {settings.eungdapso.port} ({why}); change eungdapso.port.",
        )
    else:
        yield Finding("good", "응답소는 서버와 함께 켜집니다.", "The embedded Eung-Dap-So starts with the server.")


def _taken(host: str, number: int) -> str:
    """Why nobody can listen there now; "" when one could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def certificate(settings: Settings) -> Findings:
    """The certificate can be read, belongs to its key, and is good for some weeks yet."""
    cert, key = settings.server.certificate, settings.server.certificate_key
    if cert is None or key is None:
        return
    unread = [file for file in (cert, key) if not (file.is_file() and os.access(file, os.R_OK))]
    for file in unread:
        yield Finding("bad", f"인증서 파일을 읽을 수 없습니다: {file}", f"The certificate cannot be read: {file}")
    if unread:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
        until = x509.load_pem_x509_certificate(cert.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or "not PEM"
        yield Finding(
            "bad",
            f"인증서와 키가 서로 맞지 않거나 PEM이 아닙니다({reason}): {cert}, {key}",
            f"The certificate and the key do not fit, or are no PEM ({reason}): {cert}, {key}",
        )
        return
    left = until - datetime.now(UTC)  # noqa: TID251  # an edge, as above
    if left < CERTIFICATE_AHEAD:
        korean, english = ("끝났습니다", "ended") if left <= timedelta() else ("끝납니다", "ends")
        yield Finding(
            "bad" if left <= timedelta() else "warn",
            f"인증서가 {until:%Y-%m-%d}에 {korean}. 새로 받아 서버를 다시 켜십시오.",
            f"The certificate {english} on {until:%Y-%m-%d}; renew it and restart the server.",
        )
    else:
        yield Finding(
            "good", f"인증서가 {until:%Y-%m-%d}까지입니다.", f"The certificate is good until {until:%Y-%m-%d}."
        )


def front(settings: Settings) -> Findings:
    """Whoever comes through a proxy or from outside comes to an address that the server knows as its own."""
    server = settings.server
    if (server.trusted_proxies or not server.loopback) and not server.public_url:
        yield Finding(
            "bad",
            "server.public_url이 없습니다. 시민이 여는 주소를 적지 않으면 그 페이지의 접속을 거절합니다.",
            "server.public_url is not set; pages that citizens open at another address are refused.",
        )
    elif server.public_url.startswith("http:") and not _is_own(server.public_url):
        yield Finding(
            "warn",
            "public_url이 http입니다. 시민의 글이 암호화되지 않은 길로 옵니다.",
            "public_url is http: what citizens write travels unencrypted.",
        )
    if server.insecure:
        yield Finding(
            "warn",
            "server.insecure가 켜져 있습니다. 시범에만 쓰십시오.",
            "server.insecure is on; that is for demonstrations.",
        )


def _is_own(url: str) -> bool:
    return (urlsplit(url).hostname or "") in {"127.0.0.1", "localhost", "::1"}
