"""Timers: what must happen at a time. Stored, claimed by state and version, so any worker may die at any moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.documents import Document
from store.errors import Duplicate
from store.repo import Repo


class Timer(Document):
    """One thing that is due. ``_id`` says what for, so planning it twice plans it once."""

    kind: str
    due: datetime
    ticket_id: str | None = None
    data: dict[str, Any] = {}
    state: str = "pending"
    """pending | running | done | cancelled | failed"""
    version: int = 0
    tries: int = 0
    running_until: datetime | None = None
    problem: str | None = None


class TimerRepo(Repo):
    """The only code that knows the ``timers`` collection."""

    name = "timers"

    async def plan(self, timers: Sequence[Timer]) -> None:
        """Store those that are not there yet."""
        await self._insert_new(timer.row() for timer in timers)

    async def plan_again(self, timer: Timer) -> None:
        """Store it, or move the one that is there to this time, whatever became of it. A run under way loses it."""
        values = {"due": timer.due, "data": timer.data, "state": "pending", "tries": 0, "running_until": None}
        for _ in range(2):
            if await self._update({"_id": timer.id}, {"$set": values, "$inc": {"version": 1}}):
                return
            try:
                await self._insert(timer.row())
            except Duplicate:  # another process was faster: then the update finds it
                continue
            return

    async def find(self, id: str) -> Timer | None:
        """One timer, whatever became of it, or None."""
        row = await self._one({"_id": id})
        return None if row is None else Timer.of(row)

    async def next_due(self) -> datetime | None:
        """When the earliest pending timer is due; None when there is none."""
        rows = await self._list({"state": "pending"}, limit=1, sort=[("due", 1)], projection={"due": 1})
        return rows[0]["due"] if rows else None

    async def due(self, *, at: datetime, limit: int = 100) -> list[Timer]:
        """Pending timers whose time has come, oldest first."""
        rows = await self._list({"state": "pending", "due": {"$lte": at}}, limit=limit, sort=[("due", 1)])
        return [Timer.of(row) for row in rows]

    async def stuck(self, *, wall: datetime, limit: int = 100) -> list[Timer]:
        """Timers whose worker died while running them."""
        rows = await self._list({"state": "running", "running_until": {"$lte": wall}}, limit=limit)
        return [Timer.of(row) for row in rows]

    async def given_up(self, *, since: datetime, limit: int = 20) -> list[Timer]:
        """Timers due since then that failed for good, oldest first."""
        rows = await self._list({"state": "failed", "due": {"$gte": since}}, limit=limit, sort=[("due", 1)])
        return [Timer.of(row) for row in rows]

    async def change(self, timer: Timer, changes: Mapping[str, Any]) -> Timer | None:
        """Write one change if the timer still is as the caller saw it; None when it is not."""
        won = await self._update(
            {"_id": timer.id, "state": timer.state, "version": timer.version},
            {"$set": dict(changes), "$inc": {"version": 1}},
        )
        return timer.model_copy(update={**changes, "version": timer.version + 1}) if won else None

    async def cancel(self, ticket_id: str, kinds: Sequence[str]) -> int:
        """These pending timers of a ticket no longer matter."""
        return await self._update_many(
            {"ticket_id": ticket_id, "kind": {"$in": list(kinds)}, "state": "pending"},
            {"$set": {"state": "cancelled"}, "$inc": {"version": 1}},
        )
