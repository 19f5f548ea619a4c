"""Gaps: what owners asked and nobody had written down, alike questions counted together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from store.documents import Document
from store.errors import Duplicate, NotFound
from store.repo import Repo

Why = Literal["unanswered", "unhelpful"]
KEYS_KEPT = 20
"""The last messages counted, so that one that is handled twice counts once."""


class Gap(Document):
    """A question that the knowledge base does not answer well. Its text names no person, phone or room."""

    estate_id: str = ""
    text: str
    terms: tuple[str, ...] = ()
    count: int = 1
    unanswered: int = 0
    unhelpful: int = 0
    """An article was given and did not help."""
    article_id: str | None = None
    """The article that was given last."""
    state: str = "open"
    """open | closed"""
    keys: tuple[str, ...] = ()
    first_at: datetime
    last_at: datetime
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""


class GapRepo(Repo):
    """The only code that knows the ``gaps`` collection."""

    name = "gaps"

    async def get(self, id: str) -> Gap:
        """One gap; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Gap.of(row)

    async def count(self, gap: Gap, why: Why, *, key: str, at: datetime) -> None:
        """Count one more question, opening the gap if it is new or was closed. The same ``key`` counts once."""
        changes: dict[str, Any] = {"last_at": at, "state": "open"}
        if gap.article_id:
            changes["article_id"] = gap.article_id
        once = {"_id": gap.id, "keys": {"$ne": key}}
        pushed = {"keys": {"$each": [key], "$slice": -KEYS_KEPT}}
        more = {"$set": changes, "$inc": {"count": 1, why: 1}, "$push": pushed}
        if await self._update(once, more):
            return
        first = gap.model_copy(update={"count": 1, why: 1, "keys": (key,), "first_at": at, "last_at": at})
        try:
            await self._insert(first.row())
        except Duplicate:
            await self._update(once, more)  # a race of two first questions; the same message changes nothing

    async def open_of(self, estate_id: str, limit: int = 300) -> list[Gap]:
        """Open gaps of one estate, in no order; the caller keeps them for a while."""
        return [Gap.of(row) for row in await self._list({"estate_id": estate_id, "state": "open"}, limit=limit)]

    async def listed(self, *, state: str, before: datetime, since: datetime, limit: int) -> list[Gap]:
        """The last asked first, inside a window of ``last_at``."""
        rows = await self._list(
            {"state": state, "last_at": {"$gte": since, "$lt": before}}, limit=limit, sort=[("last_at", -1)]
        )
        return [Gap.of(row) for row in rows]

    async def change(self, id: str, changes: Mapping[str, Any]) -> None:
        """Set fields; raises NotFound."""
        if not await self._update({"_id": id}, {"$set": dict(changes)}):
            raise NotFound(id)


def most_asked(gaps: Sequence[Gap]) -> list[Gap]:
    """Those asked most first."""
    return sorted(gaps, key=lambda gap: (-gap.count, -gap.last_at.timestamp()))
