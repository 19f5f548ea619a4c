"""Result events: what the platform tells later about a push (TEMPLATESENDJOBFINISH and the like)."""

from __future__ import annotations

import logging

from bot.metrics import SENT
from bot.wechat.push import Push
from store.clock import Clock
from store.deliveries import Delivery, DeliveryState, Rung
from store.stores import Stores

log = logging.getLogger(__name__)

TEMPLATE_RESULT = "templatesendjobfinish"


class Results:
    """Puts results on record. Repeating one changes nothing."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def take(self, push: Push) -> bool:
        """Record this event; False when it is of no kind that we know."""
        if push.kind != "event" or push.event != TEMPLATE_RESULT:
            return False
        delivery = await self._stores.deliveries.by_msgid(push.template_msgid)
        if delivery is None:
            log.info("result of a template message that is not ours: %s", push.template_msgid)
            return True
        if delivery.state in (DeliveryState.PARKED, DeliveryState.QUEUED):
            return True  # the template only said that a reply waits; the reply itself is not delivered by it
        if delivery.state not in (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN):
            return True
        if push.status.strip().lower() == "success":
            await self._move(delivery, DeliveryState.DELIVERED, None)
        else:
            # "failed:user block", "failed: system failed": this rung is used up, the ladder goes on.
            await self._failed(delivery, push.status.strip())
        return True

    async def _failed(self, delivery: Delivery, why: str) -> None:
        now = self._clock.now()
        moved = await self._stores.deliveries.move(
            delivery,
            DeliveryState.QUEUED,
            at=now,
            changes={
                "reason": why[:100],
                "not_before": now,
                "rungs_used": tuple({*delivery.rungs_used, Rung.TEMPLATE}),
            },
        )
        if moved is not None:
            SENT.labels("template", "failed").inc()
            await self._stores.wake.wake(delivery.conversation_id)

    async def _move(self, delivery: Delivery, to: DeliveryState, reason: str | None) -> None:
        if await self._stores.deliveries.move(delivery, to, at=self._clock.now(), changes={"reason": reason}):
            SENT.labels("template", to.value).inc()
