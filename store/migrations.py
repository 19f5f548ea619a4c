"""Numbered migrations: run at start, once, under a lock. Expand first; contract a version later.

A migration never changes once it has been released: add the next number. Each can be repeated after a crash half-way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from store.client import Database
from store.clock import Clock
from store.errors import Unavailable
from store.indexes import ensure_indexes
from store.repo import Repo

log = logging.getLogger(__name__)

LOCK = timedelta(minutes=2)
POLL_SECONDS = 0.1


async def _indexes(database: Database) -> None:
    await ensure_indexes(database)


MIGRATIONS: list[tuple[int, str, Callable[[Database], Awaitable[None]]]] = [
    (1, "first indexes", _indexes),
]


class MigrationRepo(Repo):
    """The only code that knows the ``migrations`` collection: one document, the version and the lock."""

    name = "migrations"

    async def version(self) -> int:
        """The last migration that has run; 0 on a new database."""
        row = await self._one({"_id": "schema"})
        return int(row["version"]) if row else 0

    async def lock(self, holder: str, clock: Clock) -> bool:
        """Take the lock if it is free or run out."""
        await self._insert_new([{"_id": "schema", "version": 0, "holder": "", "until": clock.wall() - LOCK}])
        return await self._update(
            {"_id": "schema", "until": {"$lte": clock.wall()}},
            {"$set": {"holder": holder, "until": clock.wall() + LOCK}},
        )

    async def reached(self, holder: str, version: int) -> bool:
        """Record a migration; False when the lock was lost."""
        return await self._update({"_id": "schema", "holder": holder}, {"$set": {"version": version}})

    async def unlock(self, holder: str, clock: Clock) -> None:
        """Let the next one in."""
        await self._update({"_id": "schema", "holder": holder}, {"$set": {"holder": "", "until": clock.wall()}})


async def migrate(database: Database, *, holder: str, clock: Clock, wait: float = 120.0) -> int:
    """Bring the database to the newest version; gives that version. Waits while another process does it.

    Raises Unavailable when that other process does not come to an end within ``wait`` seconds.
    """
    repo = MigrationRepo(database)
    newest = MIGRATIONS[-1][0]
    async with asyncio.timeout(wait) as patience:
        try:
            while await repo.version() < newest:
                if not await repo.lock(holder, clock):
                    await asyncio.sleep(POLL_SECONDS)
                    continue
                try:
                    current = await repo.version()
                    for number, name, run in MIGRATIONS:
                        if number > current:
                            log.info("migration %d: %s", number, name)
                            await run(database)
                            await repo.reached(holder, number)
                finally:
                    await repo.unlock(holder, clock)
        except TimeoutError as late:
            if patience.expired():
                raise Unavailable("another process is still migrating the database") from late
            raise
    return newest
