"""Lists of conversations that a colleague has narrowed and kept under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.documents import Document
from store.errors import NotFound
from store.repo import Repo

MOST_VIEWS = 30


class SavedView(Document):
    """One of them."""

    staff_id: str
    name: str
    icon: str = ""
    query: dict[str, str] = {}
    """What the list is asked with."""
    place: int = 0


class SavedViewRepo(Repo):
    """The only code that knows the ``saved_views`` collection."""

    name = "saved_views"

    async def of_staff(self, staff_id: str) -> list[SavedView]:
        """A colleague's own, in their order."""
        rows = await self._list({"staff_id": staff_id}, limit=MOST_VIEWS * 2)
        return sorted((SavedView.of(row) for row in rows), key=lambda view: (view.place, view.name))

    async def get(self, id: str) -> SavedView:
        """One; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return SavedView.of(row)

    async def add(self, view: SavedView) -> None:
        """Insert; a repeat changes nothing."""
        await self._insert_new([view.row()])

    async def change(self, id: str, changes: Mapping[str, Any]) -> None:
        """Set fields; raises NotFound."""
        if not await self._update({"_id": id}, {"$set": dict(changes)}):
            raise NotFound(id)

    async def remove(self, id: str) -> bool:
        """Throw it away; False when it was not there."""
        return await self._delete({"_id": id}) > 0
