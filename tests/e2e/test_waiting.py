"""What an owner hears while they wait; and a ticket even for who never says which home."""

from __future__ import annotations

from datetime import timedelta

from store.statistics import Case
from store.tickets import State
from tests.house import FRONTDESK, SUPERVISOR, TECHNICIAN, House


async def cases(house: House, key: str, minutes: float) -> None:
    for n in range(20):
        case = Case(id=f"{key}{n}", at=house.clock.now() - timedelta(hours=n), minutes=minutes)
        await house.stores.statistics.add_case("waiting:hy", key, case, most=100)
    await house.desk.waiting.refresh(now=True)


async def test_who_asks_for_a_person_hears_how_many_are_before_and_how_long(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    first = (await wang.says("人工")).reply or ""
    assert "有人接" in first and "大约" not in first, "no figure without cases"
    await cases(house, "person", 3)
    house.clock.move(minutes=1)
    second = (await chen.says("转人工")).reply or ""
    assert "前面还有 1 位，大约 6 分钟" in second
    zhou = await house.sign_in(FRONTDESK)
    chats = (await zhou.call("GET", "conversations"))["items"]
    mine = next(chat for chat in chats if chat["name"] == "王芳")
    await zhou.call("POST", f"conversations/{mine['id']}/messages", {"text": "您好，我在。"})
    found = await house.stores.statistics.find("waiting:hy")
    assert found is not None and found.cases["person"][-1].minutes == 1.0


async def test_a_receipt_and_how_is_my_ticket_say_the_place_and_the_time(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    assert "一般" not in ((await wang.says("客厅的灯不亮了")).reply or "")
    await house.work()
    house.clock.move(minutes=1)
    await cases(house, "accept|repair", 6)
    receipt = (await chen.says("卧室空调不制冷了，明天上午来修")).reply or ""
    assert "前面还有 1 件，最近一般 6 分钟内有人接。" in receipt
    await house.desk.waiting.refresh(now=True)
    standing = (await chen.says("我的报修到哪了")).reply or ""
    assert "前面还有 1 件" in standing
    [ticket] = await house.tickets_of(chen)
    if (await house.stores.tickets.get(ticket.id)).executor is None:
        li = await house.sign_in(SUPERVISOR)
        await li.call("POST", f"tickets/{ticket.number}/assign", {"executor": TECHNICIAN})
    await (await house.sign_in(TECHNICIAN)).move(ticket.number, "accepted")
    standing = (await chen.says("我的报修到哪了")).reply or ""
    assert "前面还有" not in standing, "somebody has it"


async def test_who_never_says_which_home_gets_a_ticket_after_ten_minutes(house: House) -> None:
    stranger = await house.wechat.user("stranger", follow="quietly")
    await stranger.follow(quietly=True)
    asked = (await stranger.says("厨房水龙头漏水，滴答滴答的")).reply or ""
    assert "哪一户" in asked and await house.tickets_of(stranger) == []
    await house.later(minutes=9)
    assert await house.tickets_of(stranger) == []
    await house.later(minutes=1)
    told = await stranger.wait_for("单号")
    [ticket] = await house.tickets_of(stranger)
    assert ticket.number in told.text and "房号还没有" in told.text and ticket.state is State.NEW
    zhou = await house.sign_in(FRONTDESK)
    seen = await zhou.call("GET", f"tickets/{ticket.number}")
    assert (seen["room"], seen["room_id"]) == ("", None) and "没有房号" in seen["notes"][0]["note"]
    await house.later(hours=1)
    assert len(await house.tickets_of(stranger)) == 1
    # The room may still come, and then it stands on that ticket.
    await stranger.says("3栋2单元1502")
    [ticket] = await house.tickets_of(stranger)
    assert ticket.room_id == "hy/3-2-1502"


async def test_who_writes_on_is_given_ten_minutes_from_then(house: House) -> None:
    stranger = await house.wechat.user("stranger", follow="quietly")
    await stranger.follow(quietly=True)
    await stranger.says("厨房水龙头漏水，滴答滴答的")
    await house.later(minutes=8)
    await stranger.says("王芳")
    await house.later(minutes=4)
    assert await house.tickets_of(stranger) == []
    await stranger.says("3栋2单元1502 13900001502")
    [ticket] = await house.tickets_of(stranger)
    assert ticket.room_id == "hy/3-2-1502"
    await house.later(hours=1)
    assert len(await house.tickets_of(stranger)) == 1, "the timer finds nothing left to do"


async def test_the_timer_and_a_late_answer_at_once_make_one_ticket(house: House) -> None:
    import asyncio

    stranger = await house.wechat.user("stranger", follow="quietly")
    await stranger.follow(quietly=True)
    await stranger.says("厨房水龙头漏水，滴答滴答的")
    house.clock.move(minutes=10)
    await asyncio.gather(house.background.timers.poll_once(), stranger.says("王芳 3栋2单元1502 13900001502"))
    await house.later(seconds=30)
    await house.later(minutes=30)
    tickets = await house.tickets_of(stranger)
    now = house.clock.now()
    others = await house.stores.tickets.listed(before=now, since=now - timedelta(days=1), limit=9)
    assert len(others) == 1 and len(tickets) == 1
