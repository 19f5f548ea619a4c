"""Order inside one process: what one owner sends is kept and handled first come, first served."""

from __future__ import annotations

import asyncio


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

    def of(self, conversation_id: str) -> Use:
        """The lane of this conversation, with ``async with``; forgotten when nobody uses it any more."""
        return Use(self._lanes, conversation_id)


class Use:
    """One use of a lane."""

    __slots__ = ("_id", "_lanes")

    def __init__(self, lanes: dict[str, Lane], id: str) -> None:
        self._lanes = lanes
        self._id = id

    async def __aenter__(self) -> Lane:
        lane = self._lanes.get(self._id)
        if lane is None:
            lane = self._lanes[self._id] = Lane()
        lane.users += 1
        return lane

    async def __aexit__(self, *failure: object) -> None:
        lane = self._lanes[self._id]
        lane.users -= 1
        if not lane.users:
            del self._lanes[self._id]
