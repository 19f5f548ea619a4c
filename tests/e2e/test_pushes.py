"""Pushes to an owner's chat: order, quiet hours, caps, merging, two senders, crashes (the contract, section 6)."""

from __future__ import annotations

from datetime import timedelta

from desk.deliveries import Kind
from store.deliveries import DeliveryState
from tests.e2e.outgoing import (
    opened,
    pushed,
    put,
    reply,
    row,
    states,
    technician,
    texts,
)
from tests.house import SUPERVISOR, House

S = DeliveryState


# ---- order ----


async def test_pushes_leave_in_the_order_in_which_they_were_written(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    for number in range(5):
        await put(house, wang, f"第{number}条")
    await house.work()
    assert await texts(wang) == [f"第{number}条" for number in range(5)]


async def test_a_row_that_is_tried_again_keeps_its_place(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path="cgi-bin/message/custom/send", errcode=-1, times=1)
    await put(house, wang, "先说")
    await put(house, wang, "后说")
    await house.work()
    assert await texts(wang) == []
    await house.later(seconds=2)
    assert await texts(wang) == ["先说", "后说"]


async def test_quiet_hours_hold_back_the_news_and_not_the_reply_behind_it(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    house.clock.move(hours=12, minutes=30)  # 22:30
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    await house.work()
    await reply(house, wang, "我们在的")
    await house.work()
    [night] = await texts(wang)
    assert "我们在的" in night
    await house.later(hours=9, minutes=29)  # 7:59
    assert len(await texts(wang)) == 1
    await house.later(minutes=1)
    assert "张师傅接单了" in (await texts(wang))[1]


async def test_news_whose_retry_falls_into_quiet_hours_does_not_hold_back_a_reply(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    house.clock.move(hours=11, minutes=59, seconds=59)
    await house.wechat.fault(path="cgi-bin/message/custom/send", errcode=-1, times=1)
    await put(house, wang, "师傅出发了", Kind.STATUS, ticket_id="t1")
    await house.work()
    await house.later(seconds=5)
    await put(house, wang, "夜里的回复")
    await house.work()
    assert await texts(wang) == ["夜里的回复"]
    await house.later(hours=10)
    assert await texts(wang) == ["夜里的回复", "师傅出发了"]


async def test_at_night_news_reaches_who_wrote_in_the_last_half_hour(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    house.clock.move(hours=13)
    await wang.says("有人吗")
    house.clock.move(minutes=30)
    await (await technician(house)).move(ticket.number, "accepted")
    await house.work()
    assert "张师傅接单了" in (await texts(wang))[-1]


async def test_urgent_news_passes_the_night(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("3栋2单元1502厨房水管爆了,水漫出来了")
    [ticket] = await house.tickets_of(wang)
    house.clock.move(hours=14)
    await (await technician(house)).move(ticket.number, "accepted")
    await house.work()
    assert "张师傅接单了" in (await texts(wang))[-1]


# ---- caps and merging ----


async def test_one_piece_of_news_per_ticket_in_half_an_hour_and_the_latest_wins(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    await house.work()
    await zhang.move(ticket.number, "in_progress")
    await house.later(minutes=10)
    await zhang.move(ticket.number, "resolved", "换了灯泡")
    await house.later(minutes=19)
    [accepted] = await texts(wang)
    assert "接单" in accepted
    await house.later(minutes=1)
    [_, resolved] = await texts(wang)
    assert "修好了" in resolved


async def test_news_every_ten_minutes_does_not_starve_the_owner(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    for minute in range(0, 100, 10):
        await put(house, wang, f"{minute}分", Kind.STATUS, ticket_id=ticket.id)
        await house.later(minutes=10)
    assert await texts(wang) == ["0分", "30分", "60分", "90分"]


async def test_news_of_two_tickets_made_within_three_minutes_is_one_message(house: House) -> None:
    wang = await house.owner("wang")
    one, two = await opened(house, wang), await opened(house, wang, "卫生间的马桶堵了")
    zhang = await technician(house)
    before = len(await texts(wang))
    await zhang.move(one.number, "accepted")
    house.clock.move(minutes=3)
    await zhang.move(two.number, "accepted")
    await house.work()
    [both] = (await texts(wang))[before:]
    assert one.number in both and two.number in both
    # The cap counts for both of them.
    for ticket in (one, two):
        await zhang.move(ticket.number, "in_progress")
        house.clock.move(minutes=4)
        await house.work()
    assert len(await texts(wang)) == before + 1


async def test_news_made_later_than_three_minutes_is_a_message_of_its_own(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "甲", Kind.STATUS, ticket_id="t1")
    house.clock.move(minutes=4)
    await put(house, wang, "乙", Kind.STATUS, ticket_id="t2")
    await house.work()
    assert await texts(wang) == ["甲", "乙"]


async def test_capped_news_neither_leaves_with_other_news_nor_holds_it_back(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "甲1", Kind.STATUS, ticket_id="t1")
    await house.later(minutes=1)
    await put(house, wang, "乙", Kind.STATUS, ticket_id="t2")
    await put(house, wang, "甲2", Kind.STATUS, ticket_id="t1")
    await house.work()
    assert await texts(wang) == ["甲1", "乙"]
    await house.later(minutes=30)
    assert await texts(wang) == ["甲1", "乙", "甲2"]


async def test_merged_news_parts_again_when_nothing_left_and_none_of_it_is_lost(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path="cgi-bin/message/custom/send", errcode=-1, times=1)
    await put(house, wang, "甲", Kind.STATUS, ticket_id="t1")
    await put(house, wang, "乙", Kind.STATUS, ticket_id="t2")
    await house.work()
    assert await states(house, "甲", "乙") == [S.QUEUED, S.QUEUED]
    # Newer news of the first ticket wins over its older one, and over nothing else.
    await put(house, wang, "甲新", Kind.STATUS, ticket_id="t1")
    await house.later(seconds=2)
    assert "".join(await texts(wang)).count("乙") == 1 and "甲新" in "".join(await texts(wang))
    assert await states(house, "甲") == [S.MERGED]
    assert all("甲\n" not in text and not text.endswith("甲") for text in await texts(wang))


async def test_a_reply_between_two_pieces_of_news_keeps_its_place(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "甲", Kind.STATUS, ticket_id="t1")
    await put(house, wang, "回复")
    await put(house, wang, "乙", Kind.STATUS, ticket_id="t2")
    await house.work()
    assert await texts(wang) == ["甲", "回复", "乙"]


async def test_news_that_is_not_true_any_more_is_not_told(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    house.clock.move(hours=12, minutes=30)
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    await house.work()
    answer = await wang.says(f"取消{ticket.number},不用来了")
    if "确" in (answer.reply or ""):
        await wang.says("是")
    [ticket] = await house.tickets_of(wang)
    assert ticket.state.value == "cancelled"
    before = len(await texts(wang))
    await house.later(hours=11)
    assert not any("接单" in text for text in (await texts(wang))[before:])


async def test_a_question_that_nobody_needs_answered_any_more_is_not_asked(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    house.clock.move(hours=49)
    zhang = await technician(house)
    await zhang.move(ticket.number, "waiting_owner", question="灯是吸顶的还是吊的")
    await house.work()
    await zhang.move(ticket.number, "accepted", "看到了,不用问了")
    await house.work()
    said = (await wang.says("你好")).reply or ""
    await house.work()
    assert "吸顶" not in said + "".join(await texts(wang))


async def test_a_revisit_that_waits_for_the_morning_is_not_asked_after_the_ticket_went_on(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    house.clock.move(hours=9)
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    await zhang.move(ticket.number, "resolved", "好了")
    await house.later(hours=3)  # 22:00, the question is written and waits for 9:00
    li = await house.sign_in(SUPERVISOR)
    await li.move(ticket.number, "accepted", "还要再来一次", reason="还要再来一次")
    await house.later(hours=12)
    assert not any("修好了吗" in text for text in await texts(wang))


async def test_one_revisit_a_day_per_person_and_each_within_a_day_of_its_work(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "回访甲", Kind.REVISIT)
    await put(house, wang, "回访乙", Kind.REVISIT)
    await house.work()
    assert await texts(wang) == ["回访甲"]
    await house.later(hours=9, minutes=58)  # 19:58
    assert len(await texts(wang)) == 1
    await house.later(minutes=1)  # tomorrow at 9:00 would be more than a day after the work was done
    assert await texts(wang) == ["回访甲", "回访乙"]


async def test_an_expired_push_is_not_sent(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    now = house.clock.now()
    await put(
        house, wang, "停水通知", Kind.NOTICE, not_before=now + timedelta(minutes=5), expires_at=now + timedelta(1)
    )
    house.clock.move(days=1)
    await house.work()
    gone = await row(house, "停水通知")
    assert gone.state is S.CANCELLED and gone.reason == "expired" and await pushed(wang) == []
