"""Everything in one file and back: gzipped JSON lines, one document a line, read by any tool that reads those.

The first line says what made it, the last one how many rows there are; a file without its last line is incomplete.
Phone numbers stay sealed: a backup is of use only together with the ``SECRET_KEY`` that sealed them.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from store.client import AWAY, BulkWriteError, Connection, Row, from_json, to_json
from store.errors import StoreError, Unavailable
from store.migrations import MIGRATIONS, MigrationRepo
from store.repo import DUPLICATE_KEY
from store.sealed import Sealer

FORMAT = 1
LEFT_OUT = frozenset({"migrations", "sessions", "requests"})
"""The schema goes into the first line; everybody signs in again; repeated requests are a matter of a day."""
AT_ONCE = 500
CHUNKS_AT_ONCE = 16
"""Pieces of pictures and recordings are a quarter of a megabyte each."""
KEY_WORDS = "guanjia backup"


class BadBackup(StoreError):
    """The file cannot be restored here; the text says why and what to do."""


class Backup:
    """Reads a database into a file, and a file into an empty database."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def write(self, path: Path, *, at: datetime) -> Counter[str]:
        """Write all to ``path`` (readable by its owner only) and give the number of rows by collection.

        Raises Unavailable and OSError; the file appears under its name only when it is whole. What others write
        meanwhile may be in it or not: stop ``serve`` and ``worker`` for one moment's picture.
        """
        half = path.with_name(path.name + ".part")
        half.touch(mode=0o600)
        counts: Counter[str] = Counter()
        try:
            with gzip.open(half, "wt", encoding="utf-8", newline="\n", compresslevel=5) as lines:
                schema = (await MigrationRepo(self._connection.database).read()).version
                head = {"guanjia": FORMAT, "schema": schema, "at": at.isoformat(), "key": self._sealer.seal(KEY_WORDS)}
                lines.write(json.dumps(head) + "\n")
                for name in await self._collections():
                    async for row in self._rows(name):
                        lines.write(f'{{"in": {json.dumps(name)}, "row": {to_json(row)}}}\n')
                        counts[name] += 1
                lines.write(json.dumps({"rows": dict(counts)}) + "\n")
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
        return counts

    async def read(self, path: Path, *, go_on: bool = False) -> Counter[str]:
        """Write what ``path`` holds into the database and give the number of rows by collection.

        The whole file is checked before the first row is written. Raises BadBackup: no backup of ours, incomplete, made
        by a newer program, sealed with another key, or the database is not empty (with ``go_on`` rows that are there
        already are left as they are: an interrupted restore is finished that way). The caller migrates afterwards.
        """
        head, promised = self._checked(path)
        if not go_on and (full := await self._first_that_holds_rows()):
            raise BadBackup(
                f"the database is not empty ({full}): restore into a new one (GUANJIA_DATABASE), or, "
                "if this very backup was interrupted, repeat with --go-on"
            )
        counts: Counter[str] = Counter()
        batch: list[Row] = []
        filling = ""
        for name, row in _rows_of(path):
            if batch and (name != filling or len(batch) >= _at_once(filling)):
                await self._insert(filling, batch)
                batch = []
            filling = name
            batch.append(row)
            counts[name] += 1
        if batch:
            await self._insert(filling, batch)
        if counts != promised:
            raise BadBackup(f"{path.name} was changed while it was read")
        await MigrationRepo(self._connection.database).went_back_to(int(head["schema"]))
        return counts

    def _checked(self, path: Path) -> tuple[dict[str, Any], Counter[str]]:
        """The first line and the promised counts, after reading the whole file once."""
        counts: Counter[str] = Counter()
        head: dict[str, Any] = {}
        promised: dict[str, int] | None = None
        for line in _lines_of(path):
            if not head:
                head = line
                if head.get("guanjia") != FORMAT:
                    raise BadBackup(f"{path.name} is no backup made by `guanjia export`")
            elif "in" in line:
                counts[line["in"]] += 1
            else:
                promised = line.get("rows")
        if promised is None:
            raise BadBackup(f"{path.name} is incomplete: its last line is missing; copy it again, or take another one")
        if Counter(promised) != counts:
            raise BadBackup(f"{path.name} is damaged: it does not hold as many rows as its last line says")
        newest = MIGRATIONS[-1][0]
        if int(head["schema"]) > newest:
            raise BadBackup(f"{path.name} was made by a newer program (schema {head['schema']}, here {newest})")
        try:
            self._sealer.open(str(head["key"]))
        except ValueError as other:
            raise BadBackup(
                "the phone numbers in it were sealed with another GUANJIA_SECRET_KEY: set that one, "
                "or set it as GUANJIA_SECRET_KEY_PREVIOUS"
            ) from other
        return head, counts

    async def _collections(self) -> list[str]:
        try:
            listed = await self._connection.database.command({"listCollections": 1, "nameOnly": True})
        except AWAY as away:
            raise Unavailable("collections") from away
        names = [str(one["name"]) for one in listed["cursor"]["firstBatch"] if one.get("type", "collection") != "view"]
        return sorted(name for name in names if name not in LEFT_OUT and not name.startswith("system."))

    async def _rows(self, name: str) -> AsyncIterator[Row]:
        """All rows in order of id, a page at a time: no cursor stays open, memory stays flat."""
        after: dict[str, Any] = {}
        while True:
            size = _at_once(name)
            try:
                rows = await self._connection.database[name].find(after).sort([("_id", 1)]).limit(size).to_list(size)
            except AWAY as away:
                raise Unavailable(name) from away
            for row in rows:
                yield row
            if len(rows) < size:
                return
            after = {"_id": {"$gt": rows[-1]["_id"]}}

    async def _first_that_holds_rows(self) -> str | None:
        for name in await self._collections():
            async for _ in self._rows(name):
                return name
        return None

    async def _insert(self, name: str, rows: list[Row]) -> None:
        try:
            await self._connection.database[name].insert_many(rows, ordered=False)
        except BulkWriteError as failed:
            errors = (failed.details or {}).get("writeErrors", [])
            if any(error.get("code") != DUPLICATE_KEY for error in errors):
                raise
        except AWAY as away:
            raise Unavailable(name) from away


def _at_once(name: str) -> int:
    return CHUNKS_AT_ONCE if name.endswith(".chunks") else AT_ONCE


def _lines_of(path: Path, decode: Callable[[str], Any] = json.loads) -> Iterator[dict[str, Any]]:
    """Each line, decoded; raises BadBackup for what is no such file, and OSError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                found = decode(line)
                if not isinstance(found, dict):
                    raise BadBackup(f"{path.name} is no backup made by `guanjia export`")
                yield found
    except EOFError as cut:
        raise BadBackup(
            f"{path.name} is incomplete: it ends in the middle; copy it again, or take another one"
        ) from cut
    except (gzip.BadGzipFile, zlib.error, ValueError) as odd:
        raise BadBackup(f"{path.name} is no backup made by `guanjia export`, or it is damaged") from odd


def _rows_of(path: Path) -> Iterator[tuple[str, Row]]:
    for line in _lines_of(path, from_json):
        if "in" in line:
            yield str(line["in"]), line["row"]
