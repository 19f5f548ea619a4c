"""One access token for all callers: fetched once, kept a little shorter than it lives, renewed when it is refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from store.errors import Unavailable
from store.tokens import LOCK_TIME, TokenStore

logger = logging.getLogger(__name__)

_EARLY: Final = 300
"""Seconds before its end that a token is given up; WeChat renews in the last five minutes, when both work."""

_LOOK_AGAIN: Final = 0.05


class Tokens:
    """The access token of one app.

    ``fetch`` asks ``stable_token``, which repeats the same token while it is good: a second fetch, if a lock was lost,
    wastes a call, no more. ``force_refresh`` is never used: it kills the token of every other process.
    """

    def __init__(self, app_id: str, store: TokenStore, fetch: Callable[[], Awaitable[tuple[str, int]]]) -> None:
        self._app_id = app_id
        self._store = store
        self._fetch = fetch
        self._running: asyncio.Task[str] | None = None

    async def get(self) -> str:
        """A token to use now."""
        return await self._store.get(self._app_id) or await self._shared()

    async def renew(self, used: str) -> str:
        """Another token than the refused one: the stored one if somebody has renewed it already, else a fetched one."""
        current = await self._store.get(self._app_id)
        if current and current != used:
            return current
        await self._store.drop(self._app_id, used)
        return await self.get()

    async def close(self) -> None:
        """End a fetch that is still under way."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _shared(self) -> str:
        """One fetch for all tasks of this process; a caller that gives up does not end it for the others."""
        if self._running is None:
            self._running = asyncio.create_task(self._fetch_alone(), name=f"token {self._app_id}")
            self._running.add_done_callback(self._done)
        return await asyncio.shield(self._running)

    def _done(self, task: asyncio.Task[str]) -> None:
        self._running = None
        if not task.cancelled():
            task.exception()  # seen here, should every caller have gone

    async def _fetch_alone(self) -> str:
        """One fetch among all processes, or after ``LOCK_TIME`` without the lock: it is only a courtesy."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + LOCK_TIME.total_seconds()
        holder = await self._store.acquire(self._app_id)
        while holder is None and loop.time() < give_up:
            await asyncio.sleep(_LOOK_AGAIN)
            if token := await self._store.get(self._app_id):
                return token
            holder = await self._store.acquire(self._app_id)
        try:
            token = await self._store.get(self._app_id)
            if not token:
                token, expires_in = await self._fetch()
                await self._store.put(self._app_id, token, _keep_for(expires_in))
                logger.info("token of %s fetched, good for %s s", self._app_id, expires_in)
            return token
        finally:
            if holder is not None:
                await self._release(holder)

    async def _release(self, holder: str) -> None:
        try:
            await self._store.release(self._app_id, holder)
        except Unavailable as error:
            logger.warning("token lock of %s runs out by itself: %s", self._app_id, error)


def _keep_for(expires_in: int) -> timedelta:
    """Five minutes less than it lives; for the short ones of a test platform half their life."""
    return timedelta(seconds=max(expires_in - _EARLY, min(expires_in, 2 * _EARLY) / 2))
