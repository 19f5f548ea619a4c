"""Finishes what dead processes left: messages, answers, consequences of tickets, words to many, spooled pushes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

from bot.answers import OpenAnswers
from bot.deciding import LEFT_BEHIND
from bot.inbound import conversation_id
from bot.metrics import SPOOLED, SWEPT
from bot.pipeline import Pipeline
from bot.spool import Spool
from bot.wechat.push import Push
from desk.desk import Desk
from desk.untold import tell_the_rest
from store.errors import Unavailable
from store.messages import Message

log = logging.getLogger(__name__)
T = TypeVar("T")

SWEEP_SECONDS = 2.0
EFFECTS_LEFT_BEHIND = timedelta(seconds=10)
AT_ONCE = 8
"""Owners whose messages are taken up at the same time."""


class Sweeper:
    """Runs in every process; what it does is claimed, so running it many times does things once."""

    def __init__(self, desk: Desk, pipeline: Pipeline, answers: OpenAnswers, spool: Spool) -> None:
        self._desk = desk
        self._stores = desk.stores
        self._pipeline = pipeline
        self._answers = answers
        self._spool = spool

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
        """The database is back: what was kept on the disk goes in, by CreateTime; answers leave as deliveries."""
        if self._spool:
            await self._drain(await self._spool.waiting())
            SPOOLED.set(len(self._spool))
        for path, pushes in self._spool.left_by_the_dead():
            with self._spool.held({conversation_id(push) for push in pushes}):
                await self._drain(pushes)
                path.unlink(missing_ok=True)

    async def _drain(self, pushes: Iterable[Push]) -> None:
        owners: dict[str, list[Push]] = {}
        for push in pushes:
            owners.setdefault(conversation_id(push), []).append(push)
        await _each(owners.items(), lambda item: self._drain_owner(*item))

    async def _drain_owner(self, owner: str, pushes: list[Push]) -> None:
        """One after the other; when the database goes away again, the rest waits for its return."""
        for push in pushes:
            fresh = Push.from_dict({**push.to_dict(), "stale": False})
            try:
                kept = await self._pipeline.keep(fresh, late=True)
                if isinstance(kept, asyncio.Task):
                    await asyncio.shield(kept)
            except Unavailable:
                raise
            except Exception as failed:  # one push must not hold up the others
                log.exception("spooled push %s cannot be taken in", push.key)
                self._spool.set_aside(push, repr(failed))
            await self._spool.drained(push.key, owner)
            SWEPT.labels("spooled").inc()

    # ---- messages ----

    async def finish_messages(self) -> None:
        """Received ten seconds ago and not finished: handled now, each owner's in order of arrival."""
        before = self._desk.clock.now() - LEFT_BEHIND
        owners: dict[str, list[Message]] = {}
        for message in await self._stores.messages.left_behind(before=before):
            owners.setdefault(message.conversation_id, []).append(message)
        await _each(owners.values(), self._finish_owner)

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


async def _each(items: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Work on several at once; waits for all, then raises what the first of them raised."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with free:
            await work(item)

    for result in await asyncio.gather(*(one(item) for item in items), return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
