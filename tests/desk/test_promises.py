"""Numbers and due times: in the estate's zone, stored, moved and never dropped; no time that is over is promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk.actors import SYSTEM
from desk.errors import Incomplete
from store.estates import Estate
from store.tickets import Category, State
from tests.desk.conftest import WANG, Office

S = State
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(("category", "letter"), list(zip(Category, "RCIPS", strict=True)))
async def test_the_letter_and_the_day_of_a_number(office: Office, category: Category, letter: str) -> None:
    office.clock.set(datetime(2026, 3, 10, 0, 30, tzinfo=SHANGHAI).astimezone(UTC))
    assert (await office.open(category)).number == f"{letter}20260310-0001"
    office.clock.set(datetime(2026, 3, 10, 23, 59, tzinfo=SHANGHAI).astimezone(UTC))
    assert (await office.open(category)).number == f"{letter}20260310-0002"


async def test_the_day_is_that_of_the_estate(office: Office) -> None:
    await office.stores.estates.add([Estate(id="ur", name="西苑", time_zone="Asia/Urumqi")])
    await office.desk.rules.refresh()
    office.clock.set(datetime(2026, 3, 10, 0, 30, tzinfo=SHANGHAI).astimezone(UTC))
    here, there = await office.open(), await office.open(estate_id="ur")
    assert (here.number[:9], there.number[:9]) == ("R20260310", "R20260309")
    assert here.due.on_site_by != there.due.on_site_by


async def test_numbers_that_are_taken_are_passed_over(office: Office) -> None:
    taken = [await office.open() for _ in range(3)]
    await office.stores.counters.prune(datetime(2027, 1, 1, tzinfo=UTC).date())
    assert (await office.open()).number == "R20260310-0004" and len({ticket.number for ticket in taken}) == 3


async def test_due_times_are_stored_and_counted_anew_when_it_is_reopened(office: Office) -> None:
    ticket = await office.resolved()
    stored = (await office.again(ticket)).due
    assert stored.accept_by == ticket.opened_at + timedelta(minutes=10) and stored.done_by is not None
    office.clock.move(days=7)
    again = await office.desk.tickets.move(ticket, S.ACCEPTED, WANG, reason="又漏")
    assert again.due.done_by is not None and again.due.done_by > office.clock.now() and again.resolved_at is None


async def test_who_hands_back_leaves_the_next_one_ten_minutes(office: Office) -> None:
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.open(), S.ACCEPTED, zhang)
    office.clock.move(hours=1)
    back = await office.desk.tickets.move(ticket, S.NEW, zhang, reason="没有工具")
    assert back.due.accept_by == office.clock.now() + timedelta(minutes=10)
    assert back.due.done_by == ticket.due.done_by, "what the owner was promised stands"


async def test_what_fell_due_while_it_waited_is_promised_anew(office: Office) -> None:
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.open(), S.ACCEPTED, zhang)
    until = office.clock.now() + timedelta(days=6)
    ticket = await office.desk.tickets.move(ticket, S.WAITING_PARTS, zhang, reason="缺料", until=until)
    await office.later(days=6)
    current = await office.again(ticket)
    assert current.state is S.ACCEPTED and current.events[-1].by == SYSTEM.tag
    assert current.due.on_site_by is not None and current.due.on_site_by > office.clock.now()
    assert current.due.done_by is not None and current.due.done_by >= current.due.on_site_by
    assert "明天 17:30" in (await office.heard())[-1].text


async def test_a_quick_question_moves_no_promise(office: Office) -> None:
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.open(), S.ACCEPTED, zhang)
    asked = await office.desk.tickets.move(ticket, S.WAITING_OWNER, zhang, question="几点？")
    office.clock.move(minutes=10)
    assert (await office.desk.tickets.move(asked, S.ACCEPTED, WANG)).due == ticket.due


async def test_put_off_to_another_day_the_promise_goes_there_too(office: Office) -> None:
    until = datetime(2026, 3, 16, 9, 0, tzinfo=SHANGHAI)
    ticket = await office.open()
    moved = await office.desk.tickets.move(ticket, S.DEFERRED, WANG, reason="出差", until=until)
    assert moved.until == until and moved.due.on_site_by == datetime(2026, 3, 16, 17, 30, tzinfo=SHANGHAI)
    assert ticket.due.done_by is not None and moved.due.done_by is not None
    assert moved.due.done_by > ticket.due.done_by
    await office.later(days=6)
    assert "接着办了" in (await office.heard())[-1].text and "今天 17:30" in (await office.heard())[-1].text


async def test_no_time_that_is_over_is_promised(office: Office) -> None:
    ticket = await office.open()
    office.clock.move(days=20)
    await office.desk.tickets.move(ticket, S.ACCEPTED, await office.actor("zhang"))
    assert "最晚" not in (await office.heard())[-1].text


@pytest.mark.parametrize("to", [S.WAITING_PARTS, S.DEFERRED])
async def test_until_a_time_that_is_over_is_refused(office: Office, to: State) -> None:
    zhang, li = await office.actor("zhang"), await office.actor("li")
    ticket = await office.desk.tickets.move(await office.open(), S.ACCEPTED, zhang)
    for until in (office.clock.now(), office.clock.now() - timedelta(days=1)):
        with pytest.raises(Incomplete, match="之后"):
            await office.desk.tickets.move(ticket, to, li, reason="缺料", until=until)
    assert (await office.again(ticket)).state is S.ACCEPTED
