"""Parcels at the front desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.documents import Document
from store.repo import Repo


class Parcel(Document):
    """A parcel at the front desk."""

    estate_id: str
    room_id: str
    recipient: str = ""
    carrier: str = ""
    tracking: str = ""
    shelf: str = ""
    code: str = ""
    state: str = "waiting"
    """waiting | collected | returned"""
    arrived_at: datetime


class ParcelRepo(Repo):
    """The only code that knows the ``parcels`` collection."""

    name = "parcels"

    async def add(self, parcels: Sequence[Parcel]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(parcel.row() for parcel in parcels)

    async def waiting_for(self, room_ids: Sequence[str], limit: int = 20) -> list[Parcel]:
        """What waits for these rooms, oldest first."""
        rows = await self._list(
            {"room_id": {"$in": list(room_ids)}, "state": "waiting"}, limit=limit, sort=[("arrived_at", 1)]
        )
        return [Parcel.of(row) for row in rows]
