"""Where an access token is kept between calls, shared by all processes through Redis, with a lock for its renewal."""

from __future__ import annotations

import logging
import secrets
import time
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from redis.exceptions import RedisError

from store.clock import Clock
from store.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

logger = logging.getLogger(__name__)

LOCK_TIME: Final = timedelta(seconds=10)
"""A renewal that takes longer, or whose process died, blocks nobody any more."""

_DROP_IF_SAME: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class TokenStore(Protocol):
    """One access token per app, and one lock per app."""

    async def get(self, app_id: str) -> str | None:
        """The token, while it is good."""
        ...

    async def put(self, app_id: str, token: str, ttl: timedelta) -> None:
        """Keep the token for ``ttl``."""
        ...

    async def drop(self, app_id: str, token: str) -> None:
        """Forget the token if it is still this one."""
        ...

    async def acquire(self, app_id: str) -> str | None:
        """The right to renew the token for at most ``LOCK_TIME``; None while somebody else has it."""
        ...

    async def release(self, app_id: str, holder: str) -> None:
        """Give the right back, if it is still ``holder``'s."""
        ...


class RedisTokenStore:
    """Tokens shared by every process. Raises ``Unavailable`` when Redis does not answer."""

    def __init__(self, redis: Redis, prefix: str = "guanjia") -> None:
        self._redis = redis
        self._prefix = prefix

    async def get(self, app_id: str) -> str | None:
        """The token, while it is good."""
        async with _available():
            found = await self._redis.get(self._key("token", app_id))
        return found.decode() if isinstance(found, bytes) else found

    async def put(self, app_id: str, token: str, ttl: timedelta) -> None:
        """Keep the token for ``ttl``."""
        async with _available():
            await self._redis.set(self._key("token", app_id), token, px=_millis(ttl))

    async def drop(self, app_id: str, token: str) -> None:
        """Forget the token if it is still this one."""
        await self._drop_if_same(self._key("token", app_id), token)

    async def acquire(self, app_id: str) -> str | None:
        """The right to renew the token; ends by itself when its holder dies."""
        holder = secrets.token_hex(8)
        key = self._key("token-lock", app_id)
        async with _available():
            won = await self._redis.set(key, holder, nx=True, px=_millis(LOCK_TIME))
        return holder if won else None

    async def release(self, app_id: str, holder: str) -> None:
        """Give the right back, if it is still ``holder``'s."""
        await self._drop_if_same(self._key("token-lock", app_id), holder)

    async def _drop_if_same(self, key: str, value: str) -> None:
        async with _available():
            await self._redis.eval(_DROP_IF_SAME, 1, key, value)

    def _key(self, kind: str, app_id: str) -> str:
        return f"{self._prefix}:{kind}:{app_id}"


class MemoryTokenStore:
    """Tokens of this process alone: more fetches, never a wrong one, as ``stable_token`` repeats the same token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._locks: dict[str, tuple[str, datetime]] = {}

    async def get(self, app_id: str) -> str | None:
        """The token, while it is good."""
        return self._good(self._tokens, app_id)

    async def put(self, app_id: str, token: str, ttl: timedelta) -> None:
        """Keep the token for ``ttl``."""
        self._tokens[app_id] = (token, self._clock.wall() + ttl)

    async def drop(self, app_id: str, token: str) -> None:
        """Forget the token if it is still this one."""
        self._drop_if_same(self._tokens, app_id, token)

    async def acquire(self, app_id: str) -> str | None:
        """The right to renew the token; None while another task has it."""
        if self._good(self._locks, app_id) is not None:
            return None
        holder = secrets.token_hex(8)
        self._locks[app_id] = (holder, self._clock.wall() + LOCK_TIME)
        return holder

    async def release(self, app_id: str, holder: str) -> None:
        """Give the right back, if it is still ``holder``'s."""
        self._drop_if_same(self._locks, app_id, holder)

    def _good(self, among: dict[str, tuple[str, datetime]], app_id: str) -> str | None:
        value, until = among.get(app_id, (None, None))
        return value if until is not None and self._clock.wall() < until else None

    @staticmethod
    def _drop_if_same(among: dict[str, tuple[str, datetime]], app_id: str, value: str) -> None:
        if among.get(app_id, ("", None))[0] == value:
            del among[app_id]


class FallbackTokenStore:
    """The shared store while it answers, the process's own memory meanwhile."""

    PAUSE: Final = 2.0
    """Seconds without another try after the shared store failed: a dead address may take long to fail."""

    def __init__(self, shared: TokenStore, memory: TokenStore) -> None:
        self._shared = shared
        self._memory = memory
        self._not_before = 0.0

    async def get(self, app_id: str) -> str | None:
        """The token, while it is good."""
        if self._may_try():
            try:
                return await self._shared.get(app_id)
            except Unavailable as error:
                self._failed(error)
        return await self._memory.get(app_id)

    async def put(self, app_id: str, token: str, ttl: timedelta) -> None:
        """Keep the token in both places, so that losing the shared one costs no fetch."""
        await self._memory.put(app_id, token, ttl)
        if self._may_try():
            try:
                await self._shared.put(app_id, token, ttl)
            except Unavailable as error:
                self._failed(error)

    async def drop(self, app_id: str, token: str) -> None:
        """Forget the token if it is still this one."""
        await self._memory.drop(app_id, token)
        if self._may_try():
            try:
                await self._shared.drop(app_id, token)
            except Unavailable as error:
                self._failed(error)

    async def acquire(self, app_id: str) -> str | None:
        """The right to renew the token, among all processes if they can be asked."""
        if self._may_try():
            try:
                return await self._shared.acquire(app_id)
            except Unavailable as error:
                self._failed(error)
        return await self._memory.acquire(app_id)

    async def release(self, app_id: str, holder: str) -> None:
        """Give the right back wherever it was had."""
        await self._memory.release(app_id, holder)
        if self._may_try():
            try:
                await self._shared.release(app_id, holder)
            except Unavailable as error:
                self._failed(error)

    def _may_try(self) -> bool:
        return time.monotonic() >= self._not_before

    def _failed(self, error: Unavailable) -> None:
        self._not_before = time.monotonic() + self.PAUSE
        logger.warning("Redis does not answer, tokens are kept in this process for now: %s", error)


def shared_tokens(redis: Redis, clock: Clock, database: str = "guanjia") -> TokenStore:
    """The store to use: shared through Redis, and of this process alone while Redis is away. Never raises."""
    return FallbackTokenStore(RedisTokenStore(redis, f"guanjia:{database}"), MemoryTokenStore(clock))


@asynccontextmanager
async def _available() -> AsyncIterator[None]:
    try:
        yield
    except (TimeoutError, RedisError, OSError) as error:
        raise Unavailable(f"Redis: {type(error).__name__}") from error


def _millis(span: timedelta) -> int:
    return max(1, int(span.total_seconds() * 1000))
