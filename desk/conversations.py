"""Conversations from the staff's side: take over, hand back to the bot, read. Replying is in ``desk/replies.py``."""

from __future__ import annotations

from datetime import datetime

from desk.actors import Actor
from desk.deliveries import Kind, Outbox
from desk.replies import LONGEST_REPLY as LONGEST_REPLY
from desk.replies import Draft, Replies
from desk.rulebook import Rulebook
from desk.timers import Schedule
from store.clock import Clock
from store.conversations import Conversation, Mode
from store.deliveries import Delivery
from store.errors import NotFound
from store.ids import Ids, derived
from store.messages import Direction, Message
from store.stores import Stores


class Conversations:
    """What colleagues do with a conversation."""

    def __init__(
        self, stores: Stores, rules: Rulebook, outbox: Outbox, timers: Schedule, clock: Clock, ids: Ids
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._clock = clock
        self._ids = ids
        self.replies = Replies(stores, rules, outbox, timers, clock, ids)
        self.on_reply = self.replies.on_reply

    async def get(self, id: str, actor: Actor) -> Conversation:
        """The conversation, if this colleague may see it; raises NotFound otherwise."""
        conversation = await self._stores.conversations.get(id)
        if conversation.estate_id and not actor.in_scope(conversation.estate_id):
            raise NotFound(id)
        return conversation

    async def reply(self, conversation: Conversation, text: str, actor: Actor, *, key: str | None = None) -> Delivery:
        """Answer the owner as a person; gives the delivery. ``key`` makes a repeat the same reply."""
        return (await self.replies.send(conversation, Draft(text), actor, key=key))[0]

    async def take_over(self, conversation: Conversation, actor: Actor, *, key: str = "") -> None:
        """From now on a person answers."""
        for heard in self.on_reply:
            await heard(conversation, actor, self._clock.now(), "")
        await self._hand(conversation, Mode.PERSON, actor, key)

    async def hand_back(self, conversation: Conversation, actor: Actor, *, key: str = "") -> None:
        """From now on the bot answers again; the owner is told."""
        await self._hand(conversation, Mode.BOT, actor, key)
        rules = self._rules.of(conversation.estate_id)
        await self._outbox.put(
            f"back:{derived(key, 'back') if key else self._ids.new()}",
            conversation,
            Kind.STAFF_REPLY,
            rules.texts.say("person.back"),
            person_id=conversation.person_id,
            by=actor.tag,
        )

    async def timeline(
        self, conversation: Conversation, *, before: datetime, since: datetime, limit: int
    ) -> list[Message]:
        """The lines of the conversation, newest first."""
        return await self._stores.messages.timeline(conversation.id, before=before, since=since, limit=limit)

    async def _hand(self, conversation: Conversation, mode: Mode, actor: Actor, key: str) -> None:
        now = self._clock.now()
        kind = f"handed_to_{mode.value}"
        line = Message(
            id=derived(key, f"line:{kind}:{conversation.id}") if key else self._ids.new(),
            conversation_id=conversation.id,
            direction=Direction.EVENT,
            at=now,
            kind=kind,
            text=actor.name,
            by=actor.tag,
        )
        # On the record: who, when (the contract's first-contact principle).
        await self._stores.messages.add([line])
        changes: dict[str, object] = {"mode": mode, "team_id": None, "dialogue": None}
        if mode is Mode.PERSON:
            # Who waits goes on waiting until somebody writes to them.
            changes["staff_id"] = actor.id
        else:
            changes |= {"staff_id": None, "waiting_since": None}
        await self._stores.conversations.change(conversation.id, changes)
