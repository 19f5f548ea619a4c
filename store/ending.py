"""Ending tasks for sure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 2.0
"""So long a task has for its last words before it is told again."""


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel them and return when all have ended, however they did; their errors are nobody's any more.

    They are told again until they end: on Python 3.11 ``asyncio.wait_for`` loses a cancellation that meets its own last
    moment, and redis sends every command through it. A loop would run on, and whoever waits for its end would hang.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled():
                task.exception()
