"""What every repository is made of: six calls on one collection, with the driver's errors turned into ours."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store.client import (
    AWAY,
    UNFIT,
    BulkWriteError,
    Collection,
    Database,
    DuplicateKeyError,
    Row,
    UpdateOne,
)
from store.errors import Duplicate, Unavailable
from store.live import Event, LiveStream
from store.together import Together

DUPLICATE_KEY = 11000


def while_still(id: str, **values: Any) -> Row:
    """The filter of one row as long as its fields have these values, none of them a mapping or a list.

    It says ``not other than`` for ``equal``: the embedded server then takes the row by its id at once, where an
    equality would first be tried on each index of the collection (bench/inbound.py: a third of an update's time).
    To MongoDB both are the same.
    """
    return {"_id": id} | {field: {"$not": {"$ne": value}} for field, value in values.items()}


class Repo:
    """Base of the repositories. ``name`` is the collection that only this repository knows.

    What a message costs at every turn (inserts, the plain look by id, its updates) shares commands with what other
    messages want at the same moment.
    """

    name: str
    live: LiveStream | None = None
    """Where changes are told that a page may show."""

    def __init__(self, database: Database) -> None:
        self._rows: Collection = database[self.name]
        self._inserts: Together[Row, None] = Together(self._insert_all)
        self._updates: Together[tuple[Row, Row], bool | None] = Together(self._update_all)
        self._looks: Together[str, Row | None] = Together(self._one_each)

    def _tell(self, kind: str, id: str, **about: Any) -> None:
        """Pages that show this may look again; fields as in ``store.live.Event``. Costs nothing here."""
        if self.live is not None:
            self.live.tell(Event(kind, id, **about))

    async def _one(self, filter: Mapping[str, Any], projection: Mapping[str, int] | None = None) -> Row | None:
        try:
            return await self._rows.find_one(filter, projection)
        except AWAY as away:
            raise Unavailable(self.name) from away

    async def _one_with_others(self, id: str) -> Row | None:
        """The whole row with this id, or None; asked for together with those that others want right now."""
        return await self._looks.do(id)

    async def _one_each(self, ids: Sequence[str]) -> list[Row | None]:
        if len(ids) == 1:
            return [await self._one({"_id": ids[0]})]
        rows = await self._list({"_id": {"$in": list(dict.fromkeys(ids))}}, limit=len(ids))
        found = {row["_id"]: row for row in rows}
        # Each caller gets a row of its own, as if it had asked alone.
        return [copy.deepcopy(found[id]) if id in found and ids.count(id) > 1 else found.get(id) for id in ids]

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
        await self._inserts.do(row)

    async def _insert_all(self, rows: Sequence[Row]) -> list[Exception | None]:
        if len(rows) == 1:
            await self._insert_alone(rows[0])
            return [None]
        became: list[Exception | None] = [None] * len(rows)
        try:
            await self._rows.insert_many(rows, ordered=False)
        except BulkWriteError as failed:
            details = failed.details or {}
            if details.get("writeConcernErrors"):  # written here, but not as safely as was asked
                raise Unavailable(self.name) from failed
            for error in details.get("writeErrors", []):
                index = error["index"]
                duplicate = error.get("code") == DUPLICATE_KEY
                became[index] = Duplicate(f"{self.name} {rows[index].get('_id')}") if duplicate else failed
        except AWAY as away:
            raise Unavailable(self.name) from away
        except UNFIT:  # one row cannot be written at all: the others must not suffer for it
            return [await self._insert_or_error(row) for row in rows]
        return became

    async def _insert_alone(self, row: Row) -> None:
        try:
            await self._rows.insert_one(row)
        except DuplicateKeyError as duplicate:
            raise Duplicate(f"{self.name} {row.get('_id')}") from duplicate
        except AWAY as away:
            raise Unavailable(self.name) from away

    async def _insert_or_error(self, row: Row) -> Exception | None:
        try:
            await self._insert_alone(row)
        except (Duplicate, *UNFIT) as failed:
            return failed
        return None

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

    async def _update_with_others(self, filter: Row, update: Row) -> bool | None:
        """One atomic change, in one command with those of others; False when nothing matched.

        None: look. The server counts for a whole command, and one of this command matched nothing.
        """
        return await self._updates.do((filter, update))

    async def _update_all(self, updates: Sequence[tuple[Row, Row]]) -> Sequence[bool | Exception | None]:
        if len(updates) == 1:
            return [await self._update(*updates[0])]
        try:
            result = await self._rows.bulk_write([UpdateOne(*update) for update in updates], ordered=False)
        except BulkWriteError as failed:
            details = failed.details or {}
            if details.get("writeConcernErrors"):  # written here, but not as safely as was asked
                raise Unavailable(self.name) from failed
            wrong = {error["index"] for error in details.get("writeErrors", [])}
            return [failed if place in wrong else None for place in range(len(updates))]
        except AWAY as away:
            raise Unavailable(self.name) from away
        except UNFIT:  # one change cannot be written at all: the others must not suffer for it
            return [await self._update_or_error(*update) for update in updates]
        matched = result.matched_count
        return [True if matched == len(updates) else False if matched == 0 else None] * len(updates)

    async def _update_or_error(self, filter: Row, update: Row) -> bool | Exception:
        try:
            return await self._update(filter, update)
        except UNFIT as failed:
            return failed

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
