"""Result events: what the platform tells later about a push (TEMPLATESENDJOBFINISH and the like)."""

from __future__ import annotations

import asyncio
import logging

from bot.inbound import conversation_id
from bot.metrics import SENT
from bot.wechat.push import Push
from store.clock import Clock
from store.deliveries import Delivery, DeliveryState, Rung
from store.stores import Stores

log = logging.getLogger(__name__)

TEMPLATE_RESULT = "templatesendjobfinish"
PATIENCE = 3.0
"""Seconds for a result that overtook the answer of its own API call: the row gets its msgid in a moment."""
LOOK_EVERY = 0.1

S = DeliveryState


class Results:
    """Puts results on record. Repeating one changes nothing."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def take(self, push: Push) -> bool:
        """Record this event; False when it is of no kind that we know."""
        if push.kind != "event" or push.event != TEMPLATE_RESULT:
            return False
        delivery = await self._find(push)
        if delivery is None:
            log.info("result of a template message that is not ours: %s", push.template_msgid)
            return True
        why = push.status.strip()
        good = why.lower() == "success"
        if delivery.state is S.PARKED:
            await self._of_a_notice(delivery, None if good else why)
        elif delivery.state in (S.ACCEPTED, S.UNKNOWN):
            if good:
                await self._delivered(delivery)
            else:
                # "failed:user block", "failed: system failed": this rung is used up, the ladder goes on.
                await self._failed(delivery, why)
        return True

    async def _find(self, push: Push) -> Delivery | None:
        """The row with this msgid; else the one template message of this person whose outcome nobody knew."""
        deliveries = self._stores.deliveries
        person = conversation_id(push)
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while True:
            sending = any(row.state is S.SENDING for row in await deliveries.open_of(person))
            found = await deliveries.by_msgid(push.template_msgid) if push.template_msgid else None
            if found is not None:
                return found
            if not sending or loop.time() >= end:
                break
            await asyncio.sleep(LOOK_EVERY)
        unknown = [row for row in await deliveries.unsettled_of(person) if _is_unknown_template(row)]
        # Two of them: no telling which one is meant. The owner's next action settles them.
        return unknown[0] if len(unknown) == 1 else None

    async def _of_a_notice(self, delivery: Delivery, failure: str | None) -> None:
        """The template only said that a reply waits. When that failed, the owner cannot know: a person rings up."""
        if failure is not None:
            changes = {"reason": f"window closed; notice: {failure[:80]}", "attention": True, "to_call": True}
        elif _is_unknown_template(delivery):
            changes = {"reason": "window closed", "attention": False}
        else:
            return
        await self._stores.deliveries.move(delivery, S.PARKED, at=self._clock.now(), changes=changes)
        SENT.labels("template", "failed" if failure is not None else "delivered").inc()

    async def _failed(self, delivery: Delivery, why: str) -> None:
        now = self._clock.now()
        used = delivery.rungs_used if Rung.TEMPLATE in delivery.rungs_used else (*delivery.rungs_used, Rung.TEMPLATE)
        # ``sent_at`` goes: what did not arrive must not hold itself back by its own cap.
        changes = {"reason": why[:100], "not_before": now, "rungs_used": used, "tries": 0, "sent_at": None}
        if await self._stores.deliveries.move(delivery, S.QUEUED, at=now, changes=changes):
            SENT.labels("template", "failed").inc()
            await self._stores.wake.wake(delivery.conversation_id)

    async def _delivered(self, delivery: Delivery) -> None:
        # Once it has gone on to another rung it stays marked: a person looks at what was said twice, perhaps.
        settled = delivery.state is S.UNKNOWN and not delivery.to_call
        changes = {"reason": None} | ({"attention": False} if settled else {})
        if await self._stores.deliveries.move(delivery, S.DELIVERED, at=self._clock.now(), changes=changes):
            SENT.labels("template", "delivered").inc()


def _is_unknown_template(row: Delivery) -> bool:
    """Its last try was a template message, and nobody could tell what became of it."""
    last = row.attempts[-1] if row.attempts else None
    waits = row.state in (S.UNKNOWN, S.PARKED)
    return waits and last is not None and last.rung is Rung.TEMPLATE and last.problem == "unknown"
