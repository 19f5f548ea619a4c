"""Operations that come at the same moment leave in one command.

A command costs the driver and the server nearly the same whether it carries one row or twenty. So while one is under
way, what comes meanwhile waits and leaves together as the next one: alone nobody waits for anybody, and under load the
cost per row falls. Nothing is held back on a timer, and every caller hears what became of its own row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 64
"""Rows in one command: few enough that the first of them does not wait long for the last."""
PATIENCE = 0.25
"""Seconds after which nobody waits for the command under way any more: a server that hangs on one must not hold all."""


class Together(Generic[Item, Result]):
    """Gathers what many callers want at once. ``carry_out`` gives one result, or error, for each item, in order."""

    def __init__(self, carry_out: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]]) -> None:
        self._carry_out = carry_out
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._under_way: set[asyncio.Task[None] | None] = set()
        self._since = 0.0

    async def do(self, item: Item) -> Result:
        """The result for ``item``; raises what was raised for it, or for the whole command.

        A caller that is cancelled stops waiting; its item is carried out all the same.
        """
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, heard))
        if not self._under_way or loop.time() - self._since > PATIENCE:
            self._since = loop.time()
            self._under_way.add(loop.create_task(self._empty(loop)))
        return await heard

    async def _empty(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                self._since = loop.time()
                await self._one_command(batch)
        finally:  # at once, not in a callback: who comes next must see that nobody carries out anything any more
            self._under_way.discard(asyncio.current_task())

    async def _one_command(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        results: Sequence[Result | Exception]
        try:
            results = await self._carry_out([item for item, _ in batch])
        except asyncio.CancelledError:  # the loop is closing: nobody may wait forever
            for _, heard in batch + self._waiting:
                heard.cancel()
            self._waiting = []
            raise
        except Exception as failed:  # each caller hears it, as if it had been alone
            results = [failed] * len(batch)
        for (_, heard), result in zip(batch, results, strict=True):
            if heard.done():  # its caller was cancelled
                continue
            if isinstance(result, Exception):
                heard.set_exception(result)
            else:
                heard.set_result(result)
