"""Bindings: a person's ties to rooms, with their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.documents import Document
from store.repo import Repo


class Binding(Document):
    """A person's tie to a room. ``ends_at`` None: it holds now."""

    resident_id: str
    room_id: str
    estate_id: str
    role: str = "owner"
    """owner | tenant | family"""
    starts_at: datetime
    ends_at: datetime | None = None
    verified: str = "register"
    """register | scene | staff"""


class BindingRepo(Repo):
    """The only code that knows the ``bindings`` collection."""

    name = "bindings"

    async def add(self, bindings: Sequence[Binding]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(binding.row() for binding in bindings)

    async def of_resident(self, resident_id: str, *, at: datetime, limit: int = 50) -> list[Binding]:
        """A person's bindings that hold at ``at``."""
        rows = await self._list({"resident_id": resident_id, **_holding(at)}, limit=limit)
        return [Binding.of(row) for row in rows]

    async def of_rooms(self, room_ids: Sequence[str], *, at: datetime, limit: int = 500) -> list[Binding]:
        """Everybody bound to these rooms at ``at``."""
        rows = await self._list({"room_id": {"$in": list(room_ids)}, **_holding(at)}, limit=limit)
        return [Binding.of(row) for row in rows]

    async def end(self, id: str, at: datetime) -> bool:
        """This binding holds no longer; False when it is not there."""
        return await self._update({"_id": id}, {"$set": {"ends_at": at}})


def _holding(at: datetime) -> dict[str, Any]:
    """In force at ``at``: asked of the database, so that those long ended do not use up the limit."""
    return {"starts_at": {"$lte": at}, "ends_at": {"$not": {"$lte": at}}}
