"""Identities: from where a person writes to us, one per app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.documents import Document
from store.repo import Repo


class Identity(Document):
    """One openid of one app. ``_id`` is ``{app_id}:{openid}``."""

    app_id: str
    openid: str
    unionid: str | None = None
    resident_id: str
    followed: bool = True
    unreachable: str | None = None
    """Why the platform refuses this address."""
    created_at: datetime


class IdentityRepo(Repo):
    """The only code that knows the ``identities`` collection."""

    name = "identities"

    async def add(self, identity: Identity) -> None:
        """Insert it if it is not there yet."""
        await self._insert_new([identity.row()])

    async def find(self, id: str) -> Identity | None:
        """The identity, or None."""
        row = await self._one({"_id": id})
        return None if row is None else Identity.of(row)

    async def change(self, id: str, changes: Mapping[str, Any]) -> bool:
        """Set fields; False when it is not there."""
        return await self._update({"_id": id}, {"$set": dict(changes)})

    async def of_resident(self, resident_id: str, limit: int = 20) -> list[Identity]:
        """A person's identities."""
        return [Identity.of(row) for row in await self._list({"resident_id": resident_id}, limit=limit)]

    async def of_residents(self, resident_ids: Sequence[str], limit: int = 5000) -> list[Identity]:
        """The identities of many people, in no order."""
        rows = await self._list({"resident_id": {"$in": list(resident_ids)}}, limit=limit)
        return [Identity.of(row) for row in rows]

    async def of_unionid(self, unionid: str, limit: int = 20) -> list[Identity]:
        """The identities that the platform says are one person."""
        return [Identity.of(row) for row in await self._list({"unionid": unionid}, limit=limit)]
