"""The revisit over the whole house: when it is asked, how it gets there, who rings up, and what a bad word leads to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.emulator.client import Phone
from desk.settings import TradeSettings
from store.tickets import State, Ticket
from tests.house import FRONTDESK, SUPERVISOR, TECHNICIAN, House, trade_settings


async def done(house: House, text: str = "客厅的灯不亮了") -> tuple[Phone, Ticket]:
    """A repair that a technician says is done."""
    wang = await house.owner("wang")
    await wang.says(text)
    [ticket] = await house.tickets_of(wang)
    await house.work()
    zhang = await house.sign_in(TECHNICIAN)
    li = await house.sign_in(SUPERVISOR)
    current = await li.call("GET", f"tickets/{ticket.number}")
    if current["executor"] != TECHNICIAN:
        await li.call("POST", f"tickets/{ticket.number}/assign", {"executor": TECHNICIAN})
    if current["state"] == "new":
        await zhang.move(ticket.number, "accepted")
    await zhang.move(ticket.number, "resolved", "换了灯泡")
    await house.work()
    return wang, (await house.tickets_of(wang))[0]


async def again(house: House, ticket: Ticket) -> Ticket:
    return await house.stores.tickets.get(ticket.id)


async def texts(phone: Phone) -> list[str]:
    return [item.text for item in await phone.screen()]


def without_template(house: House, **changes: Any) -> None:
    """No template of the account can carry a revisit."""
    settings: TradeSettings = trade_settings().model_copy(update={"templates": {}})
    house.desk.rules._base = settings.changed(changes)


async def test_work_done_in_the_evening_is_asked_about_the_next_morning(house: House) -> None:
    house.clock.move(hours=9, minutes=30)  # 19:30
    wang, ticket = await done(house)
    await house.later(hours=3)
    assert not any("修好了吗" in text for text in await texts(wang)), "nobody is asked at 22:30"
    await house.later(hours=10, minutes=29)
    assert not any("修好了吗" in text for text in await texts(wang))
    await house.later(minutes=2)
    asked = await wang.wait_for("修好了吗")
    assert [item.content for item in asked.items] == ["① 好了", "② 没好"]
    assert (await again(house, ticket)).revisit.state == "asked"


async def test_a_question_that_no_push_carries_rides_on_the_answer_to_the_next_message(house: House) -> None:
    without_template(house)
    await house.desk.rules.refresh()
    wang, ticket = await done(house)
    chat = house.conversation_id(wang)
    await house.stores.conversations.close_window(chat)
    await house.later(hours=2, minutes=1)
    current = await again(house, ticket)
    assert current.revisit.state == "asked" and not any("修好了吗" in text for text in await texts(wang))
    assert [row for row in await house.stores.deliveries.unsettled_of(chat) if row.to_call] == []
    await house.later(hours=20)
    reply = (await wang.says("你好")).reply or ""
    assert reply.startswith("您好") and reply.endswith("“客厅的灯不亮了”修好了吗？① 好了 ② 没好")
    await house.work()
    # Asked in the answer: not once more by a push, though the window is open now.
    assert sum("修好了吗" in text for text in await texts(wang)) == 1
    told = (await wang.says("1")).reply or ""
    assert "满意" in told
    await wang.says("满意")
    assert (await again(house, ticket)).state is State.CLOSED


async def test_silence_ends_on_the_call_list_and_the_call_is_written_down(house: House) -> None:
    _, ticket = await done(house)
    await house.later(hours=2, minutes=1)
    await house.later(hours=24, minutes=1)
    await house.later(hours=24, minutes=1)
    zhou = await house.sign_in(FRONTDESK)
    listed = [row for row in (await zhou.call("GET", "deliveries/attention"))["items"] if row["to_call"]]
    assert len(listed) == 1 and listed[0]["reason"] == "revisit: no answer"
    path = f"tickets/{ticket.number}/revisit-call"
    await zhou.call("POST", path, {"result": "answered"}, expect=400)
    first = await zhou.call("POST", path, {"result": "no_answer"})
    assert (first["revisit"]["failure"], first["revisit"]["calls"], first["revisit"]["state"]) == (
        "no_answer",
        1,
        "call",
    )
    assert [row for row in (await zhou.call("GET", "deliveries/attention"))["items"] if row["to_call"]] == []
    await house.later(hours=24, minutes=1)
    zhou = await house.sign_in(FRONTDESK)
    assert [row["to_call"] for row in (await zhou.call("GET", "deliveries/attention"))["items"]].count(True) == 1
    answered = await zhou.call("POST", path, {"result": "answered", "fixed": True, "satisfaction": 2, "words": "挺好"})
    assert (answered["state"], answered["rating"], answered["revisit"]["words"]) == ("closed", 2, "挺好")
    rated = [
        event for event in (await again(house, ticket)).events if event.kind == "rated" and event.data.get("words")
    ]
    assert rated[-1].by == "staff:zhou"
    assert [row for row in (await zhou.call("GET", "deliveries/attention"))["items"] if row["to_call"]] == []


async def test_who_will_not_say_is_archived_with_the_reason(house: House) -> None:
    _, ticket = await done(house)
    zhou = await house.sign_in(FRONTDESK)
    told = await zhou.call("POST", f"tickets/{ticket.number}/revisit-call", {"result": "refused"})
    assert (told["revisit"]["state"], told["revisit"]["failure"]) == ("failed", "refused")


async def test_not_fixed_is_a_problem_item_with_a_second_revisit(house: House) -> None:
    wang, ticket = await done(house)
    await house.later(hours=2, minutes=1)
    await wang.says("没修好，还是不亮")
    current = await again(house, ticket)
    assert current.state is State.ACCEPTED and current.problem is not None
    assert (current.problem.supervisor, current.responsible) == (SUPERVISOR, f"staff:{SUPERVISOR}")
    assert "没修好" in current.problem.reason
    await house.later(days=3, minutes=1)
    overdue = [note for note in (await again(house, ticket)).notes if "72 小时" in str(note.note)]
    assert len(overdue) == 1
    # The remedy, and the second revisit; a good word settles the problem item.
    zhang = await house.sign_in(TECHNICIAN)
    await zhang.move(ticket.number, "resolved", "换了整流器")
    await house.later(hours=2, minutes=1)
    # The window closed meanwhile: a template says that the question waits, and a word answers it.
    assert (await again(house, ticket)).revisit.round == 2 and any("等您回访" in text for text in await texts(wang))
    await wang.says("修好了，满意")
    if (await again(house, ticket)).state is not State.CLOSED:
        await wang.says("满意")
    current = await again(house, ticket)
    assert current.state is State.CLOSED and current.problem is not None and current.problem.followed_at is not None
    assert current.problem.result == "二次回访：业主认可"
    count = len(current.notes)
    await house.later(days=4)
    assert len((await again(house, ticket)).notes) == count


async def test_a_supervisor_writes_down_what_came_of_a_problem_item_the_worker_may_not(house: House) -> None:
    wang, ticket = await done(house)
    await house.later(hours=2, minutes=1)
    await wang.says("没修好，还是不亮")
    path = f"tickets/{ticket.number}/problem/settle"
    zhang, li = await house.sign_in(TECHNICIAN), await house.sign_in(SUPERVISOR)
    await zhang.call("POST", path, {"result": "修了"}, expect=403)
    settled = await li.call("POST", path, {"result": "换了整盏灯，业主在场看过"})
    assert settled["problem"]["followed_by"] == "staff:li"


async def test_a_late_thanks_neither_reopens_nor_asks_again(house: House) -> None:
    wang, ticket = await done(house)
    await house.later(hours=2, minutes=1)
    await wang.says("好了，很满意")
    if (await again(house, ticket)).state is not State.CLOSED:
        await wang.says("满意")
    assert (await again(house, ticket)).state is State.CLOSED
    before = len(await texts(wang))
    await house.later(days=1)
    reply = (await wang.says("谢谢师傅")).reply or ""
    assert "修好了吗" not in reply and "满意" not in reply
    await house.later(days=2)
    current = await again(house, ticket)
    assert (current.state, current.reopened) == (State.CLOSED, 0)
    assert len(await texts(wang)) == before + 2, "their thanks and one friendly line, nothing else"


async def test_a_category_that_is_never_asked_is_closed_after_it_was_said(house: House) -> None:
    house.desk.rules._base = trade_settings().changed({"revisit": {"categories": {"repair": {"policy": "never"}}}})
    await house.desk.rules.refresh()
    wang, ticket = await done(house)
    await house.later(days=1)
    assert not any("修好了吗" in text for text in await texts(wang))
    await house.later(days=5, minutes=1)
    await wang.wait_for("没别的事就结单了")
    await house.later(days=1, minutes=1)
    assert (await again(house, ticket)).state is State.CLOSED


async def test_a_check_by_staff_and_what_the_resident_says_are_two_things(house: House) -> None:
    wang, ticket = await done(house)
    path = f"tickets/{ticket.number}/quality"
    zhou, zhang = await house.sign_in(FRONTDESK), await house.sign_in(TECHNICIAN)
    await zhang.call("POST", path, {"passed": True}, expect=403)
    await zhou.call("POST", path, {"passed": False}, expect=400)
    checked = await zhou.call("POST", path, {"passed": False, "score": 2, "words": "灯罩没擦"})
    assert [check["words"] for check in checked["checks"]] == ["灯罩没擦"]
    current = await again(house, ticket)
    assert (current.state, current.revisit.satisfaction, current.rating) == (State.RESOLVED, None, None)
    await house.later(hours=2, minutes=1)
    await wang.says("好了，满意")
    current = await again(house, ticket)
    assert current.checks[0].score == 2 and current.revisit.fixed is True


async def test_an_incident_may_be_asked_about_within_two_days(house: House) -> None:
    from desk.revisit_plan import ask_at

    rules = house.desk.rules.of("hy")
    tight = rules.settings.changed({"revisit": {"delay": 30 * 3600}})
    from dataclasses import replace

    _, ticket = await done(house)
    linked = ticket.model_copy(update={"links": ({"kind": "incident", "id": "x", "number": "E1"},)})
    at = house.clock.now()
    assert ask_at(ticket, at, replace(rules, settings=tight)) <= at + timedelta(hours=24)
    assert timedelta(hours=24) < ask_at(linked, at, replace(rules, settings=tight)) - at <= timedelta(hours=48)
