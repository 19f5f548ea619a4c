"""Redis: wake-ups, locks and limits. It decides nothing: without it everything is slower, not wrong.

A stream entry says only "look at this conversation". A missing Redis makes ``wake`` a no-op; the pollers find the work.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError, ResponseError

log = logging.getLogger(__name__)

REDIS_AWAY = (RedisError, OSError, asyncio.TimeoutError)
STREAM = "guanjia:{database}:wake"
GROUP = "workers"
STREAM_LENGTH = 10_000
BLOCK_MS = 1000
PAUSE_SECONDS = 2.0


def connect_redis(url: str) -> redis.Redis:
    """A client that connects on first use and fails quickly."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=1,
        socket_timeout=3,
        health_check_interval=15,
    )


class Wake:
    """Tells workers that a person's deliveries want looking at."""

    def __init__(self, client: redis.Redis | None, database: str) -> None:
        self._redis = client
        self._stream = STREAM.format(database=database)
        self._local: asyncio.Event = asyncio.Event()
        self._not_before = 0.0

    async def wake(self, conversation_id: str) -> None:
        """Wake one worker. Never raises: a lost wake-up costs a second, the poller finds the row."""
        self._local.set()
        if self._redis is None or time.monotonic() < self._not_before:
            return
        try:
            async with asyncio.timeout(0.5):
                await self._redis.xadd(self._stream, {"c": conversation_id}, maxlen=STREAM_LENGTH, approximate=True)
        except REDIS_AWAY:
            # Not asked again for a while: an address that does not even refuse would cost every answer half a second.
            self._not_before = time.monotonic() + PAUSE_SECONDS
            log.warning("redis away: wake-ups are lost, the poller will find the rows")

    async def listen(self, consumer: str) -> list[str]:
        """Conversation ids to look at; empty after a second without any, or when Redis is away."""
        if self._redis is None:
            return await self._nap()
        try:
            answer: Any = await self._redis.xreadgroup(GROUP, consumer, {self._stream: ">"}, count=100, block=BLOCK_MS)
            entries: list[tuple[str, dict[str, str]]] = answer[0][1] if answer else []
            if not entries:
                return []
            # Acknowledged before the work: the rows in MongoDB are the truth and the poller takes what falls out here.
            ids = [id for id, _ in entries]
            await self._redis.xack(self._stream, GROUP, *ids)
            await self._redis.xdel(self._stream, *ids)
            return list(dict.fromkeys(fields["c"] for _, fields in entries))
        except ResponseError as missing:
            if "NOGROUP" in str(missing) and await self._create_group():
                return []
            return await self._nap()
        except REDIS_AWAY:
            return await self._nap()

    async def _create_group(self) -> bool:
        """Whether the group is there now."""
        assert self._redis is not None
        try:
            await self._redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as there:
            return "BUSYGROUP" in str(there)
        except REDIS_AWAY:
            return False
        return True

    async def _nap(self) -> list[str]:
        try:
            async with asyncio.timeout(BLOCK_MS / 1000):
                await self._local.wait()
        except TimeoutError:
            return []
        finally:
            self._local.clear()
        return []


async def answers(client: redis.Redis | None) -> bool:
    """Whether Redis answers."""
    if client is None:
        return False
    try:
        async with asyncio.timeout(1):
            return bool(await client.ping())
    except REDIS_AWAY:
        return False
