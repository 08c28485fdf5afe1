"""[ivr]: what the spoken menu may ask of others, and where its recordings lie.

A flow names a service, and the address stands here: no flow, and nobody who calls, can send a request anywhere else.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator

from dasan.settings.fields import Section, option
from dasan.settings.lists import CODE

_HEADER = r"^[A-Za-z][A-Za-z0-9_-]{0,59}$"


class ServiceSection(Section):
    """[[ivr.services]]: one outside service."""

    code: str = option("", "흐름이 부르는 이름", "Name that flows call it by", pattern=CODE)
    name_ko: str = option("", "한국어 이름", "Name in Korean", min_length=1, max_length=40)
    name_en: str = option("", "영어 이름", "Name in English", min_length=1, max_length=40)
    url: str = option(
        "",
        "온전한 주소. https이거나 이 기계 안의 http",
        "Its whole address: https, or http on this machine",
        max_length=500,
    )
    method: Literal["GET", "POST"] = option(
        "GET",
        "GET은 물음을 주소에, POST는 JSON으로 보냅니다",
        "GET puts what is asked into the address, POST into JSON",
    )
    timeout_s: float = option(2.0, "답을 기다리는 시간", "Wait for an answer", unit="s", ge=0.1, le=3)
    answer_bytes_max: int = option(65_536, "받는 답의 크기", "Largest answer", unit="bytes", ge=256, le=262_144)
    at_once: int = option(8, "동시에 묻는 수(넘으면 바로 오류)", "Questions at once; beyond it, error", ge=1, le=100)
    key_name: str = option(
        "Authorization", "비밀 값을 싣는 이름", "Header or parameter that carries its secret", pattern=_HEADER
    )
    key_in: Literal["header", "query"] = option(
        "header", "비밀 값을 머리말에 실을지 주소에 실을지", "Whether the secret goes into a header or the address"
    )
    sends_ko: str = option("", "보내는 개인정보(비우면 없음)", "Personal data that is sent, in Korean", max_length=200)
    sends_en: str = option("", "위의 영어", "The same in English; empty: none", max_length=200)
    abroad: bool = option(False, "나라 밖에 있습니다", "It stands in another country")

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return service_address(value)


class Ivr(Section):
    """[ivr]: the spoken menu."""

    recordings: Path | None = option(
        None,
        "녹음 파일의 폴더. 비우면 data_dir/recordings",
        "Folder of recordings that flows name; empty: data_dir/recordings",
    )
    services: tuple[ServiceSection, ...] = option((), "메뉴가 묻는 바깥 서비스", "Outside services", max_length=50)
    service_keys: SecretStr = option(
        SecretStr(""), "위 서비스의 비밀 값, 한 줄에 이름:값", "Their secrets, a line each: code:secret", secret=True
    )
    service_keys_file: Path | None = option(None, "위 값들이 든 파일", "File that holds them")

    @field_validator("services")
    @classmethod
    def _once(cls, value: tuple[ServiceSection, ...]) -> tuple[ServiceSection, ...]:
        codes = [service.code for service in value]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"이름이 두 번 나옵니다: {', '.join(twice)} / named twice: {', '.join(twice)}")
        return value

    @field_validator("service_keys")
    @classmethod
    def _lines(cls, value: SecretStr) -> SecretStr:
        for line in value.get_secret_value().splitlines():
            name, colon, secret = line.strip().partition(":")
            if line.strip() and not (name and colon and secret.strip().isascii() and secret.strip().isprintable()):
                raise ValueError("한 줄에 이름:값으로, 값은 영문자로 씁니다 / write a line each: code:secret, in ASCII")
        return value

    @property
    def keys(self) -> dict[str, str]:
        """Secrets by the service's code."""
        lines = (line.strip().partition(":") for line in self.service_keys.get_secret_value().splitlines())
        return {name: secret.strip() for name, _, secret in lines if name}

    @property
    def keys_of_nobody(self) -> tuple[str, ...]:
        """Names of secrets that no service has."""
        return tuple(sorted(self.keys.keys() - {service.code for service in self.services}))


def service_address(value: str) -> str:
    """``value``, when a request may go there. Raises ValueError: only https, and http on this machine."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    plain = value.isascii() and value.isprintable() and " " not in value
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_here(host))
    if not (host and plain and safe) or parts.fragment or "@" in parts.netloc:
        raise ValueError(
            "https://주소/길로 씁니다(이 기계 안은 http도 됩니다) / write https://host/path; http on this machine only"
        )
    return value


def is_here(host: str) -> bool:
    """Whether that host is this machine, without asking anybody for its address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
