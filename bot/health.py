"""``/healthz`` (the process lives), ``/readyz`` (it can do its work), ``/metrics``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import nlp
from store.client import AWAY
from store.stores import Stores
from store.wake import answers

PING_SECONDS = 1.5


class Health:
    """Answers the probes."""

    def __init__(self, stores: Stores, opened: Callable[[], bool] = lambda: True) -> None:
        self._stores = stores
        self._opened = opened

    async def alive(self, request: web.Request) -> web.Response:
        """The loop turns."""
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """200 only when the stores answer and understanding is loaded; the body says which does not."""
        mongodb = self._opened() and await self._mongodb()
        redis = await answers(self._stores.fast)
        understanding = nlp.is_loaded()
        body = {"mongodb": mongodb, "redis": redis, "understanding": understanding}
        return web.json_response(body, status=200 if mongodb and redis and understanding else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """For Prometheus."""
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _mongodb(self) -> bool:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self._stores.connection.ping()
        except (TimeoutError, *AWAY):
            return False
        return True
