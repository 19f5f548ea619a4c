"""People, the identities they write from, and their bindings to rooms."""

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

    async def of_unionid(self, unionid: str, limit: int = 20) -> list[Identity]:
        """The identities that the platform says are one person."""
        return [Identity.of(row) for row in await self._list({"unionid": unionid}, limit=limit)]


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


def holds(binding: Binding, at: datetime) -> bool:
    """Whether a binding is in force at ``at``."""
    return binding.starts_at <= at and (binding.ends_at is None or at < binding.ends_at)
