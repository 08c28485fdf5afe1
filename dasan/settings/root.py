"""The one frozen settings object. Built by dasan.settings.load only, read by dasan.app and dasan.cli only.

`Settings()` reads nothing from outside: files, environment and flags come in through the loader, so tests and the demo
can make their own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Self

from pydantic import model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dasan.core.policy import Policy
from dasan.settings.fields import option
from dasan.settings.ivr import Ivr
from dasan.settings.policy import PolicySection
from dasan.settings.sections import Chat, Database, Desk, Eungdapso, Knowledge, Log, Secrets, Server, Signin
from dasan.settings.voice import Voice

PREFIX = "DASAN_"
NESTED = "__"


class Settings(BaseSettings):
    """Defaults < dasan.toml < DASAN_* environment < flags."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter=NESTED, validate_default=True
    )

    server: Server = option(Server, "서버", "The server")
    database: Database = option(Database, "자료 저장", "The database")
    secrets: Secrets = option(Secrets, "열쇠(파일이나 환경 변수로만)", "Keys, by file or environment only")
    signin: Signin = option(Signin, "상담사 로그인", "Counselors' sign-in")
    policy: PolicySection = option(PolicySection, "상담 규칙", "What the centre promises")
    chat: Chat = option(Chat, "시민 대화창", "The citizens' page")
    knowledge: Knowledge = option(Knowledge, "지식 자료", "The knowledge base")
    eungdapso: Eungdapso = option(Eungdapso, "응답소", "The ticket desk")
    voice: Voice = option(Voice, "전화", "Calls and texts")
    ivr: Ivr = option(Ivr, "자동응답 메뉴", "The spoken menu")
    desk: Desk = option(Desk, "상담석", "The counselor's console")
    log: Log = option(Log, "기록", "Logging")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the constructor is given."""
        return (init_settings,)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        # "key<tab>Korean / English", as dasan/settings/problems.py reads it: the file's line is that of the key.
        wrong = [f"{key}\t{sentence}" for holds, key, sentence in self._rules() if not holds]
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def _rules(self) -> list[tuple[bool, str, str]]:
        server, desk = self.server, self.eungdapso
        both = (server.certificate is None) == (server.certificate_key is None)
        guarded = server.loopback or server.certificate is not None or bool(server.trusted_proxies) or server.insecure
        return [
            (
                both,
                "server.certificate" if server.certificate else "server.certificate_key",
                "certificate와 certificate_key는 함께 씁니다 / certificate and certificate_key go together",
            ),
            (
                guarded,
                "server.host",
                f"밖에서 닿는 주소 {server.host}에는 certificate나 trusted_proxies가 있어야 합니다 / "
                f"{server.host} is open to others: set server.certificate or server.trusted_proxies",
            ),
            (
                desk.embedded or bool(desk.url),
                "eungdapso.url",
                "embedded = false이면 eungdapso.url이 있어야 합니다 / embedded = false needs eungdapso.url",
            ),
            (
                not (self.voice.enabled and self.voice.missing),
                f"voice.{(*self.voice.missing, 'enabled')[0]}",
                "voice.enabled = true이면 계정 번호, 인증 값, 발신 번호가 있어야 합니다 / "
                "voice.enabled = true needs account_sid, auth_token and caller_id",
            ),
            (
                not self.ivr.keys_of_nobody,
                "ivr.service_keys",
                f"ivr.services에 없는 이름입니다: {', '.join(self.ivr.keys_of_nobody)} / "
                f"no service of ivr.services has that code: {', '.join(self.ivr.keys_of_nobody)}",
            ),
            (
                not self.voice.local_engine or "streams" in self.voice.accept,
                "voice.local_engine",
                'local_engine은 accept에 "streams"가 있어야 소리를 받습니다 / '
                'local_engine hears nothing until accept names "streams"',
            ),
        ]

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the broker's database."""
        return self.database.url or f"sqlite:///{self.server.data_dir / 'dasan.sqlite3'}"

    @property
    def blobs_dir(self) -> Path:
        """Folder of citizens' photos, encrypted files."""
        return self.server.data_dir / "blobs"

    @property
    def public_url(self) -> str:
        """The address citizens use, without a closing slash."""
        scheme = "https" if self.server.certificate else "http"
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        return self.server.public_url or f"{scheme}://{host}:{self.server.port}"

    @property
    def desk_url(self) -> str:
        """The server a console on this machine joins."""
        return self.desk.server or self.public_url

    @property
    def knowledge_dir(self) -> Path:
        """Folder of the articles' database and index."""
        return self.knowledge.path or self.server.data_dir / "knowledge"

    @property
    def knowledge_url(self) -> str:
        """SQLAlchemy address of the articles' database."""
        return f"sqlite:///{self.knowledge_dir / 'articles.sqlite3'}"

    @property
    def knowledge_index(self) -> Path:
        """Folder of the index, a disposable picture of the articles."""
        return self.knowledge_dir / "index"

    @property
    def recordings_dir(self) -> Path:
        """Folder of the recordings that flows name when they are published."""
        return self.ivr.recordings or self.server.data_dir / "recordings"

    @property
    def eungdapso_url(self) -> str:
        """Open311 endpoint of the ticket desk, embedded or not."""
        return self.eungdapso.url or f"http://{self.eungdapso.host}:{self.eungdapso.port}"

    @property
    def eungdapso_key(self) -> str:
        """The key under which we file tickets; empty when not set."""
        return self.eungdapso.api_key.get_secret_value()

    @property
    def eungdapso_staff(self) -> dict[str, str]:
        """Staff of the embedded desk: name -> key."""
        lines = (line.partition(":") for line in self.eungdapso.staff_keys.get_secret_value().split())
        return {name: key for name, _, key in lines}

    @property
    def eungdapso_path(self) -> Path:
        """The embedded desk's own SQLite file."""
        return self.server.data_dir / "eungdapso.sqlite3"

    @property
    def master_key(self) -> bytes:
        """The key that seals content, as bytes (at least 32); empty when not set."""
        return self.secrets.master_key.get_secret_value().encode()

    @property
    def other_master_keys(self) -> tuple[bytes, ...]:
        """Further keys that open content: former ones, or the next where several servers change over."""
        return tuple(key.encode() for key in self.secrets.other_master_keys.get_secret_value().split())

    @property
    def token_pepper(self) -> bytes:
        """The key mixed into tokens and identifiers, as bytes (at least 32); empty when not set."""
        return self.secrets.token_pepper.get_secret_value().encode()

    def build_policy(self) -> Policy:
        """The core's policy; texts go where calls go."""
        return replace(self.policy.build(), texts=self.voice.enabled)
