"""Media: a row for each photo, recording, film and file that an owner sent, and the bytes behind an interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from gridfs.errors import NoFile

from store.client import AWAY, Connection
from store.documents import Document
from store.errors import NotFound, Unavailable
from store.repo import Repo


class MediaState(StrEnum):
    """How far it is."""

    WANTED = "wanted"
    """To be fetched from WeChat."""
    KEPT = "kept"
    GONE = "gone"
    """WeChat has it no longer, or never gave it."""
    REFUSED = "refused"
    """Fetched and not kept: too large, not what it says, broken."""


class Medium(Document):
    """One photo, recording, film or file."""

    conversation_id: str
    """Empty: a colleague took it for a ticket."""
    ticket_id: str | None = None
    estate_id: str = ""
    kind: str
    """image | voice | video | shortvideo"""
    source: str
    """WeChat's media_id."""
    state: MediaState = MediaState.WANTED
    reason: str = ""
    """Why it is gone or refused."""
    content_type: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    thumb: bool = False
    """Whether there is a small picture of it."""
    text: str = ""
    """What the platform heard in a recording."""
    created_at: datetime
    expires_at: datetime
    """After that WeChat does not have it any more."""
    due: datetime
    """When the next try is made; while one runs: when it counts as dead."""
    tries: int = 0
    settled_at: datetime | None = None
    version: int = 0


class MediaRepo(Repo):
    """The only code that knows the ``media`` collection."""

    name = "media"

    async def add(self, media: Sequence[Medium]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(medium.row() for medium in media)

    async def get(self, id: str) -> Medium:
        """The row; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Medium.of(row)

    async def of_ids(self, ids: Sequence[str]) -> list[Medium]:
        """These rows, in no order."""
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)
        return [Medium.of(row) for row in rows]

    async def due(self, *, at: datetime, limit: int = 20) -> list[Medium]:
        """What is to be fetched now, the longest waiting first."""
        rows = await self._list({"state": MediaState.WANTED, "due": {"$lte": at}}, limit=limit, sort=[("due", 1)])
        return [Medium.of(row) for row in rows]

    async def change(self, medium: Medium, changes: Mapping[str, Any]) -> Medium | None:
        """Write one change if the row still is as the caller saw it; None when it is not."""
        won = await self._update(
            {"_id": medium.id, "state": medium.state, "version": medium.version},
            {"$set": dict(changes), "$inc": {"version": 1}},
        )
        if not won:
            return None
        if medium.conversation_id and changes.get("state", medium.state) != medium.state:
            self._tell("message", medium.id, estate_id=medium.estate_id or None, conversation=medium.conversation_id)
        return medium.model_copy(update={**changes, "version": medium.version + 1})


class MediaBytes(Protocol):
    """Where the bytes are. GridFS here; an object store could stand in its place."""

    async def put(self, id: str, content: bytes) -> None:
        """Keep them under this id; what was there before is replaced."""
        ...

    async def read(self, id: str) -> bytes:
        """All of them; raises NotFound."""
        ...

    async def delete(self, id: str) -> None:
        """Forget them; nothing happens when they are not there."""
        ...


class GridFiles:
    """Bytes in MongoDB's GridFS."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._made: Any = None

    @property
    def _bucket(self) -> Any:
        # Made on first use: the driver looks for a running loop.
        if self._made is None:
            self._made = self._connection.bucket("files")
        return self._made

    async def put(self, id: str, content: bytes) -> None:
        """Keep them under this id; what was there before is replaced."""
        await self.delete(id)
        try:
            await self._bucket.upload_from_stream_with_id(id, id, content)
        except AWAY as away:
            raise Unavailable("files") from away

    async def read(self, id: str) -> bytes:
        """All of them; raises NotFound."""
        try:
            stream = await self._bucket.open_download_stream(id)
            content: bytes = await stream.read()
        except NoFile as missing:
            raise NotFound(id) from missing
        except AWAY as away:
            raise Unavailable("files") from away
        return content

    async def delete(self, id: str) -> None:
        """Forget them; nothing happens when they are not there."""
        try:
            await self._bucket.delete(id)
        except NoFile:
            return
        except AWAY as away:
            raise Unavailable("files") from away
