"""Words of the city that a general dictionary does not know, everyday words for them, and words that ask nothing.

``CITY_WORDS`` keep names whole; a compound that people also write with a space does not belong there, or the two
ways of writing it would no longer meet. ``EVERYDAY`` is what people say for what an office calls otherwise.
``SMALL_TALK`` is what people say around a question; a turn made only of it asks nothing. The glues are words of a
question that name nothing. All are data: extend them freely, and raise ``WORDS_VERSION`` when ``CITY_WORDS`` (or the
empty words of ``morphemes``) change, so that indexes are rebuilt; the others shape queries only.
"""

from __future__ import annotations

WORDS_VERSION = 3

_CITY_WORDS = """
기후동행카드 따릉이 응답소 다산콜 포트홀 싱크홀 정화조 서울사랑상품권 정부24 위택스 이택스 홈택스
바우처 새올 안심이 에코마일리지 문화누리카드 첫만남이용권 복지로 미세먼지 재산세 자동차세 주민세
취득세 지방세 누수 동파 여권 보건소 주민센터 분리수거 분리배출 재활용품 과태료 주정차 이의신청
반려견 요일 층간소음 확정일자 전입신고 인감증명서 본인서명사실확인서 아리수
"""
CITY_WORDS: tuple[str, ...] = tuple(_CITY_WORDS.split())

_SMALL_TALK = """
안녕 안녕하세요 안녕하십니까 여보세요 수고하세요 수고하십니다 수고 네 넵 넹 예 아니요 아니오 아니 감사
감사합니다 고맙습니다 고마워요 감사해요 죄송합니다 죄송해요 알겠습니다 알겠어요 그래요 그렇군요 그렇구나 맞아요
맞습니다 아 음 저기 저기요 저 그 어 잠시만요 잠깐만요 네네 예예 문의 문의드립니다 질문 있어요 있는데요 있습니다
궁금합니다 궁금해서요 ㅎㅎ ㅋㅋ ㅠㅠ ㅇㅇ 오케이 좋아요 부탁드립니다 부탁드려요 하나 뭐 좀 상담 상담원 상담사
연결 연결해주세요 hello hi hey thanks thank you ok okay yes no please sorry good morning afternoon evening i
have a question bye great sure 你好 您好 谢谢 謝謝 好的 こんにちは ありがとう はい xin chào cảm ơn сайн байна
уу баярлалаа 많으십니다 많으세요 고생하세요 고생하십니다 괜찮습니다 괜찮아요 됐어요 됐습니다 말씀 잘
알아들었습니다 알아들었어요 잠깐만 잠시만 기다려 기다려주세요 주세요 이따가 할게요 그건 그거 아까 아까도 다시
한번만요 안녕히 계세요 들어가세요 끊을게요 그럼 그렇게 그냥 정말 너무 진짜
기다릴게요 기다리겠습니다 기다릴게 i'll will wait see very much day nice
"""
SMALL_TALK: frozenset[str] = frozenset(_SMALL_TALK.split())

# words of an English question that name nothing; left out of queries only, so that articles keep them
_ENGLISH_GLUE = """
a an the i me my we our you your he she it its they them this that these those is am are was were be been do does did
have has had can could will would shall should may might must to of in on at for from with by about as into and or but
not no if then than so what which who whom whose when where why how there here please want need get got let us
"""
ENGLISH_GLUE: frozenset[str] = frozenset(_ENGLISH_GLUE.split())

# whole words of a Korean question that name nothing; left out of queries only
_KOREAN_GLUE = """
안 못 잘 좀 더 다 꼭 또 왜 뭐 뭘 뭔가 무엇 무엇을 무슨 어디 어디서 어디로 어디에 어디에서 어디예요 어디에요
어디인가요 언제 언제까지 언제부터 언제예요 얼마 얼마나 얼마예요 얼마인가요 누가 누구 어느 어떤 어떻게 어떡해
어떡해요 어떡하죠 어떡하나요 이 그 저 이거 그거 저거 이게 그게 저게 이건 그건 저건 것 거 게 건 거요 거예요 수 때
데 곳 제 제가 저는 저희 나 나는 내가 우리 지금 오늘 어제 내일 아까 방금 이제 혹시 그냥 막 너무 정말 진짜 아주
많이 자꾸 계속 다시 먼저 같이 함께 해 해요 하나요 하면 하려면 하려고 하려는데 하고 해서 해야 했는데 했어요
합니다 할 할게요 하는 하는데 한 한번 되나요 되는 되는데 되는지 돼요 돼 됩니까 됩니다 될까요 되죠 있나요 있어요
있는 있는데 있는지 있는지요 있을까요 있습니다 있다던데 없어요 없나요 없는 없는데 없습니다 싶어요 싶은데 싶은데요
싶습니다 싶고 싶다 주세요 줘 줘요 주나요 주시겠어요 주십시오 달라고 알려주세요 알려줘 알려 가르쳐 궁금합니다
궁금해요 문의 문의드려요 문의합니다 여쭤봐도 여쭙니다 같아요 같은데 같은데요 것같아요 맞나요 맞죠 인가요 건가요
그런데 근데 그럼 그러면 그리고 그래서 하지만 아니 때문에 관련 관해서 대해 대해서 방법 방법이 방법을 그렇게
이렇게 아까도 물어봤는데요 다른 보니까 와서 와서요 기다려 잠깐만 전화가 말씀 말씀하신
"""
KOREAN_GLUE: frozenset[str] = frozenset(_KOREAN_GLUE.split())

# what people say: what the offices call it, one pair of a line; the everyday word is looked for at the head of a word
_EVERYDAY = """
민증: 주민등록증
등본: 주민등록등본
초본: 주민등록초본
동사무소: 동주민센터
행정복지센터: 동주민센터
사이트: 누리집
홈페이지: 누리집
핸드폰: 휴대전화
애기: 아기 아이
애가: 아이
강아지: 개 유기견
위층: 윗집
윗층: 윗집
벌금: 과태료
전세금: 전세 보증금
임대인: 집주인
임차인: 세입자
아기: 아이
애들: 아이
딱지: 과태료
파킹: 주차
수도세: 수도요금
물값: 수도요금
물세: 수도요금
굴착기: 공사장 소음
팟홀: 포트홀
싱크홀: 도로 구멍
인도: 보도
보도블럭: 보도블록
침대: 대형폐기물
매트리스: 대형폐기물
장롱: 대형폐기물
소파: 대형폐기물
리사이클: 재활용품
분리배출: 재활용품 분리수거
스티로폼: 재활용품
쓰레기봉투: 종량제 봉투
계란: 달걀
노령연금: 기초연금
출산: 출생 아이
테니스장: 체육시설 예약
축구장: 체육시설 예약
풋살: 체육시설 예약
운동장: 체육시설 예약
헬스장: 체육시설
경복궁: 고궁
창덕궁: 고궁
야간개장: 야간 관람
임대아파트: 공공임대주택
보건증: 건강진단결과서 보건증
주사: 예방접종
키오스크: 무인민원발급기
무인발급기: 무인민원발급기
완납증명: 납세증명서
할부: 분할 납부
분납: 분할 납부
분실물: 유실물
수화: 수어
"""
EVERYDAY: dict[str, str] = dict(line.split(": ") for line in _EVERYDAY.strip().splitlines())
