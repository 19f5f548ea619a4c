"""Daily rows for the dashboard: the few facts of all tickets that were opened on one day in one estate, packed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.documents import Document
from store.repo import Repo


class DayFigures(Document):
    """One day. ``_id`` is the estate id and the local day: ``hy:2026-11-21``."""

    packed: bytes
    """JSON, compressed; desk/figures.py knows what is in it."""
    count: int
    final: bool = False
    """Nothing of it changes any more."""
    made_at: datetime


class Stamp(Document):
    """When a day was made, without what is in it."""

    final: bool = False
    made_at: datetime


class FigureRepo(Repo):
    """The only code that knows the ``figures`` collection."""

    name = "figures"

    async def of_ids(self, ids: Sequence[str]) -> list[DayFigures]:
        """These days, in no order; what was never made is missing."""
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)
        return [DayFigures.of(row) for row in rows]

    async def stamps(self, ids: Sequence[str]) -> list[Stamp]:
        """When these days were made, in no order."""
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1, projection={"final": 1, "made_at": 1})
        return [Stamp.of(row) for row in rows]

    async def put(self, day: DayFigures) -> None:
        """Keep a day, over what was kept of it before."""
        row = day.row()
        values = {name: value for name, value in row.items() if name != "_id"}
        if not await self._update({"_id": day.id}, {"$set": values}):
            await self._insert_new([row])
