"""Connects to MongoDB. The only file that names a driver.

We use motor, and of it only what PyMongo's own ``AsyncMongoClient`` has too, so leaving motor means changing
``connect`` (docs/decisions/0001-motor.md). ``DRIVER=pymongo`` in the tests runs the same repositories over the second
driver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, cast
from urllib.parse import parse_qsl, urlsplit

import bson.errors
import pymongo
import pymongo.errors
from bson import json_util
from pymongo import IndexModel as IndexModel
from pymongo import UpdateOne as UpdateOne
from pymongo.monitoring import CommandListener

from store.errors import Misconfigured

Row = dict[str, Any]
"""A document as the driver gives and takes it. Leaves ``store/`` only as a model."""

DuplicateKeyError = pymongo.errors.DuplicateKeyError
BulkWriteError = pymongo.errors.BulkWriteError
AWAY = (
    pymongo.errors.ConnectionFailure,  # AutoReconnect, NetworkTimeout, NotPrimary and server selection are kinds of it
    pymongo.errors.WTimeoutError,
    pymongo.errors.WaitQueueTimeoutError,
    pymongo.errors.ExecutionTimeout,
)
"""What a driver raises when the server does not answer."""

UNFIT = (bson.errors.BSONError, pymongo.errors.DocumentTooLarge, OverflowError, UnicodeEncodeError)
"""What a driver raises for a row that no server would take."""

SERVER_SELECTION_MS = 1000
"""How long a caller waits for a server that is away (the contract, section 3)."""


LONGEST = 3600.0


def patiently() -> AbstractContextManager[None]:
    """Inside, one command may take an hour: an index is built over a whole collection while its caller waits."""
    return pymongo.timeout(LONGEST)


class WriteResult(Protocol):
    """What an update or a delete tells."""

    @property
    def modified_count(self) -> int: ...
    @property
    def matched_count(self) -> int: ...
    @property
    def upserted_id(self) -> Any: ...


class DeleteResult(Protocol):
    """What a delete tells."""

    @property
    def deleted_count(self) -> int: ...


class Cursor(Protocol):
    """A query not yet sent."""

    def sort(self, key_or_list: Any, direction: int | None = None) -> Cursor: ...
    def limit(self, limit: int) -> Cursor: ...
    def batch_size(self, batch_size: int) -> Cursor: ...
    async def to_list(self, length: int | None = None) -> list[Row]: ...


class Collection(Protocol):
    """The part of a collection that both drivers share and that we use."""

    def find(self, filter: Mapping[str, Any], projection: Any = None) -> Cursor: ...
    async def find_one(self, filter: Mapping[str, Any], projection: Any = None) -> Row | None: ...
    async def insert_one(self, document: Row) -> Any: ...
    async def insert_many(self, documents: Sequence[Row], ordered: bool = True) -> Any: ...
    async def bulk_write(self, requests: Sequence[UpdateOne], ordered: bool = True) -> WriteResult: ...
    async def update_one(self, filter: Mapping[str, Any], update: Any, upsert: bool = False) -> WriteResult: ...
    async def update_many(self, filter: Mapping[str, Any], update: Any) -> WriteResult: ...
    async def find_one_and_update(
        self, filter: Mapping[str, Any], update: Any, *, return_document: bool = False
    ) -> Row | None: ...
    async def delete_one(self, filter: Mapping[str, Any]) -> DeleteResult: ...
    async def delete_many(self, filter: Mapping[str, Any]) -> DeleteResult: ...
    async def count_documents(self, filter: Mapping[str, Any], **options: Any) -> int: ...
    async def create_indexes(self, indexes: Sequence[IndexModel]) -> list[str]: ...


class Database(Protocol):
    """A database: collections by name, and raw commands for ``ping`` and ``explain``."""

    def __getitem__(self, name: str) -> Collection: ...
    async def command(self, command: Any, *args: Any, **options: Any) -> Row: ...


class Bucket(Protocol):
    """The part of GridFS that both drivers share and that we use."""

    async def upload_from_stream_with_id(self, file_id: Any, filename: str, source: Any) -> None: ...
    async def open_download_stream(self, file_id: Any) -> Any: ...
    async def delete(self, file_id: Any) -> None: ...


class Connection:
    """One client and its database."""

    def __init__(self, client: Any, database: str) -> None:
        self._client = client
        self.database = cast(Database, client[database])

    async def ping(self) -> None:
        """Return when the server answers; raises what the driver raises otherwise."""
        await self.database.command("ping")

    def bucket(self, name: str) -> Bucket:
        """Where bytes are kept (GridFS)."""
        database: Any = self.database
        if type(self._client).__module__.startswith("motor"):
            from motor.motor_asyncio import AsyncIOMotorGridFSBucket

            return cast(Bucket, AsyncIOMotorGridFSBucket(database, bucket_name=name))
        from gridfs import AsyncGridFSBucket

        return cast(Bucket, AsyncGridFSBucket(database, bucket_name=name))

    async def drop(self) -> None:
        """Remove the whole database (tests, ``guanjia seed``)."""
        await self._client.drop_database(self.database.name)  # type: ignore[attr-defined]

    async def close(self) -> None:
        """Close the sockets."""
        closing = self._client.close()
        if closing is not None:  # a coroutine with AsyncMongoClient, nothing with motor
            await closing


def connect(
    uri: str,
    database: str,
    *,
    driver: Literal["motor", "pymongo"] = "motor",
    listeners: Sequence[CommandListener] = (),
) -> Connection:
    """A connection that opens on first use; ``uri`` is a MongoDB URI. Times are read as aware UTC.

    Raises Misconfigured for an address that cannot be used, also when the name of an srv record is not known.
    """
    try:
        return _connect(uri, database, driver, listeners)
    except (pymongo.errors.ConfigurationError, ValueError) as wrong:  # InvalidURI is a kind of ConfigurationError
        raise Misconfigured(str(wrong)) from wrong


def _connect(
    uri: str, database: str, driver: Literal["motor", "pymongo"], listeners: Sequence[CommandListener]
) -> Connection:
    options: dict[str, Any] = {
        "tz_aware": True,
        "serverSelectionTimeoutMS": SERVER_SELECTION_MS,
        "connectTimeoutMS": 2000,
        "socketTimeoutMS": 30_000,
        "heartbeatFrequencyMS": 3000,  # a server that hangs is noticed after this plus connectTimeoutMS
        "maxPoolSize": 50,
        "event_listeners": list(listeners),
        "appname": "guanjia",
    }
    said = {name.lower() for name, _ in parse_qsl(urlsplit(uri).query)}
    options = {name: value for name, value in options.items() if name.lower() not in said}  # the address wins
    if driver == "pymongo":
        from pymongo import AsyncMongoClient

        return Connection(AsyncMongoClient(uri, **options), database)
    from motor.motor_asyncio import AsyncIOMotorClient

    return Connection(AsyncIOMotorClient(uri, **options), database)


_JSON = json_util.RELAXED_JSON_OPTIONS.with_options(tz_aware=True)


def to_json(row: Row) -> str:
    """A document as one line of MongoDB's extended JSON."""
    return json_util.dumps(row, json_options=_JSON, ensure_ascii=False)


def from_json(text: str) -> Any:
    """What ``to_json`` wrote, with its times and bytes; plain JSON as it is. Raises ValueError."""
    try:
        return json_util.loads(text, json_options=_JSON)
    except (TypeError, KeyError, bson.errors.BSONError) as odd:
        raise ValueError(str(odd)) from odd
