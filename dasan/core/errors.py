"""What can go wrong, sorted by whose fault it is (ARCHITECTURE §6).

Every error that a person may read has a stable ``code``; the sentences stand in one table here, Korean first, and are
spoken in the reader's language by :func:`sentence`. Raising one of these never changes anything: a refused command
leaves state, journal and outbox as they were. Whatever is not one of these classes is our own fault and is logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dasan.core.state_words import spoken

Arg = str | int


class DasanError(Exception):
    """The base of all expected errors; carries ``code`` (stable) and ``args_`` for its sentence."""

    def __init__(self, code: str, **args: Arg) -> None:
        super().__init__(code, args)
        self.code = code
        self.args_: dict[str, Arg] = args

    def __str__(self) -> str:
        return sentence(self.code, "en", self.args_)


class Refused(DasanError):
    """Timing or rights: the command was understood and is not possible now. Nothing changed."""


class BadInput(DasanError):
    """The caller's or provider's fault: signature, size, shape or rate. Counted, nothing echoed."""


class Clash(DasanError):
    """Somebody else wrote the stream first; the caller reloads and decides again, a bounded number of times."""

    def __init__(self, stream: str) -> None:
        super().__init__("clash", stream=stream)
        self.stream = stream


class Broken(DasanError):
    """Our own fault: logged with its traceback; that command fails and the process lives."""

    def __init__(self) -> None:
        super().__init__("internal")


class StorageFull(DasanError):
    """The journal cannot be written (full or read-only disk). New input is refused; what was acknowledged is kept."""

    def __init__(self) -> None:
        super().__init__("storage_full")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a configuration: where it stands and what would be right."""

    key: str
    message_ko: str
    message_en: str
    file: str = ""
    line: int = 0
    nearest: str = ""


class ConfigWrong(DasanError):
    """The operator's fault: the program refuses to start and names every problem at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("config_wrong", count=len(problems))
        self.problems = problems


class ProviderFailed(DasanError):
    """An outside system failed. ``unknown_outcome``: it may have done the work; ask before sending again.

    ``after_s`` is the provider's own wish for the next attempt, in seconds, or None.
    """

    def __init__(
        self,
        code: str,
        *,
        retryable: bool,
        after_s: float | None = None,
        unknown_outcome: bool = False,
        detail: str = "",
    ) -> None:
        super().__init__(code)
        self.retryable = retryable
        self.after_s = after_s
        self.unknown_outcome = unknown_outcome
        self.detail = detail


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that the other side would not take."""

    field: str
    reason: str


class Rejected(DasanError):
    """The outside system understood and will not take it as it is; a person corrects the named fields."""

    def __init__(self, faults: tuple[FieldFault, ...] = (), *, code: str = "ticket_rejected", detail: str = "") -> None:
        super().__init__(code)
        self.faults = faults
        self.detail = detail


def sentence(code: str, language: str, args: Mapping[str, Arg] | None = None) -> str:
    """The sentence for ``code`` in ``language`` ("ko", else English). An unknown code is shown as itself."""
    pair = SENTENCES.get(code)
    if pair is None:
        return code
    template, told = pair[0 if language == "ko" else 1], _Blank(args or {})
    if "state" in told:
        told["state"] = spoken(str(told["state"]), language)
    return template.format_map(told)


class _Blank(dict[str, Arg]):
    """A missing argument shows as a dash: an error message must never raise another error."""

    def __missing__(self, key: str) -> Arg:
        return "-"


SENTENCES: dict[str, tuple[str, str]] = {
    # -- refused: timing or rights
    "not_now": ("지금 상태({state})에서는 할 수 없습니다.", "Not possible in the present state ({state})."),
    "no_such_session": (
        "상담을 찾을 수 없습니다. 이미 끝났을 수 있습니다.",
        "There is no such session; it may have ended.",
    ),
    "no_such_item": ("해당 상담 건이 없습니다.", "There is no such work item."),
    "no_such_offer": ("해당 배정 제안이 없습니다.", "There is no such offer."),
    "no_such_counselor": ("해당 상담사가 없습니다.", "There is no such counselor."),
    "no_such_queue": ("해당 대기열이 없습니다. 있는 대기열: {known}", "There is no such queue. Known: {known}"),
    "queue_closed": (
        "지금은 이 상담의 운영 시간이 아닙니다. 글을 남겨 두시거나 다른 주제를 골라 주십시오.",
        "This topic is closed just now. Leave a message for its opening, or choose another topic.",
    ),
    "transfer_closed": (
        "그 대기열은 지금 운영 시간이 아닙니다. 다른 대기열이나 상담사에게 넘기십시오.",
        "That queue is closed just now; pass it to another queue or to a counselor.",
    ),
    "no_such_handoff": ("해당 민원 접수 건이 없습니다.", "There is no such hand-off."),
    "no_such_entry": ("해당 글이 없습니다.", "There is no such entry."),
    "already_taken": ("다른 상담사가 먼저 받았습니다.", "Another counselor took it first."),
    "offer_over": ("배정 제안이 이미 끝났습니다({state}).", "That offer is already over ({state})."),
    "not_yours": ("내가 맡은 상담이 아닙니다.", "That session is not yours."),
    "capacity_full": (
        "처리량이 가득 찼습니다. 한 건을 끝내고 다시 하십시오.",
        "Your capacity is full; finish one first.",
    ),
    "stale_console": (
        "이 콘솔은 더 새로운 콘솔로 바뀌었습니다. 다시 접속하십시오.",
        "A newer console replaced this one. Sign in again.",
    ),
    "session_closed": ("끝난 상담입니다. 새로 문의해 주십시오.", "This session is over. Please start a new one."),
    "disposition_needed": ("처리 결과를 골라야 끝낼 수 있습니다.", "Choose a result before finishing."),
    "category_needed": ("분류를 골라야 합니다.", "Choose a category."),
    "extension_used": ("후처리 연장은 한 번만 됩니다.", "Wrap-up can be extended only once."),
    "not_supervisor": ("감독 권한이 필요합니다.", "This needs a supervisor."),
    "not_looking": (
        "이 상담을 살펴보고 있지 않습니다. 먼저 살펴보기를 시작하십시오.",
        "You are not looking at this session; begin to look first.",
    ),
    "looks_full": (
        "한 번에 {limit}건까지 살펴볼 수 있습니다. 하나를 그만두고 다시 하십시오.",
        "You can look at {limit} sessions at once; leave one first.",
    ),
    "looked_at": (
        "이미 감독 {limit}명이 이 상담을 살펴보고 있습니다.",
        "{limit} supervisors are looking at this session already.",
    ),
    "not_admin": ("관리자 권한이 필요합니다.", "This needs an administrator."),
    "reason_needed": ("사유를 적어야 합니다.", "Give a reason."),
    "key_reused": ("같은 요청 번호로 다른 내용이 왔습니다.", "The same request id came with another body."),
    "clash": ("동시에 다른 변경이 있었습니다. 다시 해 주십시오.", "Somebody changed this at the same time. Try again."),
    "busy": ("지금 처리량이 많습니다. {after_s}초 뒤에 다시 해 주십시오.", "Busy just now; try again in {after_s} s."),
    "storage_full": (
        "저장 공간 문제로 새 글을 받을 수 없습니다. 이미 받은 글은 안전합니다. 잠시 뒤 다시 보내 주십시오.",
        "New messages cannot be stored just now. What was received is safe. Please send again shortly.",
    ),
    "internal": (
        "처리 중 오류가 났습니다. 기록해 두었으니 잠시 뒤 다시 해 주십시오.",
        "Something went wrong on our side. It was recorded; please try again shortly.",
    ),
    "erased": ("요청에 따라 지워진 내용입니다.", "This content was erased on request."),
    "handoff_open": (
        "응답소 접수가 끝나지 않아 상담을 닫을 수 없습니다.",
        "The session cannot close before its ticket is acknowledged.",
    ),
    "leg_over": ("연결이 이미 끝났습니다.", "That connection has ended."),
    "no_call": ("이 상담에는 통화가 없습니다.", "There is no telephone call in this session."),
    "nobody_reads": (
        "민원인이 글을 받을 수 있는 연결이 없습니다. 메모로 남기십시오.",
        "The citizen has no connection that could show it; leave a note instead.",
    ),
    "consulted_only": (
        "문의를 받은 통화입니다. 민원인을 맡은 상담사만 할 수 있습니다.",
        "You are only being consulted; this is for the counselor who has the citizen.",
    ),
    "not_joined": (
        "상대방이 아직 받지 않았습니다. 받은 뒤에 다시 하십시오.",
        "The other side has not answered yet; try again once they have.",
    ),
    "unreachable": (
        "상담사 {counselor}님은 지금 받을 수 없습니다. 다른 상담사나 대기열을 고르십시오.",
        "Counselor {counselor} cannot take it now; choose another counselor or a queue.",
    ),
    "no_such_line": ("해당 연결처가 없습니다. 있는 연결처: {known}", "There is no such line. Known: {known}"),
    "line_without_number": (
        "연결처 {line}의 번호가 정해져 있지 않습니다. 운영자에게 알려 주십시오.",
        "No number is set for the line {line}; tell the operator.",
    ),
    "place_needed": (
        "{line}에 알릴 위치를 적어야 합니다.",
        "{line} asks where the citizen is; give the place.",
    ),
    "not_recording": ("녹음하고 있지 않은 통화입니다.", "This call is not being recorded."),
    "no_such_recording": ("이 상담에는 그런 녹음이 없습니다.", "This session has no such recording."),
    "recording_gone": ("보존 기간이 지나 녹음을 지웠습니다.", "It was deleted: its retention time is over."),
    "out_of_step": (
        "메뉴의 순서가 맞지 않습니다. 다음 단계는 {step}입니다.",
        "That is not the menu's next step; {step} is.",
    ),
    "rating_given": ("이미 평가해 주셨습니다. 고맙습니다.", "You have already rated this. Thank you."),
    "no_such_callback": ("회신 전화 예약이 없습니다.", "There is no such callback."),
    "no_such_text": ("해당 문자가 없습니다.", "There is no such text message."),
    "no_such_plan": ("해당 안부 전화 계획이 없습니다.", "There is no such plan of care calls."),
    "already_planned": (
        "이 번호에는 같은 안부 전화 계획이 이미 있습니다.",
        "There is a plan of the same care calls for this number already.",
    ),
    "no_such_receipt": ("그 접수번호가 없습니다. 다시 여쭤 보십시오.", "There is no such receipt; ask for it again."),
    "no_such_merge": ("그 신원 연결이 없거나 이미 거두었습니다.", "There is no such merge, or it was taken back."),
    "one_already": ("이미 같은 사람으로 이어져 있습니다.", "These are one person already."),
    "merged_full": ("신원은 {limit}개까지입니다. 감독과 확인하십시오.", "At most {limit} are one; see a supervisor."),
    "no_such_strike": ("해당 경고 기록이 없습니다.", "There is no such strike."),
    "number_needed": (
        "전화번호가 필요합니다. 국내 번호를 지역번호나 010부터 적어 주십시오.",
        "A telephone number is needed: a Korean one, written from its area code or 010.",
    ),
    "no_key": ("이 항목의 내용을 열 수 없습니다.", "The content of this item cannot be opened."),
    # -- bad input
    "malformed": ("보낸 내용의 형식이 맞지 않습니다: {field}", "The message is not well formed: {field}"),
    "too_long": ("글이 너무 깁니다. {limit}자까지 보낼 수 있습니다.", "Too long; the limit is {limit} characters."),
    "too_large": ("파일이 너무 큽니다. {limit_mb}MB까지 됩니다.", "The file is too large; the limit is {limit_mb} MB."),
    "empty": ("내용이 없습니다.", "There is nothing to send."),
    "oversized": (
        "요청이 정해진 크기나 항목 수를 넘었습니다. 처리하지 않았습니다.",
        "The request exceeds the size or number of fields that is taken; nothing was done.",
    ),
    "bad_signature": (
        "서명이 맞지 않는 요청입니다. 통신사 인증 값과 공개 주소(server.public_url) 설정을 확인하십시오.",
        "The request's signature is not right; check the network's token and server.public_url.",
    ),
    "wrong_account": (
        "다른 통신 계정에서 온 요청입니다. 설정한 계정 번호(voice.account_sid)를 확인하십시오.",
        "The request belongs to another account; check voice.account_sid.",
    ),
    "too_fast": (
        "너무 빠르게 보내고 있습니다. {after_s}초 뒤에 다시 보내 주십시오.",
        "Too fast; try again in {after_s} s.",
    ),
    "too_many": (
        "지금 접속이 많습니다. 잠시 뒤 다시 와 주십시오.",
        "Too many connections just now; come back shortly.",
    ),
    "no_such_page": ("없는 주소입니다.", "There is nothing at this address."),
    "bad_origin": ("허용되지 않은 페이지에서 온 접속입니다.", "This page may not connect here."),
    "bad_token": (
        "이어 갈 수 없는 접속입니다. 처음부터 다시 시작해 주십시오.",
        "This conversation cannot be resumed; start anew.",
    ),
    "bad_version": ("화면이 오래되었습니다. 새로 고쳐 주십시오.", "This page is out of date; reload it."),
    "not_an_image": (
        "사진(JPEG, PNG, WebP)만 보낼 수 있습니다.",
        "Only photos (JPEG, PNG, WebP) can be sent.",
    ),
    "image_too_big": (
        "사진이 너무 큽니다. 더 작은 사진을 보내 주십시오.",
        "The picture is too big; send a smaller one.",
    ),
    "sign_in_failed": ("이름이나 비밀번호가 맞지 않습니다.", "The name or the password is wrong."),
    "locked_out": (
        "여러 번 틀려 잠겼습니다. {after_s}초 뒤에 다시 해 주십시오.",
        "Too many wrong tries; locked for {after_s} s.",
    ),
    "no_hello": (
        "접속한 뒤 인사가 없어 연결을 닫았습니다. 다시 접속하십시오.",
        "Nothing was said after connecting, so the connection was closed. Connect again.",
    ),
    "frame_too_big": (
        "한 번에 보낸 내용이 너무 큽니다. {limit_kb}KB까지 됩니다. 나누어 보내 주십시오.",
        "Too much at once; the limit is {limit_kb} KB. Send it in parts.",
    ),
    "signed_out": ("로그인이 끝났습니다. 다시 로그인하십시오.", "You are signed out. Sign in again."),
    # -- an administrator's wishes about accounts and keys
    "calls_only": ("전화 상담에서만 됩니다.", "Only in calls."),
    "no_text_in_call": (
        "전화 상담에서는 글을 보낼 수 없습니다. 메모로 남기십시오.",
        "In a call nothing can be written to the citizen; leave a note.",
    ),
    "consult_waits": (
        "협의 상대가 아직 받지 않았습니다.",
        "The one you consult has not answered yet.",
    ),
    "no_consult": ("협의 중이 아닙니다.", "Nobody is being consulted."),
    "bad_phone": (
        "울릴 수 없는 전화입니다. client:이름, sip:이름@주소, app:이름, +82로 시작하는 번호 가운데 하나여야 합니다.",
        "Nothing can ring that: it must be client:name, sip:name@host, app:name, or a number that begins with +.",
    ),
    "no_such_account": (
        "없는 계정입니다: {name}. 목록: dasan user list",
        "No such account: {name}. See `dasan user list`.",
    ),
    "name_taken": ("이미 있는 이름입니다: {name}", "That name is taken: {name}"),
    "bad_name": (
        "이름은 소문자·숫자·점·밑줄·붙임표 2~32자입니다: {name}",
        "A name has 2 to 32 of a-z, 0-9, dot, underscore, hyphen: {name}",
    ),
    "last_admin": (
        "마지막 관리자는 그대로 둡니다. 먼저 다른 관리자를 만드십시오.",
        "This is the last administrator; add another first.",
    ),
    "other_master_key": (
        "켜져 있는 서버가 다른 열쇠를 씁니다. 설정을 읽도록 서버를 다시 켠 뒤 다시 하십시오.",
        "The running server uses another master key than the settings name. Restart it, then try again.",
    ),
    # -- outside systems
    "ticket_rejected": (
        "응답소가 접수하지 않았습니다. 표시된 항목을 고쳐 주십시오.",
        "Eung-Dap-So did not take it; mend the fields.",
    ),
    "eungdapso_down": (
        "응답소에 연결할 수 없습니다. 자동으로 다시 시도합니다.",
        "Eung-Dap-So is out of reach; retrying.",
    ),
    "eungdapso_unclear": (
        "응답소의 답을 받지 못했습니다. 접수 여부를 확인한 뒤 다시 보냅니다.",
        "Eung-Dap-So did not answer; we ask whether it has it before sending again.",
    ),
    "eungdapso_refused": ("응답소가 요청을 거절했습니다.", "Eung-Dap-So refused the request."),
    "call_gone": ("통화가 이미 끝났습니다.", "That call is over."),
    "network_busy": (
        "통신사가 지금은 더 받지 않습니다. 잠시 뒤 다시 시도합니다.",
        "The network takes no more just now; we try again shortly.",
    ),
    "network_down": (
        "통신사에 연결할 수 없습니다. 자동으로 다시 시도합니다.",
        "The network is out of reach; retrying.",
    ),
    "network_unclear": (
        "통신사의 답을 받지 못했습니다. 되었는지 확인한 뒤 다시 시도합니다.",
        "The network did not answer; we ask whether it was done before trying again.",
    ),
    "network_refused": ("통신사가 요청을 거절했습니다.", "The network refused the request."),
    "network_auth": (
        "통신사가 인증을 거절했거나 계정이 멈춰 있습니다. voice.account_sid, 인증 값, 계정 상태를 보십시오.",
        "The network refused our credentials, or the account is suspended; check voice.account_sid, token and account.",
    ),
    "bad_number": ("걸거나 보낼 수 없는 번호입니다.", "That number cannot be called or written to."),
    "bad_sender": (
        "발신 번호로 쓸 수 없는 번호입니다. voice.caller_id를 확인하십시오.",
        "That number cannot be the sender; check voice.caller_id.",
    ),
    "opted_out": (
        "문자 수신을 거부한 번호입니다. 보내지 않습니다.",
        "That number has opted out; nothing is sent to it.",
    ),
    "label_taken": ("그 자리에는 이미 다른 통화가 있습니다.", "Another call has that place in the room."),
    "no_coach": ("함께 들을 통화를 찾을 수 없습니다.", "The call to be coached was not found."),
    "not_accepted": (
        "설정에서 허락하지 않은 기능입니다(voice.accept).",
        "The settings have not accepted this (voice.accept).",
    ),
    # -- the operator's
    "damaged": (
        "자료 저장소 파일이 손상되었습니다. 서버를 끄고 마지막 사본을 되돌리십시오: dasan db restore",
        "The database's file is damaged. Stop the server and put the last copy back: dasan db restore",
    ),
    "out_of_reach": (
        "자료 저장소에 닿지 않습니다: {reason}. 데이터베이스가 켜져 있는지, database.url이 맞는지 보십시오.",
        "The database cannot be reached: {reason}. See whether it runs and whether database.url is right.",
    ),
    "config_wrong": ("설정에 문제가 {count}건 있습니다.", "The configuration has {count} problem(s)."),
}
