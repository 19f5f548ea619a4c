"""Migrations: once, by one process at a time, repeated after a crash, never on a database newer than the program."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from store.client import Database, IndexModel
from store.conversations import Mode
from store.errors import Incompatible, Unavailable
from store.indexes import GONE
from store.migrations import MIGRATIONS, SILENCE, Migration, MigrationRepo, migrate
from store.stores import Stores
from tests.clock import FixedClock
from tests.store.samples import MINUTE, NOW

Open = Callable[[], Awaitable[Stores]]


class Counted:
    """Migrations that say how often they ran, and can be made to fail or to wait."""

    def __init__(self, newest: int = 2) -> None:
        self.ran: list[int] = []
        self.running = 0
        self.fail_at = 0
        self.wait_at = 0
        self.waiting = asyncio.Event()
        self.go_on = asyncio.Event()
        self.steps: list[Migration] = [(n, f"step {n}", self._step(n)) for n in range(1, newest + 1)]

    def _step(self, number: int) -> Callable[[Database], Awaitable[None]]:
        async def run(database: Database) -> None:
            self.running += 1
            assert self.running == 1, "two at once"
            try:
                await database["done"].insert_one({"step": number})
                if number == self.fail_at:
                    raise RuntimeError("crashed half-way")
                if number == self.wait_at:
                    self.waiting.set()
                    await self.go_on.wait()
                self.ran.append(number)
            finally:
                self.running -= 1

        return run


@pytest.fixture
async def bare(open_stores: Open) -> Stores:
    """A database on which nothing has run."""
    return await open_stores()


async def test_our_own_bring_a_new_database_to_the_newest_version(bare: Stores, clock: FixedClock) -> None:
    assert await bare.migrate(holder="a", clock=clock) == MIGRATIONS[-1][0]
    assert await bare.migrate(holder="a", clock=clock) == MIGRATIONS[-1][0]
    assert [number for number, _, _ in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


async def test_a_database_from_before_learns_who_holds_what_and_loses_what_nobody_asks(
    bare: Stores, clock: FixedClock
) -> None:
    database = bare.connection.database
    await migrate(database, holder="a", clock=clock, migrations=MIGRATIONS[:12])
    old = [("tickets", "category"), ("tickets", "executor"), ("conversations", "staff_id")]
    await database["tickets"].create_indexes([IndexModel([("category", 1), ("opened_at", -1)])])
    await database["tickets"].create_indexes([IndexModel([("executor", 1), ("state", 1)])])
    await database["conversations"].create_indexes([IndexModel([("staff_id", 1), ("mode", 1), ("last_at", -1)])])
    row = {"app_id": "wx1", "last_at": NOW}
    rows = [
        {**row, "_id": "wx1:a", "openid": "a", "mode": "bot"},
        {**row, "_id": "wx1:b", "openid": "b", "mode": "person"},
    ]
    rows.append({**row, "_id": "wx1:c", "openid": "c", "mode": "bot", "staff_id": "zhou"})
    await database["conversations"].insert_many(rows)
    await bare.migrate(holder="a", clock=clock)
    window: dict[str, Any] = {"before": NOW + MINUTE, "since": NOW, "limit": 9}
    assert [c.openid for c in await bare.conversations.held_by(None, Mode.PERSON, **window)] == ["b"]
    assert [c.openid for c in await bare.conversations.held_by("zhou", Mode.BOT, **window)] == ["c"]
    for collection, first in old:
        listed = await database.command({"listIndexes": collection})
        names = [index["name"] for index in listed["cursor"]["firstBatch"]]
        assert not [name for name in names if name in GONE[collection]], first


async def test_many_processes_at_once_run_each_step_once(bare: Stores, open_stores: Open, clock: FixedClock) -> None:
    counted = Counted(3)
    sides = [bare, await open_stores(), await open_stores()] * 2
    versions = await asyncio.gather(
        # The same name on purpose: two tasks of one process are two holders.
        *(migrate(s.connection.database, holder="p", clock=clock, migrations=counted.steps) for s in sides)
    )
    assert versions == [3] * 6
    assert counted.ran == [1, 2, 3]


async def test_only_what_is_missing_runs(bare: Stores, clock: FixedClock) -> None:
    counted = Counted(3)
    database = bare.connection.database
    await migrate(database, holder="a", clock=clock, migrations=counted.steps[:2])
    await migrate(database, holder="a", clock=clock, migrations=counted.steps)
    assert counted.ran == [1, 2, 3]


async def test_one_that_failed_half_way_is_repeated_and_lets_the_next_in(bare: Stores, clock: FixedClock) -> None:
    counted = Counted(3)
    counted.fail_at = 2
    database = bare.connection.database
    with pytest.raises(RuntimeError, match="half-way"):
        await migrate(database, holder="a", clock=clock, migrations=counted.steps)
    assert (await MigrationRepo(database).read()).version == 1
    counted.fail_at = 0
    assert await migrate(database, holder="b", clock=clock, migrations=counted.steps, wait=5) == 3
    assert counted.ran == [1, 2, 3]


async def test_a_dead_holder_is_waited_for_and_then_taken_over(bare: Stores, clock: FixedClock) -> None:
    counted = Counted()
    database = bare.connection.database
    repo = MigrationRepo(database)
    await repo.create()
    assert await repo.take(await repo.read(), "dead")  # killed here: nobody beats, nobody releases
    with pytest.raises(Unavailable, match="still migrating"):
        await migrate(database, holder="b", clock=clock, migrations=counted.steps, wait=0.5)
    assert counted.ran == []
    waiter = asyncio.create_task(migrate(database, holder="b", clock=clock, migrations=counted.steps, wait=30))
    await _polled(repo)
    clock.move_wall(seconds=SILENCE.total_seconds())
    assert await waiter == 2
    assert counted.ran == [1, 2]


async def test_a_holder_that_lives_is_waited_for_however_the_clocks_differ(bare: Stores, open_stores: Open) -> None:
    counted = Counted()
    counted.wait_at = 1
    ours, theirs = FixedClock(), FixedClock()
    theirs.wall_offset = timedelta(hours=3)
    other = await open_stores()
    first = asyncio.create_task(
        migrate(bare.connection.database, holder="a", clock=ours, migrations=counted.steps, wait=30)
    )
    await asyncio.wait_for(counted.waiting.wait(), 20)
    second = asyncio.create_task(
        migrate(other.connection.database, holder="b", clock=theirs, migrations=counted.steps, wait=30)
    )
    await _polled(MigrationRepo(other.connection.database))
    assert not second.done()
    counted.go_on.set()
    assert (await first, await second) == (2, 2)
    assert counted.ran == [1, 2]


async def test_a_holder_taken_for_dead_stops_and_writes_nothing_more(bare: Stores) -> None:
    repo = MigrationRepo(bare.connection.database)
    await repo.create()
    assert await repo.take(await repo.read(), "slow")
    seen = await repo.read()
    assert await repo.take(seen, "next")
    assert not await repo.take(seen, "third"), "it is no longer as it was seen"
    assert not await repo.beat("slow")
    assert not await repo.reached("slow", 1)
    await repo.release("slow")
    assert (await repo.read()).holder == "next"
    assert await repo.beat("next") and await repo.reached("next", 1)
    await repo.release("next")
    assert ((await repo.read()).version, (await repo.read()).holder) == (1, "")


async def test_a_database_newer_than_the_program_is_refused_and_left_alone(bare: Stores, clock: FixedClock) -> None:
    counted = Counted(3)
    database = bare.connection.database
    await migrate(database, holder="new", clock=clock, migrations=counted.steps)
    before = await MigrationRepo(database).read()
    with pytest.raises(Incompatible, match="version 3, this program knows versions up to 2: start a newer program"):
        await migrate(database, holder="old", clock=clock, migrations=counted.steps[:2])
    assert await MigrationRepo(database).read() == before


async def test_a_server_that_is_not_there_is_told_as_unavailable(gone: Stores, clock: FixedClock) -> None:
    with pytest.raises(Unavailable):
        await gone.migrate(holder="a", clock=clock)


async def _polled(repo: MigrationRepo) -> None:
    """Long enough for a waiter to have looked several times: as many reads of our own, one after the other."""
    for _ in range(10):
        await repo.read()
        await asyncio.sleep(0.05)
