"""Residents: the people we serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.documents import Document
from store.errors import NotFound
from store.repo import Repo


class Resident(Document):
    """A person. ``provisional`` until we know who they are (they wrote to us, but have not bound a home)."""

    name: str = ""
    phone: dict[str, Any] | None = None
    """Sealed, see store/sealed.py."""
    provisional: bool = False
    merged_into: str | None = None
    created_at: datetime


class ResidentRepo(Repo):
    """The only code that knows the ``residents`` collection."""

    name = "residents"

    async def add(self, residents: Sequence[Resident]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(resident.row() for resident in residents)

    async def get(self, id: str) -> Resident:
        """The person; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Resident.of(row)

    async def of_ids(self, ids: Sequence[str]) -> list[Resident]:
        """These people, in no order."""
        return [Resident.of(row) for row in await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)]

    async def change(self, id: str, changes: Mapping[str, Any]) -> None:
        """Set fields; raises NotFound."""
        if not await self._update({"_id": id}, {"$set": dict(changes)}):
            raise NotFound(id)
