"""Live events: a capped Redis stream of hints that something changed. Ids only, never words.

Whoever reads them looks at the truth in MongoDB. What cannot be told is lost on purpose: when Redis answers again every
page is asked to read anew (``RESYNC``). What is told at the same moment leaves in one command.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import redis.asyncio as redis

from store.ending import end
from store.errors import Unavailable
from store.wake import REDIS_AWAY

log = logging.getLogger(__name__)

STREAM = "guanjia:{database}:live"
STREAM_LENGTH = 20_000
MOST_IN_ONE = 200
"""Events of one entry."""
MOST_WAITING = 2000
"""More than this waiting to be told (an import, a notice to thousands): one ``RESYNC`` says it all."""
WRITE_SECONDS = 0.5
PAUSE_SECONDS = 2.0
BLOCK_MS = 1000
POSITION = re.compile(r"\d{1,15}-\d{1,10}")


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed. Also what decides who may hear of it; of that only the ids go out."""

    kind: str
    id: str = ""
    estate_id: str | None = ""
    """None: whoever reads this has to look it up."""
    conversation: str | None = None
    ticket: str | None = None
    """A number."""
    person: str | None = None
    staff: str | None = None
    state: str | None = None
    to: tuple[str, ...] = ()
    """Only for these colleagues; empty: for whoever may read such things."""
    building: str = ""
    category: str = ""
    executor: str | None = None
    was: tuple[str, ...] = ()
    """Who had it before: they hear that it is gone."""

    def packed(self) -> dict[str, Any]:
        """As it is written: without what is not said."""
        return {name: value for name, value in asdict(self).items() if value or (name == "estate_id" and value is None)}

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> Event:
        """From what was written; what a newer process says besides is left out."""
        known: dict[str, Any] = {name: value for name, value in data.items() if name in _NAMES}
        for name in ("to", "was"):
            if name in known:
                known[name] = tuple(known[name])
        return cls(**known)


_NAMES = {field.name for field in fields(Event)}
RESYNC = Event("resync")
"""Something was lost: read everything on the screen again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was told at one moment, and its place in the stream."""

    position: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """What came after a position; ``complete`` is False when the stream no longer knows all of it."""

    entries: tuple[Entry, ...]
    position: str
    complete: bool


def order(position: str) -> tuple[int, int]:
    """What positions are compared by."""
    millis, _, number = position.partition("-")
    return int(millis), int(number)


class LiveStream:
    """Tells and reads events. Telling never raises and never waits."""

    def __init__(self, client: redis.Redis | None, database: str) -> None:
        self._redis = client
        self._stream = STREAM.format(database=database)
        self._waiting: dict[tuple[str, str], Event] = {}
        self._writer: asyncio.Task[None] | None = None
        self._lost = False

    def tell(self, event: Event) -> None:
        """Let every process hear of it, soon. The same thing told again before it left leaves once."""
        if self._redis is None:
            return
        key = (event.kind, event.id if event.kind != "presence" else f"{event.id} {event.staff}")
        if (before := self._waiting.pop(key, None)) is not None:
            hearers = dict.fromkeys([*before.was, *event.was, *([before.executor] if before.executor else [])])
            event = replace(event, was=tuple(hearers))
        self._waiting[key] = event
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
            self._lost = True
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_all(self._redis), name="live events")

    async def _write_all(self, client: redis.Redis) -> None:
        try:
            while self._waiting or self._lost:
                if self._lost:
                    self._waiting.clear()
                    batch = [RESYNC]
                else:
                    keys = list(self._waiting)[:MOST_IN_ONE]
                    batch = [self._waiting.pop(key) for key in keys]
                try:
                    async with asyncio.timeout(WRITE_SECONDS):
                        await self._add(client, batch)
                    self._lost = False
                except REDIS_AWAY:
                    if not self._lost:
                        log.warning("redis away: live events are lost, pages will read anew")
                    self._lost = True
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._writer = None

    async def _add(self, client: redis.Redis, events: Sequence[Event]) -> str:
        said = json.dumps([event.packed() for event in events], ensure_ascii=False, separators=(",", ":"))
        return str(await client.xadd(self._stream, {"e": said}, maxlen=STREAM_LENGTH, approximate=True))

    async def newest(self) -> str:
        """Where the stream stands now; raises Unavailable."""
        client = self._client()
        try:
            last: Any = await client.xrevrange(self._stream, count=1)
            return str(last[0][0]) if last else await self._add(client, [])
        except REDIS_AWAY as away:
            raise Unavailable("redis") from away

    async def read(self, after: str) -> list[Entry]:
        """What comes after a position; waits up to a second for it. Raises Unavailable."""
        try:
            answer: Any = await self._client().xread({self._stream: after}, count=100, block=BLOCK_MS)
        except REDIS_AWAY as away:
            raise Unavailable("redis") from away
        return _entries(answer[0][1]) if answer else []

    async def since(self, after: str, *, most: int) -> Since:
        """What came after a position that a page remembers: at most ``most`` entries. Raises Unavailable."""
        try:
            async with self._client().pipeline(transaction=False) as pipe:
                pipe.xrange(self._stream, count=1)
                pipe.xrevrange(self._stream, count=1)
                pipe.xrange(self._stream, min=f"({after}", count=most + 1)
                first, last, rows = await pipe.execute()
        except REDIS_AWAY as away:
            raise Unavailable("redis") from away
        if not last:
            return Since((), await self.newest(), complete=False)
        newest = str(last[0][0])
        if not order(first[0][0]) <= order(after) <= order(newest) or len(rows) > most:
            return Since((), newest, complete=False)
        found = tuple(_entries(rows))
        return Since(found, found[-1].position if found else after, complete=True)

    async def close(self) -> None:
        """Tell nothing more; what waits gets a moment to leave."""
        if (writer := self._writer) is not None:
            await asyncio.wait([writer], timeout=WRITE_SECONDS if not self._lost else 0)
            await end([writer])

    def _client(self) -> redis.Redis:
        if self._redis is None:
            raise Unavailable("there is no redis")
        return self._redis


def _entries(rows: Sequence[tuple[str, dict[str, str]]]) -> list[Entry]:
    return [Entry(id, tuple(Event.unpacked(one) for one in json.loads(said["e"]))) for id, said in rows]
