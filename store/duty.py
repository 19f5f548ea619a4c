"""The duty log (值班日志): one entry per person and shift, closed by the next one's signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document, Part
from store.errors import NotFound
from store.repo import Repo

MOST_POINTS = 500


class DutyState(StrEnum):
    """How far an entry is."""

    OPEN = "open"
    HANDED = "handed"
    """Handed over; the next one has not signed yet."""
    SIGNED = "signed"
    """Nothing of it changes any more."""


class DutyPoint(Part):
    """Something that happened."""

    id: str
    at: datetime
    by: str
    text: str
    kind: str = "note"
    """note | incident | patrol | visitor | key | taken_over"""
    ticket: str | None = None
    """Its number."""


class OpenPoint(Part):
    """Something that the next one has to look after."""

    id: str
    text: str
    ticket: str | None = None


class DutyEntry(Document):
    """One shift of one person."""

    estate_id: str = ""
    shift: str
    """早班, 中班, 夜班 ..."""
    day: str
    """The local day on which it began: 2026-11-21."""
    state: DutyState = DutyState.OPEN
    by: str
    points: tuple[DutyPoint, ...] = ()
    open_points: tuple[OpenPoint, ...] = ()
    handed_to: str | None = None
    handed_at: datetime | None = None
    signed_by: str | None = None
    signed_at: datetime | None = None
    remarks: tuple[DutyPoint, ...] = ()
    """What a supervisor wrote, also after the signature."""
    opened_at: datetime
    version: int = 0


class DutyRepo(Repo):
    """The only code that knows the ``duty`` collection."""

    name = "duty"

    async def add(self, entry: DutyEntry) -> None:
        """Insert; raises Duplicate when this shift of this person is there."""
        await self._insert(entry.row())

    async def get(self, id: str) -> DutyEntry:
        """The entry; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return DutyEntry.of(row)

    async def unsigned(self, limit: int = 500) -> list[DutyEntry]:
        """Entries that nobody has signed yet, the newest first."""
        states = [DutyState.OPEN, DutyState.HANDED]
        rows = await self._list({"state": {"$in": states}}, limit=limit, sort=[("opened_at", -1)])
        return [DutyEntry.of(row) for row in rows]

    async def listed(self, *, state: str | None, before: datetime, since: datetime, limit: int) -> list[DutyEntry]:
        """Newest first, in a window of ``opened_at``."""
        filter: dict[str, Any] = {"opened_at": {"$gte": since, "$lt": before}}
        if state is not None:
            filter["state"] = state
        rows = await self._list(filter, limit=limit, sort=[("opened_at", -1)])
        return [DutyEntry.of(row) for row in rows]

    async def change(self, entry: DutyEntry, changes: Mapping[str, Any]) -> DutyEntry | None:
        """Set fields if the entry still is as the caller saw it and nobody has signed it; None when it is not."""
        seen = {"_id": entry.id, "state": entry.state, "version": entry.version}
        if entry.state is DutyState.SIGNED:
            return None
        return (
            await self.get(entry.id)
            if await self._update(seen, {"$set": dict(changes), "$inc": {"version": 1}})
            else None
        )

    async def append(self, entry: DutyEntry, field: str, parts: Sequence[DutyPoint]) -> bool:
        """Add points (while nobody has signed) or remarks; False when they are there, or it was signed meanwhile."""
        items = [part.model_dump() for part in parts]
        filter: dict[str, Any] = {"_id": entry.id, f"{field}.id": {"$nin": [part.id for part in parts]}}
        if field != "remarks":
            filter["state"] = {"$in": [DutyState.OPEN, DutyState.HANDED]}
        return await self._update(filter, {"$push": {field: {"$each": items, "$slice": -MOST_POINTS}}})
