"""Sessions: the tokens of everybody who has signed in, as keyed hashes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.documents import Document
from store.repo import Repo


class Session(Document):
    """A token's record. ``_id`` is the keyed hash of the token; the token itself is not stored."""

    kind: str
    """inbox | mp | mp_refresh | scene"""
    subject: str
    """Staff user name, resident id, or what a scene stands for (a room id)."""
    data: dict[str, Any] = {}
    created_at: datetime
    expires_at: datetime
    ends_at: datetime
    """Never valid after this, however much it is used."""


class SessionRepo(Repo):
    """The only code that knows the ``sessions`` collection."""

    name = "sessions"

    async def add(self, session: Session) -> None:
        """Store it."""
        await self._insert(session.row())

    async def find(self, ids: Sequence[str]) -> Session | None:
        """The session with one of these ids (current and previous hash key), or None."""
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=1)
        return Session.of(rows[0]) if rows else None

    async def extend(self, id: str, expires_at: datetime) -> None:
        """It slides."""
        await self._update({"_id": id}, {"$set": {"expires_at": expires_at}})

    async def use_up(self, id: str) -> bool:
        """Take a one-time token out; False when somebody else has used it."""
        return await self._delete({"_id": id}) == 1

    async def of_ids(self, ids: Sequence[str]) -> list[Session]:
        """These sessions, in no order."""
        return [Session.of(row) for row in await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)]

    async def of_subject(self, subject: str, kind: str, limit: int = 100) -> list[Session]:
        """A person's sessions of one kind, the newest first."""
        rows = await self._list({"subject": subject}, limit=limit)
        found = [Session.of(row) for row in rows if row["kind"] == kind]
        return sorted(found, key=lambda session: session.created_at, reverse=True)

    async def end_all(self, subject: str, *, but: str | None = None) -> int:
        """All of a person's sessions at once, or all but one."""
        if but is None:
            return await self._delete({"subject": subject})
        others = [row["_id"] for row in await self._list({"subject": subject}, limit=1000, projection={"_id": 1})]
        return await self._delete({"_id": {"$in": [id for id in others if id != but]}})
