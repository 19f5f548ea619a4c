"""Order inside one process: what one owner sends is kept and handled first come, first served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Lane:
    """Two queues of one conversation: being remembered is quick and must not wait for being handled."""

    def __init__(self) -> None:
        self.arrival = asyncio.Lock()  # asyncio's locks are fair: first come, first served
        self.work = asyncio.Lock()
        self.users = 0


class Lanes:
    """A lane per conversation that has something going on."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}

    @asynccontextmanager
    async def of(self, conversation_id: str) -> AsyncIterator[Lane]:
        """The lane of this conversation; forgotten when nobody uses it any more."""
        lane = self._lanes.setdefault(conversation_id, Lane())
        lane.users += 1
        try:
            yield lane
        finally:
            lane.users -= 1
            if not lane.users:
                self._lanes.pop(conversation_id, None)
