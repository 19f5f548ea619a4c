"""What an owner reads when their ticket moves: the time they wished for; nothing that puts off an emergency."""

from __future__ import annotations

from datetime import timedelta

from store.tickets import State
from tests.desk.conftest import Office


async def accepted(office: Office, wish: str | None, **later: float) -> str:
    ticket = await office.open(wished_time=wish)
    office.clock.move(**later)
    zhang = await office.actor("zhang")
    await office.desk.tickets.move(await office.again(ticket), State.ACCEPTED, zhang)
    return next(row.text for row in await office.heard() if row.id.startswith(f"ticket:{ticket.id}:accepted"))


async def test_the_wished_time_is_repeated_as_it_is_said_today(office: Office) -> None:
    assert "知道您希望下午三点后来" in (said := await accepted(office, "下午三点后")) and "最晚" not in said
    assert "知道您希望今天上午来" in await accepted(office, "明天上午", hours=22)
    assert "希望" not in (said := await accepted(office, "都可以")) and "最晚" in said
    assert "希望" not in (said := await accepted(office, "今天下午", hours=24)) and "最晚" in said, "it is over"
    assert "知道您希望明天 10:00 来" in await accepted(office, "后天上午十点", hours=24)
    assert "希望" not in await accepted(office, None)


async def test_nobody_puts_off_an_emergency(office: Office) -> None:
    ticket = await office.open(description="厨房水管爆了", urgent=True)
    zhang = await office.actor("zhang")
    await office.desk.tickets.move(await office.again(ticket), State.ACCEPTED, zhang)
    assert ticket.due.on_site_by is not None
    office.clock.set(ticket.due.on_site_by)
    await office.later()

    [row] = [row for row in await office.heard() if row.id.startswith("late:")]
    assert row.kind == "urgent" and "改时间" not in row.text and "情况变急马上说一声" in row.text
    assert office.clock.now() - ticket.due.on_site_by < timedelta(minutes=1)
