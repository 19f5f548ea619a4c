"""Conversations from the staff's side: reply, take over, hand back to the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from desk.actors import Actor
from desk.deliveries import Kind, Outbox
from desk.errors import Incomplete
from desk.rulebook import Rulebook
from desk.wording import shorten
from store.clock import Clock
from store.conversations import Conversation, Mode
from store.deliveries import Delivery
from store.errors import NotFound
from store.ids import Ids, derived
from store.messages import Direction, Message
from store.stores import Stores

Replied = Callable[[Conversation, Actor, datetime, str], Awaitable[None]]

LONGEST_REPLY = 600
"""Characters: 2,048 bytes of UTF-8 is what WeChat takes."""


class Conversations:
    """What colleagues do with a conversation."""

    def __init__(self, stores: Stores, rules: Rulebook, outbox: Outbox, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._clock = clock
        self._ids = ids
        self.on_reply: list[Replied] = []
        """Who hears that a colleague wrote to an owner, or (no words) took over; they may hear the same twice."""

    async def get(self, id: str, actor: Actor) -> Conversation:
        """The conversation, if this colleague may see it; raises NotFound otherwise."""
        conversation = await self._stores.conversations.get(id)
        if conversation.estate_id and not actor.in_scope(conversation.estate_id):
            raise NotFound(id)
        return conversation

    async def listed(self, actor: Actor, *, before: datetime, since: datetime, limit: int) -> list[Conversation]:
        """Newest first, of the colleague's estates."""
        found = await self._stores.conversations.latest(before=before, since=since, limit=limit)
        return [c for c in found if not c.estate_id or actor.in_scope(c.estate_id)]

    async def reply(self, conversation: Conversation, text: str, actor: Actor, *, key: str | None = None) -> Delivery:
        """Answer the owner as a person; gives the delivery. ``key`` makes a repeat the same reply."""
        text = text.strip()
        if not text:
            raise Incomplete("回复不能是空的", text="empty")
        if len(text) > LONGEST_REPLY:
            raise Incomplete(f"一次最多 {LONGEST_REPLY} 个字,请分成几条", text="too long")
        now = self._clock.now()
        rules = self._rules.of(conversation.estate_id)
        send_key = f"reply:{derived(key, 'reply') if key else self._ids.new()}"
        await self._outbox.put(
            send_key,
            conversation,
            Kind.STAFF_REPLY,
            rules.texts.say("push.staff_reply", text=text, staff=actor.name or "前台"),
            person_id=conversation.person_id,
            template={
                "who": shorten(actor.name or "前台", 20),
                "title": "您有一条新回复",
                "time": now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
            },
            by=actor.tag,
        )
        changes: dict[str, object] = {"unread": 0, "waiting_since": None, "last_at": now}
        changes["last_line"] = shorten(text, 60)
        if conversation.staff_id is None:
            changes["staff_id"] = actor.id
        for heard in self.on_reply:
            await heard(conversation, actor, now, text)
        await self._stores.conversations.change(conversation.id, changes)
        return await self._stores.deliveries.get(send_key)

    async def take_over(self, conversation: Conversation, actor: Actor) -> None:
        """From now on a person answers."""
        for heard in self.on_reply:
            await heard(conversation, actor, self._clock.now(), "")
        await self._hand(conversation, Mode.PERSON, actor)

    async def hand_back(self, conversation: Conversation, actor: Actor) -> None:
        """From now on the bot answers again; the owner is told."""
        await self._hand(conversation, Mode.BOT, actor)
        rules = self._rules.of(conversation.estate_id)
        await self._outbox.put(
            f"back:{self._ids.new()}",
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

    async def _hand(self, conversation: Conversation, mode: Mode, actor: Actor) -> None:
        now = self._clock.now()
        line = Message(
            id=self._ids.new(),
            conversation_id=conversation.id,
            direction=Direction.EVENT,
            at=now,
            kind=f"handed_to_{mode.value}",
            text=actor.name,
            by=actor.tag,
        )
        # On the record: who, when (the contract's first-contact principle).
        await self._stores.messages.add([line])
        staff = actor.id if mode is Mode.PERSON else None
        await self._stores.conversations.change(
            conversation.id, {"mode": mode, "staff_id": staff, "waiting_since": None, "dialogue": None}
        )
