from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from store.embedded.redis import redis as embedded_redis
from store.embedded.server import free_port

from .pretend import Pretend


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory) -> Iterator[str]:
    """A Redis of our own, for this worker."""
    server = embedded_redis(tmp_path_factory.mktemp("redis"), lasting=False)
    port = free_port()
    process = subprocess.Popen(server.command(port), stdout=subprocess.DEVNULL)
    give_up = time.monotonic() + 15
    while server.answering(port) is None:
        assert process.poll() is None and time.monotonic() < give_up, "Redis does not start"
        time.sleep(0.02)
    yield server.url(port)
    process.terminate()
    process.wait(10)


@pytest.fixture
async def redis(redis_url) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url, socket_connect_timeout=1, socket_timeout=2)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def wechat() -> AsyncIterator[Pretend]:
    """A platform that answers as it is told to."""
    pretend = Pretend()
    await pretend.start()
    yield pretend
    await pretend.stop()
    await asyncio.sleep(0)
