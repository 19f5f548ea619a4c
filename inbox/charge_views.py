"""Charges as the panel shows them."""

from __future__ import annotations

from collections.abc import Mapping

from desk.charges import yuan
from desk.desk import Desk
from desk.timeline import name_of
from inbox.ticket_views import ChargeChange, ChargeItemView, ChargeSheet
from store.charges import Charge


async def sheet_of(desk: Desk, charge: Charge, names: Mapping[str, str]) -> ChargeSheet:
    """One charge with how far its question got."""
    asked = await desk.stores.deliveries.of_ids([f"charge:{charge.id}"])
    return ChargeSheet(
        id=charge.id,
        ticket=charge.number,
        state=charge.state.value,
        version=charge.version,
        items=[
            ChargeItemView(
                name=item.name,
                quantity=item.quantity,
                unit=item.unit,
                unit_price=yuan(item.unit_price),
                amount=yuan(item.amount),
            )
            for item in charge.items
        ],
        total=yuan(charge.total),
        note=charge.note,
        proposed_by=charge.by,
        proposed_by_name=name_of(charge.by, names),
        proposed_at=charge.created_at,
        asked_at=charge.asked_at,
        answered_at=charge.answered_at,
        answer=charge.answer,
        answered_by=charge.answered_by,
        way=charge.way,
        told=asked[0].state.value if asked else "",
        billed_at=charge.billed_at,
        billed_by=charge.billed_by,
        history=[
            ChargeChange(at=step.at, by=step.by, by_name=name_of(step.by, names), kind=step.kind, said=step.said)
            for step in charge.steps
        ],
    )
