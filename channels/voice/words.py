"""What the service itself says in a call, in the languages of 120; and with which voices a network says it.

The menu's own words stand in its flow. Here are the sentences of the places where no flow runs: on hold, in a room,
when something of ours is broken. Mongolian has no voice at Twilio: a Russian one reads the Cyrillic letters, which is
better than silence and worse than a recording; docs/voice.md says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ivr.template import shared


@dataclass(frozen=True, slots=True)
class Voice:
    """``say``: the code for speaking; ``voice``: the network's voice; ``hear``: the code for recognising speech;
    ``transcribe``: for transcription."""

    say: str
    voice: str
    hear: str
    transcribe: str


VOICES: Final[Mapping[str, Voice]] = {
    "ko": Voice("ko-KR", "Google.ko-KR-Neural2-A", "ko-KR", "ko-KR"),
    "en": Voice("en-US", "Google.en-US-Neural2-F", "en-US", "en-US"),
    "zh": Voice("cmn-CN", "Google.cmn-CN-Wavenet-A", "cmn-Hans-CN", "cmn-Hans-CN"),
    "ja": Voice("ja-JP", "Google.ja-JP-Neural2-B", "ja-JP", "ja-JP"),
    "vi": Voice("vi-VN", "Google.vi-VN-Neural2-A", "vi-VN", "vi-VN"),
    "mn": Voice("ru-RU", "Google.ru-RU-Wavenet-A", "mn-MN", "mn-MN"),
}
SLOW_PERCENT: Final = 80


def voice(language: str) -> Voice:
    """The voice of a language; Korean for one that nobody has a voice for."""
    return VOICES.get(language, VOICES["ko"])


SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "hold": {
        "ko": "잠시만 기다려 주십시오. 상담사가 확인하고 있습니다.",
        "en": "Please hold for a moment while we look into this.",
        "zh": "请稍等，咨询员正在为您确认。",
        "ja": "少々お待ちください。相談員が確認しております。",
        "vi": "Xin vui lòng chờ trong giây lát, tư vấn viên đang kiểm tra.",
        "mn": "Түр хүлээнэ үү. Зөвлөх шалгаж байна.",
    },
    "connecting": {
        "ko": "상담사를 연결하고 있습니다.",
        "en": "We are connecting you.",
        "zh": "正在为您接通咨询员。",
        "ja": "相談員におつなぎしています。",
        "vi": "Chúng tôi đang nối máy cho bạn.",
        "mn": "Зөвлөхтэй холбож байна.",
    },
    "back_in_line": {
        "ko": "연결이 끊어져 다시 기다리시게 되었습니다. 순서는 그대로 있습니다.",
        "en": "The connection was lost. You are waiting again, and your place is kept.",
        "zh": "连接中断，请您继续等候。您的顺序不变。",
        "ja": "接続が切れましたので、もう一度お待ちください。順番はそのままです。",
        "vi": "Kết nối bị gián đoạn. Xin chờ thêm, thứ tự của bạn được giữ nguyên.",
        "mn": "Холболт тасарлаа. Дахин хүлээнэ үү. Таны дараалал хэвээр байна.",
    },
    "goodbye": {
        "ko": "120다산콜센터를 이용해 주셔서 고맙습니다.",
        "en": "Thank you for calling 120 Dasan Call Center.",
        "zh": "感谢您致电120茶山呼叫中心。",
        "ja": "120茶山コールセンターをご利用いただき、ありがとうございました。",
        "vi": "Cảm ơn bạn đã gọi đến Trung tâm 120 Dasan.",
        "mn": "120 Дасан дуудлагын төвд холбогдсонд баярлалаа.",
    },
    "recording": {
        "ko": "상담 내용은 정확한 안내를 위해 녹음됩니다.",
        "en": "This call is recorded so that we can serve you correctly.",
        "zh": "为了准确服务，本次通话将被录音。",
        "ja": "正確なご案内のため、通話を録音いたします。",
        "vi": "Cuộc gọi này được ghi âm để hỗ trợ bạn chính xác.",
        "mn": "Зөв үйлчлэхийн тулд энэ яриаг бичиж байна.",
    },
    "warning": {
        "ko": "폭언이나 성희롱이 계속되면 통화를 끝내고 법적 조치를 할 수 있습니다. 통화는 녹음될 수 있습니다.",
        "en": "If abuse continues, this call may be ended, recorded and followed by legal action.",
        "zh": "如继续辱骂或骚扰，我们将依法结束通话，并可能采取法律措施。通话可能被录音。",
        "ja": "暴言やセクハラが続く場合、通話を終了し、法的措置をとることがあります。録音されることもあります。",
        "vi": "Nếu tiếp tục lăng mạ hoặc quấy rối, cuộc gọi sẽ kết thúc và có thể bị xử lý theo pháp luật.",
        "mn": "Доромжлол үргэлжилбэл яриаг таслаж, хуулийн арга хэмжээ авч болно.",
    },
    "abuse_ended": {
        "ko": "폭언이나 성희롱으로 상담을 계속할 수 없어 통화를 끝냅니다.",
        "en": "This call ends now because of abuse.",
        "zh": "由于辱骂或骚扰，通话到此结束。",
        "ja": "暴言等により、通話を終了いたします。",
        "vi": "Cuộc gọi kết thúc vì lời lẽ lăng mạ hoặc quấy rối.",
        "mn": "Доромжлолын улмаас яриаг дуусгалаа.",
    },
    "broken": {
        "ko": "죄송합니다. 안내에 문제가 생겨 상담 전화로 바로 연결합니다. 끊지 마시고 기다려 주십시오.",
        "en": "We are sorry, something is wrong on our side. Please stay on the line while we connect you.",
    },
    "hold_on": {
        "ko": "아직 연결하고 있습니다. 끊지 마시고 기다려 주십시오.",
        "en": "We are still trying to connect you. Please hold.",
    },
    "nobody": {
        "ko": "지금은 연결되지 않습니다. 잠시 뒤 다시 걸어 주십시오. 긴급한 일은 119나 112로 전화해 주십시오.",
        "en": "Nobody can be reached just now. Please call again shortly. In an emergency call 119 or 112.",
    },
    "called_again": {
        "ko": "기다리시게 해서 죄송합니다. 지금은 연결되지 않습니다. 상담사가 준비되면 저희가 다시 전화드리겠습니다.",
        "en": "We are sorry: nobody has become free. We will call you again with a counselor ready.",
        "zh": "抱歉让您久等。目前没有空闲的咨询员。咨询员准备好后，我们会再次致电给您。",
        "ja": "申し訳ございません。ただいまおつなぎできません。準備ができ次第、こちらからおかけ直しいたします。",
        "vi": "Xin lỗi, hiện chưa có tư vấn viên nào rảnh. Chúng tôi sẽ gọi lại khi có tư vấn viên sẵn sàng.",
        "mn": "Хүлээлгэсэнд уучлаарай. Одоогоор сул зөвлөх алга. Зөвлөх бэлэн болмогц бид тан руу дахин залгана.",
    },
    "leave_message": {
        "ko": "삐 소리가 난 뒤 말씀하시고 우물 정자를 눌러 주십시오.",
        "en": "Please speak after the tone, then press the pound key.",
        "zh": "请在提示音后留言，结束后请按井号键。",
        "ja": "発信音の後にお話しいただき、終わりましたらシャープを押してください。",
        "vi": "Hãy nói sau tiếng bíp, rồi nhấn phím thăng.",
        "mn": "Дохионы дараа ярьж, дараа нь диез товчийг дарна уу.",
    },
    "whisper": {
        "ko": "서울 120다산콜센터입니다. 시민의 전화를 연결합니다.",
        "en": "This is Seoul's 120 Dasan Call Center, connecting a citizen to you.",
    },
    "whisper_noted": {"ko": "통화 내용은 기록됩니다.", "en": "This call is recorded or written down."},
    "whisper_place": {"ko": "위치: {place}.", "en": "Place: {place}."},
    "whisper_summary": {"ko": "내용: {summary}.", "en": "Case: {summary}."},
}


def say(code: str, language: str, **values: object) -> str:
    """The sentence in that language, else in Korean."""
    row = SENTENCES[code]
    return row.get(language, row["ko"]).format(**values)


def standing(language: str, position: int | None, wait_s: float | None) -> tuple[str, ...]:
    """Where she stands in line and how long it will be, as far as it is known, as every menu says it."""
    if position is None:
        return ()
    names = ("position" if position > 1 else "next", *(("eta",) if wait_s else ()))
    return tuple(shared(name, language, {"ahead": position - 1, "eta": wait_s}) for name in names)
