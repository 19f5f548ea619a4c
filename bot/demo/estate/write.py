"""Writes documents in bulk: a batch per collection, the next one made while the last one is on its way."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from store.bulk import add_in_bulk
from store.documents import Document
from store.stores import Stores

BATCH = 500
UNDER_WAY = 2
"""Batches that may be on their way at once: one server has not much use for more."""
SAY_EVERY = 5.0


class Writer:
    """Use it with ``async with``: what is left is written at the end."""

    def __init__(self, stores: Stores, progress: Callable[[str], None] | None, began: float) -> None:
        self._stores = stores
        self._progress = progress
        self._began = began
        self._said = time.monotonic()
        self._rows: dict[str, list[Any]] = defaultdict(list)
        self._free = asyncio.Semaphore(UNDER_WAY)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None
        self.written: dict[str, int] = defaultdict(int)
        self.total = ""

    async def __aenter__(self) -> Writer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            for name in list(self._rows):
                await self._flush(name)
        await asyncio.gather(*self._tasks)
        self._check()
        self._say(final=True)

    async def put(self, name: str, documents: Sequence[Document]) -> None:
        """Keep them for the next batch of that collection."""
        rows = self._rows[name]
        rows.extend(documents)
        if len(rows) >= BATCH:
            await self._flush(name)

    async def _flush(self, name: str) -> None:
        rows, self._rows[name] = self._rows[name], []
        if not rows:
            return
        await self._free.acquire()
        self._check()
        task = asyncio.create_task(self._write(name, rows))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _write(self, name: str, rows: list[Any]) -> None:
        await self._adder(name)(rows)
        self.written[name] += len(rows)
        self._say()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._free.release()
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._failed = self._failed or error

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _adder(self, name: str) -> Callable[[list[Any]], Awaitable[None]]:
        stores = self._stores
        adders: dict[str, Callable[[list[Any]], Awaitable[None]]] = {
            "rooms": stores.rooms.add,
            "residents": stores.residents.add,
            "bindings": stores.bindings.add,
            "identities": partial(add_in_bulk, stores.identities),
            "tickets": partial(add_in_bulk, stores.tickets),
            "charges": partial(add_in_bulk, stores.charges),
            "duty": partial(add_in_bulk, stores.duty),
            "parcels": stores.parcels.add,
            "messages": stores.messages.add,
            "deliveries": stores.deliveries.add,
            "timers": stores.timers.plan,
            "notices": partial(add_in_bulk, stores.notices),
            "conversations": partial(add_in_bulk, stores.conversations),
        }
        return adders[name]

    def _say(self, *, final: bool = False) -> None:
        if self._progress is None or (not final and time.monotonic() - self._said < SAY_EVERY):
            return
        self._said = time.monotonic()
        rows = sum(self.written.values())
        seconds = time.monotonic() - self._began
        self._progress(f"{self.total}, {rows:,} rows, {rows / max(seconds, 0.001):,.0f}/s, {seconds:.0f} s")
