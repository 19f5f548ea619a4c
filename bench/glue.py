"""Our own work for a push that opens a ticket, with a store that answers at once: microseconds of CPU per message.

``python -m bench.glue [--profile]``. Steadier than the measure over HTTP: one thread, no driver, no sockets, one owner
after the other. What it prints is what ``serve`` adds to the bare program.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import itertools
import pstats
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from aiohttp import web

import nlp
from bench.inbound import APP, OPENS, SECRET, TOKEN
from bench.load import PUSH, query
from bot.journal import Journal
from bot.pipeline import Pipeline
from bot.results import Results
from bot.spool import Spool
from bot.tasks import Tasks
from bot.webhook import Webhook
from bot.wechat.codec import Codec, Mode
from desk.desk import Desk
from handlers.dispatch import respond
from store.client import Row, connect
from store.clock import Clock, SystemClock
from store.conversations import EPOCH, Conversation, Home
from store.counters import CounterRepo
from store.repo import Repo
from store.sealed import Sealer
from store.stores import Stores

ROUNDS, PUSHES = 60, 50


class Store:
    """Takes every write and knows every conversation; ``written`` keeps the writes when somebody wants to see them."""

    def __init__(self, written: list[tuple[str, object]] | None = None) -> None:
        self.written = written
        self._numbers = itertools.count(1)
        home = Home(room_id="hy/1-1-101", name="1栋1单元101", estate_id="hy")
        now = datetime.now(UTC) - timedelta(days=1)
        self._conversation = Conversation(
            id=APP, app_id=APP, openid=APP, estate_id="hy", name="王芳", homes=(home,), created_at=now, last_at=now
        ).row()

    @asynccontextmanager
    async def instead(self) -> AsyncIterator[None]:
        """Every repository speaks to this store."""
        store = self

        async def one(repo: Repo, filter: Mapping[str, Any], projection: object = None) -> Row | None:
            return store.find(repo.name, str(filter["_id"]))

        async def insert(repo: Repo, row: Row) -> None:
            store.note(repo.name, row)

        async def update(repo: Repo, filter: Mapping[str, Any], update: object, *, upsert: bool = False) -> bool:
            store.note(repo.name, (filter, update))
            return True

        async def listed(repo: Repo, filter: Mapping[str, Any], **options: object) -> list[Row]:
            return []

        async def number(repo: CounterRepo, letter: str, day: date) -> int:
            return next(store._numbers)

        with (
            patch.object(Repo, "_one", one),
            patch.object(Repo, "_list", listed),
            patch.object(Repo, "_insert", insert),
            patch.object(Repo, "_update", update),
            patch.object(CounterRepo, "next", number),
        ):
            yield

    def note(self, name: str, what: object) -> None:
        """Something was written."""
        if self.written is not None:
            self.written.append((name, what))

    def find(self, name: str, id: str) -> Row | None:
        """The conversation of anybody, as the driver would give it: a fresh row."""
        if name != "conversations":
            return None
        lease = {"holder": "", "until": EPOCH}
        openid = id.partition(":")[2]
        return {**self._conversation, "_id": id, "openid": openid, "resident_id": openid, "fence": 1, "lease": lease}


@dataclass(frozen=True)
class _Content:
    body: bytes

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield self.body


class _Request:
    """As much of a request as the webhook reads."""

    def __init__(self, body: bytes, query: Mapping[str, str]) -> None:
        self.content_length = len(body)
        self.content = _Content(body)
        self.query = query


class _Webhook(Webhook):
    """Its answers are made and not sent."""

    @staticmethod
    async def _send(request: web.Request, response: web.Response) -> bool:
        return True


@asynccontextmanager
async def webhook(clock: Clock, store: Store) -> AsyncIterator[Webhook]:
    """The callback address over the store."""
    nlp.load()
    with tempfile.TemporaryDirectory() as folder:
        stores = Stores(connect("mongodb://127.0.0.1:9", "glue"), None, sealer=Sealer(SECRET), name="glue")
        desk = Desk(stores, clock)
        codec = Codec(app_id=APP, token=TOKEN, aes_key="", mode=Mode.PLAINTEXT, clock=clock)
        journal = Journal(Path(folder, "answers"), "glue")
        spool = Spool(Path(folder, "spool"), "glue")
        pipeline = Pipeline(desk, respond, process="glue", tasks=Tasks())
        async with store.instead():
            yield _Webhook(codec, pipeline, Results(stores, clock), spool, journal, desk.rules, stores.messages)
        journal.close(settled=True)
        await stores.close()


async def push(hook: Webhook, number: int, text: str = OPENS) -> str:
    """One owner writes; the answer as it would be sent."""
    body = PUSH.format(owner=f"oglue{number:06d}", at=int(time.time()), text=text, id=number).encode()
    response = await hook.receive(cast(web.Request, _Request(body, query(TOKEN))))
    return str(cast(web.Response, response).text)


async def measure(*, profile: bool) -> list[float]:
    """Microseconds of CPU per message, one figure a round."""
    numbers = itertools.count(1)
    found = []
    profiler = cProfile.Profile()
    async with webhook(SystemClock(), Store()) as hook:
        for _ in range(200):
            if "R2" not in await push(hook, next(numbers)):
                raise RuntimeError("no ticket was opened")
        if profile:
            profiler.enable()
        for _ in range(ROUNDS):
            began = time.process_time()
            for _ in range(PUSHES):
                await push(hook, next(numbers))
            found.append((time.process_time() - began) / PUSHES * 1e6)
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(60)
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(90)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true", help="also where the time goes")
    found = asyncio.run(measure(profile=parser.parse_args().profile))
    print(f"our own work per ticket message: {min(found):.0f} us at best, {statistics.median(found):.0f} us usually")


if __name__ == "__main__":
    main()
