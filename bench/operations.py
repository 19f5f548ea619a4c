"""How many store operations a message costs, counted by the driver."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections import Counter
from pathlib import Path

from pymongo.monitoring import CommandListener, CommandStartedEvent

import nlp
from bench.figure import Figure
from bench.inbound import APP, OPENS, SECRET, furnish
from bot.pipeline import Pipeline
from bot.tasks import Tasks
from bot.wechat.push import Push
from desk.desk import Desk
from handlers.dispatch import respond
from store.client import connect
from store.clock import SystemClock
from store.embedded.shared import attach
from store.messages import Answer
from store.sealed import Sealer
from store.stores import Stores

_ids = itertools.count(int(time.time() * 1000))


class Commands(CommandListener):
    """Counts commands by name."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def started(self, event: CommandStartedEvent) -> None:
        """One command leaves."""
        self.seen[event.command_name] += 1

    def succeeded(self, event: object) -> None:
        """Not counted."""

    def failed(self, event: object) -> None:
        """Not counted."""


async def measure() -> list[Figure]:
    """Operations of a message that opens a ticket (at most 8) and of other talk (at most 5)."""
    nlp.load()
    with tempfile.TemporaryDirectory() as folder:
        embedded = await attach(Path(folder), need_mongodb=True, need_redis=False, lasting=False)
        commands = Commands()
        uri = embedded.mongodb_uri or ""
        stores = Stores(
            connect(uri, "operations", listeners=[commands]), None, sealer=Sealer(SECRET), name="operations"
        )
        clock = SystemClock()
        await stores.migrate(holder="bench", clock=clock)
        await furnish(uri, "operations", 1, ["ops"])
        desk = Desk(stores, clock)
        await desk.rules.refresh()
        pipeline = Pipeline(desk, respond, process="bench", tasks=Tasks())
        figures = []
        await _say(pipeline, "厨房漏水")  # the day's counter is made at its first use
        for text, what, limit in ((OPENS, "a message that opens a ticket", 8), ("你好", "a greeting", 5)):
            commands.seen.clear()
            await _say(pipeline, text)
            kinds = ", ".join(f"{count} {name}" for name, count in sorted(commands.seen.items()))
            count = commands.seen.total()
            figures.append(Figure(f"store operations of {what}", f"{count} ({kinds})", f"<= {limit}", count <= limit))
        await stores.close()
        await embedded.close()
    return figures


async def _say(pipeline: Pipeline, text: str) -> None:
    fields = {
        "ToUserName": "gh_bench",
        "FromUserName": "oops000000",
        "CreateTime": str(int(time.time())),
        "MsgType": "text",
        "Content": text,
        "MsgId": str(next(_ids)),
    }
    kept = await pipeline.keep(Push.of(APP, fields))
    if not isinstance(kept, Answer):
        await kept
