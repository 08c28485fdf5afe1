"""The checks behind `dasan check`: each looks at one thing and answers with sentences.

Every check is a function of the settings that yields findings and never raises for what it is there to find; a check
that reaches the network waits two seconds at most.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import ssl
import stat
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from cryptography import x509

from dasan.core.errors import DasanError, sentence
from dasan.core.hours import day_number
from dasan.core.time import DAY, SEOUL
from dasan.settings import Settings

WAIT_S = 2
FREE_BYTES_MIN = 1 << 30
CLOCK_OFF_S_MAX = 5
CERTIFICATE_AHEAD = timedelta(days=21)
HOLIDAYS_AHEAD = timedelta(days=90)
# No release of this program is older than this; a clock before it was never set.
CLOCK_FLOOR = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    level: Literal["good", "warn", "bad"]
    korean: str
    english: str


Findings = Iterator[Finding]


def findings(settings: Settings) -> Findings:
    """Every finding, in the order in which an operator would mend them."""
    for look in CHECKS:
        yield from look(settings)


def secrets(settings: Settings) -> Findings:
    """The keys are there, and only their owner can read them."""
    for name in ("master_key", "token_pepper"):
        if not getattr(settings, name):
            yield Finding(
                "bad", f"secrets.{name} 열쇠가 없습니다. `dasan init`이 만듭니다.", f"secrets.{name} is not set."
            )
    keys, desk = settings.secrets, settings.eungdapso
    files = (
        keys.master_key_file,
        keys.other_master_keys_file,
        keys.token_pepper_file,
        desk.api_key_file,
        desk.staff_keys_file,
    )
    wide = [file for file in files if file and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    for file in wide:
        yield Finding(
            "bad",
            f"다른 사람이 열쇠 파일을 읽을 수 있습니다: chmod 600 {file}",
            f"Others can read a key file: chmod 600 {file}",
        )
    if not wide and settings.master_key and settings.token_pepper:
        yield Finding("good", "열쇠가 있고 주인만 읽습니다.", "The keys are set and private.")


def data_dir(settings: Settings) -> Findings:
    """The data folder can be written and has room."""
    folder = settings.server.data_dir
    if not folder.is_dir():
        yield Finding("bad", f"자료 폴더가 없습니다: {folder}", f"The data folder does not exist: {folder}")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("bad", f"자료 폴더에 쓸 수 없습니다: {folder}", f"The data folder cannot be written: {folder}")
        return
    free = shutil.disk_usage(folder).free
    megabytes = free >> 20
    if free < FREE_BYTES_MIN:
        yield Finding(
            "bad" if free < FREE_BYTES_MIN // 10 else "warn",
            f"남은 저장 공간이 {megabytes}MB뿐입니다. 가득 차면 새 글을 받지 못합니다.",
            f"Only {megabytes} MB are free; a full disk refuses new messages.",
        )
    else:
        yield Finding("good", f"자료 폴더에 쓸 수 있고 {megabytes}MB 남았습니다.", f"{megabytes} MB free for data.")


def database(settings: Settings) -> Findings:
    """The database answers and has the schema this program needs."""
    from dasan.store import admin

    try:
        present, needed = admin.current(settings.database_url)
    except admin.OutOfReach as error:
        yield Finding("bad", *(sentence(error.code, language, error.args_) for language in ("ko", "en")))
        return
    if present == needed:
        yield Finding("good", f"자료 저장소가 맞는 판({needed})입니다.", f"The database has revision {needed}.")
    else:
        there = present or "-"
        yield Finding(
            "bad",
            f"자료 저장소의 판({there})이 프로그램({needed})과 다릅니다: dasan db upgrade",
            f"The database has revision {there}, this program needs {needed}: run `dasan db upgrade`.",
        )


def port(settings: Settings) -> Findings:
    """The port is free, or it is our server that has it."""
    host, number = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))
    except OSError as error:
        # The certificate names the public address, not this one; whether it is ours is asked, not whether to trust it.
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        if _answers(f"{_own_url(settings)}/health/ready", unchecked):
            yield Finding("good", f"서버가 {host}:{number}에서 답합니다.", f"The server answers on {host}:{number}.")
        else:
            reason = error.strerror or str(error)
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


def opening_hours(settings: Settings, today: date | None = None) -> Findings:
    """Every queue opens at some time, and the table of public holidays reaches far enough."""
    today = today or datetime.now(SEOUL).date()  # noqa: TID251  # an edge: this looks at the machine's own clock
    policy = settings.build_policy()
    for queue in policy.queues.values():
        if policy.opening_us(queue, day_number(today) * DAY) is None:
            yield Finding(
                "bad",
                f"1년 안에 열리지 않는 대기열입니다: {queue.code}",
                f"Queue {queue.code} does not open within a year.",
            )
    last = max(settings.policy.holidays, default=today)
    if last - today < HOLIDAYS_AHEAD:
        yield Finding(
            "warn",
            f"공휴일 표가 {last}에 끝납니다. policy.holidays_added에 다음 해의 날을 더하십시오.",
            f"The table of public holidays ends on {last}; add the days that follow to policy.holidays_added.",
        )
    else:
        yield Finding("good", f"공휴일 표가 {last}까지 있습니다.", f"Public holidays are known until {last}.")


def _time_there(url: str) -> datetime | None:
    try:
        with _opener().open(url, timeout=WAIT_S) as reply:
            said = reply.headers.get("Date")
    except urllib.error.HTTPError as error:
        said = error.headers.get("Date")
    except (OSError, ValueError):
        return None
    return parsedate_to_datetime(said) if said else None


def knowledge(settings: Settings) -> Findings:
    """Articles are there and the index matches them; the analyser is installed if it is wanted."""
    if settings.knowledge.kiwi and importlib.util.find_spec("kiwipiepy") is None:
        yield Finding(
            "warn",
            "형태소 분석기(kiwipiepy)가 없어 글자 조각으로만 찾습니다.",
            "The analyser (kiwipiepy) is missing; search uses n-grams only.",
        )
    articles, waiting = _indexed(settings)
    if articles == 0:
        yield Finding(
            "warn", "지식 자료가 없습니다: dasan kb starter", "There are no articles: run `dasan kb starter`."
        )
    elif waiting == 0:
        yield Finding("good", f"지식 자료 {articles}건과 색인이 맞습니다.", f"{articles} articles, all indexed.")
    else:
        yield Finding(
            "warn",
            f"지식 자료 {articles}건 가운데 {waiting}건이 색인에 없습니다. 서버가 켜질 때 다시 만듭니다.",
            f"{waiting} of {articles} articles are not in the index; the server rebuilds it at its start.",
        )


def _indexed(settings: Settings) -> tuple[int, int]:
    """Articles in force, and how many of them the index on disk does not hold. Creates nothing."""
    from knowledge_base.index.live import LiveIndex
    from knowledge_base.store import open_database

    if not (settings.knowledge_dir / "articles.sqlite3").exists():
        return 0, 0
    database = open_database(settings.knowledge_url)
    try:
        index = LiveIndex(database, settings.knowledge_index, None)
        return len(index.articles), index.waiting
    finally:
        database.close()


def ticket_desk(settings: Settings) -> Findings:
    """Eung-Dap-So answers, or is the embedded one that starts with the server."""
    url = settings.eungdapso_url
    if _answers(url):
        yield Finding("good", f"응답소가 {url}에서 답합니다.", f"Eung-Dap-So answers at {url}.")
    elif settings.eungdapso.embedded:
        yield Finding("good", "응답소는 서버와 함께 켜집니다.", "The embedded Eung-Dap-So starts with the server.")
    else:
        yield Finding(
            "bad",
            f"응답소({url})에 닿지 않습니다. 접수는 쌓였다가 다시 보냅니다.",
            f"Eung-Dap-So ({url}) does not answer; tickets wait and are sent again.",
        )


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


def master_keys(settings: Settings) -> Findings:
    """The keys of the settings open what the database holds, and a change of keys was brought to its end."""
    from dasan.store import admin
    from dasan.store.sealing import Keyring

    if not settings.master_key:
        return
    try:
        names = Keyring(settings.master_key, settings.other_master_keys, settings.token_pepper).names
        under = admin.wrapped_under(settings.database_url) if admin.current(settings.database_url)[0] else {}
    except DasanError:  # told by the check of the database
        return
    lost = sum(count for name, count in under.items() if name not in names)
    former = sum(count for name, count in under.items() if name in names[1:])
    if lost:
        yield Finding(
            "bad",
            f"설정의 열쇠로 열 수 없는 내용이 {lost}건 있습니다. 이전 열쇠를 secrets.other_master_keys에 더하십시오.",
            f"{lost} data key(s) open with no key of the settings; add the former one to secrets.other_master_keys.",
        )
    if former:
        yield Finding(
            "warn",
            f"이전 열쇠로 잠긴 내용이 {former}건 있습니다: dasan db rekey",
            f"{former} data key(s) are still under a former master key: run `dasan db rekey`.",
        )


CHECKS: tuple[Callable[[Settings], Findings], ...] = (
    secrets,
    data_dir,
    database,
    master_keys,
    port,
    certificate,
    front,
    clock,
    opening_hours,
    knowledge,
    ticket_desk,
)
