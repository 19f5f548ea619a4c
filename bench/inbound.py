"""A push that opens a ticket: CPU of ``serve`` and answer times, against the bare program of the same run.

The bare program makes the writes of one message, each as a command of its own. ``serve`` makes the same and one look
more; of those, what several messages want at the same moment shares a command (store/together.py).
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figure import Figure
from bench.load import Push, send
from bench.processes import Server, running
from store.client import connect
from store.conversations import Conversation, Home
from store.embedded.shared import attach
from store.estates import Estate
from store.rooms import Room
from store.sealed import Sealer
from store.stores import Stores

TOKEN, APP, SECRET = "benchtoken", "wxbench0000000001", "a secret for the bench only"
CONNECTIONS, TALKING = 32, 50
ROUNDS, PUSHES = 7, 240
TALKS = 15
"""Rounds of talk: one round's 99th percentile is its third slowest answer, so that single rounds scatter."""
OPENS = "厨房水龙头漏水了,麻烦派人来修一下"


def owners(prefix: str) -> Iterator[Push]:
    """Each push from another owner, so that none waits for another."""
    number = 0
    while True:
        yield Push(f"o{prefix}{number:06d}", OPENS)
        number += 1


async def furnish(uri: str, database: str, count: int, prefixes: list[str]) -> None:
    """An estate and owners with a home."""
    stores = Stores(connect(uri, database), None, sealer=Sealer(SECRET), name=database)
    await stores.estates.add([Estate(id="hy", name="bench")])
    await stores.rooms.add(
        [Room(id="hy/1-1-101", estate_id="hy", building="1", unit="1", number="101", name="1栋1单元101")]
    )
    home = Home(room_id="hy/1-1-101", name="1栋1单元101", estate_id="hy")
    now = datetime.now(UTC) - timedelta(days=1)
    for prefix in prefixes:
        for number in range(count):
            openid = f"o{prefix}{number:06d}"
            conversation = Conversation(
                id=f"{APP}:{openid}",
                app_id=APP,
                openid=openid,
                estate_id="hy",
                resident_id=openid,
                name="王芳",
                homes=(home,),
                created_at=now,
                last_at=now,
            )
            await stores.conversations.create(conversation)
    await stores.close()


def take(source: Iterator[Push], count: int) -> list[Push]:
    """The next pushes."""
    return [next(source) for _ in range(count)]


async def cpu_per_message(server: Server, pushes: list[Push], expect: str) -> float:
    """CPU seconds of the server for one push."""
    before = server.cpu()
    run = await send(server.url, TOKEN, pushes, connections=CONNECTIONS, expect=expect)
    if run.wrong:
        raise RuntimeError(f"{run.wrong} of {run.answered} answers were wrong")
    return (server.cpu() - before) / run.answered


async def measure() -> list[Figure]:
    """The figures of the issue's measures for inbound pushes."""
    with tempfile.TemporaryDirectory() as folder:
        embedded = await attach(Path(folder), need_mongodb=True, need_redis=True)
        try:
            return await _measure(folder, embedded.mongodb_uri or "", embedded.redis_url or "")
        finally:
            await embedded.close()


async def _measure(folder: str, mongodb_uri: str, redis_url: str) -> list[Figure]:
    env = {
        "GUANJIA_DATA_DIR": folder,
        "GUANJIA_MONGODB_URI": mongodb_uri,
        "GUANJIA_REDIS_URL": redis_url,
        "GUANJIA_DATABASE": "bench",
        "GUANJIA_PORT": "0",
        "GUANJIA_SECRET_KEY": SECRET,
        "GUANJIA_WECHAT_APP_ID": APP,
        "GUANJIA_WECHAT_APP_SECRET": "none",
        "GUANJIA_WECHAT_TOKEN": TOKEN,
        "GUANJIA_WECHAT_MODE": "plaintext",
        "GUANJIA_LOG_LEVEL": "error",
    }
    async with running("-m", "bot.cli", "serve", env=env):
        pass  # the first start makes the indexes
    async with running("-m", "bot.cli", "serve", env=env) as alone:
        idle, ready_after = alone.memory(), alone.ready_after
    each = 100 + ROUNDS * PUSHES
    await furnish(mongodb_uri, "bench", each + TALKING * 4 * TALKS, ["cpu"])
    bare_env = {**env, "GUANJIA_DATABASE": "bare"}
    async with (
        running("-m", "bot.cli", "serve", env=env) as serve,
        running("-m", "bench.bare", "full", env=bare_env) as bare,
        running("-m", "bench.bare", "two", env={**env, "GUANJIA_DATABASE": "two"}) as two,
    ):
        sources = {server.pid: owners("cpu") for server in (serve, bare, two)}
        for server, expect in ((serve, "R2"), (bare, "R"), (two, "R")):
            await cpu_per_message(server, take(sources[server.pid], 100), expect)
        ratios, to_two, ours = [], [], []
        for _ in range(ROUNDS):
            own = await cpu_per_message(serve, take(sources[serve.pid], PUSHES), "R2")
            floor = await cpu_per_message(bare, take(sources[bare.pid], PUSHES), "R")
            small = await cpu_per_message(two, take(sources[two.pid], PUSHES), "R")
            ratios.append(own / floor)
            to_two.append(own / small)
            ours.append(own)
        talk, longest = [], 0.0
        for _ in range(TALKS):
            own_run = await send(
                serve.url, TOKEN, take(sources[serve.pid], TALKING * 4), connections=TALKING, expect="R2"
            )
            bare_run = await send(
                bare.url, TOKEN, take(sources[bare.pid], TALKING * 4), connections=TALKING, expect="R"
            )
            talk.append(own_run.quantile(0.99) / bare_run.quantile(0.99))
            longest = max(longest, *own_run.seconds)
    ratio, p99 = statistics.median(ratios), statistics.median(talk)
    return [
        Figure("CPU per ticket message / bare, same writes", f"{ratio:.2f}", "<= 2.0", ratio <= 2),
        Figure("CPU per ticket message / bare, two inserts", f"{statistics.median(to_two):.2f}", "-", None),
        Figure("CPU per ticket message", f"{statistics.median(ours) * 1000:.2f} ms", "-", None),
        Figure("p99 of answers / bare, 50 owners at once", f"{p99:.2f}", "<= 3", p99 <= 3),
        Figure("longest answer", f"{longest:.2f} s", "<= 3 s", longest <= 3),
        Figure("serve ready after", f"{ready_after:.2f} s", "<= 3 s", ready_after <= 3),
        Figure("serve idle", f"{idle:.0f} MB", "< 200 MB", idle < 200),
    ]
