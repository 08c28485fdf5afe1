"""[voice]: the telephone network, and what of it the operator has accepted.

A provider's recording, transcription, streams and speech recognition carry citizens' voices out of the country. Each is
off until ``accept`` names it; `dasan check --privacy` says what each name means before anybody accepts it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import SecretStr, field_validator

from dasan.core.recording import RECORDING, VOICEMAIL
from dasan.settings.fields import Section, option
from dasan.settings.sections import web_address

E164 = r"^\+[1-9][0-9]{6,14}$"
MAYBE_E164 = r"^(|\+[1-9][0-9]{6,14})$"

Accepted = Literal["recording", "transcription", "streams", "speech"]


class Voice(Section):
    """[voice]: calls and texts through Twilio. The addresses it calls us at begin with server.public_url."""

    enabled: bool = option(False, "전화를 받습니다", "Take calls")
    account_sid: str = option("", "통신사(Twilio) 계정 번호", "Twilio account", pattern=r"^(|AC[0-9a-f]{32})$")
    auth_token: SecretStr = option(SecretStr(""), "위 계정의 인증 값", "Its auth token", secret=True)
    auth_token_file: Path | None = option(None, "위 값이 든 파일", "File that holds it")
    other_auth_token: SecretStr = option(
        SecretStr(""),
        "함께 믿는 다른 인증 값(바꾸는 동안만)",
        "Another token whose signatures are taken, while it is being changed",
        secret=True,
    )
    other_auth_token_file: Path | None = option(
        None, "위 값이 든 파일(비어 있어도 됨)", "File that holds it; may be empty"
    )
    shared_keys: SecretStr = option(
        SecretStr(""),
        "웹훅 서명 열쇠(SHA-256), 한 줄에 번호:열쇠",
        "Shared keys that sign webhooks by SHA-256, a line each: id:secret",
        secret=True,
    )
    shared_keys_file: Path | None = option(None, "위 열쇠들이 든 파일", "File that holds them")
    api_base: str = option(
        "", "통신사의 다른 주소(시험·시범용). 비우면 Twilio", "Another REST address, for tests and demonstrations"
    )
    numbers: tuple[str, ...] = option(
        (), "시민이 거는 번호들(+82…)", "Numbers at the network on which citizens reach us (E.164)", max_length=200
    )
    caller_id: str = option(
        "", "우리가 걸 때 보이는 번호(+82…)", "Number shown to whom we call (E.164)", pattern=MAYBE_E164
    )
    text_sender: str = option(
        "",
        "문자를 보내는 번호나 메시지 서비스(MG…). 비우면 caller_id",
        "Sender of texts: a number or a messaging service (MG…); empty: caller_id",
        pattern=r"^(|\+[1-9][0-9]{6,14}|MG[0-9a-f]{32})$",
    )
    special_days: Path | None = option(
        None,
        "ARS의 날짜별 운영 시간 파일(임시공휴일 등)",
        "File of days on which the menu keeps other hours (a holiday declared late)",
    )
    fallback_number: str = option(
        "",
        "이 프로그램이 답하지 못할 때 전화를 넘길 번호(+82…)",
        "Number that takes the calls when this program cannot answer (E.164)",
        pattern=MAYBE_E164,
    )
    accept: tuple[Accepted, ...] = option(
        (),
        "통신사에 허락하는 것: recording(녹음), transcription(받아쓰기), streams(음성 내보내기), speech(말로 고르기)",
        "What the provider may do with voices; nothing unless named: recording, transcription, streams, speech",
        max_length=4,
    )
    recording_days: int = option(
        60, "통화 녹음을 두는 날수. 지나면 지웁니다", "Days for which recordings of talks are kept, then deleted",
        unit="d", ge=1, le=3_650,
    )  # fmt: skip
    voicemail_days: int = option(
        30, "음성 메시지를 두는 날수. 지나면 지웁니다", "Days for which voice messages are kept, then deleted",
        unit="d", ge=1, le=3_650,
    )  # fmt: skip
    transcription_engine: Literal["google", "deepgram"] = option(
        "google", "받아쓰기 엔진", "Engine of the provider's transcription"
    )
    transcription_model: str = option(
        "telephony", "받아쓰기 모델", "Its model", min_length=1, max_length=60, pattern=r"^[a-z0-9_-]+$"
    )
    local_engine: str = option(
        "",
        "이 서버에서 받아쓰는 엔진(꾸러미:함수). accept에 streams가 있어야 합니다",
        "Engine that transcribes on this server, as package.module:function of a language; needs streams accepted",
        pattern=r"^(|[A-Za-z_][\w.]*:[A-Za-z_]\w*)$",
    )
    counselor_phone: str = option(
        "client:c{number}",
        "상담사의 전화. 계정에 따로 적지 않은 상담사에게 쓰며 {number}는 상담사 번호입니다",
        "A counselor's telephone where her account names none; {number} is her number",
        pattern=r"^(client:|app:|sips?:)[A-Za-z0-9_./@-]*\{number\}[A-Za-z0-9_./@:;=-]*$",
        max_length=120,
    )
    calls_per_s: float = option(
        1.0, "1초에 새로 거는 통화 수(계정 한도)", "New calls a second that the account allows", ge=0.1, le=100
    )
    connect_timeout_s: float = option(
        3.0, "통신사 연결을 기다리는 시간", "Wait for a connection to the network", unit="s", ge=0.5, le=30
    )
    timeout_s: float = option(10.0, "통신사의 답을 기다리는 시간", "Wait for its answer", unit="s", ge=1, le=60)

    @field_validator("api_base")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value)

    @field_validator("numbers")
    @classmethod
    def _numbers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [
            n for n in value if not (n.startswith("+") and n[1:].isascii() and n[1:].isdigit() and 8 <= len(n) <= 16)
        ]
        if wrong:
            raise ValueError(f"+82로 시작하는 국제 번호로 씁니다: {wrong[0]} / write it in E.164: {wrong[0]}")
        return value

    @field_validator("accept")
    @classmethod
    def _once(cls, value: tuple[Accepted, ...]) -> tuple[Accepted, ...]:
        return tuple(dict.fromkeys(value))

    @field_validator("shared_keys")
    @classmethod
    def _lines(cls, value: SecretStr) -> SecretStr:
        lines = value.get_secret_value().split()
        if any(not all(line.partition(":")) for line in lines):
            raise ValueError("한 줄에 번호:열쇠로 씁니다 / write one id:secret a line")
        return value

    @property
    def tokens(self) -> tuple[str, ...]:
        """The auth tokens whose signatures are taken, ours first."""
        both = (self.auth_token.get_secret_value(), self.other_auth_token.get_secret_value())
        return tuple(token for token in both if token)

    @property
    def shared(self) -> dict[str, str]:
        """Shared keys: id -> secret."""
        lines = (line.partition(":") for line in self.shared_keys.get_secret_value().split())
        return {key: secret for key, _, secret in lines}

    @property
    def retention_days(self) -> dict[str, int]:
        """Class of a recording -> days for which it is kept."""
        return {RECORDING: self.recording_days, VOICEMAIL: self.voicemail_days}

    @property
    def sender(self) -> str:
        """Who sends texts."""
        return self.text_sender or self.caller_id

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys without which calls cannot be taken."""
        needed = {"account_sid": self.account_sid, "auth_token": bool(self.tokens), "caller_id": self.caller_id}
        return tuple(key for key, value in needed.items() if not value)
