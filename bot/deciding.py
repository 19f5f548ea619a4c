"""What the handlers say of a message, and what becomes of one that they cannot handle, or that kills its process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.inbound import to_inbound
from bot.metrics import SET_ASIDE
from bot.wechat.push import Push
from desk.desk import Desk
from handlers.context import Context, Reply
from nlp import Understanding
from store.conversations import Conversation
from store.errors import Unavailable
from store.messages import Message

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=12)
"""How long a conversation stays claimed by a process that died; its work is taken over within 30 seconds."""
HANDLE_WITHIN = 8.0
"""Seconds for one try of a handler; less than the lease, so that one that hangs is set aside like one that fails."""
LEFT_BEHIND = timedelta(seconds=10)
"""So old and not finished, and nobody waits for the answer any more: it leaves as a delivery."""
MOST_TRIES = 3

Respond = Callable[[Context], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Work:
    """A message to handle: the line as it is stored, and the push it came from."""

    message: Message
    push: Push
    understanding: Understanding
    first_time: bool = False
    """Stored by this very push and never begun before: nothing of it can be there yet."""
    again: bool = False
    """The message was stored before this push of it came: somebody may have finished it meanwhile."""


class Deciding:
    """Asks the handlers; three tries a message, whoever makes them and however they end."""

    def __init__(self, desk: Desk, respond: Respond) -> None:
        self.respond = respond
        self._desk = desk
        self._interrupted: set[str] = set()
        """Messages that a database that was away took from us: no fault of theirs."""

    async def decide(self, work: Work, conversation: Conversation) -> Reply:
        """What the handlers say. A message that fails three times is set aside with its reason, for a person.

        Raises Unavailable; such a try does not count.
        """
        now = self._desk.clock.now()
        key = work.message.id
        context = Context(
            desk=self._desk,
            rules=self._desk.rules.of(conversation.estate_id),
            conversation=conversation,
            message=to_inbound(work.push, work.understanding, at=now, first_time=work.first_time),
            now=now,
        )
        try:
            reply = await self._tried(work, context)
        except Unavailable:
            self._interrupted.add(key)
            raise
        self._interrupted.discard(key)
        return reply

    async def _tried(self, work: Work, context: Context) -> Reply:
        left = work.again or context.now - work.message.at >= LEFT_BEHIND
        if left and work.message.id not in self._interrupted:
            # Begun before and never finished: the process that had it is gone, perhaps because of it.
            tries = await self._count(work, "left behind by a process that ended")
            if tries >= MOST_TRIES:
                return self._set_aside(context)
        while True:
            try:
                async with asyncio.timeout(HANDLE_WITHIN):
                    return await self.respond(context)
            except Unavailable:
                raise
            except Exception as failed:  # whatever a handler raises must not stop the conversation
                log.exception("message %s could not be handled", work.message.id)
                tries = await self._count(work, f"{type(failed).__name__}: {failed}")
                if tries >= MOST_TRIES:
                    return self._set_aside(context)
                context = replace(context, message=replace(context.message, first_time=False))
                conversation = context.conversation
                await self._desk.stores.conversations.extend(
                    conversation.id, fence=conversation.fence, until=self._desk.clock.wall() + LEASE
                )

    async def _count(self, work: Work, problem: str) -> int:
        return await self._desk.stores.messages.failed_try(work.message.id, problem[:300], most=MOST_TRIES)

    def _set_aside(self, context: Context) -> Reply:
        SET_ASIDE.inc()
        conversation = context.conversation
        changes = {"waiting_since": context.now, "unread": conversation.unread + 1}
        return Reply(context.say("system.error"), dialogue=conversation.dialogue, changes=changes)
