"""Words of the city that a general dictionary does not know, and words that carry no question.

``CITY_WORDS`` keep names whole; a compound that people also write with a space does not belong there, or the two
ways of writing it would no longer meet. ``SMALL_TALK`` is what people say around a question; a turn made only of it
asks nothing. Both are data: extend them freely, and raise ``WORDS_VERSION`` so that indexes are rebuilt.
"""

from __future__ import annotations

WORDS_VERSION = 2

_CITY_WORDS = """
기후동행카드 따릉이 응답소 다산콜 포트홀 싱크홀 정화조 서울사랑상품권 정부24 위택스 이택스 홈택스
바우처 새올 안심이 에코마일리지 문화누리카드 첫만남이용권 복지로 미세먼지 재산세 자동차세 주민세
취득세 지방세 누수 동파 여권 보건소 주민센터 분리수거 분리배출 재활용품 과태료 주정차 이의신청
반려견 요일 층간소음 확정일자 전입신고 인감증명서 본인서명사실확인서 아리수
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

# words of an English question that name nothing; left out of queries only, so that articles keep them
_ENGLISH_GLUE = """
a an the i me my we our you your he she it its they them this that these those is am are was were be been do does did
have has had can could will would shall should may might must to of in on at for from with by about as into and or but
not no if then than so what which who whom whose when where why how there here please want need get got let us
"""
ENGLISH_GLUE: frozenset[str] = frozenset(_ENGLISH_GLUE.split())
