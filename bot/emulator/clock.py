"""The emulator's clock: the machine's time plus an offset that "skip an hour" moves, and what falls due by it."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import json
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from store.clock import Clock, SystemClock, to_millis

log = logging.getLogger(__name__)

BASE_POLL = 0.05
"""A clock that somebody else moves is looked at every so many seconds while something waits for it."""
Deed = Callable[[], Awaitable[object]]


class EmulatorClock(SystemClock):
    """A clock that can be moved. With a file, its offset is kept there for other processes to follow."""

    def __init__(self, file: Path | None = None, base: Clock | None = None) -> None:
        super().__init__(_read_offset(file) if file else timedelta())
        self.file = file
        self.base = base
        """Where time comes from before it is moved; a test may pass a clock that stands still."""
        if file:
            self._write()

    def now(self) -> datetime:
        """The time that pushes, tokens and allowances go by."""
        return super().now() if self.base is None else to_millis(self.base.now() + self.offset)

    def wall(self) -> datetime:
        """The machine's time, or that of the clock that a test passed."""
        return super().wall() if self.base is None else self.base.wall()

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of the machine's."""
        return self.offset.total_seconds()

    def seconds(self) -> int:
        """Now as whole seconds since 1970, the way CreateTime is written."""
        return int(self.now().timestamp())

    def set_offset(self, seconds: float) -> None:
        """Move the clock to that distance from the machine's; other processes see it in the file."""
        self.offset = timedelta(seconds=seconds)
        self._write()

    def _write(self) -> None:
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        seconds = self.offset_seconds
        write_atomically(self.file, json.dumps({"offset_seconds": int(seconds) if seconds.is_integer() else seconds}))


def write_atomically(path: Path, text: str) -> None:
    """Replace the file in one step: a reader finds the old text or the new one, never half."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _read_offset(file: Path) -> timedelta:
    if not file.exists():
        return timedelta()
    try:
        return timedelta(seconds=float(json.loads(file.read_text(encoding="utf-8"))["offset_seconds"]))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        log.warning("clock file %s is not readable, starting without offset: %s", file, error)
        return timedelta()


class Schedule:
    """Deeds that fall due at a time of the emulator's clock; skipping time makes them fall due at once."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._due: list[tuple[datetime, int, Deed]] = []
        self._numbers = itertools.count()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[object]] = set()

    def after(self, seconds: float, deed: Deed) -> None:
        """Do it so many seconds from now, by the emulator's clock."""
        heapq.heappush(self._due, (self._clock.now() + timedelta(seconds=seconds), next(self._numbers), deed))
        self._wake.set()

    def moved(self) -> None:
        """The clock was moved: look again."""
        self._wake.set()

    def spawn(self, deed: Awaitable[object]) -> asyncio.Task[object]:
        """Run it beside everything else; a failure is logged, the task is ended with the emulator."""
        task = asyncio.ensure_future(_as_coroutine(deed))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a deed of the emulator failed", exc_info=error)

    async def start(self) -> None:
        """Begin to look at the clock."""
        self._task = asyncio.create_task(self._run(), name="emulator schedule")

    async def stop(self) -> None:
        """End everything that still runs."""
        tasks = [*self._running, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            now = self._clock.now()
            while self._due and self._due[0][0] <= now:
                self.spawn(heapq.heappop(self._due)[2]())
            wait = (self._due[0][0] - now).total_seconds() if self._due else None
            if wait is not None and self._clock.base is not None:
                wait = BASE_POLL
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):  # not wait_for, which may lose a cancellation on Python 3.11
                    await self._wake.wait()


async def _as_coroutine(deed: Awaitable[object]) -> object:
    return await deed
