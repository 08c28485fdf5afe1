"""What the staff page says, Korean and English, and the sentences for refusals of this desk."""

from __future__ import annotations

from dasan.core.errors import DasanError, sentence
from dasan.eungdapso.desk.states import ASKS_MAX

WORDS: dict[str, tuple[str, str]] = {
    "desk": ("응답소 창구", "Eung-Dap-So desk"),
    "demo": ("실제 응답소가 아닙니다", "not the city's real system"),
    "skip": ("본문으로 건너뛰기", "Skip to content"),
    "tickets": ("민원 목록", "Tickets"),
    "open_only": ("처리할 것", "To do"),
    "all": ("전체", "All"),
    "number": ("접수번호", "Number"),
    "find": ("찾기", "Find"),
    "typed": ("쓰신 글", "What you wrote"),
    "service": ("분류", "Service"),
    "state": ("상태", "State"),
    "due": ("처리 기한", "Due"),
    "late": ("기한 지남", "overdue"),
    "received": ("접수 시각", "Received"),
    "agency": ("담당 부서·기관", "Department or agency"),
    "officer": ("담당자", "Officer"),
    "text": ("내용", "Text"),
    "other": ("병합할 접수번호", "Number to merge into"),
    "what": ("민원 내용", "What was reported"),
    "place": ("위치", "Place"),
    "contact": ("연락처", "Contact"),
    "details": ("추가 항목", "Details"),
    "pictures": ("사진", "Pictures"),
    "picture": ("사진", "Picture"),
    "moves": ("할 수 있는 처리", "Possible now"),
    "no_moves": ("더 할 처리가 없습니다.", "Nothing more to do."),
    "history": ("처리 이력", "History"),
    "remarks": ("민원인·상담센터가 보낸 말", "From the citizen or the call centre"),
    "nothing": ("없습니다.", "None."),
    "token": ("임시번호", "Token"),
    "waiting_number": ("번호 대기", "no number yet"),
    "key": ("직원 인증키", "Staff key"),
    "sign_in": ("들어가기", "Sign in"),
    "sign_out": ("나가기", "Sign out"),
    "signed_in_as": ("사용자", "Signed in as"),
    "needed": ("필수", "required"),
    "answer_hint": ("답변은 시민에게 그대로 전해집니다.", "The citizen reads the answer as it is written."),
    "pages": ("쪽", "Pages"),
    "open_to_all": (
        "누구나 읽을 수 있는 분류입니다. 이름이나 전화번호를 적지 마십시오.",
        "Everybody may read this kind of ticket: write no names or numbers.",
    ),
    "next": ("다음", "Next"),
    "previous": ("이전", "Previous"),
    "done": ("처리했습니다.", "Done."),
    "language": ("English", "한국어"),
    "filter": ("상태별로 보기", "By state"),
    "extended": ("연장됨", "extended"),
    "not_found": ("찾을 수 없습니다.", "Not found."),
}

CONTACTS: dict[str, tuple[str, str]] = {
    "phone": ("전화", "Telephone"),
    "email": ("전자우편", "E-mail"),
    "first_name": ("이름", "Given name"),
    "last_name": ("성", "Family name"),
    "device_id": ("기기", "Device"),
    "account_id": ("계정", "Account"),
}

REFUSALS: dict[str, tuple[str, str]] = {
    "desk_no_such_ticket": ("그 접수번호는 없습니다.", "There is no such ticket."),
    "desk_no_such_other": (
        "병합할 접수번호({other})를 찾을 수 없습니다. 번호를 다시 보아 주십시오.",
        "The ticket to merge into ({other}) was not found; check the number.",
    ),
    "desk_guard": ("이 처리는 더 할 수 없습니다: {what}", "This cannot be done: {what}"),
    "desk_missing": ("빠진 것이 있습니다: {what}", "Something is missing: {what}"),
    "desk_wrong_key": ("인증키가 맞지 않습니다.", "That key is not valid."),
    "desk_locked": (
        "여러 번 틀렸습니다. 5분 뒤에 다시 해 주십시오.",
        "Too many wrong keys; try again in five minutes.",
    ),
    "desk_stale_form": ("화면이 오래되었습니다. 다시 해 주십시오.", "This page was out of date; please try again."),
}

GUARDS: dict[str, tuple[str, str]] = {
    "asks_left": (f"보완 요청은 {ASKS_MAX}번까지입니다", f"the citizen may be asked {ASKS_MAX} times at most"),
    "asks_used": (f"보완을 {ASKS_MAX}번 요청한 뒤에만 됩니다", f"only after asking {ASKS_MAX} times"),
    "not_extended": ("연장은 한 번뿐입니다", "a term is extended only once"),
}


def word(name: str, language: str) -> str:
    korean, english = WORDS[name]
    return english if language == "en" else korean


def refusal(wrong: DasanError, language: str) -> str:
    """One sentence for a person: what was refused and what is possible."""
    pair = REFUSALS.get(wrong.code)
    if pair is None:
        return sentence(wrong.code, language, wrong.args_)
    args = {name: _spoken(str(value), language) for name, value in wrong.args_.items()}
    return pair[language == "en"].format(**args)


def _spoken(value: str, language: str) -> str:
    pair = GUARDS.get(value) or WORDS.get(value)
    return pair[language == "en"] if pair else value
