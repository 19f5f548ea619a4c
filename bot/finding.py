"""Writes down what new lines (and old tickets) are found by: a search finds them, and no message waits for it."""

from __future__ import annotations

import asyncio
import logging

from desk.desk import Desk
from desk.old_terms import BATCH as OLD_BATCH
from desk.search import BATCH
from store.errors import Unavailable

log = logging.getLogger(__name__)

EVERY = 3.0
MANY = min(BATCH, OLD_BATCH)
PAUSE = 0.5
"""Between batches when much is new (a first start with a history): the messages of the moment come first."""


class FindingWords:
    """Any number of workers may run it: what is written twice is there once."""

    def __init__(self, desk: Desk) -> None:
        self._search = desk.search
        self._old = desk.old_terms

    async def run(self) -> None:
        """Every few seconds, until cancelled."""
        while True:
            try:
                seen = max(await self._search.catch_up(), await self._old.catch_up())
            except Unavailable:
                log.warning("the database does not answer, new lines are found later")
                seen = 0
            await asyncio.sleep(PAUSE if seen >= MANY else EVERY)
