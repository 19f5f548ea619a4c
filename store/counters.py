"""Counters: one document per letter and day, for ticket numbers."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from store.client import AWAY, Database
from store.errors import Duplicate, Unavailable
from store.repo import Repo


class CounterRepo(Repo):
    """The only code that knows the ``counters`` collection. Few documents: old days are removed."""

    name = "counters"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._there: set[str] = set()

    async def next(self, letter: str, day: date) -> int:
        """The next number of this letter and day, from 1. Gaps are fine, repeats are not."""
        id = f"{letter}{day:%Y%m%d}"
        if id not in self._there:
            # Inserted before the first $inc: a racing first upsert loses its answer on the embedded server.
            with suppress(Duplicate):
                await self._insert({"_id": id, "value": 0, "day": day.isoformat()})
            self._there.add(id)
        try:
            row = await self._rows.find_one_and_update({"_id": id}, {"$inc": {"value": 1}}, return_document=True)
        except AWAY as away:
            raise Unavailable(self.name) from away
        if row is None:  # pruned or dropped behind our back
            self._there.discard(id)
            return await self.next(letter, day)
        return int(row["value"])

    async def prune(self, before: date) -> int:
        """Remove the counters of days before ``before``."""
        return await self._delete({"day": {"$lt": before.isoformat()}})
