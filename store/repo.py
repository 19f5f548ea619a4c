"""What every repository is made of: six calls on one collection, with the driver's errors turned into ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store.client import AWAY, BulkWriteError, Collection, Database, DuplicateKeyError, Row
from store.errors import Duplicate, Unavailable

DUPLICATE_KEY = 11000


class Repo:
    """Base of the repositories. ``name`` is the collection that only this repository knows."""

    name: str

    def __init__(self, database: Database) -> None:
        self._rows: Collection = database[self.name]

    async def _one(self, filter: Mapping[str, Any], projection: Mapping[str, int] | None = None) -> Row | None:
        try:
            return await self._rows.find_one(filter, projection)
        except AWAY as away:
            raise Unavailable(self.name) from away

    async def _list(
        self,
        filter: Mapping[str, Any],
        *,
        limit: int,
        sort: Sequence[tuple[str, int]] | None = None,
        projection: Mapping[str, int] | None = None,
    ) -> list[Row]:
        """At most ``limit`` rows. There is no way to ask for all of a collection: a list is always bounded."""
        try:
            cursor = self._rows.find(filter, projection)
            if sort:
                cursor = cursor.sort(list(sort))
            return await cursor.limit(limit).to_list(limit)
        except AWAY as away:
            raise Unavailable(self.name) from away

    async def _insert(self, row: Row) -> None:
        """Write one row; raises Duplicate when its id or a unique key is there already."""
        try:
            await self._rows.insert_one(row)
        except DuplicateKeyError as duplicate:
            raise Duplicate(f"{self.name} {row.get('_id')}") from duplicate
        except AWAY as away:
            raise Unavailable(self.name) from away

    async def _insert_new(self, rows: Iterable[Row]) -> None:
        """Write those rows that are not there yet; a replay adds nothing."""
        batch = list(rows)
        if not batch:
            return
        try:
            await self._rows.insert_many(batch, ordered=False)
        except BulkWriteError as failed:
            errors = (failed.details or {}).get("writeErrors", [])
            if any(error.get("code") != DUPLICATE_KEY for error in errors):
                raise
        except AWAY as away:
            raise Unavailable(self.name) from away

    async def _update(self, filter: Mapping[str, Any], update: Any, *, upsert: bool = False) -> bool:
        """One atomic change; False when nothing matched."""
        try:
            result = await self._rows.update_one(filter, update, upsert=upsert)
        except DuplicateKeyError as duplicate:
            raise Duplicate(self.name) from duplicate
        except AWAY as away:
            raise Unavailable(self.name) from away
        return result.matched_count > 0 or result.upserted_id is not None

    async def _update_many(self, filter: Mapping[str, Any], update: Any) -> int:
        try:
            return (await self._rows.update_many(filter, update)).modified_count
        except AWAY as away:
            raise Unavailable(self.name) from away

    async def _delete(self, filter: Mapping[str, Any]) -> int:
        try:
            return (await self._rows.delete_many(filter)).deleted_count
        except AWAY as away:
            raise Unavailable(self.name) from away
