"""Attempts to sign in, per name and address; in the database, so that no restart and no other process forgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from store.documents import Document
from store.errors import Duplicate
from store.repo import Repo

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Attempts(Document):
    """What was tried under one key within one window. ``_id`` is a keyed hash: a mistyped name may be a password."""

    count: int = 0
    ends_at: datetime
    """The window's end, or the lock's."""
    locked: bool = False


class AttemptRepo(Repo):
    """The only code that knows the ``attempts`` collection."""

    name = "attempts"

    async def of(self, keys: Sequence[str], now: datetime) -> dict[str, Attempts]:
        """What still counts under these keys."""
        rows = [Attempts.of(row) for row in await self._list({"_id": {"$in": list(keys)}}, limit=len(keys) or 1)]
        return {row.id: row for row in rows if row.ends_at > now}

    async def count(self, key: str, now: datetime, window: timedelta) -> None:
        """One more; the first one, or the first after a window ended, begins a new window."""
        fresh = {"count": 1, "ends_at": now + window, "locked": False}
        for _ in range(3):
            if await self._update({"_id": key, "ends_at": {"$gt": now}}, {"$inc": {"count": 1}}):
                return
            if await self._update({"_id": key, "ends_at": {"$lte": now}}, {"$set": fresh}):
                return
            try:
                await self._insert({"_id": key, **fresh})
            except Duplicate:
                continue  # somebody began it at this very moment
            return

    async def lock(self, key: str, until: datetime) -> None:
        """Nothing more under this key until then; a lock that stands is not made longer."""
        await self._update({"_id": key, "locked": False}, {"$set": {"locked": True, "ends_at": until}})

    async def take_back(self, key: str) -> None:
        """One less: it was right."""
        await self._update({"_id": key, "locked": False, "count": {"$gt": 0}}, {"$inc": {"count": -1}})

    async def forget(self, keys: Sequence[str]) -> None:
        """Begin anew."""
        await self._delete({"_id": {"$in": list(keys)}})

    async def prune(self, before: datetime) -> int:
        """Remove what ended before then; gives how many."""
        return await self._delete({"ends_at": {"$gte": BEGINNING, "$lt": before}})
