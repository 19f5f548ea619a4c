"""Requests: what was answered under an ``Idempotency-Key``, so that a repeat gets the same answer."""

from __future__ import annotations

from datetime import datetime

from store.client import Row
from store.errors import Duplicate
from store.repo import Repo


class RequestRepo(Repo):
    """The only code that knows the ``requests`` collection: answers kept under an ``Idempotency-Key``."""

    name = "requests"

    async def begin(self, id: str, body_hash: str, at: datetime) -> Row | None:
        """Reserve the key: None when it is ours now, else what is stored under it."""
        try:
            await self._insert({"_id": id, "body": body_hash, "at": at, "answer": None})
        except Duplicate:
            return await self._one({"_id": id})
        return None

    async def restart(self, id: str, *, started: datetime, at: datetime) -> bool:
        """Take over a key whose process died before it answered; False when somebody else did."""
        return await self._update({"_id": id, "answer": None, "at": started}, {"$set": {"at": at}})

    async def answer(self, id: str, status: int, body: str) -> None:
        """Keep the answer for repeats. The first one stays, also when a slow run and its successor both end."""
        await self._update({"_id": id, "answer": None}, {"$set": {"answer": {"status": status, "body": body}}})

    async def forget(self, id: str, *, started: datetime | None = None) -> None:
        """The key may be used again. With ``started`` only that run is forgotten, not one that began meanwhile."""
        await self._delete({"_id": id} if started is None else {"_id": id, "at": started})
