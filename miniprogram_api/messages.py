"""Everything that we pushed to an owner; reading a reply that waited counts as its delivery."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from pydantic import BaseModel

from desk.api.calls import Call, Routes
from desk.api.paging import PageQuery, Position
from miniprogram_api.sessions import Person
from store.deliveries import Attempt, Delivery, DeliveryState, Rung
from store.ids import derived

NOT_SHOWN = (DeliveryState.CANCELLED, DeliveryState.MERGED)
"""Out of date, or part of another one that is shown."""
routes: Routes[Person] = Routes("mp: messages")


class MessageView(BaseModel):
    """One message to the owner."""

    id: str
    at: datetime
    kind: str
    text: str
    urgent: bool
    ticket: str | None
    """The number of its ticket."""


class MessagePage(BaseModel):
    """A page of messages, newest first."""

    items: list[MessageView]
    next: str | None


@routes.get("/messages")
async def messages(call: Call[Person], query: PageQuery) -> MessagePage:
    """Everything that was pushed to me, newest first."""
    stores = call.desk.stores
    identities = await stores.identities.of_resident(call.who.id)
    # What was written to somebody before we knew who they are stands under the id that their identity gave them.
    people = sorted({call.who.id, *(derived(identity.id, "resident") for identity in identities)})

    async def fetch(before: datetime, since: datetime, limit: int) -> list[Delivery]:
        found: list[Delivery] = []
        for person in people:
            found += await stores.deliveries.of_person(person, before=before, since=since, limit=limit)
        return sorted(found, key=lambda delivery: delivery.created_at, reverse=True)[:limit]

    page = await call.page(
        fetch,
        lambda delivery: Position(delivery.created_at, delivery.id),
        query,
        name=f"mp.messages:{call.who.identity.id}",
        keep=lambda delivery: delivery.state not in NOT_SHOWN,
    )
    await _read(call, page.rows)
    numbers = await _numbers(call, page.rows)
    items = [
        MessageView(
            id=row.id,
            at=row.created_at,
            kind=row.kind,
            text=row.text,
            urgent=row.urgent,
            ticket=numbers.get(row.ticket_id or ""),
        )
        for row in page.rows
    ]
    return MessagePage(items=items, next=page.next)


async def _read(call: Call[Person], shown: list[Delivery]) -> None:
    now = call.desk.clock.now()
    done: dict[str, list[str]] = defaultdict(list)
    for delivery in shown:
        if delivery.state is not DeliveryState.PARKED:
            continue
        attempt = Attempt(rung=Rung.LIST, at=now)
        if await call.desk.stores.deliveries.move(delivery, DeliveryState.DELIVERED, at=now, attempt=attempt):
            done[delivery.conversation_id].append(delivery.id)
    for conversation_id, ids in done.items():
        await call.desk.stores.conversations.unpark(conversation_id, ids)


async def _numbers(call: Call[Person], shown: list[Delivery]) -> dict[str, str]:
    found: dict[str, str] = {}
    for id in {row.ticket_id for row in shown if row.ticket_id}:
        found[id] = (await call.desk.stores.tickets.get(id)).number
    return found
