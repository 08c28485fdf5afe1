"""What is done for a citizen whom nobody could take: the mandatory fallback of DOMAIN §3, by the queue's policy.

By ticket: what she wrote is filed with Eung-Dap-So as it stands, under the queue's category, in the transaction that
ends her wait; the session then closes with the receipt (I12, I13). By message: she is told where to go. Who has written
nothing, or has a case on its way already, has nothing to file, and is told.
"""

from __future__ import annotations

from dasan.core import commands as c
from dasan.core import handoff as handoffs
from dasan.core.handlers.tickets import PHOTOS_MAX, file_for
from dasan.core.policy import BY_TICKET
from dasan.core.session import Session
from dasan.core.text import clean_line
from dasan.core.work import Work
from dasan.core.workitem import WorkItem

# For the department that reads it. Summary, words and our reference together stay under the 4,000 characters of a case.
HEADING = "[120 채팅 상담 전 접수]"
SUMMARY_CHARS_MAX = 80
WORDS_CHARS_MAX = 3_600


def file_instead(w: Work, session: str, item: str) -> bool:
    """File what she wrote, and tell her; False when nothing is filed, and she must be told where to go."""
    s, it = w.session(session), w.item(session, item)
    case = _case(w, s, it)
    if case is None:
        return False
    w.say(session, "filed_instead")
    file_for(w, s, it, case)
    return True


def _case(w: Work, s: Session, item: WorkItem) -> c.CaseForm | None:
    queue = w.policy.queue(item.queue)
    under_way = any(stage not in {handoffs.DRAFTED, handoffs.WITHDRAWN} for _, stage in s.handoffs)
    if under_way or (queue is not None and queue.fallback != BY_TICKET):
        return None
    lines = [line for content, _ in s.said if content and (line := w.words(content).strip())]
    if not lines:
        return None
    words = "\n".join(lines)
    if len(words) > WORDS_CHARS_MAX:
        words = words[:WORDS_CHARS_MAX] + "…"
    photos = tuple(blob for _, blob in s.said if blob)[:PHOTOS_MAX]
    category = w.policy.filed_under(item.queue)
    summary = f"{HEADING} {clean_line(lines[0], limit=SUMMARY_CHARS_MAX)}"
    return c.CaseForm(category.code, summary, words, blobs=photos)
