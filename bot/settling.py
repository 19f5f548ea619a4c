"""What becomes of pushes afterwards: settled by the owner's next action, or unknown for too long."""

from __future__ import annotations

from datetime import datetime

from desk.desk import Desk
from store.conversations import Conversation
from store.deliveries import Attempt, Delivery, DeliveryState, Rung

S = DeliveryState


class Settling:
    """Run under the person's sending lease, but for ``overdue``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stores = desk.stores

    async def settle(self, conversation: Conversation) -> Conversation:
        """The owner acted: what was accepted has been read, what was parked is free to go. Gives what holds now."""
        while True:
            await self._settle(conversation)
            await self._stores.conversations.settled(conversation.id, conversation.released)
            current = await self._stores.conversations.get(conversation.id)
            if current.last_inbound_at == conversation.last_inbound_at:
                return current
            conversation = current  # they acted once more meanwhile, and that mark may just have been taken away

    async def _settle(self, conversation: Conversation) -> None:
        if not conversation.followed:
            await self._gone(conversation)
            return
        now = self._desk.clock.now()
        acted = conversation.last_inbound_at or now
        waiting = {text.delivery_id for text in conversation.parked}
        deliveries = self._stores.deliveries
        rows = await deliveries.unsettled_of(conversation.id)
        if conversation.released:
            rows += await deliveries.open_of(conversation.id)
        for row in rows:
            if row.id in conversation.released:
                await self._was_released(row, now)
            elif row.state in (S.QUEUED, S.SENDING) or (row.changed_at or row.created_at) > acted:
                continue
            elif row.state is S.ACCEPTED:
                await deliveries.move(row, S.DELIVERED, at=now)
            elif row.state is S.UNKNOWN:
                # That they acted is a hint, no proof: it stays on the list until a person has looked.
                await deliveries.move(row, S.DELIVERED, at=now, changes={"reason": "unknown, then the owner acted"})
            elif row.id not in waiting:
                await deliveries.move(
                    row,
                    S.QUEUED,
                    at=now,
                    changes={"not_before": now, "rungs_used": (), "tries": 0, "sent_at": None, "attention": False},
                )
        if both := waiting & set(conversation.released):
            await self._stores.conversations.unpark(conversation.id, sorted(both))

    async def _was_released(self, row: Delivery, now: datetime) -> None:
        """Its text went out with a passive answer."""
        passive = Attempt(rung=Rung.PASSIVE, at=now)
        await self._stores.deliveries.move(
            row, S.DELIVERED, at=now, attempt=passive, changes={"attention": False, "to_call": False}
        )

    async def _gone(self, conversation: Conversation) -> None:
        """They do not follow any more: what waits for their next word waits in vain, a person rings up."""
        now = self._desk.clock.now()
        waiting = [row for row in await self._stores.deliveries.unsettled_of(conversation.id) if row.state is S.PARKED]
        for row in waiting:
            await self._stores.deliveries.move(
                row, S.UNDELIVERABLE, at=now, changes={"reason": "not following", "attention": True, "to_call": True}
            )
        await self._stores.conversations.unpark(conversation.id, [row.id for row in waiting])

    async def overdue(self) -> list[str]:
        """Unknown for too long and settled by nothing: the next rung, still marked for staff. Gives whose they are."""
        now = self._desk.clock.now()
        rules = self._desk.rules
        patience = [rules.of(estate.id).settings.delivery.unknown_after for estate in rules.estates]
        shortest = min(patience, default=rules.of("").settings.delivery.unknown_after)
        found = []
        for row in await self._stores.deliveries.in_state(S.UNKNOWN, before=now - shortest):
            if now - (row.changed_at or row.created_at) < rules.of(row.estate_id).settings.delivery.unknown_after:
                continue
            # Not sent as far as its cap is concerned: it must not hold itself back.
            changes = {"not_before": now, "sent_at": None}
            if await self._stores.deliveries.move(row, S.QUEUED, at=now, changes=changes):
                found.append(row.conversation_id)
        return found
