"""Finishes what dead processes left: messages, answers, consequences of tickets, words to many, spooled pushes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from bot.answers import OpenAnswers
from bot.deciding import LEFT_BEHIND
from bot.draining import Draining
from bot.metrics import SWEPT
from bot.pipeline import Pipeline
from bot.spool import Spool
from bot.tasks import each
from desk.desk import Desk
from desk.untold import tell_the_rest
from store.errors import Unavailable
from store.messages import Message

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
EFFECTS_LEFT_BEHIND = timedelta(seconds=10)


class Sweeper:
    """Runs in every process; what it does is claimed, so running it many times does things once."""

    def __init__(self, desk: Desk, pipeline: Pipeline, answers: OpenAnswers, spool: Spool) -> None:
        self._desk = desk
        self._stores = desk.stores
        self._pipeline = pipeline
        self._answers = answers
        self._draining = Draining(spool, pipeline, desk.stores.messages)

    async def run(self) -> None:
        """Every two seconds, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except Unavailable:
                log.warning("the database does not answer, sweeping waits")

    async def sweep(self) -> None:
        """One round. Raises Unavailable; anything else that goes wrong in one part does not stop the others."""
        parts: Sequence[Callable[[], Awaitable[None]]] = (
            self._answers.put_on_record,
            self._pipeline.finish_left,
            self.finish_messages,
            self.drain_spool,
            self.finish_tickets,
            self.finish_incidents,
            self._answers.settle,
        )
        for part in parts:
            try:
                await part()
            except Unavailable:
                raise
            except Exception:  # logged, and tried again in the next round
                log.exception("a part of the sweep failed")

    async def before_serving(self) -> None:
        """What a dead process spooled goes in before anything new comes; nothing when the database is away."""
        try:
            await self.drain_spool()
        except Unavailable:
            log.warning("the database does not answer, the spool waits")

    # ---- the spool ----

    async def drain_spool(self) -> None:
        """What was kept on the disk while the database was away goes in."""
        await self._draining.drain()

    # ---- messages ----

    async def finish_messages(self) -> None:
        """Received ten seconds ago and not finished: handled now, each owner's in order of arrival."""
        before = self._desk.clock.now() - LEFT_BEHIND
        owners: dict[str, list[Message]] = {}
        for message in await self._stores.messages.left_behind(before=before):
            owners.setdefault(message.conversation_id, []).append(message)
        await each(owners.values(), self._finish_owner)

    async def _finish_owner(self, messages: list[Message]) -> None:
        for message in messages:
            try:
                if not await self._pipeline.finish_left_behind(message):
                    return
                SWEPT.labels("message").inc()
            except Unavailable:
                raise
            except Exception:  # one message must not hold up the others
                log.exception("message %s could not be finished", message.id)

    # ---- tickets ----

    async def finish_tickets(self) -> None:
        """Changes whose consequences were not written."""
        before = self._desk.clock.now() - EFFECTS_LEFT_BEHIND
        for ticket in await self._stores.tickets.unfinished(before=before):
            try:
                await self._desk.tickets.finish_effects(ticket)
                SWEPT.labels("ticket").inc()
            except Unavailable:
                raise
            except Exception:  # one ticket must not hold up the others
                log.exception("the consequences for ticket %s could not be written", ticket.id)

    # ---- incidents ----

    async def finish_incidents(self) -> None:
        """Words to all members of an incident whose timer was given up."""
        for number in await tell_the_rest(self._stores, self._desk.timers, self._desk.clock.now()):
            log.warning("incident %s: not all members were told, it goes on", number)
            SWEPT.labels("incident").inc()
