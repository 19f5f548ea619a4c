"""Rooms: the homes of an estate, and how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.client import AWAY
from store.documents import Document
from store.errors import NotFound, Unavailable
from store.repo import Repo

PIECE = 1000


class Room(Document):
    """One home. ``_id`` is ``{estate_id}/{building}-{unit}-{number}``; unit may be empty."""

    estate_id: str
    building: str
    unit: str = ""
    number: str
    name: str
    """As the estate writes it: 3栋2单元1502."""


def room_id(estate_id: str, building: str, unit: str, number: str) -> str:
    """The id of a room (the contract, section 1)."""
    return f"{estate_id}/{building}-{unit}-{number}"


class RoomRepo(Repo):
    """The only code that knows the ``rooms`` collection."""

    name = "rooms"

    async def add(self, rooms: Sequence[Room]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(room.row() for room in rooms)

    async def get(self, id: str) -> Room:
        """The room; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Room.of(row)

    async def of_ids(self, ids: Sequence[str]) -> list[Room]:
        """These rooms, in no order."""
        return [Room.of(row) for row in await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)]

    async def of_unit(self, estate_id: str, building: str, unit: str, limit: int = 5000) -> list[Room]:
        """The homes of one unit; an empty unit is that of homes without one."""
        rows = await self._list({"estate_id": estate_id, "building": building, "unit": unit}, limit=limit)
        return [Room.of(row) for row in rows]

    async def units_of(self, estate_id: str) -> dict[tuple[str, str], int]:
        """Every building and unit of an estate with its number of homes, read in pieces."""
        found: dict[tuple[str, str], int] = {}
        try:
            cursor = self._rows.find({"estate_id": estate_id}, {"building": 1, "unit": 1}).batch_size(PIECE)
            while rows := await cursor.to_list(PIECE):
                for row in rows:
                    key = (row["building"], row.get("unit", ""))
                    found[key] = found.get(key, 0) + 1
        except AWAY as away:
            raise Unavailable(self.name) from away
        return found

    async def numbered(self, building: str, unit: str, number: str, limit: int = 20) -> list[Room]:
        """Rooms of any estate written so; an empty building or unit matches any."""
        filter: dict[str, Any] = {"number": number}
        if building:
            filter["building"] = building
        if unit:
            filter["unit"] = unit
        return [Room.of(row) for row in await self._list(filter, limit=limit)]
