"""Finishes what dead processes left: messages, answers, consequences of ticket changes, spooled pushes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from bot.inbound import conversation_id
from bot.journal import Journal, dead_journals
from bot.metrics import SPOOLED, SWEPT
from bot.pipeline import Pipeline
from bot.spool import Spool
from bot.wechat.push import Push
from desk.deliveries import Kind
from desk.desk import Desk
from store.deliveries import Attempt, DeliveryState, Rung
from store.errors import Unavailable
from store.messages import AnswerState, Message

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
LEFT_BEHIND = timedelta(seconds=10)
ANSWER_LEFT_BEHIND = timedelta(minutes=10)
"""A stored answer whose process and file are both gone."""


class Sweeper:
    """Runs in every process; what it does is claimed, so running it many times does things once."""

    def __init__(
        self,
        desk: Desk,
        pipeline: Pipeline,
        run_dir: Path,
        *,
        journal: Journal | None = None,
        spool: Spool | None = None,
    ) -> None:
        self._desk = desk
        self._stores = desk.stores
        self._pipeline = pipeline
        self._journals = run_dir / "answers"
        self._journal = journal
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
        """One round."""
        await self.put_answers_on_record()
        await self.drain_spool()
        await self.finish_messages()
        await self.finish_tickets()
        await self.settle_answers()

    # ---- answers that were written ----

    async def put_answers_on_record(self) -> None:
        """Which answers this process has written, in one write for many."""
        if self._journal is None:
            return
        written = self._journal.take_written()
        if not written:
            return
        try:
            await self._stores.messages.answers_written(written)
        except Unavailable:
            self._journal.give_back(written)
            raise
        self._journal.start_over()

    async def end(self) -> bool:
        """The same at the end of the process; False when the database was gone, and another process must look later."""
        try:
            await self.put_answers_on_record()
        except Unavailable:
            log.warning("written answers not put on record: the database does not answer")
            return False
        return True

    # ---- the spool ----

    async def drain_spool(self) -> None:
        """The database is back: what was kept on the disk goes in, by CreateTime; answers leave as deliveries."""
        if self._spool is None:
            return
        if not self._spool.is_empty:
            pushes = await self._spool.waiting()
            await self._drain(pushes)
            await self._spool.drained({push.key: conversation_id(push) for push in pushes})
            SPOOLED.set(0)
        for path, pushes in self._spool.left_by_the_dead():
            await self._drain(pushes)
            self._spool.remove(path)

    async def _drain(self, pushes: Iterable[Push]) -> None:
        for push in pushes:
            fresh = Push.from_dict({**push.to_dict(), "stale": False})
            kept = await self._pipeline.keep(fresh, late=True)
            if isinstance(kept, asyncio.Task):
                # One after the other: the order of an owner's messages is that of the file.
                try:
                    await asyncio.shield(kept)
                except Unavailable:
                    log.warning("message %s is stored; the sweeper finishes it", push.key)
            SWEPT.labels("spooled").inc()

    # ---- messages ----

    async def finish_messages(self) -> None:
        """Received ten seconds ago and not finished: handled now, in order of arrival."""
        before = self._desk.clock.now() - LEFT_BEHIND
        for message in await self._stores.messages.left_behind(before=before):
            try:
                await self._pipeline.finish_left_behind(message)
                SWEPT.labels("message").inc()
            except Unavailable:
                raise
            except Exception:  # one message must not hold up the others
                log.exception("message %s could not be finished", message.id)

    # ---- tickets ----

    async def finish_tickets(self) -> None:
        """Changes whose consequences were not written."""
        before = self._desk.clock.now() - LEFT_BEHIND
        for ticket in await self._stores.tickets.unfinished(before=before):
            await self._desk.tickets.finish_effects(ticket)
            SWEPT.labels("ticket").inc()

    # ---- answers that were not written ----

    async def settle_answers(self) -> None:
        """Answers of dead processes: never begun to be written and not asked for again: sent; begun: unknown."""
        now = self._desk.clock.now()
        for dead in dead_journals(self._journals):
            open_answers = await self._stores.messages.answers_of(dead.process)
            waiting = False
            for message in open_answers:
                if message.id in dead.written:
                    await self._stores.messages.answer_became(message.id, AnswerState.WRITTEN)
                elif message.id in dead.begun:
                    await self._unknown(message)
                elif message.handled_at is not None and now - message.handled_at < self._patience(message):
                    waiting = True  # the platform may still ask again
                else:
                    await self._send(message)
            if not waiting:
                dead.remove()
        for message in await self._stores.messages.stored_before(now - ANSWER_LEFT_BEHIND):
            await self._unknown(message)

    def _patience(self, message: Message) -> timedelta:
        return self._desk.rules.of("").settings.delivery.passive_taken_after

    async def _send(self, message: Message) -> None:
        """It never left: as a customer message."""
        if await self._stores.messages.answer_became(message.id, AnswerState.DELIVERY):
            await self._put(message)
            SWEPT.labels("answer").inc()

    async def _unknown(self, message: Message) -> None:
        """It may have left: on record as unknown, for a person to see."""
        if not await self._stores.messages.answer_became(message.id, AnswerState.UNKNOWN):
            return
        await self._put(message, unknown=True)
        SWEPT.labels("unknown answer").inc()

    async def _put(self, message: Message, *, unknown: bool = False) -> None:
        conversation = await self._stores.conversations.get(message.conversation_id)
        text = message.answer.text if message.answer else None
        if not text:
            return
        key = await self._desk.outbox.put(
            f"answer:{message.id}",
            conversation,
            Kind.ANSWER,
            text,
            person_id=conversation.person_id,
            state=DeliveryState.UNKNOWN if unknown else DeliveryState.QUEUED,
        )
        if unknown:
            [delivery] = await self._stores.deliveries.of_ids([key])
            now = self._desk.clock.now()
            attempt = Attempt(rung=Rung.PASSIVE, at=now, problem="unknown")
            await self._stores.deliveries.move(
                delivery,
                DeliveryState.UNKNOWN,
                at=now,
                attempt=attempt,
                changes={"attention": True, "reason": "the process died while answering", "sent_at": now},
            )
