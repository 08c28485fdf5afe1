"""The desk as a program of its own: ``dasan eungdapso serve``. A true edge: it reads the clock and opens the port."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from dasan.core.errors import ConfigWrong, Problem
from dasan.eungdapso.desk.app import DeskApp, DeskSettings
from dasan.eungdapso.desk.due import read_holidays

KEY_CHARS_MIN = 16


def now_us() -> int:
    """UTC microseconds."""
    return time.time_ns() // 1000


def run(
    host: str,
    port: int,
    database_path: str | Path,
    api_key: str,
    *,
    staff_keys: Mapping[str, str] | None = None,
    base_url: str = "",
    jurisdiction_id: str = "seoul.go.kr",
    holidays_path: Path | None = None,
    contact: str = "120",
    certificate: tuple[str, str] | None = None,
    trusted_proxies: str = "",
    clerk_pace_s: float = 0.0,
) -> None:
    """Serves until SIGINT or SIGTERM. Pictures lie beside the database, in ``<name>.media``.

    ``staff_keys`` maps a person's name to a secret; ``base_url`` is how others reach the desk (default: the address
    itself); ``certificate`` is (certificate file, key file); ``clerk_pace_s`` above 0
    lets the demonstration clerk work. Raises :class:`ConfigWrong` with all problems.
    """
    staff = dict(staff_keys or {})
    problems = _problems(host, api_key, staff, secured=bool(certificate or trusted_proxies))
    if problems:
        raise ConfigWrong(problems)
    scheme = "https" if certificate else "http"
    settings = DeskSettings(
        api_keys={api_key: "120"},
        staff_keys={secret: name for name, secret in staff.items()},
        base_url=base_url.rstrip("/") or f"{scheme}://{host}:{port}",
        jurisdiction_id=jurisdiction_id,
        contact=contact,
        holidays=read_holidays(holidays_path) if holidays_path else frozenset(),
        clerk_pace_s=clerk_pace_s,
    )
    database = Path(database_path)
    app = DeskApp(database, database.with_name(database.name + ".media"), settings, now_us)
    try:
        uvicorn.run(
            app.asgi,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,  # an api_key may stand in a query
            server_header=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=trusted_proxies or None,
            ssl_certfile=certificate[0] if certificate else None,
            ssl_keyfile=certificate[1] if certificate else None,
            timeout_graceful_shutdown=10,
        )
    finally:
        app.close()


def _problems(host: str, api_key: str, staff: Mapping[str, str], *, secured: bool) -> tuple[Problem, ...]:
    found = []
    if host not in ("127.0.0.1", "::1", "localhost") and not secured:
        ko = f"{host}에서 받으려면 인증서나 trusted_proxies가 필요합니다."
        found.append(Problem("eungdapso.host", ko, f"serving on {host} needs a certificate or trusted_proxies."))
    for key, secret in {"eungdapso.api_key": api_key, **{f"eungdapso.staff.{n}": s for n, s in staff.items()}}.items():
        if len(secret) < KEY_CHARS_MIN:
            ko = f"{KEY_CHARS_MIN}자 이상이어야 합니다. `dasan init`이 만들어 줍니다."
            found.append(Problem(key, ko, f"needs at least {KEY_CHARS_MIN} characters; `dasan init` makes one."))
    if len({api_key, *staff.values()}) != 1 + len(staff):
        found.append(Problem("eungdapso", "같은 인증키를 두 번 썼습니다.", "two of the keys are the same."))
    return tuple(found)
