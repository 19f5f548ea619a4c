"""What became of the bot's answers: stored, then written into the HTTP response, or sent as a delivery, or unknown.

An answer is stored before it is written. One that nobody wrote is sent; one whose writing began and of which nobody
knows how it ended is unknown. Before either the platform gets its time to ask again (the contract, section 6).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from bot.journal import Journal, noted
from bot.metrics import SWEPT
from desk.deliveries import Kind
from desk.desk import Desk
from store.conversations import Conversation
from store.deliveries import Attempt, DeliveryState, Rung
from store.errors import Unavailable
from store.messages import Answer, AnswerState, Handling, Message

log = logging.getLogger(__name__)

LEFT_BEHIND = timedelta(minutes=10)
"""A stored answer whose process and file are both gone (it ran on another machine)."""
AT_MOST = 500


async def finish_message(
    desk: Desk,
    process: str,
    key: str,
    conversation: Conversation,
    text: str | None,
    released: tuple[str, ...],
    *,
    late: Callable[[], bool],
    ticket_id: str | None = None,
) -> Answer:
    """Store the answer: as a passive one while the platform still waits, else as a delivery.

    Gives the answer that counts: another process's, when it was first. ``ticket_id``: what came of the message.
    """
    messages = desk.stores.messages
    now = desk.clock.now()
    passive = Answer(text=text, state=AnswerState.STORED if text else AnswerState.NONE, by=process, released=released)
    if not late():
        if await messages.done(key, answer=passive, at=now, unless_late=True, ticket_id=ticket_id):
            return passive
        known = await messages.get(key)
    elif await messages.mark_late(key):  # from here nobody stores it as a passive one
        known = None
    else:
        known = await messages.get(key)
    if known is not None and known.state is Handling.DONE:
        return known.answer or Answer()
    if known is not None and known.state is Handling.FAILED and not late():
        return passive
    if text:
        await desk.outbox.put(f"answer:{key}", conversation, Kind.ANSWER, text, person_id=conversation.person_id)
    state = AnswerState.DELIVERY if text else AnswerState.NONE
    answer = passive.model_copy(update={"state": state})
    await messages.done(key, answer=answer, at=now, unless_late=False, ticket_id=ticket_id)
    return answer


class OpenAnswers:
    """Finds the stored answers that nobody has written, in this process and in dead ones."""

    def __init__(self, desk: Desk, journal: Journal, process: str) -> None:
        self._desk = desk
        self._messages = desk.stores.messages
        self._journal = journal
        self._process = process
        self._seen: dict[str, float] = {}
        self._broken: dict[str, float] = {}

    async def put_on_record(self) -> None:
        """Which answers this process has written, in one write for many."""
        written = self._journal.take_written()
        if written:
            try:
                await self._messages.answers_written(written)
            except Unavailable:
                self._journal.give_back(written)
                raise
        self._journal.start_over()

    async def end(self) -> None:
        """The process ends in order: what it wrote goes on record, what it owes stays for others to find."""
        settled = False
        try:
            await self.put_on_record()
            settled = not await self._messages.answers_of(self._process, limit=1)
        except Unavailable:
            log.warning("written answers not put on record: the database does not answer")
        self._journal.close(settled=settled)

    async def settle(self) -> None:
        """One look at everything that is open."""
        living = await self._settle_the_deads()
        await self._settle_own()
        for message in await self._messages.answers_in((AnswerState.LEAVING, AnswerState.DOUBTFUL), limit=AT_MOST):
            await self._complete(message)
        for message in await self._messages.stored_before(self._desk.clock.now() - LEFT_BEHIND):
            if message.answer is not None and message.answer.by not in living:
                await self._unknown(message)

    # ---- dead processes ----

    async def _settle_the_deads(self) -> set[str]:
        """Never begun to be written and not asked for again: sent; begun: unknown. Gives who lives."""
        with noted(self._journal.folder) as (dead, living):
            for one in dead:
                if one.written:
                    await self._messages.answers_written(sorted(one.written))
            begun = {key for one in dead for key in one.begun}
            being_written = {key for one in living for key in one.begun}
            for one in dead:
                theirs = await self._messages.answers_of(one.process, limit=AT_MOST)
                # Also answers that another process had stored, and this one was writing.
                others = await self._messages.still_stored(sorted(one.begun - {message.id for message in theirs}))
                waiting = len(theirs) == AT_MOST
                for message in (*theirs, *others):
                    if message.id in being_written or self._may_be_asked_again(message):
                        waiting = True
                    elif message.id in begun:
                        await self._unknown(message)
                    else:
                        await self._send(message)
                if not waiting:
                    one.remove()
            return {self._process, *(one.process for one in living)}

    def _may_be_asked_again(self, message: Message) -> bool:
        patience = self._desk.rules.of("").settings.delivery.passive_taken_after
        return message.handled_at is not None and self._desk.clock.now() - message.handled_at < patience

    # ---- this process ----

    async def _settle_own(self) -> None:
        """Answers stored here that no request came for: handled for another process, or the connection broke.

        Counted in this process's own time: whatever a clock does, a request that is under way is never overtaken.
        """
        patience = self._desk.rules.of("").settings.delivery.passive_taken_after.total_seconds()
        now = time.monotonic()
        open_ones = await self._messages.answers_of(self._process, limit=AT_MOST)
        self._seen = {message.id: self._seen.get(message.id, now) for message in open_ones}
        for message in open_ones:
            if now - self._seen[message.id] < patience:
                continue
            if message.id in self._journal.begun:
                await self._unknown(message)
                self._journal.forget(message.id)
            else:
                await self._send(message)
        # A connection broke and a repeat, maybe to another process, was answered: nothing is left to find out.
        self._broken = {key: self._broken.get(key, now) for key in self._journal.begun}
        for key, since in self._broken.items():
            if now - since >= patience and key not in self._seen:
                self._journal.forget(key)

    # ---- moving on; each can be repeated ----

    async def _send(self, message: Message) -> None:
        """It never left: as a customer message."""
        if await self._messages.answer_became(message.id, AnswerState.LEAVING):
            await self._complete(message, AnswerState.LEAVING)
            SWEPT.labels("answer").inc()

    async def _unknown(self, message: Message) -> None:
        """It may have left: on record as unknown, for a person to see."""
        if await self._messages.answer_became(message.id, AnswerState.DOUBTFUL):
            await self._complete(message, AnswerState.DOUBTFUL)
            SWEPT.labels("unknown answer").inc()

    async def _complete(self, message: Message, state: AnswerState | None = None) -> None:
        """The delivery, then the message. A process may die in between: the next look finds it half done."""
        answer = message.answer
        if answer is None:
            return
        doubtful = (state or answer.state) is AnswerState.DOUBTFUL
        if answer.text:
            await self._put(message, answer.text, doubtful=doubtful)
        if doubtful:
            await self._messages.answer_became(message.id, AnswerState.UNKNOWN, was=AnswerState.DOUBTFUL)
        else:
            await self._messages.answer_became(message.id, AnswerState.DELIVERY, was=AnswerState.LEAVING)

    async def _put(self, message: Message, text: str, *, doubtful: bool) -> None:
        conversations = self._desk.stores.conversations
        conversation = await conversations.get(message.conversation_id)
        key = await self._desk.outbox.put(
            f"answer:{message.id}",
            conversation,
            Kind.ANSWER,
            text,
            person_id=conversation.person_id,
            state=DeliveryState.UNKNOWN if doubtful else DeliveryState.QUEUED,
        )
        if not doubtful:
            return
        await conversations.change(conversation.id, {"unsettled": True})
        row = await self._desk.stores.deliveries.get(key)
        if row.state is DeliveryState.UNKNOWN and not row.attempts:
            now = self._desk.clock.now()
            attempt = Attempt(rung=Rung.PASSIVE, at=now, problem="unknown")
            changes = {"attention": True, "reason": "the process died while answering", "sent_at": now}
            await self._desk.stores.deliveries.move(
                row, DeliveryState.UNKNOWN, at=now, attempt=attempt, changes=changes
            )
