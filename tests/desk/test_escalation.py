"""The ladder: reminded, the supervisor, the manager; each step once; also when nobody has it; urgent ones ring on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.timers import LEASE, LONGEST_DELAY, Timers
from desk.escalation import Escalation
from store.errors import Unavailable
from store.tickets import Category, State, Ticket
from tests.desk.conftest import WANG, Office
from tests.desk.duty import alerts_of, escalations, set_rules, team

S = State


async def steps(office: Office, ticket: Ticket) -> list[str]:
    return [f"{e.data['step']}:{e.data['target']}" for e in escalations(await office.again(ticket))]


async def test_reminded_at_ten_minutes_the_supervisor_at_twenty(office: Office) -> None:
    ticket = await office.open()
    for minutes, seen in ((7, ["warn:accept"]), (3, ["remind:accept"]), (10, ["supervisor:accept"])):
        before = await steps(office, ticket)
        await office.later(minutes=minutes - 0.01)
        await office.later(minutes=0.01)
        assert (await steps(office, ticket))[len(before) :] == seen
    assert [alert.kind for alert in await alerts_of(office, "zhang")] == ["warn", "remind"]
    assert [alert.kind for alert in await alerts_of(office, "li")] == ["supervisor"]
    [last] = await alerts_of(office, "li")
    assert "已等 20 分钟" in last.text and ticket.number in last.text


async def test_the_manager_hears_of_a_breach_and_a_warning_comes_before_each_target(office: Office) -> None:
    ticket = await office.open()
    await office.later()
    while (at := await office.stores.timers.next_due()) is not None:
        office.clock.set(max(at, office.clock.now()))
        await office.later()
    assert await steps(office, ticket) == [
        "warn:accept", "remind:accept", "supervisor:accept", "warn:first_answer", "breach:first_answer",
        "warn:on_site", "breach:on_site", "warn:done", "breach:done",
    ]  # fmt: skip
    assert {alert.kind for alert in await alerts_of(office, "ma")} == {"breach"}


async def test_after_a_long_stand_still_nothing_is_told_twice_and_no_warning_of_what_is_over(office: Office) -> None:
    ticket = await office.open()
    await office.later()
    await office.later(days=400)
    seen = await steps(office, ticket)
    assert sorted(seen) == sorted(
        ["remind:accept", "supervisor:accept", "breach:first_answer", "breach:on_site", "breach:done"]
    )
    await office.later(days=1)
    assert await steps(office, ticket) == seen


async def test_accepted_in_time_nobody_is_reminded(office: Office) -> None:
    ticket = await office.open()
    await office.later(minutes=2)
    ticket = await office.desk.tickets.move(await office.again(ticket), S.ACCEPTED, await office.actor("zhang"))
    await office.later(hours=3)
    assert await steps(office, ticket) == []


async def test_whoever_has_it_is_warned_and_nobody_else(office: Office) -> None:
    ticket = await office.open()
    ticket = await office.desk.tickets.move(ticket, S.ACCEPTED, await office.actor("zhang"))
    assert ticket.due.on_site_by is not None
    office.clock.set(ticket.due.on_site_by - timedelta(hours=1))
    await office.later()
    assert [a.kind for a in await alerts_of(office, "zhang")] == ["warn"] and await alerts_of(office, "liu") == []
    [alert] = await alerts_of(office, "zhang")
    assert "上门时限 今天 17:30" in alert.text


async def test_an_urgent_one_rings_until_somebody_accepts(office: Office) -> None:
    office.clock.set(datetime(2026, 3, 14, 23, 30, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC))
    ticket = await office.open(urgent=True)
    for _ in range(40):
        await office.later(minutes=1)
    seen = await steps(office, ticket)
    assert seen.count("repeat:accept") == 5 and seen.count("remind:accept") == 1
    assert seen.count("supervisor:accept") == 1 and "breach:on_site" in seen and "breach:first_answer" not in seen
    assert {a.kind for a in await alerts_of(office, "li")} >= {"supervisor", "repeat", "breach"}
    await office.desk.tickets.move(await office.again(ticket), S.ACCEPTED, await office.actor("zhang"))
    await office.later(hours=2)
    assert (await steps(office, ticket)).count("repeat:accept") == 5


async def test_a_clock_that_jumps_a_year_rings_once_and_one_put_back_a_day_goes_on(office: Office) -> None:
    ticket = await office.open(urgent=True)
    await office.later(minutes=10)
    await office.later(days=365)
    count = len(await steps(office, ticket))
    assert (await steps(office, ticket)).count("repeat:accept") <= 1
    await office.later(days=-1)
    await office.later(minutes=6)
    assert len(await steps(office, ticket)) == count + 2, "it is not silent until the clock has caught up"


async def test_without_a_technician_the_supervisor_and_without_any_the_row_says_so(office: Office) -> None:
    for name in ("zhang", "liu"):
        await office.stores.staff.change(name, {"on_duty": False})
    ticket = await office.open()
    await office.later(minutes=10)
    assert [alert.kind for alert in await alerts_of(office, "li")] == ["remind"]
    for name in ("zhang", "liu", "zhou", "li", "ma", "root"):
        await office.stores.staff.change(name, {"active": False})
    await office.later(minutes=10)
    assert "没有人可通知" in str(escalations(await office.again(ticket))[-1].note)


async def test_the_team_that_was_told_is_reminded(office: Office) -> None:
    await team(office, "liu")
    await set_rules(office, {"name": "报修", "team": "gc", "mode": "grab"})
    await office.open()
    await office.later()
    await office.later(minutes=10)
    assert [a.kind for a in await alerts_of(office, "liu")] == ["offered", "remind"]
    assert await alerts_of(office, "zhang") == []


async def test_while_the_owner_is_waited_for_nobody_is_told(office: Office) -> None:
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.open(), S.ACCEPTED, zhang)
    ticket = await office.desk.tickets.move(ticket, S.WAITING_OWNER, zhang, question="在家吗")
    await office.later(days=3)
    assert await steps(office, ticket) == []
    again = await office.desk.tickets.move(ticket, S.ACCEPTED, WANG)
    assert again.due.on_site_by is not None and again.due.on_site_by > office.clock.now()
    office.clock.set(again.due.on_site_by)
    await office.later()
    assert "breach:on_site" in await steps(office, ticket)


async def test_any_number_of_workers_take_a_step_once(office: Office) -> None:
    ticket = await office.open()
    workers = [Timers(office.desk) for _ in range(4)]
    for minutes in (0, 7, 3, 10, 100):
        office.clock.move(minutes=minutes)
        for _ in range(2):
            await asyncio.gather(*(worker.poll_once() for worker in workers))
    seen = await steps(office, ticket)
    assert len(seen) == len(set(seen)) and "supervisor:accept" in seen
    assert len([a for a in await alerts_of(office, "li") if a.kind == "supervisor"]) == 1


@pytest.mark.parametrize("where", ["alerts.add", "tickets.append", "timers.change"])
async def test_killed_in_the_middle_another_worker_ends_it_within_thirty_seconds(
    office: Office, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    ticket = await office.open()
    await office.later()
    office.clock.move(minutes=10)
    repo, name = where.split(".")
    real = getattr(getattr(office.stores, repo), name)
    calls = 0

    async def dies(*args: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls <= (1 if repo != "timers" else 2) and not (repo == "timers" and calls == 1):
            raise Unavailable("killed")
        return await real(*args, **more)

    monkeypatch.setattr(getattr(office.stores, repo), name, dies)
    with pytest.raises(Unavailable):
        await office.timers.poll_once()
    monkeypatch.undo()
    other = Timers(office.desk)
    assert await other.poll_once() == 0, "its lease still holds"
    assert timedelta(seconds=30) > LONGEST_DELAY
    office.clock.move_wall(seconds=LEASE.total_seconds())
    await other.poll_once()
    assert await steps(office, ticket) == ["remind:accept"]
    assert [alert.kind for alert in await alerts_of(office, "zhang")] == ["remind"]


async def test_a_change_moves_the_next_step(office: Office) -> None:
    ticket = await office.open()
    await office.later()
    assert await Escalation.plan(office.desk.escalation, await office.again(ticket)) == ticket.opened_at + timedelta(
        minutes=7
    )
    await office.desk.tickets.move(await office.again(ticket), S.CANCELLED, WANG)
    await office.later(days=2)
    assert await steps(office, ticket) == []


async def test_a_major_complaint_owes_an_answer(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT, severity="major")
    await office.later()
    ticket = await office.desk.tickets.move(await office.again(ticket), S.ACCEPTED, await office.actor("zhou"))
    await office.later(days=2)
    assert "breach:answer" in await steps(office, ticket)
