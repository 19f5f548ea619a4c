"""Brings the database to this program's version at start, or as soon as it answers."""

from __future__ import annotations

import asyncio
import logging

from desk.desk import Desk
from store.errors import Unavailable

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0


class Opening:
    """Migrations and the trade's settings. Until they are there, nothing may be decided: pushes wait in the spool."""

    def __init__(self, desk: Desk, process: str) -> None:
        self._desk = desk
        self._process = process
        self.done = False

    async def once(self) -> None:
        """Raises Unavailable when the database does not answer, Incompatible when it is newer than this program."""
        await self._desk.stores.migrate(holder=self._process, clock=self._desk.clock)
        await self._desk.rules.refresh()
        self.done = True

    async def when_it_answers(self) -> None:
        """Return when it is done, however long the database is away. Raises Incompatible."""
        while not self.done:
            try:
                await self.once()
            except Unavailable:
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                log.warning("the database answers again, work begins")
