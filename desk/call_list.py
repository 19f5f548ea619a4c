"""The call list: what could not be told in a chat, and therefore is told by a person who rings up."""

from __future__ import annotations

from datetime import datetime

from desk.deliveries import CALL_WHEN_LOST, Kind, next_seq
from desk.wording import shorten
from store.deliveries import Delivery, DeliveryState
from store.stores import Stores
from store.tickets import Ticket

MOST_ATTEMPTS = 5


async def put_on_call_list(
    stores: Stores, key: str, kind: Kind, text: str, ticket: Ticket, person_id: str, *, now: datetime, why: str = ""
) -> bool:
    """Somebody without a chat: shown to a person if it is worth a call. Repeating it adds nothing."""
    if kind not in (*CALL_WHEN_LOST, Kind.REVISIT):
        return False
    who = " ".join(part for part in (ticket.number, ticket.owner_name, ticket.room_name) if part)
    row = Delivery(
        id=key,
        person_id=person_id,
        conversation_id="",
        app_id="",
        openid="",
        estate_id=ticket.estate_id,
        seq=next_seq(now),
        kind=kind.value,
        text=text,
        ticket_id=ticket.id,
        urgent=kind is Kind.URGENT,
        not_before=now,
        state=DeliveryState.UNDELIVERABLE,
        reason=f"{why or 'no chat'}: {shorten(who, 80)}",
        attention=True,
        to_call=True,
        created_at=now,
        changed_at=now,
    )
    await stores.deliveries.add([row])
    return True


async def call_about(stores: Stores, key: str, reason: str, *, now: datetime) -> bool:
    """Put a delivery that had no answer on the list, whatever its sender does meanwhile; False when there is none."""
    for _ in range(MOST_ATTEMPTS):
        rows = await stores.deliveries.of_ids([key])
        if not rows:
            return False
        if rows[0].to_call:
            return True
        changes = {"to_call": True, "attention": True, "reason": reason}
        if await stores.deliveries.move(rows[0], DeliveryState(rows[0].state), at=now, changes=changes) is not None:
            return True
    return False
