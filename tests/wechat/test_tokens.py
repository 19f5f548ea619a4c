from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.wechat import tokens as tokens_module
from bot.wechat.tokens import Tokens
from store import tokens as store_tokens
from store.errors import Unavailable
from store.tokens import FallbackTokenStore, MemoryTokenStore, RedisTokenStore, TokenStore, shared_tokens

from .kit import FixedClock

APP = "wx0123456789abcdef"
HOUR = timedelta(hours=1)


@pytest.fixture
async def away() -> AsyncIterator[Redis]:
    client = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", "redis", "redis decoded", "fallback", "fallback away"])
async def store(request, redis, redis_url, away) -> AsyncIterator[TokenStore]:
    memory = MemoryTokenStore(FixedClock())
    decoding = Redis.from_url(redis_url, decode_responses=True)
    kinds: dict[str, TokenStore] = {
        "memory": memory,
        "redis": RedisTokenStore(redis, "test"),
        "redis decoded": RedisTokenStore(decoding, "test"),
        "fallback": FallbackTokenStore(RedisTokenStore(redis, "test"), memory),
        "fallback away": FallbackTokenStore(RedisTokenStore(away), memory),
    }
    yield kinds[request.param]
    await decoding.aclose()


async def test_a_token_is_kept_and_only_that_one_is_dropped(store) -> None:
    assert await store.get(APP) is None
    await store.put(APP, "t1", HOUR)
    assert await store.get(APP) == "t1"
    assert await store.get("another app") is None
    await store.drop(APP, "t0")
    assert await store.get(APP) == "t1"
    await store.drop(APP, "t1")
    assert await store.get(APP) is None


async def test_only_one_may_renew_and_only_the_holder_can_give_it_back(store) -> None:
    holder = await store.acquire(APP)
    assert holder
    assert await store.acquire(APP) is None
    assert await store.acquire("another app")
    await store.release(APP, "somebody else")
    assert await store.acquire(APP) is None
    await store.release(APP, holder)
    assert await store.acquire(APP)


async def test_what_is_kept_in_redis_runs_out(redis) -> None:
    store = RedisTokenStore(redis)
    await store.put(APP, "t1", HOUR)
    await store.acquire(APP)
    assert 3_590_000 < await redis.pttl(f"guanjia:token:{APP}") <= 3_600_000
    assert 9_000 < await redis.pttl(f"guanjia:token-lock:{APP}") <= 10_000


async def test_what_is_kept_in_memory_runs_out() -> None:
    clock = FixedClock()
    store = MemoryTokenStore(clock)
    await store.put(APP, "t1", HOUR)
    assert await store.acquire(APP)
    clock.move(timedelta(seconds=10))
    assert await store.acquire(APP)
    clock.move(HOUR)
    assert await store.get(APP) is None


async def test_redis_away_is_said_and_the_memory_stands_in(away, redis) -> None:
    with pytest.raises(Unavailable):
        await RedisTokenStore(away).get(APP)
    store = shared_tokens(away, FixedClock())
    fetch = Fetch()
    assert await Tokens(APP, store, fetch).get() == "token-1"
    assert await Tokens(APP, store, fetch).get() == "token-1"
    assert fetch.count == 1
    await shared_tokens(redis, FixedClock(), "other").put(APP, "t2", HOUR)
    assert await redis.get(f"guanjia:other:token:{APP}") == b"t2"


async def test_the_memory_keeps_the_token_when_redis_goes_away_later(redis) -> None:
    class Breaking(RedisTokenStore):
        broken = False

        async def get(self, app_id: str) -> str | None:
            if self.broken:
                raise Unavailable("Redis: gone")
            return await super().get(app_id)

    shared = Breaking(redis)
    fetch = Fetch()
    tokens = Tokens(APP, FallbackTokenStore(shared, MemoryTokenStore(FixedClock())), fetch)
    await tokens.get()
    shared.broken = True
    assert await tokens.get() == "token-1"
    assert fetch.count == 1


class Fetch:
    """Gives ``token-1``, ``token-2``, ...; slow enough for others to come by."""

    def __init__(self, expires_in: int = 7200) -> None:
        self.count = 0
        self.expires_in = expires_in
        self.fails = 0

    async def __call__(self) -> tuple[str, int]:
        self.count += 1
        number = self.count
        await asyncio.sleep(0.01)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the platform is away")
        return f"token-{number}", self.expires_in


async def test_processes_and_tasks_share_one_fetch(store) -> None:
    fetch = Fetch()
    processes = [Tokens(APP, store, fetch) for _ in range(3)]
    found = await asyncio.gather(*(one.get() for one in processes for _ in range(10)))
    assert set(found) == {"token-1"}
    assert fetch.count == 1


async def test_a_refused_token_is_renewed_once_by_all(store) -> None:
    fetch = Fetch()
    processes = [Tokens(APP, store, fetch) for _ in range(3)]
    used = await processes[0].get()
    found = await asyncio.gather(*(one.renew(used) for one in processes for _ in range(5)))
    assert set(found) == {"token-2"}
    assert fetch.count == 2
    assert await processes[1].renew("token-1") == "token-2"
    assert fetch.count == 2


@pytest.mark.parametrize(("expires_in", "kept"), [(7200, 6900), (601, 301), (600, 300), (300, 150), (10, 5), (2, 1)])
async def test_a_token_is_given_up_before_it_ends(expires_in, kept) -> None:
    clock = FixedClock()
    fetch = Fetch(expires_in)
    tokens = Tokens(APP, MemoryTokenStore(clock), fetch)
    await tokens.get()
    clock.move(timedelta(seconds=kept - 0.5))
    await tokens.get()
    assert fetch.count == 1
    clock.move(timedelta(seconds=1))
    await tokens.get()
    assert fetch.count == 2


async def test_a_holder_that_died_blocks_for_the_lock_time_at_most(monkeypatch, redis) -> None:
    monkeypatch.setattr(tokens_module, "LOCK_TIME", timedelta(seconds=0.2))
    store = RedisTokenStore(redis)
    await store.acquire(APP)  # and never gives it back
    fetch = Fetch()
    async with asyncio.timeout(2):
        assert await Tokens(APP, store, fetch).get() == "token-1"
    assert timedelta(seconds=10) >= store_tokens.LOCK_TIME


async def test_a_failed_fetch_fails_for_those_who_waited_and_the_next_one_tries_again(store) -> None:
    fetch = Fetch()
    fetch.fails = 1
    tokens = Tokens(APP, store, fetch)
    failed = await asyncio.gather(*(tokens.get() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(error, ConnectionError) for error in failed)
    assert await tokens.get() == "token-2"
    assert fetch.count == 2


async def test_a_fetch_that_nobody_waits_for_any_more_ends_quietly() -> None:
    fetch = Fetch()
    fetch.fails = 1
    tokens = Tokens(APP, MemoryTokenStore(FixedClock()), fetch)
    waiting = asyncio.create_task(tokens.get())
    while fetch.count == 0:
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    running = tokens._running
    assert running is not None
    await asyncio.wait([running])
    assert tokens._running is None
    await tokens.close()
