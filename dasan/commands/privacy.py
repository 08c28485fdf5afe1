"""`dasan check --privacy`: which personal data leaves this machine, and which leaves the country, by whose hands.

Each row is one adapter or one thing that a provider does only when ``voice.accept`` names it. The table is data, so
that it can be read, tested and printed for the impact assessment that the law asks of a public body (개인정보 보호법
제33조; for transfers abroad 제28조의8). It tells what the program does; whether that is lawful is for people to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from dasan.commands.finding import Finding, Findings
from dasan.settings import Settings
from dasan.settings.ivr import is_here

OFF, ON, ALWAYS = "off", "on", "always"


@dataclass(frozen=True, slots=True)
class Flow:
    """Personal data that may leave. ``name`` is what voice.accept calls it, or the adapter; ``place`` where it goes."""

    name: str
    active: Callable[[Settings], bool]
    abroad: bool
    place_ko: str
    place_en: str
    what_ko: str
    what_en: str


def _stand_in(settings: Settings) -> bool:
    """Whether the network is a stand-in on this machine; another address is another door to the same network."""
    return is_here(urlsplit(settings.voice.api_base).hostname or "")


def _calls(settings: Settings) -> bool:
    return settings.voice.enabled and not _stand_in(settings)


def _accepted(name: str) -> Callable[[Settings], bool]:
    return lambda settings: _calls(settings) and name in settings.voice.accept


_TWILIO_KO, _TWILIO_EN = "Twilio(미국, 아일랜드, 호주 등)", "Twilio (US, Ireland, Australia and others)"

FLOWS: tuple[Flow, ...] = (
    Flow(
        "voice",
        _calls,
        True,
        _TWILIO_KO,
        _TWILIO_EN,
        "통화의 소리, 거는 이와 받는 이의 전화번호, 통화 시각과 길이, 누른 키(통화 기록으로 남습니다)",
        "the sound of calls while they last; numbers of both sides, times, lengths and keys (kept as call logs)",
    ),
    Flow(
        "texts",
        lambda s: _calls(s) and bool(s.voice.sender),
        True,
        _TWILIO_KO,
        _TWILIO_EN,
        "문자의 글과 받는 이의 번호",
        "the words of texts and the numbers they go to",
    ),
    Flow(
        "recording",
        _accepted("recording"),
        True,
        _TWILIO_KO,
        _TWILIO_EN,
        "통화 녹음 파일(지울 때까지 통신사에 남습니다)",
        "recordings of calls, kept at the provider until they are deleted",
    ),
    Flow(
        "transcription",
        _accepted("transcription"),
        True,
        "Twilio와 그 인식 엔진(Google 또는 Deepgram)",
        "Twilio and its recogniser (Google or Deepgram)",
        "통화의 소리와 받아쓴 글",
        "the sound of calls and the words made of it",
    ),
    Flow(
        "speech",
        _accepted("speech"),
        True,
        "Twilio와 그 인식 엔진(Google 또는 Deepgram)",
        "Twilio and its recogniser (Google or Deepgram)",
        "메뉴에서 시민이 말한 것의 소리와 글",
        "what citizens say to the menu, as sound and words",
    ),
    Flow(
        "streams",
        _accepted("streams"),
        True,
        _TWILIO_KO,
        _TWILIO_EN,
        "통화의 소리를 이 서버로 보내는 길(음성이 미국·아일랜드·호주를 거칩니다)",
        "the path on which a call's sound comes to this server: through the US, Ireland or Australia only",
    ),
    Flow(
        "eungdapso",
        lambda s: not s.eungdapso.embedded,
        False,
        "다른 응답소(eungdapso.url)",
        "another ticket desk (eungdapso.url)",
        "민원의 내용, 장소, 연락처, 사진",
        "cases: words, place, contact, photos",
    ),
    Flow(
        "database",
        lambda s: s.database_url.startswith("postgresql"),
        False,
        "데이터베이스 서버(database.url)",
        "the database server (database.url)",
        "봉인된 내용과 번호뿐인 기록(열쇠는 이 서버에만 있습니다)",
        "sealed content and a journal of ids; the keys stay on this server",
    ),
)


def _leaving(url: str) -> Callable[[Settings], bool]:
    return lambda settings: not is_here(urlsplit(url).hostname or "")


def _services(settings: Settings) -> tuple[Flow, ...]:
    """A row for each outside service that the menu may ask, as its operator declared it."""
    return tuple(
        Flow(
            f"ivr.services {one.code}",
            _leaving(one.url),
            one.abroad,
            f"{one.name_ko}({urlsplit(one.url).hostname})",
            f"{one.name_en} ({urlsplit(one.url).hostname})",
            f"메뉴가 묻는 것. 개인정보: {one.sends_ko or '없다고 적었습니다'}",
            f"what the menu asks; personal data: {one.sends_en or 'none, as declared'}",
        )
        for one in settings.ivr.services
    )


def _kept(settings: Settings) -> Findings:
    """How long citizens' voices stay on this machine. No law names the days; destroying what is needed no more without
    delay is the duty of 개인정보 보호법 제21조."""
    if settings.voice.enabled:
        talks, messages = settings.voice.recording_days, settings.voice.voicemail_days
        yield Finding(
            "good",
            f"음성은 통화 녹음 {talks}일, 음성 메시지 {messages}일 뒤에 지웁니다. 처리방침의 보유기간과 견주십시오.",
            f"voices on this machine: recordings are deleted after {talks} days, messages after {messages}; "
            "compare with the period that your privacy policy declares",
        )


def findings(settings: Settings) -> Findings:
    """One finding a flow: what leaves, or that it does not; and how long voices stay."""
    for flow in (*FLOWS, *_services(settings)):
        if not flow.active(settings):
            yield Finding(
                "good",
                f"{flow.name}: 나가지 않습니다. ({flow.what_ko})",
                f"{flow.name}: nothing leaves. ({flow.what_en})",
            )
            continue
        where = ("나라 밖으로", "leaves the country") if flow.abroad else ("이 기계 밖으로", "leaves this machine")
        yield Finding(
            "warn",
            f"{flow.name}: {where[0]} 나갑니다. {flow.what_ko} → {flow.place_ko}",
            f"{flow.name}: {where[1]}: {flow.what_en}, to {flow.place_en}",
        )
    yield from _kept(settings)
    if settings.voice.enabled and _stand_in(settings):
        yield Finding(
            "good",
            f"전화는 시범 통신망({settings.voice.api_base})으로만 갑니다.",
            f"Calls go to a stand-in network only ({settings.voice.api_base}).",
        )
