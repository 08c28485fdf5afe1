"""A citizen talks with a counselor: what each frame does, and what never reaches her."""

import asyncio

from dasan.core import commands as c
from dasan.core.text import MESSAGE_CHARS_MAX
from tests.chat.centre import Centre
from tests.chat.conftest import Open


async def test_hello_without_a_token_makes_a_citizen_and_offers_topics(page: Open) -> None:
    welcome = await page().hello()
    assert len(welcome["token"]) >= 32
    assert "state" not in welcome
    assert {"일반 상담", "수도"} <= {t["name"] for t in welcome["topics"]}


async def test_a_first_message_opens_a_session_and_says_what_happens_next(page: Open) -> None:
    tab = page()
    welcome = await tab.started("가로등이 꺼졌어요", topic="water")
    assert [e["who"] for e in welcome["entries"]] == ["system", "citizen", "system"]
    assert welcome["entries"][2]["text"].startswith("수도 대기 순서")
    assert welcome["state"]["phase"] == "waiting"
    assert welcome["state"]["can"] == ["say", "photo", "leave"]
    place = await tab.next("state", where=lambda f: f.get("position") == 1)
    assert "1번째" in place["line"]


async def test_a_counselors_answer_arrives_with_her_number_and_not_her_name(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "어디인지 알려 주시겠어요?")
    entry = await tab.next("entry", where=lambda f: f["who"] == "counselor")
    assert (entry["text"], entry["name"]) == ("어디인지 알려 주시겠어요?", "상담사 1")
    assert tab.states()[-1]["phase"] == "engaged"
    assert tab.states()[-1]["line"].startswith("상담사의 답을")


async def test_entries_count_from_one_without_gaps_although_notes_stand_between(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    for n in range(3):
        await counselor.do(c.AddNote(session.id, f"비밀 메모 {n}", f"note-{n:04d}"))
        await counselor.reply(session.id, f"답 {n}")
    await tab.next("entry", where=lambda f: f["text"] == "답 2")
    assert [e["n"] for e in tab.entries()] == list(range(1, len(tab.entries()) + 1))
    again = page(token=tab.token)
    await again.hello()
    assert [e["text"] for e in again.entries()] == [e["text"] for e in tab.entries()]
    everything = str(tab.got) + str(again.got)
    assert "비밀" not in everything
    assert counselor.id not in everything


async def test_sending_again_under_the_same_id_has_one_effect_and_the_same_answer(page: Open) -> None:
    tab = page()
    await tab.started()
    one = tab.say("say", text="한 번만", id="same-id-0001")
    first = await tab.next("ack", where=lambda f: f["id"] == one)
    tab.say("say", text="한 번만", id="same-id-0001")
    second = await tab.next("ack", where=lambda f: f["id"] == one)
    assert first == second
    assert first["n"] > 0
    assert tab.texts("citizen").count("한 번만") == 1


async def test_a_start_that_is_sent_twice_opens_one_session(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.hello()
    for _ in range(2):
        tab.say("start", text="처음", id="start-0001")
    await tab.next("ack")
    await tab.next("ack")
    assert len(list(centre.hub.index.sessions())) == 1
    assert tab.texts("citizen") == ["처음"]


async def test_messages_keep_their_order(page: Open) -> None:
    tab = page()
    await tab.started("0")
    for n in range(1, 15):
        tab.say("say", text=str(n))
    await tab.next("entry", where=lambda f: f["text"] == "14")
    assert tab.texts("citizen") == [str(n) for n in range(15)]


async def test_typing_passes_both_ways_and_is_kept_nowhere(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    heard: list[tuple[str, bool]] = []
    session = tab.states()[-1]["session"]
    end = centre.hub.subscribe(session, lambda commit: None, lambda role, on: heard.append((role, on)))
    before = centre.store.reads.last_position()
    tab.say("typing", on=True)
    centre.hub.typing(session, "counselor", True)
    assert (await tab.next("typing"))["on"] is True
    await centre.until(lambda: ("citizen", True) in heard)
    assert centre.store.reads.last_position() == before
    end()


async def test_marks_tell_how_far_the_counselor_has_read_in_the_citizens_numbers(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.do(c.AddNote(session.id, "메모", "note-0001"))
    ack = tab.say("say", text="읽어 주세요")
    n = (await tab.next("ack", where=lambda f: f["id"] == ack))["n"]
    await counselor.do(c.MarkEntries(session.id, n + 1, True))
    marks = await tab.next("marks", where=lambda f: f["read"] == n)
    assert marks["delivered"] == n


async def test_a_page_that_reads_quickly_marks_at_most_once_in_a_while(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    shown = tab.entries()[-1]["n"]
    before = centre.store.reads.last_position()
    for n in range(1, shown + 1):
        tab.say("mark", n=n, read=True)
    await centre.until(lambda: centre.store.reads.last_position() > before)
    await asyncio.sleep(0.1)
    assert centre.store.reads.last_position() == before + 1
    state = next(centre.hub.index.sessions())
    assert state.citizen_read == state.entry_n


async def test_a_mark_beyond_what_was_shown_reads_only_what_there_is(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    tab.say("mark", n=10_000, read=True)
    await centre.until(lambda: next(centre.hub.index.sessions()).citizen_read > 0)
    state = next(centre.hub.index.sessions())
    assert state.citizen_read == state.entry_n


async def test_leaving_ends_it_and_a_talk_can_be_rated_once(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "네")
    tab.say("leave")
    over = await tab.next("state", where=lambda f: f["phase"] == "closed")
    assert "start" in over["can"]
    assert "say" not in over["can"]
    rate = tab.say("rate", session=session.id, score=5, text="친절했어요")
    await tab.next("ack", where=lambda f: f["id"] == rate)
    assert (await tab.next("state", where=lambda f: f["rated"]))["can"] == ["start"]
    tab.say("rate", session=session.id, score=1)
    assert (await tab.next("trouble"))["code"] == "rating_given"


async def test_a_wait_that_was_left_cannot_be_rated_but_a_new_session_can_begin(page: Open) -> None:
    tab = page()
    first = await tab.started()
    tab.say("leave")
    over = await tab.next("state", where=lambda f: f["phase"] == "closed")
    assert over["can"] == ["start"]
    tab.say("start", text="다시")
    second = await tab.next("welcome", where=lambda f: f.get("state", {}).get("session") != first["state"]["session"])
    assert second["state"]["phase"] == "waiting"


async def test_after_the_end_a_message_is_refused_in_a_sentence(page: Open) -> None:
    tab = page()
    await tab.started()
    tab.say("leave")
    await tab.next("state", where=lambda f: f["phase"] == "closed")
    ident = tab.say("say", text="아직 있나요")
    trouble = await tab.next("trouble")
    assert (trouble["id"], trouble["code"]) == (ident, "session_closed")
    assert trouble["text"].endswith("주십시오.")


async def test_another_citizens_session_cannot_be_rated(page: Open) -> None:
    mine, other = page(), page()
    await mine.started()
    session = mine.states()[-1]["session"]
    await other.hello()
    other.say("rate", session=session, score=1)
    assert (await other.next("trouble"))["code"] == "no_such_session"


async def test_too_long_and_empty_texts_are_refused_and_hostile_ones_are_cleaned(page: Open) -> None:
    tab = page()
    await tab.started()
    tab.say("say", text="가" * (MESSAGE_CHARS_MAX + 1))
    assert (await tab.next("trouble"))["code"] == "too_long"
    tab.say("say", text="\u202e\x1b[2J")
    assert (await tab.next("trouble"))["code"] == "empty"
    tab.say("say", text="<script>alert(1)</script>\x1b[31m\u202e")
    entry = await tab.next("entry", where=lambda f: f["who"] == "citizen")
    assert entry["text"] == "<script>alert(1)</script>"


async def test_changing_the_language_speaks_everything_again(page: Open) -> None:
    tab = page()
    await tab.started(topic="water")
    tab.say("language", language="en")
    welcome = await tab.next("welcome", where=lambda f: f["language"] == "en")
    assert welcome["entries"][2]["text"].startswith("You are in line for Water.")
    assert welcome["token"] == ""
    assert welcome["state"]["line"].isascii()


async def test_an_erased_session_shows_that_it_was_erased_and_nothing_else(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started("비밀입니다")
    session = tab.states()[-1]["session"]
    tab.say("leave")
    await tab.next("state", where=lambda f: f["phase"] == "closed")
    await centre.submit(c.Principal(c.ADMIN, "k_admin"), c.EraseSession(session, "requested"))
    redrawn = await tab.next("welcome", where=lambda f: any(e.get("erased") for e in f.get("entries", ())))
    assert "비밀" not in str(redrawn)
    again = page(token=tab.token)
    await again.hello()
    mine = next(e for e in again.entries() if e["who"] == "citizen")
    assert mine["erased"] is True
    assert mine["text"] == ""
    assert "비밀" not in str(again.got)


async def test_a_new_session_can_begin_while_the_last_one_is_still_being_wrapped_up(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.do(c.ReleaseItem(session.id, session.items[-1].id))
    over = await tab.next("state", where=lambda f: f["phase"] == "closed")
    assert over["can"] == ["rate", "start"]
    tab.say("start", text="다른 일")
    fresh = await tab.next("welcome", where=lambda f: f.get("state", {}).get("session") not in {None, session.id})
    assert [e["text"] for e in fresh["entries"] if e["who"] == "citizen"] == ["다른 일"]
    await counselor.do(c.CompleteWrapUp(session.id, session.items[-1].id, "answered", "general"))
    tab.say("say", text="이어서")
    await tab.next("entry", where=lambda f: f["text"] == "이어서")
    again = page(token=tab.token)
    assert (await again.hello())["state"]["session"] == fresh["state"]["session"]


async def test_a_supervisors_whisper_stays_inside_and_her_own_line_comes_under_her_role(
    centre: Centre, page: Open
) -> None:
    tab = page()
    await tab.started()
    counselor = await centre.counselor()
    session = await counselor.take()
    boss = c.Principal(c.SUPERVISOR, "k_boss")
    await centre.submit(c.BROKER, c.RegisterCounselor(boss.id, {}))
    epoch = int((await centre.submit(boss, c.AttachConsole(boss.id)))["epoch"])
    boss = c.Principal(boss.role, boss.id, epoch)
    await centre.submit(boss, c.Look(session.id))
    await centre.submit(boss, c.Whisper(session.id, "비밀 귓속말", "w-0001"))
    await centre.submit(boss, c.Barge(session.id, "제가 도와드리겠습니다.", "b-0001"))
    entry = await tab.next("entry", where=lambda f: f["text"].startswith("제가"))
    assert (entry["who"], entry["name"]) == ("counselor", "감독")
    assert [e["code"] for e in tab.entries() if e["who"] == "system"][-1] == "supervisor_joined"
    await centre.submit(boss, c.LookAway(session.id))
    await tab.next("entry", where=lambda f: f.get("code") == "supervisor_left")
    assert [e["n"] for e in tab.entries()] == list(range(1, len(tab.entries()) + 1))
    assert "비밀" not in str(tab.got)
    assert boss.id not in str(tab.got)
