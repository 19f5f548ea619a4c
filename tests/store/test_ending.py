"""What must end does end, also when a cancellation gets lost on its way."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from store import ending


async def test_a_loop_that_loses_a_cancellation_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    async def fails() -> None:
        raise ValueError("its own affair")

    async def stays() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        raise ValueError("on its way out")

    tasks = [asyncio.create_task(one()) for one in (deaf, fails, stays)]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await ending.end(tasks)
    assert [task.done() for task in tasks] == [True] * 3
    assert lost == 3


async def test_nothing_to_end_takes_no_time() -> None:
    await ending.end([])
