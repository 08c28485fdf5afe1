"""The demonstration's citizens: what they want and how they say it, in Korean and English.

A story is data: the topic (a queue code), lines that wait for an answer each, and whether it needs a ticket. The
people, places and troubles are invented; questions are of the kind that the starter articles answer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """``lines`` are said one after the other, each after an answer; the last one says goodbye."""

    name: str
    topic: str
    lines: tuple[str, ...]
    score: int = 5
    ticket: bool = False


STORIES: dict[str, tuple[Story, ...]] = {
    "ko": (
        Story(
            "passport",
            "general",
            ("여권을 잃어버렸어요. 다시 만들려면 어디로 가야 하나요?", "대리인이 가도 되나요?", "네, 감사합니다."),
        ),
        Story(
            "bulky",
            "general",
            (
                "이사하면서 장롱을 버려야 하는데 대형폐기물은 어떻게 신고해요?",
                "스티커는 어디서 사나요?",
                "친절하게 알려 주셔서 감사합니다.",
            ),
        ),
        Story(
            "streetlight",
            "traffic",
            (
                "골목 가로등이 며칠째 꺼져 있어서 밤에 무서워요. 신고하고 싶어요.",
                "마포구 성산동 주민센터 뒤 골목이에요.",
                "감사합니다. 기다릴게요.",
            ),
            ticket=True,
        ),
        Story(
            "water",
            "water",
            (
                "수도 요금이 갑자기 두 배로 나왔는데 어디서 누수 확인하나요?",
                "직접 확인하는 방법도 있나요?",
                "감사합니다!",
            ),
        ),
        Story(
            "parking",
            "traffic",
            (
                "집 앞에 불법 주정차가 너무 심해요. 어떻게 신고하나요?",
                "사진은 몇 장 필요해요?",
                "알겠습니다. 감사해요.",
            ),
            4,
        ),
        Story(
            "tax", "tax", ("자동차세를 한꺼번에 내면 할인되나요?", "어디서 신청하면 되죠?", "고맙습니다. 감사합니다.")
        ),
        Story(
            "pothole",
            "traffic",
            (
                "도로에 큰 구멍이 파여서 오토바이가 넘어질 뻔했어요. 신고합니다.",
                "은평구 응암역 3번 출구 앞 차도입니다.",
                "빨리 고쳐 주세요. 감사합니다.",
            ),
            ticket=True,
        ),
        Story(
            "welfare",
            "welfare",
            (
                "혼자 사시는 어머니께 안부 확인해 주는 서비스가 있나요?",
                "신청은 주민센터에서 하면 되나요?",
                "정말 감사합니다.",
            ),
        ),
        Story("recycling", "general", ("스티로폼은 어떻게 분리배출하나요?", "음식물이 묻어 있으면요?", "감사합니다~")),
        Story(
            "moving",
            "general",
            ("전입신고는 이사하고 며칠 안에 해야 하나요?", "인터넷으로도 할 수 있어요?", "네 감사합니다"),
        ),
    ),
    "en": (
        Story(
            "passport",
            "english",
            (
                "I lost my passport. Where do I go to get a new one?",
                "Can someone else apply for me?",
                "Thank you very much.",
            ),
        ),
        Story(
            "bulky",
            "english",
            (
                "I am moving and need to throw away a wardrobe. How do I report bulky waste?",
                "Where do I buy the sticker?",
                "Great, thank you!",
            ),
        ),
        Story(
            "streetlight",
            "english",
            (
                "The street light in our alley has been out for days. I want to report it.",
                "Behind the community centre in Seongsan-dong, Mapo-gu.",
                "Thank you, I will wait.",
            ),
            ticket=True,
        ),
        Story(
            "water",
            "english",
            ("My water bill suddenly doubled. How do I check for a leak?", "Can I check it myself?", "Thank you!"),
        ),
        Story(
            "parking",
            "english",
            (
                "There are always cars parked illegally in front of my house. How can I report them?",
                "How many photos do you need?",
                "I see, thank you.",
            ),
            4,
        ),
        Story(
            "recycling",
            "english",
            ("How do I sort styrofoam for recycling?", "What if there is food on it?", "Thank you :)"),
        ),
        Story(
            "pothole",
            "english",
            (
                "There is a big pothole in the road, I nearly fell. I want to report it.",
                "In front of exit 3 of Eungam station, Eunpyeong-gu.",
                "Please fix it soon. Thank you.",
            ),
            ticket=True,
        ),
        Story(
            "moving",
            "english",
            ("Within how many days after moving do I report my new address?", "Can I do it online?", "Thank you."),
        ),
    ),
}
THANKS = ("감사", "고맙", "thank")
REPORTS = ("신고하고 싶", "신고합니다", "want to report it")
CLARIFY = {
    "ko": "확인해 드리겠습니다. 어느 구, 어느 동에 계신지 알려 주시겠어요?",
    "en": "Let me check that for you. Which district and neighbourhood is it?",
}
FILED = {
    "ko": "말씀하신 내용을 응답소에 접수했습니다. 접수 번호가 나오면 이 대화에 바로 알려 드립니다.",
    "en": "I have filed your report with Eung-Dap-So. The ticket number will appear in this chat as soon as it is given.",
}
GOODBYE = {
    "ko": "이용해 주셔서 감사합니다. 좋은 하루 보내십시오.",
    "en": "Thank you for contacting 120. Have a good day.",
}
