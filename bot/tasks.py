"""Owns the tasks of a process: none is lost, none fails silently, all end when the process does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

from store.ending import end
from store.errors import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

RESTART_SECONDS = 1.0
AT_ONCE = 8
"""Owners whose messages are taken up at the same time."""


class Tasks:
    """Keeps every task in a set and logs those that fail."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Start some work; its failure is logged."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def forever(self, work: Callable[[], Awaitable[None]], *, name: str) -> asyncio.Task[Any]:
        """A loop that is started again a second after it failed."""
        return self.spawn(self._again(work, name), name=f"loop:{name}")

    async def idle(self) -> None:
        """Return when no work runs any more; loops do not count."""
        while work := [task for task in self._tasks if not task.get_name().startswith("loop:")]:
            await asyncio.wait(work)

    async def close(self, grace: float = 3.0) -> None:
        """Let running work end for ``grace`` seconds, then cancel the rest."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        loops = [task for task in tasks if task.get_name().startswith("loop:")]
        for task in loops:
            task.cancel()
        work = [task for task in tasks if task not in loops]
        if work:
            await asyncio.wait(work, timeout=grace)
        await end(tasks)

    async def _again(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        while True:
            try:
                await work()
                return
            except Exception:  # a loop of the process must survive whatever one round brings
                log.exception("%s failed, starts again", name)
            await asyncio.sleep(RESTART_SECONDS)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (failure := task.exception()) is None:
            return
        if isinstance(failure, Unavailable):  # whoever waits for it knows what to do then
            log.warning("task %s: %s does not answer", task.get_name(), failure)
        else:
            log.error("task %s failed", task.get_name(), exc_info=failure)


async def each(items: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Work on several at once; waits for all, then raises what the first of them raised."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with free:
            await work(item)

    for result in await asyncio.gather(*(one(item) for item in items), return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
