"""The sentences that every flow shares, in the six languages of 120's menu: how an option is told, how to reach a
person, the place in line, asking back. Templates of :mod:`ivr.template`; a flow may say its own instead.

Korean names the thing before the key ("교통은 1번"), as its speakers expect; so does Japanese. Vietnamese and
Mongolian were written without a native reviewer.
"""

from __future__ import annotations

TABLE: dict[str, dict[str, str]] = {
    "option": {
        "ko": '{{ label|josa("은/는") }} {{ key }}번.',
        "en": "For {{ label }}, press {{ key }}.",
        "zh": "{{ label }}请按{{ key }}。",
        "ja": "{{ label }}は{{ key }}を。",
        "vi": "{{ label }}, bấm phím {{ key }}.",
        "mn": "{{ label }} бол {{ key }}.",
    },
    "help_operator": {
        "ko": "상담사 연결은 0번을 눌러 주십시오.",
        "en": "To speak to a counselor, press 0.",
        "zh": "转接咨询员请按0。",
        "ja": "相談員につなぐには0を押してください。",
        "vi": "Gặp tư vấn viên, bấm phím 0.",
        "mn": "Зөвлөхтэй холбогдох бол 0.",
    },
    "help_back": {
        "ko": "이전은 우물 정자,",
        "en": "To go back, press the pound key.",
        "zh": "返回请按井号键。",
        "ja": "戻るにはシャープを。",
        "vi": "Quay lại, bấm phím thăng.",
        "mn": "Буцах бол тор тэмдэг.",
    },
    "help_replay": {
        "ko": "다시 듣기는 별표입니다.",
        "en": "To hear this again, press star.",
        "zh": "重听请按星号键。",
        "ja": "もう一度聞くには米印を。",
        "vi": "Nghe lại, bấm phím sao.",
        "mn": "Дахин сонсох бол од тэмдэг.",
    },
    "nothing": {
        "ko": "입력이 없습니다.",
        "en": "I did not hear anything.",
        "zh": "没有收到您的输入。",
        "ja": "入力がありませんでした。",
        "vi": "Chúng tôi chưa nhận được lựa chọn.",
        "mn": "Сонголт хийгээгүй байна.",
    },
    "not_understood": {
        "ko": "잘못 누르셨거나 알아듣지 못했습니다.",
        "en": "I did not understand that.",
        "zh": "输入有误。",
        "ja": "認識できませんでした。",
        "vi": "Lựa chọn không hợp lệ.",
        "mn": "Ойлгосонгүй.",
    },
    "confirm": {
        "ko": "{{ heard }}, 맞으시면 1번, 아니면 2번을 눌러 주십시오.",
        "en": "I heard {{ heard }}. If that is right, press 1; if not, press 2.",
        "zh": "您说的是{{ heard }}。正确请按1，错误请按2。",
        "ja": "{{ heard }}でよろしければ1を、違う場合は2を押してください。",
        "vi": "{{ heard }}. Nếu đúng bấm phím 1, nếu sai bấm phím 2.",
        "mn": "{{ heard }}. Зөв бол 1, буруу бол 2.",
    },
    "yes": {"ko": "네", "en": "Yes", "zh": "是", "ja": "はい", "vi": "Đúng", "mn": "Тийм"},
    "no": {"ko": "아니요", "en": "No", "zh": "不是", "ja": "いいえ", "vi": "Sai", "mn": "Үгүй"},
    "skip": {
        "ko": "건너뛰려면 {{ key }}번.",
        "en": "To skip this, press {{ key }}.",
        "zh": "跳过请按{{ key }}。",
        "ja": "省略するには{{ key }}を。",
        "vi": "Bỏ qua, bấm phím {{ key }}.",
        "mn": "Алгасах бол {{ key }}.",
    },
    "position": {
        "ko": "앞에 {{ ahead|counter('명') }}이 기다리고 계십니다.",
        "en": "Callers ahead of you: {{ ahead }}.",
        "zh": "您前面有{{ ahead }}位。",
        "ja": "お待ちの方はあと{{ ahead }}人です。",
        "vi": "Trước quý vị còn {{ ahead }} người.",
        "mn": "Таны өмнө {{ ahead }} хүн байна.",
    },
    "next": {
        "ko": "다음 차례이십니다.",
        "en": "You are next.",
        "zh": "下一位就是您。",
        "ja": "次におつなぎします。",
        "vi": "Quý vị là người tiếp theo.",
        "mn": "Дараагийн ээлж таных.",
    },
    "eta": {
        "ko": "예상 대기 시간은 약 {{ eta|span }}입니다.",
        "en": "The estimated wait is about {{ eta|span }}.",
        "zh": "预计等待约{{ eta|span }}。",
        "ja": "待ち時間は約{{ eta|span }}の見込みです。",
        "vi": "Thời gian chờ dự kiến khoảng {{ eta|span }}.",
        "mn": "Хүлээх хугацаа ойролцоогоор {{ eta|span }}.",
    },
    "waiting": {
        "ko": "상담사를 연결하고 있습니다. 잠시만 기다려 주십시오.",
        "en": "Please hold; a counselor will be with you.",
        "zh": "正在为您转接，请稍候。",
        "ja": "おつなぎしています。少々お待ちください。",
        "vi": "Đang kết nối, xin vui lòng chờ.",
        "mn": "Холбож байна, түр хүлээнэ үү.",
    },
    "callback": {
        "ko": "차례를 지키며 전화를 돌려받으시려면 {{ key }}번을 눌러 주십시오.",
        "en": "To be called back and keep your place in line, press {{ key }}.",
        "zh": "如需保留排位并等候回电，请按{{ key }}。",
        "ja": "順番を保ったまま折り返し電話をご希望の方は{{ key }}を押してください。",
        "vi": "Để được gọi lại mà vẫn giữ lượt, bấm phím {{ key }}.",
        "mn": "Ээлжээ хадгалж, буцааж залгуулах бол {{ key }}.",
    },
    "voicemail": {
        "ko": "음성을 남기시려면 {{ key }}번을 눌러 주십시오.",
        "en": "To leave a message, press {{ key }}.",
        "zh": "留言请按{{ key }}。",
        "ja": "伝言を残すには{{ key }}を押してください。",
        "vi": "Để lại lời nhắn, bấm phím {{ key }}.",
        "mn": "Мессеж үлдээх бол {{ key }}.",
    },
    "screen_help": {
        "ko": "0 상담사 · # 이전 · * 다시",
        "en": "0 counselor · # back · * again",
        "zh": "0 咨询员 · # 返回 · * 重复",
        "ja": "0 相談員 · # 戻る · * もう一度",
        "vi": "0 tư vấn viên · # quay lại · * lặp lại",
        "mn": "0 зөвлөх · # буцах · * дахин",
    },
    "in_line": {
        "ko": "이미 상담사를 기다리고 계십니다.",
        "en": "You are already waiting for a counselor.",
        "zh": "您已在等候咨询员。",
        "ja": "すでに相談員をお待ちいただいています。",
        "vi": "Quý vị đang chờ tư vấn viên.",
        "mn": "Та зөвлөхийг хүлээж байна.",
    },
    "trouble": {
        "ko": "연결에 문제가 있어 상담사에게 연결합니다.",
        "en": "Something went wrong; you are being put through to a counselor.",
        "zh": "系统出现问题，正在为您转接咨询员。",
        "ja": "問題が発生したため、相談員におつなぎします。",
        "vi": "Có sự cố, đang chuyển quý vị đến tư vấn viên.",
        "mn": "Алдаа гарлаа, зөвлөхтэй холбож байна.",
    },
}

# What is said for the commands, and for yes and no. Compared without spaces, marks and case (ivr/hearing.py).
COMMANDS: dict[str, dict[str, tuple[str, ...]]] = {
    "operator": {
        "ko": ("상담사", "상담원", "사람", "교환"),
        "en": ("operator", "counselor", "agent", "person"),
        "zh": ("人工", "咨询员"),
        "ja": ("オペレーター", "相談員"),
        "vi": ("tư vấn viên", "tổng đài viên"),
        "mn": ("оператор", "зөвлөх"),
    },
    "back": {
        "ko": ("이전", "뒤로"),
        "en": ("back", "go back"),
        "zh": ("返回",),
        "ja": ("戻る",),
        "vi": ("quay lại",),
        "mn": ("буцах",),
    },
    "replay": {
        "ko": ("다시", "다시 듣기"),
        "en": ("again", "repeat"),
        "zh": ("重听", "再听"),
        "ja": ("もう一度",),
        "vi": ("nghe lại",),
        "mn": ("дахин",),
    },
    "yes": {
        "ko": ("네", "예", "맞아요", "맞습니다", "응", "그렇습니다"),
        "en": ("yes", "yeah", "right", "correct"),
        "zh": ("是", "对", "是的"),
        "ja": ("はい", "そうです"),
        "vi": ("đúng", "vâng", "có"),
        "mn": ("тийм", "зөв"),
    },
    "no": {
        "ko": (
            "아니요",
            "아니오",
            "아뇨",
            "틀려요",
            "틀렸어요",
            "아닙니다",
            "안 맞아요",
            "안 맞습니다",
            "맞지 않아요",
            "맞지 않습니다",
        ),
        "en": ("no", "wrong", "nope", "not right", "not correct", "incorrect"),
        "zh": ("不是", "不对", "不"),
        "ja": ("いいえ", "違います"),
        "vi": ("sai", "không", "không đúng"),
        "mn": ("үгүй", "буруу", "зөв биш"),
    },
}

# Keys as they are spoken.
SPOKEN_KEYS: dict[str, dict[str, str]] = {
    "ko": dict(
        zip(("공번", "일번", "이번", "삼번", "사번", "오번", "육번", "칠번", "팔번", "구번"), "0123456789", strict=True)
    ),
    "en": dict(
        zip(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), "0123456789", strict=True)
    ),
    "zh": dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    "ja": dict(
        zip(("ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"), "0123456789", strict=True)
    ),
    "vi": dict(
        zip(("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"), "0123456789", strict=True)
    ),
    "mn": dict(
        zip(("тэг", "нэг", "хоёр", "гурав", "дөрөв", "тав", "зургаа", "долоо", "найм", "ес"), "0123456789", strict=True)
    ),
}


def saying(name: str, language: str) -> str:
    """The shared sentence in that language, else in English."""
    pair = TABLE[name]
    return pair.get(language) or pair["en"]
