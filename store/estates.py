"""Estates (小区)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.documents import Document
from store.repo import Repo


class Estate(Document):
    """One residential estate (小区)."""

    name: str
    time_zone: str = "Asia/Shanghai"
    phone: str = ""
    """The front desk's number; public, so in clear."""
    calendar: dict[str, Any] = {}


class EstateRepo(Repo):
    """The only code that knows the ``estates`` collection."""

    name = "estates"

    async def add(self, estates: Sequence[Estate]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(estate.row() for estate in estates)

    async def all(self, limit: int = 20_000) -> list[Estate]:
        """Every estate of this company, by id."""
        return [Estate.of(row) for row in await self._list({}, limit=limit, sort=[("_id", 1)])]
