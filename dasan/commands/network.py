"""`dasan check --twilio`: what is wrong with what brings an account its calls, each with what to do about it.

A number without an address of ours fails every call at once and without a trace at Twilio, and one that is attached to
a trunk ignores its address; neither is seen from our side, so the account is asked: for numbers, SIP domains and BYOC
trunks. Reads only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from dasan.commands.finding import Finding, Findings
from dasan.core.errors import DasanError, sentence
from dasan.settings import Settings
from dasan.telephony import Account

Row = Mapping[str, str]
VOICE, STATUS = "/twilio/voice", "/twilio/voice/status"


def findings(settings: Settings) -> Findings:
    """Every finding, the settings' first."""
    wrong = list(_settings(settings))
    yield from wrong
    if any(finding.level == "bad" for finding in wrong):
        return
    try:
        account = asyncio.run(_asked(settings))
    except DasanError as error:
        yield Finding("bad", sentence(error.code, "ko", error.args_), sentence(error.code, "en", error.args_))
        return
    yield from of_account(account, settings)


async def _asked(settings: Settings) -> Account:
    from channels.twilio.client import Addresses, Exchange, Threads, TwilioVoice, connect
    from channels.twilio.pace import Pace
    from channels.twilio.wire import Wire
    from dasan.net.limits import Rate
    from dasan.server.sources import SystemClock

    voice = settings.voice
    run = Threads(voice.timeout_s + voice.connect_timeout_s, threads=1)
    pace = Pace(SystemClock(), Rate(voice.calls_per_s, 1))
    client = connect(
        voice.account_sid, voice.tokens[0], Wire(voice.connect_timeout_s, voice.timeout_s, pace.busy), voice.api_base
    )
    nowhere = Addresses(lambda _room, _label: "", lambda _room: "", lambda _key: "")
    try:
        return await TwilioVoice(Exchange(client, run, pace), nowhere).account()
    finally:
        run.close()


# -- the settings


def _settings(settings: Settings) -> Findings:
    voice = settings.voice
    for key in voice.missing:
        yield Finding(
            "bad", f"voice.{key}가 없습니다. docs/twilio.md를 보십시오.", f"voice.{key} is not set; see docs/twilio.md."
        )
    if not voice.enabled:
        yield Finding(
            "warn",
            "voice.enabled가 꺼져 있습니다. 켜기 전에는 걸려 온 전화를 받지 않습니다.",
            "voice.enabled is off: until it is on, no call is taken.",
        )
    host = urlsplit(settings.public_url).hostname or ""
    if not settings.public_url.startswith("https://"):
        yield Finding(
            "warn" if voice.api_base else "bad",
            f"통신사가 부를 주소가 https가 아닙니다: {settings.public_url}. server.public_url을 정하십시오.",
            f"The address the network calls is not https: {settings.public_url}. Set server.public_url.",
        )
    elif host in {"localhost", "127.0.0.1", "::1"}:
        yield Finding(
            "bad",
            "server.public_url이 이 기계 안의 주소라서 통신사가 부를 수 없습니다.",
            "server.public_url is an address of this machine, which the network cannot reach.",
        )
    if not voice.fallback_number:
        yield Finding(
            "warn",
            "voice.fallback_number가 없습니다. 이 프로그램이 멈추면 전화가 사람에게 가지 않습니다.",
            "voice.fallback_number is not set: when this program stops, calls reach nobody.",
        )


# -- the account


def of_account(account: Account, settings: Settings) -> Findings:
    """What the network says of the account, held against the settings. Pure."""
    if account.status and account.status != "active":
        yield Finding(
            "bad",
            f"계정이 쓸 수 없는 상태입니다({account.status}). 통신사에 문의하십시오.",
            f"The account is {account.status}; ask the network.",
        )
    if account.kind == "Trial":
        yield Finding(
            "warn",
            "시험 계정입니다. 확인된 번호로만 걸 수 있고 안내말이 붙습니다. 정식 계정으로 올리십시오.",
            "A trial account: it calls verified numbers only, behind an announcement. Upgrade it.",
        )
    rows = {row.get("name", ""): row for row in account.numbers}
    yield from _ours(settings, rows)
    watched = [row for row in account.numbers if row.get("kind") != "number" or _is_ours(row, settings)]
    for row in watched:
        wrong = [finding for rule in RULES for finding in rule(row, settings)]
        yield from wrong
        if not wrong:
            yield Finding("good", f"{row.get('name')} 설정이 맞습니다.", f"{row.get('name')} is set up right.")


def _is_ours(row: Row, settings: Settings) -> bool:
    """Every number when the settings name none, so that nothing is overlooked before they do."""
    return not settings.voice.numbers or row.get("name") in settings.voice.numbers


def _ours(settings: Settings, rows: Mapping[str, Row]) -> Findings:
    if not rows:
        yield Finding(
            "bad",
            "계정에 번호도 SIP 도메인도 BYOC 트렁크도 없습니다. docs/twilio.md의 세 가지 길 가운데 하나를 고르십시오.",
            "The account has no number, SIP domain or BYOC trunk; choose one of the ways in docs/twilio.md.",
        )
    for number in settings.voice.numbers:
        if number not in rows:
            yield Finding(
                "bad",
                f"voice.numbers의 {number}가 계정에 없습니다. 번호를 사거나 설정에서 빼십시오.",
                f"{number} of voice.numbers is not in the account; buy it or take it out of the settings.",
            )
    caller = settings.voice.caller_id
    if rows and caller and caller not in rows:
        yield Finding(
            "warn",
            f"발신 번호 {caller}가 계정의 번호가 아닙니다. 확인된 발신 번호인지 통신사에서 보십시오.",
            f"voice.caller_id {caller} is no number of the account; see whether it is a verified caller id.",
        )


Rule = Callable[[Row, Settings], Iterator[Finding]]


def _trunk(row: Row, settings: Settings) -> Findings:
    if row.get("trunk"):
        yield Finding(
            "bad",
            f"{row['name']}가 SIP 트렁크({row['trunk']})에 묶여 있어 우리 주소가 쓰이지 않습니다. 트렁크에서 떼십시오.",
            f"{row['name']} is attached to a SIP trunk ({row['trunk']}), so our address is ignored; detach it.",
        )


def _application(row: Row, settings: Settings) -> Findings:
    if row.get("application"):
        yield Finding(
            "bad",
            f"{row['name']}가 TwiML 앱({row['application']})을 따릅니다. 번호의 주소가 무시되니 앱 연결을 푸십시오.",
            f"{row['name']} follows a TwiML app ({row['application']}), so its address is ignored; take the app off.",
        )


def _fax(row: Row, settings: Settings) -> Findings:
    if row.get("receive_mode") == "fax":
        yield Finding(
            "bad",
            f"{row['name']}가 팩스를 받게 되어 있습니다. 음성으로 바꾸십시오.",
            f"{row['name']} receives fax; set it to voice.",
        )


def _deaf(row: Row, settings: Settings) -> Findings:
    if row.get("voice", "True") != "True":
        yield Finding(
            "bad",
            f"{row['name']}는 음성 전화를 받을 수 없는 번호입니다. 음성이 되는 번호를 쓰십시오.",
            f"{row['name']} is a number that takes no voice calls; use one that does.",
        )


def _voice_url(row: Row, settings: Settings) -> Findings:
    name, url, wanted = row.get("name", ""), row.get("voice_url", ""), settings.public_url + VOICE
    if not url:
        yield Finding(
            "bad",
            f"{name}에 음성 주소가 없습니다. 걸려 온 전화가 흔적 없이 끊깁니다. {wanted}로 정하십시오.",
            f"{name} has no voice address: calls to it fail without a trace. Set it to {wanted}.",
        )
    elif _asked_at(url) != wanted:
        yield Finding(
            "bad",
            f"{name}의 음성 주소가 우리 것이 아닙니다. {wanted}로 바꾸십시오.",
            f"The voice address of {name} is not ours; change it to {wanted}.",
        )
    elif row.get("voice_method", "POST") != "POST":
        yield Finding(
            "bad",
            f"{name}의 음성 주소를 {row['voice_method']}으로 부릅니다. POST로 바꾸십시오.",
            f"The voice address of {name} is asked by {row['voice_method']}; change it to POST.",
        )


def _fallback(row: Row, settings: Settings) -> Findings:
    name, url = row.get("name", ""), row.get("fallback_url", "")
    if not url:
        yield Finding(
            "bad",
            f"{name}에 예비 주소가 없습니다. 이 프로그램이 멈추면 전화가 끊깁니다. 다른 곳의 문서를 정하십시오.",
            f"{name} has no fallback address: when this program stops, calls drop. Point it at the static document.",
        )
    elif _same_host(url, settings.public_url):
        yield Finding(
            "warn",
            f"{name}의 예비 주소가 이 서버에 있습니다. 서버가 멈추면 함께 멈추니 다른 곳에 두십시오.",
            f"The fallback address of {name} is on this server and stops with it; put it elsewhere.",
        )
    elif row.get("fallback_method") == "POST":
        yield Finding(
            "warn",
            f"{name}의 예비 주소를 POST로 부릅니다. 파일만 내주는 서버는 대개 POST를 거절합니다. GET으로 바꾸십시오.",
            f"The fallback address of {name} is asked by POST, which servers of static files refuse; change it to GET.",
        )


def _status(row: Row, settings: Settings) -> Findings:
    name, wanted = row.get("name", ""), settings.public_url + STATUS
    if _asked_at(row.get("status_callback", "")) != wanted:
        yield Finding(
            "warn",
            f"{name}에 통화 상태를 알릴 우리 주소({wanted})가 없습니다. 끊긴 통화를 30초 뒤에야 압니다.",
            f"{name} has no status callback at {wanted}: a call that ended is noticed by the next comparison (30 s).",
        )
    elif row.get("status_method", "POST") not in {"", "POST"}:
        yield Finding(
            "bad",
            f"{name}의 상태 알림이 {row['status_method']}입니다. POST로 바꾸십시오.",
            f"The status callback of {name} is asked by {row['status_method']}; change it to POST.",
        )


def _domain(row: Row, settings: Settings) -> Findings:
    if row.get("kind") != "sip_domain":
        return
    if not row.get("auth"):
        yield Finding(
            "bad",
            f"SIP 도메인 {row['name']}에 인증이 없습니다. IP 허용 목록이나 계정 목록을 붙이십시오.",
            f"SIP domain {row['name']} asks for no authentication; attach an IP access list or credentials.",
        )
    if row.get("secure", "").lower() != "true":
        yield Finding(
            "warn",
            f"SIP 도메인 {row['name']}이 암호화(TLS·SRTP)를 요구하지 않습니다.",
            f"SIP domain {row['name']} does not require TLS and SRTP.",
        )


RULES: tuple[Rule, ...] = (_trunk, _application, _fax, _deaf, _voice_url, _fallback, _status, _domain)


def _asked_at(url: str) -> str:
    """The address as it is asked and signed: without its rules for retries."""
    return url.partition("#")[0]


def _same_host(url: str, other: str) -> bool:
    return urlsplit(url).hostname == urlsplit(other).hostname
