"""Small collections that many rooms read: settings, texts, parcels, articles, consents of requests, the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.client import Row
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


class TextRepo(Repo):
    """The only code that knows the ``texts`` collection: an estate's own wording."""

    name = "texts"

    async def of_estate(self, estate_id: str, limit: int = 2000) -> dict[str, str]:
        """Text name to wording."""
        return {str(row["name"]): str(row["text"]) for row in await self._list({"estate_id": estate_id}, limit=limit)}


class Parcel(Document):
    """A parcel at the front desk."""

    estate_id: str
    room_id: str
    recipient: str = ""
    carrier: str = ""
    tracking: str = ""
    shelf: str = ""
    code: str = ""
    state: str = "waiting"
    """waiting | collected | returned"""
    arrived_at: datetime


class ParcelRepo(Repo):
    """The only code that knows the ``parcels`` collection."""

    name = "parcels"

    async def add(self, parcels: Sequence[Parcel]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(parcel.row() for parcel in parcels)

    async def waiting_for(self, room_ids: Sequence[str], limit: int = 20) -> list[Parcel]:
        """What waits for these rooms, oldest first."""
        rows = await self._list({"room_id": {"$in": list(room_ids)}, "state": "waiting"}, limit=limit)
        return sorted((Parcel.of(row) for row in rows), key=lambda parcel: parcel.arrived_at)


class Article(Document):
    """One answer of the knowledge base."""

    title: str
    body: str
    subject: str = ""
    estate_id: str = ""
    questions: tuple[str, ...] = ()
    version: int = 1


class ArticleRepo(Repo):
    """The only code that knows the ``articles`` collection."""

    name = "articles"

    async def add(self, articles: Sequence[Article]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(article.row() for article in articles)

    async def all(self, limit: int = 5000) -> list[Article]:
        """Every article; read once and kept in memory by the caller."""
        return [Article.of(row) for row in await self._list({}, limit=limit)]


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
        """Keep the answer for repeats."""
        await self._update({"_id": id}, {"$set": {"answer": {"status": status, "body": body}}})

    async def forget(self, id: str) -> None:
        """The request failed without effect: the key may be used again."""
        await self._delete({"_id": id})


class AuditRepo(Repo):
    """The only code that knows the ``audit`` collection. Rows are only ever added."""

    name = "audit"

    async def add(self, id: str, *, at: datetime, by: str, action: str, subject: str, details: Mapping[str, Any]) -> None:
        """Who did what to whom, when."""
        await self._insert(
            {"_id": id, "at": at, "by": by, "action": action, "subject": subject, "details": dict(details)}
        )
