"""What an owner does with a ticket that is open: ask, chase, add, change the time, cancel."""

from __future__ import annotations

import pytest

from desk.actors import staff_actor
from desk.desk import Desk
from desk.media import media_id
from store.stores import Stores
from store.tickets import State
from tests.clock import FixedClock
from tests.handlers.talk import SUPERVISOR, Talk


async def accept(desk: Desk, stores: Stores, talk: Talk) -> None:
    """Zhang takes the only ticket."""
    zhang = staff_actor(await stores.staff.get("zhang"))
    await desk.tickets.move(await talk.ticket(), State.ACCEPTED, zhang, tell=False)


# ---- progress ----


async def test_without_a_ticket_there_is_nothing_to_tell(wang: Talk) -> None:
    assert await wang.say("我的单怎么样了") == "您现在没有在办的单子。要修什么、问什么，直接说一句就行。"


async def test_one_ticket_is_told_with_state_who_and_when(wang: Talk, desk: Desk, stores: Stores) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    await accept(desk, stores, wang)
    said = await wang.say("我的单怎么样了")

    assert (await wang.ticket()).number in said and "张师傅已接单，预计明天 17:30 到" in said


async def test_several_tickets_are_a_line_each_and_one_may_be_looked_at(wang: Talk) -> None:
    for text in ("客厅灯不亮了", "楼上太吵了"):
        await wang.say(text)
    said = await wang.say("我的单怎么样了")
    assert said.startswith("您有 2 件事在办") and "① 楼上太吵了" in said and "② 客厅灯不亮了" in said

    assert (await wang.tickets())[1].number in await wang.say("2")


async def test_a_number_alone_asks_for_its_ticket(wang: Talk) -> None:
    await wang.say("客厅灯不亮了")
    number = (await wang.ticket()).number

    assert "正在派单" in await wang.say(number)


async def test_somebody_elses_number_is_not_there(wang: Talk, both: Talk) -> None:
    await wang.say("客厅灯不亮了")
    number = (await wang.ticket()).number

    for text in (f"{number} 怎么样了", f"取消 {number}", f"催一下 {number}", number, "R20990101-0001 怎么样了"):
        said = await both.say(text)
        assert said.startswith("您名下没有") and "客厅" not in said
    assert (await wang.ticket()).state is State.NEW


async def test_late_is_said_as_late(wang: Talk, clock: FixedClock) -> None:
    await wang.say("家里突然停电了")
    clock.move(hours=1)
    said = await wang.say("我的单怎么样了")

    assert "抱歉，比约好的今天 10:30 晚了" in said


async def test_the_last_one_is_named_when_nothing_is_open(wang: Talk, desk: Desk, stores: Stores) -> None:
    await wang.say("客厅灯不亮了")
    await accept(desk, stores, wang)
    done = await desk.tickets.move(await wang.ticket(), State.RESOLVED, SUPERVISOR, note="换了灯管", tell=False)
    await desk.tickets.move(done, State.CLOSED, SUPERVISOR, tell=False)

    assert "已经办完" in await wang.say("我的单怎么样了")


# ---- nudging ----


async def test_a_chase_is_counted_and_promises_only_what_is_due(wang: Talk) -> None:
    await wang.say("厨房水管漏水，明天上午来")
    said = await wang.say("催一下")

    ticket = await wang.ticket()
    assert said.startswith(f"帮您催了：{ticket.number}") and "最晚明天 17:30" in said
    assert ticket.nudges == 1


async def test_the_second_chase_reaches_the_supervisor(wang: Talk) -> None:
    await wang.say("厨房水管漏水，明天上午来")
    await wang.say("催一下")
    said = await wang.say("快点啊")

    ticket = await wang.ticket()
    assert "主管也在盯了" in said and ticket.nudges == 2 and ticket.observers == ("li",)


@pytest.mark.parametrize("text", ["怎么还没来啊", "都两天了还没人来修，你们怎么回事", "等了一天了也没人来，太差劲了"])
async def test_an_angry_chase_nudges_and_opens_nothing(wang: Talk, text: str) -> None:
    await wang.say("厨房水管漏水，明天上午来")
    said = await wang.say(text)

    ticket = await wang.ticket()
    assert ticket.nudges == 1 and ticket.number in said


async def test_an_angry_chase_without_a_ticket_is_a_complaint(wang: Talk) -> None:
    await wang.say("等了一天了也没人来，太差劲了")

    assert (await wang.ticket()).number.startswith("C")


async def test_a_late_ticket_is_admitted_when_chased(wang: Talk, clock: FixedClock) -> None:
    await wang.say("家里突然停电了")
    clock.move(hours=1)
    said = await wang.say("催一下")

    assert said.startswith("抱歉") and "比约好的今天 10:30 晚了" in said
    assert (await wang.ticket()).observers == ("li",)


async def test_nothing_to_chase_is_asked_what_it_is(wang: Talk) -> None:
    assert (await wang.say("催一下")).startswith("没找到您在办的单子")


# ---- complaints ----


async def test_a_complaint_about_a_fault_still_there_opens_both(wang: Talk) -> None:
    said = await wang.say("投诉，单元门禁坏了半个月一直没人修")

    complaint, repair = await wang.tickets()
    assert (complaint.number[0], repair.number[0]) == ("C", "R")
    assert complaint.number in said and f"维修单 {repair.number} 一起办" in said


async def test_a_complaint_about_an_open_repair_nudges_it(wang: Talk) -> None:
    await wang.say("楼道灯坏了")
    await wang.say("谢谢")
    await wang.say("投诉，楼道灯坏了半个月一直没人修，什么物业")

    tickets = await wang.tickets()
    repair = next(t for t in tickets if t.number[0] == "R")
    assert repair.nudges == 1 and len(tickets) <= 2


# ---- adding ----


async def test_words_and_photos_join_the_open_ticket(wang: Talk) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    said = await wang.say("", kind="image", media_id="photo-1")
    number = (await wang.ticket()).number
    assert said == f"照片收到，放进 {number} 了。"
    await wang.say("补充一下，是左边那个卫生间")
    await wang.say("", kind="location", place_label="海悦花园 3 栋")

    additions = (await wang.ticket()).additions
    assert [a.media for a in additions] == [(media_id(f"{wang.id}:2"),), (), ()]
    assert additions[1].text == "补充一下，是左边那个卫生间" and additions[2].text == "位置：海悦花园 3 栋"


async def test_a_photo_without_a_ticket_waits_for_its_story(wang: Talk) -> None:
    said = await wang.say("", kind="image", media_id="photo-1")
    assert said == "照片收到。这是哪里、怎么了？说一句就能派单。"
    await wang.say("", kind="image", media_id="photo-2")
    said = await wang.say("阳台这里裂开了")

    ticket = await wang.ticket()
    assert ticket.media == (media_id(f"{wang.id}:1"), media_id(f"{wang.id}:2")) and ticket.number in said


async def test_a_photo_joins_no_ticket_of_the_day_before_yesterday(wang: Talk, clock: FixedClock) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    clock.move(hours=30)

    assert (
        await wang.say("", kind="image", media_id="photo-1")
        == "照片收到，是哪件事的？① 卫生间马桶堵了，明天下午来修 ② 新的事"
    )
    assert not (await wang.ticket()).additions


async def test_voice_is_understood_by_its_recognition_else_a_person_listens(wang: Talk) -> None:
    said = await wang.say("卫生间马桶堵了，明天下午来修", kind="voice", media_id="voice-1")
    assert (await wang.ticket()).number in said

    said = await wang.say("", kind="voice", media_id="voice-2")
    assert "没听清" in said and "前台" in said
    assert (await wang.conversation()).waiting_since is not None


async def test_the_owners_answer_to_a_question_goes_on_the_ticket_and_the_work_goes_on(
    wang: Talk, desk: Desk, stores: Stores
) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    await accept(desk, stores, wang)
    zhang = staff_actor(await stores.staff.get("zhang"))
    await desk.tickets.move(await wang.ticket(), State.WAITING_OWNER, zhang, question="几点家里有人？", tell=False)
    first, second = await wang.crashed_on("下午三点以后都在")

    ticket = await wang.ticket()
    assert ticket.state is State.ACCEPTED and [a.text for a in ticket.additions] == ["下午三点以后都在"]
    assert first.startswith("收到，转给张师傅了") and len([e for e in ticket.events if e.kind == "resumed"]) == 1
    assert second


# ---- another time ----


async def test_another_time_before_anybody_accepted_is_a_wish(wang: Talk) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    said = await wang.say("改到后天上午")

    ticket = await wang.ticket()
    assert "改到后天上午" in said and (ticket.wished_time, ticket.state) == ("后天上午", State.NEW)


async def test_another_day_for_accepted_work_defers_it(wang: Talk, desk: Desk, stores: Stores) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    await accept(desk, stores, wang)
    said = await wang.say("改到后天上午")
    ticket = await wang.ticket()
    assert ticket.state is State.DEFERRED and ticket.until is not None and ticket.until.day == 12
    assert "改到后天上午" in said and "张师傅按新时间来" in said

    first, second = await wang.crashed_on("改到周五上午")
    ticket = await wang.ticket()
    assert first == second and ticket.until is not None and ticket.until.day == 13


async def test_the_time_is_asked_when_it_is_not_said(wang: Talk) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    assert "改到什么时候" in await wang.say("改时间")
    assert "换个说法" in await wang.say("等我翻翻日历")
    assert "改到周五下午" in await wang.say("周五下午")


async def test_there_is_nothing_to_reschedule_without_a_ticket(wang: Talk) -> None:
    assert "没有约上门的单子" in await wang.say("改到明天下午")


# ---- cancelling ----


async def test_the_only_ticket_is_cancelled_at_once(wang: Talk) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    first, second = await wang.crashed_on("不用来了，我自己修好了")

    ticket = await wang.ticket()
    assert ticket.state is State.CANCELLED and first.startswith(f"取消好了：{ticket.number}")
    assert second == first
    assert "不用取消" in await wang.say("取消")


async def test_which_one_is_asked_when_several_are_open(wang: Talk) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    await wang.say("楼上太吵了")
    said = await wang.say("取消")
    assert said.startswith("要取消哪一件？") and "① 楼上太吵了 ② 卫生间马桶堵了" in said
    assert "回前面的数字" in await wang.say("上面说的那件")
    await wang.say("马桶")

    assert {t.number[0]: t.state for t in await wang.tickets()} == {"C": State.NEW, "R": State.CANCELLED}


async def test_work_that_is_under_way_is_cancelled_only_after_a_yes(wang: Talk, desk: Desk, stores: Stores) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    await accept(desk, stores, wang)
    zhang = staff_actor(await stores.staff.get("zhang"))
    await desk.tickets.move(await wang.ticket(), State.IN_PROGRESS, zhang, tell=False)
    assert "对吗？① 取消 ② 不取消" in await wang.say("取消")
    assert "接着办" in await wang.say("不取消")
    await wang.say("取消")
    await wang.say("1")

    assert (await wang.ticket()).state is State.CANCELLED


async def test_an_ended_ticket_is_told_as_it_is(wang: Talk, desk: Desk) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    ticket = await wang.ticket()
    await desk.tickets.move(ticket, State.DECLINED, SUPERVISOR, reason="不归物业修", tell=False)
    said = await wang.say(f"取消 {ticket.number}")

    assert "没能受理" in said and (await wang.ticket()).state is State.DECLINED


async def test_a_colleague_who_is_faster_does_not_stop_the_cancelling(
    wang: Talk, desk: Desk, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    before = await wang.ticket()
    await accept(desk, stores, wang)
    real = stores.tickets.get
    reads = iter([before])

    async def stale(id: str) -> object:
        return next(reads, None) or await real(id)

    monkeypatch.setattr(stores.tickets, "get", stale)
    said = await wang.say("取消")

    assert said.startswith("取消好了") and (await wang.ticket()).state is State.CANCELLED


async def test_a_ticket_that_ends_in_this_very_moment_is_told_as_it_is(
    wang: Talk, desk: Desk, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    before = await wang.ticket()
    await desk.tickets.move(before, State.DECLINED, SUPERVISOR, reason="不归物业修", tell=False)
    await wang.stores.conversations.change(wang.id, {"tickets": [_brief(before)], "ended": []})
    real = stores.tickets.get
    reads = iter([before])

    async def stale(id: str) -> object:
        return next(reads, None) or await real(id)

    monkeypatch.setattr(stores.tickets, "get", stale)

    assert "没能受理" in await wang.say("取消")


def _brief(ticket: object) -> dict[str, object]:
    from desk.effects import brief
    from store.tickets import Ticket

    assert isinstance(ticket, Ticket)
    return brief(ticket).model_dump()
