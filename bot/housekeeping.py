"""What is done now and then: counters of days that are over go, the dashboard's days are made again."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from desk.desk import Desk
from store.errors import Unavailable

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
COUNTERS_KEPT = timedelta(days=3)
"""Longer than any two time zones, or a message that was spooled over a long outage, are apart."""


class Housekeeping:
    """Small repeatable chores; any number of workers may do them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def run(self) -> None:
        """Every hour, until cancelled."""
        while True:
            try:
                await self.once()
            except Unavailable:
                log.warning("the database does not answer, tidying waits")
            await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> None:
        """Remove the ticket counters of days that are over: few counters keep numbering quick (stores.md, rule 2).

        The dashboard's days are made again, so that whoever opens it does not wait for them.
        """
        over = (self._desk.clock.now() - COUNTERS_KEPT).date()
        removed = await self._desk.stores.counters.prune(over)
        if removed:
            log.info("%d counters of past days removed", removed)
        await self._desk.figures.refresh()
