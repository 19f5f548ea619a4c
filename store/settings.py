"""Settings of the trade: one document per estate, versioned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.documents import Document
from store.errors import Duplicate
from store.repo import Repo


class StoredSettings(Document):
    """Settings of the trade of one estate; ``_id`` is the estate id, or ``*`` for all."""

    values: dict[str, Any] = {}
    version: int = 0


class SettingsRepo(Repo):
    """The only code that knows the ``settings`` collection."""

    name = "settings"

    async def find(self, id: str) -> StoredSettings | None:
        """The settings of an estate (or ``*``), or None."""
        row = await self._one({"_id": id})
        return None if row is None else StoredSettings.of(row)

    async def put(self, id: str, values: Mapping[str, Any], *, version: int) -> bool:
        """Replace them if they still have ``version`` (0: not there yet); False when somebody else was faster."""
        if version == 0:
            try:
                await self._insert({"_id": id, "values": dict(values), "version": 1})
            except Duplicate:
                return False
            return True
        return await self._update(
            {"_id": id, "version": version}, {"$set": {"values": dict(values)}, "$inc": {"version": 1}}
        )
