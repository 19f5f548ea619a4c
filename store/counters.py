"""Counters: one document per letter and day, for ticket numbers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import partial

from store.client import AWAY, Database
from store.errors import Duplicate, Unavailable
from store.repo import Repo
from store.together import Together

MOST_DAYS = 32
"""Letters and days that one process has in use."""


class CounterRepo(Repo):
    """The only code that knows the ``counters`` collection. Few documents: old days are removed."""

    name = "counters"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._there: set[str] = set()
        self._wanted: dict[str, Together[None, int]] = {}

    async def next(self, letter: str, day: date) -> int:
        """The next number of this letter and day, from 1. Gaps are fine, repeats are not.

        Numbers that are wanted at the same moment are taken with one step of the counter.
        """
        id = f"{letter}{day:%Y%m%d}"
        wanted = self._wanted.get(id)
        if wanted is None:
            if len(self._wanted) >= MOST_DAYS:
                del self._wanted[next(iter(self._wanted))]
            wanted = self._wanted[id] = Together(partial(self._take, id, day))
        return await wanted.do(None)

    async def _take(self, id: str, day: date, callers: Sequence[None]) -> list[int]:
        while True:
            if id not in self._there:
                # Inserted before the first $inc: a racing first upsert loses its answer on the embedded server.
                with suppress(Duplicate):
                    await self._insert({"_id": id, "value": 0, "day": day.isoformat()})
                self._there.add(id)
            try:
                row = await self._rows.find_one_and_update(
                    {"_id": id}, {"$inc": {"value": len(callers)}}, return_document=True
                )
            except AWAY as away:
                raise Unavailable(self.name) from away
            if row is not None:
                last = int(row["value"])
                return list(range(last - len(callers) + 1, last + 1))
            self._there.discard(id)  # pruned or dropped behind our back

    async def prune(self, before: date) -> int:
        """Remove the counters of days before ``before``."""
        return await self._delete({"day": {"$lt": before.isoformat()}})
