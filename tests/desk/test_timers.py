"""What a worker does with timers that fail, hang, or take it with them; and with one whose kind nobody knows."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot import timers as loop
from bot.timers import AT_ONCE, LEASE, LONGEST_LOOK, WAITS, Timers
from store.timers import Timer
from tests.desk.conftest import Office


async def stored(office: Office, id: str) -> Timer:
    timer = await office.stores.timers.find(id)
    assert timer is not None
    return timer


async def test_a_slow_timer_keeps_its_lease_and_ends_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "RENEW_SECONDS", 0.01)
    begun, may_end = asyncio.Event(), asyncio.Event()
    runs = 0

    async def slow(timer: Timer) -> None:
        nonlocal runs
        runs += 1
        begun.set()
        await may_end.wait()

    office.desk.timers.on("slow", slow)
    await office.desk.timers.plan("slow:1", "slow", office.clock.now())
    first = asyncio.create_task(office.timers.poll_once())
    await begun.wait()
    office.clock.move_wall(seconds=LEASE.total_seconds() * 5)

    async def renewed() -> None:
        while (until := (await stored(office, "slow:1")).running_until) is None or until <= office.clock.wall():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(renewed(), 10)
    assert await Timers(office.desk).poll_once() == 0, "long as it takes, it is not taken from whoever is at it"
    may_end.set()
    await first
    assert runs == 1 and (await stored(office, "slow:1")).state == "done"

    begun.clear()
    may_end.clear()
    await office.desk.timers.plan("slow:2", "slow", office.clock.now())
    first = asyncio.create_task(office.timers.poll_once())
    await begun.wait()
    later = office.clock.now() + timedelta(hours=1)
    await office.desk.timers.plan_again("slow:2", "slow", later)
    may_end.set()
    await first
    again = await stored(office, "slow:2")
    assert (again.state, again.due) == ("pending", later), "planned anew while it ran: that holds"


async def test_a_timer_that_fails_or_kills_waits_longer_and_longer_and_is_given_up_in_the_end(office: Office) -> None:
    fired: list[datetime] = []

    async def fails(timer: Timer) -> None:
        fired.append(office.clock.now())
        raise ValueError("no way")

    office.desk.timers.on("fails", fails)
    began = office.clock.now()
    await office.desk.timers.plan("fails:1", "fails", began)
    await office.desk.timers.plan("unknown:1", "nobody knows it", began)
    await office.later()
    for wait in WAITS:
        assert (await stored(office, "fails:1")).state == "pending"
        await office.later(seconds=wait.total_seconds() - 1)
        tried = len(fired)
        await office.later(seconds=1)
        assert len(fired) == tried + 1
    assert (await stored(office, "fails:1")).state == "failed"
    assert "no such timer" in str((await stored(office, "unknown:1")).problem)
    assert [one.id for one in await office.stores.timers.given_up(since=began)] == ["fails:1", "unknown:1"]
    await office.later(days=30)
    assert len(fired) == len(WAITS) + 1


async def test_workers_that_die_one_after_the_other_delay_a_timer_by_a_lease_each(office: Office) -> None:
    fired = 0

    async def fires(timer: Timer) -> None:
        nonlocal fired
        fired += 1

    office.desk.timers.on("fires", fires)
    await office.desk.timers.plan("fires:1", "fires", office.clock.now())
    for deaths in range(1, 9):
        pending = await stored(office, "fires:1")
        until = office.clock.wall() + LEASE
        assert await office.stores.timers.change(pending, {"state": "running", "running_until": until})
        assert await office.timers.poll_once() == 0 and fired == 0
        office.clock.move_wall(seconds=LEASE.total_seconds())
        if deaths <= 4:
            continue_at = await take_over_only(office)
            assert continue_at == pending.due, "at once, as one may die by chance"
        else:
            assert await office.timers.poll_once() == 0, "whoever runs it dies of it: not at once again"
            assert (await stored(office, "fires:1")).due > office.clock.now()
            office.clock.set((await stored(office, "fires:1")).due)
    await office.later()
    assert fired == 1 and (await stored(office, "fires:1")).state == "done"


async def take_over_only(office: Office) -> datetime:
    """What a worker does with the dead one's timer before it runs it itself."""
    [dead] = await office.stores.timers.stuck(wall=office.clock.wall())
    await office.timers._take_over(dead)
    return (await stored(office, "fires:1")).due


async def test_a_long_queue_does_not_keep_a_worker_from_looking_for_dead_ones(office: Office) -> None:
    async def long(timer: Timer) -> None:
        office.clock.move_wall(seconds=LONGEST_LOOK.total_seconds() / 2)

    office.desk.timers.on("long", long)
    for number in range(6):
        await office.desk.timers.plan(f"long:{number}", "long", office.clock.now() + timedelta(milliseconds=number))
    office.clock.move(seconds=1)
    assert await office.timers.poll_once() == AT_ONCE, "it says that there is more"
    states = [(await stored(office, f"long:{number}")).state for number in range(6)]
    assert "done" in states and "pending" in states
    while await office.timers.poll_once():
        pass
    assert {(await stored(office, f"long:{number}")).state for number in range(6)} == {"done"}
