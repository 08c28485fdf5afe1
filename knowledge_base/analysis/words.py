"""Words of the city that a general dictionary does not know, and words that carry no question.

``CITY_WORDS`` keep compound names whole. ``SMALL_TALK`` is what people say around a question; a turn made only of it
asks nothing. Both are data: extend them freely, and raise ``WORDS_VERSION`` so that indexes are rebuilt.
"""

from __future__ import annotations

WORDS_VERSION = 1

_CITY_WORDS = """
기후동행카드 따릉이 응답소 다산콜 거주자우선주차 거주자우선주차장 전입세대확인서 포트홀 싱크홀 대형폐기물
음식물쓰레기 종량제봉투 불법주정차 주정차위반 정화조 지역화폐 서울사랑상품권 무인민원발급기 정부24 위택스
이택스 인감증명서 본인서명사실확인서 주민등록등본 주민등록초본 가족관계증명서 장애인콜택시 바우처 긴급복지
기초생활수급자 차상위계층 전기차충전소 공공자전거 제설함 수도계량기 누수 동파 새올 안심이 청년월세
에코마일리지 미세먼지 도로명주소 지방세 재산세 자동차세 주민세 취득세 등록면허세 여권 사전투표 보건소
예방접종 주민센터 구청 시청 콜센터
"""
CITY_WORDS: tuple[str, ...] = tuple(_CITY_WORDS.split())

_SMALL_TALK = """
안녕 안녕하세요 안녕하십니까 여보세요 수고하세요 수고하십니다 수고 네 넵 넹 예 아니요 아니오 아니 감사
감사합니다 고맙습니다 고마워요 감사해요 죄송합니다 죄송해요 알겠습니다 알겠어요 그래요 그렇군요 그렇구나
맞아요 맞습니다 아 음 저기 저기요 저 그 어 잠시만요 잠깐만요 네네 예예 문의 문의드립니다 질문 있어요
있는데요 있습니다 궁금합니다 궁금해서요 ㅎㅎ ㅋㅋ ㅠㅠ ㅇㅇ 오케이 좋아요 부탁드립니다 부탁드려요 하나 뭐
좀 상담 상담원 상담사 연결 연결해주세요 hello hi hey thanks thank you ok okay yes no please sorry good
morning afternoon evening i have a question bye great sure 你好 您好 谢谢 謝謝 好的 こんにちは ありがとう
はい xin chào cảm ơn сайн байна уу баярлалаа
"""
SMALL_TALK: frozenset[str] = frozenset(_SMALL_TALK.split())
