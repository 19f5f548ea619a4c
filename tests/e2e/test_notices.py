"""A notice from the draft to the phones: whole text, card, questions about it, a second click, a withdrawal."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from bot.app import Background
from bot.timers import Timers
from desk.desk import Desk
from store.deliveries import DeliveryState
from store.notices import NoticeState
from store.staff import Role
from tests.house import FRONTDESK, PASSWORD, House, StaffSession

MORNING = datetime.fromisoformat("2026-03-20T09:00:00+08:00")
S, NS = DeliveryState, NoticeState


async def approved(house: House, desk: StaffSession, boss: StaffSession, **draft: object) -> dict[str, Any]:
    body = {"title": "生活水箱清洗", "body": "清洗生活水箱，请提前储水。", **draft}
    made = await desk.call("POST", "notices", body)
    handed = await desk.call("POST", f"notices/{made['number']}/submit", {})
    answer: dict[str, Any] = await boss.call(
        "POST", f"notices/{made['number']}/approve", {"version": handed["version"]}
    )
    return answer


async def out(house: House, seconds: int = 6) -> None:
    """So many seconds of the worker."""
    for _ in range(seconds):
        await house.later(seconds=1)


async def test_an_outage_is_announced_asked_about_reported_and_over(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    await chen.says("你好")
    house.clock.at = MORNING
    await wang.says("你好")
    await house.desk.staff.add("ma", "马经理", Role.MANAGER, PASSWORD)
    desk, boss = await house.sign_in(FRONTDESK), await house.sign_in("ma")
    mark = await wang.mark()
    starts = house.clock.now() + timedelta(hours=3)
    outage = {"supply": "water", "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    outage["reason"] = "清洗水箱"
    seen = await desk.call("POST", "notices/preview", {"title": "停水", "kind": "outage", "outage": outage})
    assert seen["reach"] == {"homes": 2, "people": 2, "ways": {"customer": 1, "template": 1}, "silent": 0}
    made = await approved(house, desk, boss, kind="outage", outage=outage)
    await out(house)

    # Who wrote lately reads all of it, the other one gets the card.
    [said] = await wang.screen(after=mark)
    assert said.text.startswith("【停水通知】生活水箱清洗\n") and "（清洗水箱）。" in said.text
    card = (await chen.screen())[-1]
    assert "生活水箱清洗" in str(card) and card.channel == "template"
    shown = await desk.call("GET", f"notices/{made['number']}")
    assert shown["state"] == "sent" and sum(shown["counts"].values()) == 2
    assert shown["ways"] == {"customer": 1, "template": 1}

    # Asked before it begins; told what stands in the notice, no ticket.
    for question in ("今天停水吗", "几点停水", "什么时候来水"):
        reply = (await chen.says(question)).reply or ""
        assert "全小区停水（清洗水箱），到点就恢复" in reply and made["number"] in reply, (question, reply)
    assert made["number"] not in ((await chen.says("今天停电吗")).reply or "")
    assert await house.tickets_of(chen) == []

    # Reported while it goes on: registered, told so, and nobody is rung out of bed.
    house.clock.move(hours=4)
    reply = (await wang.says("家里停水了")).reply or ""
    [ticket] = await house.tickets_of(wang)
    assert "正按公告停水" in reply and ticket.number in reply and not ticket.urgent
    assert {"kind": "notice", "id": ticket.links[0]["id"], "number": made["number"]} == ticket.links[0]
    # A burst pipe is one whatever is announced.
    assert "收到，马上派人" in ((await chen.says("厨房水管爆了，水漫出来了")).reply or "")

    # Over: a report is a report again.
    house.clock.move(hours=2)
    await house.work()
    await house.desk.notices.refresh()
    assert (await house.stores.notices.by_number(made["number"])).state is NS.ARCHIVED
    assert "收到，马上派人" in ((await chen.says("1栋1单元302没水了")).reply or "")


async def test_killed_and_clicked_twice_nobody_reads_it_twice(house: House) -> None:
    """Two workers at once, one of them stopped in the middle, everything begun again: one message on each phone."""
    house.clock.at = MORNING
    await house.desk.staff.add("ma", "马经理", Role.MANAGER, PASSWORD)
    desk, boss = await house.sign_in(FRONTDESK), await house.sign_in("ma")
    wang, chen = await house.owner("wang"), await house.owner("chen")
    marks = {phone: await phone.mark() for phone in (wang, chen) if await phone.says("你好")}
    made = await approved(house, desk, boss)
    again = await boss.call("POST", f"notices/{made['number']}/approve", {"version": made["version"] - 1})
    assert again["version"] == made["version"]

    notice = await house.stores.notices.by_number(made["number"])
    dying = Desk(house.stores, house.clock, settings=house.desk.rules.of("hy").settings)
    await dying.rules.refresh()
    advance = dying.stores.notices.advance
    fell = asyncio.Event()

    async def die(*args: object, **more: object) -> bool:
        fell.set()
        await asyncio.Event().wait()  # nothing comes after a death
        return False

    dying.stores.notices.advance = die  # type: ignore[method-assign]
    try:
        house.clock.move(seconds=1)
        first = asyncio.create_task(Timers(dying).poll_once())
        await asyncio.wait_for(fell.wait(), 10)
    finally:
        dying.stores.notices.advance = advance  # type: ignore[method-assign]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    rows = await house.stores.deliveries.of_notice(notice.id, limit=10)
    assert len(rows) >= 1, "its rows are there, its mark is not"

    # Its lease runs out; two other workers take over, and send at the same time.
    other = Background(house.runtime)
    try:
        for _ in range(4):
            house.clock.move(seconds=5)
            house.clock.move_wall(seconds=40)
            await asyncio.gather(house.background.timers.poll_once(), other.timers.poll_once())
            await asyncio.gather(house.background.sender.poll_once(), other.sender.poll_once())
            await asyncio.gather(house.background.tasks.idle(), other.tasks.idle())
    finally:
        await other.close()
    for phone, mark in marks.items():
        heard = [item for item in await phone.screen(after=mark) if "生活水箱清洗" in item.text]
        assert len(heard) == 1, [item.text for item in heard]
    assert (await house.stores.notices.get(notice.id)).state is NS.SENT
    assert len(await house.stores.deliveries.of_notice(notice.id, limit=10)) == 2

    # Withdrawn after all have it: each reads the correction once.
    await boss.call("POST", f"notices/{made['number']}/withdraw", {"reason": "改到下周六", "correct": True})
    house.clock.move(hours=1, minutes=1)
    await out(house, 3)
    for phone, mark in marks.items():
        heard = [item for item in await phone.screen(after=mark) if "作废" in item.text]
        assert len(heard) == 1
    assert {row.state for row in await house.stores.deliveries.of_notice(notice.id, limit=10)} <= {
        S.ACCEPTED,
        S.DELIVERED,
    }
