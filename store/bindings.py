"""Bindings: a person's ties to rooms, with their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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


def holds(binding: Binding, at: datetime) -> bool:
    """Whether a binding is in force at ``at``."""
    return binding.starts_at <= at and (binding.ends_at is None or at < binding.ends_at)


class BindingRepo(Repo):
    """The only code that knows the ``bindings`` collection."""

    name = "bindings"

    async def add(self, bindings: Sequence[Binding]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(binding.row() for binding in bindings)

    async def of_resident(self, resident_id: str, *, at: datetime, limit: int = 50) -> list[Binding]:
        """A person's bindings that hold at ``at``."""
        rows = await self._list({"resident_id": resident_id}, limit=limit)
        return [b for b in map(Binding.of, rows) if holds(b, at)]

    async def of_rooms(self, room_ids: Sequence[str], *, at: datetime, limit: int = 500) -> list[Binding]:
        """Everybody bound to these rooms at ``at``."""
        rows = await self._list({"room_id": {"$in": list(room_ids)}}, limit=limit)
        return [b for b in map(Binding.of, rows) if holds(b, at)]

    async def end(self, id: str, at: datetime) -> bool:
        """This binding holds no longer; False when it is not there."""
        return await self._update({"_id": id}, {"$set": {"ends_at": at}})
