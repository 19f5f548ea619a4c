"""Rolling figures of what really happened lately: one small document per estate, cheap to add to and to read."""

from __future__ import annotations

from datetime import datetime

from store.client import Database
from store.documents import Document, Part
from store.repo import Repo


class Case(Part):
    """One thing that took its time. ``id`` makes a replay recognisable."""

    id: str
    at: datetime
    minutes: float


class Statistic(Document):
    """The last cases of each kind, by key."""

    cases: dict[str, tuple[Case, ...]] = {}


class StatisticRepo(Repo):
    """The only code that knows the ``statistics`` collection."""

    name = "statistics"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._there: set[str] = set()

    async def find(self, id: str) -> Statistic | None:
        """The document, or None."""
        row = await self._one({"_id": id})
        return None if row is None else Statistic.of(row)

    async def add_case(self, id: str, key: str, case: Case, *, most: int) -> bool:
        """Add one case, the oldest goes; False when it (a replay) is there already."""
        if id not in self._there:
            await self._insert_new([{"_id": id, "cases": {}}])
            self._there.add(id)
        item = {"$each": [case.model_dump()], "$slice": -most}
        field = f"cases.{key}"
        return await self._update({"_id": id, f"{field}.id": {"$ne": case.id}}, {"$push": {field: item}})
