"""Numbered migrations: run at start, once, under a lock. Expand first; contract a version later.

A migration never changes once it has been released: add the next number. Each can be repeated after a crash half-way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from store.client import AWAY, Database
from store.clock import Clock
from store.conversation_lists import mark_all, mark_held
from store.ending import end
from store.errors import Incompatible, Unavailable
from store.ids import RandomIds
from store.indexes import drop_indexes, ensure_indexes
from store.parcels import index_terms
from store.repo import Repo

log = logging.getLogger(__name__)

Migration = tuple[int, str, Callable[[Database], Awaitable[None]]]

MIGRATIONS: list[Migration] = [
    (1, "first indexes", ensure_indexes),
    (2, "indexes of articles, gaps and questions", ensure_indexes),
    (3, "indexes of promises and incidents", ensure_indexes),
    (4, "indexes of the parcel log and of media", ensure_indexes),
    (5, "what parcels are found by", index_terms),
    (6, "indexes of shifts and alerts", ensure_indexes),
    (7, "indexes of what tickets are found by", ensure_indexes),
    (8, "indexes of notices", ensure_indexes),
    (9, "indexes of conversations, search, canned replies and views", ensure_indexes),
    (10, "indexes of the audit log and of attempts to sign in", ensure_indexes),
    (11, "indexes of charges and of the duty log", ensure_indexes),
    (12, "what conversations are listed by", mark_all),
    (13, "which conversations are held by somebody", mark_held),
    (14, "indexes of who holds what and of who works on what", ensure_indexes),
    (15, "indexes that nothing asks any more go", drop_indexes),
    (16, "the index of who stored an answer goes: answers do not stay stored", drop_indexes),
]

POLL_SECONDS = 0.1
BEAT_SECONDS = 4.0
"""How often the holder of the lock shows that it lives."""
SILENCE = timedelta(seconds=20)
"""A holder that was not seen to live for so long is taken to be dead."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Where the database stands, and who is changing it."""

    version: int
    holder: str
    beat: int


class MigrationRepo(Repo):
    """The only code that knows the ``migrations`` collection: one document, the version and the lock.

    The lock holds no time: the clocks of two machines may differ. Its holder counts ``beat`` up, and whoever waits sees
    on their own clock how long it has stood still.
    """

    name = "migrations"

    async def read(self) -> Schema:
        """Version 0 and no holder on a new database."""
        row = await self._one({"_id": "schema"}) or {}
        return Schema(int(row.get("version", 0)), str(row.get("holder", "")), int(row.get("beat", 0)))

    async def create(self) -> None:
        """The document itself, if it is not there yet."""
        await self._insert_new([{"_id": "schema", "version": 0, "holder": "", "beat": 0}])

    async def take(self, seen: Schema, holder: str) -> bool:
        """Take the lock if it still is as the caller saw it: free, or its holder silent."""
        return await self._update(
            {"_id": "schema", "holder": seen.holder, "beat": seen.beat or {"$in": [0, None]}},
            {"$set": {"holder": holder}, "$inc": {"beat": 1}},
        )

    async def beat(self, holder: str) -> bool:
        """Show that the holder lives; False when the lock was lost."""
        return await self._update({"_id": "schema", "holder": holder}, {"$inc": {"beat": 1}})

    async def reached(self, holder: str, version: int) -> bool:
        """Record a migration; False when the lock was lost."""
        return await self._update({"_id": "schema", "holder": holder}, {"$set": {"version": version}})

    async def went_back_to(self, version: int) -> None:
        """A backup of that version was restored: what came after it has to run again."""
        await self._update({"_id": "schema"}, {"$set": {"version": version}})

    async def release(self, holder: str) -> None:
        """Let the next one in."""
        await self._update({"_id": "schema", "holder": holder}, {"$set": {"holder": ""}})


async def migrate(
    database: Database,
    *,
    holder: str,
    clock: Clock,
    wait: float = 120.0,
    migrations: Sequence[Migration] | None = None,
) -> int:
    """Bring the database to the newest version; gives that version. Waits while another process does it.

    Raises Incompatible when the database is newer than this program, and Unavailable when another process does not come
    to an end within ``wait`` seconds.
    """
    migrations = MIGRATIONS if migrations is None else migrations
    repo = MigrationRepo(database)
    newest = migrations[-1][0]
    me = f"{holder}/{RandomIds().new()}"  # two tasks of one process are two holders
    patience = asyncio.timeout(wait)
    try:
        async with patience:
            while (seen := await _turn(repo, newest, clock)).version < newest:
                if await repo.take(seen, me):
                    patience.reschedule(None)  # our own work takes as long as it takes
                    await _run(repo, database, me, migrations)
                    patience.reschedule(asyncio.get_running_loop().time() + wait)
    except TimeoutError as late:
        if not patience.expired():
            raise
        raise Unavailable("another process is still migrating the database") from late
    return newest


async def _turn(repo: MigrationRepo, newest: int, clock: Clock) -> Schema:
    """The schema, once there is nothing left to do, or the lock is free, or its holder has been silent for too long."""
    seen = await repo.read()
    if seen.version == 0:
        await repo.create()
    since = clock.wall()
    while True:
        if seen.version > newest:
            raise Incompatible(
                f"the database is at version {seen.version}, this program knows versions up to {newest}: "
                "start a newer program, or restore a backup made by this one"
            )
        if seen.version == newest or not seen.holder:
            return seen
        if clock.wall() - since >= SILENCE:
            log.warning("migrations: %s has been silent for too long, taking over", seen.holder)
            return seen
        await asyncio.sleep(POLL_SECONDS)
        if (now := await repo.read()) != seen:
            seen, since = now, clock.wall()


async def _run(repo: MigrationRepo, database: Database, me: str, migrations: Sequence[Migration]) -> None:
    """Run what is missing, and stop at once when the lock is lost to somebody who took us for dead."""
    beating = asyncio.create_task(_beat(repo, me))
    running = asyncio.create_task(_run_missing(repo, database, me, migrations))
    try:
        await asyncio.wait((beating, running), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        else:
            await beating
    finally:
        await end((beating, running))
        with suppress(Unavailable):  # then silence tells it to the next one
            await repo.release(me)


async def _run_missing(repo: MigrationRepo, database: Database, me: str, migrations: Sequence[Migration]) -> None:
    current = (await repo.read()).version
    done: set[Callable[[Database], Awaitable[None]]] = set()
    for number, name, run in migrations:
        if number <= current:
            continue
        log.info("migration %d: %s", number, name)
        try:
            # Several numbers may name the same repeatable step (all indexes): a new database needs it once.
            if run not in done:
                await run(database)
        except AWAY as away:
            raise Unavailable(f"migration {number}") from away
        done.add(run)
        if not await repo.reached(me, number):
            log.warning("migration %d: the lock was lost meanwhile", number)
            return


async def _beat(repo: MigrationRepo, me: str) -> None:
    """Until the lock is lost, or cancelled. A server that builds an index may answer nothing else meanwhile."""
    while True:
        try:
            if not await repo.beat(me):
                log.warning("migrations: the lock was lost")
                return
        except Unavailable as away:
            log.info("migrations: no sign of life was written: %s", away)
        await asyncio.sleep(BEAT_SECONDS)
