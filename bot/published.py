"""The published words in this process: loaded at start, swapped when another version holds."""

from __future__ import annotations

import asyncio
import logging

import nlp
from desk.desk import Desk
from desk.lab import Unfit
from nlp.understanding import swap
from store.errors import NotFound, Unavailable

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""One small document is read so often."""


class PublishedWords:
    """Keeps ``nlp`` at the version that holds. One that cannot be used is logged once, and the last good one stays."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._holds: str | None = None
        self._refused = ""
        self._looking = asyncio.Lock()
        self._swapping: asyncio.Task[str] | None = None

    async def look(self) -> None:
        """Swap if another version holds now; raises Unavailable."""
        async with self._looking:
            name = (await self._desk.lab.standing()).name
            if name == self._holds:
                return
            if self._holds is None and not name and not nlp.is_loaded():
                self._holds = name  # the package's own holds without being asked
                return
            try:
                overlay = await self._desk.lab.overlay(name)
                self._swapping = asyncio.create_task(asyncio.to_thread(swap, overlay))
                await asyncio.shield(self._swapping)
            except (Unfit, NotFound, ValueError) as wrong:
                if self._refused != name:
                    log.error("version %s of the lexicon cannot be used, the last good one stays: %r", name, wrong)
                self._refused = name
                return
            if name or self._holds:
                log.info("lexicon: %s holds", name or "the package's own")
            self._holds, self._refused = name, ""

    async def at_start(self) -> None:
        """Look once; a store that is away leaves the package's own words, and ``keep`` finds out later."""
        try:
            await self.look()
        except Unavailable:
            log.warning("the published words are not loaded yet: the database does not answer")

    async def keep(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.at_start()
            await asyncio.sleep(POLL_SECONDS)

    async def close(self) -> None:
        """The package's own words again, for whoever works in this process next."""
        if self._swapping is not None:
            await asyncio.wait([self._swapping])  # a thread that has begun is not to be stopped
            await asyncio.to_thread(swap, None)
        self._swapping = None
        self._holds = None
