"""Every setting outside the policy: where the server listens, where it keeps things, and how its edges behave.

A value here is a choice of the operator; what the centre promises to citizens and counselors is in policy.py.
Relative paths are resolved against the folder of dasan.toml by the loader.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationInfo, field_validator

from dasan.settings.fields import Section, option

KEY_BYTES_MIN = 32


class Server(Section):
    """[server]: the one port of the service."""

    host: str = option("127.0.0.1", "기다리는 주소", "Address to listen on; anything but loopback needs TLS or a proxy")
    port: int = option(8120, "기다리는 포트(0은 빈 포트)", "Port to listen on; 0: any free one", ge=0, le=65_535)
    public_url: str = option(
        "", "시민에게 알리는 주소. 비우면 host와 port로 만듭니다", "Address citizens use; empty: made of host and port"
    )
    trusted_proxies: tuple[str, ...] = option(
        (), "믿는 앞단 프록시(주소 또는 대역)", "Reverse proxies to believe, as addresses or networks", max_length=32
    )
    certificate: Path | None = option(None, "TLS 인증서 파일(PEM)", "TLS certificate file (PEM)")
    certificate_key: Path | None = option(None, "TLS 개인 키 파일(PEM)", "TLS private key file (PEM)")
    insecure: bool = option(
        False,
        "암호화 없이 밖에 엽니다(시범에만)",
        "Open to others without a certificate or a proxy; for demonstrations only",
    )
    data_dir: Path = option(Path("var"), "자료를 두는 폴더", "Folder for everything the service keeps")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            _ = [ip_network(proxy, strict=False) for proxy in value]
        except ValueError as error:
            raise ValueError(f"주소나 대역이 아닙니다: {error} / not an address or network: {error}") from None
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the port."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class Database(Section):
    """[database]: where the journal and the content live."""

    url: str = option(
        "",
        "비우면 data_dir의 SQLite 파일, 여러 서버면 postgresql+psycopg://…",
        "Empty: a SQLite file in data_dir; for several servers postgresql+psycopg://…",
        secret=True,
        pattern=r"^(|sqlite:///.+|postgresql\+psycopg://.+)$",
    )


class Secrets(Section):
    """[secrets]: keys, by file or environment only, never written in dasan.toml itself."""

    master_key: SecretStr = option(SecretStr(""), "내용을 잠그는 열쇠", "Key that seals content", secret=True)
    master_key_file: Path | None = option(None, "위 열쇠가 든 파일", "File that holds it")
    other_master_keys: SecretStr = option(
        SecretStr(""),
        "내용을 여는 다른 열쇠(이전 것), 한 줄에 하나",
        "Other keys that still open content (former ones), one a line",
        secret=True,
    )
    other_master_keys_file: Path | None = option(
        None, "위 열쇠들이 든 파일(비어 있어도 됨)", "File that holds them; may be empty"
    )
    token_pepper: SecretStr = option(
        SecretStr(""), "로그인 표와 식별값을 섞는 열쇠", "Key mixed into tokens and identifiers", secret=True
    )
    token_pepper_file: Path | None = option(None, "위 열쇠가 든 파일", "File that holds it")

    @field_validator("master_key", "token_pepper", "other_master_keys")
    @classmethod
    def _long_enough(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        said = value.get_secret_value()
        keys = said.split() if info.field_name == "other_master_keys" else [said] * bool(said)
        if any(len(key.encode()) < KEY_BYTES_MIN for key in keys):
            least = KEY_BYTES_MIN
            raise ValueError(f"열쇠는 {least}바이트 이상이어야 합니다 / a key needs at least {least} bytes")
        return value


class Signin(Section):
    """[signin]: counselors' tokens and lock-out."""

    token_hours: int = option(12, "로그인이 이어지는 시간", "How long a sign-in lasts", unit="h", ge=1, le=168)
    tries_max: int = option(5, "잠기기 전까지 틀릴 수 있는 횟수", "Wrong tries before the lock", ge=3, le=20)
    lock_first_s: int = option(
        30, "처음 잠기는 시간(이후 두 배씩)", "First lock; doubles after", unit="s", ge=1, le=600
    )
    lock_max_s: int = option(900, "가장 긴 잠금", "Longest lock", unit="s", ge=1, le=86_400)


class Chat(Section):
    """[chat]: limits of the citizens' page. Each refusal is a sentence the citizen reads."""

    origins: tuple[str, ...] = option(
        (), "대화창을 열 수 있는 다른 페이지 주소", "Other page origins that may open the chat", max_length=32
    )
    connections_max: int = option(20_000, "동시 접속 한도", "Connections at once", ge=1, le=200_000)
    connections_per_address: int = option(50, "주소 하나의 접속 한도", "Connections from one address", ge=1, le=10_000)
    messages_per_minute: int = option(30, "대화 하나의 분당 글 수", "Messages a minute in one chat", ge=1, le=60_000)
    burst: int = option(10, "한꺼번에 보낼 수 있는 글 수", "Messages that may come at once", ge=1, le=6_000)
    frame_bytes_max: int = option(
        32_768, "한 번에 받는 크기", "Largest frame taken", unit="bytes", ge=4_096, le=1_048_576
    )
    photos_per_hour: int = option(20, "대화 하나의 시간당 사진 수", "Photos an hour in one chat", ge=0, le=200)

    @field_validator("origins")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(web_address(origin) for origin in value)


class Knowledge(Section):
    """[knowledge]: articles, their index and suggestions."""

    path: Path | None = option(
        None, "지식 자료 폴더. 비우면 data_dir/knowledge", "Folder of the articles; empty: data_dir/knowledge"
    )
    kiwi: bool = option(True, "형태소 분석기를 씁니다", "Use the morphological analyser; without it n-grams answer")
    suggestions: int = option(3, "한 번에 보여 주는 추천 수", "Suggestions shown at once", ge=1, le=3)


class Eungdapso(Section):
    """[eungdapso]: the ticket desk, embedded or another Open311 endpoint."""

    embedded: bool = option(
        True, "이 프로그램에 든 응답소를 함께 켭니다", "Run the ticket desk that comes with this program"
    )
    host: str = option("127.0.0.1", "든 응답소의 주소", "Address of the embedded desk")
    port: int = option(8121, "든 응답소의 포트", "Port of the embedded desk", ge=1, le=65_535)
    url: str = option("", "다른 응답소의 주소(embedded = false)", "Address of another desk (embedded = false)")
    jurisdiction_id: str = option("seoul.go.kr", "Open311의 관할 이름", "Open311 jurisdiction", max_length=100)
    api_key: SecretStr = option(SecretStr(""), "접수 열쇠", "Key for filing", secret=True)
    api_key_file: Path | None = option(None, "위 열쇠가 든 파일", "File that holds it")
    staff_keys: SecretStr = option(
        SecretStr(""),
        "든 응답소 담당자의 열쇠, 한 줄에 이름:열쇠",
        "Keys of the embedded desk's staff, a line each: name:key",
        secret=True,
    )
    staff_keys_file: Path | None = option(None, "위 열쇠들이 든 파일", "File that holds them")
    public_url: str = option(
        "", "담당자가 여는 든 응답소의 주소", "Address at which staff open the embedded desk; empty: host and port"
    )
    contact: str = option("120", "접수증에 적는 연락처", "Contact printed on receipts", min_length=1, max_length=40)
    holidays: Path | None = option(
        None,
        "쉬는 날 파일(처리 기한 계산). 비우면 내장 공휴일 표",
        "File of public holidays, for due dates; one ISO date a line; empty: the built-in table",
    )
    timeout_s: int = option(10, "답을 기다리는 시간", "Wait for an answer", unit="s", ge=1, le=120)

    @field_validator("url", "public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value)

    @field_validator("staff_keys")
    @classmethod
    def _lines(cls, value: SecretStr) -> SecretStr:
        lines = value.get_secret_value().split()
        if any(not all(line.partition(":")) for line in lines):
            raise ValueError("한 줄에 이름:열쇠로 씁니다 / write one name:key a line")
        return value


class Desk(Section):
    """[desk]: the counselor's console on this machine."""

    server: str = option("", "접속할 서버. 비우면 [server]의 주소", "Server to join; empty: the address of [server]")
    language: Literal["ko", "en"] = option("ko", "화면의 말", "Language of the screen")
    theme: Literal["dark", "light", "contrast"] = option("dark", "화면의 색", "Colours of the screen")
    glyphs: Literal["unicode", "ascii"] = option("unicode", "기호 표시 방법", "Symbols; ascii for old terminals")
    again_sends: bool = option(
        False, "추천 키를 두 번 누르면 바로 보냅니다", "A suggestion key pressed twice sends at once"
    )
    hold_back_s: int = option(
        0,
        "보낸 글을 되돌릴 수 있는 시간(초), 0은 없음",
        "Seconds in which a sent message can be taken back; 0: none",
        ge=0,
        le=30,
    )
    notify: Literal["auto", "off", "osc777", "osc9"] = option(
        "auto",
        "다른 창을 볼 때 새 상담을 바탕화면에 알리는 방법",
        "How the desktop is told of a new session while another window is looked at",
    )
    certificate_authority: Path | None = option(
        None,
        "서버 인증서를 확인할 기관 인증서(PEM)",
        "Authority that signed the server's certificate, when private (PEM)",
    )
    keys: dict[str, str] = option(dict, "단축키 바꾸기: 동작 = 키", "Other keys: action = key", max_length=100)

    @field_validator("server")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value)


class Log(Section):
    """[log]: what the service says about itself."""

    level: Literal["debug", "info", "warning", "error"] = option(
        "info", "남기는 기록의 정도", "Least level that is kept"
    )
    format: Literal["text", "json"] = option("text", "기록의 모양", "Form of a line")


def web_address(value: str) -> str:
    """``value`` without a closing slash. Raises ValueError for anything but http(s)://host[:port][/path]."""
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("http(s)://주소:포트로 씁니다 / write it as http(s)://host:port")
    return value.rstrip("/")
