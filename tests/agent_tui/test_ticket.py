"""The ticket form asks what the category's service asks, and files no case that would come back for want of it."""

from agent_tui.screens.ticket import TicketPanel
from agent_tui.widgets.choice import Choice
from tests.agent_tui.fake_server import Centre
from tests.agent_tui.stage import at_the_desk

PLATE = {
    "code": "PLATE",
    "text": "차량 번호",
    "kind": "string",
    "required": True,
    "hint": "예: 12가 3456",
    "values": [],
}
SPOT = {"code": "SPOT", "text": "장소의 종류", "kind": "singlevaluelist", "required": False, "hint": "", "values": []}
SPOT |= {"values": [["school", "어린이보호구역"], ["other", "그 밖"]]}
QUESTIONS = {"traffic": [PLATE, SPOT], "waste": [{**PLATE, "code": "METER", "text": "수도 번호", "required": False}]}


async def test_questions_stand_below_the_form_change_with_the_category_and_go_with_it() -> None:
    centre = Centre()
    filled = centre._on_ticket_prefill

    async def asked(command):  # type: ignore[no-untyped-def]
        return {**await filled(command), "questions": QUESTIONS}

    centre._on_ticket_prefill = asked  # type: ignore[method-assign]
    async with at_the_desk(centre, (80, 24)) as stage:
        one = await centre.live("박OO", "차가 한 달째 서 있어요", waited_s=1)
        await stage.until(lambda: stage.desk.current == one)
        await stage.press("f9")
        await stage.until(lambda: isinstance(stage.app.screen, TicketPanel))
        panel = stage.app.screen
        assert isinstance(panel, TicketPanel)
        category = panel.query_one("#category", Choice)
        assert category.value == "traffic"
        await stage.press("f9")  # what must be answered is asked for, and nothing is filed
        await stage.seen("! 차량 번호")
        assert panel.focused is panel.query_one("#q-0-0")
        assert stage.sent("ticket_file") == []
        await stage.seen("차량 번호 *")
        await stage.press("1", "2", "tab", "right")
        category.choose("waste")
        category.post_message(Choice.Changed(category))
        await stage.seen("수도 번호")
        assert not panel.query_one("#asked-0").display
        category.choose("traffic")
        category.post_message(Choice.Changed(category))
        await stage.until(lambda: panel.query_one("#asked-0").display)
        await stage.press("f9")
        await stage.until(lambda: stage.sent("ticket_file"))
        (command,) = stage.sent("ticket_file")
        assert command.form.attributes == (("PLATE", "12"), ("SPOT", "school"))
